//! What inputs of a correlator come to, as one change for the store: the same with and without a daemon.

use jiff::Timestamp;

use crate::config::Config;
use crate::daemon::people::People;
use crate::engine::correlator::{Input, Output};
use crate::engine::incident::{IncidentId, Severity};
use crate::io::store::change::Change;

/// What came of the inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Whether there is anything to write.
    pub anything: bool,
    /// When the person's correlator wants to be asked again.
    pub wake_at: Option<Timestamp>,
}

/// Steps a person's correlator with inputs of one moment and adds everything that follows to `change`, whose alerts
/// are to be sent once it is committed. `channels` names the channels that take a level.
pub fn enter(
    people: &mut People,
    person: &str,
    now: Timestamp,
    inputs: Vec<Input>,
    change: &mut Change,
    channels: impl Fn(Severity) -> Vec<String>,
) -> Entry {
    // A record that the caller brings stands: the correlator forgets the mails of a closed incident, the store does not.
    let brought: Vec<IncidentId> = change.incidents.iter().map(|it| it.id.clone()).collect();
    let only_time = inputs.iter().all(|input| *input == Input::Tick);
    let mut wake_at = None;
    let mut outputs = Vec::new();
    for input in &inputs {
        if let Some(step) = people.step(person, now, input.clone()) {
            wake_at = step.wake_at;
            outputs.extend(step.outputs);
        }
    }
    // A tick that comes to nothing is no entry.
    if only_time && outputs.is_empty() {
        return Entry {
            anything: false,
            wake_at,
        };
    }
    let taken = inputs.into_iter();
    change
        .inputs
        .extend(taken.map(|input| (now, person.to_owned(), input)));
    people.took(person);
    for output in outputs {
        match output {
            Output::Changed(incident) if brought.contains(&incident.id) => {}
            Output::Changed(incident) => change.incidents.push(*incident),
            Output::Ring(alert) => {
                people.remember_thread(&alert.thread, person);
                let channels = channels(alert.severity);
                change.alerts.push((*alert, channels));
            }
        }
    }
    Entry {
        anything: true,
        wake_at,
    }
}

/// Names of the configured channels that take this level.
pub fn channels_for(config: &Config, severity: Severity) -> Vec<String> {
    let taking = config
        .channels
        .iter()
        .filter(|channel| severity >= channel.min_severity);
    // By name, as the daemon's own list is.
    let mut names: Vec<String> = taking.map(|channel| channel.name.clone()).collect();
    names.sort();
    names
}
