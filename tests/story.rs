//! The story on a real Dovecot: mails by LMTP, the real daemon, a real session bus with a server that records.
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
#[path = "support/watched.rs"]
mod watched;

use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use mailward::demo::story::{Happening, Story, StoryMail};
use mailward::engine::incident::Severity;
use mailward::engine::wording::Language;

use dovecot::Dovecot;
use notification_server::{Call, NotificationServer, PrivateBus};
use watched::{Daemon, USER};

/// How long a daemon may take to tell of a delivery; Dovecot alone takes half a second.
const SOON: Duration = Duration::from_secs(10);

/// A story's mails with the time of the last one just now.
fn mails(name: &str) -> Vec<StoryMail> {
    let story = Story::built_in(name).unwrap().unwrap();
    let zone = TimeZone::get("Asia/Tokyo").unwrap();
    let moments = story
        .moments(Language::Ja, Timestamp::UNIX_EPOCH, &zone)
        .unwrap();
    let length = moments
        .last()
        .unwrap()
        .at
        .duration_since(Timestamp::UNIX_EPOCH);
    let start = Timestamp::now() - length - SignedDuration::from_secs(5);
    story
        .moments(Language::Ja, start, &zone)
        .unwrap()
        .into_iter()
        .filter_map(|moment| match moment.what {
            Happening::Mail(mail) => Some(mail),
            Happening::Answer(_) => None,
        })
        .collect()
}

fn text(mail: &StoryMail) -> String {
    String::from_utf8(mail.bytes.clone()).unwrap()
}

/// The same mail without the stamp of the person's own provider.
fn unstamped(mail: &StoryMail) -> String {
    let mut kept = String::new();
    let mut in_stamp = false;
    for line in text(mail).split_inclusive('\n') {
        let folded = line.starts_with([' ', '\t']);
        in_stamp = if folded {
            in_stamp
        } else {
            line.starts_with("Authentication-Results")
        };
        if !in_stamp {
            kept.push_str(line);
        }
    }
    kept
}

fn is_order(mail: &StoryMail) -> bool {
    mail.subject.contains("注文済み")
        || mail.subject.contains("でのご注文（")
        || mail.subject.contains("のご注文「")
}

/// Delivers mail by mail and waits each time until the daemon has read it.
async fn play(server: &Dovecot, daemon: &Daemon, mails: &[StoryMail], stamped: bool) {
    for mail in mails {
        let read = daemon.mails_read();
        let text = if stamped { text(mail) } else { unstamped(mail) };
        server.deliver(USER, &text);
        daemon.until(SOON, || daemon.mails_read() > read).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_story_rings_at_the_code_at_order_two_and_at_order_three() {
    let Some(server) = Dovecot::start() else {
        return;
    };
    let bus = PrivateBus::start();
    let desktop = NotificationServer::start(&bus.address).await;
    let daemon = Daemon::start(&server, Some(&bus.address));
    daemon.until_watching(SOON).await;
    let story = mails("takeover");
    let mut orders = 0;
    for mail in &story {
        let read = daemon.mails_read();
        let delivered = Instant::now();
        server.deliver(USER, &text(mail));
        daemon.until(SOON, || daemon.mails_read() > read).await;
        orders += u32::from(is_order(mail));
        if mail.subject.contains("サインイン試行") {
            let asked = desktop.wait_for(SOON, |calls| !calls.is_empty()).await;
            let Call::Notify(question) = &asked[0] else {
                panic!("{asked:?}")
            };
            assert_eq!(question.urgency, Some(0), "a question is quiet");
        }
        if is_order(mail) && orders == 2 {
            daemon
                .until(SOON, || daemon.reached(Severity::Notice))
                .await;
            assert!(!daemon.reached(Severity::Warning), "order 2 is a notice");
        }
        if is_order(mail) && orders == 3 {
            daemon
                .until(SOON, || daemon.reached(Severity::Critical))
                .await;
            let critical = |calls: &[Call]| {
                calls.iter().any(|call| {
                    matches!(call, Call::Notify(shown) if shown.expire_timeout == 0 && shown.urgency == Some(2))
                })
            };
            desktop.wait_for(SOON, critical).await;
            let took = delivered.elapsed();
            assert!(
                took < Duration::from_secs(2),
                "critical was shown after {took:?}"
            );
            println!("order 3 to critical on the desktop: {took:?}");
        }
    }
    assert_eq!(orders, 7);
    let incident = daemon.incident();
    assert_eq!(
        (incident.orders, incident.cancellations, incident.codes),
        (7, 4, 2)
    );
    let titles: Vec<String> = desktop
        .notified()
        .into_iter()
        .map(|shown| shown.summary)
        .collect();
    println!("{titles:#?}");

    let flags = server.imap(
        USER,
        &["EXAMINE INBOX".to_owned(), "FETCH 1:* (FLAGS)".to_owned()],
    );
    let fetched: Vec<&str> = flags
        .lines()
        .filter(|line| line.contains(" FETCH ("))
        .collect();
    assert_eq!(fetched.len(), story.len());
    assert!(
        fetched.iter().all(|line| !line.contains("\\Seen")),
        "a mail was marked as seen: {flags}"
    );

    let log = daemon.stop();
    let shown = format!("{:?}", desktop.calls());
    for secret in [
        "482913",
        "170365",
        "secret",
        "アカウントスペシャリスト",
        "無地ノート",
    ] {
        assert!(!shown.contains(secret), "{secret} was shown on the desktop");
        assert!(!log.contains(secret), "{secret} stands in the log");
        daemon.assert_not_stored(secret);
    }
    assert!(log.contains(" INFO "), "the log was searched: {log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_story_without_stamps_ends_at_warning() {
    let Some(server) = Dovecot::start() else {
        return;
    };
    let daemon = Daemon::start(&server, None);
    daemon.until_watching(SOON).await;
    play(&server, &daemon, &mails("takeover"), false).await;
    let incident = daemon.incident();
    assert_eq!(incident.severity, Severity::Warning);
    assert_eq!(incident.orders, 7);
    assert!(!incident.verified);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_orders_and_two_cancellations_are_counted_as_five_and_two() {
    let Some(server) = Dovecot::start() else {
        return;
    };
    let daemon = Daemon::start(&server, None);
    daemon.until_watching(SOON).await;
    play(&server, &daemon, &mails("five-orders"), true).await;
    let incident = daemon.incident();
    assert_eq!((incident.orders, incident.cancellations), (5, 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_in_mid_story_loses_no_alert_and_repeats_only_under_the_same_id() {
    let Some(server) = Dovecot::start() else {
        return;
    };
    let story = mails("takeover");
    let bus = PrivateBus::start();
    let desktop = NotificationServer::start(&bus.address).await;
    let mut daemon = Daemon::start(&server, Some(&bus.address));
    daemon.until_watching(SOON).await;
    let second_order = story
        .iter()
        .enumerate()
        .filter(|(_, mail)| is_order(mail))
        .nth(1)
        .unwrap()
        .0;
    let (before, after) = story.split_at(second_order + 1);
    play(&server, &daemon, before, true).await;
    daemon.kill();
    // Two more orders while nobody watches.
    let (missed, rest) = after.split_at(2);
    for mail in missed {
        server.deliver(USER, &text(mail));
    }
    daemon.start_again();
    daemon.until_watching(SOON).await;
    let all_read = u32::try_from(second_order + 1 + 2).unwrap() + 1;
    daemon.until(SOON, || daemon.mails_read() == all_read).await;
    assert_eq!(
        daemon.incident().orders,
        4,
        "the orders that came while it was down are found"
    );
    play(&server, &daemon, rest, true).await;
    let incident = daemon.incident();
    assert_eq!(
        (incident.orders, incident.cancellations, incident.codes),
        (7, 4, 2)
    );
    desktop.wait_for(SOON, |calls| calls.len() >= 3).await;
    let alerts = daemon.alerts();
    let ids: std::collections::BTreeSet<&String> = alerts.iter().map(|alert| &alert.id).collect();
    assert_eq!(ids.len(), alerts.len(), "each alert is stored once");
    let levels: Vec<Severity> = alerts.iter().map(|alert| alert.severity).collect();
    for level in [Severity::Info, Severity::Notice, Severity::Critical] {
        assert!(levels.contains(&level), "{level} is missing: {levels:?}");
    }
}
