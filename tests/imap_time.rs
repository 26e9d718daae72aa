//! The watcher and time: how fast it reacts, what it does after a sleep, and over a quiet day.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stderr,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a test may panic, and this one measures real time"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use mailward::engine::watch::output::Activity;
use mailward::engine::watch::policy::Policy;
use mailward::io::clock::{self, Clock};
use mailward::io::imap::{Limits, Options, Security};
use tokio::sync::mpsc;

use crate::support::account::{Password, Told, Watched, plain};
use crate::support::script::{serve, serve_tls};
use crate::support::watching::{resident_kib, stored};

mod support;

/// From the server's EXISTS to the mail in the daemon's hands: no command may wait for the peer's delayed
/// acknowledgement, which takes 40 ms.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_is_in_hand_milliseconds_after_the_doorbell() {
    const MAILS: u32 = 300;
    let folder = tempfile::tempdir().unwrap();
    let certificate = folder.path().join("cert.pem");
    let (button, bell) = mpsc::channel::<u32>(1);
    let mut bell = Some(bell);
    let rung_at: Arc<std::sync::Mutex<Option<Instant>>> = Arc::default();
    let when = Arc::clone(&rung_at);
    let port = serve_tls(&certificate, move |mut peer, _| {
        let mut bell = bell.take().expect("one connection is enough");
        let when = Arc::clone(&when);
        async move {
            peer.up_to_date().await;
            loop {
                let tag = peer.idle().await;
                let Some(uid) = bell.recv().await else {
                    return;
                };
                *when.lock().unwrap() = Some(Instant::now());
                peer.say(&format!("* {uid} EXISTS")).await;
                peer.done(&tag).await;
                let text = "Subject: a mail\r\n\r\nof an ordinary size\r\n".repeat(100);
                peer.fetch(&format!("{uid}:*"), &[(uid, &text)]).await;
            }
        }
    })
    .await;
    let options = Options {
        host: "localhost".to_owned(),
        security: Security::Tls,
        ca_file: Some(certificate),
        ..plain(port)
    };
    let mut watched = Watched::start(options, Password("secret"), stored());
    let mut times = Vec::new();
    for uid in 5..5 + MAILS {
        watched.until(Activity::Idling).await;
        button.send(uid).await.unwrap();
        watched.mail().await;
        times.push(rung_at.lock().unwrap().unwrap().elapsed());
    }
    times.sort();
    let at = |share: usize| times[(times.len() - 1) * share / 100];
    eprintln!(
        "EXISTS to mail in hand, TLS on loopback, {MAILS} mails: p50 {:?} p90 {:?} p99 {:?} max {:?}",
        at(50),
        at(90),
        at(99),
        at(100)
    );
    assert!(at(50) < Duration::from_millis(10), "{:?}", at(50));
    assert!(at(90) < Duration::from_millis(40), "{:?}", at(90));
}

#[tokio::test]
async fn after_a_sleep_of_the_machine_the_watch_connects_anew_at_once() {
    let port = serve(|mut peer, number| async move {
        peer.log_in("IDLE").await;
        peer.open(4, 5).await;
        // While the machine slept a mail came; the old connection looks as if nothing had happened.
        let mails: &[(u32, &str)] = if number == 0 { &[] } else { &[(5, "new")] };
        peer.fetch("5:*", mails).await;
        peer.idle().await;
        peer.wait_for_end().await;
    })
    .await;
    let asleep = Arc::new(AtomicI64::new(0));
    let slept = Arc::clone(&asleep);
    let clock: Clock = Arc::new(move || {
        let hours = slept.load(Ordering::SeqCst);
        clock::now()
            .checked_add(SignedDuration::from_hours(hours))
            .unwrap()
    });
    let mut options = plain(port);
    options.limits.clock_check = Duration::from_millis(20);
    let mut watched = Watched::start_with_clock(options, Password("secret"), stored(), clock);
    watched.until(Activity::Idling).await;
    asleep.store(8, Ordering::SeqCst);
    assert_eq!(watched.mail().await, "new");
    let told = watched.until(Activity::Idling).await;
    let health = told.iter().any(|it| matches!(it, Told::Health(_)));
    assert!(!health, "a night's sleep is no trouble: {told:?}");
}

/// The real I/O with a paused clock: tokio jumps to the next timer whenever nothing else can be done.
#[tokio::test(start_paused = true)]
async fn a_quiet_day_costs_one_connection_and_a_renewal_each_five_minutes() {
    let connects = Arc::new(AtomicUsize::new(0));
    let renewals = Arc::new(AtomicUsize::new(0));
    let bytes = Arc::new(AtomicU64::new(0));
    let (counted, renewed) = (Arc::clone(&connects), Arc::clone(&renewals));
    let carried = Arc::clone(&bytes);
    let port = serve(move |mut peer, _| {
        counted.fetch_add(1, Ordering::SeqCst);
        let renewed = Arc::clone(&renewed);
        let carried = Arc::clone(&carried);
        async move {
            peer.up_to_date().await;
            loop {
                let tag = peer.idle().await;
                peer.done(&tag).await;
                peer.fetch("5:*", &[]).await;
                renewed.fetch_add(1, Ordering::SeqCst);
                carried.store(peer.bytes, Ordering::SeqCst);
            }
        }
    })
    .await;
    let start: Timestamp = "2026-11-22T03:00:00Z".parse().unwrap();
    let began = tokio::time::Instant::now();
    let clock: Clock = Arc::new(move || {
        let passed = SignedDuration::try_from(began.elapsed()).unwrap();
        start.checked_add(passed).unwrap()
    });
    // The socket is real, so an answer may come later than the jump of the clock: the limits must not be short.
    let limits = Limits {
        policy: Policy::default(),
        step: Duration::from_hours(1),
        done: Duration::from_hours(1),
        connect: Duration::from_hours(1),
        ..Limits::default()
    };
    let options = Options {
        limits,
        ..plain(port)
    };
    let mut watched = Watched::start_with_clock(options, Password("secret"), stored(), clock);
    // What a first hour needs is no leak.
    watched.idle_for(Duration::from_hours(1)).await;
    let before = resident_kib();
    watched.idle_for(Duration::from_hours(23)).await;
    let grown = resident_kib().saturating_sub(before);
    let renewals = renewals.load(Ordering::SeqCst);
    let bytes = bytes.load(Ordering::SeqCst);
    let connected = connects.load(Ordering::SeqCst);
    eprintln!(
        "24 h of idle: {connected} connect, {renewals} renewals, {bytes} bytes, {grown} KiB more resident memory"
    );
    assert!(bytes < 64 * 1024, "{bytes}");
    assert!(grown < 4 * 1024, "{grown} KiB");
    assert_eq!(connects.load(Ordering::SeqCst), 1);
    assert!((200..=290).contains(&renewals), "{renewals}");
}
