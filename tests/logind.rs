//! What logind tells, on a bus of the test with a stand-in for logind.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test may panic"
)]
#![allow(
    clippy::disallowed_types,
    clippy::needless_pass_by_value,
    clippy::unused_self,
    clippy::used_underscore_binding,
    reason = "the interface macro asks for it"
)]

use std::time::Duration;

use mailward::engine::correlator::Input;
use mailward::io::store::Store;
use tokio::sync::mpsc;
use tokio::time::timeout;
use zbus::Connection;

use crate::support::process::{Process, config};
use crate::support::script::serve;

#[path = "support/notification_server.rs"]
mod notification_server;
mod support;

use notification_server::PrivateBus;

const MANAGER_PATH: &str = "/org/freedesktop/login1";
const ALIAS_PATH: &str = "/org/freedesktop/login1/session/auto";
const SESSION_PATH: &str = "/org/freedesktop/login1/session/_32";

struct Session {
    locked: bool,
}

#[zbus::interface(name = "org.freedesktop.login1.Session")]
impl Session {
    #[zbus(property)]
    fn locked_hint(&self) -> bool {
        self.locked
    }

    #[zbus(property)]
    fn id(&self) -> String {
        "2".to_owned()
    }

    #[zbus(property)]
    fn idle_hint(&self) -> bool {
        false
    }
}

struct Manager;

#[zbus::interface(name = "org.freedesktop.login1.Manager")]
impl Manager {
    fn get_session(&self, id: String) -> zbus::OwnedObjectPath {
        assert_eq!(id, "2");
        SESSION_PATH.try_into().unwrap()
    }
}

/// As logind does it: the alias answers, and changes are told under the session's own path.
async fn logind(bus: &PrivateBus) -> Connection {
    zbus::connection::Builder::address(bus.address.as_str())
        .serve_at(MANAGER_PATH, Manager)
        .serve_at(ALIAS_PATH, Session { locked: false })
        .serve_at(SESSION_PATH, Session { locked: false })
        .name("org.freedesktop.login1")
        .build()
        .await
        .unwrap()
}

async fn prepare_for_sleep(logind: &Connection, begins: bool) {
    let manager = "org.freedesktop.login1.Manager";
    logind
        .emit_signal(
            None::<()>,
            MANAGER_PATH,
            manager,
            "PrepareForSleep",
            &(begins,),
        )
        .await
        .unwrap();
}

/// A mailbox without mails, and the numbers of its connections as they come.
async fn mailbox() -> (u16, mpsc::Receiver<usize>) {
    let (told, connections) = mpsc::channel(100);
    let port = serve(move |mut peer, number| {
        let told = told.clone();
        async move {
            peer.log_in("IDLE").await;
            peer.open(0, 1).await;
            peer.idle().await;
            told.send(number).await.ok();
            peer.wait_for_end().await;
        }
    })
    .await;
    (port, connections)
}

async fn next(connections: &mut mpsc::Receiver<usize>, process: &Process) -> usize {
    timeout(Duration::from_secs(20), connections.recv())
        .await
        .unwrap_or_else(|_| panic!("no connection: {}", process.log()))
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_machine_wakes_up_every_account_connects_anew_at_once() {
    let bus = PrivateBus::start();
    let logind = logind(&bus).await;
    let (home, mut at_home) = mailbox().await;
    let (work, mut at_work) = mailbox().await;
    // Nothing else may bring a new connection about within the time of this test.
    let head = "[limits]\nclock_check = \"1h\"";
    let process = Process::start(
        &config(head, &[("home", home), ("work", work)]),
        &[("DBUS_SYSTEM_BUS_ADDRESS", &bus.address)],
    );
    assert_eq!(next(&mut at_home, &process).await, 0);
    assert_eq!(next(&mut at_work, &process).await, 0);
    // The match rule is in place some moments after the start: the signal is repeated until it is heard.
    let mut is_connected_anew = false;
    for _ in 0..100 {
        prepare_for_sleep(&logind, true).await;
        prepare_for_sleep(&logind, false).await;
        if let Ok(number) = timeout(Duration::from_millis(200), at_home.recv()).await {
            assert!(number.unwrap() >= 1);
            is_connected_anew = true;
            break;
        }
    }
    assert!(is_connected_anew, "{}", process.log());
    assert!(next(&mut at_work, &process).await >= 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_screen_is_an_input_of_every_correlator() {
    let bus = PrivateBus::start();
    let logind = logind(&bus).await;
    let (home, mut at_home) = mailbox().await;
    let process = Process::start(
        &config("", &[("home", home)]),
        &[("DBUS_SYSTEM_BUS_ADDRESS", &bus.address)],
    );
    next(&mut at_home, &process).await;
    let session = logind
        .object_server()
        .interface::<_, Session>(SESSION_PATH)
        .await
        .unwrap();
    for attempt in 0..100 {
        {
            let mut inside = session.get_mut().await;
            inside.locked = attempt % 2 == 0;
            inside
                .locked_hint_changed(session.signal_emitter())
                .await
                .unwrap();
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        let mut is_known = false;
        let read = Store::open_read_only(&process.state_file()).and_then(|reader| {
            reader.replay(0, |entry| {
                is_known |= entry.input == Input::Screen { idle: true };
                Ok(())
            })
        });
        if read.is_ok() && is_known {
            return;
        }
    }
    panic!("the lock is not known: {}", process.log());
}
