//! Reminders to check the card statement after an incident, because the amounts are small.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::engine::alert::{Alert, Subject};
use crate::engine::case::Case;
use crate::engine::correlator::{Correlator, Options, Output};
use crate::engine::incident::{IncidentId, Reason, Severity};
use crate::engine::span;

/// Days after the incident opened; card issuers take claims for about 60 days.
const DAYS: [u32; 3] = [7, 30, 60];

/// One reminder that is due later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reminder {
    /// Which incident.
    pub incident: IncidentId,
    /// When.
    pub due: Timestamp,
    /// Days since the incident opened.
    pub days: u32,
    /// Services of the incident.
    pub services: Vec<String>,
}

impl Correlator {
    /// Sets the reminders of an incident in which orders were placed by somebody else.
    pub(crate) fn remind_of(&mut self, case: &mut Case) {
        let members = case.members.iter().filter_map(|id| self.log.get(id));
        let mut services: Vec<String> = members
            .filter(|fact| fact.order().is_some())
            .map(|fact| fact.signal.service.clone())
            .collect();
        services.sort();
        services.dedup();
        if services.is_empty() || case.severity < Severity::Warning {
            return;
        }
        for days in DAYS {
            if !case.reminders.insert(days) {
                continue;
            }
            let span = SignedDuration::from_hours(i64::from(days).saturating_mul(24));
            self.reminders.push(Reminder {
                incident: case.id.clone(),
                due: span::after(case.opened_at, span),
                days,
                services: services.clone(),
            });
        }
    }

    /// The person said that it was them: nothing is left to be checked.
    pub(crate) fn forget_reminders(&mut self, case: &mut Case) {
        let (theirs, rest): (Vec<Reminder>, Vec<Reminder>) = self
            .reminders
            .drain(..)
            .partition(|reminder| reminder.incident == case.id);
        self.reminders = rest;
        for reminder in theirs {
            case.reminders.remove(&reminder.days);
        }
    }

    /// Rings the reminders that are due; of several missed ones only the last.
    pub(crate) fn ring_reminders(
        &mut self,
        options: &Options,
        now: Timestamp,
        outputs: &mut Vec<Output>,
    ) {
        if !options.live {
            return;
        }
        let (due, rest): (Vec<Reminder>, Vec<Reminder>) = self
            .reminders
            .drain(..)
            .partition(|reminder| reminder.due <= now);
        self.reminders = rest;
        if let Some(reminder) = due.into_iter().max_by_key(|reminder| reminder.due) {
            outputs.push(Output::Ring(Box::new(Alert {
                id: format!("{}-statement-{}", reminder.incident, reminder.days),
                thread: reminder.incident.0.clone(),
                at: now,
                severity: Severity::Notice,
                reason: Reason::StatementReminder,
                services: reminder.services,
                repeat: 0,
                subject: Subject::StatementReminder {
                    incident: reminder.incident,
                    days: reminder.days,
                },
            })));
        }
    }
}
