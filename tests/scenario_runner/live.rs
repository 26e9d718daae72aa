//! A scenario on the correlator as the daemon drives it, with a clock that the runner moves.

use jiff::{SignedDuration, Timestamp};
use mailward::engine::alert::Alert;
use mailward::engine::correlator::{Correlator, Input, Options, Output};
use mailward::engine::incident::{Incident, IncidentId};

use crate::scenario_runner::script::{CatchUp, Screen, Script};
use crate::scenario_runner::timeline::{self, What};

/// More ticks than any scenario needs: a machine that asks for one after the other.
const TICKS_AT_MOST: u32 = 20_000;

/// When the program is killed, besides where the scenario says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crashes {
    /// Never.
    Never,
    /// Its state is written down and read again after every step.
    Written,
    /// The same, and it is started again.
    Restarted,
}

/// Everything that came out of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Alerts with the true time at which they rang.
    pub alerts: Vec<(Timestamp, Alert)>,
    /// The last state of each incident, in the order in which they were first seen.
    pub incidents: Vec<Incident>,
    /// What the state was at the end.
    pub correlator: Correlator,
    /// All inputs with the machine's time.
    pub journal: Vec<(Timestamp, Input)>,
    /// Answers as they were given: the true time, the incident, the Message-ID that was asked about.
    pub answers: Vec<(
        Timestamp,
        IncidentId,
        Option<String>,
        mailward::engine::incident::Answer,
    )>,
}

struct Live<'a> {
    script: &'a Script,
    options: Options,
    crashes: Crashes,
    now: Timestamp,
    skew: SignedDuration,
    wake_at: Option<Timestamp>,
    run: Run,
}

/// Plays the scenario for one person.
pub fn play(script: &Script, person: &str, crashes: Crashes) -> Run {
    let moments = timeline::of(script, person);
    let begin = moments
        .first()
        .map_or(script.options.start.timestamp(), |moment| moment.at);
    let mut live = Live {
        script,
        options: script.options_of(person, true),
        crashes,
        now: begin,
        skew: SignedDuration::ZERO,
        wake_at: None,
        run: Run {
            alerts: Vec::new(),
            incidents: Vec::new(),
            correlator: Correlator::default(),
            journal: Vec::new(),
            answers: Vec::new(),
        },
    };
    for moment in moments {
        if moment.at > live.now {
            live.tick_until(moment.at);
        }
        live.happen(moment.what);
    }
    let end = live.now + script.options.aftermath.0;
    live.tick_until(end);
    live.run
}

/// Builds everything again from the journal, through the form in which it would be stored.
pub fn rebuild(script: &Script, person: &str, run: &Run) -> (Correlator, Vec<Output>) {
    let options = script.options_of(person, true);
    let written = serde_json::to_string(&run.journal).unwrap();
    let journal: Vec<(Timestamp, Input)> = serde_json::from_str(&written).unwrap();
    let mut correlator = Correlator::default();
    let mut outputs = Vec::new();
    for (now, input) in journal {
        outputs.extend(correlator.step(&options, now, input).outputs);
    }
    (correlator, outputs)
}

impl Live<'_> {
    fn happen(&mut self, what: What) {
        match what {
            What::Mail(mail) => {
                let (at, sender) = (mail.at, mail.sender);
                self.input(Input::Arrived { at, sender });
                if let Some(signal) = mail.says {
                    self.input(Input::Signal(signal));
                }
            }
            What::Deleted(signal) => self.input(Input::Deleted { signal }),
            What::Screen(screen) => {
                let idle = screen == Screen::Idle;
                self.input(Input::Screen { idle });
            }
            What::Answer { answer, about } => {
                let incident = self.incident_of(about.as_deref());
                self.run
                    .answers
                    .push((self.now, incident.clone(), about, answer));
                self.input(Input::Answered { incident, answer });
            }
            What::Expect {
                service,
                lasting,
                orders,
            } => {
                let until = self.now + self.skew + lasting;
                self.input(Input::Expected {
                    service,
                    until,
                    orders,
                });
            }
            What::CatchUp(CatchUp::Began, folder) => {
                self.input(Input::CatchUpBegan { folder });
            }
            What::CatchUp(CatchUp::Ended, folder) => {
                self.input(Input::CatchUpEnded { folder });
            }
            What::Clock(by) => {
                self.skew += by;
                self.input(Input::Tick);
            }
            What::Suspend(time) => {
                self.now += time;
                self.input(Input::Tick);
            }
            What::Crash => {
                self.write_and_read();
                self.input(Input::Restarted);
            }
            What::Delivered => {
                let alert = self.run.alerts.last().unwrap().1.id.clone();
                self.input(Input::Delivered { alert });
            }
            What::Close => {
                let incident = self.incident_of(None);
                self.input(Input::Closed { incident });
            }
            What::Done(step) => {
                let incident = self.incident_of(None);
                self.input(Input::StepDone { incident, step });
            }
        }
    }

    fn incident_of(&self, message: Option<&str>) -> IncidentId {
        let found = self.run.incidents.iter().rev().find(|incident| {
            message.is_none_or(|id| incident.messages.iter().any(|other| other == id))
        });
        found
            .unwrap_or_else(|| {
                panic!(
                    "{}: there is no incident to answer at {}",
                    self.script.name(),
                    self.now
                )
            })
            .id
            .clone()
    }

    fn tick_until(&mut self, until: Timestamp) {
        let mut ticks = 0;
        while let Some(due) = self
            .wake_at
            .map(|at| at - self.skew)
            .filter(|due| *due <= until)
        {
            self.now = self.now.max(due);
            self.input(Input::Tick);
            ticks += 1;
            assert!(
                ticks < TICKS_AT_MOST,
                "{}: ticks without end",
                self.script.name()
            );
        }
        self.now = self.now.max(until);
    }

    fn input(&mut self, input: Input) {
        self.step(input);
        if self.crashes == Crashes::Restarted {
            self.step(Input::Restarted);
        }
    }

    fn step(&mut self, input: Input) {
        let now = self.now + self.skew;
        self.run.journal.push((now, input.clone()));
        let ticked = matches!(input, Input::Tick);
        let step = self.run.correlator.step(&self.options, now, input);
        if ticked {
            assert!(
                step.wake_at.is_none_or(|next| next > now),
                "{}: a tick at {now} must not ask for another one at once",
                self.script.name()
            );
        }
        self.wake_at = step.wake_at;
        let mut rung = Vec::new();
        for output in step.outputs {
            match output {
                Output::Ring(alert) => {
                    rung.push(alert.id.clone());
                    self.run.alerts.push((self.now, *alert));
                }
                Output::Changed(incident) => self.keep(*incident),
            }
        }
        if self.crashes != Crashes::Never {
            self.write_and_read();
        }
        if self.script.options.delivered {
            for alert in rung {
                self.step(Input::Delivered { alert });
            }
        }
    }

    fn keep(&mut self, incident: Incident) {
        let known = self
            .run
            .incidents
            .iter_mut()
            .find(|known| known.id == incident.id);
        match known {
            Some(known) => {
                assert!(
                    known.severity <= incident.severity,
                    "{}: severity fell",
                    self.script.name()
                );
                *known = incident;
            }
            None => self.run.incidents.push(incident),
        }
    }

    fn write_and_read(&mut self) {
        let written = serde_json::to_string(&self.run.correlator).unwrap();
        self.run.correlator = serde_json::from_str(&written).unwrap();
    }
}
