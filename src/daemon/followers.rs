//! Those who follow the alerts: each gets every alert after a place, in order.

use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tracing::warn;

use crate::io::control::outcome::{Numbered, Outcome};
use crate::io::control::protocol::Reply;
use crate::io::store::reader::Reader;

/// Alerts that are read at once.
const BATCH: u32 = 100;

/// All followers.
#[derive(Debug, Default)]
pub struct Followers {
    followers: Vec<Follower>,
}

#[derive(Debug)]
struct Follower {
    /// The last alert that it has.
    after: i64,
    replies: mpsc::Sender<Reply>,
}

impl Followers {
    /// Takes one on: from the alert after `after`, or from the next one on.
    pub fn add(&mut self, after: Option<i64>, replies: mpsc::Sender<Reply>, reader: &Reader) {
        let latest = || {
            let latest = reader.latest_alerts(1).unwrap_or_default();
            latest.last().map_or(0, |(seq, _)| *seq)
        };
        self.followers.push(Follower {
            after: after.unwrap_or_else(latest),
            replies,
        });
    }

    /// Gives each what is new. Who reads too slowly gets the rest at the next call.
    pub fn feed(&mut self, reader: &Reader) {
        self.followers
            .retain_mut(|follower| follower.feed(reader).is_some());
    }
}

impl Follower {
    /// `None` where it is gone.
    fn feed(&mut self, reader: &Reader) -> Option<()> {
        if self.replies.is_closed() {
            return None;
        }
        loop {
            let news = match reader.alerts(self.after, BATCH) {
                Ok(news) if news.is_empty() => return Some(()),
                Ok(news) => news,
                Err(error) => {
                    warn!(%error, "the alerts cannot be read for those who follow them");
                    return Some(());
                }
            };
            for (seq, alert) in news {
                let numbered = Outcome::Alert(Box::new(Numbered { seq, alert }));
                match self.replies.try_send(Ok(numbered)) {
                    Ok(()) => self.after = seq,
                    Err(TrySendError::Full(_)) => return Some(()),
                    Err(TrySendError::Closed(_)) => return None,
                }
            }
        }
    }
}
