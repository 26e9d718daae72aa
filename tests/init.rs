//! `mailward init` against a real Dovecot: typed on a terminal, and with options only.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::too_many_lines,
    reason = "a test may panic, and a dialogue is as long as it is"
)]

use std::fmt::Write as _;
use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mailward::config::parse;

use crate::dovecot::Dovecot;

#[path = "support/dovecot.rs"]
mod dovecot;

/// A home of its own: nothing of the machine's is read or written.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn config(&self) -> PathBuf {
        self.0.path().join("config/mailward/mailward.toml")
    }

    fn text(&self) -> String {
        fs::read_to_string(self.config()).unwrap()
    }

    fn prepare(&self, command: &mut Command, language: &str) {
        command
            .env("HOME", self.0.path())
            .env("XDG_CONFIG_HOME", self.0.path().join("config"))
            .env("XDG_STATE_HOME", self.0.path().join("state"))
            .env("XDG_RUNTIME_DIR", self.0.path())
            .env("LC_ALL", format!("{language}.UTF-8"))
            .env("TERM", "xterm")
            .env_remove("DBUS_SESSION_BUS_ADDRESS");
    }

    /// Runs it without a terminal.
    fn run(&self, arguments: &[&str], stdin: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mailward"));
        self.prepare(&mut command, "en_US");
        let mut child = command
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut pipe = child.stdin.take().unwrap();
        // A program that does not read its input may be gone already.
        let _ = pipe.write_all(stdin.as_bytes());
        drop(pipe);
        child.wait_with_output().unwrap()
    }
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The program on a terminal of its own, typed at by the test.
struct Terminal {
    child: Child,
    screen: Arc<Mutex<String>>,
    /// Bytes of the screen that were waited for already.
    seen: usize,
}

impl Terminal {
    fn start(home: &Home, language: &str, arguments: &[&str]) -> Self {
        let mut line = format!("'{}'", env!("CARGO_BIN_EXE_mailward"));
        for argument in arguments {
            write!(line, " '{argument}'").unwrap();
        }
        let mut command = Command::new("script");
        home.prepare(&mut command, language);
        let mut child = command
            .args(["-qefc", &line, "/dev/null"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let screen = Arc::new(Mutex::new(String::new()));
        let mut stdout = child.stdout.take().unwrap();
        let shared = Arc::clone(&screen);
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let mut piece = [0_u8; 4096];
            while let Ok(count @ 1..) = stdout.read(&mut piece) {
                bytes.extend_from_slice(&piece[..count]);
                *shared.lock().unwrap() = String::from_utf8_lossy(&bytes).into_owned();
            }
        });
        Self {
            child,
            screen,
            seen: 0,
        }
    }

    fn screen(&self) -> String {
        self.screen.lock().unwrap().clone()
    }

    /// Waits for a text after what was waited for before.
    fn expect(&mut self, text: &str) {
        for _ in 0..6_000 {
            let screen = self.screen();
            if let Some(at) = screen.get(self.seen..).and_then(|rest| rest.find(text)) {
                self.seen += at + text.len();
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("no {text:?} on the screen:\n{}", self.screen());
    }

    fn answer(&mut self, question: &str, answer: &str) {
        self.expect(question);
        let stdin = self.child.stdin.as_mut().unwrap();
        stdin.write_all(format!("{answer}\n").as_bytes()).unwrap();
        stdin.flush().unwrap();
    }

    fn end(mut self) -> (Option<i32>, String) {
        let code = self.child.wait().unwrap().code();
        std::thread::sleep(Duration::from_millis(100));
        (code, self.screen())
    }
}

const STAMPED: &str = "mx.example.com";

/// Some shopping of the last weeks, stamped by the mailbox's own server.
fn deliver_history(server: &Dovecot, user: &str) {
    let now = mailward::io::clock::now();
    for number in 0..6_i64 {
        let at = now - jiff::SignedDuration::from_hours(24 * (5 * number + 4));
        let date = at.strftime("%a, %d %b %Y %H:%M:%S +0000");
        let mail = format!(
            "Received: from mail.amazon.co.jp by {STAMPED}; {date}\n\
             Authentication-Results: {STAMPED}; dkim=pass header.d=amazon.co.jp; dmarc=pass header.from=amazon.co.jp\n\
             From: Amazon.co.jp <auto-confirm@amazon.co.jp>\nTo: {user}\n\
             Subject: =?UTF-8?B?QW1hem9uLmNvLmpw44Gn44Gu44GU5rOo5paH?=\n\
             Date: {date}\nMessage-ID: <{number}@amazon.co.jp>\n\
             Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n\n\
             ご注文ありがとうございます。\n注文番号： 503-482019{number}-771604{number}\n\
             お届け予定日： 明日\n注文合計： ￥ 1,{number}80\n"
        );
        // Not over LMTP: the arrival would be the moment of delivery.
        server.append(user, "INBOX", &mail);
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_newcomer_types_through_a_wrong_password_and_a_self_signed_certificate() {
    let Some(server) = Dovecot::start() else {
        return;
    };
    deliver_history(&server, "hanako@example.com");
    for (language, words) in [
        (
            "en_US",
            [
                "Your mail address",
                "Nobody vouches",
                "[y/N]",
                "refused the login",
                "another password?",
                "Login name",
                "Password",
                "Logged in",
                "tells of new mail at once",
                "Believe these marks?",
                "orders: 6, shops: 1",
                "would have rung 0 times",
                "Notifications on this desktop?",
                "the journal of the service?",
                "Write ",
                "journal: the test alert was sent.",
                "Did you see it?",
                "Done.",
                "the back of your card",
                "Whose number is it",
            ],
        ),
        (
            "ja_JP",
            [
                "メールアドレス",
                "誰にも保証されていません",
                "[y/N]",
                "ログインを拒否",
                "別のパスワードで試しますか",
                "ログイン名",
                "パスワード",
                "ログインしました",
                "サーバーがすぐに知らせます",
                "この記録を信頼しますか",
                "注文6件(1店)",
                "お知らせしたはずの回数は0回",
                "デスクトップの通知に出しますか",
                "ジャーナルに出しますか",
                "書き込みますか",
                "journal: テスト通知を送りました。",
                "届きましたか",
                "終わりました",
                "カードの裏面の電話番号",
                "カード会社の名前",
            ],
        ),
    ] {
        let home = Home::new();
        let port = server.imaps.to_string();
        let arguments = [
            "init",
            "--host",
            "localhost",
            "--port",
            &port,
            "--unit",
            "user",
        ];
        let mut terminal = Terminal::start(&home, language, &arguments);
        terminal.answer(words[0], "hanako@example.com");
        terminal.answer(words[6], "hunter2-wrong");
        terminal.expect(words[1]);
        terminal.answer(words[2], "y");
        terminal.expect(words[3]);
        terminal.answer(words[4], "");
        terminal.answer(words[5], "");
        terminal.answer(words[6], "secret");
        for said in &words[7..9] {
            terminal.expect(said);
        }
        terminal.answer(words[9], "");
        terminal.expect(words[10]);
        terminal.expect(words[11]);
        terminal.answer(words[12], "n");
        assert!(!home.config().exists(), "written before it was asked");
        terminal.answer("ntfy", "n");
        terminal.answer(words[13], "y");
        terminal.answer(words[18], "0120-000-000");
        terminal.answer(words[19], "");
        terminal.answer(words[14], "");
        terminal.expect(words[15]);
        terminal.answer(words[16], "y");
        terminal.expect(words[17]);
        let (code, screen) = terminal.end();
        assert_eq!(code, Some(0), "{screen}");
        assert!(!screen.contains("hunter2"), "{screen}");
        assert!(!screen.contains("secret"), "{screen}");

        assert_eq!(mode(&home.config()), 0o600);
        let text = home.text();
        assert!(!text.contains("secret\""), "{text}");
        let config = parse::parse(&text, &home.config()).unwrap();
        let account = &config.accounts[0];
        assert_eq!(account.user, "hanako@example.com");
        assert_eq!(account.authserv_ids, [STAMPED]);
        assert!(account.certificate.is_some() && account.ca_file.is_none());
        assert_eq!(config.channels.len(), 1);
        let issuer = config.card_issuer.as_ref().unwrap();
        assert_eq!(issuer.phone, "0120-000-000");
        let named = if language == "ja_JP" {
            "カード会社"
        } else {
            "card issuer"
        };
        assert_eq!(issuer.name, named);
        let password = home.config().with_file_name("example.password");
        assert_eq!(mode(&password), 0o600);
        assert_eq!(fs::read_to_string(&password).unwrap(), "secret\n");
        let unit = home.0.path().join("config/systemd/user/mailward.service");
        let unit = fs::read_to_string(unit).unwrap();
        assert!(unit.contains(env!("CARGO_BIN_EXE_mailward")), "{unit}");
        // What was written works for the other commands.
        let scanned = home.run(&["scan", "--account", "example", "--format", "jsonl"], "");
        assert_eq!(scanned.status.code(), Some(0), "{}", said(&scanned));
        assert!(home.run(&["check"], "").status.success());
    }
}

/// Options that leave nothing to ask.
fn complete(server: &Dovecot) -> Vec<String> {
    let port = server.imaps.to_string();
    let certificate = server.certificate().display().to_string();
    [
        "init",
        "--non-interactive",
        "--address",
        "hanako@example.com",
        "--host",
        "localhost",
        "--port",
        &port,
        "--ca-file",
        &certificate,
        "--password-stdin",
        "--channel",
        "journal",
    ]
    .map(str::to_owned)
    .to_vec()
}

fn run(home: &Home, arguments: &[String], more: &[&str], stdin: &str) -> Output {
    let mut all: Vec<&str> = arguments.iter().map(String::as_str).collect();
    all.extend(more);
    home.run(&all, stdin)
}

#[test]
fn options_alone_set_it_up_and_what_is_missing_is_listed_at_once() {
    let home = Home::new();
    let nothing = home.run(&["init", "--non-interactive"], "");
    assert_eq!(nothing.status.code(), Some(64));
    for flag in ["--address", "--password-stdin", "--channel"] {
        assert!(said(&nothing).contains(flag), "{}", said(&nothing));
    }
    let Some(server) = Dovecot::start() else {
        return;
    };
    deliver_history(&server, "hanako@example.com");
    let arguments = complete(&server);
    let undecided = run(&home, &arguments, &[], "secret\n");
    assert_eq!(undecided.status.code(), Some(64));
    let text = said(&undecided);
    assert!(
        text.contains("--authserv-id mx.example.com or --no-authserv-id"),
        "{text}"
    );
    assert!(!home.config().exists());

    let done = run(&home, &arguments, &["--authserv-id", STAMPED], "secret\n");
    assert_eq!(done.status.code(), Some(0), "{}", said(&done));
    assert!(
        said(&done).contains("orders: 6, shops: 1"),
        "{}",
        said(&done)
    );
    assert!(said(&done).contains("rung 0 times"), "{}", said(&done));

    // A certificate that nobody vouches for is not accepted by itself, and its fingerprint is the option to give.
    let home = Home::new();
    let port = server.imaps.to_string();
    let bare = [
        "init",
        "--non-interactive",
        "--address",
        "hanako@example.com",
        "--host",
        "localhost",
        "--port",
        &port,
        "--password-stdin",
        "--channel",
        "journal",
        "--no-authserv-id",
        "--history-days",
        "0",
    ];
    let strange = home.run(&bare, "secret\n");
    assert_eq!(strange.status.code(), Some(64));
    let text = said(&strange);
    let fingerprint = text
        .split("--certificate-sha256 ")
        .nth(1)
        .and_then(|rest| rest.split_whitespace().next())
        .expect("no fingerprint")
        .to_owned();
    let pinned = [&bare[..], &["--certificate-sha256", &fingerprint]].concat();
    let done = home.run(&pinned, "secret\n");
    assert_eq!(done.status.code(), Some(0), "{}", said(&done));
    let config = parse::parse(&home.text(), &home.config()).unwrap();
    assert_eq!(
        config.accounts[0].certificate.unwrap().to_string(),
        fingerprint
    );
    // Another certificate under the same name is refused.
    let other = format!("00{}", fingerprint.get(2..).unwrap());
    let pinned = [&bare[..], &["--certificate-sha256", &other]].concat();
    let refused = home.run(&pinned, "secret\n");
    assert_eq!(refused.status.code(), Some(69), "{}", said(&refused));
    assert!(
        said(&refused).contains("certificate_sha256"),
        "{}",
        said(&refused)
    );
}

#[test]
fn what_goes_wrong_is_said_with_the_next_step_and_nothing_is_written() {
    let Some(server) = Dovecot::start() else {
        return;
    };
    let home = Home::new();
    let arguments = complete(&server);
    let wrong = run(&home, &arguments, &[], "hunter2\n");
    assert_eq!(wrong.status.code(), Some(77), "{}", said(&wrong));
    let text = said(&wrong);
    assert!(
        text.contains("refused the login") && text.contains("hint: Check login name"),
        "{text}"
    );
    assert!(!text.contains("hunter2"), "{text}");
    let nowhere = run(&home, &arguments, &[], "secret\n");
    assert_eq!(nowhere.status.code(), Some(0), "{}", said(&nowhere));
    let home = Home::new();
    let mut unknown = arguments.clone();
    let at = unknown.iter().position(|it| it == "localhost").unwrap();
    unknown[at] = "imap.nowhere.invalid".to_owned();
    let nowhere = run(&home, &unknown, &[], "secret\n");
    assert_eq!(nowhere.status.code(), Some(69), "{}", said(&nowhere));
    let text = said(&nowhere);
    assert!(
        text.contains("imap.nowhere.invalid") && text.contains("Check the name of the server"),
        "{text}"
    );
    let empty = run(&home, &arguments, &[], "");
    assert_eq!(empty.status.code(), Some(66), "{}", said(&empty));
    let bad = run(
        &home,
        &arguments,
        &["--certificate-sha256", "00"],
        "secret\n",
    );
    assert_eq!(bad.status.code(), Some(64), "{}", said(&bad));
    assert!(!home.config().exists());
}

#[test]
fn running_it_again_changes_and_adds_and_keeps_every_comment() {
    let Some(server) = Dovecot::start() else {
        return;
    };
    let home = Home::new();
    let arguments = complete(&server);
    let first = run(&home, &arguments, &["--no-test-alert"], "secret\n");
    assert_eq!(first.status.code(), Some(0), "{}", said(&first));
    let mine = format!(
        "# my own words\n{}\n# the end\n",
        home.text().replace("user = ", "# who\nuser = ").replace(
            "kind = \"journal\"",
            "kind = \"journal\"\nmin_severity = \"notice\" # not so loud"
        )
    );
    fs::write(home.config(), &mine).unwrap();

    let same = run(
        &home,
        &arguments,
        &[
            "--no-test-alert",
            "--person",
            "hanako",
            "--card-phone",
            "0120-111-111",
            "--card-issuer",
            "Example Card",
        ],
        "secret\n",
    );
    assert_eq!(same.status.code(), Some(0), "{}", said(&same));
    let mut second = arguments.clone();
    let at = second
        .iter()
        .position(|it| it == "hanako@example.com")
        .unwrap();
    second[at] = "taro@example.com".to_owned();
    let added = run(&home, &second, &["--no-test-alert"], "secret\n");
    assert_eq!(added.status.code(), Some(0), "{}", said(&added));

    let text = home.text();
    for kept in [
        "# my own words",
        "# who\n",
        "min_severity = \"notice\" # not so loud",
        "# the end",
    ] {
        assert!(text.contains(kept), "{kept}: {text}");
    }
    let config = parse::parse(&text, &home.config()).unwrap();
    let names: Vec<&str> = config.accounts.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["example", "example-2"], "{text}");
    assert_eq!(config.accounts[0].person, "hanako");
    let issuer = config.card_issuer.as_ref().unwrap();
    assert_eq!(
        (issuer.name.as_str(), issuer.phone.as_str()),
        ("Example Card", "0120-111-111")
    );
    assert_eq!(config.channels.len(), 1, "{text}");
    let folder = home.config().parent().unwrap().to_owned();
    let mut backups: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|it| it == "bak"))
        .collect();
    backups.sort();
    assert!(!backups.is_empty());
    assert!(backups.iter().all(|path| mode(path) == 0o600));
    let oldest = fs::read_to_string(&backups[0]).unwrap();
    assert!(oldest.contains("# my own words"), "{oldest}");

    // A file that is not sound is not touched.
    fs::write(home.config(), "language = 7\n").unwrap();
    let broken = run(&home, &arguments, &[], "secret\n");
    assert_eq!(broken.status.code(), Some(78), "{}", said(&broken));
    assert_eq!(home.text(), "language = 7\n");
}

/// A server that knows no IDLE, for one account after the other.
fn server_without_idle() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let lines = std::io::BufReader::new(stream.try_clone().unwrap());
            let _ = stream.write_all(b"* OK [CAPABILITY IMAP4rev1] ready\r\n");
            for line in std::io::BufRead::lines(lines) {
                let Ok(line) = line else { break };
                let mut words = line.split_whitespace();
                let tag = words.next().unwrap_or("*").to_owned();
                let before = match words.next().unwrap_or_default() {
                    "CAPABILITY" => "* CAPABILITY IMAP4rev1\r\n",
                    "LIST" => "* LIST (\\HasNoChildren) \"/\" INBOX\r\n",
                    "EXAMINE" => {
                        "* 0 EXISTS\r\n* OK [UIDVALIDITY 1] valid\r\n* OK [UIDNEXT 1] next\r\n"
                    }
                    _ => "",
                };
                let _ = stream.write_all(format!("{before}{tag} OK done\r\n").as_bytes());
            }
        }
    });
    port
}

#[test]
fn a_server_without_idle_is_polled_and_that_is_said() {
    let home = Home::new();
    let port = server_without_idle().to_string();
    let done = home.run(
        &[
            "init",
            "--non-interactive",
            "--address",
            "hanako@example.com",
            "--host",
            "127.0.0.1",
            "--port",
            &port,
            "--security",
            "none",
            "--password-stdin",
            "--channel",
            "journal",
            "--history-days",
            "0",
        ],
        "secret\n",
    );
    let text = said(&done);
    assert_eq!(done.status.code(), Some(0), "{text}");
    assert!(
        text.contains("no IDLE: mailward asks every 60 s instead. There is nothing to do."),
        "{text}"
    );
    assert!(text.contains("alerts stop at \"warning\""), "{text}");
}
