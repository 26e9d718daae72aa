//! `mailward scan`: the clock of a replay, and the promised fields of its output.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use mailward::cli::scan::replay::{About, Replayed, TimedAnswer, replay_on};
use mailward::cli::scan::{Found, jsonl};
use mailward::engine::alert::{Alert, Health, Subject};
use mailward::engine::correlator::{Input, Output};
use mailward::engine::incident::{
    Answer, Incident, IncidentId, OrderLine, OrderState, Reason, ReasonPoints, Severity,
    SeverityChange, Status,
};
use mailward::engine::money::Money;
use mailward::engine::signal::{
    AccountProperty, CancelledBy, CardCharge, Code, CodePurpose, GiftRecipient, Item,
    MerchantActionKind, Order, SenderVerdict, SignInOutcome, Signal, SignalId, SignalKind,
};
use mailward::engine::step::Step;
use serde_json::Value;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn signal(message_id: &str, arrived_at: &str, kind: SignalKind) -> Signal {
    Signal {
        id: SignalId(message_id.to_owned()),
        message_id: Some(message_id.to_owned()),
        source: "file.mbox#1".to_owned(),
        at: at(arrived_at),
        arrived_at: at(arrived_at),
        service: "amazon".to_owned(),
        marketplace: Some("amazon.co.jp".to_owned()),
        kind,
        sender: SenderVerdict::Verified,
        rule: "amazon/order-ja".to_owned(),
        template_unverified: false,
    }
}

fn code() -> SignalKind {
    SignalKind::OneTimeCode(Code {
        purpose: CodePurpose::SignIn,
        knows_password: false,
        origin: None,
    })
}

fn money(amount: &str, currency: &str) -> Money {
    Money {
        currency: currency.to_owned(),
        amount: amount.parse().unwrap(),
    }
}

fn order() -> SignalKind {
    SignalKind::OrderPlaced(Order {
        order_ids: vec!["503-1234567-1234567".to_owned()],
        amount: Some(money("2500.00", "JPY")),
        item: Item::GiftCard,
        item_name: None,
        gift_recipient: GiftRecipient::Unknown,
        postal_address: None,
        scheduled: false,
    })
}

fn incident(id: &str, messages: &[&str]) -> Incident {
    Incident {
        id: IncidentId(id.to_owned()),
        person: "me".to_owned(),
        severity: Severity::Critical,
        status: Status::Open,
        opened_at: at("2026-11-22T01:00:00Z"),
        services: vec!["amazon".to_owned()],
        orders: 1,
        cancellations: 0,
        codes: 0,
        amounts: BTreeMap::from([("USD".to_owned(), "24.990".parse().unwrap())]),
        order_list: vec![OrderLine {
            id: None,
            service: "amazon".to_owned(),
            at: at("2026-11-22T01:00:00Z"),
            amount: Some(money("24.990", "USD")),
            item: Item::Unknown,
            state: OrderState::NoCancellationSeen,
            contradiction: false,
        }],
        reasons: vec![ReasonPoints {
            rule: Reason::OrderBurst,
            points: "4.5".parse().unwrap(),
            note: String::new(),
            signals: BTreeSet::new(),
        }],
        messages: messages.iter().map(|id| (*id).to_owned()).collect(),
        severity_history: vec![SeverityChange {
            at: at("2026-11-22T01:00:00Z"),
            severity: Severity::Notice,
            reason: Reason::OrderBurst,
        }],
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

fn print(found: &Found) -> Vec<Value> {
    let mut out = Vec::new();
    jsonl::print(found, true, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn found(signals: Vec<Signal>, replayed: Replayed) -> Found {
    Found {
        messages: 9,
        unreadable: 1,
        titles: replayed.alerts.iter().map(|_| "words".to_owned()).collect(),
        signals,
        replayed,
        elapsed_seconds: 0.02,
    }
}

fn keys(value: &Value) -> String {
    let keys: Vec<&str> = value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    keys.join(" ")
}

#[test]
fn every_line_has_every_key() {
    let replayed = Replayed {
        alerts: vec![alert(0)],
        incidents: vec![incident("abc123", &["a@b"])],
        answers_without_incident: 0,
    };
    let lines = print(&found(
        vec![signal("a@b", "2026-11-22T01:02:03Z", order())],
        replayed,
    ));
    let types: Vec<_> = lines
        .iter()
        .map(|line| line["type"].as_str().unwrap())
        .collect();
    assert_eq!(types, ["signal", "alert", "incident", "summary"]);
    // serde_json sorts the keys when it reads them.
    assert_eq!(
        keys(&lines[0]),
        "amount at by currency item kind marketplace message_id order_ids outcome purpose rule sender service source type what"
    );
    assert_eq!(
        keys(&lines[1]),
        "at incident reason services severity title type"
    );
    assert_eq!(
        keys(&lines[2]),
        "amounts cancellations codes id messages opened_at order_list orders reasons services severity severity_history type"
    );
    assert_eq!(
        keys(&lines[2]["order_list"][0]),
        "amount at currency id item state"
    );
    assert_eq!(keys(&lines[2]["reasons"][0]), "points rule");
    assert_eq!(keys(&lines[2]["severity_history"][0]), "at severity");
    assert_eq!(
        keys(&lines[3]),
        "alerts elapsed_seconds incidents messages signals type unreadable"
    );
}

#[test]
fn a_signal_line_is_the_promised_one() {
    let mut out = Vec::new();
    let one = found(
        vec![signal("a@b", "2026-11-22T01:02:03Z", order())],
        Replayed::default(),
    );
    jsonl::print(&one, true, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert_eq!(
        text.lines().next().unwrap(),
        r#"{"type":"signal","message_id":"a@b","source":"file.mbox#1","at":"2026-11-22T01:02:03Z","service":"amazon","marketplace":"amazon.co.jp","kind":"order_placed","sender":"verified","order_ids":["503-1234567-1234567"],"amount":"2500","currency":"JPY","item":"gift_card","purpose":null,"by":null,"outcome":null,"what":null,"rule":"amazon/order-ja"}"#
    );
    assert_eq!(
        text.lines().last().unwrap(),
        r#"{"type":"summary","messages":9,"unreadable":1,"signals":{"order_placed":1},"alerts":{},"incidents":0,"elapsed_seconds":0.02}"#
    );
    let mut without = Vec::new();
    jsonl::print(&one, false, &mut without).unwrap();
    assert_eq!(
        String::from_utf8(without).unwrap().lines().count(),
        1,
        "signals only where they are asked for"
    );
}

#[test]
fn amounts_points_and_nothing_known_are_written_as_promised() {
    let mut unknown = alert(0);
    unknown.services.clear();
    let replayed = Replayed {
        alerts: vec![unknown],
        incidents: vec![incident("abc123", &[])],
        answers_without_incident: 0,
    };
    let lines = print(&found(Vec::new(), replayed));
    assert_eq!(lines[0]["incident"], Value::Null);
    assert_eq!(lines[0]["title"], "words");
    assert_eq!(lines[1]["amounts"]["USD"], "24.99");
    assert_eq!(lines[1]["order_list"][0]["amount"], "24.99");
    assert_eq!(lines[1]["order_list"][0]["id"], Value::Null);
    assert_eq!(lines[1]["order_list"][0]["state"], "no_cancellation_seen");
    assert_eq!(lines[1]["reasons"][0]["points"], 4.5);
    assert_eq!(lines[1]["reasons"][0]["rule"], "order-burst");
}

#[test]
fn each_kind_fills_its_own_field_and_no_other() {
    let kinds = [
        (code(), "purpose", "sign_in"),
        (
            SignalKind::OrderCancelled {
                order_ids: Vec::new(),
                by: CancelledBy::Merchant,
                says_not_charged: true,
            },
            "by",
            "merchant",
        ),
        (
            SignalKind::SignIn {
                outcome: SignInOutcome::NewDevice,
                origin: None,
                knows_password: false,
            },
            "outcome",
            "new_device",
        ),
        (
            SignalKind::AccountChange {
                what: AccountProperty::TwoFactor,
            },
            "what",
            "two_factor",
        ),
        (
            SignalKind::MerchantAction {
                what: MerchantActionKind::PasswordDisabled,
            },
            "what",
            "password_disabled",
        ),
        (
            SignalKind::CardCharge(CardCharge {
                amount: Some(money("2500", "JPY")),
                shop: None,
                charged_at: None,
            }),
            "amount",
            "2500",
        ),
    ];
    for (kind, field, value) in kinds {
        let name = kind.name();
        let lines = print(&found(
            vec![signal("a@b", "2026-11-22T01:02:03Z", kind)],
            Replayed::default(),
        ));
        assert_eq!(lines[0]["kind"], name);
        for key in ["amount", "item", "purpose", "by", "outcome", "what"] {
            let expected = if key == field {
                Value::from(value)
            } else {
                Value::Null
            };
            assert_eq!(lines[0][key], expected, "{name}: {key}");
        }
        assert!(lines[0]["order_ids"].as_array().unwrap().is_empty());
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
        signal("1@x", "2026-11-22T01:00:00Z", code()),
        signal("2@x", "2026-11-22T01:05:00Z", code()),
        signal("3@x", "2026-11-22T01:06:00Z", code()),
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
    replay_on(
        &mut machine,
        &[signal("1@x", "2026-11-22T01:00:00Z", code())],
        &[],
    );
    assert_eq!(times.len(), 9, "the mail and eight daily ticks");

    // A machine that asks for the past is ticked once a second, not for ever.
    let mut times = Vec::new();
    let mut stuck = |now: Timestamp, _: Input| {
        times.push(now);
        Step::quiet(Some(at("2026-11-22T00:00:00Z")))
    };
    let signals = [
        signal("1@x", "2026-11-22T01:00:00Z", code()),
        signal("2@x", "2026-11-22T01:00:03Z", code()),
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
        signal("1@x", "2026-11-22T01:00:00Z", code()),
        signal("2@x", "2026-11-22T02:00:00Z", code()),
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
        signal("1@x", "2026-11-22T01:00:00Z", code()),
        signal("2@x", "2026-11-22T02:00:00Z", code()),
    ];
    let replayed = replay_on(&mut machine, &signals, &[]);
    assert_eq!(replayed.alerts.len(), 1);
    assert_eq!(replayed.incidents.len(), 1);
    assert_eq!(replayed.incidents[0].orders, 2);
}
