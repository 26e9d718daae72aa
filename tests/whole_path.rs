//! The whole path: mails on a real Dovecot, a question on the desktop, a press on "not me", and what follows on every
//! channel: the incident is critical, the bubble says so in its place, the phone rings, the report is ready.
#![cfg(feature = "demo")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::too_many_lines,
    reason = "a test may panic, a real daemon is waited for in real time, and the path is as long as it is"
)]

#[path = "support/notification_server.rs"]
mod notification_server;
mod support;
#[path = "support/watched.rs"]
mod watched;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use mailward::demo::story::{Happening, Story, StoryMail};
use mailward::engine::incident::{Answer, Severity};
use mailward::engine::wording::Language;

use notification_server::{Call, NotificationServer, Notified, PrivateBus};
use support::dovecot::{self, Dovecot};
use support::ntfy::NtfyServer;
use watched::{Daemon, USER};

const SOON: Duration = Duration::from_secs(30);

/// The answer's button on the phone.
const NOT_ME: &str = "自分ではない(アカウントを守る)";

/// What the phone got last.
fn on_the_phone(phone: &NtfyServer) -> serde_json::Value {
    phone.state().published.last().cloned().unwrap_or_default()
}

/// The takeover's mails with the time of the last one just now.
fn mails() -> Vec<StoryMail> {
    let story = Story::built_in("takeover").unwrap().unwrap();
    let zone = TimeZone::get("Asia/Tokyo").unwrap();
    let from = |start| story.moments(Language::Ja, start, &zone).unwrap();
    let last = from(Timestamp::UNIX_EPOCH).pop().unwrap().at;
    let length = last.duration_since(Timestamp::UNIX_EPOCH);
    let start = Timestamp::now() - length - SignedDuration::from_secs(5);
    from(start)
        .into_iter()
        .filter_map(|moment| match moment.what {
            Happening::Mail(mail) => Some(mail),
            Happening::Answer(_) => None,
        })
        .collect()
}

/// The latest bubble on the desktop.
fn latest(calls: &[Call]) -> Option<&Notified> {
    calls.iter().rev().find_map(|call| match call {
        Call::Notify(notified) => Some(notified),
        Call::Close { .. } => None,
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn not_me_on_the_desktop_makes_it_critical_everywhere_and_the_report_ready() {
    let Some(server) = Dovecot::start() else {
        return;
    };
    let near = tempfile::tempdir().unwrap();
    let opened = near.path().join("opened");
    let browser = near.path().join("xdg-open");
    fs::write(
        &browser,
        format!("#!/bin/sh\necho \"$1\" >>'{}'\n", opened.display()),
    )
    .unwrap();
    fs::set_permissions(&browser, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", near.path().display());
    let bus = PrivateBus::start();
    let desktop = NotificationServer::start(&bus.address).await;
    let phone = NtfyServer::start(near.path()).await;
    let daemon = Daemon::start_with(
        &server,
        Some(&bus.address),
        &phone.channel(""),
        vec![("PATH".to_owned(), path)],
    );
    daemon.until_watching(SOON).await;

    // As far as the notice at the second order.
    let story = mails();
    let mut orders = 0;
    let mut sent = 0;
    for mail in &story {
        let read = daemon.mails_read();
        server.deliver(USER, &String::from_utf8(mail.bytes.clone()).unwrap());
        daemon.until(SOON, || daemon.mails_read() > read).await;
        sent += 1;
        orders += u32::from(mail.subject.contains("注文済み"));
        if orders == 2 {
            break;
        }
    }
    daemon
        .until(SOON, || daemon.reached(Severity::Notice))
        .await;
    let calls = desktop
        .wait_for(SOON, |calls| {
            latest(calls).is_some_and(|shown| shown.urgency == Some(1))
        })
        .await;
    assert!(!daemon.reached(Severity::Warning), "order 2 is a notice");
    let notice = latest(&calls).unwrap();
    assert_eq!(notice.actions[2], "not-me");
    phone
        .until("the notice", |state| {
            let last = state.published.last();
            last.is_some_and(|alert| alert["priority"] == 3)
        })
        .await;

    desktop.action_invoked(notice.id, "not-me").await;
    let place = notice.id;
    daemon
        .until(SOON, || daemon.reached(Severity::Critical))
        .await;
    let is_critical = |calls: &[Call]| {
        latest(calls).is_some_and(|shown| {
            (shown.replaces_id, shown.urgency, shown.expire_timeout) == (place, Some(2), 0)
        })
    };
    desktop.wait_for(SOON, is_critical).await;
    let loudest = phone
        .until("the critical alert", |state| {
            let last = state.published.last();
            last.is_some_and(|alert| alert["priority"] == 5)
        })
        .await;
    let notice_of_the_phone = &loudest.published[loudest.published.len() - 2];
    let sequence = notice_of_the_phone["sequence_id"]
        .as_str()
        .unwrap()
        .to_owned();
    phone
        .until("the notice is taken off the phone", |state| {
            state.cleared.contains(&format!("/alerts/{sequence}/clear"))
        })
        .await;
    let incident = daemon.incident();
    assert!(
        incident
            .answers
            .iter()
            .any(|(_, answer)| *answer == Answer::NotMe)
    );

    // The report and the official page are open, in this order.
    let lines = || fs::read_to_string(&opened).unwrap_or_default();
    daemon.until(SOON, || lines().lines().count() == 2).await;
    let lines = lines();
    let lines: Vec<&str> = lines.lines().collect();
    assert!(
        lines[1].starts_with("https://www.amazon.co.jp/"),
        "{lines:?}"
    );
    let report = fs::read_to_string(lines[0]).unwrap();
    let mode = fs::metadata(lines[0]).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    for order in &incident.order_list {
        let id = order.id.as_deref().unwrap_or_default();
        assert!(report.contains(id), "{id} is missing:\n{report}");
    }

    // The story goes on, and everything of it is in the same place.
    for mail in &story[sent..] {
        let read = daemon.mails_read();
        server.deliver(USER, &String::from_utf8(mail.bytes.clone()).unwrap());
        daemon.until(SOON, || daemon.mails_read() > read).await;
    }
    let incident = daemon.incident();
    assert_eq!(
        (incident.orders, incident.severity),
        (7, Severity::Critical)
    );
    let mut seen = 0;
    for shown in desktop.notified() {
        seen += 1;
        assert!(
            shown.replaces_id == 0 || shown.replaces_id == place,
            "{shown:?}"
        );
    }
    println!("{seen} bubbles in one place; the report: {}", lines[0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn not_me_on_the_phone_replaces_the_bubble_on_the_desktop() {
    let Some(server) = Dovecot::start() else {
        return;
    };
    let near = tempfile::tempdir().unwrap();
    let bus = PrivateBus::start();
    let desktop = NotificationServer::start(&bus.address).await;
    let phone = NtfyServer::start(near.path()).await;
    let daemon = Daemon::start_with(
        &server,
        Some(&bus.address),
        &phone.channel("min_severity = \"notice\"\nquiet_min_severity = \"info\""),
        Vec::new(),
    );
    daemon.until_watching(SOON).await;
    let mut orders = 0;
    for mail in mails() {
        let read = daemon.mails_read();
        server.deliver(USER, &String::from_utf8(mail.bytes.clone()).unwrap());
        daemon.until(SOON, || daemon.mails_read() > read).await;
        orders += u32::from(mail.subject.contains("注文済み"));
        if orders == 2 {
            break;
        }
    }
    phone.published(1).await;
    let calls = desktop
        .wait_for(SOON, |calls| {
            latest(calls).is_some_and(|shown| shown.urgency == Some(1))
        })
        .await;
    let place = latest(&calls).unwrap().id;

    phone.press(&on_the_phone(&phone), NOT_ME).await;
    daemon
        .until(SOON, || daemon.reached(Severity::Critical))
        .await;
    desktop
        .wait_for(SOON, |calls| {
            latest(calls)
                .is_some_and(|shown| (shown.replaces_id, shown.urgency) == (place, Some(2)))
        })
        .await;
    let incident = daemon.incident();
    assert!(
        incident
            .answers
            .iter()
            .any(|(_, answer)| *answer == Answer::NotMe)
    );
}
