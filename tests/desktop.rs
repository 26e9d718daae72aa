//! The desktop channel against a real session bus and a server that records.
//!
//! The session bus is a matter of the environment of a process. So each test starts itself once more, as a child
//! whose environment names a private bus: the child delivers, the parent looks at what arrived.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

#[path = "support/notification_server.rs"]
mod notification_server;

use std::process::Command;
use std::time::Duration;

use mailward::engine::alert::{Alert, Subject};
use mailward::engine::incident::{Reason, Severity};
use mailward::io::desktop::{DeliveryError, Desktop};
use mailward::io::environment;

use notification_server::{Call, NotificationServer, PrivateBus};

const CHILD: &str = "MAILWARD_TEST_CHILD";

fn is_child() -> bool {
    environment::variable(CHILD).is_some()
}

/// Runs one test of this file as a child on the bus at `address`, off this runtime's thread.
async fn run_child(test: &'static str, address: &str) {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child
        .args(["--exact", test, "--nocapture"])
        .env(CHILD, "1")
        .env("DBUS_SESSION_BUS_ADDRESS", address);
    let output = tokio::task::spawn_blocking(move || child.output().unwrap())
        .await
        .unwrap();
    let printed = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success(), "{printed}");
    assert!(printed.contains("1 passed"), "no such test: {printed}");
}

fn alert(thread: &str, severity: Severity) -> Alert {
    Alert {
        id: "a1".to_owned(),
        thread: thread.to_owned(),
        at: "2026-11-22T01:02:03Z".parse().unwrap(),
        severity,
        reason: Reason::Test,
        services: Vec::new(),
        repeat: 0,
        subject: Subject::Test,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn urgency_and_expiry_follow_the_severity() {
    let levels = [
        (Severity::Info, 0, -1),
        (Severity::Notice, 1, -1),
        (Severity::Warning, 2, -1),
        (Severity::Critical, 2, 0),
    ];
    if is_child() {
        let mut desktop = Desktop::new();
        for (severity, _, _) in levels {
            let alert = alert(severity.name(), severity);
            desktop.deliver("題名", "本文", &alert).await.unwrap();
        }
        return;
    }
    let bus = PrivateBus::start();
    let server = NotificationServer::start(&bus.address).await;
    run_child("urgency_and_expiry_follow_the_severity", &bus.address).await;
    let notified = server.notified();
    let found: Vec<_> = notified
        .iter()
        .map(|shown| (shown.urgency, shown.expire_timeout, shown.replaces_id))
        .collect();
    let expected = levels.map(|(_, urgency, timeout)| (Some(urgency), timeout, 0));
    assert_eq!(found, expected);
    assert_eq!(notified[0].summary, "題名");
    assert_eq!(notified[0].body, "本文");
    assert_eq!(notified[0].app_name, "mailward");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_later_alert_of_a_thread_takes_the_place_of_the_earlier() {
    if is_child() {
        let mut desktop = Desktop::new();
        for (thread, severity) in [
            ("one", Severity::Info),
            ("two", Severity::Info),
            ("one", Severity::Notice),
            ("one", Severity::Critical),
        ] {
            let alert = alert(thread, severity);
            desktop.deliver("title", "body", &alert).await.unwrap();
        }
        return;
    }
    let bus = PrivateBus::start();
    let server = NotificationServer::start(&bus.address).await;
    run_child(
        "a_later_alert_of_a_thread_takes_the_place_of_the_earlier",
        &bus.address,
    )
    .await;
    let ids: Vec<_> = server
        .notified()
        .iter()
        .map(|shown| (shown.replaces_id, shown.id))
        .collect();
    assert_eq!(ids, [(0, 1), (0, 2), (1, 1), (1, 1)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_text_arrives_harmless() {
    if is_child() {
        let alert = alert("one", Severity::Notice);
        Desktop::new()
            .deliver(
                "R&D <b>\0\u{1b}[31m\u{202E}\nnext",
                "1 < 2 & <a href=\"x\">\0\u{9b}\u{2066}\nline",
                &alert,
            )
            .await
            .unwrap();
        return;
    }
    let bus = PrivateBus::start();
    let server = NotificationServer::start(&bus.address).await;
    run_child("hostile_text_arrives_harmless", &bus.address).await;
    let shown = server.notified().pop().unwrap();
    assert_eq!(shown.summary, "R&D <b>[31m next");
    assert_eq!(shown.body, "1 &lt; 2 &amp; &lt;a href=\"x\"&gt;\nline");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_server_the_error_says_so_and_a_later_attempt_succeeds() {
    if is_child() {
        let address = environment::variable("DBUS_SESSION_BUS_ADDRESS").unwrap();
        let alert = alert("one", Severity::Critical);
        let mut desktop = Desktop::new();
        let error = desktop.deliver("t", "b", &alert).await.unwrap_err();
        assert!(matches!(error, DeliveryError::NoServer { .. }), "{error}");
        assert!(error.retry());
        assert!(error.to_string().contains("start one"), "{error}");
        let server = NotificationServer::start(address.to_str().unwrap()).await;
        desktop.deliver("t", "b", &alert).await.unwrap();
        let shown = |calls: &[Call]| calls.len() == 1;
        server.wait_for(Duration::from_secs(5), shown).await;
        return;
    }
    let bus = PrivateBus::start();
    run_child(
        "without_a_server_the_error_says_so_and_a_later_attempt_succeeds",
        &bus.address,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_bus_the_error_says_what_to_do() {
    if is_child() {
        let alert = alert("one", Severity::Critical);
        let error = Desktop::new().deliver("t", "b", &alert).await.unwrap_err();
        assert!(matches!(error, DeliveryError::NoSession { .. }), "{error}");
        assert!(error.retry());
        assert!(error.to_string().contains("user unit"), "{error}");
        return;
    }
    run_child(
        "without_a_bus_the_error_says_what_to_do",
        "unix:path=/nonexistent/bus",
    )
    .await;
}

/// The recorder's own signals arrive: later tests of buttons stand on them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_recording_server_emits_signals() {
    use futures::StreamExt as _;
    let bus = PrivateBus::start();
    let server = NotificationServer::start(&bus.address).await;
    let client = zbus::connection::Builder::address(bus.address.as_str())
        .build()
        .await
        .unwrap();
    let rule = "type='signal',interface='org.freedesktop.Notifications'";
    let mut signals = zbus::MessageStream::for_match_rule(rule, &client, None)
        .await
        .unwrap();
    server.notification_closed(3, 2).await;
    server.action_invoked(4, "default").await;
    let closed = signals.next().await.unwrap().unwrap();
    assert_eq!(closed.body().deserialize::<(u32, u32)>().unwrap(), (3, 2));
    let invoked = signals.next().await.unwrap().unwrap();
    let (id, key) = invoked.body().deserialize::<(u32, String)>().unwrap();
    assert_eq!((id, key.as_str()), (4, "default"));
}
