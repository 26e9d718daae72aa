//! How long classifying takes beside mail-parser's full parse of the same mails in the same run. On one core:
//! `taskset -c 0 cargo bench --bench classify`. Exits 1 above the limits.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::arithmetic_side_effects,
    clippy::format_push_string,
    clippy::format_collect,
    clippy::needless_for_each,
    clippy::semicolon_if_nothing_returned,
    unreachable_pub,
    dead_code,
    reason = "a benchmark reads the clock and prints, and does not need all mails"
)]

#[path = "classify/mails.rs"]
mod mails;

use std::hint::black_box;
use std::time::{Duration, Instant};

use mailward::engine::message::RawMail;
use mailward::engine::rule::{RuleSet, Trust, signal_of};

/// Most that classifying may cost, as a multiple of the parse.
const MIXED_LIMIT: f64 = 1.25;
const HTML_LIMIT: f64 = 3.0;
const MAILS: u32 = 400;
const ROUNDS: usize = 7;

fn best(mut run: impl FnMut()) -> Duration {
    (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .min()
        .unwrap()
}

fn ratio(name: &str, mails: &[RawMail], rules: &RuleSet, trust: &Trust) -> f64 {
    let bytes: usize = mails.iter().map(|mail| mail.bytes.len()).sum();
    let parser = mail_parser::MessageParser::default();
    let parse = best(|| {
        mails
            .iter()
            .for_each(|mail| drop(black_box(parser.parse(&mail.bytes))))
    });
    let classify = best(|| {
        mails
            .iter()
            .for_each(|mail| drop(black_box(signal_of(rules, mail, trust))))
    });
    let per_second = |time: Duration| mails.len() as f64 / time.as_secs_f64();
    let ratio = classify.as_secs_f64() / parse.as_secs_f64();
    println!(
        "{name}: {} mails, {} kB each: parse {:.0}/s, classify {:.0}/s, ratio {ratio:.2}",
        mails.len(),
        bytes / mails.len() / 1024,
        per_second(parse),
        per_second(classify)
    );
    ratio
}

fn main() {
    let rules = RuleSet::built_in().unwrap();
    let trust = mails::trust();
    let made = |make: fn(u32) -> Vec<u8>| (0..MAILS).map(move |number| mails::raw(make(number)));
    let mixed: Vec<RawMail> = made(mails::mixed).collect();
    let shop: Vec<RawMail> = made(mails::html).collect();
    let mixed = ratio("mixed", &mixed, &rules, &trust);
    let shop = ratio("html", &shop, &rules, &trust);
    if mixed > MIXED_LIMIT || shop > HTML_LIMIT {
        println!("too slow: the limits are {MIXED_LIMIT} (mixed) and {HTML_LIMIT} (html)");
        std::process::exit(1);
    }
}
