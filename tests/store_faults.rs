//! A write that fails at any byte: the change is there whole or not at all, and the same store goes on afterwards.
#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stdout,
    reason = "a test may panic"
)]

#[path = "support/signals.rs"]
mod signals;
#[path = "support/small_disk.rs"]
mod small_disk;

use std::fs;
use std::path::Path;
use std::process::Command;

use jiff::Timestamp;
use mailward::engine::alert::{Alert, Subject};
use mailward::engine::correlator::Input;
use mailward::engine::cursor::Cursor;
use mailward::engine::incident::{Reason, Severity};
use mailward::engine::signal::CodePurpose;
use mailward::io::environment;
use mailward::io::store::Store;
use mailward::io::store::change::Change;
use mailward::io::store::error::StoreError;
use rustix::process::{Resource, Rlimit, prlimit};
use small_disk::SmallDisk;

const CHILD: &str = "MAILWARD_TEST_FILE_SIZE_CHILD";

fn now() -> Timestamp {
    signals::noon()
}

/// One mail's whole consequence, larger than a page of the file.
fn mail(number: u32) -> Change {
    let cursor = Cursor {
        uid_validity: 1,
        next_uid: number + 1,
    };
    let code = signals::code(&format!("s{number}"), now(), CodePurpose::SignIn);
    let alert = Alert {
        id: format!("a{number}"),
        thread: "abc234".to_owned(),
        at: now(),
        severity: Severity::Notice,
        reason: Reason::Test,
        services: Vec::new(),
        repeat: 0,
        subject: Subject::Test,
    };
    Change {
        cursors: vec![("home".to_owned(), "INBOX".to_owned(), cursor)],
        inputs: vec![(now(), "me".to_owned(), Input::Signal(Box::new(code)))],
        states: vec![(
            "me".to_owned(),
            format!("{{\"filler\":\"{}\"}}", "x".repeat(9_000)),
        )],
        alerts: vec![(alert, vec!["desktop".to_owned()])],
        ..Change::default()
    }
}

/// How many mails the store holds; panics where a mail is there in part only.
fn mails(store: &Store) -> u32 {
    let mut signals = 0;
    store
        .replay(0, |_| {
            signals += 1;
            Ok::<(), StoreError>(())
        })
        .unwrap();
    let cursors = store.cursors("home").unwrap();
    let next_uid = cursors.get("INBOX").map_or(1, |cursor| cursor.next_uid);
    let alerts = u32::try_from(store.pending_alerts().unwrap().len()).unwrap();
    assert_eq!(
        (signals, alerts),
        (next_uid - 1, next_uid - 1),
        "a mail is torn"
    );
    signals
}

/// Commits a mail under each of many faults; `arm` sets the next one and says whether there is one, `heal` ends it.
fn survive(
    path: &Path,
    mut arm: impl FnMut(u32, &Path) -> bool,
    mut heal: impl FnMut(),
    expected: impl Fn(&StoreError) -> bool,
) -> u32 {
    let (mut store, _) = Store::open(path, now()).unwrap();
    store.commit(&mail(1)).unwrap();
    let (mut number, mut failed, mut fault) = (1, 0, 0);
    while arm(fault, path) {
        let result = store.commit(&mail(number + 1));
        heal();
        match result {
            Ok(()) => {}
            Err(error) => {
                assert!(expected(&error), "{error:?}");
                assert_eq!(mails(&store), number, "fault {fault}");
                failed += 1;
                store.commit(&mail(number + 1)).unwrap();
            }
        }
        number += 1;
        assert_eq!(mails(&store), number, "fault {fault}");
        fault += 1;
        if fault % 16 == 0 {
            drop(store);
            (store, _) = Store::open(path, now()).unwrap();
            assert_eq!(mails(&store), number, "after a start");
        }
    }
    failed
}

fn wal_length(path: &Path) -> u64 {
    let wal = path.with_extension("db-wal");
    fs::metadata(wal).map_or(0, |metadata| metadata.len())
}

/// The limit holds for the whole process, so the test runs itself in another one, in which SIGXFSZ kills nobody.
#[test]
fn an_io_error_at_any_byte_of_a_commit_loses_nothing() {
    if environment::variable(CHILD).is_none() {
        let name = "an_io_error_at_any_byte_of_a_commit_loses_nothing";
        let ended = Command::new("sh")
            .args(["-c", "trap '' XFSZ; exec \"$@\"", "sh"])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture", "--test-threads=1"])
            .env(CHILD, "1")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&ended.stdout).into_owned();
        assert!(
            ended.status.success(),
            "{said}{}",
            String::from_utf8_lossy(&ended.stderr)
        );
        assert!(said.contains(" commits failed with an I/O error"), "{said}");
        return;
    }
    let limit = |bytes| {
        let limit = Rlimit {
            current: bytes,
            maximum: None,
        };
        prlimit(None, Resource::Fsize, limit).unwrap();
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let failed = survive(
        &path,
        |fault, path| {
            // A frame of the WAL is 4,120 bytes: these limits fall on all of its parts, and into every frame.
            limit(Some(wal_length(path) + u64::from(fault) * 509));
            fault < 120
        },
        || limit(None),
        |error| matches!(error, StoreError::Sql { .. }) && error.to_string().contains("I/O"),
    );
    println!("{failed} commits failed with an I/O error");
    assert!(failed > 40, "{failed}");
}

#[test]
fn a_disk_that_is_full_at_any_page_of_a_commit_loses_nothing() {
    let Some(disk) = SmallDisk::mount() else {
        return;
    };
    let failed = survive(
        &disk.path().join("state.db"),
        |fault, _| {
            disk.fill(u64::from(fault % 16) * 4096);
            fault < 64
        },
        || disk.make_room(),
        |error| matches!(error, StoreError::Full { .. }),
    );
    println!("{failed} commits found the disk full");
    assert!(failed > 10, "{failed}");
}
