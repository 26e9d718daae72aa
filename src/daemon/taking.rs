//! What a correlator takes, and what follows from it: stored whole, then sent.

use jiff::Timestamp;

use crate::daemon::{Daemon, ledger};
use crate::engine::correlator::Input;
use crate::engine::incident::Incident;
use crate::io::fault::{Point, pass};
use crate::io::store::change::Change;

impl Daemon {
    /// Steps a person's correlator, stores the whole consequence, then hands the alerts to the outbox. Returns the
    /// incidents that changed.
    pub(crate) async fn take(
        &mut self,
        person: &str,
        input: Input,
        change: Change,
    ) -> Vec<Incident> {
        self.take_all(person, vec![input], change).await
    }

    /// The same for several inputs of one moment, in one transaction.
    pub(crate) async fn take_all(
        &mut self,
        person: &str,
        inputs: Vec<Input>,
        mut change: Change,
    ) -> Vec<Incident> {
        let now = (self.setup.clock)();
        if self.absorb(person, now, inputs, &mut change) {
            pass(Point::Correlated);
            self.commit(&change).await;
            let incidents = change.incidents.clone();
            self.follow_up(now, change).await;
            return incidents;
        }
        change.incidents
    }

    /// Steps a person's correlator and adds what follows to a change; says whether there is anything to write.
    pub(crate) fn absorb(
        &mut self,
        person: &str,
        now: Timestamp,
        inputs: Vec<Input>,
        change: &mut Change,
    ) -> bool {
        let channels = |severity| self.channels.for_severity(severity);
        let entry = ledger::enter(&mut self.people, person, now, inputs, change, channels);
        self.wake(person, entry.wake_at);
        entry.anything
    }
}
