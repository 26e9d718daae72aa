//! The daemon's own watcher on the embedded server, while a story is played: every mail once, and nothing else.
#![cfg(feature = "demo")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

mod demo_support;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use demo_support::{PASSWORD, Server, USER, start};
use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use mailward::demo::clock::StoryClock;
use mailward::demo::player::{Pace, Player, play};
use mailward::demo::story::Story;
use mailward::engine::secret::Secret;
use mailward::engine::watch::output::Activity;
use mailward::engine::wording::Language;
use mailward::io::clock::{self, Clock};
use mailward::io::imap::stage::Stage;
use mailward::io::imap::{
    Credential, Credentials, Event, Limits, Options, SecretError, Security, watch_account,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// A bound that no correct run comes near.
const LIMIT: Duration = Duration::from_secs(40);

struct Password;

impl Credentials for Password {
    fn secret(&self) -> BoxFuture<'_, Result<Credential, SecretError>> {
        async { Ok(Credential::Password(Secret::new(PASSWORD.to_owned()))) }.boxed()
    }
}

fn options(server: &Server, authority: &Path) -> Options {
    Options {
        account: "demo".to_owned(),
        host: "localhost".to_owned(),
        port: server.address.port(),
        security: Security::Tls,
        ca_file: Some(authority.to_owned()),
        user: USER.to_owned(),
        folders: vec!["INBOX".to_owned()],
        gate: mailward::io::imap::gate::Gate::default(),
        recent: Vec::new(),
        slept: || Duration::ZERO,
        wake: None,
        turn: None,
        stage: Stage::default(),
        pulse: mailward::io::imap::pulse::Pulse::default(),
        certificate: None,
        limits: Limits {
            // The story's clock jumps by hours, and the machine has not slept.
            clock_jump: None,
            ..Limits::default()
        },
    }
}

/// Plays a story before a watcher; the arrival times of the mails that it saw.
async fn watch(name: &str, on_story_time: bool) {
    let server = start().await;
    let folder = tempfile::tempdir().unwrap();
    let authority = folder.path().join("ca.pem");
    std::fs::write(&authority, &server.pem).unwrap();
    let story = Story::built_in(name).unwrap().unwrap();
    let begin = story.latest_start(clock::now(), &TimeZone::UTC);
    let moments = story.moments(Language::Ja, begin, &TimeZone::UTC).unwrap();
    let times: Vec<Timestamp> = moments.iter().map(|moment| moment.at).collect();
    let story_clock = Arc::new(StoryClock::new(begin));
    let reading: Clock = if on_story_time {
        story_clock.reading()
    } else {
        clock::system()
    };
    let (sender, mut events) = mpsc::channel(64);
    let stop = CancellationToken::new();
    let watcher = tokio::spawn(watch_account(
        options(&server, &authority),
        Arc::new(Password),
        &BTreeMap::new(),
        None,
        sender,
        reading,
        stop.clone(),
    ));
    let mut player = Some(Player::new(
        moments,
        story.tail(),
        Arc::clone(&server.mailbox),
        story_clock,
        Pace::FAST,
    ));
    let mut playing = None;
    let mut seen = Vec::new();
    let mut states = Vec::new();
    let watching = async {
        while seen.len() < times.len() {
            match events.recv().await.expect("the watch ended") {
                Event::State { state, .. } => {
                    if state.activity == Activity::Idling {
                        playing = playing.take().or_else(|| {
                            player
                                .take()
                                .map(|player| tokio::spawn(play(player, |_| ())))
                        });
                    }
                    states.push(format!("{:?}", state.activity));
                }
                Event::Mail(mail) => {
                    seen.push(mail.raw.arrived_at);
                    mail.stored.send(()).ok();
                }
                Event::CursorMoved { stored, .. } => {
                    stored.send(()).ok();
                }
                Event::Health(health) => panic!("{health:?} after {states:?}"),
                Event::CatchUpBegan { .. }
                | Event::CatchUpEnded { .. }
                | Event::Vanished { .. } => {}
            }
        }
    };
    let ended = tokio::time::timeout(LIMIT, watching).await;
    assert!(
        ended.is_ok(),
        "saw {} of {}: {states:?}",
        seen.len(),
        times.len()
    );
    assert_eq!(seen, times);
    playing.unwrap().await.unwrap();
    while let Ok(event) = events.try_recv() {
        assert!(
            !matches!(event, Event::Mail(_) | Event::Health(_)),
            "{event:?}"
        );
    }
    stop.cancel();
    watcher.await.unwrap();
    server.end().await;
}

#[tokio::test]
async fn the_takeover_is_seen_whole_on_the_real_clock() {
    watch("takeover", false).await;
}

#[tokio::test]
async fn the_takeover_is_seen_whole_on_the_clock_of_the_story() {
    watch("takeover", true).await;
}

#[tokio::test]
async fn the_mail_bomb_is_seen_whole() {
    watch("mail-bomb", true).await;
}
