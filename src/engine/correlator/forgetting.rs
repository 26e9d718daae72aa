//! Forgets what the person wants forgotten, and what is too old; the open incident stays whole.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::engine::correlator::Correlator;
use crate::engine::forgetting::Forgetting;
use crate::engine::incident::IncidentId;
use crate::engine::signal::SignalId;

impl Correlator {
    /// The signals of the open incident.
    pub fn open_members(&self) -> BTreeSet<SignalId> {
        self.case
            .iter()
            .flat_map(|case| case.members.iter().cloned())
            .collect()
    }

    /// Forgets it, and the closed incidents in `gone`.
    pub fn forget(&mut self, what: &Forgetting, gone: &BTreeSet<IncidentId>) {
        let members = self.open_members();
        self.log.retain(|fact| {
            members.contains(&fact.signal.id) || !what.covers(&fact.signal.service, fact.signal.at)
        });
        self.closed.retain(|case| !gone.contains(&case.id));
        self.reminders
            .retain(|reminder| !gone.contains(&reminder.incident));
        match what {
            Forgetting::Service(service) => {
                self.profile.forget_service(service);
                self.expectations
                    .retain(|expectation| expectation.service != *service);
            }
            Forgetting::Before(_) => {}
            Forgetting::All => {
                let before = std::mem::take(self);
                // What is going on right now is no memory.
                *self = Self {
                    log: before.log,
                    case: before.case,
                    closed: before.closed,
                    reminders: before.reminders,
                    catching_up: before.catching_up,
                    held_since: before.held_since,
                    screen_idle_since: before.screen_idle_since,
                    ..Self::default()
                };
            }
        }
    }

    /// Whether anything of before this moment is held that is not of the open incident.
    pub fn holds_of_before(&self, moment: Timestamp) -> bool {
        let members = self.case.as_ref().map(|case| &case.members);
        self.log
            .within(Timestamp::MIN, moment)
            .any(|fact| members.is_none_or(|members| !members.contains(&fact.signal.id)))
    }

    /// Forgets the facts up to this moment.
    pub(crate) fn outlive(&mut self, moment: Timestamp) {
        let members = self.open_members();
        self.log
            .retain(|fact| fact.signal.at > moment || members.contains(&fact.signal.id));
    }
}
