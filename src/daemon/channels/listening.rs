//! What a phone sends back over ntfy: answers and text messages, each told to the daemon and only then counted as heard.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::daemon::channels::Returned;
use crate::engine::ntfy::{Posted, Topic, posted_sms, reply};
use crate::engine::secret::Secret;
use crate::io::clock::Clock;
use crate::io::ntfy::memory::{Ear, Memory};
use crate::io::ntfy::subscription::Subscription;
use crate::io::ntfy::{Inbox, Options};
use crate::io::secrets::Use;

/// Listens to one topic of a channel.
pub(crate) struct Listener {
    pub(crate) channel: String,
    pub(crate) options: Options,
    pub(crate) memory: Arc<Mutex<Memory>>,
    pub(crate) clock: Clock,
    pub(crate) returns: mpsc::Sender<Returned>,
}

impl Listener {
    /// Takes answers until it is stopped.
    pub(crate) async fn replies(self, stop: CancellationToken) {
        let topic = self.memory.lock().await.reply_topic().clone();
        let mut subscription = self.subscribe(topic, Ear::Replies).await;
        while let Some(posted) = next(&mut subscription, &stop).await {
            let told = self.answer(&posted).await;
            if !self.was_heard(Ear::Replies, &posted, told).await {
                return;
            }
        }
    }

    /// Takes text messages until it is stopped.
    pub(crate) async fn inbox(self, inbox: Inbox, stop: CancellationToken) {
        let mut subscription = self.subscribe(inbox.topic.clone(), Ear::Inbox).await;
        while let Some(posted) = next(&mut subscription, &stop).await {
            let told = self.text_message(&posted, &inbox).await;
            if !self.was_heard(Ear::Inbox, &posted, told).await {
                return;
            }
        }
    }

    async fn subscribe(&self, topic: Topic, ear: Ear) -> Subscription {
        let since = self.memory.lock().await.since(ear).map(str::to_owned);
        Subscription::new(
            self.options.server.clone(),
            topic,
            self.options.token.clone(),
            self.options.ca_file.clone(),
            since,
        )
    }

    /// What a button sent; `None` where it is nothing to carry out.
    async fn answer(&self, posted: &Posted) -> Option<Told> {
        let Some(reply) = reply(&posted.message) else {
            warn!(
                channel = self.channel,
                "what was posted to the reply topic is no answer"
            );
            return None;
        };
        let now = (self.clock)();
        let redeemed = self.memory.lock().await.redeem(now, &reply);
        let (incident, answer) = redeemed
            .inspect_err(|error| {
                warn!(channel = self.channel, %error, "an answer over the reply topic was refused");
            })
            .ok()?;
        let (stored, is_stored) = oneshot::channel();
        Some(Told {
            returned: Returned::Replied {
                channel: self.channel.clone(),
                incident,
                answer,
                stored,
            },
            is_stored,
        })
    }

    async fn text_message(&self, posted: &Posted, inbox: &Inbox) -> Option<Told> {
        let sms = posted_sms(posted);
        let is_vouched_for = match &inbox.token {
            None => false,
            Some(source) => {
                let expected = match source.read_as(Use::InboxToken).await {
                    Ok(expected) => expected,
                    Err(error) => {
                        warn!(channel = self.channel, %error, "a text message cannot be proved");
                        return None;
                    }
                };
                let given = Secret::new(sms.token.unwrap_or_default());
                let memory = self.memory.lock().await;
                if !memory.key().same(given.expose(), expected.expose()) {
                    warn!(
                        channel = self.channel,
                        "a text message without the inbox's token was refused"
                    );
                    return None;
                }
                true
            }
        };
        let (stored, is_stored) = oneshot::channel();
        Some(Told {
            returned: Returned::TextMessage {
                channel: self.channel.clone(),
                person: inbox.person.clone(),
                sender: sms.from,
                text: Secret::new(sms.text),
                at: plausible(posted.at, (self.clock)()),
                is_vouched_for,
                stored,
            },
            is_stored,
        })
    }

    /// Waits until what was told is stored, and counts the message as heard. `false`: the daemon is ending.
    async fn was_heard(&self, ear: Ear, posted: &Posted, told: Option<Told>) -> bool {
        if let Some(told) = told {
            let handed = self.returns.send(told.returned).await;
            if handed.is_err() || told.is_stored.await.is_err() {
                return false;
            }
        }
        self.memory.lock().await.heard(ear, &posted.id);
        true
    }
}

/// Something for the daemon, and the word that it is stored.
struct Told {
    returned: Returned,
    is_stored: oneshot::Receiver<()>,
}

async fn next(subscription: &mut Subscription, stop: &CancellationToken) -> Option<Posted> {
    tokio::select! {
        posted = subscription.next() => Some(posted),
        () = stop.cancelled() => None,
    }
}

/// The server's time of a message, where it can be: a server keeps messages for hours, not for days.
fn plausible(at: Timestamp, now: Timestamp) -> Timestamp {
    let earliest = now.saturating_sub(jiff::SignedDuration::from_hours(48));
    if at <= now && earliest.is_ok_and(|earliest| at >= earliest) {
        at
    } else {
        now
    }
}
