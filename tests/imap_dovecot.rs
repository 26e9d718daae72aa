//! The watcher against a real Dovecot over TLS.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stderr,
    missing_docs,
    reason = "a test may panic"
)]

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use mailward::engine::alert::Health;
use mailward::engine::watch::output::Activity;
use mailward::io::imap::Options;

use crate::support::account::{Password, Told, Watched};
use crate::support::dovecot::Dovecot;
use crate::support::interop::{self, mail, number, numbers};

mod support;

fn tls(server: &Dovecot) -> Options {
    interop::tls(server.imaps, server.certificate())
}

fn assert_unseen(server: &Dovecot, user: &str, count: usize) {
    let said = server.imap(user, &["STATUS INBOX (MESSAGES UNSEEN)".to_owned()]);
    assert!(
        said.contains(&format!("(MESSAGES {count} UNSEEN {count})")),
        "{said}"
    );
}

#[tokio::test]
async fn every_mail_is_seen_once_before_while_and_after_idling_and_stays_unseen() {
    let Some(mut server) = Dovecot::start() else {
        return;
    };
    for number in 0..3 {
        server.deliver("hanako", &mail(number));
    }
    let mut watched = Watched::start(tls(&server), Password("secret"), BTreeMap::new());
    let told = watched.until(Activity::Idling).await;
    assert_eq!(told.first(), Some(&Told::Began { first_start: true }));
    assert_eq!(told.last(), Some(&Told::Ended));
    assert_eq!(numbers(&told), [0, 1, 2]);
    assert_eq!(watched.cursors["INBOX"].next_uid, 4);

    // One mail alone is no catch-up.
    server.deliver("hanako", &mail(3));
    let Told::Mail(source, text) = watched.next().await else {
        panic!("a single mail was announced as a catch-up");
    };
    assert_eq!(source, "home/INBOX;uid=4");
    assert_eq!(number(&text), 3);
    assert!(text.contains("\r\n.a line with a dot\r\n"), "{text}");

    // A burst, whatever number of EXISTS it makes.
    for number in 4..24 {
        server.deliver("hanako", &mail(number));
    }
    let mut seen = Vec::new();
    while seen.len() < 20 {
        seen.push(number(&watched.mail().await));
    }
    assert_eq!(seen, (4..24).collect::<Vec<_>>());

    // The server dies and comes back; two mails come while nobody watches.
    watched.until(Activity::Idling).await;
    server.kill();
    watched.until(Activity::Waiting).await;
    server.launch();
    server.deliver("hanako", &mail(24));
    server.deliver("hanako", &mail(25));
    let mut seen = BTreeSet::new();
    while seen.len() < 2 {
        assert!(seen.insert(number(&watched.mail().await)));
    }
    assert_eq!(seen, BTreeSet::from([24, 25]));
    watched.until(Activity::Idling).await;

    // The next process begins where this one stored.
    let cursors = watched.stop().await;
    server.deliver("hanako", &mail(26));
    let mut watched = Watched::start(tls(&server), Password("secret"), cursors);
    let told = watched.until(Activity::Idling).await;
    assert_eq!(told.first(), Some(&Told::Began { first_start: false }));
    assert_eq!(numbers(&told), [26]);
    watched.stop().await;
    assert_unseen(&server, "hanako", 27);
}

#[tokio::test]
async fn starttls_works_and_an_unknown_certificate_is_not_trusted() {
    let Some(server) = Dovecot::start() else {
        return;
    };
    server.deliver("hanako", &mail(1));
    let options = interop::starttls(server.imap, server.certificate());
    interop::starttls_works_and_an_unknown_certificate_is_not_trusted(options).await;
}

#[tokio::test]
async fn a_wrong_password_is_told_at_once_on_a_first_start_and_never_shown() {
    let Some(server) = Dovecot::start() else {
        return;
    };
    let mut watched = Watched::start(tls(&server), Password("hunter2-wrong"), BTreeMap::new());
    assert_eq!(
        watched.health().await,
        Health::LoginRefused {
            account: "home".to_owned(),
            sign_in: false,
        }
    );
    watched.until(Activity::Waiting).await;
    let shown = format!("{:?}", watched.states);
    assert!(shown.contains("refused the login"), "{shown}");
    assert!(!shown.contains("hunter2"), "{shown}");
    watched.stop().await;
}

#[tokio::test]
async fn further_folders_are_watched_on_the_same_connection() {
    let Some(server) = Dovecot::start() else {
        return;
    };
    server.append("hanako", "迷惑", &mail(0));
    server.append("hanako", "&j,dg0Q-", &mail(1));
    let options = Options {
        folders: vec!["INBOX".to_owned(), "迷惑".to_owned()],
        ..tls(&server)
    };
    let mut watched = Watched::start(options, Password("secret"), BTreeMap::new());
    let told = watched.until(Activity::Idling).await;
    // The name on the wire is modified UTF-7, so that the second of the two folders is the one meant.
    assert_eq!(numbers(&told), [1]);
    server.append("hanako", "&j,dg0Q-", &mail(2));
    assert_eq!(number(&watched.mail().await), 2);
    server.deliver("hanako", &mail(3));
    assert_eq!(number(&watched.mail().await), 3);
    watched.stop().await;
}

#[tokio::test]
async fn where_one_connection_is_allowed_one_is_enough_and_a_second_watch_waits_for_it() {
    let Some(server) =
        Dovecot::start_with("protocol imap {\n  mail_max_userip_connections = 1\n}\n")
    else {
        return;
    };
    server.append("hanako", "Shopping", &mail(0));
    let options = Options {
        folders: vec!["INBOX".to_owned(), "Shopping".to_owned()],
        ..tls(&server)
    };
    let mut first = Watched::start(options, Password("secret"), BTreeMap::new());
    assert_eq!(numbers(&first.until(Activity::Idling).await), [0]);

    // Another program of the person has taken the last connection: no wrong password, and nothing to tell yet.
    let mut second = Watched::start(tls(&server), Password("secret"), BTreeMap::new());
    let told = second.until(Activity::Waiting).await;
    assert_eq!(told, []);
    let error = second.states.last().unwrap().last_error.clone().unwrap();
    assert!(error.contains("too many connections"), "{error}");

    server.deliver("hanako", &mail(1));
    assert_eq!(number(&first.mail().await), 1);
    first.stop().await;
    assert_eq!(number(&second.mail().await), 1);
    second.stop().await;
}

#[tokio::test]
async fn a_folder_that_vanishes_is_reported_and_the_inbox_is_watched_all_the_same() {
    let Some(server) = Dovecot::start() else {
        return;
    };
    let options = Options {
        folders: vec!["INBOX".to_owned(), "Nowhere".to_owned()],
        ..tls(&server)
    };
    let mut watched = Watched::start(options, Password("secret"), BTreeMap::new());
    let gone = Health::FolderGone {
        account: "home".to_owned(),
        folder: "Nowhere".to_owned(),
    };
    assert_eq!(watched.health().await, gone);
    server.deliver("hanako", &mail(3));
    assert_eq!(number(&watched.mail().await), 3);
    // Made later, it is found without a new connection.
    server.append("hanako", "Nowhere", &mail(4));
    assert_eq!(number(&watched.mail().await), 4);
    watched.stop().await;
}

#[tokio::test]
async fn a_large_mail_is_cut_at_the_limit() {
    let Some(server) = Dovecot::start() else {
        return;
    };
    let large = format!("{}{}", mail(1), "padding of a large mail\n".repeat(100_000));
    server.deliver("hanako", &large);
    let mut options = tls(&server);
    options.limits.fetch = 1000;
    let mut watched = Watched::start(options, Password("secret"), BTreeMap::new());
    let text = watched.mail().await;
    assert_eq!(text.len(), 1000);
    watched.stop().await;
}

#[tokio::test]
async fn a_further_folder_is_told_of_by_notify_without_waiting_for_a_check() {
    let Some(server) = Dovecot::start() else {
        return;
    };
    server.append("hanako", "&j,dg0Q-", &mail(1));
    let mut options = Options {
        folders: vec!["INBOX".to_owned(), "迷惑".to_owned()],
        ..tls(&server)
    };
    // Nothing but the server itself can tell of the folder within the time of this test.
    options.limits.policy.folders_every = SignedDuration::from_hours(1);
    options.limits.policy.renew_after = SignedDuration::from_hours(1);
    let mut watched = Watched::start(options, Password("secret"), BTreeMap::new());
    let told = watched.until(Activity::Idling).await;
    assert_eq!(numbers(&told), [1]);
    server.append("hanako", "&j,dg0Q-", &mail(2));
    assert_eq!(number(&watched.mail().await), 2);
    watched.until(Activity::Idling).await;
    server.deliver("hanako", &mail(3));
    assert_eq!(number(&watched.mail().await), 3);
    watched.stop().await;
}

#[tokio::test]
async fn a_mail_deleted_at_once_has_vanished_and_a_moved_one_has_not() {
    let Some(server) = Dovecot::start() else {
        return;
    };
    let mut watched = Watched::start(tls(&server), Password("secret"), BTreeMap::new());
    watched.until(Activity::Idling).await;
    for (name, uid) in [(1, 1), (2, 2)] {
        server.deliver("hanako", &mail(name));
        assert_eq!(number(&watched.mail().await), name);
        watched.until(Activity::Idling).await;
        let commands = if name == 1 {
            vec![
                "CREATE Shopping".to_owned(),
                "SELECT INBOX".to_owned(),
                format!("UID MOVE {uid} Shopping"),
            ]
        } else {
            vec![
                "SELECT INBOX".to_owned(),
                format!("UID STORE {uid} +FLAGS (\\Deleted)"),
                "EXPUNGE".to_owned(),
            ]
        };
        server.imap("hanako", &commands);
        if name == 1 {
            let told = watched.until(Activity::Idling).await;
            let vanished = told.iter().any(|it| matches!(it, Told::Vanished(_)));
            assert!(!vanished, "it was only moved: {told:?}");
        } else {
            let vanished = Told::Vanished(format!("home/INBOX;uid={uid}"));
            assert_eq!(watched.next().await, vanished);
        }
    }
    watched.stop().await;
}
