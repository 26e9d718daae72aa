//! The watcher and its further folders, and mails that go away, each as a dialogue.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test may panic"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use mailward::engine::alert::Health;
use mailward::engine::cursor::Cursor;
use mailward::engine::watch::output::Activity;
use mailward::io::clock;
use mailward::io::imap::gate::Gate;
use mailward::io::imap::{Options, Recent};

use crate::support::account::{Password, Told, Watched, plain};
use crate::support::script::{Peer, serve};
use crate::support::watching::{STORED, stored};

mod support;

/// Options for INBOX and a further folder.
fn with(port: u16, folder: &str) -> Options {
    let mut options = plain(port);
    options.folders.push(folder.to_owned());
    options
}

/// Both folders read up to the present.
fn both(folder: &str) -> BTreeMap<String, Cursor> {
    let mut cursors = stored();
    cursors.insert(folder.to_owned(), STORED);
    cursors
}

/// Answers EXAMINE of a folder that is not INBOX.
async fn open_other(peer: &mut Peer, name: &str, uid_next: u32) {
    let answer = format!("* 4 EXISTS\n* OK [UIDVALIDITY 1] v\n* OK [UIDNEXT {uid_next}] n");
    peer.answer(&format!("EXAMINE {name}"), &answer).await;
}

/// A FETCH response with a mail that arrived just now.
fn fresh(uid: u32, text: &str, arrived_at: Timestamp) -> String {
    let date = arrived_at.to_zoned(TimeZone::UTC);
    format!(
        "* {uid} FETCH (UID {uid} RFC822.SIZE {0} INTERNALDATE \"{1}\" BODY[]<0> {{{0}}}\r\n{text})\r\n",
        text.len(),
        date.strftime("%d-%b-%Y %H:%M:%S +0000"),
    )
}

const ORDER: &str =
    "From: shop@example.com\r\nMessage-ID: <order-1@example.com>\r\n\r\nThank you\r\n";

#[tokio::test]
async fn a_server_with_notify_tells_of_a_further_folder_by_itself() {
    let port = serve(|mut peer, _| async move {
        peer.log_in("IDLE NOTIFY SPECIAL-USE").await;
        peer.answer(
            "LIST (SPECIAL-USE) \"\" \"*\"",
            "* LIST (\\Junk) \"/\" \"Spam \\\"x\\\"\"",
        )
        .await;
        peer.open(4, 5).await;
        peer.fetch("5:*", &[]).await;
        open_other(&mut peer, "\"Spam \\\"x\\\"\"", 5).await;
        peer.fetch("5:*", &[]).await;
        peer.open(4, 5).await;
        peer.fetch("5:*", &[]).await;
        let events = "(MessageNew MessageExpunge)";
        peer.answer(
            &format!("NOTIFY SET (SELECTED {events}) (MAILBOXES (\"Spam \\\"x\\\"\") {events})"),
            "",
        )
        .await;
        peer.answer("STATUS", "* STATUS \"Spam \\\"x\\\"\" (UIDNEXT 5)")
            .await;
        let tag = peer.idle().await;
        peer.say("* STATUS \"Spam \\\"x\\\"\" (MESSAGES 5 UIDNEXT 6)")
            .await;
        peer.done(&tag).await;
        peer.fetch("5:*", &[]).await;
        open_other(&mut peer, "\"Spam", 6).await;
        peer.fetch("5:*", &[(5, "hidden")]).await;
        peer.open(4, 5).await;
        peer.fetch("5:*", &[]).await;
        peer.idle().await;
        peer.wait_for_end().await;
    })
    .await;
    let mut watched = Watched::start(with(port, "\\Junk"), Password("secret"), both("\\Junk"));
    assert_eq!(watched.mail().await, "hidden");
    watched.until(Activity::Idling).await;
    assert_eq!(watched.stop().await["\\Junk"].next_uid, 6);
}

#[tokio::test]
async fn what_a_server_tells_of_one_folder_is_not_taken_for_the_answer_about_another() {
    let port = serve(|mut peer, _| async move {
        peer.log_in("IDLE NOTIFY").await;
        peer.open(4, 5).await;
        peer.fetch("5:*", &[]).await;
        for name in ["\"One\"", "\"Two\""] {
            open_other(&mut peer, name, 5).await;
            peer.fetch("5:*", &[]).await;
        }
        peer.open(4, 5).await;
        peer.fetch("5:*", &[]).await;
        peer.answer("NOTIFY", "").await;
        // While it answers for One, a mail comes in Two.
        peer.answer(
            "STATUS \"One\"",
            "* STATUS one (UIDNEXT 5 UIDVALIDITY 1)\n* STATUS Two (UIDNEXT 6)",
        )
        .await;
        peer.answer("STATUS \"Two\"", "* STATUS Two (UIDNEXT 6 UIDVALIDITY 1)")
            .await;
        open_other(&mut peer, "\"Two\"", 6).await;
        peer.fetch("5:*", &[(5, "in two")]).await;
        peer.wait_for_end().await;
    })
    .await;
    let mut options = with(port, "One");
    options.folders.push("Two".to_owned());
    let mut cursors = both("One");
    cursors.insert("Two".to_owned(), STORED);
    let mut watched = Watched::start(options, Password("secret"), cursors);
    assert_eq!(watched.mail().await, "in two");
}

#[tokio::test]
async fn a_server_that_refuses_notify_is_asked_for_the_status_between_two_idles() {
    let port = serve(|mut peer, _| async move {
        peer.log_in("IDLE NOTIFY").await;
        peer.open(4, 5).await;
        peer.fetch("5:*", &[]).await;
        open_other(&mut peer, "\"Orders\"", 5).await;
        peer.fetch("5:*", &[]).await;
        peer.open(4, 5).await;
        peer.fetch("5:*", &[]).await;
        let tag = peer.command("NOTIFY").await;
        peer.say(&format!("{tag} NO [NOTIFY] not today")).await;
        let tag = peer.idle().await;
        peer.done(&tag).await;
        peer.fetch("5:*", &[]).await;
        peer.answer(
            "STATUS \"Orders\"",
            "* STATUS \"Orders\" (UIDNEXT 6 UIDVALIDITY 1)",
        )
        .await;
        open_other(&mut peer, "\"Orders\"", 6).await;
        peer.fetch("5:*", &[(5, "new")]).await;
        peer.wait_for_end().await;
    })
    .await;
    let mut watched = Watched::start(with(port, "Orders"), Password("secret"), both("Orders"));
    assert_eq!(watched.mail().await, "new");
}

#[tokio::test]
async fn a_folder_that_got_another_name_is_found_again_by_its_use() {
    let port = serve(|mut peer, number| async move {
        let name = if number == 0 { "Spam" } else { "Junk" };
        peer.log_in("IDLE").await;
        peer.answer("LIST", &format!("* LIST (\\Junk) \"/\" {name}"))
            .await;
        peer.open(4, 5).await;
        peer.fetch("5:*", &[]).await;
        open_other(&mut peer, &format!("\"{name}\""), 5 + u32::from(number > 0)).await;
        peer.fetch("5:*", if number == 0 { &[] } else { &[(5, "found")] })
            .await;
        peer.open(4, 5).await;
        peer.fetch("5:*", &[]).await;
        let tag = peer.idle().await;
        if number == 0 {
            peer.done(&tag).await;
            peer.fetch("5:*", &[]).await;
            let tag = peer.command("STATUS \"Spam\"").await;
            peer.say(&format!("{tag} NO [NONEXISTENT] no such mailbox"))
                .await;
        }
        peer.wait_for_end().await;
    })
    .await;
    let mut watched = Watched::start(with(port, "\\Junk"), Password("secret"), both("\\Junk"));
    loop {
        match watched.next().await {
            Told::Mail(_, text) => return assert_eq!(text, "found"),
            Told::Health(health) => panic!("nothing is lost: {health:?}"),
            Told::Began { .. } | Told::Moved(_) | Told::Ended | Told::Vanished(_) => {}
        }
    }
}

#[tokio::test]
async fn a_folder_of_a_use_that_was_deleted_is_told() {
    let port = serve(|mut peer, _| async move {
        peer.log_in("IDLE").await;
        peer.answer("LIST", "").await;
        peer.open(4, 5).await;
        peer.fetch("5:*", &[]).await;
        peer.wait_for_end().await;
    })
    .await;
    let mut watched = Watched::start(with(port, "\\Junk"), Password("secret"), both("\\Junk"));
    let gone = Health::FolderGone {
        account: "home".to_owned(),
        folder: "\\Junk".to_owned(),
    };
    assert_eq!(watched.health().await, gone);
}

/// An INBOX that gets a mail, which is expunged at once; what the other folders say when they are asked for it.
async fn expunged(found_in_archive: bool) -> Watched {
    let port = serve(move |mut peer, _| async move {
        peer.up_to_date().await;
        let tag = peer.idle().await;
        peer.say("* 5 EXISTS").await;
        peer.done(&tag).await;
        let fetch = peer.command("UID FETCH 5:*").await;
        peer.raw(fresh(5, ORDER, clock::now()).as_bytes()).await;
        peer.say(&format!("{fetch} OK")).await;
        let tag = peer.idle().await;
        peer.say("* 5 EXPUNGE").await;
        peer.done(&tag).await;
        peer.fetch("6:*", &[]).await;
        peer.answer("UID SEARCH UID 5", "* SEARCH").await;
        peer.answer(
            "LIST \"\" \"*\"",
            "* LIST () \"/\" INBOX\n* LIST (\\Trash) \"/\" Bin\n* LIST (\\Noselect) \"/\" All\n* LIST () \"/\" Archive",
        )
        .await;
        let search = "UID SEARCH HEADER MESSAGE-ID \"order-1@example.com\"";
        peer.open(4, 6).await;
        peer.answer(search, "* SEARCH").await;
        open_other(&mut peer, "\"Archive\"", 2).await;
        peer.answer(search, if found_in_archive { "* SEARCH 1" } else { "* SEARCH" })
            .await;
        peer.open(4, 6).await;
        peer.fetch("6:*", &[]).await;
        peer.idle().await;
        peer.wait_for_end().await;
    })
    .await;
    let mut watched = Watched::start(plain(port), Password("secret"), stored());
    assert_eq!(watched.mail().await, ORDER);
    watched
}

#[tokio::test]
async fn a_mail_that_is_expunged_at_once_and_is_nowhere_else_has_vanished() {
    let mut watched = expunged(false).await;
    assert_eq!(
        watched.next().await,
        Told::Vanished("home/INBOX;uid=5".to_owned())
    );
    watched.until(Activity::Idling).await;
}

#[tokio::test]
async fn a_mail_that_a_filter_of_the_person_moves_elsewhere_has_not_vanished() {
    let mut watched = expunged(true).await;
    watched.until(Activity::Idling).await;
    let told = watched.until(Activity::Idling).await;
    assert!(
        !told.iter().any(|it| matches!(it, Told::Vanished(_))),
        "{told:?}"
    );
}

#[tokio::test]
async fn a_mail_that_vanished_while_the_program_was_restarted_is_told_all_the_same() {
    let port = serve(|mut peer, _| async move {
        peer.up_to_date().await;
        peer.answer("UID SEARCH UID 4", "* SEARCH").await;
        peer.answer("LIST", "* LIST () \"/\" INBOX").await;
        peer.open(3, 5).await;
        peer.answer(
            "UID SEARCH HEADER MESSAGE-ID \"order-1@example.com\"",
            "* SEARCH",
        )
        .await;
        peer.wait_for_end().await;
    })
    .await;
    let mut options = plain(port);
    options.recent = vec![Recent {
        folder: "INBOX".to_owned(),
        uid: 4,
        arrived_at: clock::now()
            .checked_sub(SignedDuration::from_secs(20))
            .unwrap(),
        message_id: "order-1@example.com".to_owned(),
    }];
    let mut watched = Watched::start(options, Password("secret"), stored());
    loop {
        if let Told::Vanished(source) = watched.next().await {
            return assert_eq!(source, "home/INBOX;uid=4");
        }
    }
}

#[tokio::test]
async fn of_a_large_catch_up_only_the_headers_and_the_wanted_bodies_are_fetched() {
    let port = serve(|mut peer, _| async move {
        peer.log_in("IDLE").await;
        peer.open(54, 55).await;
        let mut listed = String::new();
        for uid in 5..55 {
            writeln!(listed, "* {uid} FETCH (UID {uid})").unwrap();
        }
        peer.answer("UID FETCH 5:* (UID)", &listed).await;
        let fetch = peer.command("UID FETCH 5:54 (UID RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER]<0.").await;
        for uid in 5..55 {
            let shop = if uid == 30 { "shop" } else { "friend" };
            let header = format!(
                "Received: from somewhere\r\nFrom: {shop}{uid}@example.com\r\nSubject: secret\r\n\r\n"
            );
            let line = format!(
                "* {uid} FETCH (UID {uid} RFC822.SIZE 900 INTERNALDATE \"22-Nov-2099 10:00:00 +0900\" BODY[HEADER]<0> {{{}}}\r\n{header})\r\n",
                header.len()
            );
            peer.raw(line.as_bytes()).await;
        }
        peer.say(&format!("{fetch} OK")).await;
        peer.fetch("30", &[(30, "the whole mail of the shop")]).await;
        peer.idle().await;
        peer.wait_for_end().await;
    })
    .await;
    let mut options = plain(port);
    options.gate = Gate::new(|header| {
        let text = String::from_utf8_lossy(&header.bytes).into_owned();
        (!text.contains("From: shop")).then_some(7)
    });
    let mut watched = Watched::start(options, Password("secret"), stored());
    let told = watched.until(Activity::Idling).await;
    let mails: Vec<(&str, &str)> = told
        .iter()
        .filter_map(|it| match it {
            Told::Mail(source, text) => Some((source.as_str(), text.as_str())),
            Told::Began { .. }
            | Told::Moved(_)
            | Told::Ended
            | Told::Health(_)
            | Told::Vanished(_) => None,
        })
        .collect();
    assert_eq!(mails.len(), 50);
    assert_eq!(mails[0], ("home/INBOX;uid=5", "passed over, from 7"));
    assert_eq!(
        mails[25],
        ("home/INBOX;uid=30", "the whole mail of the shop")
    );
    assert_eq!(watched.stop().await["INBOX"].next_uid, 55);
}

/// A server whose second connection has a new mail.
async fn second_connection_has_news() -> u16 {
    serve(|mut peer, number| async move {
        peer.log_in("IDLE").await;
        peer.open(4, 5).await;
        let mails: &[(u32, &str)] = if number == 0 { &[] } else { &[(5, "new")] };
        peer.fetch("5:*", mails).await;
        peer.idle().await;
        peer.wait_for_end().await;
    })
    .await
}

#[tokio::test]
async fn a_sleep_that_only_the_clocks_of_the_machine_show_is_noticed() {
    static SLEPT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    let mut options = plain(second_connection_has_news().await);
    options.limits.clock_check = Duration::from_millis(20);
    options.slept = || Duration::from_secs(SLEPT.load(std::sync::atomic::Ordering::SeqCst));
    let mut watched = Watched::start(options, Password("secret"), stored());
    watched.until(Activity::Idling).await;
    SLEPT.store(20, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(watched.mail().await, "new");
}

#[tokio::test]
async fn who_is_told_that_the_machine_woke_up_connects_anew_at_once() {
    let (wake, woken) = tokio::sync::watch::channel(0);
    let mut options = plain(second_connection_has_news().await);
    options.limits.clock_check = Duration::from_mins(10);
    options.wake = Some(woken);
    let mut watched = Watched::start(options, Password("secret"), stored());
    watched.until(Activity::Idling).await;
    wake.send_modify(|count| *count += 1);
    assert_eq!(watched.mail().await, "new");
}
