//! What every alert and incident keeps to, whatever comes in: answers, pauses, clock steps, restarts.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use mailward::engine::alert::Subject;
use mailward::engine::correlator::{Correlator, Input, Options, Output};
use mailward::engine::incident::{Answer, Incident, IncidentId, Reason, Severity, Status};
use mailward::engine::signal::Signal;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::property::generate;

/// Something that happens between two mails.
#[derive(Debug, Clone)]
enum Between {
    Nothing,
    Answer(Answer),
    Expect(bool),
    Deliver,
    Begin,
    End,
    Restart,
    Close,
    Step,
    Screen(bool),
    /// The clock moves on, or back.
    Clock(i64),
}

fn between() -> impl Strategy<Value = Between> {
    prop_oneof![
        8 => Just(Between::Nothing),
        3 => prop::sample::select(vec![Answer::Me, Answer::NotMe, Answer::Unsure])
            .prop_map(Between::Answer),
        1 => any::<bool>().prop_map(Between::Expect),
        2 => Just(Between::Deliver),
        1 => Just(Between::Begin),
        1 => Just(Between::End),
        1 => Just(Between::Restart),
        1 => Just(Between::Close),
        1 => Just(Between::Step),
        1 => any::<bool>().prop_map(Between::Screen),
        1 => prop::sample::select(vec![-3_600, -60, 61, 400, 90_000, 700_000])
            .prop_map(Between::Clock),
    ]
}

#[derive(Default)]
struct Watched {
    correlator: Correlator,
    now: Timestamp,
    wake_at: Option<Timestamp>,
    ids: BTreeSet<String>,
    incidents: BTreeMap<IncidentId, Incident>,
    newest: Option<IncidentId>,
    last_alert: Option<String>,
    alerts: u32,
}

impl Watched {
    fn give(&mut self, options: &Options, input: Input) -> Result<(), TestCaseError> {
        let ticked = matches!(input, Input::Tick);
        let step = self.correlator.step(options, self.now, input);
        if ticked {
            prop_assert!(
                step.wake_at.is_none_or(|next| next > self.now),
                "a tick at {} asks for one at {:?}",
                self.now,
                step.wake_at
            );
        }
        self.wake_at = step.wake_at;
        for output in step.outputs {
            match output {
                Output::Changed(incident) => self.changed(*incident)?,
                Output::Ring(alert) => {
                    self.alerts += 1;
                    prop_assert!(
                        self.ids.insert(alert.id.clone()),
                        "{} is sent twice",
                        alert.id
                    );
                    prop_assert!(!alert.services.is_empty(), "{alert:?} names no service");
                    prop_assert!(!matches!(alert.reason, Reason::Health | Reason::Test));
                    if let Subject::Question(_) = alert.subject {
                        prop_assert_eq!(alert.severity, Severity::Info);
                    }
                    self.last_alert = Some(alert.id.clone());
                }
            }
        }
        // What an alert says is in the incident that was stored with it.
        for incident in self.incidents.values() {
            if incident.severity >= Severity::Notice {
                prop_assert!(!incident.reasons.is_empty(), "no reason: {incident:?}");
                prop_assert!(
                    incident
                        .severity_history
                        .last()
                        .is_some_and(|change| change.severity == incident.severity),
                    "the history ends elsewhere: {incident:?}"
                );
            }
        }
        Ok(())
    }

    fn changed(&mut self, incident: Incident) -> Result<(), TestCaseError> {
        if let Some(before) = self.incidents.get(&incident.id) {
            prop_assert!(
                incident.severity >= before.severity,
                "{} fell from {} to {}",
                incident.id,
                before.severity,
                incident.severity
            );
        }
        let open: Vec<&Incident> = self
            .incidents
            .values()
            .filter(|known| known.status == Status::Open && known.id != incident.id)
            .collect();
        if incident.status == Status::Open {
            prop_assert!(open.is_empty(), "two are open: {open:?} and {incident:?}");
        }
        self.newest = Some(incident.id.clone());
        self.incidents.insert(incident.id.clone(), incident);
        Ok(())
    }

    fn between(&mut self, options: &Options, what: Between) -> Result<(), TestCaseError> {
        let folder = "home/INBOX".to_owned();
        let incident = self.newest.clone();
        let input = match (what, incident) {
            (Between::Answer(answer), Some(incident)) => Input::Answered { incident, answer },
            (Between::Close, Some(incident)) => Input::Closed { incident },
            (Between::Step, Some(incident)) => Input::StepDone {
                incident,
                step: "change-password".to_owned(),
            },
            (Between::Expect(orders), _) => Input::Expected {
                service: "amazon".to_owned(),
                until: self.now + SignedDuration::from_mins(10),
                orders,
            },
            (Between::Deliver, _) => match self.last_alert.clone() {
                Some(alert) => Input::Delivered { alert },
                None => Input::Tick,
            },
            (Between::Begin, _) => Input::CatchUpBegan { folder },
            (Between::End, _) => Input::CatchUpEnded { folder },
            (Between::Restart, _) => Input::Restarted,
            (Between::Screen(idle), _) => Input::Screen { idle },
            (Between::Clock(seconds), _) => {
                self.now += SignedDuration::from_secs(seconds);
                Input::Tick
            }
            (Between::Nothing | Between::Answer(_) | Between::Close | Between::Step, _) => {
                return Ok(());
            }
        };
        self.give(options, input)
    }
}

fn run(alerts: &Cell<u32>, plan: Vec<(Signal, Between)>) -> Result<(), TestCaseError> {
    let options = Options {
        person: "hanako".to_owned(),
        live: true,
        time_zone: jiff::tz::TimeZone::UTC,
        quiet_hours: None,
        mailbox_services: Vec::new(),
    };
    let mut watched = Watched {
        now: generate::at(0),
        ..Watched::default()
    };
    let mut skew = SignedDuration::ZERO;
    for (signal, between) in plan {
        let target = signal.at + skew;
        let mut ticks = 0;
        while let Some(due) = watched.wake_at.filter(|due| *due <= target) {
            watched.now = watched.now.max(due);
            watched.give(&options, Input::Tick)?;
            ticks += 1;
            prop_assert!(ticks < 1_000, "ticks without end");
        }
        watched.now = target;
        watched.give(&options, Input::Signal(Box::new(signal)))?;
        let before = watched.now;
        watched.between(&options, between)?;
        skew += watched.now.duration_since(before);
    }
    for _ in 0..200 {
        let Some(due) = watched.wake_at else { break };
        watched.now = watched.now.max(due);
        watched.give(&options, Input::Tick)?;
    }
    alerts.set(alerts.get() + watched.alerts);
    Ok(())
}

#[test]
fn severity_never_falls_and_every_alert_has_a_reason_and_its_own_id() {
    let alerts = Cell::new(0_u32);
    let strategy = generate::signals(generate::kind(), 14).prop_flat_map(|signals| {
        let count = signals.len();
        (
            Just(signals),
            prop::collection::vec(between(), count..=count),
        )
    });
    let config = ProptestConfig {
        cases: 3_000,
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..ProptestConfig::default()
    };
    TestRunner::new(config)
        .run(&strategy, |(signals, between)| {
            run(&alerts, signals.into_iter().zip(between).collect())
        })
        .unwrap();
    println!("3000 cases, {} alerts", alerts.get());
    assert!(alerts.get() > 3_000);
}
