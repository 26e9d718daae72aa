//! The desktop channel against a real session bus and a server that records.
//!
//! The session bus is a matter of the environment of a process. So each test starts itself once more, as a child
//! whose environment names a private bus: the child delivers, the parent looks at what arrived.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

#[path = "support/notification_server.rs"]
mod notification_server;

use std::process::Command;
use std::time::Duration;

use mailward::engine::bubble::{Bubble, Button, Labelled};
use mailward::engine::incident::{IncidentId, Severity};
use mailward::io::desktop::{DeliveryError, Desktop, Press};
use mailward::io::environment;

use notification_server::{Call, Manner, NotificationServer, PrivateBus};

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

/// A bubble that asks.
fn bubble(thread: &str, severity: Severity) -> Bubble {
    let labelled = |key, label: &str| Labelled {
        key,
        label: label.to_owned(),
    };
    Bubble {
        id: "a1".to_owned(),
        thread: thread.to_owned(),
        at: "2026-11-22T01:02:03Z".parse().unwrap(),
        severity,
        title: "title".to_owned(),
        body: "body".to_owned(),
        answer_hint: Some("Answer: mailward answer abc234 me".to_owned()),
        incident: Some(IncidentId("abc234".to_owned())),
        page: Some("https://example.com/password".to_owned()),
        buttons: vec![
            labelled(Button::NotMe, "自分ではない"),
            labelled(Button::Me, "自分です"),
            labelled(Button::Details, "くわしく見る"),
        ],
    }
}

/// One that asks for nothing, as the state of the watcher.
fn plain(thread: &str, severity: Severity) -> Bubble {
    Bubble {
        incident: None,
        answer_hint: None,
        page: None,
        buttons: Vec::new(),
        ..bubble(thread, severity)
    }
}

/// What is pressed next.
async fn press(desktop: &mut Desktop) -> Press {
    let wait = async {
        loop {
            let happened = desktop.next().await;
            if let Some(press) = desktop.take(happened).await {
                return press;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), wait)
        .await
        .expect("a press within 20 s")
}

/// Lets the desktop do what is to be done until the server was asked as wanted.
async fn go_on(
    desktop: &mut Desktop,
    server: &NotificationServer,
    wanted: impl Fn(&[Call]) -> bool,
) -> Vec<Call> {
    for _ in 0..200 {
        if wanted(&server.calls()) {
            return server.calls();
        }
        // What has begun must come to its end; only the waiting may be cut short.
        let next = tokio::time::timeout(Duration::from_millis(100), desktop.next()).await;
        if let Ok(happened) = next {
            desktop.take(happened).await;
        }
    }
    panic!("not within 20 s; what came: {:#?}", server.calls());
}

/// The server on the bus that the child was given.
async fn server_of_child() -> NotificationServer {
    server_with(Manner::default()).await
}

async fn server_with(manner: Manner) -> NotificationServer {
    let address = environment::variable("DBUS_SESSION_BUS_ADDRESS").unwrap();
    NotificationServer::start_with(address.to_str().unwrap(), manner).await
}

/// Starts a test as a child on a bus of its own, where it brings its own server; false in the child.
async fn is_parent(test: &'static str) -> bool {
    if is_child() {
        return false;
    }
    let bus = PrivateBus::start();
    run_child(test, &bus.address).await;
    true
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
        let mut desktop = Desktop::new(None);
        for (severity, _, _) in levels {
            for mut bubble in [
                bubble(severity.name(), severity),
                plain(&format!("plain {severity}"), severity),
            ] {
                bubble.title = "題名".to_owned();
                bubble.body = "本文".to_owned();
                desktop.show(bubble).await.unwrap();
            }
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
    let expected = levels.map(|(_, urgency, timeout)| [(Some(urgency), timeout, 0); 2]);
    assert_eq!(found, expected.concat());
    for shown in &notified {
        assert_eq!(shown.category.as_deref(), Some("email.arrived"));
    }
    assert_eq!(notified[0].desktop_entry.as_deref(), Some("mailward"));
    let keys = ["default", "not-me", "me", "details"];
    let found: Vec<&String> = notified[0].actions.iter().step_by(2).collect();
    assert_eq!(found, keys);
    assert_eq!(notified[0].actions[1], "くわしく見る");
    assert!(notified[1].actions.is_empty(), "{:?}", notified[1].actions);
    assert_eq!(notified[0].summary, "題名");
    assert_eq!(notified[0].body, "本文");
    assert_eq!(notified[0].app_name, "mailward");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_later_alert_of_a_thread_takes_the_place_of_the_earlier() {
    if is_child() {
        let mut desktop = Desktop::new(None);
        for (thread, severity) in [
            ("one", Severity::Info),
            ("two", Severity::Info),
            ("one", Severity::Notice),
            ("one", Severity::Critical),
        ] {
            desktop.show(bubble(thread, severity)).await.unwrap();
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
        let mut desktop = Desktop::new(None);
        for bubble in [
            bubble("one", Severity::Notice),
            plain("two", Severity::Notice),
        ] {
            let hostile = Bubble {
                title: "R&D <b>\0\u{1b}[31m\u{202E}\nnext".to_owned(),
                body: "1 < 2 & <a href=\"x\">\0\u{9b}\u{2066}\nline".to_owned(),
                ..bubble
            };
            desktop.show(hostile).await.unwrap();
        }
        return;
    }
    let bus = PrivateBus::start();
    let server = NotificationServer::start(&bus.address).await;
    run_child("hostile_text_arrives_harmless", &bus.address).await;
    let notified = server.notified();
    assert_eq!(notified.len(), 2);
    for shown in notified {
        assert_eq!(shown.summary, "R&D <b>[31m next");
        assert_eq!(shown.body, "1 &lt; 2 &amp; &lt;a href=\"x\"&gt;\nline");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_server_the_error_says_so_and_a_later_attempt_succeeds() {
    if is_child() {
        let address = environment::variable("DBUS_SESSION_BUS_ADDRESS").unwrap();
        let alert = || bubble("one", Severity::Critical);
        let mut desktop = Desktop::new(None);
        let error = desktop.show(alert()).await.unwrap_err();
        assert!(matches!(error, DeliveryError::NoServer { .. }), "{error}");
        assert!(error.retry());
        assert!(error.to_string().contains("start one"), "{error}");
        let server = NotificationServer::start(address.to_str().unwrap()).await;
        desktop.show(alert()).await.unwrap();
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
        for bubble in [
            bubble("one", Severity::Critical),
            plain("two", Severity::Critical),
        ] {
            let error = Desktop::new(None).show(bubble).await.unwrap_err();
            assert!(matches!(error, DeliveryError::NoSession { .. }), "{error}");
            assert!(error.retry());
            assert!(error.to_string().contains("user unit"), "{error}");
        }
        return;
    }
    run_child(
        "without_a_bus_the_error_says_what_to_do",
        "unix:path=/nonexistent/bus",
    )
    .await;
}

/// A server that tells everybody of everything, as many do, while other programs' notifications come and go.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_presses_of_a_hundred_arrive_among_foreign_signals() {
    if is_parent("a_hundred_presses_of_a_hundred_arrive_among_foreign_signals").await {
        return;
    }
    let server = server_of_child().await;
    let mut desktop = Desktop::new(None);
    let mut arrived = 0;
    for round in 0..100_u32 {
        desktop
            .show(bubble("one", Severity::Warning))
            .await
            .unwrap();
        let id = server.notified().last().unwrap().id;
        for foreign in 0..round % 21 {
            server.notification_closed(9_000 + foreign, 1).await;
            server.action_invoked(8_000 + foreign, "not-me").await;
        }
        let (key, button) = [
            ("not-me", Button::NotMe),
            ("me", Button::Me),
            ("default", Button::Details),
            ("details", Button::Details),
        ][round as usize % 4];
        // Some servers say first that the notification is gone.
        if round % 3 == 0 {
            server.notification_closed(id, 2).await;
        }
        server.action_invoked(id, key).await;
        let press = press(&mut desktop).await;
        assert_eq!(
            (press.button, press.bubble.thread.as_str()),
            (button, "one")
        );
        arrived += 1;
    }
    assert_eq!(arrived, 100);
    println!("{arrived} of 100 presses arrived");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_but_the_server_itself_can_press() {
    if is_parent("nobody_but_the_server_itself_can_press").await {
        return;
    }
    let server = server_of_child().await;
    let mut desktop = Desktop::new(None);
    desktop
        .show(bubble("one", Severity::Warning))
        .await
        .unwrap();
    let stranger = zbus::Connection::session().await.unwrap();
    let name = "org.freedesktop.Notifications";
    let path = "/org/freedesktop/Notifications";
    stranger
        .emit_signal(None::<()>, path, name, "ActionInvoked", &(1_u32, "me"))
        .await
        .unwrap();
    server.action_invoked(1, "no such button").await;
    server.action_invoked(7, "me").await;
    server.action_invoked(1, "not-me").await;
    assert_eq!(press(&mut desktop).await.button, Button::NotMe);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_for_an_answer_comes_back_with_a_new_server() {
    if is_parent("what_waits_for_an_answer_comes_back_with_a_new_server").await {
        return;
    }
    let first = server_of_child().await;
    let mut desktop = Desktop::new(None);
    for thread in ["one", "two"] {
        desktop.show(bubble(thread, Severity::Info)).await.unwrap();
    }
    first.notification_closed(2, 2).await;
    // Its own press follows, so that the closing was read.
    first.action_invoked(1, "default").await;
    press(&mut desktop).await;
    drop(first);
    let second = server_of_child().await;
    let calls = go_on(&mut desktop, &second, |calls| !calls.is_empty()).await;
    let Call::Notify(shown) = &calls[0] else {
        panic!("{calls:?}")
    };
    // Ids of another server are worth nothing; what the person took away stays away.
    assert_eq!((shown.replaces_id, calls.len()), (0, 1));
    second.action_invoked(shown.id, "me").await;
    assert_eq!(press(&mut desktop).await.bubble.thread, "one");
    desktop.settle("one").await;
    let closed = |calls: &[Call]| matches!(calls.last(), Some(Call::Close { id: 1, .. }));
    second.wait_for(Duration::from_secs(5), closed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_process_left_is_taken_over_and_what_is_settled_goes() {
    if is_parent("what_a_killed_process_left_is_taken_over_and_what_is_settled_goes").await {
        return;
    }
    let server = server_of_child().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("screen.json");
    let mut before = Desktop::new(Some(file.clone()));
    for thread in ["open", "answered elsewhere"] {
        before
            .show(bubble(thread, Severity::Critical))
            .await
            .unwrap();
    }
    drop(before);
    let mut desktop = Desktop::new(Some(file));
    desktop.keep_only(&["open".to_owned()].into()).await;
    let calls = server.calls();
    assert!(matches!(calls[2], Call::Close { id: 2, .. }), "{calls:?}");
    let shown = server.notified().pop().unwrap();
    assert_eq!((shown.replaces_id, shown.id), (1, 1));
    server.action_invoked(1, "not-me").await;
    let press = press(&mut desktop).await;
    assert_eq!(press.bubble, bubble("open", Severity::Critical));
    // Once it is known what stands, nothing is shown twice.
    desktop.keep_only(&["open".to_owned()].into()).await;
    assert_eq!(server.notified().len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_expired_unanswered_comes_back_when_somebody_is_at_the_screen() {
    if is_parent("what_expired_unanswered_comes_back_when_somebody_is_at_the_screen").await {
        return;
    }
    let server = server_of_child().await;
    let mut desktop = Desktop::new(None);
    let threads = ["expired", "dismissed", "looked at", "up"];
    for thread in threads {
        desktop
            .show(bubble(thread, Severity::Notice))
            .await
            .unwrap();
    }
    server.notification_closed(1, 1).await;
    server.notification_closed(2, 2).await;
    server.action_invoked(3, "default").await;
    press(&mut desktop).await;
    // The server takes it away with the press: the answers come back at once.
    server.notification_closed(3, 2).await;
    server.action_invoked(4, "default").await;
    press(&mut desktop).await;
    assert_eq!(server.notified().pop().unwrap().id, 5);
    desktop.welcome().await;
    let again: Vec<u32> = server.notified()[5..]
        .iter()
        .map(|shown| shown.replaces_id)
        .collect();
    assert_eq!(again, [0, 5, 4]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_asked_too_often_is_given_a_moment() {
    if is_parent("a_server_that_is_asked_too_often_is_given_a_moment").await {
        return;
    }
    let manner = Manner {
        refuses: 1,
        ..Manner::default()
    };
    let server = server_with(manner).await;
    let mut desktop = Desktop::new(None);
    desktop.show(bubble("one", Severity::Info)).await.unwrap();
    assert_eq!(server.notified().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_without_buttons_gets_the_words_with_the_command() {
    if is_parent("a_server_without_buttons_gets_the_words_with_the_command").await {
        return;
    }
    let manner = Manner {
        capabilities: vec!["body"],
        ..Manner::default()
    };
    let server = server_with(manner).await;
    let bubble = Bubble {
        body: "R&D".to_owned(),
        ..bubble("one", Severity::Info)
    };
    let mut desktop = Desktop::new(None);
    desktop.show(bubble).await.unwrap();
    let shown = server.notified().pop().unwrap();
    assert!(shown.actions.is_empty(), "{:?}", shown.actions);
    assert_eq!(shown.body, "R&D\nAnswer: mailward answer abc234 me");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_server_it_waits_and_shows_as_soon_as_there_is_one() {
    if is_parent("without_a_server_it_waits_and_shows_as_soon_as_there_is_one").await {
        return;
    }
    let mut desktop = Desktop::new(None);
    let error = desktop.show(bubble("one", Severity::Info)).await;
    assert!(matches!(error, Err(DeliveryError::NoServer { .. })));
    let server = server_of_child().await;
    let calls = go_on(&mut desktop, &server, |calls| !calls.is_empty()).await;
    // Handed over again, it takes its own place.
    desktop.show(bubble("one", Severity::Info)).await.unwrap();
    let ids: Vec<u32> = server.notified().iter().map(|shown| shown.id).collect();
    assert_eq!((calls.len(), ids), (1, vec![1, 1]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bus_that_dies_and_comes_back_costs_nothing_but_time() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("bus");
    let address = format!("unix:path={}", socket.display());
    let bus = PrivateBus::start_at(&socket);
    let server = NotificationServer::start(&address).await;
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_of_a_dying_bus", "--nocapture"])
        .env(CHILD, "1")
        .env("DBUS_SESSION_BUS_ADDRESS", &address)
        .spawn()
        .unwrap();
    server
        .wait_for(Duration::from_secs(20), |calls| calls.len() == 1)
        .await;
    drop((server, bus));
    let _bus = PrivateBus::start_at(&socket);
    let server = NotificationServer::start(&address).await;
    server
        .wait_for(Duration::from_secs(20), |calls| !calls.is_empty())
        .await;
    server.action_invoked(1, "me").await;
    let ended = tokio::task::spawn_blocking(move || child.wait().unwrap()).await;
    assert!(ended.unwrap().success());
}

/// The other half of the test before; by itself it does nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child_of_a_dying_bus() {
    if !is_child() {
        return;
    }
    let mut desktop = Desktop::new(None);
    // The bus may die before the server's reply is here: it is shown again all the same.
    let _ = desktop.show(bubble("one", Severity::Info)).await;
    assert_eq!(press(&mut desktop).await.button, Button::Me);
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
