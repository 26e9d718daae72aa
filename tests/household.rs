//! Three synthetic shoppers live for hundreds of years in front of the correlator: what rings, and what is found.
//! The rates and their reasons: docs/household.md.

#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::print_stdout,
    reason = "a simulation counts in floating point, prints a table, and may panic"
)]

#[path = "household/account.rs"]
mod account;
#[path = "household/diary.rs"]
mod diary;
#[path = "household/life.rs"]
mod life;
#[path = "household/random.rs"]
mod random;
#[path = "household/rates.rs"]
mod rates;
#[path = "household/shopping.rs"]
mod shopping;
#[path = "household/tally.rs"]
mod tally;

use diary::{Diary, OFFSET, YEAR};
use life::Life;
use mailward::engine::incident::Severity;
use rates::{Common, Shopper};
use tally::Tally;

/// Local midnight of 1 January 2027.
const START: i64 = 1_798_729_200;

/// Households of one shopper, and the years that each lives.
const HOUSEHOLDS: u64 = 8;
const YEARS: usize = 25;

/// Lives of one shopper, counted together.
fn lives(shopper: &Shopper, common: &Common, seed: u64) -> Tally {
    let mut tally = Tally::default();
    for household in 0..HOUSEHOLDS {
        let seed = seed + household;
        let mut diary = Diary::new(shopper, common, seed);
        diary.live(START, YEARS);
        tally.order_mails += diary.order_mails;
        let events = diary.sorted();
        let mut life = Life::new(common, &events, seed ^ 0x00AB_CDEF);
        life.until(START + YEARS as i64 * YEAR);
        tally.years += YEARS as f64;
        tally.add(&life);
    }
    tally
}

#[test]
fn ordinary_lives_are_nearly_silent() {
    assert_eq!((START + OFFSET) % diary::DAY, 0, "midnight in Tokyo");
    let rates = rates::read();
    let light = lives(&rates.light, &rates.common, 1_000);
    let ordinary = lives(&rates.ordinary, &rates.common, 2_000);
    let heavy = lives(&rates.heavy, &rates.common, 3_000);
    println!("{}", tally::HEADING);
    println!("{}", light.line("light"));
    println!("{}", ordinary.line("ordinary"));
    println!("{}", heavy.line("heavy"));
    println!("\nordinary:\n{}", ordinary.top_causes(25));
    let figures = ordinary.line("ordinary");
    assert!(ordinary.at_least(Severity::Notice) <= 3.0, "{figures}");
    assert!(ordinary.at_least(Severity::Warning) <= 0.3, "{figures}");
    assert!(ordinary.at_least(Severity::Critical) <= 0.0, "{figures}");
}
