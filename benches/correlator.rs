//! Signals per second through the correlator, by open keys and by history: `cargo bench --bench correlator`.
//!
//! `cargo test --benches` runs the same with fewer signals and checks that the cost of a signal does not grow while incidents are
//! answered. One that never is grows to the members that are held, 2,048, and no further: that takes a minute to see.

#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark reads the clock and prints a table"
)]

use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use mailward::engine::correlator::{Correlator, Input, Options, Output};
use mailward::engine::incident::Answer;
use mailward::engine::money::Money;
use mailward::engine::signal::{
    Code, CodePurpose, GiftRecipient, Item, Order, SenderVerdict, Signal, SignalId, SignalKind,
};

/// What the mailbox is like.
#[derive(Clone, Copy)]
enum Mailbox {
    /// Orders and codes that are answered soon: incidents open and close.
    Answered,
    /// The same, and nobody ever answers: everything joins one incident.
    Unanswered,
}

/// Seconds between two signals: 48 a day, ten times those of a heavy shopper; eight days of them are kept.
const PAUSE: i64 = 1_800;

fn main() {
    let full = std::env::args().any(|argument| argument == "--bench");
    let (signals, answered, unanswered) = if full {
        (20_000, 100_000, 6_000)
    } else {
        (1_000, 20_000, 0)
    };
    println!("| mailbox | open keys | signals | signals/s | held at the end |");
    println!("|---|---|---|---|---|");
    for keys in [1, 100, 10_000] {
        let mut run = Run::new(Mailbox::Answered, keys);
        let rate = run.signals(signals);
        let held = run.correlator.held();
        println!("| answered | {keys} | {signals} | {rate:.0} | {held} |");
    }
    println!("\n| mailbox | history so far | microseconds a signal |");
    println!("|---|---|---|");
    let mut worst: f64 = 0.0;
    for (name, mailbox, growth) in [
        ("answered", Mailbox::Answered, answered),
        ("never answered", Mailbox::Unanswered, unanswered),
    ] {
        if growth == 0 {
            continue;
        }
        let mut run = Run::new(mailbox, 100);
        let chunk = growth / 10;
        let mut first = None;
        for part in 1..=10 {
            let cost = 1e6 / run.signals(chunk);
            println!("| {name} | {} | {cost:.1} |", part * chunk);
            // The first part fills the log that later parts keep full.
            if part >= 3 {
                let first = *first.get_or_insert(cost);
                worst = worst.max(cost / first);
            }
        }
    }
    println!("\nlast parts against the third, at worst: {worst:.2}");
    assert!(
        worst < 3.0,
        "the cost of a signal grows with history: {worst:.2} times"
    );
}

/// A correlator on a moving clock.
struct Run {
    correlator: Correlator,
    options: Options,
    mailbox: Mailbox,
    keys: u64,
    number: u64,
    now: Timestamp,
}

impl Run {
    fn new(mailbox: Mailbox, keys: u64) -> Self {
        Self {
            correlator: Correlator::default(),
            options: Options {
                person: "hanako".to_owned(),
                live: true,
                time_zone: jiff::tz::TimeZone::UTC,
                quiet_hours: Some((60, 360)),
                mailbox_services: Vec::new(),
            },
            mailbox,
            keys,
            number: 0,
            now: "2026-11-18T03:00:00Z".parse().expect("a valid time"),
        }
    }

    /// Gives so many more signals; signals per second.
    fn signals(&mut self, count: u64) -> f64 {
        let start = Instant::now();
        for _ in 0..count {
            self.signal();
        }
        count as f64 / start.elapsed().as_secs_f64()
    }

    fn signal(&mut self) {
        self.number += 1;
        self.now += SignedDuration::from_secs(PAUSE);
        let signal = signal(self.number, self.keys, self.now);
        let outputs = self
            .correlator
            .step(&self.options, self.now, Input::Signal(Box::new(signal)))
            .outputs;
        for output in outputs {
            if let (Mailbox::Answered, Output::Ring(alert)) = (self.mailbox, output) {
                let incident = mailward::engine::incident::IncidentId(alert.thread);
                let answer = Answer::Me;
                let input = Input::Answered { incident, answer };
                let step = self.correlator.step(&self.options, self.now, input);
                drop(step);
            }
        }
    }
}

/// Orders of goods, and every tenth signal a code.
fn signal(number: u64, keys: u64, at: Timestamp) -> Signal {
    let kind = if number.is_multiple_of(10) {
        SignalKind::OneTimeCode(Code {
            purpose: CodePurpose::SignIn,
            knows_password: false,
            origin: None,
        })
    } else {
        SignalKind::OrderPlaced(Order {
            order_ids: vec![format!("250-{number:07}-{number:07}")],
            amount: Some(Money {
                currency: "JPY".to_owned(),
                amount: (1_000 + number % 5_000).into(),
            }),
            item: Item::Physical,
            item_name: None,
            gift_recipient: GiftRecipient::Unknown,
            postal_address: None,
            scheduled: false,
        })
    };
    Signal {
        id: SignalId(format!("signal-{number}")),
        message_id: Some(format!("{number}@example.com")),
        source: format!("bench#{number}"),
        at,
        arrived_at: at,
        service: format!("shop-{}.example", number % keys),
        marketplace: None,
        kind,
        sender: SenderVerdict::Verified,
        rule: "bench/order".to_owned(),
        template_unverified: false,
    }
}
