//! The daemon against a real Dovecot behind a network that fails: every mail is taken in once, every alert rings once.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::wildcard_enum_match_arm,
    missing_docs,
    reason = "a test may panic, and this one measures real time"
)]
#![cfg(feature = "demo")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use mailward::config::{ChannelKind, Config, parse};
use mailward::daemon::{self, Seen, Setup};
use mailward::engine::alert::{Alert, Subject};
use mailward::engine::correlator::Input;
use mailward::engine::rule::RuleSet;
use mailward::engine::wording::Language;
use mailward::io::store::Store;
use mailward::io::store::error::StoreError;
use mailward::io::store::journal::Entry;
use mailward::io::store::reader::Reader;
use mailward::io::{clock, environment};
use rusqlite::{Connection, OpenFlags};
use tokio_util::sync::CancellationToken;

use crate::support::account::quick;
use crate::support::dovecot::Dovecot;
use crate::support::dovecot::loopback::{give, make_certificate};
use crate::support::proxy::{Fault, Proxy};

#[path = "crash/journal.rs"]
mod journal;
#[path = "crash/mails.rs"]
mod mails;
mod support;

/// The seed of every run, so that a failure can be repeated.
const SEED: u64 = 20_261_122;

/// People, each with a mailbox: their alerts ring side by side.
const PEOPLE: u32 = 4;

/// For whatever is waited for at the end; the machine may be busy.
const PATIENCE: Duration = Duration::from_mins(2);

/// Every fault of the suite; each happens as often as the others.
const FAULTS: [Blow; 8] = [
    Blow::Network(Fault::Reset),
    Blow::Network(Fault::BlackHole),
    Blow::Network(Fault::BlackHoleInMessage),
    Blow::Network(Fault::HalfClose),
    Blow::Network(Fault::Drip(Duration::from_secs(1))),
    Blow::Network(Fault::Late(Duration::from_secs(2))),
    Blow::ServerKilled,
    Blow::CertificateChanged,
];

#[derive(Debug, Clone, Copy)]
enum Blow {
    Network(Fault),
    /// SIGKILL, and a start.
    ServerKilled,
    /// The same, with another key and certificate.
    CertificateChanged,
}

/// A small generator of numbers that look random (Marsaglia's xorshift64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// What the daemon showed.
#[derive(Default)]
struct Shown {
    /// When the signal of each mail was there, by Message-ID.
    signals: BTreeMap<String, Vec<Instant>>,
    alerts: BTreeMap<String, u32>,
    watching: u32,
}

#[derive(Clone, Default)]
struct Screen(Arc<Mutex<Shown>>);

impl Screen {
    fn look(&self) -> MutexGuard<'_, Shown> {
        self.0.lock().unwrap()
    }

    fn see(&self, seen: Seen<'_>) {
        let mut shown = self.look();
        match seen {
            Seen::Watching => shown.watching += 1,
            Seen::Mail(Some(signal)) => {
                let id = signal.message_id.clone().unwrap();
                shown.signals.entry(id).or_default().push(Instant::now());
            }
            Seen::Mail(None) | Seen::Stored => {}
            Seen::Alert(alert, _) => *shown.alerts.entry(alert.id.clone()).or_default() += 1,
        }
    }
}

fn person(number: u32) -> String {
    format!("person-{number}")
}

fn user(number: u32) -> String {
    format!("{}@example.com", person(number))
}

fn config(folder: &Path, port: u16, certificate: &Path) -> Config {
    let file = folder.join("mailward.toml");
    let mut text = "language = \"en\"\ndkim = false\ntime_zone = \"Asia/Tokyo\"\n[[channel]]\nkind = \"journal\"\n".to_owned();
    for number in 0..PEOPLE {
        let _ = write!(
            text,
            "[[account]]\nname = \"{0}\"\nperson = \"{0}\"\nhost = \"localhost\"\nport = {port}\nsecurity = \"tls\"\n\
             ca_file = \"{1}\"\nuser = \"{2}\"\naddresses = [\"{2}\"]\nauthserv_ids = [\"{3}\"]\n\
             password_command = [\"printf\", \"secret\"]\n",
            person(number),
            certificate.display(),
            user(number),
            mails::AUTHSERV_ID,
        );
    }
    std::fs::write(&file, text).unwrap();
    let mut config = parse::load(&file).unwrap();
    config.channels[0].kind = ChannelKind::Screen;
    let limits = &mut config.limits;
    limits.policy = quick().policy;
    limits.policy.renew_after = SignedDuration::from_millis(800);
    // Longer than the latency that is put in: such a link is slow, not dead.
    limits.command_timeout = Duration::from_millis(2_500);
    limits.done_timeout = Duration::from_millis(2_200);
    config
}

fn strike(blow: Blow, server: &mut Dovecot, proxy: &Proxy) {
    match blow {
        Blow::Network(fault) => proxy.strike(fault),
        Blow::ServerKilled => {
            server.kill();
            server.launch();
        }
        Blow::CertificateChanged => {
            server.kill();
            make_certificate(&server.ssl());
            give(&server.ssl());
            server.launch();
        }
    }
}

/// The next mail: orders, codes and cancellations among letters that say nothing. Gives whether it says something.
fn next_mail(number: u32, numbers: &mut Numbers) -> (mails::Draft, bool) {
    match numbers.below(10) {
        0 => (mails::code(number), true),
        1..=3 => (mails::gift(number), true),
        4 => (mails::cancelled(number), true),
        _ => (mails::letter(number), false),
    }
}

fn message_id(text: &str) -> String {
    let line = text.lines().find_map(|it| it.strip_prefix("Message-ID: <"));
    line.unwrap().trim_end_matches('>').to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_faults_lose_no_mail_and_no_alert_and_repeat_none() {
    let Some(mut server) = Dovecot::start() else {
        return;
    };
    let full = environment::variable("MAILWARD_FULL").is_some();
    let (mails, faults): (u32, u32) = if full { (500, 200) } else { (75, 30) };
    let proxy = Proxy::start(server.imaps).await;
    let folder = tempfile::tempdir().unwrap();
    let state_file = folder.path().join("state.db");
    let screen = Screen::default();
    let witness = screen.clone();
    let setup = Setup {
        config: config(folder.path(), proxy.port, &server.certificate()),
        rules: Arc::new(RuleSet::built_in().unwrap()),
        state_file: state_file.clone(),
        language: Language::En,
        clock: clock::system(),
        link_clock: clock::system(),
        nap: Duration::from_secs(1),
        notices_sleep: false,
        witness: Some(Arc::new(move |seen| witness.see(seen))),
    };
    let stop = CancellationToken::new();
    let running = tokio::spawn(daemon::run(setup, stop.clone()));
    until("it watches", || screen.look().watching >= PEOPLE).await;

    let mut numbers = Numbers(SEED);
    let mut delivered: BTreeMap<String, Instant> = BTreeMap::new();
    let mut boxes = [0; PEOPLE as usize];
    let mut struck = 0;
    let began = Instant::now();
    for number in 0..mails {
        // Each delivery is as likely as any other to be struck, and all faults happen.
        if numbers.below(u64::from(mails - number)) < u64::from(faults - struck) {
            let blow = FAULTS[struck as usize % FAULTS.len()];
            tokio::task::block_in_place(|| strike(blow, &mut server, &proxy));
            struck += 1;
        }
        let (draft, says) = next_mail(number, &mut numbers);
        let owner = numbers.below(u64::from(PEOPLE));
        let to = user(u32::try_from(owner).unwrap());
        boxes[usize::try_from(owner).unwrap()] += 1;
        let bytes = draft.sent_to(&to, Timestamp::now());
        let text = std::str::from_utf8(&bytes).unwrap();
        tokio::task::block_in_place(|| server.deliver(&to, text));
        if says {
            delivered.insert(message_id(text), Instant::now());
        }
        // A while for whatever comes, so that faults strike in every phase of the watch.
        tokio::time::sleep(Duration::from_millis(numbers.below(600))).await;
    }
    until("all mails are read and all alerts delivered", || {
        is_done(&state_file, &boxes)
    })
    .await;
    stop.cancel();
    running.await.unwrap().unwrap();
    assert_eq!(struck, faults);

    let reader = Store::open_read_only(&state_file).unwrap();
    assert_each_mail_once(&reader, mails, &delivered);
    let alerts = assert_each_alert_once(&reader, &state_file, &screen.look().alerts);
    let shown = screen.look();
    let late = delivered
        .iter()
        .map(|(id, at)| shown.signals[id][0].saturating_duration_since(*at));
    eprintln!(
        "{struck} faults, {mails} mails, all taken in once; {alerts} alerts, none lost, none twice; longest from \
         delivery to sight {:?}; {:.0?} in all",
        late.max().unwrap(),
        began.elapsed()
    );
    for (number, mails) in (0..).zip(boxes) {
        let state = "STATUS INBOX (MESSAGES UNSEEN)".to_owned();
        let said = server.imap(&user(number), &[state]);
        let untouched = format!("(MESSAGES {mails} UNSEEN {mails})");
        assert!(said.contains(&untouched), "{said}");
    }
}

async fn until(what: &str, holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE, "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn is_done(state_file: &Path, boxes: &[u32]) -> bool {
    let Ok(reader) = Store::open_read_only(state_file) else {
        return false;
    };
    let all_read = (0..).zip(boxes).all(|(number, mails)| {
        let cursors = reader.cursors(&person(number)).unwrap_or_default();
        let next = cursors.get("INBOX").map(|cursor| cursor.next_uid);
        next == Some(mails + 1)
    });
    all_read && reader.pending_alerts().is_ok_and(|it| it.is_empty())
}

/// The journal holds the arrival of each mail once, and the signal of each that says something once.
fn assert_each_mail_once(reader: &Reader, mails: u32, delivered: &BTreeMap<String, Instant>) {
    let (mut arrived, mut signals) = (0, Vec::new());
    let replayed = reader.replay(0, |entry: Entry| {
        match entry.input {
            Input::Arrived { .. } => arrived += 1,
            Input::Signal(signal) => signals.push(signal.message_id.unwrap()),
            _ => {}
        }
        Ok::<(), StoreError>(())
    });
    replayed.unwrap();
    assert_eq!(arrived, mails, "each mail arrives once");
    signals.sort();
    let expected: Vec<String> = delivered.keys().cloned().collect();
    assert_eq!(signals, expected, "each signal is taken in once");
}

/// What is stored is what the journal comes to; each rang once on the channel unless a later one took its place. Gives
/// how many there are.
fn assert_each_alert_once(
    reader: &Reader,
    state_file: &Path,
    shown: &BTreeMap<String, u32>,
) -> usize {
    let stored: BTreeMap<String, Alert> = reader
        .alerts(0, 10_000)
        .unwrap()
        .into_iter()
        .map(|(_, alert)| (alert.id.clone(), alert))
        .collect();
    let health = |alert: &Alert| matches!(alert.subject, Subject::Health(_));
    assert!(!stored.values().any(health), "{stored:#?}");
    assert_eq!(stored, journal::rung(reader));
    assert!(stored.len() >= 2 * PEOPLE as usize, "{stored:#?}");
    let connection =
        Connection::open_with_flags(state_file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    for id in stored.keys() {
        let state: String = connection
            .query_row(
                "SELECT state FROM deliveries WHERE alert = ?1",
                [id],
                |row| row.get(0),
            )
            .unwrap();
        let times = shown.get(id).copied().unwrap_or(0);
        match state.as_str() {
            "delivered" => assert_eq!(times, 1, "{id}"),
            "superseded" => assert_eq!(times, 0, "{id}"),
            other => panic!("{id} is {other}"),
        }
    }
    assert!(shown.keys().all(|id| stored.contains_key(id)), "{shown:?}");
    stored.len()
}
