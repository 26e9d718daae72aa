//! What the watch must do with every real server, written once.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may panic, and not every test uses all of it"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use jiff::SignedDuration;
use mailward::engine::watch::output::Activity;
use mailward::io::imap::{Options, Security};

use crate::support::account::{Password, Told, Watched, plain};

/// A real server with a mailbox for `hanako`.
pub trait Server {
    /// How to watch the mailbox, over TLS.
    fn options(&self) -> Options;
    /// The same where TLS begins with STARTTLS.
    fn starttls(&self) -> Options;
    /// Delivers a mail to INBOX.
    fn deliver(&self, mail: &str);
    /// Puts a mail into a folder, which is made first where it is missing.
    fn append(&self, folder: &str, mail: &str);
    /// Runs commands on another connection; what the server said.
    fn imap(&self, commands: &[String]) -> String;
    /// Kills the server and all its children with SIGKILL.
    fn kill(&mut self);
    /// Starts it again on the same ports and mailboxes.
    fn launch(&mut self);
}

/// Options for a server on loopback over TLS.
pub fn tls(port: u16, certificate: PathBuf) -> Options {
    Options {
        host: "localhost".to_owned(),
        port,
        security: Security::Tls,
        ca_file: Some(certificate),
        ..plain(0)
    }
}

/// The same over STARTTLS.
pub fn starttls(port: u16, certificate: PathBuf) -> Options {
    Options {
        security: Security::StartTls,
        ..tls(port, certificate)
    }
}

/// A mail that is told from others by its number.
pub fn mail(number: usize) -> String {
    format!(
        "From: Shop <orders@example.com>\nTo: hanako@example.com\nSubject: mail {number}\nDate: Sun, 22 Nov 2026 10:00:00 +0900\nMessage-ID: <{number}@example.com>\n\nbody of mail {number}\n.a line with a dot\n"
    )
}

/// The number of a mail.
pub fn number(text: &str) -> usize {
    let line = text
        .lines()
        .find_map(|it| it.strip_prefix("Subject: mail "));
    line.expect("no subject").trim().parse().unwrap()
}

/// The numbers of the mails among what was told.
pub fn numbers(told: &[Told]) -> Vec<usize> {
    told.iter()
        .filter_map(|it| match it {
            Told::Mail(_, text) => Some(number(text)),
            Told::Began { .. }
            | Told::Moved(_)
            | Told::Ended
            | Told::Vanished(_)
            | Told::Health(_) => None,
        })
        .collect()
}

/// A first start, a mail while idle, one that is deleted at once, a burst, a server that dies while mails come, and a
/// restart of the watch: each mail is seen once, and stays unseen for its owner.
pub async fn every_mail_is_seen_once(server: &mut impl Server, limits: impl Fn(&mut Options)) {
    let options = |server: &dyn Server| {
        let mut options = server.options();
        limits(&mut options);
        options
    };
    for number in 0..3 {
        server.deliver(&mail(number));
    }
    let mut watched = Watched::start(options(server), Password("secret"), BTreeMap::new());
    let told = watched.until(Activity::Idling).await;
    assert_eq!(told.first(), Some(&Told::Began { first_start: true }));
    assert_eq!(numbers(&told), [0, 1, 2]);

    server.deliver(&mail(3));
    let Told::Mail(source, text) = watched.next().await else {
        panic!("a single mail was announced as a catch-up");
    };
    assert_eq!(source, "home/INBOX;uid=4");
    assert_eq!(number(&text), 3);
    assert!(text.contains("\r\n.a line with a dot\r\n"), "{text}");

    watched.until(Activity::Idling).await;
    server.imap(&[
        "SELECT INBOX".to_owned(),
        "UID STORE 4 +FLAGS (\\Deleted)".to_owned(),
        "EXPUNGE".to_owned(),
    ]);
    let vanished = Told::Vanished("home/INBOX;uid=4".to_owned());
    assert_eq!(watched.next().await, vanished);

    watched.until(Activity::Idling).await;
    for number in 4..24 {
        server.deliver(&mail(number));
    }
    let mut seen = BTreeSet::new();
    while seen.len() < 20 {
        assert!(seen.insert(number(&watched.mail().await)));
    }
    assert_eq!(seen, (4..24).collect());

    watched.until(Activity::Idling).await;
    server.kill();
    watched.until(Activity::Waiting).await;
    server.launch();
    server.deliver(&mail(24));
    server.deliver(&mail(25));
    let mut seen = BTreeSet::new();
    while seen.len() < 2 {
        assert!(seen.insert(number(&watched.mail().await)));
    }
    assert_eq!(seen, BTreeSet::from([24, 25]));
    watched.until(Activity::Idling).await;

    let cursors = watched.stop().await;
    server.deliver(&mail(26));
    let mut watched = Watched::start(options(server), Password("secret"), cursors);
    let told = watched.until(Activity::Idling).await;
    assert_eq!(told.first(), Some(&Told::Began { first_start: false }));
    assert_eq!(numbers(&told), [26]);
    watched.stop().await;

    let said = server.imap(&["STATUS INBOX (MESSAGES UNSEEN)".to_owned()]);
    assert!(said.contains("(MESSAGES 26 UNSEEN 26)"), "{said}");
}

/// TLS begins after STARTTLS, a mail that lies there is seen, and a strange certificate is refused.
pub async fn starttls_works_and_an_unknown_certificate_is_not_trusted(options: Options) {
    let mut watched = Watched::start(options.clone(), Password("secret"), BTreeMap::new());
    assert_eq!(number(&watched.mail().await), 1);
    watched.until(Activity::Idling).await;
    watched.stop().await;

    let stranger = Options {
        ca_file: None,
        ..options
    };
    let mut watched = Watched::start(stranger, Password("secret"), BTreeMap::new());
    assert_eq!(watched.until(Activity::Waiting).await, []);
    let state = watched.states.last().expect("no state");
    let error = state.last_error.clone().expect("no error");
    assert!(error.contains("certificate is not trusted"), "{error}");
    watched.stop().await;
}

/// A mail in another folder is seen without a second connection, and INBOX is watched all the same.
pub async fn a_further_folder_is_watched(server: &impl Server, folder: &str) {
    server.append(folder, &mail(0));
    let mut options = Options {
        folders: vec!["INBOX".to_owned(), folder.to_owned()],
        ..server.options()
    };
    // Nothing but NOTIFY, or STATUS between two IDLEs, can tell of the folder within the time of this test.
    options.limits.policy.renew_after = SignedDuration::from_hours(1);
    let mut watched = Watched::start(options, Password("secret"), BTreeMap::new());
    let told = watched.until(Activity::Idling).await;
    assert_eq!(numbers(&told), [0]);
    server.append(folder, &mail(1));
    assert_eq!(number(&watched.mail().await), 1);
    server.deliver(&mail(2));
    assert_eq!(number(&watched.mail().await), 2);
    watched.stop().await;
}
