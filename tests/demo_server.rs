//! The embedded IMAP server as the daemon's own client library and a hostile client see it.
#![cfg(feature = "demo")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

mod demo_support;

use std::sync::Arc;
use std::time::Duration;

use async_imap::extensions::idle::IdleResponse;
use async_imap::imap_proto::{MailboxDatum, Response};
use demo_support::{PASSWORD, Server, USER, mail, noon, start};
use futures::TryStreamExt;
use jiff::tz::TimeZone;
use mailward::demo::clock::StoryClock;
use mailward::demo::player::{Pace, Player, play};
use mailward::demo::server::mailbox::MailFlag;
use mailward::demo::story::Story;
use mailward::engine::wording::Language;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring};

/// A bound that no correct run comes near.
const LIMIT: Duration = Duration::from_secs(20);

/// A TLS connection that trusts the server's authority and checks the name.
async fn connect(server: &Server) -> TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    let authority = CertificateDer::from_pem_slice(server.pem.as_bytes()).unwrap();
    roots.add(authority).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(server.address).await.unwrap();
    TlsConnector::from(Arc::new(config))
        .connect(ServerName::try_from("localhost").unwrap(), stream)
        .await
        .unwrap()
}

type Session = async_imap::Session<TlsStream<TcpStream>>;

async fn log_in(server: &Server) -> Session {
    let mut client = async_imap::Client::new(connect(server).await);
    client.read_response().await.unwrap().unwrap();
    let (session, capabilities) = client
        .login_with_capabilities(USER, PASSWORD)
        .await
        .map_err(|(error, _)| error)
        .unwrap();
    let capabilities = capabilities.expect("the login tells the capabilities");
    assert!(capabilities.has_str("IDLE"));
    session
}

/// A client that speaks bytes: a dialogue of lines.
struct Raw(TlsStream<TcpStream>);

impl Raw {
    async fn connect(server: &Server) -> Self {
        let mut raw = Self(connect(server).await);
        assert!(raw.line().await.starts_with("* OK [CAPABILITY IMAP4"));
        raw
    }

    async fn log_in(server: &Server) -> Self {
        let mut raw = Self::connect(server).await;
        let quoted = PASSWORD.replace('"', "\\\"");
        raw.send(&format!("l LOGIN {USER} \"{quoted}\"\r\n")).await;
        assert!(raw.line().await.starts_with("l OK"));
        raw
    }

    async fn send(&mut self, bytes: &str) {
        self.0.write_all(bytes.as_bytes()).await.unwrap();
    }

    async fn line(&mut self) -> String {
        let mut line = Vec::new();
        while !line.ends_with(b"\r\n") {
            let byte = tokio::time::timeout(LIMIT, self.0.read_u8()).await;
            line.push(byte.expect("the server answers").unwrap());
        }
        String::from_utf8(line).unwrap().trim_end().to_owned()
    }

    /// Sends a command and returns everything up to its tagged response, that one included.
    async fn ask(&mut self, command: &str) -> Vec<String> {
        self.send(&format!("t {command}\r\n")).await;
        let mut lines = Vec::new();
        loop {
            lines.push(self.line().await);
            if lines.last().unwrap().starts_with("t ") {
                return lines;
            }
        }
    }

    async fn ending(&mut self, command: &str) -> String {
        self.ask(command).await.pop().unwrap()
    }
}

#[tokio::test]
async fn the_daemons_client_examines_fetches_a_part_and_leaves_no_trace() {
    let server = start().await;
    server.deliver("one", "2026-11-20");
    server.deliver("two", "2026-11-21");
    let mut session = log_in(&server).await;
    let folder = session.examine("INBOX").await.unwrap();
    assert_eq!(folder.exists, 2);
    assert_eq!(folder.uid_validity, Some(7));
    assert_eq!(folder.uid_next, Some(3));

    let query = "(UID RFC822.SIZE INTERNALDATE BODY.PEEK[]<0.20>)";
    let mails: Vec<_> = session
        .uid_fetch("2:*", query)
        .await
        .unwrap()
        .try_collect()
        .await
        .unwrap();
    assert_eq!(mails.len(), 1);
    let one = &mails[0];
    assert_eq!(one.uid, Some(2));
    assert_eq!(one.size, Some(u32::try_from(mail("two").len()).unwrap()));
    assert_eq!(one.body(), Some(&mail("two")[..20]));
    let date = one.internal_date().unwrap().timestamp();
    assert_eq!(date, noon("2026-11-21").as_second());
    assert!(server.mailbox.flags(2).unwrap().is_empty());
    session.logout().await.unwrap();
}

#[tokio::test]
async fn idle_pushes_several_mails_as_one_and_an_expunge() {
    let server = start().await;
    server.deliver("one", "2026-11-20");
    let mut session = log_in(&server).await;
    session.examine("INBOX").await.unwrap();
    let mut idle = session.idle();
    idle.init().await.unwrap();
    let (wait, _stop) = idle.wait_with_timeout(LIMIT);
    server
        .mailbox
        .deliver_many(vec![(mail("two"), noon("2026-11-21")); 3]);
    let IdleResponse::NewData(data) = wait.await.unwrap() else {
        panic!("idle ended without news");
    };
    assert!(matches!(
        data.parsed(),
        Response::MailboxData(MailboxDatum::Exists(4))
    ));

    server.mailbox.expunge(2);
    let (wait, _stop) = idle.wait_with_timeout(LIMIT);
    let IdleResponse::NewData(data) = wait.await.unwrap() else {
        panic!("idle ended without news");
    };
    assert!(matches!(data.parsed(), Response::Expunge(2)));
    let mut session = idle.done().await.unwrap();
    let uids = session.uid_search("ALL").await.unwrap();
    assert_eq!(uids, [1, 3, 4].into_iter().collect());
}

#[tokio::test]
async fn a_mail_that_comes_between_two_idles_is_told_at_once() {
    let server = start().await;
    let mut raw = Raw::log_in(&server).await;
    raw.ask("EXAMINE INBOX").await;
    server.deliver("one", "2026-11-20");
    raw.send("i IDLE\r\n").await;
    assert_eq!(raw.line().await, "+ idling");
    assert_eq!(raw.line().await, "* 1 EXISTS");
    raw.send("DONE\r\n").await;
    assert!(raw.line().await.starts_with("i OK"));
}

#[tokio::test]
async fn a_wrong_password_is_refused_and_nothing_can_be_read_without_a_login() {
    let server = start().await;
    let mut raw = Raw::connect(&server).await;
    for command in ["EXAMINE INBOX", "IDLE", "LIST \"\" *", "FETCH 1 UID"] {
        assert!(raw.ending(command).await.starts_with("t BAD"), "{command}");
    }
    let refused = raw.ending("LOGIN hanako@example.com wrong").await;
    assert!(refused.starts_with("t NO"), "{refused}");
    assert!(raw.ending("LOGIN nobody wrong").await.starts_with("t NO"));
    assert!(raw.ending("SELECT INBOX").await.starts_with("t BAD"));
}

#[tokio::test]
async fn plain_is_taken_with_and_without_an_initial_response() {
    use base64::Engine;
    let response =
        base64::engine::general_purpose::STANDARD.encode(format!("\0{USER}\0{PASSWORD}"));
    let server = start().await;
    let mut raw = Raw::connect(&server).await;
    raw.send("a AUTHENTICATE PLAIN\r\n").await;
    assert_eq!(raw.line().await, "+");
    raw.send("*\r\n").await;
    assert!(raw.line().await.starts_with("a BAD"));
    raw.send("b AUTHENTICATE PLAIN\r\n").await;
    assert_eq!(raw.line().await, "+");
    raw.send(&format!("{response}\r\n")).await;
    assert!(raw.line().await.starts_with("b OK"));

    let mut raw = Raw::connect(&server).await;
    let ending = raw.ending(&format!("AUTHENTICATE PLAIN {response}")).await;
    assert!(ending.starts_with("t OK"));
    assert!(raw.ending("AUTHENTICATE PLAIN").await.starts_with("t BAD"));
}

#[tokio::test]
async fn numbers_stay_until_the_client_may_be_told() {
    let server = start().await;
    for subject in ["one", "two", "three"] {
        server.deliver(subject, "2026-11-20");
    }
    let mut raw = Raw::log_in(&server).await;
    raw.ask("SELECT INBOX").await;
    server.mailbox.expunge(1);
    let lines = raw.ask("FETCH 1:* UID").await;
    assert_eq!(lines[0], "* 2 FETCH (UID 2)");
    assert_eq!(lines[1], "* 3 FETCH (UID 3)");
    assert_eq!(lines.len(), 3);
    let lines = raw.ask("NOOP").await;
    assert_eq!(lines[0], "* 1 EXPUNGE");
    let lines = raw.ask("FETCH 1 UID").await;
    assert_eq!(lines[0], "* 1 FETCH (UID 2)");
}

#[tokio::test]
async fn a_body_makes_a_mail_read_only_when_the_folder_is_open_for_writing() {
    let server = start().await;
    server.deliver("one", "2026-11-20");
    let mut raw = Raw::log_in(&server).await;
    raw.ask("EXAMINE INBOX").await;
    raw.ask("UID FETCH 1 BODY[]").await;
    assert!(server.mailbox.flags(1).unwrap().is_empty());
    assert!(
        raw.ending("UID STORE 1 FLAGS (\\Seen)")
            .await
            .starts_with("t NO")
    );
    raw.ask("SELECT INBOX").await;
    raw.ask("UID FETCH 1 BODY.PEEK[]").await;
    assert!(server.mailbox.flags(1).unwrap().is_empty());
    raw.ask("UID FETCH 1 BODY[TEXT]").await;
    assert_eq!(
        server
            .mailbox
            .flags(1)
            .unwrap()
            .into_iter()
            .collect::<Vec<_>>(),
        [MailFlag::Seen]
    );
    let lines = raw.ask("UID STORE 1 -FLAGS (\\Seen)").await;
    assert_eq!(lines[0], "* 1 FETCH (UID 1 FLAGS ())");
    raw.ask("STORE 1 +FLAGS.SILENT (\\Deleted)").await;
    assert_eq!(raw.ask("EXPUNGE").await[0], "* 1 EXPUNGE");
    assert_eq!(server.mailbox.flags(1), None);
}

#[tokio::test]
async fn header_fields_parts_and_text_are_cut_where_they_should() {
    let server = start().await;
    server.deliver("one", "2026-11-20");
    let mut raw = Raw::log_in(&server).await;
    raw.ask("EXAMINE INBOX").await;
    let lines = raw
        .ask("FETCH 1 (BODY.PEEK[HEADER.FIELDS (Subject)])")
        .await;
    assert_eq!(lines[0], "* 1 FETCH (BODY[HEADER.FIELDS (Subject)] {16}");
    assert_eq!(lines[1], "Subject: one");
    let lines = raw.ask("UID FETCH 1 BODY.PEEK[TEXT]<7.100>").await;
    assert_eq!(lines[0], "* 1 FETCH (UID 1 BODY[TEXT]<7> {7}");
    let lines = raw.ask("FETCH 1 BODY.PEEK[]<100000.10>").await;
    assert!(lines[0].ends_with("BODY[]<100000> {0}"), "{lines:?}");
    assert!(raw.ending("FETCH 1 ENVELOPE").await.starts_with("t NO"));
    assert!(raw.ending("FETCH 1 BODY[2.MIME]").await.starts_with("t NO"));
}

#[tokio::test]
async fn search_knows_dates_flags_and_ranges() {
    let server = start().await;
    server.deliver("one", "2026-11-20");
    server.deliver("two", "2026-11-21");
    server.deliver("three", "2026-11-22");
    server.mailbox.expunge(1);
    let mut raw = Raw::log_in(&server).await;
    raw.ask("SELECT INBOX").await;
    raw.ask("UID STORE 2 +FLAGS (\\Seen)").await;
    for (criteria, found) in [
        ("UID SEARCH ALL", "* SEARCH 2 3"),
        ("SEARCH ALL", "* SEARCH 1 2"),
        ("UID SEARCH UNSEEN", "* SEARCH 3"),
        ("UID SEARCH SINCE 22-Nov-2026", "* SEARCH 3"),
        ("UID SEARCH BEFORE 22-Nov-2026 SEEN", "* SEARCH 2"),
        ("UID SEARCH UID 3:*", "* SEARCH 3"),
        ("UID SEARCH UID 9:*", "* SEARCH 3"),
        ("UID SEARCH NOT SEEN OR UID 2 ON 20-Nov-2026", "* SEARCH"),
    ] {
        assert_eq!(raw.ask(criteria).await[0], found, "{criteria}");
    }
    assert!(raw.ending("SEARCH SUBJECT one").await.starts_with("t NO"));
}

#[tokio::test]
async fn list_and_status_know_the_one_folder() {
    let server = start().await;
    server.deliver("one", "2026-11-20");
    let mut raw = Raw::log_in(&server).await;
    assert_eq!(raw.ask("LIST \"\" *").await[0], "* LIST () \"/\" INBOX");
    assert_eq!(raw.ask("LIST \"\" inbox").await[0], "* LIST () \"/\" INBOX");
    assert_eq!(
        raw.ask("LIST \"\" \"\"").await[0],
        "* LIST (\\Noselect) \"/\" \"\""
    );
    assert_eq!(raw.ask("LIST \"\" Trash").await.len(), 1);
    assert_eq!(
        raw.ask("STATUS INBOX (MESSAGES UIDNEXT UIDVALIDITY UNSEEN)")
            .await[0],
        "* STATUS INBOX (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 7 UNSEEN 1)"
    );
    assert!(raw.ending("EXAMINE Trash").await.starts_with("t NO"));
    assert!(
        raw.ending("APPEND INBOX {3+}\r\nabc")
            .await
            .starts_with("t NO")
    );
}

#[tokio::test]
async fn nonsense_is_answered_and_the_server_goes_on() {
    let server = start().await;
    server.deliver("one", "2026-11-20");
    let mut raw = Raw::connect(&server).await;
    for nonsense in [
        "x1 FROBNICATE now\r\n",
        "x1 LOGIN\r\n",
        "x1 UID FETCH 0 UID\r\n",
    ] {
        raw.send(nonsense).await;
        assert_eq!(raw.line().await, "x1 BAD not understood", "{nonsense}");
    }
    raw.send("\r\n").await;
    assert_eq!(raw.line().await, "* BAD not understood");
    raw.0.write_all(b"\x00\xff\x80 {}\r\n").await.unwrap();
    assert_eq!(raw.line().await, "* BAD not understood");
    raw.send(&format!("x2 LOGIN {}\r\n", "y".repeat(100_000)))
        .await;
    assert_eq!(raw.line().await, "x2 BAD too long");
    raw.send("x3 LOGIN {4000000000}\r\n").await;
    assert_eq!(raw.line().await, "x3 BAD too long");
    let nested = format!(
        "x4 SEARCH {}ALL{}\r\n",
        "(".repeat(30_000),
        ")".repeat(30_000)
    );
    raw.send(&nested).await;
    assert!(raw.line().await.starts_with("x4 BAD"));
    assert!(raw.ending("NOOP").await.starts_with("t OK"));

    raw.send("x5 LOGIN {4000000000+}\r\n").await;
    assert_eq!(raw.line().await, "* BYE too long");

    let mut early = Raw::connect(&server).await;
    early.send("x6 LOGIN {100}\r\nab").await;
    drop(early);
    let mut plain = TcpStream::connect(server.address).await.unwrap();
    plain.write_all(b"a LOGIN in the clear\r\n").await.unwrap();
    drop(plain);

    let mut session = log_in(&server).await;
    assert_eq!(session.examine("INBOX").await.unwrap().exists, 1);
    server.end().await;
}

#[tokio::test]
async fn stopping_says_bye_to_those_who_idle_and_to_those_who_do_not() {
    let server = start().await;
    let mut idling = Raw::log_in(&server).await;
    idling.ask("EXAMINE INBOX").await;
    idling.send("i IDLE\r\n").await;
    assert_eq!(idling.line().await, "+ idling");
    let mut quiet = Raw::connect(&server).await;
    server.stop.cancel();
    assert_eq!(idling.line().await, "* BYE shutting down");
    assert_eq!(quiet.line().await, "* BYE shutting down");
    tokio::time::timeout(LIMIT, server.task)
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn a_client_that_idles_sees_every_mail_of_a_story_in_its_time() {
    let server = start().await;
    let mut session = log_in(&server).await;
    session.examine("INBOX").await.unwrap();
    let story = Story::built_in("five-orders").unwrap().unwrap();
    let begin = noon("2026-11-20");
    let moments = story.moments(Language::Ja, begin, &TimeZone::UTC).unwrap();
    let times: Vec<_> = moments.iter().map(|moment| moment.at.as_second()).collect();
    let clock = Arc::new(StoryClock::new(begin));
    let mailbox = Arc::clone(&server.mailbox);
    let player = Player::new(moments, story.tail(), mailbox, clock, Pace::FAST);
    let playing = tokio::spawn(play(player, |_| ()));

    let mut seen = Vec::new();
    while seen.len() < times.len() {
        let mut idle = session.idle();
        idle.init().await.unwrap();
        let (wait, _stop) = idle.wait_with_timeout(LIMIT);
        let told = wait.await.unwrap();
        assert!(
            matches!(told, IdleResponse::NewData(_)),
            "a mail was not told"
        );
        session = idle.done().await.unwrap();
        let next = u32::try_from(seen.len()).unwrap() + 1;
        let mails: Vec<_> = session
            .uid_fetch(format!("{next}:*"), "(UID INTERNALDATE BODY.PEEK[])")
            .await
            .unwrap()
            .try_collect()
            .await
            .unwrap();
        for mail in mails.iter().filter(|mail| mail.uid >= Some(next)) {
            assert!(mail.body().unwrap().ends_with(b"\r\n"));
            seen.push(mail.internal_date().unwrap().timestamp());
        }
    }
    assert_eq!(seen, times);
    playing.await.unwrap();
}
