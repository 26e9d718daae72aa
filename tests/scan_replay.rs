//! The replay behind `mailward scan`: its clock, its answers, and the correlator on it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

#[allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    reason = "each test file uses a part of it"
)]
#[path = "support/signals.rs"]
mod signals;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use mailward::cli::scan::replay::{About, TimedAnswer, replay, replay_on};
use mailward::engine::alert::{Alert, Health, Subject};
use mailward::engine::correlator::{Input, Options, Output};
use mailward::engine::incident::{Answer, Incident, IncidentId, Reason, Severity, Status};
use mailward::engine::signal::{CancelledBy, CodePurpose, Item, Signal};
use mailward::engine::step::Step;
use signals::{cancellation, code, noon, order, yen};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A code with this Message-ID.
fn mail(message_id: &str, arrived_at: &str) -> Signal {
    let mut signal = code(message_id, at(arrived_at), CodePurpose::SignIn);
    signal.message_id = Some(message_id.to_owned());
    signal
}

fn incident(id: &str, messages: &[&str]) -> Incident {
    Incident {
        id: IncidentId(id.to_owned()),
        person: "me".to_owned(),
        severity: Severity::Notice,
        status: Status::Open,
        opened_at: at("2026-11-22T01:00:00Z"),
        services: vec!["amazon".to_owned()],
        orders: 0,
        cancellations: 0,
        codes: 1,
        amounts: BTreeMap::new(),
        sites: BTreeMap::new(),
        order_list: Vec::new(),
        events: Vec::new(),
        reasons: Vec::new(),
        messages: messages.iter().map(|id| (*id).to_owned()).collect(),
        severity_history: Vec::new(),
        answers: Vec::new(),
        verified: true,
        steps_done: BTreeSet::new(),
    }
}

fn alert(repeat: u32) -> Alert {
    Alert {
        id: format!("a{repeat}"),
        thread: "t".to_owned(),
        at: at("2026-11-22T01:00:00Z"),
        severity: Severity::Notice,
        reason: Reason::Health,
        services: vec!["amazon".to_owned()],
        repeat,
        subject: Subject::Health(Health::StoreFailed),
    }
}

#[test]
fn ticks_come_at_the_moment_that_was_asked_for_and_before_the_next_mail() {
    let mut log = Vec::new();
    let mut machine = |now: Timestamp, input: Input| {
        let is_tick = input == Input::Tick;
        log.push((now.to_string(), is_tick));
        // After each mail: wake up five minutes later, once.
        Step::quiet((!is_tick).then(|| now + SignedDuration::from_mins(5)))
    };
    let signals = [
        mail("1@x", "2026-11-22T01:00:00Z"),
        mail("2@x", "2026-11-22T01:05:00Z"),
        mail("3@x", "2026-11-22T01:06:00Z"),
    ];
    replay_on(&mut machine, &signals, &[]);
    let log: Vec<_> = log
        .iter()
        .map(|(now, tick)| (now.as_str(), *tick))
        .collect();
    assert_eq!(
        log,
        [
            ("2026-11-22T01:00:00Z", false),
            ("2026-11-22T01:05:00Z", true),
            ("2026-11-22T01:05:00Z", false),
            ("2026-11-22T01:06:00Z", false),
            ("2026-11-22T01:11:00Z", true),
        ]
    );
}

#[test]
fn the_clock_stops_eight_days_after_the_last_mail_and_never_runs_backwards() {
    let mut times = Vec::new();
    let mut machine = |now: Timestamp, _: Input| {
        times.push(now);
        Step::quiet(Some(now + SignedDuration::from_hours(24)))
    };
    replay_on(&mut machine, &[mail("1@x", "2026-11-22T01:00:00Z")], &[]);
    assert_eq!(times.len(), 9, "the mail and eight daily ticks");

    // A machine that asks for the past is ticked once a second, not for ever.
    let mut times = Vec::new();
    let mut stuck = |now: Timestamp, _: Input| {
        times.push(now);
        Step::quiet(Some(at("2026-11-22T00:00:00Z")))
    };
    let signals = [
        mail("1@x", "2026-11-22T01:00:00Z"),
        mail("2@x", "2026-11-22T01:00:03Z"),
    ];
    replay_on(&mut stuck, &signals, &[]);
    assert!(times.is_sorted());
}

#[test]
fn answers_reach_the_incident_of_their_mail_at_their_time() {
    let mut answered = Vec::new();
    let mut machine = |now: Timestamp, input: Input| {
        if let Input::Answered { incident, answer } = input {
            answered.push((now.to_string(), incident.0, answer));
            return Step::quiet(None);
        }
        Step {
            outputs: vec![Output::Changed(Box::new(incident("abc123", &["1@x"])))],
            wake_at: None,
        }
    };
    let answer = |at_text: &str, about: About| TimedAnswer {
        at: at(at_text),
        about,
        answer: Answer::NotMe,
    };
    let answers = [
        answer(
            "2026-11-22T03:00:00Z",
            About::Incident(IncidentId("abc123".to_owned())),
        ),
        answer("2026-11-22T01:30:00Z", About::Message("1@x".to_owned())),
        answer("2026-11-22T01:30:00Z", About::Message("other@x".to_owned())),
        answer("2026-11-22T00:30:00Z", About::Message("1@x".to_owned())),
    ];
    let signals = [
        mail("1@x", "2026-11-22T01:00:00Z"),
        mail("2@x", "2026-11-22T02:00:00Z"),
    ];
    let replayed = replay_on(&mut machine, &signals, &answers);
    let times: Vec<_> = answered
        .iter()
        .map(|(now, id, _)| (now.as_str(), id.as_str()))
        .collect();
    assert_eq!(
        times,
        [
            ("2026-11-22T01:30:00Z", "abc123"),
            ("2026-11-22T03:00:00Z", "abc123")
        ]
    );
    assert_eq!(
        replayed.answers_without_incident, 2,
        "one mail unknown, one answer too early"
    );
}

#[test]
fn repeats_are_left_out_and_the_last_state_of_an_incident_stays() {
    let mut orders = 0;
    let mut machine = |_: Timestamp, _: Input| {
        orders += 1;
        let mut changed = incident("abc123", &[]);
        changed.orders = orders;
        Step {
            outputs: vec![
                Output::Changed(Box::new(changed)),
                Output::Ring(Box::new(alert(orders - 1))),
            ],
            wake_at: None,
        }
    };
    let signals = [
        mail("1@x", "2026-11-22T01:00:00Z"),
        mail("2@x", "2026-11-22T02:00:00Z"),
    ];
    let replayed = replay_on(&mut machine, &signals, &[]);
    assert_eq!(replayed.alerts.len(), 1);
    assert_eq!(replayed.incidents.len(), 1);
    assert_eq!(replayed.incidents[0].orders, 2);
}

fn options() -> Options {
    Options {
        person: "me".to_owned(),
        live: false,
        time_zone: jiff::tz::TimeZone::UTC,
        quiet_hours: None,
        mailbox_services: Vec::new(),
    }
}

/// Five gift cards within minutes and two problem cancellations, as the rules would read them.
fn burst() -> Vec<Signal> {
    let minute = |minutes| noon() + SignedDuration::from_mins(minutes);
    let orders =
        (1..=5).map(|number| order(number, minute(i64::from(number)), Item::GiftCard, yen(2500)));
    let cancelled = (1..=2).map(|number| {
        cancellation(
            number,
            minute(20 + i64::from(number)),
            CancelledBy::Merchant,
        )
    });
    orders.chain(cancelled).collect()
}

#[test]
fn the_correlator_counts_a_burst_on_the_clock_of_the_mails() {
    let replayed = replay(&options(), &burst(), &[]);
    assert_eq!(replayed.incidents.len(), 1);
    let incident = &replayed.incidents[0];
    assert_eq!((incident.orders, incident.cancellations), (5, 2));
    assert_eq!(incident.severity, Severity::Critical);
    assert!(
        matches!(incident.status, Status::Closed { .. }),
        "seven quiet days went by"
    );
    assert!(replayed.alerts.iter().all(|alert| alert.repeat == 0));
    assert!(!replayed.alerts.is_empty());
}

#[test]
fn the_same_mail_in_two_folders_counts_once() {
    let twice: Vec<Signal> = burst()
        .into_iter()
        .flat_map(|signal| [signal.clone(), signal])
        .collect();
    let (once, twice) = (
        replay(&options(), &burst(), &[]),
        replay(&options(), &twice, &[]),
    );
    assert_eq!(once.incidents, twice.incidents);
    assert_eq!(once.alerts, twice.alerts);
}

#[test]
fn it_was_me_at_the_first_order_keeps_the_alerts_from_rising() {
    let first_alert = replay(&options(), &burst(), &[]).alerts[0].at;
    let message = burst()[0].message_id.clone().unwrap();
    let answers = [TimedAnswer {
        at: first_alert + SignedDuration::from_secs(1),
        about: About::Message(message),
        answer: Answer::Me,
    }];
    let replayed = replay(&options(), &burst(), &answers);
    assert_eq!(replayed.answers_without_incident, 0);
    assert_eq!(replayed.incidents[0].answers.len(), 1);
    assert!(replayed.incidents[0].severity < Severity::Critical);
}
