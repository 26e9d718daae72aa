//! The order of arrival, copies and restarts change nothing.

use std::cell::Cell;
use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use mailward::engine::alert::Alert;
use mailward::engine::correlator::{Correlator, Input, Options, Output};
use mailward::engine::incident::{Incident, Severity};
use mailward::engine::signal::{Item, Signal, SignalKind};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::property::generate;

fn options(live: bool) -> Options {
    Options {
        person: "hanako".to_owned(),
        live,
        time_zone: jiff::tz::TimeZone::UTC,
        quiet_hours: Some((60, 360)),
        mailbox_services: Vec::new(),
    }
}

fn runner(cases: u32) -> TestRunner {
    TestRunner::new(ProptestConfig {
        cases,
        failure_persistence: None,
        max_shrink_iters: 5_000,
        ..ProptestConfig::default()
    })
}

/// What must not depend on the order of arrival.
#[derive(Debug, PartialEq)]
struct Facts {
    orders: u32,
    cancellations: u32,
    codes: u32,
    amounts: String,
    services: Vec<String>,
    messages: BTreeSet<String>,
}

fn facts(incident: &Incident) -> Facts {
    Facts {
        orders: incident.orders,
        cancellations: incident.cancellations,
        codes: incident.codes,
        amounts: format!("{:?}", incident.amounts),
        services: incident.services.clone(),
        messages: incident.messages.iter().cloned().collect(),
    }
}

/// All of them within a few seconds, after the last of them happened; what is open then.
fn caught_up(signals: &[Signal]) -> Option<Incident> {
    let options = options(false);
    let mut correlator = Correlator::default();
    let last = signals.iter().map(|signal| signal.at).max().unwrap();
    let folder = "home/INBOX".to_owned();
    let begin = Input::CatchUpBegan {
        folder: folder.clone(),
    };
    let _ = correlator.step(&options, last, begin);
    for signal in signals {
        let _ = correlator.step(&options, last, Input::Signal(Box::new(signal.clone())));
    }
    let _ = correlator.step(&options, last, Input::CatchUpEnded { folder });
    correlator.open_incident(&options)
}

/// Signals that all lie within the lateness of 72 h, by event time, and some order of them.
fn shuffled() -> impl Strategy<Value = (Vec<Signal>, Vec<Signal>)> {
    generate::signals(generate::kind(), 9)
        .prop_filter("within 72 h", |signals| {
            let (first, last) = (signals.first().unwrap(), signals.last().unwrap());
            last.at.duration_since(first.at) < SignedDuration::from_hours(72)
        })
        .prop_flat_map(|signals| (Just(signals.clone()), Just(signals).prop_shuffle()))
}

/// The same without what takes points away from a later mail: a second mail about an order, and parts of a checkout.
fn none_lowers_another(signals: &[Signal]) -> Vec<Signal> {
    let mut signals = signals.to_vec();
    for (number, signal) in signals.iter_mut().enumerate() {
        match &mut signal.kind {
            SignalKind::OrderPlaced(order) => {
                for id in &mut order.order_ids {
                    id.insert_str(0, &format!("{number}-"));
                }
                if order.item == Item::Physical {
                    order.item = Item::Unknown;
                }
            }
            SignalKind::OrderCancelled { order_ids, .. } => {
                // Of the order before it.
                for id in order_ids {
                    id.insert_str(0, &format!("{}-", number.saturating_sub(1)));
                }
            }
            SignalKind::OneTimeCode(_)
            | SignalKind::SignIn { .. }
            | SignalKind::AccountChange { .. }
            | SignalKind::MerchantAction { .. }
            | SignalKind::CardCharge(_) => {}
        }
    }
    signals
}

#[test]
fn the_order_of_arrival_does_not_change_the_incident() {
    let loud = Cell::new(0_u32);
    let strategy = shuffled().prop_map(|(sorted, shuffled)| {
        let places: Vec<usize> = shuffled
            .iter()
            .map(|signal| {
                sorted
                    .iter()
                    .position(|other| other.id == signal.id)
                    .unwrap()
            })
            .collect();
        let sorted = none_lowers_another(&sorted);
        let shuffled = places.iter().map(|place| sorted[*place].clone()).collect();
        (sorted, shuffled)
    });
    runner(3_000)
        .run(
            &strategy,
            |(sorted, shuffled): (Vec<Signal>, Vec<Signal>)| {
                let one = caught_up(&sorted);
                let other = caught_up(&shuffled);
                prop_assert_eq!(
                    one.as_ref().map(|incident| incident.severity),
                    other.as_ref().map(|incident| incident.severity)
                );
                prop_assert_eq!(one.as_ref().map(facts), other.as_ref().map(facts));
                let is_loud = one.is_some_and(|incident| incident.severity >= Severity::Warning);
                loud.set(loud.get() + u32::from(is_loud));
                Ok(())
            },
        )
        .unwrap();
    println!("3000 cases, {} warnings and above", loud.get());
    assert!(loud.get() > 300, "too few incidents to prove anything");
}

/// A late mail can show that what rang was no burst: a part of a checkout, a second mail about an order. What rang
/// stays, so an order of arrival other than that of the events can only be louder.
#[test]
fn mails_out_of_order_are_never_told_more_quietly() {
    runner(3_000)
        .run(&shuffled(), |(sorted, shuffled)| {
            let Some(one) = caught_up(&sorted) else {
                return Ok(());
            };
            let other = caught_up(&shuffled);
            let other = other.ok_or_else(|| TestCaseError::fail("nothing was found"))?;
            prop_assert!(
                other.severity >= one.severity,
                "{} instead of {}",
                other.severity,
                one.severity
            );
            prop_assert!(facts(&other).messages.is_superset(&facts(&one).messages));
            Ok(())
        })
        .unwrap();
}

/// Plays signals at their times, with ticks; where `again` says so a signal is given a second time, and where `save`
/// says so the state is written down and read again.
fn play(signals: &[Signal], again: &[bool], save: &[bool]) -> (Vec<Alert>, Vec<Incident>) {
    let options = options(true);
    let mut correlator = Correlator::default();
    let mut alerts = Vec::new();
    let mut incidents = Vec::new();
    let mut wake_at: Option<Timestamp> = None;
    let mut take = |correlator: &mut Correlator, now: Timestamp, input: Input| {
        let step = correlator.step(&options, now, input);
        for output in step.outputs {
            match output {
                Output::Ring(alert) => alerts.push(*alert),
                Output::Changed(incident) => incidents.push(*incident),
            }
        }
        step.wake_at
    };
    for (index, signal) in signals.iter().enumerate() {
        while let Some(due) = wake_at.filter(|due| *due <= signal.at) {
            wake_at = take(&mut correlator, due, Input::Tick);
        }
        let input = Input::Signal(Box::new(signal.clone()));
        wake_at = take(&mut correlator, signal.at, input);
        if again[index] {
            // Any earlier mail, seen in another folder.
            let mut copy = signals[index * 7 % (index + 1)].clone();
            "home/All Mail;uid=1".clone_into(&mut copy.source);
            wake_at = take(&mut correlator, signal.at, Input::Signal(Box::new(copy)));
        }
        if save[index] {
            let written = serde_json::to_string(&correlator).unwrap();
            correlator = serde_json::from_str(&written).unwrap();
        }
    }
    (alerts, incidents)
}

#[test]
fn the_same_mail_twice_is_one_signal() {
    let strategy = generate::signals(generate::kind(), 14)
        .prop_flat_map(|signals| (Just(signals), prop::collection::vec(any::<bool>(), 14)));
    runner(2_000)
        .run(&strategy, |(signals, again)| {
            let never = [false; 14];
            let (once, one) = play(&signals, &never, &never);
            let (twice, two) = play(&signals, &again, &never);
            prop_assert_eq!(once, twice);
            prop_assert_eq!(one.last(), two.last());
            Ok(())
        })
        .unwrap();
}

#[test]
fn save_and_restore_anywhere_changes_nothing() {
    let strategy = generate::signals(generate::kind(), 14)
        .prop_flat_map(|signals| (Just(signals), prop::collection::vec(any::<bool>(), 14)));
    runner(2_000)
        .run(&strategy, |(signals, save)| {
            let never = [false; 14];
            prop_assert_eq!(
                play(&signals, &never, &never),
                play(&signals, &never, &save)
            );
            Ok(())
        })
        .unwrap();
}

#[test]
fn an_alert_of_a_scan_does_not_know_the_future() {
    // What rang up to a moment does not depend on what comes after it.
    let strategy = (generate::signals(generate::kind(), 12), 1_usize..12);
    runner(1_000)
        .run(&strategy, |(signals, cut)| {
            let never = [false; 14];
            let cut = cut.min(signals.len());
            let until = signals[cut - 1].at;
            let heard = |alerts: Vec<Alert>| -> Vec<Alert> {
                alerts
                    .into_iter()
                    .filter(|alert| alert.at < until)
                    .collect()
            };
            let (all, _) = play(&signals, &never, &never);
            let (some, _) = play(&signals[..cut], &never, &never);
            prop_assert_eq!(heard(all), heard(some));
            Ok(())
        })
        .unwrap();
}
