//! Order mails that a filter of somebody else hides, from the server's words to what the person is told.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test may panic"
)]

use std::fmt::Write as _;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use mailward::demo::story::{Happening, Story};
use mailward::engine::correlator::Input;
use mailward::engine::incident::Incident;
use mailward::engine::message::RawMail;
use mailward::engine::rule::{RuleSet, Trust, signal_of};
use mailward::engine::wording::Language;
use mailward::io::clock;
use mailward::io::store::Store;
use mailward::io::store::error::StoreError;
use mailward::io::store::journal::Entry;

use crate::support::process::{Process, config};
use crate::support::script::{Peer, serve};

mod support;

/// Two order mails of the story that come now, and their Message-IDs.
fn orders() -> Vec<(String, String)> {
    let story = Story::built_in("takeover").unwrap().unwrap();
    let rules = RuleSet::built_in().unwrap();
    let moments = |start| story.moments(Language::Ja, start, &TimeZone::UTC).unwrap();
    let mut found = Vec::new();
    for (number, moment) in moments(Timestamp::UNIX_EPOCH).into_iter().enumerate() {
        let now = clock::now();
        let start = now - moment.at.duration_since(Timestamp::UNIX_EPOCH);
        let Happening::Mail(mail) = moments(start).swap_remove(number).what else {
            continue;
        };
        let raw = RawMail {
            source: String::new(),
            arrived_at: now,
            full_size: mail.bytes.len() as u64,
            bytes: mail.bytes.clone(),
        };
        let signal = signal_of(&rules, &raw, &Trust::default());
        if signal.is_some_and(|signal| signal.kind.name() == "order_placed") {
            found.push((String::from_utf8(mail.bytes).unwrap(), mail.message_id));
        }
    }
    found.truncate(2);
    assert_eq!(found.len(), 2);
    found
}

/// A FETCH response with a mail that arrived so many seconds ago.
fn fetched(uid: u32, mail: &str, seconds_ago: i64) -> String {
    let at = clock::now() - SignedDuration::from_secs(seconds_ago);
    format!(
        "* {uid} FETCH (UID {uid} RFC822.SIZE {0} INTERNALDATE \"{1}\" BODY[]<0> {{{0}}}\r\n{mail})\r\n",
        mail.len(),
        at.to_zoned(TimeZone::UTC)
            .strftime("%d-%b-%Y %H:%M:%S +0000"),
    )
}

/// Answers a fetch with mails that arrived so many seconds ago, the first under this UID.
async fn give(peer: &mut Peer, uid: u32, mails: &[(String, String)], seconds_ago: i64) {
    let tag = peer.command("UID FETCH").await;
    for (number, (mail, _)) in (uid..).zip(mails) {
        peer.raw(fetched(number, mail, seconds_ago).as_bytes())
            .await;
    }
    peer.say(&format!("{tag} OK")).await;
}

fn with_trash(port: u16) -> String {
    config("", &[("home", port)]).replace(
        "folders = [\"INBOX\"]",
        "folders = [\"INBOX\", \"\\\\Trash\"]",
    )
}

/// How many mails the journal calls deleted, and the incidents.
fn state(process: &Process) -> (usize, Vec<Incident>) {
    let Ok(reader) = Store::open_read_only(&process.state_file()) else {
        return (0, Vec::new());
    };
    let mut deleted = 0;
    let read = reader.replay(0, |entry: Entry| {
        deleted += usize::from(matches!(entry.input, Input::Deleted { .. }));
        Ok::<(), StoreError>(())
    });
    read.unwrap();
    (deleted, reader.incidents(false).unwrap())
}

/// Waits until so many mails are called deleted: the reasons of the one incident.
async fn reasons(process: &Process, count: usize) -> String {
    for _ in 0..400 {
        let (deleted, incidents) = state(process);
        if deleted >= count && !incidents.is_empty() {
            let mut reasons = String::new();
            for reason in &incidents[0].reasons {
                write!(reasons, "{:?} {}; ", reason.rule, reason.note).unwrap();
            }
            return reasons;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{:?} {}", state(process).0, process.log());
}

/// A mailbox whose Trash gets mails that arrived so many seconds ago, and how many connections it saw.
async fn trash_with_orders(seconds_ago: i64) -> u16 {
    let orders = orders();
    serve(move |mut peer, _| {
        let orders = orders.clone();
        async move {
            peer.log_in("IDLE").await;
            peer.answer("LIST", "* LIST (\\Trash) \"/\" Bin").await;
            peer.open(0, 1).await;
            let opened = "* 2 EXISTS\n* OK [UIDVALIDITY 1] v\n* OK [UIDNEXT 3] n";
            peer.answer("EXAMINE \"Bin\"", opened).await;
            peer.answer("UID SEARCH SINCE", "* SEARCH 1 2").await;
            give(&mut peer, 1, &orders, seconds_ago).await;
            peer.open(0, 1).await;
            peer.idle().await;
            peer.wait_for_end().await;
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn order_mails_that_appear_straight_in_trash_are_told() {
    let port = trash_with_orders(5).await;
    let process = Process::start(&with_trash(port), &[]);
    let reasons = reasons(&process, 2).await;
    assert!(reasons.contains("MailDeletion"), "{reasons}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn order_mails_that_the_person_threw_away_later_are_no_fact() {
    let port = trash_with_orders(90).await;
    let process = Process::start(&with_trash(port), &[]);
    for _ in 0..400 {
        let cursors = Store::open_read_only(&process.state_file())
            .and_then(|reader| reader.cursors("home"))
            .unwrap_or_default();
        if cursors
            .get("\\Trash")
            .is_some_and(|cursor| cursor.next_uid == 3)
        {
            assert_eq!(state(&process).0, 0);
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the folder was not read: {}", process.log());
}

/// The same facts come out whether the program runs through or is killed between the mails and their deletion.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn order_mails_that_are_expunged_within_a_minute_are_told_even_over_a_kill() {
    let mut found = Vec::new();
    for is_killed in [false, true] {
        let orders = orders();
        let port = serve(move |mut peer, number| {
            let orders = orders.clone();
            async move {
                peer.log_in("IDLE").await;
                if number == 0 {
                    peer.open(0, 1).await;
                    let tag = peer.idle().await;
                    peer.say("* 2 EXISTS").await;
                    peer.done(&tag).await;
                    give(&mut peer, 1, &orders, 1).await;
                    let tag = peer.idle().await;
                    if is_killed {
                        return peer.wait_for_end().await;
                    }
                    peer.say("* 1 EXPUNGE\n* 1 EXPUNGE").await;
                    peer.done(&tag).await;
                    peer.fetch("3:*", &[]).await;
                } else {
                    peer.open(1, 3).await;
                    peer.fetch("3:*", &[]).await;
                }
                peer.answer("UID SEARCH UID 1:2", "* SEARCH").await;
                peer.answer("LIST", "* LIST () \"/\" INBOX").await;
                peer.open(0, 3).await;
                for (_, id) in &orders {
                    let search = format!("UID SEARCH HEADER MESSAGE-ID \"{id}\"");
                    peer.answer(&search, "* SEARCH").await;
                }
                peer.open(0, 3).await;
                peer.idle().await;
                peer.wait_for_end().await;
            }
        })
        .await;
        let text = config("", &[("home", port)]);
        let mut process = Process::start(&text, &[]);
        if is_killed {
            for _ in 0..400 {
                let signals = Store::open_read_only(&process.state_file())
                    .and_then(|reader| reader.signals_since(Timestamp::UNIX_EPOCH))
                    .unwrap_or_default();
                if signals.len() == 2 {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            assert_eq!(state(&process).0, 0);
            process.kill_and_start_again(&[]);
        }
        found.push(reasons(&process, 2).await);
    }
    assert!(found[0].contains("MailDeletion"), "{found:?}");
    assert_eq!(found[0], found[1]);
}
