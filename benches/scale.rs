//! What thousands of mailboxes cost: `cargo bench --bench scale -- MAILBOXES` (1000 where none is given).
//!
//! The real daemon watches that many accounts of one server on loopback, over TLS. Memory is taken while all of them
//! idle, then a storm of ten thousand mails comes within ten seconds, then the server goes away, takes mails in
//! meanwhile and comes back. `cargo bench --bench scale -- soak SECONDS` lets links fail at random instead.
//!
//! The server is a process of its own, so that memory, time and open files are the daemon's alone.
//! `cargo test --benches` runs a few mailboxes and checks only that no mail is lost.

#![allow(
    missing_docs,
    unreachable_pub,
    clippy::arithmetic_side_effects,
    clippy::await_holding_refcell_ref,
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::string_slice,
    clippy::unwrap_used,
    dead_code,
    reason = "a benchmark reads the clock and prints a table, and does not send every mail there is; its server has one thread"
)]

#[path = "scale/faults.rs"]
mod faults;
#[path = "scale/house.rs"]
mod house;
#[path = "scale/keeper.rs"]
mod keeper;
#[path = "../tests/crash/mails.rs"]
mod mails;
#[path = "scale/post.rs"]
mod post;
#[path = "scale/server.rs"]
mod server;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use house::{House, Memory};
use keeper::Keeper;

/// Mails of a storm, and the seconds in which they come.
const STORM: u32 = 10_000;
const STORM_SECONDS: u32 = 10;

/// New connections a second that the daemon is allowed to open here.
const CONNECTS: u32 = 500;

/// The limits on resident memory in MB, by the number of mailboxes.
const LIMITS: [(u32, u64); 3] = [(1, 16), (1_000, 45), (10_000, 240)];

/// Mails to each mailbox before a soak is measured.
const WARM_UP_MAILS: u32 = 5;

/// How much larger the memory may be after hours of faults, in per cent.
const GROWTH: f64 = 5.0;

/// Nothing is due any more: the checkpoint after a second of rest is over, too.
const REST: Duration = Duration::from_secs(3);

fn main() -> ExitCode {
    house::raise_limit();
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.first().is_some_and(|it| it == "serve") {
        server::serve(&words[1]);
        return ExitCode::SUCCESS;
    }
    let full = words.iter().any(|it| it == "--bench");
    let numbers: Vec<u32> = words.iter().filter_map(|it| it.parse().ok()).collect();
    let soaks = words.iter().any(|it| it == "soak");
    let well = match (full, soaks) {
        (false, _) => run(20, 40, 1),
        (true, true) => soak(1_000, *numbers.first().unwrap_or(&600)),
        (true, false) => run(*numbers.first().unwrap_or(&1_000), STORM, STORM_SECONDS),
    };
    if full && !well {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Idle memory, storm, outage. Says whether everything was within its limits.
fn run(mailboxes: u32, storm: u32, seconds: u32) -> bool {
    let mut keeper = Keeper::start();
    let begun = Instant::now();
    let mut house = House::furnish(mailboxes, &keeper, CONNECTS, "");
    keeper.until_idle(mailboxes);
    let reached = begun.elapsed();
    let own = house.cpu();
    println!(
        "{mailboxes} mailboxes watched after {:.1} s, {:.2} s of CPU; at most {} connects in one second",
        reached.as_secs_f64(),
        own.as_secs_f64(),
        keeper.ask("rate"),
    );
    std::thread::sleep(REST);
    let memory = house.memory();
    println!(
        "idle: {memory}, {:.1} kB anonymous a mailbox",
        memory.kb_each(mailboxes)
    );
    let mut well = true;
    if let Some((_, most)) = LIMITS.iter().find(|(number, _)| *number == mailboxes)
        && memory.resident > most * 1_000
    {
        println!("broken: at most {most} MB resident");
        well = false;
    }
    let idle = house.cpu();
    std::thread::sleep(REST * 3);
    let idled = house.cpu().saturating_sub(idle);
    println!(
        "idle: {:.2} % of a core",
        idled.as_secs_f64() / (REST * 3).as_secs_f64() * 100.0
    );

    // One mailbox alone gets no such storm.
    let each = (storm / mailboxes).clamp(1, 10);
    let mut expected = post::Count::default();
    well &= weather(
        &mut house,
        &mut keeper,
        (mailboxes, each, seconds),
        &mut expected,
    );

    keeper.ask("down");
    let cut = house.cpu();
    keeper.ask(&format!("storm {} {each} 0", mailboxes.min(storm)));
    expected.add(post::Count::of(mailboxes.min(storm), each));
    std::thread::sleep(REST);
    let back = Instant::now();
    keeper.ask("up");
    keeper.until_idle(mailboxes);
    let took = back.elapsed();
    well &= house.until_stored(expected);
    println!(
        "the server was away: all {mailboxes} connected again {:.1} s after it was back, the last of {} mails stored \
         after {:.1} s, {:.1} s of CPU; at most {} connects in one second",
        took.as_secs_f64(),
        mailboxes.min(storm) * each,
        back.elapsed().as_secs_f64(),
        house.cpu().saturating_sub(cut).as_secs_f64(),
        keeper.ask("rate"),
    );
    std::thread::sleep(REST);
    println!("afterwards: {}", house.memory());
    house.end();
    well
}

/// A storm of mails, and how long the daemon is busy with it.
fn weather(
    house: &mut House,
    keeper: &mut Keeper,
    (mailboxes, each, seconds): (u32, u32, u32),
    expected: &mut post::Count,
) -> bool {
    let boxes = mailboxes.min(STORM);
    keeper.ask(&format!("compose {boxes} {each}"));
    let before = house.cpu();
    let begun = Instant::now();
    keeper.ask(&format!("storm {boxes} {each} {seconds}"));
    let sent = begun.elapsed();
    expected.add(post::Count::of(boxes, each));
    let whole = house.until_stored(*expected);
    let stored = begun.elapsed();
    keeper.until_idle(mailboxes);
    println!(
        "storm: {} mails in {:.1} s, {each} to each of {boxes}; the last one stored {:.2} s after it was sent; {:.1} s \
         of CPU ({:.2} ms a mail)",
        boxes * each,
        sent.as_secs_f64(),
        stored.saturating_sub(sent).as_secs_f64(),
        house.cpu().saturating_sub(before).as_secs_f64(),
        house.cpu().saturating_sub(before).as_secs_f64() * 1_000.0 / f64::from(boxes * each),
    );
    std::thread::sleep(REST);
    println!(
        "storm: {} with {} alerts to tell",
        house.memory(),
        house.alerts()
    );
    whole
}

/// Links fail at random while mails come now and then. Says whether the memory stayed the same and no mail was lost.
fn soak(mailboxes: u32, seconds: u32) -> bool {
    let mut keeper = Keeper::start();
    let mut house = House::furnish(mailboxes, &keeper, CONNECTS, faults::LIMITS);
    keeper.until_idle(mailboxes);
    let mut expected = post::Count::default();
    // A mailbox that never got a mail is smaller than one in use.
    keeper.ask(&format!("fill {WARM_UP_MAILS}"));
    let warm_up = (seconds / 5).clamp(10, 120);
    let mut first: Option<Memory> = None;
    let begun = Instant::now();
    let mut told = 0;
    while begun.elapsed() < Duration::from_secs(u64::from(seconds + warm_up)) {
        expected = post::Count::read(&keeper.ask("fail 10"));
        let elapsed = u32::try_from(begun.elapsed().as_secs()).unwrap_or(u32::MAX);
        if first.is_none() && elapsed >= warm_up {
            first = Some(calm(&mut keeper, &house, mailboxes));
            println!(
                "after {elapsed} s of warm-up: {}",
                calm(&mut keeper, &house, mailboxes)
            );
        } else if elapsed / 60 > told {
            told = elapsed / 60;
            println!("after {elapsed} s: {}", house.memory());
        }
    }
    let whole = house.until_stored(expected);
    let last = calm(&mut keeper, &house, mailboxes);
    let first = first.unwrap_or(last);
    let grown = (last.resident as f64 / first.resident as f64 - 1.0) * 100.0;
    println!(
        "{mailboxes} mailboxes, {} faults in {} s, {} mails: from {first} to {last}, {grown:+.1} %",
        keeper.ask("failed"),
        begun.elapsed().as_secs(),
        expected.mails,
    );
    house.end();
    if grown > GROWTH {
        println!("broken: at most {GROWTH} % more");
    }
    whole && grown <= GROWTH
}

/// The memory once every mailbox idles again.
fn calm(keeper: &mut Keeper, house: &House, mailboxes: u32) -> Memory {
    keeper.until_idle(mailboxes);
    std::thread::sleep(REST);
    house.memory()
}
