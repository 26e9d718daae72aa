//! What one input of a correlator comes to, as one change for the store: the same with and without a daemon.

use jiff::Timestamp;

use crate::config::Config;
use crate::daemon::people::People;
use crate::engine::correlator::{Input, Output};
use crate::engine::incident::Severity;
use crate::io::store::change::Change;

/// The whole consequence of one input.
#[derive(Debug)]
pub struct Entry {
    /// What to commit; its alerts are to be sent once it is.
    pub change: Change,
    /// When the person's correlator wants to be asked again.
    pub wake_at: Option<Timestamp>,
}

/// Steps a person's correlator and writes down everything that follows from it, on top of what `change` holds.
/// `channels` names the channels that take a level. `None` where nobody has this name.
pub fn enter(
    people: &mut People,
    person: &str,
    now: Timestamp,
    input: Input,
    mut change: Change,
    channels: impl Fn(Severity) -> Vec<String>,
) -> Option<Entry> {
    let step = people.step(person, now, input.clone())?;
    let wake_at = step.wake_at;
    // A tick that comes to nothing is no entry.
    if input == Input::Tick && step.outputs.is_empty() {
        return Some(Entry { change, wake_at });
    }
    change.inputs.push((now, person.to_owned(), input));
    change.states.extend(people.written(person));
    for output in step.outputs {
        match output {
            Output::Changed(incident) => change.incidents.push(*incident),
            Output::Ring(alert) => {
                people.remember_thread(&alert.thread, person);
                let channels = channels(alert.severity);
                change.alerts.push((*alert, channels));
            }
        }
    }
    Some(Entry { change, wake_at })
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
