//! The watcher against servers that break off, babble or lie.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stderr,
    missing_docs,
    reason = "a test may panic"
)]

use jiff::SignedDuration;
use mailward::engine::alert::Health;
use mailward::engine::watch::output::Activity;
use mailward::io::imap::Options;

use crate::support::account::{Password, Told, Watched, plain};
use crate::support::script::serve;
use crate::support::watching::{resident_kib, stored, watch};

mod support;

#[tokio::test]
async fn an_end_of_stream_in_the_middle_of_any_answer_is_no_success() {
    let mut watched = watch(|mut peer, number| async move {
        match number {
            // EXAMINE that ends before its tagged OK would read as an empty folder.
            0 => {
                peer.log_in("IDLE").await;
                peer.command("EXAMINE").await;
                peer.say("* 0 EXISTS").await;
            }
            // A FETCH that ends after the first of two messages.
            1 => {
                peer.log_in("IDLE").await;
                peer.open(6, 7).await;
                peer.command("UID FETCH 5:*").await;
                peer.message(5, "five").await;
            }
            // IDLE that just ends.
            2 => {
                peer.log_in("IDLE").await;
                peer.open(6, 7).await;
                peer.fetch("6:*", &[(6, "six")]).await;
                peer.idle().await;
            }
            _ => {
                peer.log_in("IDLE").await;
                peer.open(7, 8).await;
                peer.fetch("7:*", &[(7, "seven")]).await;
                peer.idle().await;
                peer.wait_for_end().await;
            }
        }
    })
    .await;
    for text in ["five", "six", "seven"] {
        assert_eq!(watched.mail().await, text);
    }
    watched.until(Activity::Idling).await;
    assert_eq!(watched.stop().await["INBOX"].next_uid, 8);
}

#[tokio::test]
async fn a_server_that_ends_every_idle_at_once_is_polled_instead_of_spinning() {
    let mut watched = watch(|mut peer, _| async move {
        peer.up_to_date().await;
        for _ in 0..3 {
            let tag = peer.command("IDLE").await;
            peer.say(&format!("+ idling\n{tag} OK enough")).await;
            peer.fetch("5:*", &[]).await;
        }
        peer.answer("NOOP", "").await;
        peer.wait_for_end().await;
    })
    .await;
    watched.until(Activity::Polling).await;
}

#[tokio::test]
async fn lines_that_nobody_can_read_are_passed_over() {
    let mut watched = watch(|mut peer, _| async move {
        peer.say("* OK hello").await;
        peer.answer("CAPABILITY", "* CAPABILITY  IMAP4rev2  IDLE ")
            .await;
        peer.answer("LOGIN", "* ESEARCH (TAG \"x\") UID COUNT 3")
            .await;
        peer.answer("CAPABILITY", "* CAPABILITY IMAP4rev2 IDLE")
            .await;
        peer.open(4, 5).await;
        let tag = peer.command("UID FETCH").await;
        peer.say("* NAMESPACE ((\"\" \"/\")) NIL NIL\n\n* XLIST (")
            .await;
        peer.raw(b"* OK caf\xe9 \x82\xa0\n").await;
        peer.message(5, "new").await;
        peer.say(&format!("{tag} OK")).await;
        peer.idle().await;
        peer.wait_for_end().await;
    })
    .await;
    assert_eq!(watched.mail().await, "new");
    watched.until(Activity::Idling).await;
}

#[tokio::test]
async fn a_message_that_cannot_be_fetched_is_passed_over_alone_and_told() {
    let mut watched = watch(|mut peer, _| async move {
        peer.log_in("IDLE").await;
        peer.open(7, 8).await;
        loop {
            let line = peer.line().await;
            let mut words = line.split(' ');
            let tag = words.next().unwrap().to_owned();
            let Some(set) = words.nth(2) else {
                return;
            };
            if line.ends_with("(UID)") {
                let from: u32 = set.trim_end_matches(":*").parse().unwrap();
                for uid in from..8 {
                    peer.say(&format!("* {uid} FETCH (UID {uid})")).await;
                }
                peer.say(&format!("{tag} OK")).await;
                continue;
            }
            let wanted = |uid: u32| set == uid.to_string() || set.contains(':');
            if wanted(5) && set != "6:*" && set != "7:*" {
                peer.message(5, "five").await;
            }
            if wanted(6) && set != "7:*" {
                peer.raw(b"* 6 FETCH (UID 6 BODY[]<0> {400000000}\r\nabc")
                    .await;
                return peer.wait_for_end().await;
            }
            if wanted(7) {
                peer.message(7, "seven").await;
            }
            peer.say(&format!("{tag} OK")).await;
            if set == "7:*" {
                break;
            }
        }
        peer.idle().await;
        peer.wait_for_end().await;
    })
    .await;
    let told = watched.until(Activity::Idling).await;
    let mails: Vec<&Told> = told
        .iter()
        .filter(|it| matches!(it, Told::Mail(..)))
        .collect();
    let mail = |uid: u32, text: &str| Told::Mail(format!("home/INBOX;uid={uid}"), text.to_owned());
    assert_eq!(mails, [&mail(5, "five"), &mail(7, "seven")]);
    let skipped = Told::Health(Health::MessageSkipped {
        account: "home".to_owned(),
        folder: "INBOX".to_owned(),
        count: 1,
    });
    assert_eq!(told.iter().filter(|it| **it == skipped).count(), 1);
    assert_eq!(watched.cursors["INBOX"].next_uid, 8);
}

#[tokio::test]
async fn an_endless_line_ends_the_connection_within_the_limit() {
    let port = serve(|mut peer, _| async move {
        peer.up_to_date().await;
        peer.idle().await;
        let chunk = [b'x'; 4096];
        peer.raw(b"* OK ").await;
        for _ in 0..100 {
            peer.raw(&chunk).await;
        }
        peer.wait_for_end().await;
    })
    .await;
    let mut options = plain(port);
    options.limits.line = 64 * 1024;
    let mut watched = Watched::start(options, Password("secret"), stored());
    watched.until(Activity::Idling).await;
    watched.until(Activity::Waiting).await;
    let error = watched.states.last().unwrap().last_error.clone();
    assert!(error.unwrap().contains("line is too long"));
}

#[tokio::test]
async fn a_flood_of_lines_ends_the_connection_within_the_limit() {
    let port = serve(|mut peer, _| async move {
        peer.up_to_date().await;
        peer.idle().await;
        let block = "* OK still here\r\n".repeat(500);
        for _ in 0..100 {
            peer.raw(block.as_bytes()).await;
        }
        peer.wait_for_end().await;
    })
    .await;
    let mut options = plain(port);
    options.limits.lines = 10_000;
    let mut watched = Watched::start(options, Password("secret"), stored());
    watched.until(Activity::Idling).await;
    watched.until(Activity::Waiting).await;
    let error = watched.states.last().unwrap().last_error.clone();
    assert!(error.unwrap().contains("too many lines"));
}

/// IDLE is to be renewed, DONE gets no answer, and the next connection idles again.
async fn assert_found_out(port: u16) {
    let mut options: Options = plain(port);
    options.limits.policy.renew_after = SignedDuration::from_millis(200);
    options.limits.done = std::time::Duration::from_millis(200);
    let mut watched = Watched::start(options, Password("secret"), stored());
    watched.until(Activity::Idling).await;
    watched.until(Activity::Waiting).await;
    let error = watched.states.last().unwrap().last_error.clone();
    assert_eq!(
        error.as_deref(),
        Some("no answer within the limit: ending IDLE")
    );
    watched.until(Activity::Idling).await;
}

#[tokio::test]
async fn a_server_that_falls_silent_in_idle_is_found_out() {
    let port = serve(|mut peer, number| async move {
        peer.up_to_date().await;
        peer.idle().await;
        if number == 0 {
            // The connection stands, but nobody is there any more: not even DONE is answered.
            assert_eq!(peer.line().await, "DONE");
        } else {
            peer.say("* 5 EXISTS").await;
        }
        peer.wait_for_end().await;
    })
    .await;
    assert_found_out(port).await;
}

#[tokio::test]
async fn a_drip_within_idle_neither_counts_as_news_nor_as_the_answer_to_done() {
    let port = serve(|mut peer, number| async move {
        peer.up_to_date().await;
        peer.idle().await;
        if number > 0 {
            peer.wait_for_end().await;
            return;
        }
        // A byte now and then of a line that never ends, whatever is asked meanwhile.
        peer.raw(b"* OK ").await;
        for _ in 0..500 {
            peer.raw(b"z").await;
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    })
    .await;
    assert_found_out(port).await;
}

#[tokio::test]
async fn a_hostile_server_fills_no_memory_and_another_account_goes_on() {
    let hostile = serve(|mut peer, number| async move {
        peer.up_to_date().await;
        peer.idle().await;
        match number {
            0 => {
                let block = "* 3 FETCH (FLAGS (\\Seen))\r\n* OK still here\r\n".repeat(1000);
                for _ in 0..500 {
                    peer.raw(block.as_bytes()).await;
                }
            }
            1 => {
                peer.raw(b"* 5 FETCH (UID 5 BODY[] {400000000}\r\nabc")
                    .await;
            }
            _ => {
                let block = vec![b'y'; 65536];
                for _ in 0..6000 {
                    peer.raw(&block).await;
                }
            }
        }
        peer.wait_for_end().await;
    })
    .await;
    let honest = serve(|mut peer, _| async move {
        peer.up_to_date().await;
        for uid in 5.. {
            let tag = peer.idle().await;
            peer.say(&format!("* {uid} EXISTS")).await;
            peer.done(&tag).await;
            peer.fetch(&format!("{uid}:*"), &[(uid, "good")]).await;
        }
    })
    .await;
    let before = resident_kib();
    let mut options = plain(hostile);
    options.limits.lines = 100_000;
    let mut victim = Watched::start(options, Password("secret"), stored());
    let mut neighbour = Watched::start(plain(honest), Password("secret"), stored());
    for error in ["too many lines", "literal is too large", "line is too long"] {
        victim.until(Activity::Idling).await;
        victim.until(Activity::Waiting).await;
        let last = victim.states.last().unwrap().last_error.clone().unwrap();
        assert!(last.contains(error), "{last}");
        assert_eq!(neighbour.mail().await, "good");
    }
    let grown = resident_kib().saturating_sub(before);
    eprintln!("hostile server: {grown} KiB more resident memory, the server's own included");
    assert!(grown < 32 * 1024, "{grown} KiB");
    let whole = resident_kib();
    assert!(whole < 64 * 1024, "{whole} KiB");
}

/// An account that nobody can see because its server does all that it can to prevent it.
#[tokio::test]
async fn a_server_that_never_lets_the_watch_see_is_told_while_another_account_goes_on() {
    const KINDS: usize = 5;
    let hostile = serve(|mut peer, number| async move {
        let kind = number % KINDS;
        if kind == 0 {
            // A slow drip: a byte now and then, and never a line.
            for byte in b"* OK [CAPABILITY IMAP4rev1 IDLE] welcome".repeat(100) {
                peer.raw(&[byte]).await;
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
            return;
        }
        peer.log_in("IDLE").await;
        peer.open(u32::MAX, 5).await;
        let fetch = peer.command("UID FETCH 5:*").await;
        match kind {
            1 => {
                // A slow drip in a literal that was announced.
                peer.raw(b"* 5 FETCH (UID 5 BODY[] {5000}\r\n").await;
                for _ in 0..5000 {
                    peer.raw(b"x").await;
                    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                }
            }
            2 => {
                for _ in 0..500 {
                    let block = "* 3 FETCH (FLAGS (\\Seen))\r\n* 4294967295 EXISTS\r\n";
                    peer.raw(block.repeat(1000).as_bytes()).await;
                }
            }
            3 => {
                peer.raw(b"* 5 FETCH (UID 5 BODY[] {400000000}\r\nabc")
                    .await;
            }
            _ => {
                for _ in 0..600 {
                    peer.raw(&vec![b'y'; 65536]).await;
                }
            }
        }
        peer.say(&format!("{fetch} OK")).await;
        peer.wait_for_end().await;
    })
    .await;
    let honest = serve(|mut peer, _| async move {
        peer.up_to_date().await;
        for uid in 5.. {
            let tag = peer.idle().await;
            peer.say(&format!("* {uid} EXISTS")).await;
            peer.done(&tag).await;
            peer.fetch(&format!("{uid}:*"), &[(uid, "good")]).await;
        }
    })
    .await;
    let mut options = plain(hostile);
    options.limits.step = std::time::Duration::from_secs(1);
    options.limits.lines = 5_000;
    options.limits.policy.blind_after = SignedDuration::from_millis(300);
    let mut victim = Watched::start(options, Password("secret"), stored());
    let mut neighbour = Watched::start(plain(honest), Password("secret"), stored());
    let mut told = Vec::new();
    for error in [
        "the greeting",
        "fetching messages",
        "too many lines",
        "literal is too large",
        "line is too long",
    ] {
        told.extend(victim.until(Activity::Waiting).await);
        let last = victim.states.last().unwrap().last_error.clone().unwrap();
        assert!(last.contains(error), "{last} is not {error}");
        assert_eq!(neighbour.mail().await, "good");
    }
    let blind = |it: &&Told| matches!(it, Told::Health(Health::Blind { .. }));
    assert_eq!(told.iter().filter(blind).count(), 1, "{told:?}");
    let whole = resident_kib();
    eprintln!("a server that prevents all sight: {whole} KiB resident");
    assert!(whole < 64 * 1024, "{whole} KiB");
}

#[tokio::test]
async fn lies_about_exists_cost_a_few_looks_and_never_the_next_mail() {
    let mut watched = watch(|mut peer, _| async move {
        peer.log_in("IDLE").await;
        peer.open(u32::MAX, 5).await;
        let mut looks = 0;
        let tag = loop {
            let line = peer.line().await;
            let (tag, command) = line.split_once(' ').unwrap();
            if command == "IDLE" {
                peer.say("+ idling").await;
                break tag.to_owned();
            }
            looks += 1;
            peer.say("* 1 EXISTS\n* 4294967295 EXISTS").await;
            peer.say(&format!("{tag} OK nothing there")).await;
        };
        assert!(looks <= 4, "{looks} looks");
        peer.say("* 0 EXISTS").await;
        peer.done(&tag).await;
        let tag = peer.idle().await;
        peer.say("* 5 EXISTS").await;
        peer.done(&tag).await;
        peer.fetch("5:*", &[(5, "new")]).await;
        peer.wait_for_end().await;
    })
    .await;
    assert_eq!(watched.mail().await, "new");
}

#[tokio::test]
async fn a_mail_whose_storing_failed_comes_again() {
    let mut watched = watch(|mut peer, number| async move {
        peer.log_in("IDLE").await;
        peer.open(6, 7).await;
        let mails = [(5, "five"), (6, "six")];
        let from = usize::from(number > 0);
        let set = if number == 0 { "5:*" } else { "6:*" };
        peer.fetch(set, &mails[from..]).await;
        peer.idle().await;
        peer.wait_for_end().await;
    })
    .await;
    assert_eq!(watched.mail().await, "five");
    watched.lose_mail().await;
    assert_eq!(watched.mail().await, "six");
    watched.until(Activity::Idling).await;
    assert_eq!(watched.stop().await["INBOX"].next_uid, 7);
}
