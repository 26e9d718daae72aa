//! How often a daemon with nothing to do wakes the machine: a laptop must be able to rest.
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::print_stderr,
    missing_docs,
    reason = "a test may panic, and this one stops tokio's clock"
)]

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use mailward::config::parse;
use mailward::daemon::{self, Setup};
use mailward::engine::rule::RuleSet;
use mailward::engine::wording::Language;
use mailward::io::clock::Clock;
use tokio_util::sync::CancellationToken;

use crate::support::script::serve;

mod support;

/// The real daemon and real I/O with a paused clock: tokio jumps to the next timer whenever nothing else can be done.
/// Whatever wakes asks for the time, so the moments that are asked for are the moments at which anything woke.
#[tokio::test(start_paused = true)]
async fn an_idle_daemon_with_one_account_wakes_four_times_a_minute_and_never_sleeps_longer_than_15_seconds()
 {
    let port = serve(|mut peer, _| async move {
        peer.log_in("IDLE").await;
        peer.open(0, 1).await;
        loop {
            let tag = peer.idle().await;
            peer.done(&tag).await;
        }
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "secret").unwrap();
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o600)).unwrap();
    // The socket is real, so an answer may come later than the jump of the clock: the limits must not be short.
    let text = format!(
        "language = \"en\"\ntime_zone = \"UTC\"\ndkim = false\n\
         [limits]\ncommand_timeout = \"60m\"\nconnect_timeout = \"60m\"\ndone_timeout = \"60m\"\n\
         [[account]]\nname = \"home\"\nhost = \"127.0.0.1\"\nport = {port}\nsecurity = \"none\"\n\
         user = \"hanako@example.com\"\naddresses = [\"hanako@example.com\"]\nfolders = [\"INBOX\"]\n\
         password_file = \"{}\"\n[[channel]]\nkind = \"journal\"\n",
        secret.display()
    );
    let config = parse::parse(&text, &folder.path().join("mailward.toml")).unwrap();
    let start: Timestamp = "2026-11-22T03:00:00Z".parse().unwrap();
    let began = tokio::time::Instant::now();
    let moments: Arc<Mutex<BTreeSet<Duration>>> = Arc::default();
    let seen = Arc::clone(&moments);
    let clock: Clock = Arc::new(move || {
        let passed = began.elapsed();
        seen.lock().unwrap().insert(passed);
        start + SignedDuration::try_from(passed).unwrap()
    });
    let setup = Setup {
        config,
        rules: Arc::new(RuleSet::built_in().unwrap()),
        state_file: folder.path().join("mailward.db"),
        language: Language::En,
        clock: Arc::clone(&clock),
        link_clock: clock,
        nap: Duration::from_secs(30),
        notices_sleep: false,
        witness: None,
    };
    let stop = CancellationToken::new();
    let running = tokio::spawn(daemon::run(setup, stop.clone()));
    tokio::time::sleep(Duration::from_mins(10)).await;
    moments.lock().unwrap().clear();
    tokio::time::sleep(Duration::from_hours(1)).await;
    let moments = std::mem::take(&mut *moments.lock().unwrap());
    stop.cancel();
    running.await.unwrap().unwrap();
    eprintln!("{} wake-ups in an hour", moments.len());
    assert!(moments.len() <= 5 * 60, "{} in an hour", moments.len());
    let gaps = moments.iter().zip(moments.iter().skip(1));
    let longest = gaps
        .map(|(one, next)| next.saturating_sub(*one))
        .max()
        .unwrap();
    assert!(longest <= Duration::from_millis(15_100), "{longest:?}");
}
