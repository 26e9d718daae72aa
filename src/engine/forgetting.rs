//! What a person wants forgotten.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What is to be forgotten of everything that was stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Forgetting {
    /// Everything of a service, by its id.
    Service(String),
    /// Everything that happened before this moment.
    Before(Timestamp),
    /// Everything.
    All,
}

impl Forgetting {
    /// Whether a signal of this service and event time is to be forgotten.
    pub fn covers(&self, service: &str, at: Timestamp) -> bool {
        match self {
            Self::Service(wanted) => wanted == service,
            Self::Before(moment) => at < *moment,
            Self::All => true,
        }
    }
}
