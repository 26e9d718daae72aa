//! What is posted to a topic, as it comes: one endless answer that is asked for again whenever it breaks off.

use std::path::PathBuf;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::time::{sleep, timeout};
use tracing::{info, warn};

use crate::engine::backoff::{Backoff, Span};
use crate::engine::ntfy::{Heard, Posted, Topic, heard};
use crate::io::http::{Answer, HttpError, Request, Url};
use crate::io::ntfy::authorization;
use crate::io::post::{self, PostError};
use crate::io::secrets::Source;

/// A server says every 45 s that it is still there (its default); silence for longer is a connection that died.
const SILENCE: Duration = Duration::from_mins(2);

/// Waits between two attempts.
const WAITS: Span = Span {
    first: SignedDuration::from_secs(1),
    longest: SignedDuration::from_mins(1),
};

/// A server cannot ask to be left alone for longer.
const LONGEST_WAIT: Duration = Duration::from_mins(10);

/// A line holds one message of at most 4,096 bytes, its escapes and its buttons.
const LONGEST_LINE: usize = 64 * 1024;

/// A subscription to one topic.
pub struct Subscription {
    server: Url,
    topic: Topic,
    token: Option<Source>,
    ca_file: Option<PathBuf>,
    /// The last message that was given out.
    since: Option<String>,
    open: Option<Open>,
    failures: u32,
    backoff: Backoff,
}

struct Open {
    answer: Answer,
    unread: Vec<u8>,
}

impl Subscription {
    /// Goes on after a message, or begins with all that the server still has. It connects when it is first asked.
    pub fn new(
        server: Url,
        topic: Topic,
        token: Option<Source>,
        ca_file: Option<PathBuf>,
        since: Option<String>,
    ) -> Self {
        Self {
            server,
            topic,
            token,
            ca_file,
            since,
            open: None,
            failures: 0,
            backoff: Backoff::new(getrandom::u64().unwrap_or(0)),
        }
    }

    /// The next message, however long that takes and however often the connection breaks. No message is left out: each
    /// connection asks for what came after the one that was given out last.
    pub async fn next(&mut self) -> Posted {
        loop {
            while let Some(line) = self.open.as_mut().and_then(Open::line) {
                if let Some(Heard::Message(posted)) = heard(&line) {
                    self.since = Some(posted.id.clone());
                    return posted;
                }
            }
            match self.read().await {
                Ok(()) => {}
                Err(error) => self.lost(&error).await,
            }
        }
    }

    /// Reads what comes next, over a new connection where there is none.
    async fn read(&mut self) -> Result<(), PostError> {
        if self.open.is_none() {
            self.open = Some(Open {
                answer: self.subscribe().await?,
                unread: Vec::new(),
            });
        }
        let Some(open) = &mut self.open else {
            return Ok(());
        };
        let piece = timeout(SILENCE, open.answer.next())
            .await
            .map_err(|_| HttpError::Timeout("the next sign of life"))??
            .ok_or(HttpError::Protocol)?;
        open.unread.extend(piece);
        if open.unread.len() > LONGEST_LINE && !open.unread.contains(&b'\n') {
            return Err(HttpError::Protocol.into());
        }
        if self.failures > 0 {
            self.failures = 0;
            info!(
                server = self.server.host(),
                "answers from the phone arrive again"
            );
        }
        Ok(())
    }

    async fn subscribe(&self) -> Result<Answer, PostError> {
        let since = self.since.as_deref().unwrap_or("all");
        let target = format!("/{}/json?since={since}", self.topic.name());
        let url = self
            .server
            .with_target(&target)
            .map_err(|_| PostError::Address)?;
        let request = Request {
            headers: authorization(self.token.as_ref()).await?,
            ..Request::default()
        };
        let answer = post::client(self.ca_file.as_ref())
            .ask(&url, request)
            .await?;
        post::verdict(&answer)?;
        Ok(answer)
    }

    async fn lost(&mut self, error: &PostError) {
        // What was read of the next line is sent again.
        self.open = None;
        if self.failures == 0 {
            warn!(server = self.server.host(), %error, "answers from the phone do not arrive; it is tried again");
        }
        let own = self.backoff.delay(WAITS, self.failures);
        self.failures = self.failures.saturating_add(1);
        let own = Duration::try_from(own).unwrap_or_default();
        sleep(error.wait().unwrap_or_default().min(LONGEST_WAIT).max(own)).await;
    }
}

impl Open {
    /// The next whole line.
    fn line(&mut self) -> Option<Vec<u8>> {
        let end = self.unread.iter().position(|byte| *byte == b'\n')?;
        let rest = self.unread.split_off(end.saturating_add(1));
        Some(std::mem::replace(&mut self.unread, rest))
    }
}
