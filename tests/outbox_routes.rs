//! What waits although its channel works: for an answer elsewhere, for the morning, for a server that is busy.
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use mailward::engine::alert::{Alert, IncidentFacts, Subject};
use mailward::engine::incident::{IncidentId, Reason, Severity};
use mailward::engine::outbox::delivery::DeliveryState;
use mailward::engine::outbox::route::{Route, Routes};
use mailward::engine::outbox::{Input, Options, Outbox, Output};

const FIRST: &str = "phone";
const SECOND: &str = "family";

/// Midnight in UTC plus so many seconds.
fn after(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_790_035_200 + seconds).unwrap()
}

/// `family` hears after five minutes what nobody answered; `phone` takes warnings from 01:00 to 06:00.
fn options() -> Options {
    let route = |escalate_after, quiet_min_severity| Route {
        escalate_after,
        quiet_min_severity,
    };
    Options {
        channels: vec![FIRST.to_owned(), SECOND.to_owned()],
        seed: 7,
        routes: Routes {
            by_channel: BTreeMap::from([
                (FIRST.to_owned(), route(None, Severity::Warning)),
                (
                    SECOND.to_owned(),
                    route(Some(SignedDuration::from_mins(5)), Severity::Info),
                ),
            ]),
            quiet_hours: Some(((60, 360), TimeZone::UTC)),
        },
    }
}

fn alert(id: &str, severity: Severity) -> Box<Alert> {
    Box::new(Alert {
        id: id.to_owned(),
        thread: "t".to_owned(),
        at: after(0),
        severity,
        reason: Reason::OrderBurst,
        services: Vec::new(),
        repeat: 0,
        subject: Subject::Incident(IncidentFacts {
            incident: IncidentId("t".to_owned()),
            first_at: after(0),
            last_at: after(0),
            orders: 2,
            cancellations: 0,
            codes: 0,
            sign_ins: 0,
            account_changes: 0,
            locks: 0,
            amounts: BTreeMap::new(),
            money_at_risk: false,
            verified: true,
            mailbox_signs: false,
            service: "amazon".to_owned(),
            sites: BTreeMap::new(),
            next_step: String::new(),
            named_orders: Vec::new(),
        }),
    })
}

/// What is handed over at a moment, as `alert channel`.
fn step(outbox: &mut Outbox, now: i64, input: Input) -> Vec<String> {
    let step = outbox.step(after(now), input);
    let handed = step.outputs.iter().filter_map(|output| match output {
        Output::Deliver { alert, channel } => Some(format!("{} {channel}", alert.id)),
        Output::Record(_) | Output::Sent { .. } | Output::GivenUp { .. } | Output::Ring { .. } => {
            None
        }
    });
    handed.collect()
}

fn queued(id: &str, severity: Severity, channels: &[&str]) -> Input {
    Input::Queued {
        alert: alert(id, severity),
        channels: channels.iter().map(|name| (*name).to_owned()).collect(),
    }
}

fn took(id: &str, channel: &str) -> Input {
    Input::Delivered {
        alert: id.to_owned(),
        channel: channel.to_owned(),
    }
}

#[test]
fn what_nobody_answers_goes_to_the_next_channel_and_what_is_answered_does_not() {
    let answered = Input::Answered {
        thread: "t".to_owned(),
    };
    for answer_at in [None, Some(299)] {
        let mut outbox = Outbox::new(options());
        let both = [FIRST, SECOND];
        assert_eq!(
            step(&mut outbox, 0, queued("a", Severity::Warning, &both)),
            ["a phone"]
        );
        step(&mut outbox, 1, took("a", FIRST));
        let wake_at = outbox.step(after(2), Input::Tick).wake_at;
        assert_eq!(wake_at, Some(after(300)));
        if let Some(at) = answer_at {
            assert!(step(&mut outbox, at, answered.clone()).is_empty());
            assert!(step(&mut outbox, 300, Input::Tick).is_empty());
            assert_eq!(outbox.waiting(), 0);
        } else {
            assert!(step(&mut outbox, 299, Input::Tick).is_empty());
            assert_eq!(step(&mut outbox, 300, Input::Tick), ["a family"]);
        }
    }
}

#[test]
fn an_answer_stops_the_escalation_alone() {
    let mut outbox = Outbox::new(options());
    let busy = Input::Busy {
        alert: "a".to_owned(),
        channel: FIRST.to_owned(),
        wait: SignedDuration::from_secs(60),
    };
    step(&mut outbox, 0, queued("a", Severity::Warning, &[FIRST]));
    step(&mut outbox, 1, busy);
    let answered = Input::Answered {
        thread: "t".to_owned(),
    };
    assert!(step(&mut outbox, 2, answered).is_empty());
    assert_eq!(outbox.waiting(), 1, "the phone was not told yet");
    let wake_at = outbox.step(after(3), Input::Tick).wake_at.unwrap();
    let handed = step(
        &mut outbox,
        wake_at.duration_since(after(0)).as_secs(),
        Input::Tick,
    );
    assert_eq!(handed, ["a phone"]);
}

#[test]
fn news_of_the_same_incident_does_not_put_the_escalation_off() {
    let mut outbox = Outbox::new(options());
    let both = [FIRST, SECOND];
    for (number, at) in [0, 60, 120, 180, 240].into_iter().enumerate() {
        let id = format!("a{number}");
        let handed = step(&mut outbox, at, queued(&id, Severity::Warning, &both));
        assert_eq!(handed, [format!("{id} phone")]);
        step(&mut outbox, at + 1, took(&id, FIRST));
    }
    // The newest takes the place of the first, at the time of the first.
    assert_eq!(step(&mut outbox, 300, Input::Tick), ["a4 family"]);
}

#[test]
fn an_escalation_that_is_due_survives_a_restart_and_is_not_hurried_by_it() {
    let as_the_store_writes_it = DeliveryState::queued(after(0));
    let restored = |at: i64| {
        let mut outbox = Outbox::new(options());
        let deliveries = BTreeMap::from([
            (FIRST.to_owned(), DeliveryState::Delivered { at: after(1) }),
            (SECOND.to_owned(), as_the_store_writes_it),
        ]);
        let input = Input::Restored {
            alert: alert("a", Severity::Warning),
            deliveries,
        };
        let handed = step(&mut outbox, at, input);
        (outbox, handed)
    };
    let (mut outbox, handed) = restored(60);
    assert!(handed.is_empty(), "{handed:?}");
    assert_eq!(step(&mut outbox, 300, Input::Tick), ["a family"]);
    // What came due while nothing ran rings at once.
    let (_, handed) = restored(4_000);
    assert_eq!(handed, ["a family"]);
}

#[test]
fn in_quiet_hours_what_is_not_urgent_waits_for_the_morning_and_is_not_lost() {
    let night = 2 * 3_600;
    let mut outbox = Outbox::new(options());
    let handed = step(&mut outbox, night, queued("a", Severity::Notice, &[FIRST]));
    assert!(handed.is_empty(), "{handed:?}");
    let morning = 6 * 3_600;
    assert!(step(&mut outbox, morning - 1, Input::Tick).is_empty());
    assert_eq!(step(&mut outbox, morning, Input::Tick), ["a phone"]);
    // A warning rings at night, and takes the place of what waited.
    let mut outbox = Outbox::new(options());
    step(&mut outbox, night, queued("a", Severity::Notice, &[FIRST]));
    let warning = queued("b", Severity::Warning, &[FIRST]);
    assert_eq!(step(&mut outbox, night + 60, warning), ["b phone"]);
    step(&mut outbox, night + 61, took("b", FIRST));
    assert_eq!(outbox.waiting(), 0);
    // By day a notice does not wait.
    let mut outbox = Outbox::new(options());
    let day = queued("a", Severity::Notice, &[FIRST]);
    assert_eq!(step(&mut outbox, 12 * 3_600, day), ["a phone"]);
}

#[test]
fn a_channel_that_asks_to_be_left_alone_is_and_loses_nothing() {
    let mut outbox = Outbox::new(options());
    let only = [FIRST];
    assert_eq!(
        step(&mut outbox, 0, queued("a", Severity::Warning, &only)),
        ["a phone"]
    );
    let busy = Input::Busy {
        alert: "a".to_owned(),
        channel: FIRST.to_owned(),
        wait: SignedDuration::from_secs(600),
    };
    assert!(step(&mut outbox, 1, busy).is_empty());
    // Another alert does not disturb it either.
    let other = Input::Queued {
        alert: Box::new(Alert {
            thread: "u".to_owned(),
            ..*alert("b", Severity::Critical)
        }),
        channels: vec![FIRST.to_owned()],
    };
    assert!(step(&mut outbox, 2, other).is_empty());
    let tick = outbox.step(after(300), Input::Tick);
    assert!(tick.outputs.is_empty());
    assert_eq!(tick.wake_at, Some(after(601)));
    assert_eq!(step(&mut outbox, 601, Input::Tick), ["b phone"]);
    assert_eq!(step(&mut outbox, 602, took("b", FIRST)), ["a phone"]);
}

#[test]
fn what_cannot_be_answered_does_not_wait_for_an_answer() {
    let mut outbox = Outbox::new(options());
    let test = Input::Queued {
        alert: Box::new(Alert {
            subject: Subject::Test,
            ..*alert("a", Severity::Warning)
        }),
        channels: vec![SECOND.to_owned()],
    };
    assert_eq!(step(&mut outbox, 0, test), ["a family"]);
}
