//! When to tell the person: at once, after a pause, or once more.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::engine::incident::Severity;
use crate::engine::signal::SignalId;
use crate::engine::span;

/// News about an incident that was just told are gathered for this long.
const COALESCE: SignedDuration = SignedDuration::from_secs(60);

/// Repeats after the last news, as long as nobody answers; a notice is repeated once.
const REPEATS: [SignedDuration; 3] = [
    SignedDuration::from_mins(5),
    SignedDuration::from_mins(15),
    SignedDuration::from_mins(60),
];

/// And from then on.
const THEN_EVERY: SignedDuration = SignedDuration::from_hours(4);

/// What was told about an incident, and what is due.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ringing {
    /// How many alerts there were; the next one's number.
    pub count: u32,
    /// The level that was told last.
    pub told: Option<Severity>,
    /// When news were told last.
    pub told_at: Option<Timestamp>,
    /// The members that the person has been told of.
    pub shown: BTreeSet<SignalId>,
    /// When gathered news are due.
    pub news_due: Option<Timestamp>,
    /// Repeats since the last news.
    pub repeats: u32,
    /// When the next repeat is due.
    pub repeat_due: Option<Timestamp>,
}

/// What is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// A level was reached or a member arrived.
    News,
    /// Nobody answered.
    Repeat,
}

impl Ringing {
    /// What is due at `now`, given the level and the members. Remembers news that have to wait.
    pub fn due(
        &mut self,
        now: Timestamp,
        severity: Severity,
        members: &BTreeSet<SignalId>,
    ) -> Option<Due> {
        if self.told.is_none_or(|told| severity > told) {
            return Some(Due::News);
        }
        if !members.is_subset(&self.shown) {
            let due = self.news_due.get_or_insert_with(|| {
                self.told_at
                    .filter(|told_at| *told_at <= now)
                    .map_or(now, |told_at| span::after(told_at, COALESCE).max(now))
            });
            // A clock that was set back does not make news wait longer.
            *due = (*due).min(span::after(now, COALESCE));
            if *due <= now {
                return Some(Due::News);
            }
        }
        self.repeat_due
            .is_some_and(|due| due <= now)
            .then_some(Due::Repeat)
    }

    /// Records that something is told now; gives the alert's number and how often it was repeated.
    pub fn tell(
        &mut self,
        now: Timestamp,
        due: Due,
        severity: Severity,
        members: &BTreeSet<SignalId>,
        repeats: bool,
    ) -> (u32, u32) {
        self.count = self.count.saturating_add(1);
        match due {
            Due::News => {
                self.told = Some(severity);
                self.told_at = Some(now);
                self.shown.clone_from(members);
                self.news_due = None;
                self.repeats = 0;
            }
            Due::Repeat => self.repeats = self.repeats.saturating_add(1),
        }
        self.repeat_due = repeats
            .then(|| next_repeat(severity, self.told_at.unwrap_or(now), self.repeats, now))
            .flatten();
        (self.count, self.repeats)
    }

    /// Nothing more is due: the person answered.
    pub fn stop_repeats(&mut self) {
        self.repeat_due = None;
    }

    /// Nothing more is due at all.
    pub fn fall_silent(&mut self) {
        self.repeat_due = None;
        self.news_due = None;
    }

    /// The next moment at which something is due.
    pub fn wake_at(&self) -> Option<Timestamp> {
        self.news_due.into_iter().chain(self.repeat_due).min()
    }
}

/// Repeats that a pause of the machine swallowed are not made up for: the next one lies after `now`.
fn next_repeat(
    severity: Severity,
    told_at: Timestamp,
    repeats: u32,
    now: Timestamp,
) -> Option<Timestamp> {
    let step = usize::try_from(repeats).unwrap_or(usize::MAX);
    let wanted = match severity {
        Severity::Info => return None,
        Severity::Notice if repeats > 0 => return None,
        Severity::Notice | Severity::Warning | Severity::Critical => match REPEATS.get(step) {
            Some(pause) => span::after(told_at, *pause),
            None => span::after(now, THEN_EVERY),
        },
    };
    Some(if wanted > now {
        wanted
    } else {
        span::after(now, SignedDuration::from_mins(5))
    })
}
