//! What a detection rule found.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::engine::fact::Fact;
use crate::engine::given::{Part, Reached};
use crate::engine::incident::{Reason, Severity};
use crate::engine::points::Points;
use crate::engine::signal::SignalId;
use crate::engine::span;

/// Within this time a corroborator counts, a member joins, and a burst that is found late still rings.
pub const MEMORY: SignedDuration = SignedDuration::from_hours(72);

/// Kinds of evidence. A `warning` becomes `critical` only through a kind that its own rule did not need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// Orders.
    Orders,
    /// Unclaimed codes and sign-in mails.
    Codes,
    /// Account changes.
    AccountChange,
    /// The merchant's own word: problem cancellations, locks, disabled passwords, held orders.
    Merchant,
    /// The person's "not me".
    NotMe,
    /// Nobody answered.
    Silence,
    /// The mailbox: floods, deletions.
    Mailbox,
}

/// One rule that fired, with everything that made it fire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Which rule.
    pub reason: Reason,
    /// The level that the rule gives by itself.
    pub level: Severity,
    /// The points that reached the threshold; zero where the rule sets the level outright.
    pub points: Points,
    /// The window that reached its threshold, where a window did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reached: Option<Reached>,
    /// What the points were given for, where a rule weighs evidence and not single mails.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
    /// What the points were given for, in English.
    pub note: String,
    /// The kinds of evidence without which the rule would not have fired.
    pub needed: BTreeSet<EvidenceKind>,
    /// The signals in the window.
    pub signals: BTreeSet<SignalId>,
    /// Event time of the first of them.
    pub first_at: Timestamp,
    /// Event time of the last of them.
    pub last_at: Timestamp,
}

impl Finding {
    /// A finding over some facts, which must not be empty to be of use.
    pub fn over<'a>(
        reason: Reason,
        level: Severity,
        points: Points,
        note: impl Into<String>,
        needed: impl IntoIterator<Item = EvidenceKind>,
        facts: impl IntoIterator<Item = &'a Fact>,
    ) -> Option<Self> {
        let keys: Vec<_> = facts.into_iter().map(Fact::key).collect();
        let first_at = keys.iter().map(|(at, _)| *at).min()?;
        let last_at = keys.iter().map(|(at, _)| *at).max()?;
        Some(Self {
            reason,
            level,
            points,
            reached: None,
            parts: Vec::new(),
            note: note.into(),
            needed: needed.into_iter().collect(),
            signals: keys.into_iter().map(|(_, id)| id).collect(),
            first_at,
            last_at,
        })
    }

    /// The same, with the window that reached its threshold.
    #[must_use]
    pub fn reaching(mut self, length: SignedDuration, until: Timestamp, threshold: Points) -> Self {
        self.reached = Some(Reached {
            minutes: u32::try_from(length.as_mins()).unwrap_or(u32::MAX),
            until,
            threshold,
        });
        self
    }

    /// The louder of two positions of one rule, with the signals of both: every window that fired has its members.
    pub fn join(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        let (one, other) = match (one, other) {
            (Some(one), Some(other)) => (one, other),
            (one, other) => return one.or(other),
        };
        let weight = |finding: &Self| (finding.level, finding.points, finding.signals.len());
        let (mut louder, softer) = if weight(&other) > weight(&one) {
            (other, one)
        } else {
            (one, other)
        };
        louder.signals.extend(softer.signals);
        louder.first_at = louder.first_at.min(softer.first_at);
        louder.last_at = louder.last_at.max(softer.last_at);
        Some(louder)
    }

    /// The level at which it still rings at `now`: what is found more than 72 h after the event is for the record.
    pub fn level_at(&self, now: Timestamp) -> Severity {
        if span::before(now, MEMORY) > self.last_at {
            Severity::Info
        } else {
            self.level
        }
    }
}
