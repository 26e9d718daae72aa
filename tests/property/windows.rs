//! The sliding windows agree with the slow reference.

use std::cell::Cell;

use mailward::engine::fact::{Fact, FactLog};
use mailward::engine::incident::{Reason, Severity};
use mailward::engine::order_burst::{self, Tuning};
use mailward::engine::order_score;
use mailward::engine::profile::Profile;
use mailward::engine::signal::Signal;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use rust_decimal::Decimal;

use crate::property::{generate, reference};

/// All signals as facts with their points.
fn log_of(signals: &[Signal]) -> FactLog {
    let mut log = FactLog::default();
    let mut profile = Profile::default();
    for signal in signals {
        let mut fact = profile.appraise(signal.clone(), signal.at, false);
        fact.score = order_score::merchant_word(&log, &fact);
        let is_order = fact.order().is_some();
        log.insert(fact);
        if is_order {
            let _ = order_score::rescore(&mut log, &signal.service, signal.at);
        }
    }
    log
}

#[test]
fn the_windows_agree_with_a_slow_reference() {
    let fired = Cell::new(0_u32);
    let config = ProptestConfig {
        cases: 3_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let mut runner = TestRunner::new(config);
    let mix = prop_oneof![3 => generate::order(), 1 => generate::kind()];
    runner
        .run(&generate::signals(mix, 14), |signals| {
            let log = log_of(&signals);
            let points = reference::points(&signals);
            for (signal, points) in signals.iter().zip(&points) {
                let score = log.get(&signal.id).map(|fact: &Fact| fact.score.decimal());
                prop_assert_eq!(
                    score,
                    Some(Decimal::new(*points, 2).normalize()),
                    "{}",
                    &signal.id
                );
            }
            for service in ["amazon", "rakuten", "paypal"] {
                let expected = reference::burst(&signals, &points, Some(service));
                fired.set(fired.get() + u32::from(expected.is_some()));
                prop_assert_eq!(
                    loudest(&log, &signals, Some(service), Reason::OrderBurst),
                    expected,
                    "{}",
                    service
                );
            }
            prop_assert_eq!(
                loudest(&log, &signals, None, Reason::OverallBurst),
                reference::burst(&signals, &points, None)
            );
            prop_assert_eq!(
                loudest(&log, &signals, None, Reason::GiftDrip).is_some(),
                reference::drips(&signals, &points)
            );
            Ok(())
        })
        .unwrap();
    println!("3000 cases, {} bursts of a merchant", fired.get());
    assert!(fired.get() > 300, "too few bursts to prove anything");
}

/// The loudest finding of a rule, looked for around every signal.
fn loudest(
    log: &FactLog,
    signals: &[Signal],
    service: Option<&str>,
    reason: Reason,
) -> Option<Severity> {
    signals
        .iter()
        .filter(|signal| service.is_none_or(|name| name == signal.service))
        .flat_map(|signal| {
            order_burst::findings(log, &signal.service, signal.at, Tuning::default())
        })
        .filter(|finding| finding.reason == reason)
        .map(|finding| finding.level)
        .max()
}
