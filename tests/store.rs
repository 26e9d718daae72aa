//! The state file: what is committed is read back, and nothing else can happen to it unsaid.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use jiff::Timestamp;
use mailward::engine::alert::{Alert, Subject};
use mailward::engine::correlator::Input;
use mailward::engine::cursor::Cursor;
use mailward::engine::incident::{
    Answer, Closing, Incident, IncidentId, Reason, Severity, SeverityChange, Status,
};
use mailward::engine::outbox::delivery::{Delivery, DeliveryState};
use mailward::engine::signal::{Code, CodePurpose, SenderVerdict, Signal, SignalId, SignalKind};
use mailward::io::store::change::Change;
use mailward::io::store::error::StoreError;
use mailward::io::store::journal::Entry;
use mailward::io::store::reader::Reader;
use mailward::io::store::{OpenNote, Store};
use proptest::prelude::*;
use tempfile::TempDir;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-11-22T01:02:03Z")
}

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mailward").join("state.db");
    (folder, path)
}

fn open(path: &Path) -> (Store, OpenNote) {
    Store::open(path, now()).unwrap()
}

fn signal(id: &str) -> Signal {
    Signal {
        id: SignalId(id.to_owned()),
        message_id: Some(format!("{id}@example.com")),
        source: "home/INBOX;uid=7".to_owned(),
        at: at("2026-11-22T01:00:00Z"),
        arrived_at: at("2026-11-22T01:00:02.5Z"),
        service: "amazon".to_owned(),
        marketplace: Some("amazon.co.jp".to_owned()),
        kind: SignalKind::OneTimeCode(Code {
            purpose: CodePurpose::SignIn,
            knows_password: false,
            origin: None,
        }),
        sender: SenderVerdict::Verified,
        rule: "amazon/code-ja".to_owned(),
        template_unverified: false,
    }
}

fn alert(id: &str) -> Alert {
    Alert {
        id: id.to_owned(),
        thread: "incident-k3x9ab".to_owned(),
        at: now(),
        severity: Severity::Warning,
        reason: Reason::Test,
        services: vec!["amazon".to_owned()],
        repeat: 0,
        subject: Subject::Test,
    }
}

fn incident(id: &str, status: Status) -> Incident {
    Incident {
        id: IncidentId(id.to_owned()),
        person: "hanako".to_owned(),
        severity: Severity::Notice,
        status,
        opened_at: now(),
        services: vec!["amazon".to_owned()],
        orders: 2,
        cancellations: 0,
        codes: 1,
        amounts: BTreeMap::from([("JPY".to_owned(), "5000".parse().unwrap())]),
        sites: BTreeMap::new(),
        order_list: Vec::new(),
        events: Vec::new(),
        reasons: Vec::new(),
        messages: vec!["a@example.com".to_owned()],
        severity_history: vec![SeverityChange {
            at: now(),
            severity: Severity::Notice,
            reason: Reason::OrderBurst,
        }],
        answers: vec![(now(), Answer::Unsure)],
        verified: true,
        steps_done: ["call-issuer".to_owned()].into(),
    }
}

fn signal_input(id: &str) -> (Timestamp, String, Input) {
    let input = Input::Signal(Box::new(signal(id)));
    (now(), "hanako".to_owned(), input)
}

fn inputs(inputs: Vec<(Timestamp, String, Input)>) -> Change {
    Change {
        inputs,
        ..Change::default()
    }
}

fn deliveries(rows: &[(&str, DeliveryState)]) -> Change {
    let row = |(channel, state): &(&str, DeliveryState)| Delivery {
        alert: "a1".to_owned(),
        channel: (*channel).to_owned(),
        state: *state,
    };
    Change {
        deliveries: rows.iter().map(row).collect(),
        ..Change::default()
    }
}

/// One mail's whole consequence.
fn change() -> Change {
    let cursor = Cursor {
        uid_validity: u32::MAX,
        next_uid: 8,
    };
    Change {
        cursors: vec![("home".to_owned(), "INBOX".to_owned(), cursor)],
        inputs: vec![signal_input("s1")],
        states: vec![("hanako".to_owned(), r#"{"seen":["s1"]}"#.to_owned())],
        incidents: vec![incident("k3x9ab", Status::Open)],
        alerts: vec![(alert("a1"), vec!["desktop".to_owned(), "phone".to_owned()])],
        deliveries: Vec::new(),
    }
}

fn journal(reader: &Reader, after: i64) -> Vec<Entry> {
    let mut entries = Vec::new();
    reader
        .replay(after, |entry| {
            entries.push(entry);
            Ok::<(), StoreError>(())
        })
        .unwrap();
    entries
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// The states without the entries that they go up to.
fn written_states(store: &Store) -> BTreeMap<String, String> {
    let states = store.states().unwrap().into_iter();
    states.map(|(person, (_, json))| (person, json)).collect()
}

#[test]
fn what_is_committed_is_read_back_after_a_restart() {
    let (_folder, path) = folder();
    let (mut store, note) = open(&path);
    assert_eq!(note, OpenNote::Created);
    store.commit(&change()).unwrap();
    drop(store);

    let (store, note) = open(&path);
    assert_eq!(note, OpenNote::Opened);
    let change = change();
    let cursors = BTreeMap::from([("INBOX".to_owned(), change.cursors[0].2)]);
    assert_eq!(store.cursors("home").unwrap(), cursors);
    assert!(store.cursors("other").unwrap().is_empty());
    let states: BTreeMap<_, _> = change.states.iter().cloned().collect();
    assert_eq!(written_states(&store), states);
    assert_eq!(store.incidents(false).unwrap(), change.incidents);
    let found = |id: &str| store.incident(&IncidentId(id.to_owned())).unwrap();
    assert_eq!(found("k3x9ab"), Some(change.incidents[0].clone()));
    assert_eq!(found("zzzzzz"), None);
    let waiting = DeliveryState::queued(now());
    let channels = ["desktop", "phone"].map(|channel| (channel.to_owned(), waiting));
    let pending = vec![(alert("a1"), BTreeMap::from(channels))];
    assert_eq!(store.pending_alerts().unwrap(), pending);
    assert_eq!(store.alerts(0, 10).unwrap(), vec![(1, alert("a1"))]);
    assert!(store.alerts(1, 10).unwrap().is_empty());
    let known = |person| {
        store
            .has_signal(person, &SignalId("s1".to_owned()))
            .unwrap()
    };
    assert!(known("hanako"));
    assert!(!known("taro"));
}

#[test]
fn a_change_that_fails_in_the_middle_leaves_nothing() {
    let (_folder, path) = folder();
    let (mut store, _) = open(&path);
    let by_another_hand = |sql: &str| {
        let connection = rusqlite::Connection::open(&path).unwrap();
        connection.execute_batch(sql).unwrap();
    };
    // The trigger stands for a disk that fails at the last row of the transaction.
    by_another_hand(
        "CREATE TRIGGER fail BEFORE INSERT ON deliveries WHEN NEW.channel = 'phone'
         BEGIN SELECT raise(ABORT, 'no room'); END",
    );
    let error = store.commit(&change()).unwrap_err();
    assert!(matches!(error, StoreError::Sql { .. }), "{error}");
    assert!(store.cursors("home").unwrap().is_empty());
    assert!(store.states().unwrap().is_empty());
    assert!(store.incidents(false).unwrap().is_empty());
    assert!(store.alerts(0, 10).unwrap().is_empty());
    assert!(journal(&store, 0).is_empty());

    // The same store goes on once that is over, and the journal has no gap.
    by_another_hand("DROP TRIGGER fail");
    store.commit(&change()).unwrap();
    assert_eq!(journal(&store, 0)[0].seq, 1);
    assert_eq!(store.pending_alerts().unwrap().len(), 1);
}

#[test]
fn a_signal_that_is_known_is_left_out_for_that_person_only() {
    let (_folder, path) = folder();
    let (mut store, _) = open(&path);
    let mut other_person = signal_input("s1");
    other_person.1 = "taro".to_owned();
    let twice = vec![signal_input("s1"), signal_input("s1"), other_person];
    store.commit(&inputs(twice)).unwrap();
    store.commit(&inputs(vec![signal_input("s1")])).unwrap();
    let entries = journal(&store, 0);
    let people: Vec<_> = entries.iter().map(|e| (e.seq, e.person.as_str())).collect();
    assert_eq!(people, [(1, "hanako"), (2, "taro")]);
}

#[test]
fn a_signal_that_a_better_witness_tells_again_is_in_the_journal_once_more() {
    let (_folder, path) = folder();
    let (mut store, _) = open(&path);
    let told = |sender| {
        let (taken_at, person, input) = signal_input("twice");
        let Input::Signal(mut signal) = input else {
            panic!("a signal");
        };
        signal.sender = sender;
        (taken_at, person, Input::Signal(signal))
    };
    for sender in [
        SenderVerdict::Unverified,
        SenderVerdict::Unverified,
        SenderVerdict::Verified,
        SenderVerdict::Failed,
    ] {
        store.commit(&inputs(vec![told(sender)])).unwrap();
    }
    let verdicts: Vec<SenderVerdict> = journal(&store, 0)
        .into_iter()
        .filter_map(|entry| {
            if let Input::Signal(signal) = entry.input {
                Some(signal.sender)
            } else {
                None
            }
        })
        .collect();
    assert_eq!(
        verdicts,
        [SenderVerdict::Unverified, SenderVerdict::Verified]
    );
}

#[test]
fn an_alert_under_a_known_id_keeps_its_place_and_its_deliveries() {
    let (_folder, path) = folder();
    let (mut store, _) = open(&path);
    store.commit(&change()).unwrap();
    let delivered = DeliveryState::Delivered { at: now() };
    store
        .commit(&deliveries(&[("desktop", delivered)]))
        .unwrap();
    let again = Change {
        alerts: vec![(alert("a1"), vec!["desktop".to_owned()])],
        ..Change::default()
    };
    store.commit(&again).unwrap();
    let pending = store.pending_alerts().unwrap();
    assert_eq!(pending.len(), 1);
    assert_eq!(pending[0].1["desktop"], delivered);
    assert_eq!(store.alerts(0, 10).unwrap().len(), 1);
}

#[test]
fn every_delivery_state_is_read_back_and_only_waiting_ones_are_pending() {
    let (_folder, path) = folder();
    let (mut store, _) = open(&path);
    store.commit(&change()).unwrap();
    let waiting = DeliveryState::Waiting {
        attempts: 3,
        since: at("2026-11-22T00:00:00.123456789Z"),
        next_try: at("2026-11-22T02:00:00Z"),
    };
    let settled = at("2026-11-22T03:00:00.5Z");
    for (state, is_pending) in [
        (waiting, true),
        (DeliveryState::Superseded { at: settled }, false),
        (DeliveryState::GivenUp { at: settled }, false),
        (DeliveryState::Delivered { at: settled }, false),
    ] {
        let both = deliveries(&[("desktop", state), ("phone", waiting)]);
        store.commit(&both).unwrap();
        assert_eq!(store.pending_alerts().unwrap()[0].1["desktop"], state);
        let delivered = DeliveryState::Delivered { at: settled };
        store.commit(&deliveries(&[("phone", delivered)])).unwrap();
        assert_eq!(!store.pending_alerts().unwrap().is_empty(), is_pending);
    }
}

#[test]
fn the_journal_keeps_the_order_and_the_moments_of_all_inputs() {
    let (_folder, path) = folder();
    let (mut store, _) = open(&path);
    let entry = |nanosecond, input| {
        let moment = Timestamp::new(1_700_000_000, nanosecond).unwrap();
        (moment, "hanako".to_owned(), input)
    };
    let answered = Input::Answered {
        incident: IncidentId("k3x9ab".to_owned()),
        answer: Answer::NotMe,
    };
    let taken = vec![
        entry(
            1,
            Input::CatchUpBegan {
                folder: "home/INBOX".to_owned(),
            },
        ),
        entry(2, signal_input("s1").2),
        entry(3, answered),
        entry(4, signal_input("s2").2),
        entry(
            999_999_999,
            Input::CatchUpEnded {
                folder: "home/INBOX".to_owned(),
            },
        ),
    ];
    for chunk in taken.chunks(2) {
        store.commit(&inputs(chunk.to_vec())).unwrap();
    }
    drop(store);
    let (store, _) = open(&path);
    let read: Vec<_> = journal(&store, 0)
        .into_iter()
        .map(|entry| (entry.taken_at, entry.person, entry.input))
        .collect();
    assert_eq!(read, taken);
    assert_eq!(journal(&store, 3).len(), 2);
}

#[test]
fn an_error_of_the_replay_ends_it() {
    let (_folder, path) = folder();
    let (mut store, _) = open(&path);
    let two = vec![signal_input("s1"), signal_input("s2")];
    store.commit(&inputs(two)).unwrap();
    let mut taken = 0;
    let ended = store.replay(0, |_| {
        taken += 1;
        Err(StoreError::Missing { path: path.clone() })
    });
    assert!(matches!(ended, Err(StoreError::Missing { .. })));
    assert_eq!(taken, 1);
}

#[test]
fn closed_incidents_are_kept_and_not_listed_as_open() {
    let (_folder, path) = folder();
    let (mut store, _) = open(&path);
    let closed = Status::Closed {
        at: now(),
        why: Closing::Acknowledged,
    };
    let change = Change {
        incidents: vec![
            incident("aaaaaa", Status::Open),
            incident("bbbbbb", Status::Open),
            incident("aaaaaa", closed),
        ],
        ..Change::default()
    };
    store.commit(&change).unwrap();
    let ids = |open_only| -> Vec<String> {
        let found = store.incidents(open_only).unwrap();
        found.into_iter().map(|incident| incident.id.0).collect()
    };
    assert_eq!(ids(true), ["bbbbbb"]);
    assert_eq!(ids(false), ["aaaaaa", "bbbbbb"]);
}

#[test]
fn the_files_are_for_the_owner_only() {
    let (_folder, path) = folder();
    let (mut store, _) = open(&path);
    store.commit(&change()).unwrap();
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    let mut seen = 0;
    for entry in fs::read_dir(path.parent().unwrap()).unwrap() {
        let entry = entry.unwrap().path();
        assert_eq!(mode(&entry), 0o600, "{}", entry.display());
        seen += 1;
    }
    assert!(
        seen >= 3,
        "the database, its WAL and its lock, not {seen} files"
    );
    drop(store);

    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let (_store, _) = open(&path);
    assert_eq!(mode(&path), 0o600);
}

#[test]
fn the_file_is_in_wal_mode() {
    let (_folder, path) = folder();
    let (_store, _) = open(&path);
    let mode: String = rusqlite::Connection::open(&path)
        .unwrap()
        .query_row("PRAGMA journal_mode", [], |row| row.get(0))
        .unwrap();
    assert_eq!(mode, "wal");
}

#[test]
fn a_damaged_file_is_set_aside_and_said_so() {
    let (_folder, path) = folder();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    for expected in [
        "state.db.damaged-20261122T010203Z",
        "state.db.damaged-20261122T010203Z-2",
    ] {
        let garbage = format!("this is no database: {expected}").repeat(200);
        fs::write(&path, &garbage).unwrap();
        let (mut store, note) = open(&path);
        let OpenNote::SetAside { moved_to, why } = note else {
            panic!("{note:?}");
        };
        assert_eq!(moved_to.file_name().unwrap(), expected);
        assert_eq!(fs::read_to_string(&moved_to).unwrap(), garbage);
        assert!(!why.is_empty());
        store.commit(&change()).unwrap();
        drop(store);
        let (_, note) = open(&path);
        assert_eq!(note, OpenNote::Opened);
    }
}

#[test]
fn a_file_with_a_damaged_page_is_set_aside() {
    let (_folder, path) = folder();
    let (mut store, _) = open(&path);
    let many = (0..200).map(|n| signal_input(&format!("s{n}"))).collect();
    store.commit(&inputs(many)).unwrap();
    drop(store);
    let mut bytes = fs::read(&path).unwrap();
    assert!(bytes.len() > 40_960, "{} bytes", bytes.len());
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 4096].fill(0xA5);
    fs::write(&path, &bytes).unwrap();
    let (store, note) = open(&path);
    assert!(matches!(note, OpenNote::SetAside { .. }), "{note:?}");
    assert!(journal(&store, 0).is_empty());
}

#[test]
fn a_newer_file_and_a_foreign_one_are_refused_and_left_alone() {
    let (_folder, path) = folder();
    drop(open(&path));
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let error = Store::open(&path, now()).unwrap_err();
    assert!(matches!(error, StoreError::Newer { found: 99, .. }));
    assert!(error.to_string().contains("schema version 99"), "{error}");
    let error = Store::open_read_only(&path).unwrap_err();
    assert!(matches!(error, StoreError::Newer { found: 99, .. }));

    let foreign = path.with_file_name("foreign.db");
    rusqlite::Connection::open(&foreign)
        .unwrap()
        .execute_batch("CREATE TABLE contacts (name TEXT)")
        .unwrap();
    let before = fs::read(&foreign).unwrap();
    let error = Store::open(&foreign, now()).unwrap_err();
    assert!(matches!(error, StoreError::NotOurs { .. }), "{error}");
    assert_eq!(fs::read(&foreign).unwrap(), before);
}

/// The second process is the program `flock` of util-linux: the lock is one of the system, not of this program.
#[test]
fn a_second_writer_is_refused_and_a_reader_is_not() {
    let (_folder, path) = folder();
    let (mut store, _) = open(&path);
    store.commit(&change()).unwrap();

    let error = Store::open(&path, now()).unwrap_err();
    assert!(matches!(error, StoreError::InUse { .. }));
    assert!(error.to_string().contains("state is in use"), "{error}");
    let locked = || {
        let mut flock = Command::new("flock");
        flock.args(["--exclusive", "--nonblock"]);
        flock.arg(path.with_file_name("state.db.lock")).arg("true");
        !flock.status().unwrap().success()
    };
    assert!(locked());

    let reader = Store::open_read_only(&path).unwrap();
    assert_eq!(reader.incidents(true).unwrap().len(), 1);
    let second = Change {
        incidents: vec![incident("bbbbbb", Status::Open)],
        ..Change::default()
    };
    store.commit(&second).unwrap();
    assert_eq!(reader.incidents(true).unwrap().len(), 2);

    drop(store);
    assert!(!locked());
    open(&path);
}

#[test]
fn a_reader_needs_no_running_writer_and_shuts_none_out() {
    let (_folder, path) = folder();
    let (mut store, _) = open(&path);
    store.commit(&change()).unwrap();
    drop(store);
    let reader = Store::open_read_only(&path).unwrap();
    assert_eq!(reader.incidents(true).unwrap().len(), 1);
    let (mut store, note) = open(&path);
    assert_eq!(note, OpenNote::Opened);
    store.commit(&inputs(vec![signal_input("s2")])).unwrap();
    assert_eq!(journal(&reader, 0).len(), 2);
}

#[test]
fn a_reader_makes_no_file_and_says_what_to_do() {
    let (_folder, path) = folder();
    let error = Store::open_read_only(&path).unwrap_err();
    assert!(error.to_string().contains("mailward run"), "{error}");
    assert!(!path.exists());
}

#[test]
fn a_place_where_no_file_can_be_is_named() {
    let (folder, _) = folder();
    let blocked = folder.path().join("file");
    fs::write(&blocked, "").unwrap();
    let error = Store::open(&blocked.join("state.db"), now()).unwrap_err();
    assert!(error.to_string().contains("make the folder"), "{error}");

    let dangling = folder.path().join("dangling.db");
    symlink("/nonexistent/state.db", &dangling).unwrap();
    let error = Store::open(&dangling, now()).unwrap_err();
    assert!(error.to_string().contains("dangling.db"), "{error}");
}

#[test]
fn a_row_that_cannot_be_read_is_named_without_its_content() {
    let (_folder, path) = folder();
    let (mut store, _) = open(&path);
    store.commit(&change()).unwrap();
    rusqlite::Connection::open(&path)
        .unwrap()
        .execute("UPDATE incidents SET json = '{\"id\":\"hidden\"}'", [])
        .unwrap();
    let error = store.incidents(false).unwrap_err().to_string();
    assert!(error.contains("table incidents, row k3x9ab"), "{error}");
    assert!(!error.contains("hidden"), "{error}");
}

/// What the disk holds when the power goes: the database and a WAL that was cut anywhere.
#[test]
fn a_wal_that_was_cut_anywhere_holds_whole_changes_only() {
    let (folder, path) = folder();
    let (mut store, _) = open(&path);
    for n in 0..40_u32 {
        let cursor = Cursor {
            uid_validity: 1,
            next_uid: n + 2,
        };
        let change = Change {
            cursors: vec![("home".to_owned(), "INBOX".to_owned(), cursor)],
            inputs: vec![signal_input(&format!("s{n}"))],
            alerts: vec![(alert(&format!("a{n}")), vec!["desktop".to_owned()])],
            ..Change::default()
        };
        store.commit(&change).unwrap();
    }
    let wal = fs::read(path.with_file_name("state.db-wal")).unwrap();
    let copy = folder.path().join("copy.db");
    let mut counts = Vec::new();
    for cut in (0..=wal.len()).step_by(wal.len() / 60) {
        fs::copy(&path, &copy).unwrap();
        fs::write(folder.path().join("copy.db-wal"), &wal[..cut]).unwrap();
        let (store, note) = open(&copy);
        assert!(!matches!(note, OpenNote::SetAside { .. }), "{note:?}");
        let entries = journal(&store, 0).len();
        let cursors = store.cursors("home").unwrap();
        let next_uid = cursors.get("INBOX").map_or(1, |cursor| cursor.next_uid);
        assert_eq!(usize::try_from(next_uid).unwrap(), entries + 1);
        assert_eq!(store.pending_alerts().unwrap().len(), entries);
        counts.push(entries);
        drop(store);
        for suffix in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(folder.path().join(format!("copy.db{suffix}")));
        }
    }
    assert!(counts.is_sorted(), "{counts:?}");
    assert!(counts.first() < counts.last(), "{counts:?}");
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 32,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Any names and states, in any number of commits with restarts between them: the last word counts.
    #[test]
    fn the_last_word_is_read_back(
        words in prop::collection::vec(
            (".{0,12}", ".{0,12}", any::<(u32, u32)>(), ".{0,40}", any::<bool>()),
            1..12,
        )
    ) {
        let (_folder, path) = folder();
        let (mut store, _) = open(&path);
        let mut cursors: BTreeMap<String, BTreeMap<String, Cursor>> = BTreeMap::new();
        let mut states = BTreeMap::new();
        for (account, name, (uid_validity, next_uid), state, restart) in words {
            let cursor = Cursor { uid_validity, next_uid };
            store.commit(&Change {
                cursors: vec![(account.clone(), name.clone(), cursor)],
                states: vec![(account.clone(), state.clone())],
                ..Change::default()
            }).unwrap();
            cursors.entry(account.clone()).or_default().insert(name, cursor);
            states.insert(account, state);
            if restart {
                drop(store);
                store = open(&path).0;
            }
        }
        prop_assert_eq!(written_states(&store), states);
        for (account, expected) in cursors {
            prop_assert_eq!(store.cursors(&account).unwrap(), expected);
        }
    }
}

#[test]
fn the_wal_is_carried_over_to_the_file_only_when_there_is_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let (mut store, _) = Store::open(&path, at("2026-11-22T03:00:00Z")).unwrap();
    let stored_without_the_wal = || {
        let copy = folder.path().join("copy.db");
        fs::copy(&path, &copy).unwrap();
        let cursors = rusqlite::Connection::open(&copy).unwrap().query_row(
            "SELECT count(*) FROM cursors",
            [],
            |row| row.get::<_, u32>(0),
        );
        cursors.unwrap_or(0)
    };
    for next_uid in 1..=100 {
        let cursor = Cursor {
            uid_validity: 1,
            next_uid,
        };
        let change = Change {
            cursors: vec![("home".to_owned(), format!("folder {next_uid}"), cursor)],
            ..Change::default()
        };
        store.commit(&change).unwrap();
    }
    assert_eq!(stored_without_the_wal(), 0);
    assert!(store.wants_checkpoint());
    store.checkpoint().unwrap();
    assert_eq!(stored_without_the_wal(), 100);
    assert!(!store.wants_checkpoint());
    assert_eq!(store.cursors("home").unwrap().len(), 100);
}
