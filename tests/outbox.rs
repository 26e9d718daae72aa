//! The outbox: nothing is lost, the loudest goes first, and a channel that fails is told of once.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use mailward::engine::alert::{Alert, Health, Subject};
use mailward::engine::incident::{Reason, Severity};
use mailward::engine::outbox::delivery::DeliveryState;
use mailward::engine::outbox::{Input, Options, Outbox, Output};
use proptest::prelude::*;

const DESKTOP: &str = "desktop";
const PHONE: &str = "phone";

fn after(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + seconds).unwrap()
}

fn outbox(channels: &[&str]) -> Outbox {
    Outbox::new(Options {
        channels: channels.iter().map(|name| (*name).to_owned()).collect(),
        seed: 7,
        ..Options::default()
    })
}

fn alert(id: &str, thread: &str, severity: Severity) -> Box<Alert> {
    Box::new(Alert {
        id: id.to_owned(),
        thread: thread.to_owned(),
        at: after(0),
        severity,
        reason: Reason::Test,
        services: Vec::new(),
        repeat: 0,
        subject: Subject::Test,
    })
}

fn queued(id: &str, thread: &str, severity: Severity, channels: &[&str]) -> Input {
    Input::Queued {
        alert: alert(id, thread, severity),
        channels: channels.iter().map(|name| (*name).to_owned()).collect(),
    }
}

fn delivered(id: &str, channel: &str) -> Input {
    Input::Delivered {
        alert: id.to_owned(),
        channel: channel.to_owned(),
    }
}

fn undelivered(id: &str, channel: &str, retry: bool) -> Input {
    Input::Undelivered {
        alert: id.to_owned(),
        channel: channel.to_owned(),
        retry,
    }
}

/// Outputs as short words: `deliver a desktop`, `record a desktop waiting 1`, `sent a`.
fn words(outputs: &[Output]) -> Vec<String> {
    let word = |output: &Output| match output {
        Output::Deliver { alert, channel } => format!("deliver {} {channel}", alert.id),
        Output::Record(row) => {
            let state = match row.state {
                DeliveryState::Waiting { attempts, .. } => format!("waiting {attempts}"),
                DeliveryState::Delivered { .. } => "delivered".to_owned(),
                DeliveryState::Superseded { .. } => "superseded".to_owned(),
                DeliveryState::GivenUp { .. } => "given_up".to_owned(),
            };
            format!("record {} {} {state}", row.alert, row.channel)
        }
        Output::Sent { alert } => format!("sent {alert}"),
        Output::GivenUp { alert, channel } => format!("given_up {alert} {channel}"),
        Output::Ring { alert, channels } => format!("ring {} {}", alert.id, channels.join(",")),
    };
    outputs.iter().map(word).collect()
}

fn step(outbox: &mut Outbox, seconds: i64, input: Input) -> Vec<String> {
    words(&outbox.step(after(seconds), input).outputs)
}

#[test]
fn an_alert_goes_to_every_channel_and_counts_as_sent_at_the_first() {
    let mut outbox = outbox(&[DESKTOP, PHONE]);
    let both = [DESKTOP, PHONE];
    assert_eq!(
        step(&mut outbox, 0, queued("a", "t", Severity::Notice, &both)),
        ["deliver a desktop", "deliver a phone"]
    );
    assert_eq!(
        step(&mut outbox, 1, delivered("a", PHONE)),
        ["record a phone delivered", "sent a"]
    );
    assert_eq!(
        step(&mut outbox, 2, delivered("a", DESKTOP)),
        ["record a desktop delivered"]
    );
    assert_eq!(outbox.waiting(), 0);
    assert_eq!(outbox.step(after(3), Input::Tick).wake_at, None);
}

#[test]
fn answers_about_unknown_alerts_and_repeated_answers_change_nothing() {
    let mut outbox = outbox(&[DESKTOP]);
    let nothing: [&str; 0] = [];
    assert_eq!(step(&mut outbox, 0, delivered("x", DESKTOP)), nothing);
    assert_eq!(
        step(&mut outbox, 0, undelivered("x", DESKTOP, false)),
        nothing
    );
    let queue = || queued("a", "t", Severity::Notice, &[DESKTOP]);
    assert_eq!(step(&mut outbox, 1, queue()), ["deliver a desktop"]);
    assert_eq!(step(&mut outbox, 1, queue()), nothing);
    step(&mut outbox, 2, delivered("a", DESKTOP));
    assert_eq!(step(&mut outbox, 3, delivered("a", DESKTOP)), nothing);
}

#[test]
fn the_loudest_goes_first_and_one_at_a_time() {
    let mut outbox = outbox(&[DESKTOP]);
    let nothing: [&str; 0] = [];
    step(
        &mut outbox,
        0,
        queued("first", "1", Severity::Info, &[DESKTOP]),
    );
    for (id, severity) in [
        ("info", Severity::Info),
        ("critical", Severity::Critical),
        ("notice", Severity::Notice),
        ("critical-2", Severity::Critical),
    ] {
        assert_eq!(
            step(&mut outbox, 1, queued(id, id, severity, &[DESKTOP])),
            nothing
        );
    }
    let mut order = Vec::new();
    let mut current = "first".to_owned();
    for second in 2..6 {
        let words = step(&mut outbox, second, delivered(&current, DESKTOP));
        current = words[2].split(' ').nth(1).unwrap().to_owned();
        order.push(current.clone());
    }
    assert_eq!(order, ["critical", "critical-2", "notice", "info"]);
}

#[test]
fn a_failure_is_tried_again_at_the_moment_that_was_promised() {
    let mut outbox = outbox(&[DESKTOP]);
    step(
        &mut outbox,
        0,
        queued("a", "t", Severity::Notice, &[DESKTOP]),
    );
    let mut now = after(0);
    let mut waits = Vec::new();
    for attempt in 1..=10 {
        let step = outbox.step(now, undelivered("a", DESKTOP, true));
        assert_eq!(
            words(&step.outputs),
            [format!("record a desktop waiting {attempt}")]
        );
        let wake_at = step.wake_at.unwrap();
        let early = outbox.step(wake_at - SignedDuration::from_nanos(1), Input::Tick);
        assert_eq!(early.outputs, []);
        let due = outbox.step(wake_at, Input::Tick);
        assert_eq!(words(&due.outputs), ["deliver a desktop"]);
        waits.push(wake_at.duration_since(now).as_secs());
        now = wake_at;
    }
    assert!((4..=6).contains(&waits[0]), "{waits:?}");
    assert!((480..=720).contains(&waits[9]), "{waits:?}");
}

#[test]
fn an_alert_behind_one_that_failed_need_not_wait_for_it() {
    let mut outbox = outbox(&[DESKTOP]);
    step(
        &mut outbox,
        0,
        queued("a", "1", Severity::Critical, &[DESKTOP]),
    );
    step(&mut outbox, 0, queued("b", "2", Severity::Info, &[DESKTOP]));
    assert_eq!(
        step(&mut outbox, 1, undelivered("a", DESKTOP, true)),
        ["record a desktop waiting 1", "deliver b desktop"]
    );
    // The channel works again: the one that failed goes at once.
    assert_eq!(
        step(&mut outbox, 2, delivered("b", DESKTOP)),
        ["record b desktop delivered", "sent b", "deliver a desktop"]
    );
}

#[test]
fn a_delivery_of_which_nothing_is_heard_is_tried_again() {
    let mut outbox = outbox(&[DESKTOP]);
    let input = queued("a", "t", Severity::Notice, &[DESKTOP]);
    let wake_at = outbox.step(after(0), input).wake_at.unwrap();
    assert_eq!(wake_at, after(120));
    assert_eq!(
        step(&mut outbox, 120, Input::Tick),
        ["record a desktop waiting 1"]
    );
    // Late, but it arrived.
    assert_eq!(
        step(&mut outbox, 121, delivered("a", DESKTOP)),
        ["record a desktop delivered", "sent a"]
    );
}

#[test]
fn a_newer_alert_of_the_thread_takes_the_place_of_one_that_waits() {
    let mut outbox = outbox(&[DESKTOP, PHONE]);
    let both = [DESKTOP, PHONE];
    step(&mut outbox, 0, queued("a", "t", Severity::Notice, &both));
    step(&mut outbox, 1, undelivered("a", DESKTOP, true));
    // On the phone the older one is on its way: it is not called back.
    assert_eq!(
        step(&mut outbox, 2, queued("b", "t", Severity::Warning, &both)),
        ["record a desktop superseded", "deliver b desktop"]
    );
    // And it is not tried again when it fails there.
    assert_eq!(
        step(&mut outbox, 3, undelivered("a", PHONE, true)),
        ["record a phone superseded", "deliver b phone"]
    );
}

#[test]
fn a_quieter_alert_neither_replaces_nor_overtakes_a_louder_one_of_its_thread() {
    let mut outbox = outbox(&[DESKTOP]);
    let nothing: [&str; 0] = [];
    step(
        &mut outbox,
        0,
        queued("refused", "h", Severity::Warning, &[DESKTOP]),
    );
    step(&mut outbox, 1, undelivered("refused", DESKTOP, true));
    let recovered = queued("recovered", "h", Severity::Info, &[DESKTOP]);
    assert_eq!(step(&mut outbox, 2, recovered), nothing);
    assert_eq!(
        step(&mut outbox, 10, Input::Tick),
        ["deliver refused desktop"]
    );
    let words = step(&mut outbox, 11, delivered("refused", DESKTOP));
    assert_eq!(words[2], "deliver recovered desktop");
}

#[test]
fn an_alert_is_given_up_after_a_day_and_the_other_channels_are_told_once() {
    let mut outbox = outbox(&[DESKTOP, PHONE]);
    for id in ["a", "b"] {
        step(&mut outbox, 0, queued(id, id, Severity::Notice, &[DESKTOP]));
    }
    let mut given_up = Vec::new();
    let mut rings = Vec::new();
    let mut now = after(0);
    let mut busy = vec!["a".to_owned()];
    while outbox.waiting() > 0 {
        let mut outputs = Vec::new();
        for id in std::mem::take(&mut busy) {
            outputs.extend(outbox.step(now, undelivered(&id, DESKTOP, true)).outputs);
        }
        let tick = outbox.step(now, Input::Tick);
        outputs.extend(tick.outputs);
        for output in outputs {
            match output {
                Output::Deliver { alert, .. } => busy.push(alert.id.clone()),
                Output::GivenUp { alert, .. } => given_up.push((alert, now)),
                Output::Ring { alert, channels } => rings.push((alert, channels)),
                Output::Record(_) | Output::Sent { .. } => {}
            }
        }
        if busy.is_empty() && outbox.waiting() > 0 {
            now = tick.wake_at.unwrap();
        }
    }
    let day = SignedDuration::from_hours(24);
    assert_eq!(given_up.len(), 2);
    for (_, at) in &given_up {
        let waited = at.duration_since(after(0));
        assert!(
            waited >= day && waited < day + SignedDuration::from_mins(15),
            "{waited:?}"
        );
    }
    assert_eq!(rings.len(), 1);
    let (alert, channels) = rings.pop().unwrap();
    assert_eq!(channels, [PHONE]);
    assert_eq!(alert.severity, Severity::Warning);
    let failed = Health::ChannelFailed {
        channel: DESKTOP.to_owned(),
    };
    assert_eq!(alert.subject, Subject::Health(failed));
}

#[test]
fn a_failure_for_good_is_told_at_once_and_again_after_the_channel_had_worked() {
    let mut outbox = outbox(&[DESKTOP, PHONE]);
    let mut fail = |seconds, id: &str| {
        step(
            &mut outbox,
            seconds,
            queued(id, id, Severity::Notice, &[DESKTOP]),
        );
        step(&mut outbox, seconds, undelivered(id, DESKTOP, false))
    };
    assert_eq!(
        fail(0, "a"),
        [
            "record a desktop given_up",
            "given_up a desktop",
            "ring health-channel-desktop-1700000000 phone"
        ]
    );
    assert_eq!(
        fail(1, "b"),
        ["record b desktop given_up", "given_up b desktop"]
    );
    step(
        &mut outbox,
        2,
        queued("c", "c", Severity::Notice, &[DESKTOP]),
    );
    step(&mut outbox, 2, delivered("c", DESKTOP));
    step(
        &mut outbox,
        3,
        queued("d", "d", Severity::Notice, &[DESKTOP]),
    );
    let words = step(&mut outbox, 3, undelivered("d", DESKTOP, false));
    assert_eq!(words[2], "ring health-channel-desktop-1700000003 phone");
}

#[test]
fn a_laptop_that_slept_for_two_days_does_not_give_up_at_its_first_failure() {
    let mut outbox = outbox(&[DESKTOP]);
    step(
        &mut outbox,
        0,
        queued("a", "t", Severity::Critical, &[DESKTOP]),
    );
    step(&mut outbox, 1, undelivered("a", DESKTOP, true));
    step(&mut outbox, 172_800, Input::Tick);
    assert_eq!(
        step(&mut outbox, 172_801, undelivered("a", DESKTOP, true)),
        ["record a desktop waiting 2"]
    );
}

fn restored(id: &str, states: &[(&str, DeliveryState)]) -> Input {
    Input::Restored {
        alert: alert(id, id, Severity::Notice),
        deliveries: states
            .iter()
            .map(|(channel, state)| ((*channel).to_owned(), *state))
            .collect(),
    }
}

#[test]
fn after_a_start_everything_that_waits_is_tried_at_once() {
    let mut outbox = outbox(&[DESKTOP, PHONE]);
    let waiting = DeliveryState::Waiting {
        attempts: 9,
        since: after(-500),
        next_try: after(9_000),
    };
    let done = DeliveryState::Delivered { at: after(-400) };
    assert_eq!(
        step(
            &mut outbox,
            0,
            restored("a", &[(DESKTOP, waiting), (PHONE, done)])
        ),
        ["deliver a desktop"]
    );
    // It had been sent already: the correlator is not told a second time.
    assert_eq!(
        step(&mut outbox, 1, delivered("a", DESKTOP)),
        ["record a desktop delivered"]
    );
}

#[test]
fn an_alert_whose_only_channel_was_renamed_goes_to_those_there_are() {
    let mut outbox = outbox(&[DESKTOP, PHONE]);
    let waiting = DeliveryState::queued(after(-5));
    assert_eq!(
        step(&mut outbox, 0, restored("a", &[("old", waiting)])),
        [
            "record a old given_up",
            "record a desktop waiting 0",
            "record a phone waiting 0",
            "deliver a desktop",
            "deliver a phone"
        ]
    );
    let done = DeliveryState::Delivered { at: after(-5) };
    assert_eq!(
        step(
            &mut outbox,
            1,
            restored("b", &[("old", waiting), (PHONE, done)])
        ),
        ["record b old given_up"]
    );
}

#[test]
fn a_clock_that_is_set_back_delays_nothing() {
    let mut outbox = outbox(&[DESKTOP, PHONE]);
    step(
        &mut outbox,
        1_000_000,
        queued("a", "t", Severity::Notice, &[DESKTOP, PHONE]),
    );
    step(&mut outbox, 1_000_000, undelivered("a", DESKTOP, true));
    let back = outbox.step(after(0), Input::Tick);
    assert_eq!(words(&back.outputs), ["deliver a desktop"]);
    assert_eq!(back.wake_at, Some(after(120)));
}

#[derive(Debug, Clone)]
enum Event {
    Queue { thread: u8, severity: Severity },
    Answer { which: usize, good: bool },
    Wait(i64),
    Restart,
}

fn event() -> impl Strategy<Value = Event> {
    let severity = prop::sample::select(vec![
        Severity::Info,
        Severity::Notice,
        Severity::Warning,
        Severity::Critical,
    ]);
    prop_oneof![
        (0..3_u8, severity).prop_map(|(thread, severity)| Event::Queue { thread, severity }),
        (any::<prop::sample::Index>(), any::<bool>()).prop_map(|(which, good)| Event::Answer {
            which: which.index(1_000),
            good
        }),
        (1..900_i64).prop_map(Event::Wait),
        Just(Event::Restart),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 256,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Whatever fails and restarts in between: once the channels work, every alert reaches each channel, unless a
    /// newer one of its thread that is at least as loud did; and `wake_at` lies in the future.
    #[test]
    fn nothing_is_lost(events in prop::collection::vec(event(), 1..60)) {
        let channels = [DESKTOP, PHONE];
        let mut machine = outbox(&channels);
        let mut now = after(0);
        let mut alerts: Vec<Box<Alert>> = Vec::new();
        // What the store holds, and what the channels were asked.
        let mut stored: BTreeMap<(usize, &str), DeliveryState> = BTreeMap::new();
        let mut asked: Vec<(String, String)> = Vec::new();
        let mut reached: BTreeSet<(String, String)> = BTreeSet::new();
        let good = || Event::Answer { which: 0, good: true };
        let closing = std::iter::repeat_with(|| [good(), good(), Event::Wait(30)]);
        let closing = closing.take(200).flatten();
        for event in events.into_iter().chain(closing) {
            let inputs = match event {
                Event::Queue { thread, severity } => {
                    let id = alerts.len().to_string();
                    let alert = alert(&id, &thread.to_string(), severity);
                    for channel in channels {
                        stored.insert((alerts.len(), channel), DeliveryState::queued(now));
                    }
                    alerts.push(alert.clone());
                    let channels = channels.map(str::to_owned).to_vec();
                    vec![Input::Queued { alert, channels }]
                }
                Event::Answer { which, good } if !asked.is_empty() => {
                    let (alert, channel) = asked.remove(which % asked.len());
                    if good {
                        reached.insert((alert.clone(), channel.clone()));
                        vec![Input::Delivered { alert, channel }]
                    } else {
                        vec![Input::Undelivered { alert, channel, retry: true }]
                    }
                }
                Event::Answer { .. } => vec![Input::Tick],
                Event::Wait(seconds) => {
                    now += SignedDuration::from_secs(seconds);
                    vec![Input::Tick]
                }
                Event::Restart => {
                    asked.clear();
                    machine = outbox(&channels);
                    alerts.iter().enumerate().filter_map(|(n, alert)| {
                        let states = channels.map(|channel| (channel, stored[&(n, channel)]));
                        let waits = states.iter().any(|(_, state)| state.is_waiting());
                        waits.then(|| Input::Restored {
                            alert: alert.clone(),
                            deliveries: states.map(|(c, state)| (c.to_owned(), state)).into(),
                        })
                    }).collect()
                }
            };
            for input in inputs {
                let step = machine.step(now, input);
                if let Some(wake_at) = step.wake_at {
                    prop_assert!(wake_at > now);
                }
                for output in step.outputs {
                    match output {
                        Output::Deliver { alert, channel } => asked.push((alert.id, channel)),
                        Output::Record(row) => {
                            let n: usize = row.alert.parse().unwrap();
                            let channel = channels.into_iter().find(|c| *c == row.channel).unwrap();
                            stored.insert((n, channel), row.state);
                        }
                        Output::Sent { .. } => {}
                        Output::GivenUp { .. } | Output::Ring { .. } => prop_assert!(false),
                    }
                }
            }
        }
        for (n, alert) in alerts.iter().enumerate() {
            for channel in channels {
                let by = |other: &Alert| reached.contains(&(other.id.clone(), channel.to_owned()));
                let replaced = alerts[n..].iter().any(|newer| {
                    newer.thread == alert.thread && newer.severity >= alert.severity && by(newer)
                });
                prop_assert!(replaced, "alert {} on {}: {:?}", n, channel, stored[&(n, channel)]);
            }
        }
        prop_assert_eq!(machine.waiting(), 0);
    }
}
