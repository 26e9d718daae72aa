//! `mailward scan --format jsonl`: the promised fields.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use mailward::cli::scan::replay::Replayed;
use mailward::cli::scan::{Found, jsonl};
use mailward::engine::alert::{Alert, Health, Subject};
use mailward::engine::incident::{
    Incident, IncidentId, OrderLine, OrderState, Reason, ReasonPoints, Severity, SeverityChange,
    Status,
};
use mailward::engine::money::Money;
use mailward::engine::signal::{
    AccountProperty, CancelledBy, CardCharge, Code, CodePurpose, GiftRecipient, Item,
    MerchantActionKind, Order, SenderVerdict, SignInOutcome, Signal, SignalId, SignalKind,
};
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
        sites: BTreeMap::new(),
        events: Vec::new(),
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
            window: None,
            parts: Vec::new(),
            mails: Vec::new(),
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
        lesson: None,
        titles: replayed.alerts.iter().map(|_| "words".to_owned()).collect(),
        mails: signals
            .into_iter()
            .map(|signal| (signal.arrived_at, 0, Some(Box::new(signal))))
            .collect(),
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
