//! Rules as data: which mail is which signal.

use jiff::Timestamp;

use crate::engine::message::{Message, RawMail};
use crate::engine::signal::{SenderVerdict, Signal};

/// What makes a sender trustworthy for the account that received the mail.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// The person's own addresses, lower case. Empty: the recipient gate is skipped.
    pub addresses: Vec<String>,
    /// Pinned authserv-ids (RFC 8601 §2.5). Empty: nothing in a header is believed.
    pub authserv_ids: Vec<String>,
}

/// A service that a pack describes.
#[derive(Debug, Clone)]
pub struct Service {
    /// The pack's id: `amazon`.
    pub id: String,
    /// The name people know, in Japanese and English.
    pub name_ja: String,
    /// See `name_ja`.
    pub name_en: String,
    /// Official pages; never taken from a mail.
    pub pages: Pages,
}

/// Official addresses of a service, `https://…`, without query or tracking.
#[derive(Debug, Clone, Default)]
pub struct Pages {
    /// Change the password.
    pub password: Option<String>,
    /// Sign-in and security.
    pub security: Option<String>,
    /// The order history.
    pub orders: Option<String>,
    /// Payment methods.
    pub payment_methods: Option<String>,
    /// Two-factor sign-in.
    pub two_factor: Option<String>,
}

/// Why a classification came out as it did, for `explain`. No body text, no code value.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// The verdict and what it rests on, one sentence each.
    pub verdict: SenderVerdict,
    /// Evidence lines for the verdict.
    pub evidence: Vec<String>,
    /// Rules that came near, with what did not match.
    pub near_misses: Vec<(String, String)>,
}

/// All rules, compiled.
#[derive(Debug)]
pub struct RuleSet;

/// A rule that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{file}:{line}:{column}: {what}")]
pub struct RuleError {
    /// The file or built-in pack.
    pub file: String,
    /// 1-based line.
    pub line: usize,
    /// 1-based column.
    pub column: usize,
    /// What is wrong and what was expected.
    pub what: String,
    /// What to do.
    pub hint: String,
}

impl RuleSet {
    /// The packs compiled into the program.
    pub fn built_in() -> Result<Self, RuleError> {
        Ok(Self)
    }

    /// The built-in packs and further ones, as (file name, text); a pack with the same id replaces the built-in one.
    pub fn with_packs(_packs: &[(String, String)]) -> Result<Self, RuleError> {
        Ok(Self)
    }

    /// What one mail says: at most one signal.
    pub fn classify(&self, _message: &Message, _trust: &Trust) -> Option<Signal> {
        None
    }

    /// The same with the reasons.
    pub fn explain(&self, message: &Message, trust: &Trust) -> (Option<Signal>, Explanation) {
        let explanation = Explanation {
            verdict: SenderVerdict::Unverified,
            evidence: Vec::new(),
            near_misses: Vec::new(),
        };
        (self.classify(message, trust), explanation)
    }

    /// The service with this id.
    pub fn service(&self, _id: &str) -> Option<&Service> {
        None
    }

    /// All services, by id.
    pub fn services(&self) -> impl Iterator<Item = &Service> {
        std::iter::empty()
    }
}

/// Parses and classifies in one go: the path of the daemon and of `scan`.
pub fn signal_of(rules: &RuleSet, raw: &RawMail, trust: &Trust) -> Option<Signal> {
    rules.classify(&Message::parse(raw), trust)
}

/// Event time: the Date where it lies between 48 h before and 10 min after the arrival, else the arrival.
pub fn event_time(date: Option<Timestamp>, arrived_at: Timestamp) -> Timestamp {
    let earliest = arrived_at.saturating_sub(jiff::SignedDuration::from_hours(48));
    let latest = arrived_at.saturating_add(jiff::SignedDuration::from_mins(10));
    match (date, earliest, latest) {
        (Some(date), Ok(earliest), Ok(latest)) if date >= earliest && date <= latest => date,
        _ => arrived_at,
    }
}
