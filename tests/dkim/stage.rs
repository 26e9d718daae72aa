//! The daemon's stage between a mailbox and the event loop: what it changes, and that it never holds an alert back.

use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use mailward::daemon::dkim_check::DkimCheck;
use mailward::engine::cursor::Cursor;
use mailward::engine::message::RawMail;
use mailward::engine::rule::{RuleSet, Trust, signal_with_dkim};
use mailward::engine::signal::SenderVerdict;
use mailward::io::clock::Clock;
use mailward::io::dkim::KeySource;
use mailward::io::imap::Fetched;
use tokio::sync::oneshot;

use crate::RULES;
use crate::signing::{OneKey, signed};

/// Keys that come after a while, or never; and how often somebody asked.
struct Slow {
    keys: OneKey,
    delay: Option<Duration>,
    asked: AtomicUsize,
}

impl Slow {
    fn new(keys: OneKey, delay: Option<Duration>) -> Self {
        Self {
            keys,
            delay,
            asked: AtomicUsize::new(0),
        }
    }
}

impl KeySource for Slow {
    async fn key(&self, name: &str) -> Option<Vec<u8>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        match self.delay {
            None => pending().await,
            Some(delay) => tokio::time::sleep(delay).await,
        }
        self.keys.key(name).await
    }
}

fn trust() -> Trust {
    Trust {
        addresses: vec!["hanako@example.jp".to_owned()],
        authserv_ids: vec!["mx.example.jp".to_owned()],
    }
}

const START: &str = "2026-11-22T03:01:00Z";

fn fetched(mail: &str) -> Fetched {
    let bytes = mail.as_bytes().to_vec();
    Fetched {
        account: "home".to_owned(),
        folder: "INBOX".to_owned(),
        cursor: Cursor {
            uid_validity: 1,
            next_uid: 2,
        },
        raw: RawMail {
            source: "test".to_owned(),
            arrived_at: START.parse().unwrap(),
            full_size: bytes.len() as u64,
            bytes,
        },
        passed_over: None,
        dkim_domains: Vec::new(),
        stored: oneshot::channel().0,
    }
}

/// What the event loop would make of the mail.
fn verdict(rules: &RuleSet, mail: &Fetched) -> SenderVerdict {
    signal_with_dkim(rules, &mail.raw, &trust(), &mail.dkim_domains)
        .expect("a signal")
        .sender
}

struct Passed {
    verdicts: Vec<SenderVerdict>,
    waited: Vec<Duration>,
}

/// Sends the mails one after another; before each the clock moves on by its span.
async fn pass(mails: &[(Duration, &str)], keys: &Slow) -> Passed {
    let rules = RULES.clone();
    let now: Arc<Mutex<Timestamp>> = Arc::new(Mutex::new(START.parse().unwrap()));
    let clock: Clock = {
        let now = now.clone();
        Arc::new(move || *now.lock().unwrap())
    };
    let mut check = DkimCheck::new(Arc::clone(&rules), Arc::new(trust()), clock);
    let mut passed = Passed {
        verdicts: Vec::new(),
        waited: Vec::new(),
    };
    for (later, mail) in mails {
        *now.lock().unwrap() += *later;
        let start = tokio::time::Instant::now();
        let mut mail = fetched(mail);
        check.check_with(&mut mail, keys).await;
        passed.waited.push(start.elapsed());
        passed.verdicts.push(verdict(&rules, &mail));
    }
    passed
}

const AT_ONCE: Duration = Duration::ZERO;

#[tokio::test(start_paused = true)]
async fn a_mail_that_nobody_vouches_for_becomes_verified() {
    let (mail, keys) = signed("amazon.co.jp", false);
    let keys = Slow::new(keys, Some(Duration::from_millis(80)));
    let passed = pass(&[(AT_ONCE, &mail)], &keys).await;
    assert_eq!(passed.verdicts, [SenderVerdict::Verified]);
}

#[tokio::test(start_paused = true)]
async fn a_changed_body_stays_unverified() {
    let (mail, keys) = signed("amazon.co.jp", false);
    let mail = mail.replace("250-1234567-1234567", "250-1234567-7777777");
    let keys = Slow::new(keys, Some(AT_ONCE));
    let passed = pass(&[(AT_ONCE, &mail)], &keys).await;
    assert_eq!(passed.verdicts, [SenderVerdict::Unverified]);
    assert_eq!(keys.asked.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn a_silent_dns_holds_one_mail_for_five_seconds_and_the_next_not_at_all() {
    let (mail, keys) = signed("amazon.co.jp", false);
    let keys = Slow::new(keys, None);
    let mails = [
        (AT_ONCE, mail.as_str()),
        (Duration::from_mins(1), &mail),
        (Duration::from_secs(241), &mail),
    ];
    let passed = pass(&mails, &keys).await;
    assert_eq!(passed.verdicts, [SenderVerdict::Unverified; 3]);
    // The third one comes when the DNS has been left alone for five minutes.
    let five = Duration::from_secs(5);
    let near = |waited: Duration, expected: Duration| {
        waited >= expected && waited < expected + Duration::from_millis(50)
    };
    assert!(near(passed.waited[0], five), "{:?}", passed.waited);
    assert!(near(passed.waited[1], AT_ONCE), "{:?}", passed.waited);
    assert!(near(passed.waited[2], five), "{:?}", passed.waited);
    assert_eq!(keys.asked.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn the_dns_is_not_asked_where_it_changes_nothing() {
    let (mail, keys) = signed("amazon.co.jp", false);
    let keys = Slow::new(keys, None);
    let vouched = format!(
        "Authentication-Results: mx.example.jp; dmarc=pass header.from=amazon.co.jp\r\n{mail}"
    );
    let refused = format!(
        "Authentication-Results: mx.example.jp; dmarc=fail header.from=amazon.co.jp\r\n{mail}"
    );
    let passed = pass(&[(AT_ONCE, &vouched), (AT_ONCE, &refused)], &keys).await;
    assert_eq!(
        passed.verdicts,
        [SenderVerdict::Verified, SenderVerdict::Failed]
    );
    assert_eq!(keys.asked.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_mail_that_was_cut_off_passes_untouched() {
    let (mail, keys) = signed("amazon.co.jp", false);
    let keys = Slow::new(keys, None);
    let clock: Clock = Arc::new(|| START.parse().unwrap());
    let mut check = DkimCheck::new(RULES.clone(), Arc::new(trust()), clock);
    let mut cut = fetched(&mail);
    cut.raw.full_size += 1;
    check.check_with(&mut cut, &keys).await;
    assert!(cut.dkim_domains.is_empty());
    assert_eq!(keys.asked.load(Ordering::SeqCst), 0);
}
