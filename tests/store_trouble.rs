//! Trouble with the disk while the real daemon watches a real Dovecot.
//!
//! No fault is built into the program. A small tmpfs is filled up (ENOSPC, which SQLite calls FULL), and the kernel's
//! limit on the size of files (`RLIMIT_FSIZE`, which SQLite reports as an I/O error) is set below the daemon's feet.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    reason = "a test may panic, and a real daemon is waited for in real time"
)]
#![cfg(feature = "demo")]

#[path = "support/dovecot.rs"]
mod dovecot;
#[path = "support/notification_server.rs"]
mod notification_server;
#[path = "support/resident.rs"]
mod resident;
#[path = "support/small_disk.rs"]
mod small_disk;

use std::path::Path;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use mailward::demo::story::{Happening, Story};
use mailward::engine::wording::Language;
use rustix::process::{Resource, Rlimit, prlimit};

use dovecot::Dovecot;
use notification_server::{Call, NotificationServer, PrivateBus};
use resident::{Resident, USER, config};
use small_disk::SmallDisk;

const SOON: Duration = Duration::from_secs(15);

/// The longest wait between two tries is half a minute.
const RECOVERY: Duration = Duration::from_secs(45);

const DESKTOP: &str = "[[channel]]\nkind = \"journal\"\n[[channel]]\nkind = \"desktop\"\n";

/// The takeover's mails, the last of them just now.
fn mails() -> Vec<String> {
    let story = Story::built_in("takeover").unwrap().unwrap();
    let zone = TimeZone::get("Asia/Tokyo").unwrap();
    let at = |start| story.moments(Language::Ja, start, &zone).unwrap();
    let length = at(Timestamp::UNIX_EPOCH)
        .last()
        .unwrap()
        .at
        .duration_since(Timestamp::UNIX_EPOCH);
    let start = Timestamp::now() - length - SignedDuration::from_secs(5);
    at(start)
        .into_iter()
        .filter_map(|moment| match moment.what {
            Happening::Mail(mail) => Some(String::from_utf8(mail.bytes).unwrap()),
            Happening::Answer(_) => None,
        })
        .collect()
}

/// The daemon reads three mails; then `break_disk`, the rest of the story, `mend_disk`. Nothing may be lost.
async fn a_disk_that_fails_for_a_while(
    state_folder: &Path,
    break_disk: impl FnOnce(&Resident),
    mend_disk: impl FnOnce(&Resident),
) {
    let server = Dovecot::start().unwrap();
    let bus = PrivateBus::start();
    let desktop = NotificationServer::start(&bus.address).await;
    let config = config(server.imaps, &server.certificate(), DESKTOP);
    let mut daemon = Resident::start(&config, state_folder, |command| {
        command.env("DBUS_SESSION_BUS_ADDRESS", &bus.address);
    });
    daemon.until(SOON, || daemon.said().contains("Idling"));
    assert!(daemon.is_ready());
    daemon.until(SOON, || daemon.status() == "watching 1 account");
    let mails = mails();
    let (before, after) = mails.split_at(3);
    for mail in before {
        server.deliver(USER, mail);
    }
    daemon.until(SOON, || daemon.next_uid() == 4);

    break_disk(&daemon);
    let incidents = daemon.reader().unwrap().incidents(false).unwrap();
    for mail in after {
        server.deliver(USER, mail);
    }
    let told = |calls: &[Call]| {
        calls.iter().any(|call| {
            matches!(call, Call::Notify(shown) if shown.summary == "mailward cannot save its state")
        })
    };
    desktop.wait_for(SOON, told).await;
    daemon.until(SOON, || daemon.status().starts_with("mail waits: "));
    // A second try, and still nothing is half done.
    daemon.until(SOON, || {
        daemon.said().matches("mail waits until it can").count() >= 2
    });
    assert!(daemon.lives());
    assert_eq!(daemon.next_uid(), 4, "a cursor went on without its mail");
    assert_eq!(
        daemon.reader().unwrap().incidents(false).unwrap(),
        incidents
    );
    let shown = desktop.calls().len();

    mend_disk(&daemon);
    let all = u32::try_from(mails.len()).unwrap() + 1;
    daemon.until(RECOVERY, || daemon.next_uid() == all);
    assert!(daemon.lives());
    daemon.until(SOON, || daemon.status().starts_with("watching 1 account"));
    let incidents = daemon.reader().unwrap().incidents(false).unwrap();
    assert_eq!(incidents.len(), 1);
    let incident = &incidents[0];
    assert_eq!(
        (incident.orders, incident.cancellations, incident.codes),
        (7, 4, 2)
    );
    // Further members of the incident are gathered for a minute, so the alert may count fewer than the incident.
    desktop
        .wait_for(SOON, |calls| {
            calls[shown..].iter().any(
                |call| matches!(call, Call::Notify(shown) if shown.summary.contains(" orders, ")),
            )
        })
        .await;
    let (took, code) = daemon.stop();
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert_eq!(code, Some(0));
}

fn has_dovecot() -> bool {
    Dovecot::start().is_some()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_loses_no_mail_and_is_told() {
    if !has_dovecot() {
        return;
    }
    let Some(disk) = SmallDisk::mount() else {
        return;
    };
    a_disk_that_fails_for_a_while(disk.path(), |_| disk.fill(0), |_| disk.make_room()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_with_errors_loses_no_mail_and_is_told() {
    if !has_dovecot() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let limit = |daemon: &Resident, bytes| {
        let limit = Rlimit {
            current: bytes,
            maximum: None,
        };
        prlimit(Some(daemon.process()), Resource::Fsize, limit).unwrap();
    };
    a_disk_that_fails_for_a_while(
        folder.path(),
        |daemon| limit(daemon, Some(0)),
        |daemon| limit(daemon, None),
    )
    .await;
}
