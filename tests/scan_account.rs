//! `mailward scan --account` against a real Dovecot, and against a server that breaks off.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    reason = "a test may panic, and a real daemon is waited for in real time"
)]

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use mailward::engine::rule::sender_hash;
use mailward::engine::watch::input::LinkError;
use mailward::io::imap::Options;
use mailward::io::imap::gate::Gate;
use mailward::io::imap::history::{self, HistoryError, Read, Told};
use serde_json::Value;

use crate::support::account::{Password, plain};
use crate::support::dovecot::Dovecot;
use crate::support::script::{self, Peer};

mod support;

/// A configuration for one account, and the program that uses it.
struct Home {
    folder: tempfile::TempDir,
}

impl Home {
    fn new(server: &Dovecot, password: &str, folders: &str) -> Self {
        let home = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let secret = home.path("password");
        fs::write(&secret, password).unwrap();
        fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
        let config = format!(
            "language = \"en\"\ntime_zone = \"Asia/Tokyo\"\n[[channel]]\nkind = \"journal\"\n\
             [[account]]\nname = \"home\"\nhost = \"localhost\"\nport = {}\nsecurity = \"tls\"\n\
             ca_file = \"{}\"\nuser = \"hanako\"\naddresses = [\"hanako@example.com\"]\n\
             authserv_ids = [\"mx.example.com\"]\npassword_file = \"password\"\nfolders = {folders}\n",
            server.imaps,
            server.certificate().display()
        );
        fs::write(home.path("mailward.toml"), config).unwrap();
        home
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mailward"));
        command
            .arg("--config")
            .arg(self.path("mailward.toml"))
            .args(arguments)
            .env("STATE_DIRECTORY", self.path("state"))
            .env("LC_ALL", "C")
            .env_remove("RUNTIME_DIRECTORY")
            .env_remove("XDG_RUNTIME_DIR")
            .stdin(Stdio::null())
            .current_dir(env!("CARGO_MANIFEST_DIR"));
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }
}

/// The lines without what may differ: where a mail lies, and how long it took.
fn lines(output: &Output) -> Vec<Value> {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    assert_eq!(errors, "");
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines()
        .map(|line| {
            let mut line: Value = serde_json::from_str(line).unwrap();
            let fields = line.as_object_mut().unwrap();
            fields.remove("source");
            fields.remove("elapsed_seconds");
            line
        })
        .collect()
}

/// The mails of the sample story.
fn mails() -> Vec<String> {
    let text = fs::read_to_string("samples/story.mbox").unwrap();
    let mut mails: Vec<String> = Vec::new();
    for line in text.lines() {
        if line.starts_with("From ") {
            mails.push(String::new());
        } else {
            let mail = mails.last_mut().unwrap();
            mail.push_str(line);
            mail.push('\n');
        }
    }
    mails
}

fn assert_unseen(server: &Dovecot, count: usize) {
    let said = server.imap("hanako", &["STATUS INBOX (MESSAGES UNSEEN)".to_owned()]);
    assert!(
        said.contains(&format!("(MESSAGES {count} UNSEEN {count})")),
        "{said}"
    );
}

const JSONL: [&str; 4] = ["scan", "--format", "jsonl", "--signals"];

#[test]
fn an_account_says_the_same_as_its_mails_in_a_file_and_stays_unseen() {
    let Some(server) = Dovecot::start() else {
        return;
    };
    let home = Home::new(&server, "secret", "[\"INBOX\", \"More\"]");
    let mails = mails();
    // More than one batch, in two folders; the copies are one signal each.
    for _ in 0..4 {
        for mail in &mails {
            server.append("hanako", "INBOX", mail);
        }
    }
    server.append("hanako", "More", &mails[3]);
    // Without Received the server's own date counts, as the mbox line does in a file.
    let undated = "From: Shop <orders@shop.example.org>\nTo: hanako@example.com\nSubject: hello\nMessage-ID: <undated@example.org>\n\nhello\n";
    let appended = undated.replace('\n', "\r\n");
    server.imap(
        "hanako",
        &[format!(
            "APPEND \"More\" \"22-Nov-2026 12:00:00 +0000\" {{{}+}}\r\n{appended}",
            appended.len()
        )],
    );
    let mut file = String::new();
    for mail in mails
        .iter()
        .cycle()
        .take(mails.len() * 4)
        .chain([&mails[3]])
    {
        writeln!(file, "From x Thu Nov 19 00:00:00 2026\n{mail}").unwrap();
    }
    write!(file, "From x Sun Nov 22 12:00:00 2026\n{undated}").unwrap();
    let path = home.path("all.mbox");
    fs::write(&path, file).unwrap();

    let path = path.to_str().unwrap();
    let by_file = lines(&home.run(&[&JSONL[..], &["--account", "home", path]].concat()));
    let by_account = lines(&home.run(&[&JSONL[..], &["--account", "home"]].concat()));
    assert_eq!(by_account, by_file);
    let summary = by_account.last().unwrap();
    assert_eq!(summary["messages"], mails.len() * 4 + 2);
    assert_eq!(summary["unreadable"], 0);
    let incident = by_account
        .iter()
        .find(|line| line["type"] == "incident")
        .unwrap();
    assert_eq!(incident["severity"], "critical");
    assert_eq!(incident["orders"], 7);
    assert_unseen(&server, mails.len() * 4);
    assert!(!home.path("state").exists(), "a scan leaves no state");

    // Only what arrived since then; the server compares the day on which it took the mails in.
    let since = |arguments: &[&str]| {
        let since = ["--since", "1h", "--account", "home"];
        lines(&home.run(&[&JSONL[..], &since, arguments].concat()))
    };
    assert_eq!(since(&[]), since(&[path]));
}

#[test]
fn an_account_is_read_beside_the_daemon_that_watches_it() {
    let Some(server) = Dovecot::start() else {
        return;
    };
    let home = Home::new(&server, "secret", "[\"INBOX\"]");
    let mails = mails();
    for mail in &mails {
        server.append("hanako", "INBOX", mail);
    }
    let log = fs::File::create(home.path("log")).unwrap();
    let mut daemon = Running(
        home.command(&["run"])
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap(),
    );
    let started = Instant::now();
    while !fs::read_to_string(home.path("log"))
        .unwrap()
        .contains("Idling")
    {
        assert!(started.elapsed() < Duration::from_secs(30), "no daemon");
        std::thread::sleep(Duration::from_millis(20));
    }
    let by_account = lines(&home.run(&[&JSONL[..], &["--account", "home"]].concat()));
    assert_eq!(by_account.last().unwrap()["messages"], mails.len());
    assert!(daemon.0.try_wait().unwrap().is_none(), "the daemon ended");
    assert_unseen(&server, mails.len());
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[test]
fn what_cannot_be_read_is_said_with_the_next_step() {
    let Some(mut server) = Dovecot::start() else {
        return;
    };
    let failed = |home: &Home, arguments: &[&str], code: i32| {
        let output = home.run(&[&["scan"], arguments].concat());
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(output.stdout.is_empty());
        assert!(said.contains("\nhint: "), "{said}");
        said
    };
    let home = Home::new(&server, "secret", "[\"INBOX\"]");
    let said = failed(&home, &["--account", "office"], 64);
    assert!(
        said.contains("no account is named \"office\"") && said.contains("home"),
        "{said}"
    );
    let wrong = Home::new(&server, "hunter2", "[\"INBOX\"]");
    let said = failed(&wrong, &["--account", "home"], 77);
    assert!(said.contains("the server refused the login"), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
    let nowhere = Home::new(&server, "secret", "[\"INBOX\", \"Nowhere\"]");
    let said = failed(&nowhere, &["--account", "home"], 78);
    assert!(
        said.contains("account \"home\" has no folder \"Nowhere\""),
        "{said}"
    );
    fs::remove_file(home.path("password")).unwrap();
    let said = failed(&home, &["--account", "home"], 78);
    assert!(said.contains("password_file"), "{said}");
    server.kill();
    let said = failed(&wrong, &["--account", "home"], 69);
    assert!(
        said.contains("the server does not answer on this port"),
        "{said}"
    );
}

/// What was told, as a test can compare it.
async fn told(options: Options) -> (Vec<String>, Result<(), HistoryError>) {
    let mut all = Vec::new();
    let mut tell = |told: Told| {
        all.push(match told {
            Told::More(mails) => format!("{mails} more"),
            Told::Mail(Read { mail, .. }) => {
                format!("{} {}", mail.source, String::from_utf8(mail.bytes).unwrap())
            }
            Told::Passed(mail) => {
                let from = |from: &str| sender_hash(format!("From: {from}\r\n\r\n").as_bytes());
                let from_shop = mail.sender == from("a@shop.example");
                let (_, uid) = mail.place;
                format!("{uid} passed, from the shop: {from_shop}")
            }
            Told::Unreadable { mail } => format!("{mail} unreadable"),
        });
    };
    let now: Timestamp = "2026-11-22T00:00:00Z".parse().unwrap();
    let ended = history::read(&options, &Password("secret"), None, now, &mut tell).await;
    (all, ended)
}

const THREE: &str = "* SEARCH 1 2 3";

/// The answer to a search that finds so many.
fn found(mails: u32) -> String {
    let uids: Vec<String> = (1..=mails).map(|uid| uid.to_string()).collect();
    format!("* SEARCH {}", uids.join(" "))
}

#[tokio::test]
async fn a_mail_that_breaks_the_connection_is_passed_over_and_said() {
    let port = script::serve(|mut peer, number| async move {
        peer.log_in("").await;
        peer.open(3, 4).await;
        match number {
            0 => {
                peer.answer("UID SEARCH ALL", THREE).await;
                peer.command("UID FETCH 1:3 (UID RFC822.SIZE").await;
                peer.message(1, "one").await;
            }
            1 => {
                peer.command("UID FETCH 2 (UID RFC822.SIZE").await;
            }
            _ => {
                peer.fetch("3", &[(3, "three")]).await;
                peer.wait_for_end().await;
            }
        }
    })
    .await;
    let (all, ended) = told(plain(port)).await;
    ended.unwrap();
    assert_eq!(
        all,
        [
            "3 more",
            "home/INBOX;uid=1 one",
            "home/INBOX;uid=2 unreadable",
            "home/INBOX;uid=3 three"
        ]
    );
}

#[tokio::test]
async fn a_server_that_breaks_off_for_ever_is_given_up() {
    let port = script::serve(|mut peer, number| async move {
        peer.log_in("").await;
        peer.open(3, 4).await;
        if number == 0 {
            peer.answer("UID SEARCH ALL", &found(40)).await;
        }
        peer.command("UID FETCH").await;
    })
    .await;
    let (all, ended) = told(plain(port)).await;
    assert!(
        matches!(
            ended,
            Err(HistoryError::Link {
                why: LinkError::Closed | LinkError::Network(_),
                ..
            })
        ),
        "{ended:?}"
    );
    assert_eq!(all.first().map(String::as_str), Some("40 more"));
    assert!(all.len() < 8, "{all:?}");
}

#[tokio::test]
async fn a_folder_that_was_made_anew_meanwhile_is_not_read_on() {
    let port = script::serve(|mut peer, number| async move {
        peer.log_in("").await;
        if number == 0 {
            peer.open(3, 4).await;
            peer.answer("UID SEARCH ALL", THREE).await;
            peer.command("UID FETCH").await;
        } else {
            peer.answer(
                "EXAMINE",
                "* 3 EXISTS\r\n* OK [UIDVALIDITY 2] valid\r\n* OK [UIDNEXT 4] next",
            )
            .await;
            peer.wait_for_end().await;
        }
    })
    .await;
    let (all, ended) = told(plain(port)).await;
    assert!(ended.is_err());
    assert_eq!(all, ["3 more"]);
}

/// A server with forty mails, of which every tenth is an order. The first connection breaks over the headers, the second
/// one over a mail.
async fn forty_mails(mut peer: Peer, number: usize) {
    let header = |uid: u32| {
        let subject = if uid.is_multiple_of(10) {
            "order"
        } else {
            "letter"
        };
        script::message(
            uid,
            &format!("From: a@shop.example\r\nSubject: {subject}\r\n\r\n"),
        )
        .replace("BODY[]", "BODY[HEADER]")
    };
    peer.log_in("").await;
    peer.open(40, 41).await;
    match number {
        0 => {
            peer.answer("UID SEARCH ALL", &found(40)).await;
            peer.command("UID FETCH 1:40 (UID RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER]")
                .await;
            for uid in 1..=4 {
                peer.raw(header(uid).as_bytes()).await;
            }
        }
        1 => {
            // What broke it is looked for: each by itself, whole. The second one of them breaks it again.
            peer.fetch("5", &[(5, "five")]).await;
            peer.command("UID FETCH 6 (UID RFC822.SIZE").await;
        }
        2 => {
            for uid in 7..=39_u32 {
                peer.fetch(&uid.to_string(), &[(uid, "whole")]).await;
            }
            peer.fetch("40", &[]).await;
            peer.wait_for_end().await;
        }
        _ => panic!("nothing is left to be read"),
    }
}

#[tokio::test]
async fn a_reading_that_is_cut_off_goes_on_where_it_was() {
    let port = script::serve(forty_mails).await;
    let (all, ended) = told(only_orders(port)).await;
    ended.unwrap();
    assert_eq!(all[0], "40 more");
    assert_eq!(all[1], "1 passed, from the shop: true");
    assert_eq!(
        all[5..8],
        [
            "home/INBOX;uid=5 five",
            "home/INBOX;uid=6 unreadable",
            "home/INBOX;uid=7 whole"
        ]
    );
    // The last one had gone meanwhile.
    assert_eq!(all.len(), 1 + 39);
}

fn only_orders(port: u16) -> Options {
    let mut options = plain(port);
    options.gate = Gate::new(|mail| {
        let wanted = mail.bytes.windows(5).any(|it| it == b"order");
        (!wanted).then(|| sender_hash(&mail.bytes))
    });
    options
}

#[tokio::test]
async fn of_many_mails_only_those_are_read_whole_that_a_rule_may_want() {
    let port = script::serve(|mut peer, _| async move {
        peer.log_in("").await;
        peer.open(40, 41).await;
        peer.answer("UID SEARCH ALL", &found(40)).await;
        let tag = peer
            .command("UID FETCH 1:40 (UID RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER]")
            .await;
        for uid in 1..=40_u32 {
            let subject = if uid.is_multiple_of(10) {
                "order"
            } else {
                "letter"
            };
            let header = script::message(
                uid,
                &format!("From: a@shop.example\r\nSubject: {subject}\r\n\r\n"),
            );
            peer.raw(header.replace("BODY[]", "BODY[HEADER]").as_bytes())
                .await;
        }
        peer.say(&format!("{tag} OK headers")).await;
        // One of them has gone meanwhile.
        peer.fetch(
            "10,20,30,40",
            &[(10, "an order"), (20, "an order"), (40, "an order")],
        )
        .await;
        peer.wait_for_end().await;
    })
    .await;
    let (all, ended) = told(only_orders(port)).await;
    ended.unwrap();
    let whole: Vec<&String> = all.iter().filter(|it| it.ends_with("an order")).collect();
    assert_eq!(
        whole,
        [
            "home/INBOX;uid=10 an order",
            "home/INBOX;uid=20 an order",
            "home/INBOX;uid=40 an order"
        ]
    );
    let headers = all
        .iter()
        .filter(|it| it.ends_with("passed, from the shop: true"))
        .count();
    assert_eq!(headers, 36);
    assert_eq!(all.len(), 1 + 36 + 3);
}

#[tokio::test]
async fn a_mailbox_whose_numbers_fill_more_than_a_megabyte_is_read() {
    const MAILS: u32 = 200_000;
    let port = script::serve(|mut peer, _| async move {
        peer.log_in("").await;
        peer.open(MAILS, MAILS + 1).await;
        peer.answer("UID SEARCH ALL", &found(MAILS)).await;
        // All of them have gone meanwhile.
        for _ in 0..MAILS / 500 {
            peer.answer("UID FETCH", "* OK nothing").await;
        }
        peer.wait_for_end().await;
    })
    .await;
    assert!(found(MAILS).len() > 1024 * 1024);
    let (all, ended) = told(only_orders(port)).await;
    ended.unwrap();
    assert_eq!(all, ["200000 more"]);
}
