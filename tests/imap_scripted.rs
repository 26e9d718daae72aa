//! The watcher against the odd behaviours of servers, each as a dialogue.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test may panic"
)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;
use mailward::engine::cursor::Cursor;
use mailward::engine::watch::output::Activity;
use mailward::io::imap::{Check, Fetched};

use crate::support::account::{Password, Told, Watched, plain};
use crate::support::script::{message, serve};
use crate::support::watching::{STORED, stored, watch};

mod support;

#[tokio::test]
async fn exists_before_the_plus_of_idle_rings_at_once() {
    let mut watched = watch(|mut peer, _| async move {
        peer.up_to_date().await;
        let tag = peer.command("IDLE").await;
        peer.say("* 5 EXISTS\n+ idling").await;
        peer.done(&tag).await;
        peer.fetch("5:*", &[(5, "new")]).await;
        peer.wait_for_end().await;
    })
    .await;
    assert_eq!(watched.mail().await, "new");
}

#[tokio::test]
async fn a_server_that_refuses_idle_is_polled() {
    let mut watched = watch(|mut peer, _| async move {
        peer.up_to_date().await;
        let tag = peer.command("IDLE").await;
        peer.say(&format!("{tag} NO not today")).await;
        peer.answer("NOOP", "* 5 EXISTS").await;
        peer.fetch("5:*", &[(5, "new")]).await;
        peer.wait_for_end().await;
    })
    .await;
    watched.until(Activity::Polling).await;
    assert_eq!(watched.mail().await, "new");
}

#[tokio::test]
async fn a_server_without_idle_is_polled_even_when_it_never_says_exists() {
    let mut watched = watch(|mut peer, _| async move {
        peer.log_in("").await;
        peer.open(4, 5).await;
        peer.fetch("5:*", &[]).await;
        peer.answer("NOOP", "").await;
        peer.fetch("5:*", &[(5, "new")]).await;
        peer.wait_for_end().await;
    })
    .await;
    assert_eq!(watched.mail().await, "new");
}

#[tokio::test]
async fn after_a_bye_in_idle_the_watch_goes_on_where_it_was() {
    let mut watched = watch(|mut peer, number| async move {
        peer.up_to_date().await;
        peer.idle().await;
        if number == 0 {
            peer.say("* BYE Session invalidated - AccessTokenExpired")
                .await;
        } else {
            peer.say("* 5 EXISTS").await;
            assert_eq!(peer.line().await, "DONE");
        }
        peer.wait_for_end().await;
    })
    .await;
    watched.until(Activity::Idling).await;
    watched.until(Activity::Waiting).await;
    watched.until(Activity::Idling).await;
    assert_eq!(watched.stop().await["INBOX"], STORED);
}

#[tokio::test]
async fn an_idle_that_the_server_ends_by_itself_is_begun_again_after_a_look() {
    let mut watched = watch(|mut peer, _| async move {
        peer.up_to_date().await;
        let tag = peer.idle().await;
        peer.say(&format!("{tag} OK enough")).await;
        peer.fetch("5:*", &[(5, "new")]).await;
        peer.idle().await;
        peer.wait_for_end().await;
    })
    .await;
    assert_eq!(watched.mail().await, "new");
    watched.until(Activity::Idling).await;
}

#[tokio::test]
async fn a_warning_while_opening_fails_nothing() {
    let mut watched = watch(|mut peer, _| async move {
        peer.log_in("IDLE").await;
        peer.answer(
            "EXAMINE",
            "* NO [ALERT] disk is 90% full
            * OK [PERMANENTFLAGS (\\*)] {7}
            * Goodbye : an odd line
            * 5 EXISTS
            * OK [UIDVALIDITY 1] v
            * OK [UIDNEXT 6] n",
        )
        .await;
        peer.fetch("5:*", &[(5, "new")]).await;
        peer.wait_for_end().await;
    })
    .await;
    assert_eq!(watched.mail().await, "new");
}

#[tokio::test]
async fn the_last_message_is_not_read_again_when_nothing_is_new() {
    let mut watched = watch(|mut peer, _| async move {
        peer.up_to_date().await;
        let tag = peer.idle().await;
        peer.say("* 5 EXISTS").await;
        peer.done(&tag).await;
        peer.fetch("5:*", &[(4, "old"), (5, "new"), (5, "new")])
            .await;
        peer.idle().await;
        peer.wait_for_end().await;
    })
    .await;
    let told = watched.until(Activity::Idling).await;
    assert_eq!(told, [Told::Began { first_start: false }, Told::Ended]);
    let told = watched.until(Activity::Idling).await;
    assert_eq!(
        told,
        [Told::Mail("home/INBOX;uid=5".to_owned(), "new".to_owned())]
    );
}

#[tokio::test]
async fn flags_that_change_ring_no_bell_but_exists_during_a_fetch_does() {
    let mut watched = watch(|mut peer, _| async move {
        peer.up_to_date().await;
        let tag = peer.idle().await;
        peer.say("* 2 FETCH (UID 2 FLAGS (\\Seen))\n* OK Still here\n* 5 EXISTS")
            .await;
        peer.done(&tag).await;
        let tag = peer.command("UID FETCH 5:*").await;
        peer.say("* 3 FETCH (FLAGS (\\Seen) UID 3)").await;
        peer.message(5, "five").await;
        peer.say(&format!("* 6 EXISTS\n{tag} OK")).await;
        peer.fetch("6:*", &[(6, "six")]).await;
        peer.idle().await;
        peer.wait_for_end().await;
    })
    .await;
    assert_eq!(watched.mail().await, "five");
    assert_eq!(watched.mail().await, "six");
    watched.until(Activity::Idling).await;
}

#[tokio::test]
async fn a_burst_is_told_as_a_catch_up_and_one_mail_is_not() {
    let mut watched = watch(|mut peer, _| async move {
        peer.up_to_date().await;
        let tag = peer.idle().await;
        peer.say("* 5 EXISTS\n* 6 EXISTS\n* 7 EXISTS").await;
        peer.done(&tag).await;
        peer.fetch("5:*", &[(5, "a"), (6, "b"), (7, "c")]).await;
        peer.wait_for_end().await;
    })
    .await;
    watched.until(Activity::Idling).await;
    assert_eq!(watched.next().await, Told::Began { first_start: false });
    for text in ["a", "b", "c"] {
        let Told::Mail(_, said) = watched.next().await else {
            panic!("no mail");
        };
        assert_eq!(said, text);
    }
    assert_eq!(watched.next().await, Told::Ended);
}

#[tokio::test]
async fn a_new_uidvalidity_is_read_back_by_date() {
    let mut watched = watch(|mut peer, _| async move {
        peer.log_in("IDLE").await;
        peer.answer(
            "EXAMINE",
            "* 9 EXISTS\n* OK [UIDVALIDITY 2] v\n* OK [UIDNEXT 3] n",
        )
        .await;
        peer.answer("UID SEARCH SINCE", "* SEARCH 2 1").await;
        let tag = peer.command("UID FETCH 1:2 ").await;
        let old = message(1, "old").replace("2099", "1999");
        peer.raw(old.as_bytes()).await;
        peer.message(2, "recent").await;
        peer.say(&format!("{tag} OK")).await;
        peer.idle().await;
        peer.wait_for_end().await;
    })
    .await;
    let told = watched.until(Activity::Idling).await;
    let cursor = Cursor {
        uid_validity: 2,
        next_uid: 3,
    };
    assert_eq!(
        told,
        [
            Told::Began { first_start: false },
            Told::Mail("home/INBOX;uid=2".to_owned(), "recent".to_owned()),
            Told::Moved(cursor),
            Told::Ended
        ]
    );
}

#[tokio::test]
async fn a_server_that_names_no_uidnext_is_asked_twice_more() {
    let port = serve(|mut peer, _| async move {
        peer.log_in("IDLE").await;
        peer.answer("EXAMINE", "* 2 EXISTS\n* OK [UIDVALIDITY 1] v")
            .await;
        peer.answer("STATUS \"INBOX\"", "* STATUS \"INBOX\" ()")
            .await;
        peer.answer("FETCH 2 (UID)", "* 2 FETCH (UID 41)").await;
        peer.answer("UID SEARCH", "* SEARCH").await;
        peer.idle().await;
        peer.wait_for_end().await;
    })
    .await;
    let mut watched = Watched::start(plain(port), Password("secret"), BTreeMap::new());
    let told = watched.until(Activity::Idling).await;
    let cursor = Cursor {
        uid_validity: 1,
        next_uid: 42,
    };
    assert_eq!(
        told,
        [
            Told::Began { first_start: true },
            Told::Moved(cursor),
            Told::Ended
        ]
    );
}

#[tokio::test]
async fn an_empty_folder_is_not_asked_for_its_last_message() {
    let port = serve(|mut peer, _| async move {
        peer.log_in("IDLE").await;
        peer.open(0, 1).await;
        let tag = peer.idle().await;
        peer.say("* 1 EXISTS").await;
        peer.done(&tag).await;
        peer.fetch("1:*", &[(1, "first")]).await;
        peer.wait_for_end().await;
    })
    .await;
    let mut watched = Watched::start(plain(port), Password("secret"), BTreeMap::new());
    assert_eq!(watched.mail().await, "first");
}

#[tokio::test]
async fn a_server_that_is_logged_in_from_the_start_gets_no_password() {
    let mut watched = watch(|mut peer, _| async move {
        peer.say("* PREAUTH [CAPABILITY IMAP4rev1 IDLE] welcome")
            .await;
        peer.open(5, 6).await;
        peer.fetch("5:*", &[(5, "new")]).await;
        peer.wait_for_end().await;
    })
    .await;
    assert_eq!(watched.mail().await, "new");
}

#[tokio::test]
async fn a_stop_while_idling_says_good_bye() {
    let (sender, heard) = tokio::sync::oneshot::channel();
    let mut sender = Some(sender);
    let mut watched = watch(move |mut peer, _| {
        let sender = sender.take();
        async move {
            peer.up_to_date().await;
            peer.idle().await;
            let lines = [peer.line().await, peer.line().await];
            sender.unwrap().send(lines).ok();
        }
    })
    .await;
    watched.until(Activity::Idling).await;
    watched.stop().await;
    let [done, farewell] = heard.await.unwrap();
    assert_eq!(done, "DONE");
    assert!(farewell.ends_with(" LOGOUT"), "{farewell}");
}

#[tokio::test]
async fn a_folder_can_be_named_by_its_use_whatever_the_server_calls_it() {
    let port = serve(|mut peer, _| async move {
        peer.log_in("IDLE").await;
        peer.answer(
            "LIST \"\" \"*\"",
            "* LIST (\\HasNoChildren \\Junk) \"/\" &j,dg0TDhMPww6w-",
        )
        .await;
        peer.open(4, 5).await;
        peer.fetch("5:*", &[]).await;
        peer.answer(
            "EXAMINE \"&j,dg0TDhMPww6w-\"",
            "* 1 EXISTS\n* OK [UIDVALIDITY 1] v\n* OK [UIDNEXT 2] n",
        )
        .await;
        peer.answer("UID SEARCH", "* SEARCH 1").await;
        peer.fetch("1", &[(1, "hidden")]).await;
        peer.open(4, 5).await;
        peer.fetch("5:*", &[]).await;
        peer.idle().await;
        peer.wait_for_end().await;
    })
    .await;
    let mut options = plain(port);
    options
        .folders
        .extend(["\\Junk", "\\Trash"].map(str::to_owned));
    let mut watched = Watched::start(options, Password("secret"), stored());
    let told = watched.until(Activity::Idling).await;
    let mail = Told::Mail("home/\\Junk;uid=1".to_owned(), "hidden".to_owned());
    assert!(told.contains(&mail), "{told:?}");
    let health = told
        .iter()
        .filter(|it| matches!(it, Told::Health(_)))
        .count();
    assert_eq!(
        health, 0,
        "nothing is marked as trash, and never was: {told:?}"
    );
}

#[tokio::test]
async fn a_mail_after_an_alert_while_idling_rings_all_the_same() {
    let mut watched = watch(|mut peer, _| async move {
        peer.up_to_date().await;
        let tag = peer.idle().await;
        peer.say("* NO [ALERT] [OVERQUOTA] the mailbox is almost full\n* 5 EXISTS")
            .await;
        peer.done(&tag).await;
        peer.fetch("5:*", &[(5, "new")]).await;
        peer.wait_for_end().await;
    })
    .await;
    assert_eq!(watched.mail().await, "new");
}

#[tokio::test]
async fn a_full_mailbox_that_is_read_only_is_watched_like_any_other() {
    let mut watched = watch(|mut peer, _| async move {
        peer.log_in("IDLE").await;
        let tag = peer.command("EXAMINE").await;
        peer.say("* 4 EXISTS\n* OK [UIDVALIDITY 1] v\n* OK [UIDNEXT 5] n\n* NO [OVERQUOTA] full")
            .await;
        peer.say(&format!("{tag} OK [READ-ONLY] opened")).await;
        peer.fetch("5:*", &[]).await;
        peer.idle().await;
        peer.wait_for_end().await;
    })
    .await;
    let told = watched.until(Activity::Idling).await;
    assert_eq!(told, [Told::Began { first_start: false }, Told::Ended]);
}

#[tokio::test]
async fn a_server_that_does_not_know_idle_though_it_offers_it_is_polled() {
    let mut watched = watch(|mut peer, _| async move {
        peer.up_to_date().await;
        let tag = peer.command("IDLE").await;
        peer.say(&format!("{tag} BAD [CLIENTBUG] Unrecognised command"))
            .await;
        peer.answer("NOOP", "* 5 EXISTS").await;
        peer.fetch("5:*", &[(5, "new")]).await;
        peer.wait_for_end().await;
    })
    .await;
    watched.until(Activity::Polling).await;
    assert_eq!(watched.mail().await, "new");
}

/// Notes which mails it saw, and hangs over one of them.
struct Slow(Arc<Mutex<Vec<String>>>);

impl Check for Slow {
    fn check<'a>(&'a mut self, mail: &'a mut Fetched) -> BoxFuture<'a, ()> {
        Box::pin(async {
            let text = String::from_utf8_lossy(&mail.raw.bytes).into_owned();
            let hangs = text == "two";
            self.0.lock().unwrap().push(text);
            if hangs {
                std::future::pending::<()>().await;
            }
        })
    }
}

#[tokio::test]
async fn a_mail_passes_its_check_before_it_is_told_and_a_check_that_hangs_holds_up_no_stop() {
    let port = serve(|mut peer, _| async move {
        peer.up_to_date().await;
        for (uid, text) in [(5, "one"), (6, "two")] {
            let tag = peer.idle().await;
            peer.say(&format!("* {uid} EXISTS")).await;
            peer.done(&tag).await;
            peer.fetch(&format!("{uid}:*"), &[(uid, text)]).await;
        }
        peer.wait_for_end().await;
    })
    .await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let check: Box<dyn Check> = Box::new(Slow(Arc::clone(&seen)));
    let clock = mailward::io::clock::system();
    let mut watched = Watched::start_checked(
        plain(port),
        Password("secret"),
        stored(),
        clock,
        Some(check),
    );
    assert_eq!(watched.mail().await, "one");
    assert_eq!(*seen.lock().unwrap(), ["one"]);
    while seen.lock().unwrap().len() < 2 {
        tokio::task::yield_now().await;
    }
    // What was not checked was not told, and comes again.
    assert_eq!(watched.stop().await["INBOX"].next_uid, 6);
}
