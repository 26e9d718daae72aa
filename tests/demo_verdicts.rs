//! What the rules and the correlator make of the stories: the numbers that the demo shows.
#![cfg(feature = "demo")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use mailward::demo::story::{Happening, Story};
use mailward::engine::correlator::{Correlator, Input, Options, Output};
use mailward::engine::incident::{Incident, OrderState, Severity};
use mailward::engine::message::RawMail;
use mailward::engine::rule::{RuleSet, Trust, signal_of};
use mailward::engine::signal::{CancelledBy, Item, SenderVerdict, Signal, SignalKind};
use mailward::engine::wording::Language;

const LANGUAGES: [Language; 2] = [Language::Ja, Language::En];

/// What came of a story.
struct Outcome {
    mails: usize,
    signals: Vec<Signal>,
    rung: Vec<(Timestamp, Severity)>,
    incident: Option<Incident>,
}

fn watch(name: &str, language: Language) -> Outcome {
    let story = Story::built_in(name).unwrap().unwrap();
    let zone = TimeZone::get("Asia/Tokyo").unwrap();
    let now: Timestamp = "2026-11-22T20:00:00+09:00".parse().unwrap();
    let start = story.latest_start(now, &zone);
    let moments = story.moments(language, start, &zone).unwrap();
    let rules = RuleSet::built_in().unwrap();
    let trust = Trust {
        addresses: vec![story.person().to_owned()],
        authserv_ids: vec![story.authserv_id().to_owned()],
    };
    let options = Options {
        person: "hanako".to_owned(),
        live: true,
        time_zone: zone,
        quiet_hours: Some((60, 360)),
        mailbox_services: Vec::new(),
    };
    let mut correlator = Correlator::default();
    let mut outcome = Outcome {
        mails: 0,
        signals: Vec::new(),
        rung: Vec::new(),
        incident: None,
    };
    let mut wake_at = None;
    for moment in moments {
        let Happening::Mail(mail) = moment.what else {
            continue;
        };
        outcome.mails += 1;
        while let Some(due) = wake_at.filter(|due| *due <= moment.at) {
            let step = correlator.step(&options, due, Input::Tick);
            outcome.take(step.outputs);
            wake_at = step.wake_at;
        }
        let raw = RawMail {
            source: format!("story#{}", outcome.mails),
            arrived_at: moment.at,
            full_size: u64::try_from(mail.bytes.len()).unwrap(),
            bytes: mail.bytes,
        };
        if let Some(signal) = signal_of(&rules, &raw, &trust) {
            outcome.signals.push(signal.clone());
            let step = correlator.step(&options, moment.at, Input::Signal(Box::new(signal)));
            outcome.take(step.outputs);
            wake_at = step.wake_at;
        }
    }
    outcome
}

impl Outcome {
    fn take(&mut self, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::Changed(incident) => self.incident = Some(*incident),
                Output::Ring(alert) => self.rung.push((alert.at, alert.severity)),
            }
        }
    }

    fn kinds(&self) -> BTreeMap<&'static str, usize> {
        let mut kinds = BTreeMap::new();
        for signal in &self.signals {
            *kinds.entry(signal.kind.name()).or_default() += 1;
        }
        kinds
    }

    /// The number of orders that had been placed when a level was reached.
    fn orders_before(&self, severity: Severity) -> usize {
        let history = &self.incident.as_ref().unwrap().severity_history;
        let reached = history
            .iter()
            .find(|change| change.severity >= severity)
            .unwrap()
            .at;
        self.signals
            .iter()
            .filter(|signal| signal.kind.name() == "order_placed" && signal.at <= reached)
            .count()
    }
}

#[test]
fn the_takeover_asks_rings_and_counts_seven_orders_four_of_them_cancelled() {
    for language in LANGUAGES {
        let outcome = watch("takeover", language);
        assert_eq!(
            outcome.kinds(),
            BTreeMap::from([
                ("one_time_code", 2),
                ("order_placed", 7),
                ("order_cancelled", 4)
            ])
        );
        for signal in &outcome.signals {
            assert_eq!(signal.sender, SenderVerdict::Verified, "{}", signal.rule);
            match &signal.kind {
                SignalKind::OrderPlaced(order) => {
                    assert_eq!(order.item, Item::GiftCard);
                    let amount = order.amount.as_ref().unwrap().to_string();
                    let expected = match language {
                        Language::Ja => "2500 JPY",
                        Language::En => "25 USD",
                    };
                    assert_eq!(amount, expected);
                }
                SignalKind::OrderCancelled {
                    by,
                    says_not_charged,
                    ..
                } => {
                    assert_eq!(*by, CancelledBy::Merchant);
                    assert!(says_not_charged);
                }
                SignalKind::OneTimeCode(code) => assert!(code.knows_password),
                other @ (SignalKind::SignIn { .. }
                | SignalKind::AccountChange { .. }
                | SignalKind::MerchantAction { .. }
                | SignalKind::CardCharge(_)) => panic!("{}", other.name()),
            }
        }
        assert_eq!(outcome.rung[0].1, Severity::Info);
        assert_eq!(outcome.orders_before(Severity::Notice), 2);
        assert_eq!(outcome.orders_before(Severity::Critical), 3);
        let incident = outcome.incident.unwrap();
        assert_eq!(incident.severity, Severity::Critical);
        assert_eq!((incident.orders, incident.cancellations), (7, 4));
        assert_eq!(incident.codes, 2);
        let maybe_charged = incident
            .order_list
            .iter()
            .filter(|line| line.state == OrderState::NoCancellationSeen);
        assert_eq!(maybe_charged.count(), 3);
    }
}

#[test]
fn five_orders_and_two_cancellations_are_counted_as_such() {
    for language in LANGUAGES {
        let outcome = watch("five-orders", language);
        let incident = outcome.incident.as_ref().unwrap();
        assert_eq!((incident.orders, incident.cancellations), (5, 2));
        assert_eq!(incident.severity, Severity::Critical);
        assert_eq!(outcome.orders_before(Severity::Notice), 2);
        assert_eq!(outcome.orders_before(Severity::Warning), 3);
        assert_eq!(outcome.orders_before(Severity::Critical), 5);
    }
}

#[test]
fn the_ordinary_day_rings_nothing() {
    for language in LANGUAGES {
        let outcome = watch("ordinary-day", language);
        assert_eq!(outcome.kinds(), BTreeMap::from([("order_placed", 2)]));
        assert!(outcome.rung.is_empty());
        assert!(outcome.mails > outcome.signals.len());
        for signal in &outcome.signals {
            let SignalKind::OrderPlaced(order) = &signal.kind else {
                panic!("an ordinary day has orders only");
            };
            assert_eq!(order.item, Item::Physical);
            assert!(order.amount.is_some());
        }
    }
}

#[test]
fn in_the_mail_bomb_the_one_order_is_the_only_signal() {
    for language in LANGUAGES {
        let outcome = watch("mail-bomb", language);
        assert_eq!(outcome.mails, 68);
        assert_eq!(outcome.kinds(), BTreeMap::from([("order_placed", 1)]));
        assert_eq!(outcome.signals[0].sender, SenderVerdict::Verified);
    }
}
