//! More odd behaviours of servers, each as a dialogue: silence, refusals, floods of lines that ring no bell.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test may panic"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use mailward::engine::secret::Secret;
use mailward::engine::watch::output::Activity;
use mailward::io::imap::{Credential, Credentials, SecretError};

use crate::support::account::{Password, Told, Watched, plain};
use crate::support::script::serve;
use crate::support::watching::{stored, watch};

mod support;

#[tokio::test]
async fn many_exists_at_once_are_one_look() {
    let mut watched = watch(|mut peer, _| async move {
        peer.up_to_date().await;
        let tag = peer.idle().await;
        peer.say("* 5 EXISTS\n* 1 RECENT\n* 6 EXISTS\n* 2 RECENT\n* 7 EXISTS")
            .await;
        peer.done(&tag).await;
        peer.fetch("5:*", &[(5, "five"), (6, "six"), (7, "seven")])
            .await;
        peer.idle().await;
        peer.wait_for_end().await;
    })
    .await;
    watched.until(Activity::Idling).await;
    let told = watched.until(Activity::Idling).await;
    let mails = told.iter().filter(|it| matches!(it, Told::Mail(..)));
    assert_eq!(mails.count(), 3);
}

#[tokio::test]
async fn an_exists_behind_150_other_lines_rings_all_the_same() {
    let mut watched = watch(|mut peer, _| async move {
        peer.up_to_date().await;
        let tag = peer.command("IDLE").await;
        for number in 0..150 {
            peer.say(&format!("* {} FETCH (FLAGS (\\Seen))", number % 4 + 1))
                .await;
        }
        peer.say("* 5 EXISTS\n+ idling").await;
        peer.done(&tag).await;
        peer.fetch("5:*", &[(5, "new")]).await;
        peer.wait_for_end().await;
    })
    .await;
    assert_eq!(watched.mail().await, "new");
}

#[tokio::test]
async fn an_exists_between_the_last_answer_and_idle_rings_at_once() {
    let mut watched = watch(|mut peer, _| async move {
        peer.log_in("IDLE").await;
        peer.open(4, 5).await;
        let fetch = peer.command("UID FETCH 5:*").await;
        peer.say(&format!("{fetch} OK fetched\n* 5 EXISTS")).await;
        // Whether it was heard before IDLE went out or after.
        let line = peer.line().await;
        if let Some(tag) = line.strip_suffix(" IDLE") {
            peer.say("+ idling").await;
            peer.done(tag).await;
            peer.fetch("5:*", &[(5, "new")]).await;
        } else {
            let tag = line.split(' ').next().unwrap().to_owned();
            peer.message(5, "new").await;
            peer.say(&format!("{tag} OK fetched")).await;
        }
        peer.wait_for_end().await;
    })
    .await;
    assert_eq!(watched.mail().await, "new");
}

#[tokio::test]
async fn a_no_to_a_fetch_is_no_success() {
    let mut watched = watch(|mut peer, number| async move {
        peer.log_in("IDLE").await;
        peer.open(5, 6).await;
        if number == 0 {
            let tag = peer.command("UID FETCH 5:*").await;
            peer.say(&format!("{tag} NO [SERVERBUG] internal error"))
                .await;
        } else {
            peer.fetch("5:*", &[(5, "new")]).await;
        }
        peer.wait_for_end().await;
    })
    .await;
    watched.until(Activity::Waiting).await;
    let error = watched.states.last().unwrap().last_error.clone().unwrap();
    assert!(error.contains("refuses to give messages"), "{error}");
    assert_eq!(watched.mail().await, "new");
}

#[tokio::test]
async fn a_uidnext_that_goes_back_is_read_back_by_date() {
    let mut watched = watch(|mut peer, _| async move {
        peer.log_in("IDLE").await;
        // Restored from a backup under the same UIDVALIDITY: 5 was reached, and 3 is next.
        peer.open(2, 3).await;
        peer.answer("UID SEARCH SINCE ", "* SEARCH 2").await;
        peer.fetch("2", &[(2, "restored")]).await;
        peer.idle().await;
        peer.wait_for_end().await;
    })
    .await;
    assert_eq!(watched.mail().await, "restored");
    watched.until(Activity::Idling).await;
    assert_eq!(watched.stop().await["INBOX"].next_uid, 3);
}

#[tokio::test]
async fn a_server_that_falls_silent_at_any_step_is_found_out() {
    let mut options = plain(
        serve(|mut peer, number| async move {
            let silent_at = number;
            if silent_at == 0 {
                return peer.wait_for_end().await;
            }
            peer.say("* OK [CAPABILITY IMAP4rev1 IDLE] hi").await;
            let tag = peer.command("LOGIN").await;
            if silent_at == 1 {
                return peer.wait_for_end().await;
            }
            peer.say(&format!("{tag} OK [CAPABILITY IMAP4rev1 IDLE] in"))
                .await;
            if silent_at == 2 {
                return peer.wait_for_end().await;
            }
            peer.open(4, 5).await;
            if silent_at == 3 {
                return peer.wait_for_end().await;
            }
            peer.fetch("5:*", &[]).await;
            // IDLE is never begun.
            peer.wait_for_end().await;
        })
        .await,
    );
    options.limits.step = Duration::from_millis(150);
    let mut watched = Watched::start(options, Password("secret"), stored());
    for step in [
        "the greeting",
        "broke during the login",
        "opening the folder",
        "fetching messages",
        "beginning IDLE",
    ] {
        watched.until(Activity::Waiting).await;
        let error = watched.states.last().unwrap().last_error.clone().unwrap();
        assert!(error.contains(step), "{error} is not {step}");
    }
}

#[tokio::test]
async fn only_a_server_that_asks_for_names_is_told_ours() {
    let mut watched = watch(|mut peer, number| async move {
        if number == 0 {
            peer.log_in("ID IDLE").await;
            // The answer is of no interest, not even a refusal.
            let tag = peer.command("ID (\"name\" \"mailward\"").await;
            peer.say(&format!("* ID (\"name\" NIL 5)\n{tag} BAD what"))
                .await;
        } else {
            peer.log_in("IDLE").await;
        }
        peer.open(4, 5).await;
        peer.fetch("5:*", &[]).await;
        peer.idle().await;
        if number > 0 {
            peer.wait_for_end().await;
        }
    })
    .await;
    watched.until(Activity::Idling).await;
    watched.until(Activity::Waiting).await;
    watched.until(Activity::Idling).await;
}

/// A token command whose answer is another one each time.
struct Fresh(Arc<AtomicUsize>);

impl Credentials for Fresh {
    fn secret(&self) -> BoxFuture<'_, Result<Credential, SecretError>> {
        let run = self.0.fetch_add(1, Ordering::SeqCst);
        async move { Ok(Credential::Token(Secret::new(format!("token-{run}")))) }.boxed()
    }
}

#[tokio::test]
async fn the_token_command_is_run_again_at_each_connect_and_after_a_refusal() {
    let runs = Arc::new(AtomicUsize::new(0));
    let port = serve(|mut peer, number| async move {
        peer.say("* OK [CAPABILITY IMAP4rev1 IDLE SASL-IR AUTH=XOAUTH2] hi")
            .await;
        let line = peer.line().await;
        let (tag, message) = line.split_once(" AUTHENTICATE XOAUTH2 ").unwrap();
        let message =
            base64::Engine::decode(&base64::engine::general_purpose::STANDARD, message).unwrap();
        let message = String::from_utf8(message).unwrap();
        assert!(message.contains(&format!("token-{number}")), "{message:?}");
        if number == 1 {
            peer.say("+ e30=").await;
            peer.line().await;
            return peer.say(&format!("{tag} NO expired")).await;
        }
        peer.say(&format!("{tag} OK in")).await;
        peer.answer("CAPABILITY", "* CAPABILITY IMAP4rev1 IDLE")
            .await;
        peer.open(4, 5).await;
        peer.fetch("5:*", &[]).await;
        peer.idle().await;
        if number == 0 {
            return peer
                .say("* BYE Session invalidated - AccessTokenExpired")
                .await;
        }
        peer.wait_for_end().await;
    })
    .await;
    let mut watched = Watched::start(plain(port), Fresh(Arc::clone(&runs)), stored());
    watched.until(Activity::Idling).await;
    let told = watched.until(Activity::Idling).await;
    assert!(
        !told.iter().any(|it| matches!(it, Told::Health(_))),
        "{told:?}"
    );
    assert_eq!(runs.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn too_many_connections_are_said_as_such_whenever_they_are_refused() {
    let refusals = [
        "NO [ALERT] Too many simultaneous connections. (Failure)",
        "NO [UNAVAILABLE] Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10)",
    ];
    let port = serve(move |mut peer, number| async move {
        if let Some(refusal) = refusals.get(number) {
            peer.say("* OK [CAPABILITY IMAP4rev1 IDLE] hi").await;
            let tag = peer.command("LOGIN").await;
            peer.say(&format!("{tag} {refusal}")).await;
        } else if number == refusals.len() {
            peer.say("* BYE Too many connections from your address")
                .await;
        } else {
            peer.up_to_date().await;
            peer.idle().await;
            peer.wait_for_end().await;
        }
    })
    .await;
    let mut watched = Watched::start(plain(port), Password("secret"), stored());
    for _ in 0..3 {
        watched.until(Activity::Waiting).await;
        let error = watched.states.last().unwrap().last_error.clone().unwrap();
        assert!(error.contains("too many connections"), "{error}");
    }
    watched.until(Activity::Idling).await;
}

#[tokio::test]
async fn an_account_has_one_connection_whatever_is_watched() {
    let open = Arc::new(AtomicUsize::new(0));
    let most = Arc::new(AtomicUsize::new(0));
    let (counted, highest) = (Arc::clone(&open), Arc::clone(&most));
    let port = serve(move |mut peer, number| {
        let (open, most) = (Arc::clone(&counted), Arc::clone(&highest));
        async move {
            let now_open = open.fetch_add(1, Ordering::SeqCst) + 1;
            most.fetch_max(now_open, Ordering::SeqCst);
            peer.log_in("IDLE").await;
            let state = "* 4 EXISTS\n* OK [UIDVALIDITY 1] v\n* OK [UIDNEXT 5] n";
            for folder in ["INBOX", "Archive", "Shopping"] {
                peer.answer(&format!("EXAMINE \"{folder}\""), state).await;
                peer.fetch("5:*", &[]).await;
            }
            peer.answer("EXAMINE \"INBOX\"", state).await;
            peer.fetch("5:*", &[]).await;
            peer.idle().await;
            if number < 3 {
                // The server hangs up: it has seen the last of the old connection before the next one comes.
                peer.say("* BYE maintenance").await;
                open.fetch_sub(1, Ordering::SeqCst);
                return;
            }
            peer.wait_for_end().await;
        }
    })
    .await;
    let mut options = plain(port);
    options.folders = ["INBOX", "Archive", "Shopping"].map(str::to_owned).into();
    options.limits.policy.folders_every = jiff::SignedDuration::from_hours(1);
    let cursors = options.folders.iter();
    let cursors = cursors
        .map(|name| (name.clone(), stored()["INBOX"]))
        .collect();
    let mut watched = Watched::start(options, Password("secret"), cursors);
    for _ in 0..3 {
        watched.until(Activity::Idling).await;
        watched.until(Activity::Waiting).await;
    }
    watched.until(Activity::Idling).await;
    assert_eq!(most.load(Ordering::SeqCst), 1);
}
