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
#[path = "household/takeover.rs"]
mod takeover;
#[path = "household/tally.rs"]
mod tally;

use std::collections::BTreeMap;
use std::thread;

use diary::{DAY, Diary, OFFSET, YEAR};
use life::Life;
use mailward::engine::incident::Severity;
use random::Random;
use rates::{Common, Shopper};
use takeover::{Kind, Takeover};
use tally::Tally;

/// Local midnight of 1 January 2027.
const START: i64 = 1_798_729_200;

/// Households of each shopper; the years of all of them together stand in the test.
const HOUSEHOLDS: u64 = 8;

/// What an ordinary shopper may be told a year, and no more: incidents at `notice` or higher, at `warning` or higher.
const NOTICE_AT_MOST: f64 = 3.0;
const WARNING_AT_MOST: f64 = 0.3;

/// And at `critical` none in 200 years; of the few that a thousand years bring `docs/household.md` tells.
const CRITICAL_AT_MOST: f64 = 0.0;
const CRITICAL_AT_MOST_IN_FULL: f64 = 0.01;

/// Lives into which takeovers are injected: for each shopper so many households, years, and moments in a life.
const TAKEOVER_HOUSEHOLDS: u64 = 4;
const TAKEOVER_YEARS: usize = 2;
const TAKEOVERS: i64 = 8;

/// Whether to take the time for a thousand years of each shopper.
fn full() -> bool {
    mailward::io::environment::variable("MAILWARD_FULL").is_some()
}

/// Lives of one shopper, counted together.
fn lives(shopper: &Shopper, common: &Common, seed: u64, years: usize, learns: bool) -> Tally {
    let years = if full() { 1_000 } else { years } / HOUSEHOLDS as usize;
    let mut tally = Tally::default();
    for household in 0..HOUSEHOLDS {
        let seed = seed + household;
        let mut diary = Diary::new(shopper, common, seed);
        diary.live(START, years);
        tally.order_mails += diary.order_mails;
        let events = diary.sorted();
        let mut life = Life::new(common, &events, seed ^ 0x00AB_CDEF);
        if learns {
            life.until(START + YEAR);
            life.learn();
        }
        life.until(START + years as i64 * YEAR);
        tally.years += years as f64;
        tally.add(&life);
    }
    tally
}

#[test]
fn ordinary_lives_are_left_alone() {
    assert_eq!((START + OFFSET) % DAY, 0, "midnight in Tokyo");
    let rates = rates::read();
    let common = &rates.common;
    let [light, ordinary, learned, heavy] = thread::scope(|scope| {
        let light = scope.spawn(|| lives(&rates.light, common, 1_000, 16, false));
        let ordinary = scope.spawn(|| lives(&rates.ordinary, common, 2_000, 200, false));
        let learned = scope.spawn(|| lives(&rates.ordinary, common, 2_000, 16, true));
        let heavy = scope.spawn(|| lives(&rates.heavy, common, 3_000, 8, false));
        [light, ordinary, learned, heavy].map(|lives| lives.join().expect("a life that is lived"))
    });
    println!("{}", tally::HEADING);
    println!("{}", light.line("light"));
    println!("{}", ordinary.line("ordinary"));
    println!("{}", learned.line("ordinary, `scan --learn` after a year"));
    println!("{}", heavy.line("heavy"));
    println!("\n{}", ordinary.family_table());
    println!("{}", ordinary.top_causes(if full() { 40 } else { 12 }));
    let figures = ordinary.line("ordinary");
    let critical_at_most = if full() {
        CRITICAL_AT_MOST_IN_FULL
    } else {
        CRITICAL_AT_MOST
    };
    assert!(
        ordinary.at_least(Severity::Notice) <= NOTICE_AT_MOST,
        "{figures}"
    );
    assert!(
        ordinary.at_least(Severity::Warning) <= WARNING_AT_MOST,
        "{figures}"
    );
    assert!(
        ordinary.at_least(Severity::Critical) <= critical_at_most,
        "{figures}"
    );
}

/// What became of the takeovers of one kind.
#[derive(Default)]
struct Found {
    lives: usize,
    mails: Vec<usize>,
    orders: Vec<usize>,
    levels: BTreeMap<Severity, usize>,
    missed: Vec<String>,
}

impl Found {
    fn add(&mut self, life: &Life<'_>) {
        self.lives += 1;
        let takeover = &life.takeover;
        if let Some((mails, orders)) = takeover.found {
            self.mails.push(mails);
            self.orders.push(orders);
        } else {
            self.missed.push(format!("at {}", diary::time(life.clock)));
        }
        if let Some(level) = takeover.highest {
            *self.levels.entry(level).or_default() += 1;
        }
    }

    fn line(&mut self, kind: Kind, verified: bool) -> String {
        self.mails.sort_unstable();
        self.orders.sort_unstable();
        let middle = |sorted: &[usize]| sorted.get(sorted.len() / 2).copied().unwrap_or(0);
        let worst = |sorted: &[usize]| sorted.last().copied().unwrap_or(0);
        let levels: Vec<String> = self
            .levels
            .iter()
            .map(|(level, count)| format!("{level} {count}"))
            .collect();
        format!(
            "| {} | {} | {} of {} | {} / {} | {} / {} | {} |",
            kind.name(),
            if verified { "verified" } else { "unverified" },
            self.mails.len(),
            self.lives,
            middle(&self.orders),
            worst(&self.orders),
            middle(&self.mails),
            worst(&self.mails),
            levels.join(", "),
        )
    }
}

/// Random moments of one household's life, each with every kind of takeover in a copy of it.
fn take_over(
    shopper: &Shopper,
    common: &Common,
    seed: u64,
    found: &mut BTreeMap<(Kind, bool), Found>,
) {
    let mut diary = Diary::new(shopper, common, seed);
    diary.live(START, TAKEOVER_YEARS);
    let events = diary.sorted();
    let mut life = Life::new(common, &events, seed ^ 0x00FE_DCBA);
    let mut random = Random::new(seed ^ 0x5EED);
    let span = TAKEOVER_YEARS as i64 * YEAR / TAKEOVERS;
    for number in 0..TAKEOVERS {
        // Two days before the moment: some takeovers begin the day before.
        let at = START + number * span + 2 * DAY + random.below((span - 6 * DAY) as usize) as i64;
        life.until(at - 2 * DAY);
        for kind in takeover::ALL {
            for verified in [true, false] {
                let takeover = Takeover::new(kind, at, number as u64, verified, &mut random);
                let mut copy = life.clone();
                copy.until(takeover.first_at());
                let last = takeover.last_at();
                for (at, event) in takeover.events {
                    copy.inject(at, event);
                }
                copy.until(last + DAY);
                found.entry((kind, verified)).or_default().add(&copy);
            }
        }
    }
}

#[test]
fn takeovers_are_found() {
    let rates = rates::read();
    let mut found: BTreeMap<(Kind, bool), Found> = BTreeMap::new();
    for household in 0..TAKEOVER_HOUSEHOLDS {
        for (shopper, seed) in [
            (&rates.light, 4_000),
            (&rates.ordinary, 5_000),
            (&rates.heavy, 6_000),
        ] {
            take_over(shopper, &rates.common, seed + household, &mut found);
        }
    }
    println!(
        "| kind | sender | found | at order, median / worst | at mail, median / worst | highest level within a day |"
    );
    println!("|---|---|---|---|---|---|");
    let mut missed = Vec::new();
    for ((kind, verified), found) in &mut found {
        println!("{}", found.line(*kind, *verified));
        missed.extend(
            found
                .missed
                .iter()
                .map(|missed| format!("{} {missed}", kind.name())),
        );
    }
    assert_eq!(missed, Vec::<String>::new(), "not found");
}
