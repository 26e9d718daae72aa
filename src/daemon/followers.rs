//! Those who follow the alerts: each gets every alert after a place, in order.

use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tracing::warn;

use crate::io::control::outcome::{Numbered, Outcome, Standing};
use crate::io::control::protocol::Reply;
use crate::io::store::error::StoreError;
use crate::io::store::reader::Reader;

/// Alerts that are read at once.
const BATCH: u32 = 100;

/// How often a follower that asked for it is told what stands, so that it can tell a quiet connection from a dead one.
const PULSE: SignedDuration = SignedDuration::from_secs(30);

/// All followers.
#[derive(Debug, Default)]
pub struct Followers {
    followers: Vec<Follower>,
}

#[derive(Debug)]
struct Follower {
    /// The last alert that it has.
    after: i64,
    standing: Telling,
    replies: mpsc::Sender<Reply>,
}

/// Whether a follower is told what stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Telling {
    Never,
    /// At the next moment at which it has every alert.
    Now,
    /// It was told at this moment.
    Told(Timestamp),
}

impl Followers {
    /// Takes one on: from the alert after `after`, or from the next one on. `standing`: it is told besides which
    /// incidents are open.
    pub fn add(
        &mut self,
        after: Option<i64>,
        standing: bool,
        replies: mpsc::Sender<Reply>,
        reader: &Reader,
    ) {
        let latest = reader.latest_alerts(1).unwrap_or_default();
        let latest = latest.last().map_or(0, |(seq, _)| *seq);
        self.followers.push(Follower {
            // A place beyond the last alert is one of another state file; waiting for it would lose what comes.
            after: after.map_or(latest, |after| after.min(latest)),
            standing: if standing {
                Telling::Now
            } else {
                Telling::Never
            },
            replies,
        });
    }

    /// An incident is closed.
    pub fn settled(&mut self) {
        for follower in &mut self.followers {
            if matches!(follower.standing, Telling::Told(_)) {
                follower.standing = Telling::Now;
            }
        }
    }

    /// Gives each what is new. Who reads too slowly gets the rest at the next call.
    pub fn feed(&mut self, reader: &Reader, now: Timestamp) {
        self.followers
            .retain_mut(|follower| follower.feed(reader, now).is_some());
    }
}

impl Follower {
    /// `None` where it is gone.
    fn feed(&mut self, reader: &Reader, now: Timestamp) -> Option<()> {
        if self.replies.is_closed() {
            return None;
        }
        loop {
            let news = match reader.alerts(self.after, BATCH) {
                Ok(news) if news.is_empty() => return self.tell(reader, now),
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

    /// Says what stands where that is due. It follows the last alert, so that it holds for all that came before.
    fn tell(&mut self, reader: &Reader, now: Timestamp) -> Option<()> {
        let due = match self.standing {
            Telling::Never => false,
            Telling::Now => true,
            // A clock that was set back must not silence the pulse.
            Telling::Told(at) => now.duration_since(at).abs() >= PULSE,
        };
        if !due {
            return Some(());
        }
        let standing = match standing(reader, self.after) {
            Ok(standing) => standing,
            Err(error) => {
                warn!(%error, "what is open cannot be read for those who follow the alerts");
                return Some(());
            }
        };
        match self
            .replies
            .try_send(Ok(Outcome::Standing(Box::new(standing))))
        {
            Ok(()) => self.standing = Telling::Told(now),
            Err(TrySendError::Full(_)) => {}
            Err(TrySendError::Closed(_)) => return None,
        }
        Some(())
    }
}

fn standing(reader: &Reader, seq: i64) -> Result<Standing, StoreError> {
    let mut alerts = Vec::new();
    for incident in reader.incidents(true)? {
        let latest = reader.latest_alert_of(&incident.id.0)?;
        alerts.extend(latest.map(|(seq, alert)| Numbered { seq, alert }));
    }
    Ok(Standing { seq, alerts })
}
