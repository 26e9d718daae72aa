//! A large catch-up over a slow line: commands ahead of their answers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stderr,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a test may panic, and this one measures round trips by a clock that only they move"
)]

use std::fmt::Write as _;
use std::time::Duration;

use mailward::engine::watch::output::Activity;
use mailward::io::imap::{Options, history};

use crate::support::account::{Password, Watched, plain};
use crate::support::interop::numbers;
use crate::support::script::{Peer, message, serve};
use crate::support::watching::stored;

mod support;

/// From a command to its answer.
const ROUND_TRIP: Duration = Duration::from_millis(100);

/// Mails that wait, from UID 5 on.
const MAILS: u32 = 160;

fn text(uid: u32) -> String {
    format!("From: shop@example.com\r\nSubject: mail {uid}\r\n\r\nan order\r\n")
}

/// The UIDs of a set.
fn uids(set: &str) -> Vec<u32> {
    set.split(',')
        .flat_map(|run| {
            let (first, last) = run.split_once(':').unwrap_or((run, run));
            let number = |it: &str| it.parse::<u32>().unwrap_or(4 + MAILS);
            number(first)..=number(last)
        })
        .collect()
}

/// What a server with all the mails says to a command.
fn answer(tag: &str, command: &str) -> String {
    let mut said = String::new();
    let set = command.split(' ').nth(2).unwrap_or("");
    if command.starts_with("EXAMINE") {
        let exists = 4 + MAILS;
        write!(
            said,
            "* {exists} EXISTS\r\n* OK [UIDVALIDITY 1] valid\r\n* OK [UIDNEXT {}] next\r\n",
            exists + 1
        )
        .unwrap();
    } else if command.contains("BODY.PEEK[]") {
        for uid in uids(set).into_iter().filter(|uid| *uid <= 4 + MAILS) {
            said.push_str(&message(uid, &text(uid)));
        }
    } else if command.contains("BODY.PEEK[HEADER]") {
        for uid in uids(set) {
            said.push_str(&message(uid, &text(uid)).replace("BODY[]", "BODY[HEADER]"));
        }
    } else if command == "UID SEARCH ALL" {
        said.push_str("* SEARCH");
        for uid in 1..=4 + MAILS {
            write!(said, " {uid}").unwrap();
        }
        said.push_str("\r\n");
    } else if command.starts_with("UID FETCH") {
        for uid in uids(set) {
            write!(said, "* {uid} FETCH (UID {uid})\r\n").unwrap();
        }
    }
    write!(said, "{tag} OK done\r\n").unwrap();
    said
}

/// Answers each command a round trip after it came, without waiting for the one before.
async fn far_away(mut peer: Peer) {
    peer.log_in("IDLE").await;
    let mut due = std::collections::VecDeque::new();
    loop {
        let next = due.front().map(|(at, _)| *at);
        let line = async {
            match next {
                Some(at) => tokio::time::timeout_at(at, peer.line()).await.ok(),
                None => Some(peer.line().await),
            }
        };
        match line.await {
            Some(line) if line.is_empty() => return,
            Some(line) => {
                let (tag, command) = line.split_once(' ').unwrap();
                if command == "IDLE" {
                    peer.say("+ idling").await;
                    return peer.wait_for_end().await;
                }
                let at = tokio::time::Instant::now() + ROUND_TRIP;
                due.push_back((at, answer(tag, command)));
            }
            None => {
                let (_, said) = due.pop_front().unwrap();
                peer.raw(said.as_bytes()).await;
            }
        }
    }
}

fn slow(port: u16) -> Options {
    let mut options = plain(port);
    // The socket is real, so an answer may come later than the jump of the clock: the limits must not be short.
    options.limits.step = Duration::from_hours(1);
    options.limits.connect = Duration::from_hours(1);
    options.limits.policy.batch = 40;
    options
}

/// How long the catch-up takes by a clock that only the round trips move.
async fn catch_up(commands_at_once: usize) -> Duration {
    let mut options = slow(serve(|peer, _| far_away(peer)).await);
    options.limits.policy.commands_at_once = commands_at_once;
    let began = tokio::time::Instant::now();
    let mut watched = Watched::start(options, Password("secret"), stored());
    let told = watched.until(Activity::Idling).await;
    let all: Vec<usize> = (5..165).collect();
    assert_eq!(numbers(&told), all);
    let took = began.elapsed();
    assert_eq!(watched.stop().await["INBOX"].next_uid, 5 + MAILS);
    took
}

#[tokio::test(start_paused = true)]
async fn with_two_commands_on_their_way_a_catch_up_costs_half_the_round_trips() {
    let one = catch_up(1).await;
    let two = catch_up(2).await;
    let trips = |time: Duration| time.as_millis() / ROUND_TRIP.as_millis();
    eprintln!(
        "catch-up over {MAILS} mails, 100 ms away: {} round trips one command at a time, {} with two on their way",
        trips(one),
        trips(two)
    );
    // EXAMINE, the list, 4 batches of headers, 3 commands for the bodies of each.
    assert_eq!(trips(one), 18);
    assert!(trips(two) <= 11, "{two:?}");
}

#[tokio::test(start_paused = true)]
async fn a_history_is_read_with_two_commands_on_their_way() {
    let options = slow(serve(|peer, _| far_away(peer)).await);
    let began = tokio::time::Instant::now();
    let mut mails = 0;
    let now = mailward::io::clock::now();
    history::read(&options, &Password("secret"), None, now, &mut |told| {
        mails += u32::from(matches!(told, history::Told::Mail(_)));
    })
    .await
    .unwrap();
    assert_eq!(mails, 4 + MAILS);
    let trips = began.elapsed().as_millis() / ROUND_TRIP.as_millis();
    // EXAMINE, the list, and four commands two at a time; the good-bye waits for nothing.
    assert_eq!(trips, 4);
}

#[tokio::test]
async fn a_server_that_ends_the_second_command_first_loses_nothing() {
    let port = serve(|mut peer, _| async move {
        peer.log_in("IDLE").await;
        peer.open(4 + MAILS, 5 + MAILS).await;
        let list = peer.command("UID FETCH 5:* (UID)").await;
        peer.raw(answer(&list, "UID FETCH 5:* (UID)").as_bytes())
            .await;
        // Both at once, and the answers mixed and the wrong way round.
        let [first, second] = [peer.line().await, peer.line().await];
        for line in [second, first] {
            let (tag, command) = line.split_once(' ').unwrap();
            peer.raw(answer(tag, command).as_bytes()).await;
        }
        loop {
            let line = peer.line().await;
            let Some((tag, command)) = line.split_once(' ') else {
                return;
            };
            if command == "IDLE" {
                peer.say("+ idling").await;
                return peer.wait_for_end().await;
            }
            peer.raw(answer(tag, command).as_bytes()).await;
        }
    })
    .await;
    let mut options = plain(port);
    options.limits.policy.batch = 40;
    let mut watched = Watched::start(options, Password("secret"), stored());
    let told = watched.until(Activity::Idling).await;
    assert_eq!(numbers(&told), (5..165).collect::<Vec<_>>());
    assert_eq!(watched.stop().await["INBOX"].next_uid, 5 + MAILS);
}

#[tokio::test]
async fn a_connection_that_closes_between_two_answers_goes_on_at_the_first_missing_mail() {
    let port = serve(|mut peer, number| async move {
        peer.log_in("IDLE").await;
        peer.open(4 + MAILS, 5 + MAILS).await;
        let mut fetches = 0;
        loop {
            let line = peer.line().await;
            let Some((tag, command)) = line.split_once(' ') else {
                return;
            };
            if command == "IDLE" {
                peer.say("+ idling").await;
                return peer.wait_for_end().await;
            }
            // The first two lives end at the third fetch, with the fourth already asked for.
            fetches += 1;
            if number < 2 && fetches == 4 {
                peer.line().await;
                return;
            }
            peer.raw(answer(tag, command).as_bytes()).await;
        }
    })
    .await;
    let mut options = plain(port);
    options.limits.policy.batch = 40;
    let mut watched = Watched::start(options, Password("secret"), stored());
    let mut seen = Vec::new();
    while seen.len() < MAILS as usize {
        seen.extend(numbers(&[watched.next().await]));
    }
    assert_eq!(seen, (5..165).collect::<Vec<_>>());
    watched.until(Activity::Idling).await;
    assert_eq!(watched.stop().await["INBOX"].next_uid, 5 + MAILS);
}

#[tokio::test]
async fn a_server_that_takes_one_command_at_a_time_is_asked_one_by_one() {
    let port = serve(|mut peer, _| async move {
        peer.log_in("IDLE").await;
        peer.open(4 + MAILS, 5 + MAILS).await;
        loop {
            let line = peer.line().await;
            let Some((tag, command)) = line.split_once(' ') else {
                return;
            };
            if command == "IDLE" {
                peer.say("+ idling").await;
                return peer.wait_for_end().await;
            }
            // Whatever came before the answer was sent is thrown away.
            if command.contains("HEADER") {
                peer.line().await;
            }
            peer.raw(answer(tag, command).as_bytes()).await;
        }
    })
    .await;
    let mut options = plain(port);
    options.limits.step = Duration::from_millis(300);
    options.limits.policy.batch = 40;
    let mut watched = Watched::start(options, Password("secret"), stored());
    let mut seen = Vec::new();
    while seen.len() < MAILS as usize {
        seen.extend(numbers(&[watched.next().await]));
    }
    assert_eq!(seen, (5..165).collect::<Vec<_>>());
    watched.stop().await;
}
