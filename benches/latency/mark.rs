//! The moments through which a mail passes.

use std::time::{Duration, Instant};

/// A mark and when it was made.
pub type Moment = (Mark, Instant);

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// The server waits with the watcher.
    Idling,
    /// The server is about to write EXISTS.
    Told,
    /// DONE came.
    Done,
    /// UID FETCH came.
    Asked,
    /// The server is about to write the mail.
    Answered,
    /// The daemon knows what the mail says.
    Read,
    /// A transaction is on the disk.
    Stored,
    /// A channel has the alert.
    Alerted,
}

/// Times of one kind, in order of length.
#[derive(Debug, Default)]
pub struct Times(Vec<Duration>);

impl Times {
    /// Takes one more.
    pub fn push(&mut self, time: Duration) {
        let at = self.0.partition_point(|it| *it < time);
        self.0.insert(at, time);
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The one that this share of them, in percent, does not exceed.
    pub fn percentile(&self, share: usize) -> Duration {
        let rank = (self.0.len() * share).div_ceil(100);
        self.0.get(rank.max(1) - 1).copied().unwrap_or_default()
    }

    /// A row of the table.
    pub fn row(&self, name: &str) -> String {
        let at = |share| self.percentile(share).as_secs_f64() * 1_000.0;
        format!(
            "| {name} | {} | {:.2} | {:.2} | {:.2} | {:.2} |",
            self.count(),
            at(50),
            at(90),
            at(99),
            at(100)
        )
    }
}
