//! Feeds a history to a correlator as if it happened now, and collects what would have rung.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::engine::alert::Alert;
use crate::engine::correlator::{Correlator, Input, Options, Output};
use crate::engine::incident::{Answer, Incident, IncidentId, Status};
use crate::engine::signal::Signal;
use crate::engine::step::Step;

/// How long the clock goes on after the last input: an incident closes after seven quiet days.
const AFTERMATH: SignedDuration = SignedDuration::from_hours(8 * 24);

/// An answer that the person gave in hindsight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimedAnswer {
    /// When it is given.
    pub at: Timestamp,
    /// To what.
    pub about: About,
    /// What.
    pub answer: Answer,
}

/// What an answer is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// An incident by its id.
    Incident(IncidentId),
    /// The open incident that this mail belongs to, without angle brackets.
    Message(String),
}

/// What would have happened.
#[derive(Debug, Default)]
pub struct Replayed {
    /// What would have rung, in order.
    pub alerts: Vec<Alert>,
    /// The last state of each incident, by the time at which it opened.
    pub incidents: Vec<Incident>,
    /// Answers that fit no incident.
    pub answers_without_incident: u64,
}

/// Replays signals, sorted by arrival, and answers on a correlator that knows nothing yet.
pub fn replay(options: &Options, signals: &[Signal], answers: &[TimedAnswer]) -> Replayed {
    let mut correlator = Correlator::default();
    replay_on(
        &mut |at, input| correlator.step(options, at, input),
        signals,
        answers,
    )
}

/// The arrival of a mail, the hash of its sender, and what it says. Most say nothing, and there may be millions.
pub type ScannedMail = (Timestamp, u32, Option<Box<Signal>>);

/// Replays mails, sorted by arrival.
pub fn replay_mails(options: &Options, mails: &[ScannedMail], answers: &[TimedAnswer]) -> Replayed {
    let mut correlator = Correlator::default();
    let inputs = mails.iter().flat_map(|(at, sender, signal)| {
        let arrived = Some((
            *at,
            Input::Arrived {
                at: *at,
                sender: *sender,
            },
        ));
        let said = signal
            .as_ref()
            .map(|signal| (*at, Input::Signal(signal.clone())));
        arrived.into_iter().chain(said)
    });
    replay_inputs_on(
        &mut |at, input| correlator.step(options, at, input),
        inputs,
        answers,
    )
}

/// Replays on any machine of the correlator's shape. The clock is the arrival; between two inputs the machine gets
/// every tick that it asked for.
pub fn replay_on(machine: Machine<'_>, signals: &[Signal], answers: &[TimedAnswer]) -> Replayed {
    let inputs = signals.iter().map(|signal| {
        let input = Input::Signal(Box::new(signal.clone()));
        (signal.arrived_at, input)
    });
    replay_inputs_on(machine, inputs, answers)
}

/// The same for any inputs, sorted by time: mails that say nothing count too, in a flood.
pub fn replay_inputs_on(
    machine: Machine<'_>,
    inputs: impl Iterator<Item = (Timestamp, Input)>,
    answers: &[TimedAnswer],
) -> Replayed {
    let mut answers: Vec<&TimedAnswer> = answers.iter().collect();
    answers.sort_by_key(|answer| answer.at);
    let mut answers = answers.into_iter().peekable();
    let mut player = Player {
        machine,
        now: None,
        wake_at: None,
        incidents: BTreeMap::new(),
        replayed: Replayed::default(),
    };
    for (at, input) in inputs {
        while let Some(answer) = answers.next_if(|answer| answer.at < at) {
            player.answer(answer);
        }
        player.input(at, input);
    }
    for answer in answers {
        player.answer(answer);
    }
    player.finish()
}

/// What steps: the correlator, or what a test puts in its place.
pub type Machine<'a> = &'a mut dyn FnMut(Timestamp, Input) -> Step<Output>;

struct Player<'a> {
    machine: Machine<'a>,
    now: Option<Timestamp>,
    wake_at: Option<Timestamp>,
    incidents: BTreeMap<IncidentId, Incident>,
    replayed: Replayed,
}

impl Player<'_> {
    fn input(&mut self, at: Timestamp, input: Input) {
        self.tick_until(at);
        self.step(at, input);
    }

    fn answer(&mut self, answer: &TimedAnswer) {
        // Ticks first: one of them may close the incident or open it.
        self.tick_until(answer.at);
        let incident = match &answer.about {
            About::Incident(id) => Some(id.clone()),
            About::Message(message) => self.open_incident_with(message),
        };
        match incident {
            Some(incident) if self.incidents.contains_key(&incident) => self.step(
                answer.at,
                Input::Answered {
                    incident,
                    answer: answer.answer,
                },
            ),
            Some(_) | None => {
                self.replayed.answers_without_incident =
                    self.replayed.answers_without_incident.saturating_add(1);
            }
        }
    }

    fn open_incident_with(&self, message: &str) -> Option<IncidentId> {
        self.incidents
            .values()
            .find(|incident| {
                incident.status == Status::Open && incident.messages.iter().any(|id| id == message)
            })
            .map(|incident| incident.id.clone())
    }

    fn finish(mut self) -> Replayed {
        if let Some(last) = self.now {
            self.tick_until(last.checked_add(AFTERMATH).unwrap_or(Timestamp::MAX));
        }
        let mut incidents: Vec<Incident> = self.incidents.into_values().collect();
        incidents.sort_by_key(|incident| incident.opened_at);
        Replayed {
            incidents,
            ..self.replayed
        }
    }

    fn tick_until(&mut self, until: Timestamp) {
        while let Some(due) = self.wake_at.filter(|due| *due <= until) {
            // The clock never runs backwards, whatever the correlator asked for.
            let at = self.now.map_or(due, |now| due.max(now));
            self.step(at, Input::Tick);
            // A tick that asks for itself again would never end.
            if self.wake_at.is_some_and(|next| next <= at) {
                self.wake_at = at.checked_add(SignedDuration::from_secs(1)).ok();
            }
        }
    }

    fn step(&mut self, at: Timestamp, input: Input) {
        self.now = Some(at);
        let step = (self.machine)(at, input);
        self.wake_at = step.wake_at;
        for output in step.outputs {
            match output {
                Output::Changed(incident) => {
                    self.incidents.insert(incident.id.clone(), *incident);
                }
                // Nobody is there to be reminded.
                Output::Ring(alert) if alert.repeat > 0 => {}
                Output::Ring(alert) => self.replayed.alerts.push(*alert),
            }
        }
    }
}
