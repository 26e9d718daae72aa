//! What the person said would come.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::engine::fact::Fact;
use crate::engine::signal::CodePurpose;
use crate::engine::span;

/// A code that came this much before the person announced it is still the announced one.
pub const BEFOREHAND: SignedDuration = SignedDuration::from_mins(2);

/// So many codes of one announcement are the person's own; a further one asks.
const CODES_AT_MOST: u32 = 2;

/// Stands for every service.
pub const ANY_SERVICE: &str = "any";

/// "I am about to sign in", or "I am buying gifts now".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expectation {
    /// The service's id, or [`ANY_SERVICE`].
    pub service: String,
    /// When the person said so.
    pub since: Timestamp,
    /// Until when it holds.
    pub until: Timestamp,
    /// It announces orders, not codes.
    pub orders: bool,
    /// Codes that it covered so far.
    pub used: u32,
}

impl Expectation {
    /// Whether a later announcement says the same while this one holds.
    pub fn is_renewed_by(&self, later: &Self) -> bool {
        self.service == later.service && self.orders == later.orders && later.since <= self.until
    }

    /// Whether it covers this code: sign-in codes of its service, never one that resets or changes anything.
    pub fn covers(&self, fact: &Fact) -> bool {
        let sign_in_code = matches!(
            fact.code(),
            Some(CodePurpose::SignIn | CodePurpose::Unknown)
        );
        !self.orders
            && sign_in_code
            && self.used < CODES_AT_MOST
            && (self.service == ANY_SERVICE || self.service == fact.signal.service)
            && fact.signal.at >= span::before(self.since, BEFOREHAND)
            && fact.signal.at <= self.until
    }
}
