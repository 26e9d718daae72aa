//! Work for `benches/instructions/run`, which counts its instructions: `KIND ROUNDS`. Without arguments each kind is done
//! once, so that `cargo test --benches` sees that it runs.

#![allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::format_collect,
    clippy::format_push_string,
    clippy::unwrap_used,
    reason = "a benchmark does not need all that it shares with the others"
)]

#[path = "correlator/mailbox.rs"]
mod mailbox;
#[path = "classify/mails.rs"]
mod mails;

use std::hint::black_box;

use mailward::engine::message::RawMail;
use mailward::engine::rule::{RuleSet, signal_of};

/// Mails, or signals, a round.
const EACH: u32 = 100;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [kind, rounds] = arguments.as_slice()
        && let Ok(rounds) = rounds.parse()
    {
        work(kind, rounds);
        return;
    }
    for kind in ["mixed", "html", "japanese", "signal"] {
        work(kind, 1);
    }
}

fn work(kind: &str, rounds: u32) {
    let make = match kind {
        "mixed" => mails::mixed,
        "html" => mails::html,
        "japanese" => mails::japanese,
        _ => {
            let mut run = mailbox::Run::new(mailbox::Mailbox::Answered, 100);
            // Eight days of signals are held; from then on each costs the same.
            black_box(run.signals(500));
            black_box(run.signals(u64::from(EACH * rounds)));
            return;
        }
    };
    let rules = RuleSet::built_in().unwrap();
    let trust = mails::trust();
    let mails: Vec<RawMail> = (0..EACH).map(|number| mails::raw(make(number))).collect();
    // The first round fills what is made when it is first needed.
    for _ in 0..=rounds {
        for mail in &mails {
            drop(black_box(signal_of(&rules, mail, &trust)));
        }
    }
}
