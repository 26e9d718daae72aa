//! Signals per second through the correlator, by open keys and by history: `cargo bench --bench correlator`.
//!
//! `cargo test --benches` runs the same with fewer signals and checks that the cost of a signal does not grow while incidents are
//! answered. One that never is grows to the members that are held, 2,048, and no further: that takes a minute to see.

#![allow(
    missing_docs,
    unreachable_pub,
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark reads the clock and prints a table"
)]

#[path = "correlator/mailbox.rs"]
mod mailbox;

use mailbox::{Mailbox, Run};

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
