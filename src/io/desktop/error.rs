//! Why an alert did not reach the screen.

use std::time::Duration;

use thiserror::Error;

/// Longer than any notification server takes; a bus that hangs must not hang the daemon.
pub(crate) const TIME_LIMIT: Duration = Duration::from_secs(10);

/// Why an alert did not reach the screen.
#[derive(Debug, Error)]
pub enum DeliveryError {
    /// There is no session bus.
    #[error(
        "no desktop session can be reached ({why}); run mailward as a user unit in the session, or use another channel"
    )]
    NoSession {
        /// What the bus said.
        why: String,
    },
    /// The bus is there, a notification server is not.
    #[error(
        "the desktop session has no notification server ({why}); start one, for example dunst or the desktop's own"
    )]
    NoServer {
        /// What the bus said.
        why: String,
    },
    /// No answer in time.
    #[error("the notification server did not answer within {} s; restart it", TIME_LIMIT.as_secs())]
    Silent,
    /// The server refused.
    #[error("the notification server refused the alert ({why}); it is tried again")]
    Refused {
        /// What the server said.
        why: String,
    },
}

impl DeliveryError {
    /// Whether a later attempt can end otherwise: sessions and servers come and go, so it always can.
    pub fn retry(&self) -> bool {
        match self {
            Self::NoSession { .. }
            | Self::NoServer { .. }
            | Self::Silent
            | Self::Refused { .. } => true,
        }
    }
}
