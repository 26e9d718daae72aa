//! What one transaction writes.

use jiff::Timestamp;

use crate::engine::alert::Alert;
use crate::engine::correlator::Input;
use crate::engine::cursor::Cursor;
use crate::engine::incident::Incident;
use crate::engine::outbox::delivery::Delivery;

/// Everything that follows from one fact: it is written whole or not at all.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// Account, folder, and how far it has been read.
    pub cursors: Vec<(String, String, Cursor)>,
    /// What each person's correlator took, signals among it, with the moment at which it took it, in order. Given
    /// in the same order at the same moments to a new correlator, they make the same state. A signal whose id
    /// the person has already is left out.
    pub inputs: Vec<(Timestamp, String, Input)>,
    /// Person, and the state of the correlator as JSON after the inputs of this change. It may be left out: a start
    /// makes it again of an earlier one and the journal.
    pub states: Vec<(String, String)>,
    /// Snapshots that replace those of the same id.
    pub incidents: Vec<Incident>,
    /// New alerts, each with the channels on which it now waits. A known id is left as it is.
    pub alerts: Vec<(Alert, Vec<String>)>,
    /// States of alerts on channels.
    pub deliveries: Vec<Delivery>,
}

impl Change {
    /// Takes in what followed after it, as if both were one.
    pub fn append(&mut self, later: Self) {
        self.cursors.extend(later.cursors);
        self.inputs.extend(later.inputs);
        for (person, state) in later.states {
            // The earlier state of a person is of no use to anybody.
            self.states.retain(|(known, _)| *known != person);
            self.states.push((person, state));
        }
        self.incidents.extend(later.incidents);
        self.alerts.extend(later.alerts);
        self.deliveries.extend(later.deliveries);
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.cursors.is_empty()
            && self.inputs.is_empty()
            && self.states.is_empty()
            && self.incidents.is_empty()
            && self.alerts.is_empty()
            && self.deliveries.is_empty()
    }
}
