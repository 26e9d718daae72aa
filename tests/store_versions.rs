//! A state file of each version that ever was opens, is brought up to date and says what it said.
//!
//! `tests/fixtures/state-vN.sql` is what such a file holds, as statements. A new version needs a new fixture.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

use std::fs;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use mailward::config::{Config, parse};
use mailward::daemon::people::People;
use mailward::engine::correlator::Input;
use mailward::engine::cursor::Cursor;
use mailward::engine::incident::{Answer, IncidentId, Severity, Status};
use mailward::engine::signal::SignalId;
use mailward::io::store::error::StoreError;
use mailward::io::store::{OpenNote, Store};
use tempfile::TempDir;

fn now() -> Timestamp {
    "2026-11-18T06:00:00Z".parse().unwrap()
}

/// The version of a file that is made today.
fn present() -> u32 {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    drop(Store::open(&path, now()).unwrap());
    version_of(&path)
}

fn version_of(path: &Path) -> u32 {
    rusqlite::Connection::open(path)
        .unwrap()
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .unwrap()
}

fn fixture(version: u32) -> (TempDir, PathBuf) {
    let name = format!("tests/fixtures/state-v{version}.sql");
    let statements = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(&name))
        .unwrap_or_else(|error| panic!("{name}: {error}; each version needs a fixture"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.execute_batch(&statements).unwrap();
    drop(connection);
    assert_eq!(version_of(&path), version, "{name}");
    (folder, path)
}

fn config(folder: &Path) -> Config {
    let file = folder.join("mailward.toml");
    let text = "language = \"en\"\ntime_zone = \"Asia/Tokyo\"\n[[channel]]\nkind = \"journal\"\n\
                [[account]]\nname = \"home\"\nhost = \"imap.example.com\"\nuser = \"hanako@example.com\"\n\
                addresses = [\"hanako@example.com\"]\npassword_command = [\"true\"]\n";
    fs::write(&file, text).unwrap();
    parse::load(&file).unwrap()
}

#[test]
fn each_version_opens_and_says_what_it_said() {
    let present = present();
    assert!(present >= 2);
    for version in 1..=present {
        let (folder, path) = fixture(version);
        let (store, note) = Store::open(&path, now()).unwrap();
        if version == present {
            assert_eq!(note, OpenNote::Opened);
        } else {
            let migrated = OpenNote::Migrated {
                from: version,
                to: present,
            };
            assert_eq!(note, migrated);
        }
        let cursor = Cursor {
            uid_validity: 1_700_000_000,
            next_uid: 11,
        };
        assert_eq!(
            store
                .cursors("home")
                .unwrap()
                .into_iter()
                .collect::<Vec<_>>(),
            [("INBOX".to_owned(), cursor)]
        );
        let incidents = store.incidents(false).unwrap();
        let [first, second] = incidents.as_slice() else {
            panic!("{incidents:#?}");
        };
        assert!(matches!(first.status, Status::Closed { .. }));
        assert_eq!((first.codes, first.answers[0].1), (1, Answer::Me));
        assert_eq!(second.status, Status::Open);
        assert_eq!(second.severity, Severity::Critical);
        assert_eq!(
            (second.orders, second.cancellations, second.codes),
            (3, 1, 1)
        );
        assert_eq!(second.amounts["JPY"], 7_500.into());

        let alerts = store.alerts(0, 100).unwrap();
        let pending = store.pending_alerts().unwrap();
        assert!(
            alerts
                .iter()
                .all(|(_, alert)| alert.thread == second.id.0 || alert.thread == first.id.0)
        );
        assert!(!pending.is_empty());
        assert!(pending.iter().all(|(_, states)| states.len() == 2));
        let mut taken = 0;
        let mut last = 0;
        store
            .replay(0, |entry| {
                assert!(entry.seq > last);
                last = entry.seq;
                taken += usize::from(matches!(entry.input, Input::Signal(_)));
                Ok::<(), StoreError>(())
            })
            .unwrap();
        // From version 2 on, what is older than 400 days may be gone.
        assert_eq!(taken, if version == 1 { 7 } else { 5 }, "version {version}");
        assert!(
            store
                .has_signal("me", &SignalId("id-second".to_owned()))
                .unwrap()
        );

        // And it goes on: the open incident takes its answer.
        let mut people = People::restore(&config(folder.path()), &store).unwrap();
        let answer = Input::Answered {
            incident: second.id.clone(),
            answer: Answer::Me,
        };
        let step = people
            .step("me", now() + SignedDuration::from_mins(1), answer)
            .unwrap();
        assert!(
            !step.outputs.is_empty(),
            "version {version}: the open incident is unknown"
        );
        drop(store);
        assert_eq!(version_of(&path), present);
        let (_, note) = Store::open(&path, now()).unwrap();
        assert_eq!(note, OpenNote::Opened);
    }
}

#[test]
fn a_reader_asks_for_a_migration_and_makes_none() {
    let (_folder, path) = fixture(1);
    let error = Store::open_read_only(&path).unwrap_err();
    assert!(
        matches!(error, StoreError::Older { found: 1, .. }),
        "{error}"
    );
    assert_eq!(version_of(&path), 1);
}

#[test]
fn a_migration_that_fails_leaves_the_old_file() {
    let (_folder, path) = fixture(1);
    // A table of the next version is there already.
    rusqlite::Connection::open(&path)
        .unwrap()
        .execute_batch("CREATE TABLE marks (x)")
        .unwrap();
    let error = Store::open(&path, now()).unwrap_err();
    assert!(matches!(error, StoreError::Sql { .. }), "{error}");
    assert_eq!(version_of(&path), 1);
    rusqlite::Connection::open(&path)
        .unwrap()
        .execute_batch("DROP TABLE marks")
        .unwrap();
    let (store, _) = Store::open(&path, now()).unwrap();
    assert_eq!(store.incidents(false).unwrap().len(), 2);
}

#[test]
fn a_newer_version_is_refused_with_the_next_step() {
    let (_folder, path) = fixture(1);
    let newer = present() + 1;
    rusqlite::Connection::open(&path)
        .unwrap()
        .pragma_update(None, "user_version", newer)
        .unwrap();
    let before = fs::read(&path).unwrap();
    for error in [
        Store::open(&path, now()).unwrap_err(),
        Store::open_read_only(&path).unwrap_err(),
    ] {
        let text = error.to_string();
        assert!(text.contains(&format!("schema version {newer}")), "{text}");
        assert!(text.contains("install the newer mailward again"), "{text}");
    }
    assert_eq!(fs::read(&path).unwrap(), before);
    assert!(!path.with_extension("db-wal").exists());
}

#[test]
fn an_incident_is_found_by_its_id_after_a_migration() {
    let (_folder, path) = fixture(1);
    let (store, _) = Store::open(&path, now()).unwrap();
    for incident in store.incidents(false).unwrap() {
        let IncidentId(id) = &incident.id;
        assert_eq!(id.len(), 6);
        assert_eq!(store.incident(&incident.id).unwrap(), Some(incident));
    }
}
