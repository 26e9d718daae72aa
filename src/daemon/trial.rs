//! Test alerts that are under way: each channel's report is waited for before the reply.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use tokio::sync::mpsc;

use crate::daemon::channels::{Channels, Delivered};
use crate::engine::alert::{Alert, Subject};
use crate::engine::incident::{Reason, Severity};
use crate::io::control::outcome::{Outcome, Tested};
use crate::io::control::protocol::{Refusal, RefusalKind, Reply};

/// Test alerts under way at most; the oldest is forgotten before that.
const AT_MOST: usize = 16;

/// All test alerts that are under way.
#[derive(Debug, Default)]
pub struct Trials {
    trials: BTreeMap<String, Trial>,
    count: u64,
}

#[derive(Debug)]
struct Trial {
    waiting: BTreeSet<String>,
    done: Vec<Tested>,
    /// Whether the peer stays to hear where it was seen.
    confirm: bool,
    replies: mpsc::Sender<Reply>,
}

/// The alert; every one of a run has an id of its own.
pub fn alert(now: Timestamp, number: u64) -> Alert {
    Alert {
        id: format!("test-{}-{number}", now.as_second()),
        thread: "test".to_owned(),
        at: now,
        severity: Severity::Notice,
        reason: Reason::Test,
        services: Vec::new(),
        repeat: 0,
        subject: Subject::Test,
    }
}

/// The channels that a test alert goes to: the named one, or all of them, whatever level they take.
pub fn channels(all: Vec<String>, wanted: Option<String>) -> Result<Vec<String>, Refusal> {
    match wanted {
        None => Ok(all),
        Some(name) if all.contains(&name) => Ok(vec![name]),
        Some(name) => Err(Refusal::new(
            RefusalKind::Unknown,
            format!("there is no channel {name:?}"),
            format!("the channels are {}", all.join(", ")),
        )),
    }
}

impl Trials {
    /// Sends a test alert; the reply follows when every channel has reported. With `confirm` one more follows for each
    /// channel on which it was seen, until the peer goes.
    pub fn begin(
        &mut self,
        now: Timestamp,
        wanted: Option<String>,
        confirm: bool,
        channels: &Channels,
        replies: mpsc::Sender<Reply>,
    ) {
        let names = match self::channels(channels.names(), wanted) {
            Ok(names) => names,
            Err(refusal) => {
                let _ = replies.try_send(Err(refusal));
                return;
            }
        };
        self.count = self.count.saturating_add(1);
        let alert = alert(now, self.count);
        let mut trial = Trial {
            waiting: BTreeSet::new(),
            done: Vec::new(),
            confirm,
            replies,
        };
        for channel in names {
            if channels.try_deliver(&channel, alert.clone()) {
                trial.waiting.insert(channel);
            } else {
                trial.done.push(Tested {
                    channel,
                    error: Some("it is busy with other alerts".to_owned()),
                });
            }
        }
        if !trial.settle() || confirm {
            while self.trials.len() >= AT_MOST {
                self.trials.pop_first();
            }
            self.trials.insert(alert.id, trial);
        }
    }

    /// Takes a channel's report, where it is about a test alert.
    pub fn note(&mut self, delivered: &Delivered) {
        let Some(trial) = self.trials.get_mut(delivered.alert()) else {
            return;
        };
        if trial.waiting.remove(delivered.channel()) {
            trial.done.push(Tested {
                channel: delivered.channel().to_owned(),
                error: delivered.error().map(str::to_owned),
            });
        }
        if trial.settle() && !trial.confirm {
            self.trials.remove(delivered.alert());
        }
    }

    /// A test alert was seen on a channel.
    pub fn arrived(&mut self, channel: &str, alert: &str) {
        self.trials
            .retain(|_, trial| !trial.replies.is_closed() || !trial.waiting.is_empty());
        if let Some(trial) = self.trials.get(alert)
            && trial.confirm
        {
            let said = Outcome::Arrived(channel.to_owned());
            let _ = trial.replies.try_send(Ok(said));
        }
    }
}

impl Trial {
    /// Replies once every channel has reported; says whether it did.
    fn settle(&mut self) -> bool {
        if !self.waiting.is_empty() {
            return false;
        }
        let mut done = std::mem::take(&mut self.done);
        done.sort_by(|one, other| one.channel.cmp(&other.channel));
        let _ = self.replies.try_send(Ok(Outcome::Tested(done)));
        true
    }
}
