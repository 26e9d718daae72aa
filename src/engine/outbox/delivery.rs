//! How far an alert is on a channel.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How far one alert is on one channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum DeliveryState {
    /// Not there yet.
    Waiting {
        /// Failed attempts so far.
        attempts: u32,
        /// When it was queued on this channel.
        since: Timestamp,
        /// Not before this moment.
        next_try: Timestamp,
    },
    /// The channel took it.
    Delivered {
        /// When.
        at: Timestamp,
    },
    /// A newer alert of the same thread took its place before it was delivered.
    Superseded {
        /// When.
        at: Timestamp,
    },
    /// It never got through.
    GivenUp {
        /// When.
        at: Timestamp,
    },
}

impl DeliveryState {
    /// The state of an alert that was queued at `now` and not yet tried.
    pub fn queued(now: Timestamp) -> Self {
        Self::Waiting {
            attempts: 0,
            since: now,
            next_try: now,
        }
    }

    /// When to try next, where there is still something to try.
    pub fn due_at(self) -> Option<Timestamp> {
        match self {
            Self::Waiting { next_try, .. } => Some(next_try),
            Self::Delivered { .. } | Self::Superseded { .. } | Self::GivenUp { .. } => None,
        }
    }

    /// Whether there is still something to do.
    pub fn is_waiting(self) -> bool {
        self.due_at().is_some()
    }
}

/// One row of the delivery table: an alert's state on a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The alert's id.
    pub alert: String,
    /// The channel's name.
    pub channel: String,
    /// How far it is.
    pub state: DeliveryState,
}
