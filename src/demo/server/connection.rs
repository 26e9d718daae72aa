//! One connection: greeting, commands, IDLE, the end.

use std::io;

use imap_codec::decode::Decoder;
use imap_codec::{AuthenticateDataCodec, CommandCodec};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;

use crate::demo::server::command_reader::{CommandReader, Line, Received};
use crate::demo::server::session::{Ending, Next, Session, bye, finish, greet};

/// Speaks with one client until it leaves or `stop` is cancelled.
pub(crate) async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    session: Session,
    stop: &CancellationToken,
) -> io::Result<()> {
    let mut connection = Connection {
        reader: CommandReader::new(stream),
        session,
    };
    let mut out = Vec::new();
    greet(&mut out);
    connection.reader.send(&out).await?;
    loop {
        let received = tokio::select! {
            () = stop.cancelled() => return connection.say_goodbye("shutting down").await,
            received = connection.reader.command() => received?,
        };
        if !connection.take(received, stop).await? {
            return connection.reader.close().await;
        }
    }
}

struct Connection<S> {
    reader: CommandReader<S>,
    session: Session,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    /// Answers what was received; false when the connection is over.
    async fn take(&mut self, received: Received, stop: &CancellationToken) -> io::Result<bool> {
        let mut out = Vec::new();
        let next = match received {
            Received::Command(bytes) => match CommandCodec::default().decode(&bytes) {
                Ok((_, command)) => self.session.handle(&command, &mut out),
                Err(_) => Next::Continue,
            },
            Received::Garbage(tag) => {
                finish(&mut out, tag.as_deref(), Ending::Bad("not understood"));
                Next::Continue
            }
            Received::TooLong(tag) => {
                finish(&mut out, tag.as_deref(), Ending::Bad("too long"));
                Next::Continue
            }
            Received::Flood => {
                bye(&mut out, "too long");
                Next::Close
            }
            Received::Closed => return Ok(false),
        };
        self.reader.send(&out).await?;
        match next {
            Next::Continue => Ok(true),
            Next::Close => Ok(false),
            Next::Idle(tag) => self.idle(&tag, stop).await,
            Next::AskPassword(tag) => self.ask_password(&tag).await,
        }
    }

    /// RFC 2177: pushes every change until the client says DONE.
    async fn idle(&mut self, tag: &str, stop: &CancellationToken) -> io::Result<bool> {
        let mut changes = self.session.mailbox.subscribe();
        self.reader.send(b"+ idling\r\n").await?;
        loop {
            changes.mark_unchanged();
            let mut out = Vec::new();
            self.session.tell_changes(true, &mut out);
            if !out.is_empty() {
                self.reader.send(&out).await?;
            }
            let line = tokio::select! {
                () = stop.cancelled() => {
                    self.say_goodbye("shutting down").await?;
                    return Ok(false);
                }
                // The session holds the mailbox, so the sender outlives this receiver.
                _ = changes.changed() => continue,
                line = self.reader.line() => line?,
            };
            let ending = match line {
                Line::Whole(line) if line.trim_ascii().eq_ignore_ascii_case(b"DONE") => {
                    Ending::Ok(None, "idle is over")
                }
                Line::Whole(_) | Line::TooLong(_) => Ending::Bad("only DONE ends idle"),
                Line::Closed => return Ok(false),
            };
            let mut out = Vec::new();
            finish(&mut out, Some(tag), ending);
            self.reader.send(&out).await?;
            return Ok(true);
        }
    }

    /// RFC 3501 §6.2.2: an empty challenge, then the response in base64; `*` cancels.
    async fn ask_password(&mut self, tag: &str) -> io::Result<bool> {
        self.reader.send(b"+ \r\n").await?;
        let line = match self.reader.line().await? {
            Line::Whole(line) => line,
            Line::TooLong(start) => start,
            Line::Closed => return Ok(false),
        };
        let mut out = Vec::new();
        match AuthenticateDataCodec::default().decode(&line) {
            Ok((_, data)) => self
                .session
                .answer_plain(tag, data.0.declassify(), &mut out),
            Err(_) => finish(&mut out, Some(tag), Ending::Bad("no login")),
        }
        self.reader.send(&out).await?;
        Ok(true)
    }

    async fn say_goodbye(&mut self, why: &'static str) -> io::Result<()> {
        let mut out = Vec::new();
        bye(&mut out, why);
        self.reader.send(&out).await?;
        self.reader.close().await
    }
}
