//! Turns what changed into snapshots and alerts.

use jiff::Timestamp;

use crate::engine::alert::{Alert, Asked, Question, Subject};
use crate::engine::case::Case;
use crate::engine::case::corroboration::Person;
use crate::engine::correlator::{Correlator, Options, Output};
use crate::engine::fact::Fact;
use crate::engine::incident::{Closing, Reason, Severity, Status};
use crate::engine::ringing::Due;
use crate::engine::signal::{SenderVerdict, SignalKind};

impl Correlator {
    /// Raises, rings, closes: everything that leaves the correlator at the end of a step.
    pub(crate) fn tell(
        &mut self,
        options: &Options,
        now: Timestamp,
        changed: bool,
        outputs: &mut Vec<Output>,
    ) {
        self.tell_of_case(options, now, changed, outputs);
        // Last, because an incident that closes may leave a reminder that is due already.
        self.ring_reminders(options, now, outputs);
    }

    fn tell_of_case(
        &mut self,
        options: &Options,
        now: Timestamp,
        changed: bool,
        outputs: &mut Vec<Output>,
    ) {
        let Some(mut case) = self.case.take() else {
            return;
        };
        let person = Person {
            is_known: self.profile.is_known(now),
            mailboxes: &options.mailbox_services,
        };
        let rise = case.rise(now, &self.log, person);
        let held = self.is_held(now);
        let due = if held {
            None
        } else {
            case.ringing.due(now, case.severity, &case.members)
        };
        // An incident that ends at this moment is not told once more.
        let closes = due != Some(Due::News) && !held && case.closes_at() <= now;
        let due = due.filter(|_| !closes);
        if let Some(due) = due {
            let alert = self.alert(options, now, &mut case, due);
            outputs.push(Output::Ring(Box::new(alert)));
        }
        let changed = changed || rise.is_some() || due.is_some();
        self.case = Some(case);
        if closes && let Some(case) = self.put_away(now, Closing::Quiet) {
            outputs.push(Output::Changed(Box::new(self.snapshot(options, &case))));
        } else if changed && let Some(mut case) = self.case.take() {
            outputs.push(Output::Changed(Box::new(self.snapshot(options, &case))));
            self.remind_once(&mut case);
            self.case = Some(case);
        }
    }

    /// Reminders run from the moment an incident is critical, whether or not it is ever closed.
    fn remind_once(&mut self, case: &mut Case) {
        if case.severity == Severity::Critical && case.status == Status::Open {
            self.remind_of(case);
        }
    }

    fn alert(&self, options: &Options, now: Timestamp, case: &mut Case, due: Due) -> Alert {
        let newest = self.newest_unshown(case);
        let severity = case.severity;
        let repeats = options.live && case.answers.is_empty();
        let (number, repeat) = case
            .ringing
            .tell(now, due, severity, &case.members, repeats);
        let snapshot = self.snapshot(options, case);
        let last_reason = case
            .history
            .last()
            .map_or(Reason::Question, |change| change.reason);
        let subject = match newest.filter(|_| severity == Severity::Info) {
            Some(fact) if last_reason == Reason::Question => Subject::Question(Question {
                incident: case.id.clone(),
                service: fact.signal.service.clone(),
                site: fact.signal.marketplace.clone(),
                asked_about: fact.signal.at,
                what: asked(&fact),
                verified: fact.signal.sender == SenderVerdict::Verified,
            }),
            Some(_) | None => Subject::Incident(self.facts(options, case, &snapshot)),
        };
        Alert {
            id: format!("{}-{number}", case.id),
            thread: case.id.0.clone(),
            at: now,
            severity,
            reason: last_reason,
            services: snapshot.services,
            repeat,
            subject,
        }
    }

    /// The latest member that asks and that the person has not been told of.
    fn newest_unshown(&self, case: &Case) -> Option<Fact> {
        case.members
            .difference(&case.ringing.shown)
            .filter_map(|id| self.log.get(id))
            .filter(|fact| fact.asks() && fact.counts())
            .max_by_key(|fact| fact.key())
            .cloned()
    }
}

fn asked(fact: &Fact) -> Asked {
    match &fact.signal.kind {
        SignalKind::OneTimeCode(code) => Asked::Code(code.purpose),
        SignalKind::SignIn { outcome, .. } => Asked::SignIn(*outcome),
        SignalKind::OrderPlaced(_)
        | SignalKind::OrderCancelled { .. }
        | SignalKind::AccountChange { .. }
        | SignalKind::MerchantAction { .. }
        | SignalKind::CardCharge(_) => Asked::AccountChange,
    }
}
