//! What the person says, and what follows from it.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::engine::case::Case;
use crate::engine::correlator::{Correlator, Options, Output};
use crate::engine::expectation::{BEFOREHAND, Expectation};
use crate::engine::fact::{Clearing, Fact};
use crate::engine::finding::{EvidenceKind, Finding};
use crate::engine::incident::{Answer, Closing, IncidentId, Reason, Severity, Status};
use crate::engine::order_score;
use crate::engine::points::Points;
use crate::engine::signal::{SenderVerdict, SignalId};
use crate::engine::span;

/// An answer can be taken back for this long.
const UNDO: SignedDuration = SignedDuration::from_mins(10);

/// A warning that reached the person and stays without an answer for this long counts as silence.
pub(crate) const SILENCE: SignedDuration = SignedDuration::from_mins(5);

impl Correlator {
    /// Takes an answer; answers to incidents that are closed still count when they accuse.
    pub(crate) fn answer(
        &mut self,
        now: Timestamp,
        incident: &IncidentId,
        answer: Answer,
        outputs: &mut Vec<Output>,
        options: &Options,
    ) -> bool {
        if self.case.as_ref().is_some_and(|case| case.id == *incident) {
            return self.answer_open(now, answer, outputs, options);
        }
        match answer {
            Answer::Me => false,
            Answer::NotMe | Answer::Unsure => self.reopen(now, incident, answer),
        }
    }

    fn answer_open(
        &mut self,
        now: Timestamp,
        answer: Answer,
        outputs: &mut Vec<Output>,
        options: &Options,
    ) -> bool {
        let Some(case) = &mut self.case else {
            return false;
        };
        // The same again about the same alert: said twice because the reply to the first was lost.
        let told_since = |at| case.ringing.told_at.is_some_and(|told| told > at);
        if let Some((at, given)) = case.answers.last()
            && *given == answer
            && !told_since(*at)
        {
            return true;
        }
        let accused_for_good = case
            .answers
            .iter()
            .any(|(at, given)| *given == Answer::NotMe && span::after(*at, UNDO) < now);
        case.answers.push((now, answer));
        case.ringing.stop_repeats();
        case.silence_due = None;
        match answer {
            Answer::Me if accused_for_good => {
                case.answers.pop();
                true
            }
            Answer::Me => {
                self.acknowledge(now, outputs, options);
                true
            }
            Answer::NotMe | Answer::Unsure => {
                self.accuse(answer);
                true
            }
        }
    }

    /// "It was me": what was shown no longer counts; what was not shown is looked at afresh.
    fn acknowledge(&mut self, now: Timestamp, outputs: &mut Vec<Output>, options: &Options) {
        let Some(case) = self.put_away(now, Closing::Acknowledged) else {
            return;
        };
        let shown: Vec<Fact> = case
            .ringing
            .shown
            .iter()
            .filter_map(|id| self.log.get(id).cloned())
            .collect();
        for fact in &shown {
            if fact.is_code_or_sign_in() {
                self.profile.learn_claimed(fact);
            }
            if fact.order().is_some() {
                let _ = order_score::rescore(&mut self.log, &fact.signal.service, fact.signal.at);
            }
        }
        outputs.push(Output::Changed(Box::new(self.snapshot(options, &case))));
        let fresh: BTreeSet<&SignalId> = case.members.difference(&case.ringing.shown).collect();
        for id in fresh {
            self.consider(options, now, id);
        }
    }

    /// "Not me" and "not sure" raise the incident by themselves.
    fn accuse(&mut self, answer: Answer) {
        let Some(case) = &mut self.case else { return };
        let members: Vec<&Fact> = case
            .members
            .iter()
            .filter_map(|id| self.log.get(id))
            .collect();
        let (reason, level, needed) = if answer == Answer::NotMe {
            let needed = BTreeSet::from([EvidenceKind::NotMe, EvidenceKind::Codes]);
            (Reason::NotMe, Severity::Warning, needed)
        } else {
            let level = match case.severity {
                Severity::Info => Severity::Notice,
                Severity::Notice | Severity::Warning | Severity::Critical => Severity::Warning,
            };
            (Reason::Unsure, level, case.kinds(&self.log))
        };
        let note = format!(
            "answered {}",
            if answer == Answer::NotMe {
                "not-me"
            } else {
                "unsure"
            }
        );
        let finding = Finding::over(reason, level, Points::ZERO, note, needed, members);
        if let Some(finding) = finding {
            case.add_finding(finding, &self.log);
            case.gather(&self.log, None);
        }
    }

    /// An accusation after the fact: what had been claimed or settled counts again.
    fn reopen(&mut self, now: Timestamp, incident: &IncidentId, answer: Answer) -> bool {
        let Some(position) = self.closed.iter().position(|case| case.id == *incident) else {
            return false;
        };
        // Of an incident whose mails are all forgotten, only the store still knows the orders.
        let is_hollow = |case: &Case| {
            !case.members.is_empty() && case.members.iter().all(|id| !self.log.contains(id))
        };
        if self.closed.get(position).is_some_and(is_hollow) {
            return false;
        }
        let mut old = self.closed.remove(position);
        for id in &old.members {
            if let Some(fact) = self.log.get_mut(id)
                && fact.cleared != Some(Clearing::Expected)
            {
                fact.cleared = None;
            }
        }
        if let Some(case) = &mut self.case {
            case.members.extend(old.members.iter().cloned());
            case.opened_at = case.opened_at.min(old.opened_at);
            case.findings.extend(old.findings);
            case.to_gather = true;
        } else {
            old.status = Status::Open;
            old.latest_at = old.latest_at.max(now);
            self.case = Some(old);
        }
        let members: Vec<Fact> = self
            .case
            .iter()
            .flat_map(|case| case.members.iter())
            .filter_map(|id| self.log.get(id).cloned())
            .collect();
        for fact in members.iter().filter(|fact| fact.order().is_some()) {
            let _ = order_score::rescore(&mut self.log, &fact.signal.service, fact.signal.at);
        }
        if let Some(case) = &mut self.case {
            case.answers.push((now, answer));
        }
        self.accuse(answer);
        true
    }

    /// "I am about to sign in": also takes in a code that came a moment before. Gives whether it did, and the question
    /// that it answered.
    pub(crate) fn expect(
        &mut self,
        now: Timestamp,
        service: String,
        until: Timestamp,
        orders: bool,
    ) -> (bool, Option<Case>) {
        let mut expectation = Expectation {
            service,
            since: now,
            until,
            orders,
            used: 0,
        };
        // Said again, to make it longer or because the reply was lost, it is still one announcement.
        self.expectations.retain(|earlier| {
            let again = earlier.is_renewed_by(&expectation);
            if again {
                expectation.since = expectation.since.min(earlier.since);
                expectation.until = expectation.until.max(earlier.until);
            }
            !again
        });
        let just_before: Vec<SignalId> = self
            .log
            .within(span::before(now, BEFOREHAND), now)
            .filter(|fact| fact.counts())
            .map(|fact| fact.signal.id.clone())
            .collect();
        let mut covered = false;
        for id in just_before {
            if let Some(fact) = self.log.get_mut(&id)
                && expectation.covers(fact)
            {
                fact.cleared = Some(Clearing::Expected);
                expectation.used = expectation.used.saturating_add(1);
                covered = true;
            }
        }
        self.expectations.push(expectation);
        let all_cleared = self.case.as_ref().is_some_and(|case| {
            case.severity == Severity::Info
                && case
                    .members
                    .iter()
                    .filter_map(|id| self.log.get(id))
                    .all(|fact| !fact.counts())
        });
        let closed = if covered && all_cleared {
            self.put_away(now, Closing::Acknowledged)
        } else {
            None
        };
        (covered, closed)
    }

    /// An alert reached the person: silence begins to count for a warning with verified orders.
    pub(crate) fn delivered(&mut self, options: &Options, now: Timestamp, alert: &str) -> bool {
        let Some(case) = &mut self.case else {
            return false;
        };
        let verified_orders = case
            .members
            .iter()
            .filter_map(|id| self.log.get(id))
            .any(|fact| {
                fact.order().is_some()
                    && fact.counts()
                    && fact.signal.sender == SenderVerdict::Verified
            });
        let ours = alert
            .strip_prefix(case.id.0.as_str())
            .is_some_and(|rest| rest.starts_with('-'));
        if options.live
            && ours
            && verified_orders
            && case.severity == Severity::Warning
            && case.answers.is_empty()
            && case.silence_due.is_none()
            && !case.silence
        {
            case.silence_due = Some(span::after(now, SILENCE));
            case.warned_at = Some(now);
        }
        false
    }

    /// The person closed the incident.
    pub(crate) fn close(&mut self, now: Timestamp, incident: &IncidentId) -> Option<Case> {
        let ours = self.case.as_ref().is_some_and(|case| case.id == *incident);
        ours.then(|| self.put_away(now, Closing::ByHand))?
    }

    /// The person ticked off a step; gives the incident where it was a new one.
    pub(crate) fn step_done(&mut self, incident: &IncidentId, step: String) -> Option<Case> {
        let open = self.case.iter_mut().find(|case| case.id == *incident);
        let closed = self.closed.iter_mut().find(|case| case.id == *incident);
        let case = open.or(closed)?;
        case.steps_done.insert(step).then(|| case.clone())
    }
}
