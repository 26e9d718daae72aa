//! The open incident from the inside: its members, what fired, what was shown and answered.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::engine::case::corroboration::{Person, corroborator};
use crate::engine::charges;
use crate::engine::fact::{Fact, FactLog};
use crate::engine::finding::{EvidenceKind, Finding, MEMORY};
use crate::engine::incident::{
    Answer, Closing, IncidentId, Reason, Severity, SeverityChange, Status,
};
use crate::engine::ringing::Ringing;
use crate::engine::signal::{SenderVerdict, SignalId};
use crate::engine::span;

pub mod corroboration;

/// A question that nobody answers is remembered for as long as it can corroborate a burst.
const QUESTION_LAPSES: SignedDuration = MEMORY;

/// An incident closes after this time without a new member.
const QUIET: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A flood buries what came this long before its beginning and after its latest mail.
const BURIED_BEFORE: SignedDuration = SignedDuration::from_hours(24);
const BURIED_AFTER: SignedDuration = SignedDuration::from_hours(6);

/// Playbook steps that must be done before an incident that was answered "not me" closes by itself.
const FIRST_STEPS: usize = 3;

/// The open incident of a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// What `answer` takes.
    pub id: IncidentId,
    /// Event time of the first member.
    pub opened_at: Timestamp,
    /// The highest level so far.
    pub severity: Severity,
    /// When each level was reached, and why.
    pub history: Vec<SeverityChange>,
    /// Everything that belongs to it.
    pub members: BTreeSet<SignalId>,
    /// The rules that fired.
    pub findings: Vec<Finding>,
    /// What the person answered.
    pub answers: Vec<(Timestamp, Answer)>,
    /// Nobody answered a warning.
    pub silence: bool,
    /// When silence begins to count.
    pub silence_due: Option<Timestamp>,
    /// When the warning that silence is counted from reached the person.
    #[serde(default)]
    pub warned_at: Option<Timestamp>,
    /// Signals that are looked at once more at a moment: until then a code beside them can still be claimed.
    #[serde(default)]
    pub rechecks: Vec<(SignalId, Timestamp)>,
    /// New-device mails that count as unclaimed from a moment on.
    pub new_devices_due: Vec<(SignalId, Timestamp)>,
    /// Playbook steps that are done.
    pub steps_done: BTreeSet<String>,
    /// Days of the statement reminders that are set or have rung.
    #[serde(default)]
    pub reminders: BTreeSet<u32>,
    /// Open or closed.
    pub status: Status,
    /// What was told, and what is due.
    pub ringing: Ringing,
    /// Event time of the latest member.
    pub latest_at: Timestamp,
    /// Services of the members that fired a rule, as of the last gathering.
    #[serde(default)]
    services: BTreeSet<String>,
    /// A rule found something since members were gathered last.
    #[serde(default)]
    pub to_gather: bool,
}

/// A level that was just reached, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rise {
    /// The level.
    pub severity: Severity,
    /// Why.
    pub reason: Reason,
}

impl Case {
    /// Opens an incident over something that happened at `at`.
    pub fn open(id: IncidentId, at: Timestamp) -> Self {
        Self {
            id,
            opened_at: at,
            severity: Severity::Info,
            history: Vec::new(),
            members: BTreeSet::new(),
            findings: Vec::new(),
            answers: Vec::new(),
            silence: false,
            silence_due: None,
            warned_at: None,
            rechecks: Vec::new(),
            new_devices_due: Vec::new(),
            steps_done: BTreeSet::new(),
            reminders: BTreeSet::new(),
            status: Status::Open,
            ringing: Ringing::default(),
            latest_at: at,
            services: BTreeSet::new(),
            to_gather: false,
        }
    }

    /// Takes a fact in.
    pub fn admit(&mut self, fact: &Fact) {
        self.members.insert(fact.signal.id.clone());
        self.opened_at = self.opened_at.min(fact.signal.at);
        self.latest_at = self.latest_at.max(fact.signal.at);
    }

    /// Takes in what a rule found; says whether it is news. What joins because of it is gathered afterwards.
    pub fn add_finding(&mut self, finding: Finding, log: &FactLog) -> bool {
        let before = self.members.len();
        for id in &finding.signals {
            if let Some(fact) = log.get(id) {
                self.admit(fact);
            }
        }
        self.latest_at = self.latest_at.max(finding.last_at);
        let overlapping = self.findings.iter_mut().find(|known| {
            known.reason == finding.reason
                && (!known.signals.is_disjoint(&finding.signals)
                    || (known.first_at <= finding.last_at && finding.first_at <= known.last_at))
        });
        let changed = if let Some(known) = overlapping {
            merge(known, finding)
        } else {
            self.findings.push(finding);
            true
        };
        self.to_gather |= changed;
        changed || self.members.len() > before
    }

    /// The signals that fired a rule worth a notice or more.
    pub(crate) fn anchors(&self) -> impl Iterator<Item = &SignalId> {
        self.findings
            .iter()
            .filter(|finding| finding.level >= Severity::Notice)
            .flat_map(|finding| &finding.signals)
    }

    /// Whether a flood of mail lies around this moment: it is there to bury an order.
    fn is_flooded(&self, at: Timestamp) -> bool {
        self.findings.iter().any(|finding| {
            finding.reason == Reason::MailFlood
                && at >= span::before(finding.first_at, BURIED_BEFORE)
                && at <= span::after(finding.last_at, BURIED_AFTER)
        })
    }

    /// Admits every fact that joins within 72 h of the latest member that fired a rule. `newest` is the fact
    /// that has just come: as long as no rule found anything more, no other one can join.
    pub fn gather(&mut self, log: &FactLog, newest: Option<&SignalId>) {
        let loud = |finding: &&Finding| finding.level >= Severity::Notice;
        let firsts = self.findings.iter().filter(loud);
        let lasts = self.findings.iter().filter(loud);
        let (Some(first), Some(last)) = (
            firsts.map(|finding| finding.first_at).min(),
            lasts.map(|finding| finding.last_at).max(),
        ) else {
            return;
        };
        let from = span::before(first, MEMORY);
        let until = span::after(last, MEMORY);
        let candidates: Vec<&Fact> = if self.to_gather {
            self.services = self
                .anchors()
                .filter_map(|id| log.get(id))
                .map(|fact| fact.signal.service.clone())
                .collect();
            log.within(from, until).collect()
        } else {
            newest
                .and_then(|id| log.get(id))
                .filter(|fact| fact.signal.at > from && fact.signal.at <= until)
                .into_iter()
                .collect()
        };
        let joining: Vec<&Fact> = candidates
            .into_iter()
            .filter(|fact| fact.counts() && !self.members.contains(&fact.signal.id))
            .filter(|fact| self.joins(fact, first))
            .collect();
        for fact in joining {
            self.admit(fact);
        }
        for charge in charges::matched(log, &self.members) {
            self.admit(charge);
        }
        self.to_gather = false;
    }

    fn joins(&self, fact: &Fact, first: Timestamp) -> bool {
        if self.is_flooded(fact.signal.at) {
            fact.order().is_some() || fact.joins_any_service()
        } else if fact.signal.at < first {
            fact.is_code_or_sign_in()
        } else {
            self.services.contains(&fact.signal.service) || fact.joins_any_service()
        }
    }

    /// Raises the severity as far as the evidence goes; every level passed is in the history.
    pub fn rise(&mut self, now: Timestamp, log: &FactLog, person: Person<'_>) -> Option<Rise> {
        let target = self.target(log, person);
        if target.severity <= self.severity && !self.history.is_empty() {
            return None;
        }
        if target.severity == Severity::Critical
            && self.severity < Severity::Warning
            && let Some(reason) = self.reason_of(Severity::Warning)
        {
            self.history.push(SeverityChange {
                at: now,
                severity: Severity::Warning,
                reason,
            });
        }
        self.severity = self.severity.max(target.severity);
        self.history.push(SeverityChange {
            at: now,
            severity: self.severity,
            reason: target.reason,
        });
        Some(target)
    }

    fn reason_of(&self, level: Severity) -> Option<Reason> {
        self.findings
            .iter()
            .filter(|finding| finding.level >= level)
            .max_by_key(|finding| finding.points)
            .map(|finding| finding.reason)
    }

    fn target(&self, log: &FactLog, person: Person<'_>) -> Rise {
        let members: Vec<&Fact> = self
            .members
            .iter()
            .filter_map(|id| log.get(id))
            .filter(|fact| fact.counts())
            .collect();
        let level = self
            .findings
            .iter()
            .map(|finding| finding.level)
            .max()
            .unwrap_or(Severity::Info);
        let reason = self.reason_of(level).unwrap_or(Reason::Question);
        let verified = members
            .iter()
            .any(|fact| fact.signal.sender == SenderVerdict::Verified);
        let known_template =
            members.is_empty() || members.iter().any(|fact| !fact.signal.template_unverified);
        if !known_template {
            return Rise {
                severity: level.min(Severity::Notice),
                reason,
            };
        }
        if level >= Severity::Warning
            && verified
            && let Some(corroborated) = self.corroborated(&members, log, person)
        {
            let reason = if self.severity >= Severity::Warning {
                corroborated
            } else {
                reason
            };
            return Rise {
                severity: Severity::Critical,
                reason,
            };
        }
        Rise {
            severity: level,
            reason,
        }
    }

    /// Whether the last answer is "not me".
    pub fn said_not_me(&self) -> bool {
        self.answers
            .last()
            .is_some_and(|(_, answer)| *answer == Answer::NotMe)
    }

    /// All kinds of evidence among the members, for a rule that must not corroborate itself.
    pub fn kinds(&self, log: &FactLog) -> BTreeSet<EvidenceKind> {
        self.members
            .iter()
            .filter_map(|id| log.get(id))
            .filter_map(|fact| corroborator(fact).map(|(kind, _)| kind))
            .collect()
    }

    /// When it closes by itself, if nothing more happens: counted from the latest member or from when the person was
    /// told of it, so that what is found late stays open for as long.
    pub fn closes_at(&self) -> Timestamp {
        let latest = self
            .ringing
            .told_at
            .map_or(self.latest_at, |told_at| told_at.max(self.latest_at));
        if self.severity == Severity::Info {
            return span::after(latest, QUESTION_LAPSES);
        }
        if self.said_not_me() && self.steps_done.len() < FIRST_STEPS {
            return Timestamp::MAX;
        }
        span::after(latest, QUIET)
    }

    /// Timers that lie farther ahead than they can were set before the clock was set back: they run anew.
    pub fn clock_was_set(
        &mut self,
        now: Timestamp,
        silence: SignedDuration,
        new_device: SignedDuration,
        recheck: SignedDuration,
    ) {
        if let Some(due) = &mut self.silence_due {
            *due = (*due).min(span::after(now, silence));
        }
        for (_, due) in &mut self.new_devices_due {
            *due = (*due).min(span::after(now, new_device));
        }
        for (_, due) in &mut self.rechecks {
            *due = (*due).min(span::after(now, recheck));
        }
    }

    /// Closes it.
    pub fn close(&mut self, at: Timestamp, why: Closing) {
        self.status = Status::Closed { at, why };
        self.silence_due = None;
        self.new_devices_due.clear();
        self.rechecks.clear();
        self.ringing.fall_silent();
    }
}

/// Joins a finding to an earlier one of its rule; says whether that changed anything.
fn merge(known: &mut Finding, finding: Finding) -> bool {
    let before = (
        known.level,
        known.points,
        known.signals.len(),
        known.needed.len(),
    );
    if finding.level > known.level
        || (finding.level == known.level && finding.needed.len() < known.needed.len())
    {
        known.needed = finding.needed;
    }
    if finding.points >= known.points {
        known.note = finding.note;
        known.reached = finding.reached;
        known.parts = finding.parts;
    }
    known.level = known.level.max(finding.level);
    known.points = known.points.max(finding.points);
    known.signals.extend(finding.signals);
    known.first_at = known.first_at.min(finding.first_at);
    known.last_at = known.last_at.max(finding.last_at);
    before
        != (
            known.level,
            known.points,
            known.signals.len(),
            known.needed.len(),
        )
}
