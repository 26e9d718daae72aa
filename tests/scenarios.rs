//! Timelines of mails, answers, crashes and clock jumps, and the alerts that must ring, live and in a scan.

#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm,
    clippy::similar_names,
    clippy::print_stdout,
    clippy::struct_excessive_bools,
    clippy::type_complexity,
    missing_docs,
    reason = "a test may panic, and prints how much it ran"
)]

#[path = "scenario_runner/mod.rs"]
mod scenario_runner;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::Timestamp;
use mailward::engine::alert::Alert;
use mailward::engine::correlator::Output;
use scenario_runner::compare;
use scenario_runner::live::{self, Crashes, Run};
use scenario_runner::scanned;
use scenario_runner::script::{Class, Script, Where};

/// Every file of the folder.
fn scripts() -> Vec<Script> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "toml")
        })
        .collect();
    paths.sort();
    paths.iter().map(|path| Script::load(path)).collect()
}

/// Runs every scenario for every person in it; prints how many there were, panics with all that went wrong.
fn each(what: &str, check: impl Fn(&Script, &str) -> Option<String>) {
    let mut ran: BTreeMap<Class, u32> = BTreeMap::new();
    let mut wrong = String::new();
    let mut failed = BTreeSet::new();
    for script in scripts() {
        *ran.entry(script.class).or_default() += 1;
        for person in script.persons() {
            if let Some(text) = check(&script, &person) {
                failed.insert(script.name());
                wrong = format!(
                    "{wrong}{} ({person}): {}\n{text}",
                    script.name(),
                    script.title
                );
            }
        }
    }
    println!("{what}: {ran:?}");
    assert!(
        failed.is_empty(),
        "{} scenarios fail {what}: {failed:?}\n{wrong}",
        failed.len()
    );
    assert!(
        ran.get(&Class::TakeOver).is_some_and(|count| *count >= 8)
            && ran.get(&Class::Hard).is_some_and(|count| *count >= 20)
            && ran.get(&Class::Ordinary).is_some_and(|count| *count >= 30),
        "scenarios are missing: {ran:?}"
    );
}

#[test]
fn every_scenario_passes_live() {
    each("live", |script, person| {
        let run = live::play(script, person, Crashes::Never);
        compare::differences(script, person, Where::Live, &run.alerts, &run.incidents)
    });
}

#[test]
fn every_scenario_passes_in_a_scan() {
    each("in a scan", |script, person| {
        if script.options.live_only {
            return None;
        }
        let run = live::play(script, person, Crashes::Never);
        let replayed = scanned::scan(script, person, &run);
        let alerts: Vec<(Timestamp, Alert)> = replayed
            .alerts
            .into_iter()
            .map(|alert| (alert.at, alert))
            .collect();
        compare::differences(script, person, Where::Scan, &alerts, &replayed.incidents)
    });
}

#[test]
fn a_crash_after_every_step_changes_no_alert() {
    each("with crashes", |script, person| {
        let plain = live::play(script, person, Crashes::Never);
        let written = live::play(script, person, Crashes::Written);
        let restarted = live::play(script, person, Crashes::Restarted);
        same(&plain, &written).or_else(|| same(&plain, &restarted))
    });
}

fn same(plain: &Run, crashed: &Run) -> Option<String> {
    if plain.alerts != crashed.alerts {
        return Some(format!(
            "    alerts differ: {:?}\n    after crashes: {:?}\n",
            plain.alerts, crashed.alerts
        ));
    }
    if plain.incidents != crashed.incidents {
        return Some("    incidents differ after crashes\n".to_owned());
    }
    (plain.correlator != crashed.correlator)
        .then(|| "    the state differs after crashes\n".to_owned())
}

#[test]
fn the_state_is_a_function_of_the_journal() {
    each("from the journal", |script, person| {
        let run = live::play(script, person, Crashes::Never);
        let (correlator, outputs) = live::rebuild(script, person, &run);
        let alerts: Vec<&Alert> = outputs
            .iter()
            .filter_map(|output| match output {
                Output::Ring(alert) => Some(&**alert),
                Output::Changed(_) => None,
            })
            .collect();
        let rung: Vec<&Alert> = run.alerts.iter().map(|(_, alert)| alert).collect();
        if correlator != run.correlator {
            return Some("    the state differs when built again\n".to_owned());
        }
        (alerts != rung).then(|| "    the alerts differ when built again\n".to_owned())
    });
}

#[test]
fn no_alert_id_is_used_twice() {
    each("alert ids", |script, person| {
        let run = live::play(script, person, Crashes::Never);
        let ids: BTreeSet<&String> = run.alerts.iter().map(|(_, alert)| &alert.id).collect();
        (ids.len() != run.alerts.len()).then(|| "    an alert id was used twice\n".to_owned())
    });
}
