//! The watcher against a real Dovecot behind a network that fails: every mail is seen, once.
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

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use mailward::engine::watch::output::Activity;
use mailward::io::environment;
use mailward::io::imap::{Options, Security};

use crate::support::account::{Password, Told, Watched, plain};
use crate::support::dovecot::Dovecot;
use crate::support::proxy::{Fault, Proxy};

mod support;

/// The seed of every run, so that a failure can be repeated.
const SEED: u64 = 20_261_122;

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

fn mail(number: usize) -> String {
    format!(
        "From: orders@example.com\nTo: hanako@example.com\nSubject: mail {number}\nMessage-ID: <{number}@example.com>\n\n{}",
        "a line of an ordinary mail\n".repeat(40)
    )
}

fn number(text: &str) -> usize {
    let line = text
        .lines()
        .find_map(|it| it.strip_prefix("Subject: mail "));
    line.expect("no subject").trim().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_faults_lose_no_mail_and_repeat_none() {
    let Some(mut server) = Dovecot::start() else {
        return;
    };
    let full = environment::variable("MAILWARD_FULL").is_some();
    let (mails, faults): (usize, usize) = if full { (500, 200) } else { (75, 30) };
    let proxy = Proxy::start(server.imaps).await;
    let mut options = Options {
        host: "localhost".to_owned(),
        security: Security::Tls,
        ca_file: Some(server.certificate()),
        ..plain(proxy.port)
    };
    let limits = &mut options.limits;
    limits.step = Duration::from_millis(1500);
    limits.done = Duration::from_millis(500);
    limits.policy.renew_after = SignedDuration::from_millis(800);
    let mut watched = Watched::start(options, Password("secret"), BTreeMap::new());
    watched.until(Activity::Idling).await;

    let mut numbers = Numbers(SEED);
    let mut delivered: Vec<Instant> = Vec::new();
    let mut seen: BTreeMap<usize, u32> = BTreeMap::new();
    let mut longest = Duration::ZERO;
    let mut struck = 0_usize;
    while seen.len() < mails {
        if delivered.len() < mails {
            // Each delivery is as likely as any other to be struck, and all faults happen.
            if numbers.below((mails - delivered.len()) as u64) < (faults - struck) as u64 {
                struck += 1;
                match numbers.below(7) {
                    0 | 1 => proxy.strike(Fault::Reset),
                    2 => proxy.strike(Fault::BlackHole),
                    3 => proxy.strike(Fault::HalfClose),
                    4 => proxy.strike(Fault::Drip(Duration::from_millis(100))),
                    5 => proxy.strike(Fault::Late(Duration::from_millis(300))),
                    _ => {
                        server.kill();
                        server.launch();
                    }
                }
            }
            let next = delivered.len();
            tokio::task::block_in_place(|| server.deliver("hanako", &mail(next)));
            delivered.push(Instant::now());
        }
        // A while for whatever comes, so that faults strike in every phase of the watch.
        let patience = if delivered.len() < mails {
            Duration::from_millis(numbers.below(250))
        } else {
            Duration::from_secs(15)
        };
        let told = tokio::time::timeout(patience, watched.next()).await;
        match told {
            Ok(Told::Mail(_, text)) => {
                let number = number(&text);
                *seen.entry(number).or_default() += 1;
                longest = longest.max(delivered[number].elapsed());
            }
            Ok(Told::Health(health)) => {
                let errors: Vec<&String> = watched
                    .states
                    .iter()
                    .filter_map(|it| it.last_error.as_ref())
                    .collect();
                panic!("{health:?} after {errors:#?}")
            }
            Err(late) if delivered.len() == mails => {
                let missing: Vec<usize> = (0..mails).filter(|it| !seen.contains_key(it)).collect();
                let twice: Vec<_> = seen.iter().filter(|it| *it.1 > 1).collect();
                let said = server.imap("hanako", &["EXAMINE INBOX".to_owned()]);
                let last = watched
                    .states
                    .split_off(watched.states.len().saturating_sub(3));
                panic!(
                    "{late}: missing {missing:?}, twice {twice:?}, cursor {:?}, {last:?}, {said}",
                    watched.cursors
                );
            }
            Ok(Told::Vanished(mail)) => panic!("{mail} is told to be gone, and nobody deleted it"),
            Ok(Told::Began { .. } | Told::Moved(_) | Told::Ended) | Err(_) => {}
        }
    }
    watched.until(Activity::Idling).await;
    assert!(seen.values().all(|times| *times == 1), "{seen:?}");
    eprintln!(
        "{struck} faults, {mails} mails, all seen once; longest from delivery to sight {longest:?}"
    );
    let said = server.imap("hanako", &["STATUS INBOX (MESSAGES UNSEEN)".to_owned()]);
    assert!(
        said.contains(&format!("(MESSAGES {mails} UNSEEN {mails})")),
        "{said}"
    );
}
