//! Joins the signals of one person into incidents and alerts.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::engine::alert::Alert;
use crate::engine::incident::{Answer, Incident, IncidentId};
use crate::engine::signal::{Signal, SignalId};
use crate::engine::step::Step;

/// What can happen to a correlator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "input", rename_all = "snake_case")]
pub enum Input {
    /// A mail said something.
    Signal(Box<Signal>),
    /// The person answered.
    Answered {
        /// Which incident.
        incident: IncidentId,
        /// What.
        answer: Answer,
    },
    /// The person expects codes, or orders, of a service.
    Expected {
        /// The service's id, or `any`.
        service: String,
        /// Until when.
        until: Timestamp,
        /// Orders instead of codes.
        orders: bool,
    },
    /// An alert reached at least one channel.
    Delivered {
        /// The alert's id.
        alert: String,
    },
    /// Several mails are about to come at once: say nothing until they are all in.
    CatchUpBegan,
    /// They are all in: say at most one thing.
    CatchUpEnded,
    /// The person closed the incident by hand.
    Closed {
        /// Which incident.
        incident: IncidentId,
    },
    /// The person ticked off a playbook step.
    StepDone {
        /// Which incident.
        incident: IncidentId,
        /// Which step.
        step: String,
    },
    /// Time passed.
    Tick,
}

/// What the correlator wants done.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// The incident changed: store this snapshot.
    Changed(Box<Incident>),
    /// Tell the person.
    Ring(Box<Alert>),
}

/// How a correlator is set up. Not persisted: it comes from the config.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whose incidents these are.
    pub person: String,
    /// Silence and repeats count only live; a scan has nobody to answer.
    pub live: bool,
    /// The person's time zone, for quiet hours.
    pub time_zone: jiff::tz::TimeZone,
    /// Quiet hours as minutes after midnight, `start..end`, where `end` may lie past midnight.
    pub quiet_hours: Option<(u16, u16)>,
    /// The services of the watched mailboxes themselves (`google` for Gmail), for the order of the playbook.
    pub mailbox_services: Vec<String>,
}

/// The correlator of one person. Its state is what the store keeps; it is a function of its inputs and options.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Correlator {
    seen: Vec<SignalId>,
}

impl Correlator {
    /// Takes one input at `now` and says what follows from it.
    pub fn step(&mut self, _options: &Options, _now: Timestamp, input: Input) -> Step<Output> {
        if let Input::Signal(signal) = input {
            self.seen.push(signal.id);
        }
        Step::quiet(None)
    }
}
