//! The embedded IMAP server as mail clients that everybody has see it: Python's imaplib and curl.
#![cfg(feature = "demo")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stderr,
    reason = "a test may panic and says why it did not run"
)]

mod demo_support;

use std::process::Stdio;
use std::time::Duration;

use demo_support::{PASSWORD, Server, USER, mail, noon, start};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

/// A bound that no correct run comes near; starting an interpreter on a busy machine takes seconds.
const LIMIT: Duration = Duration::from_mins(1);

/// Python 3.11's imaplib has no `idle`, so that part of the script speaks through imaplib's own `send` and `readline`.
const SCRIPT: &str = r#"
import imaplib, ssl, sys
port, authority, user, password = int(sys.argv[1]), *sys.argv[2:5]
context = ssl.create_default_context(cafile=authority)
imap = imaplib.IMAP4_SSL("localhost", port, ssl_context=context)
try:
    imap.login(user, "wrong")
    sys.exit("a wrong password was taken")
except imaplib.IMAP4.error:
    pass
if sys.argv[5] == "plain":
    imap.authenticate("PLAIN", lambda _: f"\0{user}\0{password}".encode())
else:
    imap.login(user, password)
assert "IDLE" in imap.capabilities, imap.capabilities
print("folders", imap.list())
status, count = imap.select("INBOX", readonly=True)
print("examined", status, int(count[0]))
print("found", imap.uid("SEARCH", None, "ALL")[1][0].decode())
status, data = imap.uid("FETCH", "1", "(FLAGS RFC822.SIZE BODY.PEEK[])")
print("subject", [line for line in data[0][1].decode().splitlines() if line.startswith("Subject")][0])
status, data = imap.fetch("1", "(BODY.PEEK[]<0.4>)")
print("part", data[0][1].decode())
imap.send(b"idle1 IDLE\r\n")
assert imap.readline().startswith(b"+ ")
print("idling", flush=True)
print("pushed", imap.readline().decode().strip(), flush=True)
print("pushed", imap.readline().decode().strip())
imap.send(b"DONE\r\n")
assert imap.readline().startswith(b"idle1 OK")
print("then", imap.uid("SEARCH", None, "SINCE", "21-Nov-2026")[1][0].decode())
print("left", imap.logout()[0])
"#;

/// Whether the program can be run. It must, where `MAILWARD_REAL_SERVERS` is set.
async fn present(program: &str) -> bool {
    let tried = Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .await;
    let present = tried.is_ok_and(|status| status.success());
    let required = must_be_present();
    assert!(present || !required, "{program} is not installed");
    if !present {
        eprintln!("skipped: {program} is not installed");
    }
    present
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test asks its environment whether a missing program is a failure"
)]
fn must_be_present() -> bool {
    std::env::var_os("MAILWARD_REAL_SERVERS").is_some()
}

fn authority(server: &Server) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &server.pem).unwrap();
    file
}

async fn imaplib(how: &str) {
    if !present("python3").await {
        return;
    }
    let server = start().await;
    server.deliver("one", "2026-11-20");
    server.deliver("two", "2026-11-21");
    let authority = authority(&server);
    let mut python = Command::new("python3")
        .args(["-c", SCRIPT, &server.address.port().to_string()])
        .arg(authority.path())
        .args([USER, PASSWORD, how])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(python.stdout.take().unwrap()).lines();
    let mut printed = Vec::new();
    let talk = async {
        while let Some(line) = lines.next_line().await.unwrap() {
            if line == "idling" {
                let more = vec![(mail("more"), noon("2026-11-22")); 3];
                server.mailbox.deliver_many(more);
            } else if line == "pushed * 5 EXISTS" {
                server.mailbox.expunge(1);
            }
            printed.push(line);
        }
        python.wait().await.unwrap()
    };
    let status = tokio::time::timeout(LIMIT, talk).await.unwrap();
    assert!(status.success(), "{printed:#?}");
    assert_eq!(
        printed,
        [
            "folders ('OK', [b'() \"/\" INBOX'])",
            "examined OK 2",
            "found 1 2",
            "subject Subject: one",
            "part From",
            "idling",
            "pushed * 5 EXISTS",
            "pushed * 1 EXPUNGE",
            "then 2 3 4 5",
            "left BYE",
        ]
    );
    assert!(server.mailbox.flags(2).unwrap().is_empty());
    server.end().await;
}

#[tokio::test]
async fn imaplib_logs_in_examines_fetches_and_idles() {
    imaplib("login").await;
}

#[tokio::test]
async fn imaplib_authenticates_with_plain() {
    imaplib("plain").await;
}

/// Runs curl against the server; stdout, or what it said on stderr.
async fn curl(server: &Server, path: &str, more: &[&str]) -> Result<String, String> {
    let authority = authority(server);
    let url = format!("imaps://localhost:{}/{path}", server.address.port());
    let run = Command::new("curl")
        .args(["--silent", "--show-error", "--verbose", "--cacert"])
        .arg(authority.path())
        .args(["--user", &format!("{USER}:{PASSWORD}"), &url])
        .args(more)
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(LIMIT, run).await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() {
        Ok(String::from_utf8(output.stdout).unwrap())
    } else {
        Err(said)
    }
}

#[tokio::test]
async fn curl_logs_in_examines_and_fetches() {
    if !present("curl").await {
        return;
    }
    let server = start().await;
    server.deliver("one", "2026-11-20");
    server.deliver("two", "2026-11-21");

    let fetched = curl(&server, "INBOX;MAILINDEX=2", &[]).await.unwrap();
    assert_eq!(fetched.as_bytes(), mail("two"));
    let text = curl(&server, "INBOX;UID=1;SECTION=TEXT", &[])
        .await
        .unwrap();
    assert_eq!(text, "Hello.\r\nBye.\r\n");
    let examined = curl(&server, "", &["--request", "EXAMINE INBOX"])
        .await
        .unwrap();
    assert!(examined.contains("* 2 EXISTS\r\n"), "{examined}");
    assert!(examined.contains("UIDVALIDITY 7"), "{examined}");
    let found = curl(&server, "INBOX?ALL", &[]).await.unwrap();
    assert_eq!(found, "* SEARCH 1 2\r\n");
    let listed = curl(&server, "", &[]).await.unwrap();
    assert_eq!(listed, "* LIST () \"/\" INBOX\r\n");
    server.end().await;
}

#[tokio::test]
async fn curl_is_refused_with_a_wrong_password_and_without_the_authority() {
    if !present("curl").await {
        return;
    }
    let server = start().await;
    let wrong = curl(&server, "INBOX", &["--user", "hanako@example.com:wrong"]).await;
    assert!(wrong.unwrap_err().contains("Login denied"));
    let other = start().await;
    let url = format!("imaps://localhost:{}/INBOX", server.address.port());
    let strange = curl(&other, "", &["--url", &url]).await;
    assert!(strange.unwrap_err().contains("certificate"));
}
