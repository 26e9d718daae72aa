//! What is older than 400 days goes, and nothing that is still needed goes with it.
#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

#[path = "support/signals.rs"]
mod signals;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use mailward::config::{Config, parse};
use mailward::daemon::ledger;
use mailward::daemon::people::People;
use mailward::daemon::sweep::{KEPT, Sweep};
use mailward::engine::correlator::Input;
use mailward::engine::cursor::Cursor;
use mailward::engine::incident::{Answer, Status};
use mailward::engine::signal::{CodePurpose, Item, Signal, SignalId};
use mailward::io::store::Store;
use mailward::io::store::change::Change;
use mailward::io::store::error::StoreError;
use mailward::io::store::journal::Entry;

const DAY: SignedDuration = SignedDuration::from_hours(24);

fn day(number: i32) -> Timestamp {
    "2025-01-01T09:00:00Z".parse::<Timestamp>().unwrap() + DAY * number
}

/// A store and the people in it, with and without sweeps.
struct Run {
    folder: tempfile::TempDir,
    config: Config,
    store: Store,
    people: People,
}

impl Run {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("mailward.toml");
        let text = "language = \"en\"\ntime_zone = \"Asia/Tokyo\"\n[[channel]]\nkind = \"journal\"\n\
                    [[account]]\nname = \"home\"\nhost = \"imap.example.com\"\nuser = \"hanako@example.com\"\n\
                    addresses = [\"hanako@example.com\"]\npassword_command = [\"true\"]\n";
        fs::write(&config, text).unwrap();
        let config = parse::load(&config).unwrap();
        let (store, _) = Store::open(&folder.path().join("state.db"), day(0)).unwrap();
        let people = People::restore(&config, &store).unwrap();
        Self {
            folder,
            config,
            store,
            people,
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("state.db")
    }

    fn take(&mut self, now: Timestamp, inputs: Vec<Input>) {
        let cursor = Cursor {
            uid_validity: 1,
            next_uid: 5,
        };
        let mut change = Change {
            cursors: vec![("home".to_owned(), "INBOX".to_owned(), cursor)],
            ..Change::default()
        };
        let channels = |severity| ledger::channels_for(&self.config, severity);
        ledger::enter(&mut self.people, "me", now, inputs, &mut change, channels);
        self.store.commit(&change).unwrap();
    }

    /// Sweeps until nothing is left to be swept; how many transactions that took.
    fn sweep(&mut self, now: Timestamp) -> usize {
        let mut sweep = Sweep::new(now);
        let mut batches = 1;
        while sweep.batch(&self.people, &mut self.store, now).unwrap() {
            batches += 1;
        }
        batches
    }

    fn journal(&self) -> Vec<Entry> {
        let mut entries = Vec::new();
        self.store
            .replay(0, |entry| {
                entries.push(entry);
                Ok::<(), StoreError>(())
            })
            .unwrap();
        entries
    }

    /// The state that a start makes of the journal when the stored one cannot be read.
    fn made_again(&self) -> String {
        by_another_hand(&self.path(), "UPDATE correlator_states SET json = '{}x'");
        let people = People::restore(&self.config, &self.store).unwrap();
        people.written("me").unwrap().1
    }

    fn state(&self) -> String {
        self.people.written("me").unwrap().1
    }
}

fn by_another_hand(path: &Path, sql: &str) {
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.execute_batch(sql).unwrap();
}

fn signal(signal: Signal) -> Input {
    Input::Signal(Box::new(signal))
}

/// What a day brings: orders at shops that come and go, codes, answers, mails that are no signal.
fn inputs_of(number: i32, seed: u64, run: &Run) -> Vec<Input> {
    let mut random = seed
        ^ u64::try_from(number)
            .unwrap()
            .wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut next = |below: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random % below
    };
    let at = day(number);
    let mut inputs = vec![Input::Arrived {
        at,
        sender: u32::try_from(next(50)).unwrap(),
    }];
    let id = u32::try_from(number).unwrap();
    match next(5) {
        0 => {
            // Each shop is used for some months only.
            let shop = format!("shop{}", number / 90);
            let order = signals::order(id, at, Item::Physical, signals::yen(3_000));
            inputs.push(signal(signals::of(&shop, order)));
        }
        1 => inputs.push(signal(signals::code(
            &format!("code-{number}"),
            at,
            CodePurpose::SignIn,
        ))),
        2 => {
            for part in 0..4 {
                let at = at + SignedDuration::from_mins(part);
                let part = u32::try_from(part).unwrap();
                let order = signals::order(id * 10 + part, at, Item::GiftCard, signals::yen(2_500));
                inputs.push(signal(order));
            }
        }
        3 => {
            let open = run.store.incidents(true).unwrap();
            inputs.extend(open.first().map(|incident| Input::Answered {
                incident: incident.id.clone(),
                answer: Answer::Me,
            }));
        }
        _ => inputs.push(Input::Tick),
    }
    inputs
}

#[test]
fn a_state_that_is_made_again_after_sweeps_is_the_uninterrupted_one() {
    for seed in [1, 2, 3] {
        let (mut swept, mut whole) = (Run::new(), Run::new());
        let last = 900;
        for number in 0..last {
            let inputs = inputs_of(number, seed, &whole);
            whole.take(day(number), inputs.clone());
            swept.take(day(number), inputs);
            if number % 61 == 0 {
                swept.sweep(day(number));
            }
        }
        swept.sweep(day(last));
        assert_eq!(swept.state(), whole.state());
        let cutoff = day(last) - KEPT;
        let open = swept.store.incidents(true).unwrap();
        assert!(
            open.iter().all(|it| it.opened_at > day(last - 30)),
            "{open:?}"
        );
        let (left, all) = (swept.journal(), whole.journal());
        assert!(left.iter().all(|entry| entry.taken_at >= cutoff));
        assert!(
            left.len() < all.len() * 2 / 3,
            "{} of {}",
            left.len(),
            all.len()
        );
        // Exactly the old ones went.
        let young = all.iter().filter(|entry| entry.taken_at >= cutoff);
        assert_eq!(left, young.cloned().collect::<Vec<_>>());
        assert_eq!(swept.made_again(), whole.state());
        assert_eq!(
            swept.store.incidents(false).unwrap(),
            whole.store.incidents(false).unwrap(),
            "closed incidents are kept"
        );
        assert_eq!(
            swept.store.cursors("home").unwrap(),
            whole.store.cursors("home").unwrap()
        );
        // The base is what makes the difference: the journal alone does not know the shops of long ago.
        by_another_hand(&swept.path(), "DELETE FROM journal_bases");
        assert_ne!(swept.made_again(), whole.state());
    }
}

#[test]
fn a_sweep_takes_a_few_rows_at_a_time() {
    let mut run = Run::new();
    for number in 0..100 {
        let many = (0..10).map(|_| Input::Tick);
        let mut inputs = inputs_of(number, 9, &run);
        inputs.extend(many);
        run.take(day(number), inputs);
    }
    let entries = run.journal().len();
    let mut sweep = Sweep::new(day(900));
    let mut before = entries;
    let close = run.store.incidents(true).unwrap();
    for incident in close {
        run.take(
            day(899),
            vec![Input::Closed {
                incident: incident.id,
            }],
        );
        before = run.journal().len();
    }
    let mut batches = 0;
    while sweep.batch(&run.people, &mut run.store, day(900)).unwrap() {
        batches += 1;
        let now = run.journal().len();
        assert!(before - now <= 128, "{} at once", before - now);
        before = now;
    }
    assert!(batches > entries / 128, "{batches} batches of {entries}");
    assert!(run.journal().len() < 10);
}

#[test]
fn what_an_open_incident_rests_on_stays_however_old() {
    let mut run = Run::new();
    run.take(
        day(1),
        vec![signal(signals::code(
            "long-ago",
            day(1),
            CodePurpose::SignIn,
        ))],
    );
    // The question lapses.
    run.take(day(6), vec![Input::Tick]);
    assert!(run.store.incidents(true).unwrap().is_empty());
    let code = signals::code("theirs", day(20), CodePurpose::PasswordReset);
    run.take(day(20), vec![signal(code)]);
    let id = run.store.incidents(true).unwrap()[0].id.clone();
    run.take(
        day(20),
        vec![Input::Answered {
            incident: id.clone(),
            answer: Answer::NotMe,
        }],
    );
    // Nobody does the first steps: it stays open.
    for number in 21..600 {
        run.take(day(number), vec![Input::Tick]);
    }
    run.sweep(day(600));
    let open = run.store.incident(&id).unwrap().unwrap();
    assert_eq!(open.status, Status::Open);
    let known = |name: &str| {
        run.store
            .has_signal("me", &SignalId(format!("id-{name}")))
            .unwrap()
    };
    assert!(known("theirs"));
    assert!(!known("long-ago"));
    let state = run.state();
    assert_eq!(run.made_again(), state);
}

#[test]
fn one_wrong_moment_of_the_clock_deletes_nothing_that_is_young() {
    let mut run = Run::new();
    run.take(
        day(500),
        vec![signal(signals::code(
            "young",
            day(500),
            CodePurpose::SignIn,
        ))],
    );
    // The clock of a machine without a battery: 1970 for a moment, then right again.
    run.take(Timestamp::UNIX_EPOCH, vec![Input::Restarted]);
    run.take(day(501), vec![Input::Restarted]);
    run.sweep(day(502));
    assert_eq!(run.journal().len(), 3);

    // One that ran ahead blocks nothing for ever.
    let mut run = Run::new();
    run.take(day(1), vec![Input::Restarted]);
    run.take(day(90_000), vec![Input::Restarted]);
    run.take(day(2), vec![Input::Restarted]);
    run.take(day(600), vec![Input::Restarted]);
    run.sweep(day(601));
    let left: Vec<Timestamp> = run.journal().iter().map(|it| it.taken_at).collect();
    assert_eq!(left, [day(600)]);
}

#[test]
fn settled_alerts_go_and_waiting_ones_stay() {
    let mut run = Run::new();
    for number in [1, 10, 20] {
        let code = signals::code(&format!("c{number}"), day(number), CodePurpose::SignIn);
        run.take(day(number), vec![signal(code)]);
        let id = run.store.incidents(true).unwrap()[0].id.clone();
        run.take(
            day(number) + SignedDuration::from_mins(1),
            vec![Input::Answered {
                incident: id,
                answer: Answer::Me,
            }],
        );
    }
    let alerts = run.store.alerts(0, 100).unwrap();
    assert!(alerts.len() >= 3, "{alerts:?}");
    let waits = alerts[1].1.id.clone();
    by_another_hand(
        &run.path(),
        &format!(
            "UPDATE deliveries SET state = 'delivered', settled_at = '2025-02-01T00:00:00Z' WHERE alert <> '{waits}'"
        ),
    );
    run.sweep(day(900));
    let left: BTreeMap<i64, String> = run
        .store
        .alerts(0, 100)
        .unwrap()
        .into_iter()
        .map(|(seq, alert)| (seq, alert.id))
        .collect();
    assert_eq!(left.into_values().collect::<Vec<_>>(), [waits]);
    assert_eq!(run.store.incidents(false).unwrap().len(), 3);
}

#[test]
fn a_quiet_mailbox_does_not_hold_a_fact_for_ever() {
    let mut run = Run::new();
    run.take(
        day(1),
        vec![signal(signals::code("old", day(1), CodePurpose::SignIn))],
    );
    let id = run.store.incidents(true).unwrap()[0].id.clone();
    run.take(day(1), vec![Input::Closed { incident: id }]);
    run.take(
        day(300),
        vec![signal(signals::code("new", day(300), CodePurpose::SignIn))],
    );
    let cutoff = day(600) - KEPT;
    assert!(run.people.holds_of_before("me", cutoff));
    run.take(day(600), vec![Input::Outlived { before: cutoff }]);
    assert!(!run.people.holds_of_before("me", cutoff));
    assert!(run.people.holds_of_before("me", day(600)));
    let state = run.state();
    assert_eq!(run.made_again(), state);
}
