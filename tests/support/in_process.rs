//! The daemon inside the test, with a clock that the test moves.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    reason = "a test may panic, and a real daemon is waited for in real time"
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use mailward::config::parse;
use mailward::daemon::control::Door;
use mailward::daemon::{self, Setup};
use mailward::engine::incident::Incident;
use mailward::engine::rule::RuleSet;
use mailward::engine::wording::Language;
use mailward::io::clock;
use mailward::io::control::client::Client;
use mailward::io::control::outcome::Outcome;
use mailward::io::control::place::Place;
use mailward::io::control::protocol::{Request, Unlogged};
use mailward::io::store::Store;
use tokio_util::sync::CancellationToken;

/// A daemon that watches a mailbox which nobody serves: what it hears of comes from elsewhere.
pub struct InProcess {
    folder: PathBuf,
    now: Arc<AtomicI64>,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl InProcess {
    /// Starts it on the state in a folder, with these channels.
    pub fn start(folder: &Path, channels: &str) -> Self {
        let text = format!(
            "language = \"en\"\ntime_zone = \"UTC\"\ndkim = false\n\
             card_issuer = {{ name = \"Example Card\", phone = \"0120-000-000\" }}\n\
             [limits]\nblind_after = \"1d\"\n\
             [[account]]\nname = \"home\"\nhost = \"localhost\"\nport = 1\nuser = \"hanako@example.com\"\n\
             addresses = [\"hanako@example.com\"]\npassword_command = [\"true\"]\n{channels}"
        );
        let config = parse::parse(&text, &folder.join("mailward.toml"))
            .unwrap_or_else(|error| panic!("{error}: {}", error.hint()));
        let now = Arc::new(AtomicI64::new(clock::now().as_second()));
        let hand = Arc::clone(&now);
        let setup = Setup {
            config,
            rules: Arc::new(RuleSet::built_in().unwrap()),
            state_file: folder.join("mailward.db"),
            language: Language::En,
            clock: Arc::new(move || Timestamp::from_second(hand.load(Ordering::Relaxed)).unwrap()),
            link_clock: clock::system(),
            nap: Duration::from_millis(20),
            notices_sleep: false,
            witness: None,
        };
        let door = Door {
            place: Some(Place {
                path: folder.join("control.sock"),
                for_group: false,
            }),
            ..Door::default()
        };
        let stop = CancellationToken::new();
        let token = stop.clone();
        let task = tokio::spawn(async move {
            daemon::run_with_door(setup, door, token).await.unwrap();
        });
        Self {
            folder: folder.to_owned(),
            now,
            stop,
            task,
        }
    }

    /// Lets time pass.
    pub fn advance(&self, seconds: i64) {
        self.now.fetch_add(seconds, Ordering::Relaxed);
    }

    /// Hands over a text message on the control socket.
    pub async fn sms(&self, sender: &str, text: &str) -> Outcome {
        self.ask(Request::Ingest {
            text: Unlogged::new(text.to_owned()),
            sender: Some(sender.to_owned()),
            person: None,
        })
        .await
    }

    /// Asks it something. When the reply is there, the loop has seen everything from before.
    pub async fn ask(&self, request: Request) -> Outcome {
        let places = [self.folder.join("control.sock")];
        let asked = tokio::task::spawn_blocking(move || {
            let started = Instant::now();
            loop {
                if let Some(mut client) = Client::connect(&places).unwrap() {
                    return client.ask(&request).unwrap().unwrap();
                }
                assert!(
                    started.elapsed() < Duration::from_secs(20),
                    "nobody listens"
                );
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        asked.await.unwrap()
    }

    /// All incidents.
    pub fn incidents(&self) -> Vec<Incident> {
        let reader = Store::open_read_only(&self.folder.join("mailward.db")).unwrap();
        reader.incidents(false).unwrap()
    }

    /// Waits until something holds.
    pub async fn until(&self, what: &str, mut holds: impl FnMut() -> bool) {
        let started = Instant::now();
        while !holds() {
            assert!(
                started.elapsed() < Duration::from_secs(30),
                "not within 30 s: {what}"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Ends it as SIGTERM does.
    pub async fn stop(self) {
        self.stop.cancel();
        self.task.await.unwrap();
    }

    /// Asserts that no file of the state holds this text.
    pub fn assert_not_stored(&self, text: &str) {
        let mut looked_at = 0;
        for entry in std::fs::read_dir(&self.folder).unwrap() {
            let path = entry.unwrap().path();
            let Ok(bytes) = std::fs::read(&path) else {
                continue;
            };
            looked_at += 1;
            let found = bytes
                .windows(text.len())
                .any(|window| window == text.as_bytes());
            assert!(!found, "{text} stands in {}", path.display());
        }
        assert!(looked_at > 1, "there is no state");
    }
}
