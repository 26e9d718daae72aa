//! Kill -9 of the real daemon at random moments while a real Dovecot takes mails in: each is accounted for once, and
//! every alert is delivered.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::wildcard_enum_match_arm,
    missing_docs,
    reason = "a test may panic, and a real daemon is waited for in real time"
)]
#![cfg(feature = "demo")]

#[path = "support/dovecot.rs"]
mod dovecot;
#[path = "crash/journal.rs"]
mod journal;
#[path = "crash/mails.rs"]
mod mails;
#[path = "support/notification_server.rs"]
mod notification_server;
#[path = "support/watched.rs"]
mod watched;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use mailward::daemon::speech::Speech;
use mailward::engine::alert::{Alert, Subject};
use mailward::engine::correlator::Input;
use mailward::engine::incident::Severity;
use mailward::engine::message::RawMail;
use mailward::engine::rule::{self, RuleSet};
use mailward::engine::wording::{CardIssuer, Language};
use mailward::io::environment;
use mailward::io::store::error::StoreError;
use mailward::io::store::journal::Entry;
use rusqlite::{Connection, OpenFlags};

use dovecot::Dovecot;
use mails::{AUTHSERV_ID, Draft};
use notification_server::{NotificationServer, PrivateBus};
use watched::Daemon;

/// The seed of every run, so that a failure can be repeated.
const SEED: u64 = 20_261_122;

/// People, each with a mailbox: four incidents ring side by side.
const PEOPLE: u32 = 4;

/// For whatever is waited for at the end; the machine may be busy.
const PATIENCE: Duration = Duration::from_mins(1);

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

/// A mail that was delivered.
struct Delivered {
    person: u32,
    bytes: Vec<u8>,
    message_id: String,
    says: bool,
}

fn person(number: u32) -> String {
    format!("person-{number}")
}

fn user(number: u32) -> String {
    format!("{}@example.com", person(number))
}

fn config(server: &Dovecot) -> String {
    let mut config = "language = \"ja\"\ndkim = false\ntime_zone = \"Asia/Tokyo\"\n\
         card_issuer = { name = \"Example Card\", phone = \"0120-000-000\" }\n\
         [[channel]]\nkind = \"journal\"\n[[channel]]\nkind = \"desktop\"\n"
        .to_owned();
    for number in 0..PEOPLE {
        let _ = write!(
            config,
            "[[account]]\nname = \"{0}\"\nperson = \"{0}\"\nhost = \"localhost\"\nport = {1}\nsecurity = \"tls\"\n\
             ca_file = \"{2}\"\nuser = \"{3}\"\naddresses = [\"{3}\"]\nauthserv_ids = [\"{AUTHSERV_ID}\"]\n\
             password_command = [\"printf\", \"secret\"]\n",
            person(number),
            server.imaps,
            server.certificate().display(),
            user(number),
        );
    }
    config
}

/// The next mail: orders, codes and cancellations among letters that say nothing.
fn draft(number: u32, numbers: &mut Numbers) -> (Draft, bool) {
    match numbers.below(10) {
        0 => (mails::code(number), true),
        1..=3 => (mails::gift(number), true),
        4 => (mails::cancelled(number), true),
        _ => (mails::letter(number), false),
    }
}

fn message_id(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let line = text.lines().find_map(|it| it.strip_prefix("Message-ID: <"));
    line.unwrap().trim_end_matches('>').to_owned()
}

/// Delivers the mails, and kills and starts the daemon in between. Returns the mails and the moments of the kills.
fn deliver(
    server: &Dovecot,
    daemon: &mut Daemon,
    mails: u32,
    kills: u32,
) -> (Vec<Delivered>, Vec<Timestamp>) {
    let mut numbers = Numbers(SEED);
    let mut delivered = Vec::new();
    let mut struck = Vec::new();
    for number in 0..mails {
        let person = u32::try_from(numbers.below(u64::from(PEOPLE))).unwrap();
        let (draft, says) = draft(number, &mut numbers);
        let bytes = draft.sent_to(&user(person), Timestamp::now());
        server.deliver(&user(person), std::str::from_utf8(&bytes).unwrap());
        delivered.push(Delivered {
            person,
            message_id: message_id(&bytes),
            bytes,
            says,
        });
        // Each delivery is as likely as any other to be followed by a kill, and all kills happen.
        let left = u32::try_from(struck.len()).unwrap();
        let pause = Duration::from_millis(numbers.below(150));
        if numbers.below(u64::from(mails - number)) < u64::from(kills - left) {
            std::thread::sleep(pause * 4);
            daemon.kill();
            struck.push(Timestamp::now());
            daemon.start_again();
        } else {
            std::thread::sleep(pause);
        }
    }
    (delivered, struck)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_at_random_moments_lose_no_mail_and_no_alert() {
    let Some(server) = Dovecot::start() else {
        return;
    };
    let full = environment::variable("MAILWARD_FULL").is_some();
    let (mails, kills) = if full { (1_000, 100) } else { (100, 10) };
    let bus = PrivateBus::start();
    let desktop = NotificationServer::start(&bus.address).await;
    let folder = tempfile::Builder::new()
        .prefix("mailward-kills-")
        .tempdir()
        .unwrap();
    let mut daemon = Daemon::with(folder, &config(&server), Some(&bus.address));
    daemon
        .until(PATIENCE, || idles(&daemon.log()).len() >= 4)
        .await;
    let began = Instant::now();
    let (delivered, struck) =
        tokio::task::block_in_place(|| deliver(&server, &mut daemon, mails, kills));
    let expected: BTreeMap<u32, u32> = (0..PEOPLE)
        .map(|person| {
            let theirs = delivered.iter().filter(|mail| mail.person == person);
            (person, u32::try_from(theirs.count()).unwrap())
        })
        .collect();
    daemon.until(PATIENCE, || is_done(&daemon, &expected)).await;
    let last = *struck.last().unwrap();
    let watches = |idled: &Vec<Timestamp>| idled.iter().any(|at| *at > last);
    daemon
        .until(PATIENCE, || idles(&daemon.log()).values().all(watches))
        .await;
    let took = began.elapsed();
    let log = daemon.stop();
    assert_eq!(u32::try_from(struck.len()).unwrap(), kills);

    assert_each_mail_once(&daemon, &delivered);
    let alerts = assert_alerts_follow_from_the_journal(&daemon);
    let repeated = assert_all_delivered(&daemon, &alerts, &log);
    let shown = desktop.notified();
    for (alert, text) in &alerts {
        if is_delivered(&daemon, &alert.id, "desktop") {
            let seen = shown.iter().any(|shown| shown.summary == *text);
            assert!(seen, "{} was not shown", alert.id);
        }
    }
    println!(
        "{mails} mails, {kills} kills in {took:.0?}: {} alerts, {repeated} repeated under the same id; longest \
         without a watch {:.1?}",
        alerts.len(),
        longest_blindness(&log, &struck)
    );
}

/// The moments at which an account began to idle, by account.
fn idles(log: &str) -> BTreeMap<String, Vec<Timestamp>> {
    let mut idles: BTreeMap<String, Vec<Timestamp>> = BTreeMap::new();
    for line in log.lines().filter(|line| line.contains("state=Idling")) {
        let at = line.split_whitespace().next().unwrap().parse().unwrap();
        let name = line.split("account=\"").nth(1).unwrap();
        let name = name.split('"').next().unwrap().to_owned();
        idles.entry(name).or_default().push(at);
    }
    idles
}

/// The longest time from a kill until the account idled again, further kills in between or not.
fn longest_blindness(log: &str, struck: &[Timestamp]) -> Duration {
    let mut longest = SignedDuration::ZERO;
    for idled in idles(log).values() {
        let mut seen_until = Timestamp::MIN;
        for kill in struck {
            if *kill < seen_until {
                continue;
            }
            let again = idled.iter().find(|at| *at > kill).unwrap();
            longest = longest.max(again.duration_since(*kill));
            seen_until = *again;
        }
    }
    longest.try_into().unwrap()
}

fn is_done(daemon: &Daemon, expected: &BTreeMap<u32, u32>) -> bool {
    let Some(reader) = daemon.reader() else {
        return false;
    };
    let all_read = expected.iter().all(|(number, mails)| {
        let cursors = reader.cursors(&person(*number)).unwrap_or_default();
        let next = cursors.get("INBOX").map(|cursor| cursor.next_uid);
        next == Some(mails + 1)
    });
    all_read && reader.pending_alerts().is_ok_and(|it| it.is_empty())
}

fn connection(daemon: &Daemon) -> Connection {
    Connection::open_with_flags(daemon.state_file(), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
}

/// The journal holds the arrival of each mail once, and the signal of each that says something once.
fn assert_each_mail_once(daemon: &Daemon, delivered: &[Delivered]) {
    let mut expected: Vec<(String, u32)> = delivered
        .iter()
        .map(|mail| {
            let raw = RawMail {
                source: String::new(),
                arrived_at: Timestamp::UNIX_EPOCH,
                full_size: mail.bytes.len() as u64,
                bytes: mail.bytes.clone(),
            };
            (person(mail.person), rule::sender_hash(&raw.bytes))
        })
        .collect();
    let mut signals: Vec<String> = delivered
        .iter()
        .filter(|mail| mail.says)
        .map(|mail| mail.message_id.clone())
        .collect();
    let mut arrived = Vec::new();
    let mut found = Vec::new();
    let replayed = daemon.reader().unwrap().replay(0, |entry: Entry| {
        match entry.input {
            Input::Arrived { sender, .. } => arrived.push((entry.person, sender)),
            Input::Signal(signal) => found.push(signal.message_id.unwrap()),
            _ => {}
        }
        Ok::<(), StoreError>(())
    });
    replayed.unwrap();
    expected.sort();
    arrived.sort();
    assert_eq!(arrived, expected, "each mail arrives once");
    signals.sort();
    found.sort();
    assert_eq!(found, signals, "each signal is taken in once");
}

/// What the correlators ring when they take the journal in again is what was stored, word for word: none is lost, none
/// was made twice. Gives the alerts with their titles.
fn assert_alerts_follow_from_the_journal(daemon: &Daemon) -> Vec<(Alert, String)> {
    let reader = daemon.reader().unwrap();
    let rung = journal::rung(&reader);
    let stored: BTreeMap<String, Alert> = daemon
        .alerts()
        .into_iter()
        .map(|alert| (alert.id.clone(), alert))
        .collect();
    assert_eq!(stored, rung);
    let critical = stored
        .values()
        .filter(|it| it.severity == Severity::Critical);
    assert!(
        critical.count() >= PEOPLE as usize && stored.len() > PEOPLE as usize,
        "everybody is told of the worst, and somebody of something before, as the kills fall: {stored:#?}"
    );
    let speech = Speech::of(
        Arc::new(RuleSet::built_in().unwrap()),
        Language::Ja,
        TimeZone::get("Asia/Tokyo").unwrap(),
        Some(CardIssuer {
            name: "Example Card".to_owned(),
            phone: "0120-000-000".to_owned(),
        }),
    );
    let titled = stored.into_values().map(|alert| {
        assert!(!matches!(alert.subject, Subject::Health(_)), "{alert:?}");
        let title = speech.alert(&alert, alert.at).title;
        (alert, title)
    });
    titled.collect()
}

/// Every alert stands on the journal channel, or a later one of its thread took its place there; what stands there more
/// than once is the same each time. Gives how many lines were repeated.
fn assert_all_delivered(daemon: &Daemon, alerts: &[(Alert, String)], log: &str) -> usize {
    let levels = ["info", "notice", "warning", "critical"];
    let mut lines: Vec<&str> = log
        .lines()
        .filter(|line| {
            let level = line.split(' ').nth(1);
            level.is_some_and(|level| levels.contains(&level))
        })
        .collect();
    let all = lines.len();
    lines.sort_unstable();
    lines.dedup();
    let connection = connection(daemon);
    let unsettled: u32 = connection
        .query_row(
            "SELECT count(*) FROM deliveries WHERE state NOT IN ('delivered', 'superseded')",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(unsettled, 0, "an alert did not get through");
    let mut told = 0;
    for (alert, title) in alerts {
        let start = format!("{:.0} {} [", alert.at, alert.severity);
        let own = lines
            .iter()
            .filter(|line| line.starts_with(&start) && line.contains(title) && names(line, alert));
        let own = own.count();
        let delivered = is_delivered(daemon, &alert.id, "journal");
        assert!(own <= 1, "{} says different things", alert.id);
        assert!(own == 1 || !delivered, "{} was never printed", alert.id);
        told += own;
    }
    assert_eq!(told, lines.len(), "a line belongs to no alert: {lines:#?}");
    all - lines.len()
}

/// Whether a line ends with the hint that names the alert's incident.
fn names(line: &str, alert: &Alert) -> bool {
    line.contains(&alert.thread)
}

fn is_delivered(daemon: &Daemon, alert: &str, channel: &str) -> bool {
    let state: String = connection(daemon)
        .query_row(
            "SELECT state FROM deliveries WHERE alert = ?1 AND channel = ?2",
            [alert, channel],
            |row| row.get(0),
        )
        .unwrap();
    state == "delivered"
}
