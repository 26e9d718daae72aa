//! The real daemon is killed at every point between two steps, for the story and ten other scenarios: what it says must
//! not differ from a run that nobody disturbed.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::wildcard_enum_match_arm,
    clippy::too_many_lines,
    missing_docs,
    reason = "a test may panic, and a real daemon is waited for in real time"
)]

mod crash;
#[path = "support/notification_server.rs"]
mod notification_server;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;
use std::time::Instant;

use aho_corasick::AhoCorasick;
use crash::house::{Fault, Ran, play};
use crash::life::{Life, What, others, story};
use mailward::io::environment;
use mailward::io::fault::Point;

/// A run of a scenario: its name in failures, and where the daemon is killed.
type Plan<'a> = (String, Box<dyn Fn(usize) -> Option<Fault> + Send + 'a>);

/// Points that only a request passes.
const CALLS: [Point; 2] = [Point::CallReceived, Point::CallStored];

/// Runs the plans side by side and compares each with the plain run; how often each point was struck, or what differs.
fn compare(life: &Life, plans: Vec<Plan<'_>>) -> Result<BTreeMap<Point, u32>, String> {
    let plain = play(life, |_| None);
    let count = plain.outcome.alerts.len();
    assert!(
        life.alerts.contains(&count),
        "{}: {count} alerts: {:#?}",
        life.name,
        plain.outcome.journal
    );
    assert!(plain.kills.is_empty());
    let plans = Mutex::new(VecDeque::from(plans));
    let kills: Mutex<BTreeMap<Point, u32>> = Mutex::default();
    let wrong: Mutex<Vec<String>> = Mutex::default();
    let side_by_side = std::thread::available_parallelism().map_or(2, |count| count.get() + 1);
    std::thread::scope(|scope| {
        for _ in 0..side_by_side {
            scope.spawn(|| {
                loop {
                    let Some((name, fault)) = plans.lock().unwrap().pop_front() else {
                        return;
                    };
                    let Ran {
                        outcome,
                        kills: struck,
                    } = play(life, fault);
                    for (point, times) in struck {
                        *kills.lock().unwrap().entry(point).or_default() += times;
                    }
                    if let Some(text) = outcome.differs_from(&plain.outcome) {
                        let text = format!("{}, killed {name}:\n{text}", life.name);
                        wrong.lock().unwrap().push(text);
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    if wrong.is_empty() {
        Ok(kills.into_inner().unwrap())
    } else {
        Err(wrong.join("\n\n"))
    }
}

/// One run for each point: killed there in every moment, or in every `step`th one and at each request.
fn at_each_point(life: &Life, step: usize) -> Vec<Plan<'_>> {
    let plans = (0..).zip(Point::ALL).map(|(number, point)| {
        let (name, fault) = at(life, *point);
        let is_due = move |moment: usize| {
            (moment + number).is_multiple_of(step) || life.moments[moment].what.is_request()
        };
        let fault: Box<dyn Fn(usize) -> Option<Fault> + Send> =
            Box::new(move |moment| fault(moment).filter(|_| is_due(moment)));
        (name, fault)
    });
    plans.collect()
}

/// Killed at a point in every moment, and amid the mails where several come at once.
fn at(life: &Life, point: Point) -> Plan<'_> {
    let fault = move |moment: usize| {
        let several = matches!(life.moments[moment].what, What::Away(_));
        let pass = if several { 4 } else { 1 };
        Some(Fault {
            pass,
            ..Fault::at(point)
        })
    };
    (format!("at {}", point.name()), Box::new(fault))
}

/// One run in which every moment has another point; `turn` shifts them.
fn in_turn(turn: usize) -> Plan<'static> {
    let fault = move |moment: usize| {
        // 11 has no factor in common with the number of points, so all of them come up.
        Some(Fault::at(
            Point::ALL[(moment * 11 + turn) % Point::ALL.len()],
        ))
    };
    (format!("at changing points, turn {turn}"), Box::new(fault))
}

/// Whether there is time for everything.
fn is_full() -> bool {
    environment::variable("MAILWARD_FULL").is_some()
}

fn report(name: &str, kills: &BTreeMap<Point, u32>, began: Instant) {
    let total: u32 = kills.values().sum();
    println!(
        "{name}: {total} kills at {} points in {:.0?}",
        kills.len(),
        began.elapsed()
    );
}

#[test]
fn the_story_says_the_same_wherever_the_daemon_is_killed() {
    let began = Instant::now();
    let life = story();
    let step = if is_full() { 1 } else { 3 };
    let kills = compare(&life, at_each_point(&life, step));
    let kills = kills.unwrap_or_else(|wrong| panic!("\n{wrong}"));
    report("the story", &kills, began);
    for point in Point::ALL {
        assert!(
            kills.contains_key(point),
            "{} was never struck",
            point.name()
        );
    }
}

#[test]
fn ten_other_scenarios_say_the_same_wherever_the_daemon_is_killed() {
    let lives = others();
    assert_eq!(lives.len(), 10);
    let mut wrong = Vec::new();
    for (number, life) in lives.iter().enumerate() {
        let began = Instant::now();
        let plans = if is_full() {
            at_each_point(life, 1)
        } else {
            vec![
                in_turn(number * 5),
                in_turn(number * 5 + 14),
                at(life, Point::MailClassified),
            ]
        };
        let kills = match compare(life, plans) {
            Ok(kills) => kills,
            Err(text) => {
                wrong.push(text);
                continue;
            }
        };
        report(life.name, &kills, began);
        assert!(!kills.is_empty(), "{}: nothing was struck", life.name);
        let asks = kills.keys().any(|point| CALLS.contains(point));
        let answers = life.moments.iter().any(|moment| moment.what.is_request());
        assert!(
            !is_full() || asks == answers,
            "{}: requests were not struck",
            life.name
        );
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n\n"));
}

#[test]
fn the_points_are_in_this_build() {
    let program = std::fs::read(env!("CARGO_BIN_EXE_mailward")).unwrap();
    for point in Point::ALL {
        let name = AhoCorasick::new([point.name()]).unwrap();
        assert!(name.is_match(&program), "{}", point.name());
    }
}
