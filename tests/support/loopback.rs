//! What every real server of the tests needs: a port, a certificate, an owner, and a mail or a command sent to it.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::arithmetic_side_effects,
    reason = "a test may panic, and not every test uses all of it"
)]

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// The account that a root user's test server runs as: nobody.
pub const NOBODY: u32 = 65534;

/// Whether the tests run as root, so that a server must be told to run as somebody else.
pub fn is_root() -> bool {
    rustix::process::getuid().is_root()
}

/// The user and the group that a test server runs as.
pub fn owner() -> (u32, u32) {
    if is_root() {
        (NOBODY, NOBODY)
    } else {
        let user = rustix::process::getuid().as_raw();
        (user, rustix::process::getgid().as_raw())
    }
}

/// The name behind a number in `/etc/passwd` or `/etc/group`.
pub fn name_of(file: &str, id: u32) -> String {
    let text = std::fs::read_to_string(format!("/etc/{file}")).unwrap();
    text.lines()
        .find(|line| line.split(':').nth(2) == Some(&id.to_string()))
        .and_then(|line| line.split(':').next())
        .expect("the id has no name")
        .to_owned()
}

/// Gives a folder and all in it to the server's owner.
pub fn give(folder: &Path) {
    if is_root() {
        let owned = Command::new("chown")
            .arg("-R")
            .arg(format!("{NOBODY}:{NOBODY}"))
            .arg(folder)
            .status()
            .unwrap();
        assert!(owned.success(), "the folder could not be given to nobody");
    }
}

/// Makes `cert.pem` and `key.pem` for localhost in a folder.
pub fn make_certificate(folder: &Path) {
    let made = Command::new("openssl")
        .args("req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=localhost".split(' '))
        .args(["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .arg("-keyout")
        .arg(folder.join("key.pem"))
        .arg("-out")
        .arg(folder.join("cert.pem"))
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(made.success(), "openssl made no certificate");
}

/// A free port below the range from which the kernel takes the ports of outgoing connections, so that none of them
/// takes it before the server does.
pub fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let number = (std::process::id() * 97 + step) % 20_000 + 10_000;
        let port = u16::try_from(number).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// Whether a port takes connections within 20 s; given up early where the server `has_ended`.
pub fn answers(port: u16, has_ended: impl FnMut() -> bool) -> bool {
    becomes(port, true, has_ended)
}

/// Whether a port takes no connections any more within 20 s.
pub fn falls_silent(port: u16) -> bool {
    becomes(port, false, || false)
}

fn becomes(port: u16, open: bool, mut give_up: impl FnMut() -> bool) -> bool {
    #[allow(
        clippy::disallowed_methods,
        reason = "a real server is waited for in real time"
    )]
    let now = Instant::now;
    let deadline = now() + Duration::from_secs(20);
    while TcpStream::connect(("127.0.0.1", port)).is_ok() != open {
        if give_up() || now() > deadline {
            return false;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    true
}

/// Delivers a mail to a user's INBOX over LMTP (RFC 2033).
pub fn deliver(port: u16, user: &str, mail: &str) {
    let (mut stream, mut replies) = greeted(port);
    let mut expect = |code: &str| {
        loop {
            let mut line = String::new();
            replies.read_line(&mut line).unwrap();
            assert!(line.starts_with(code), "LMTP said {line:?}, not {code}");
            if line.as_bytes().get(3) == Some(&b' ') {
                break;
            }
        }
    };
    let mut body = String::new();
    for line in mail.lines() {
        if line.starts_with('.') {
            body.push('.');
        }
        body.push_str(line);
        body.push_str("\r\n");
    }
    for (line, code) in [
        ("LHLO localhost\r\n".to_owned(), "250"),
        ("MAIL FROM:<sender@example.com>\r\n".to_owned(), "250"),
        (format!("RCPT TO:<{user}>\r\n"), "250"),
        ("DATA\r\n".to_owned(), "354"),
        (format!("{body}.\r\n"), "250"),
        ("QUIT\r\n".to_owned(), "221"),
    ] {
        stream.write_all(line.as_bytes()).unwrap();
        expect(code);
    }
}

/// An LMTP connection after the greeting. A server that was just started may close the first ones.
fn greeted(port: u16) -> (TcpStream, BufReader<TcpStream>) {
    for _ in 0..500 {
        if let Ok(stream) = TcpStream::connect(("127.0.0.1", port)) {
            stream.set_nodelay(true).unwrap();
            let mut replies = BufReader::new(stream.try_clone().unwrap());
            let mut line = String::new();
            if replies.read_line(&mut line).is_ok() && line.starts_with("220 ") {
                return (stream, replies);
            }
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("LMTP does not greet");
}

/// Logs in with the password `secret` on a connection of its own, runs commands and returns everything that the
/// server said.
pub fn imap(port: u16, user: &str, commands: &[String]) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let mut replies = BufReader::new(stream.try_clone().unwrap());
    let mut said = String::new();
    let login = format!("LOGIN {user} secret");
    for (number, command) in std::iter::once(&login).chain(commands).enumerate() {
        write!(stream, "T{number} {command}\r\n").unwrap();
        loop {
            let mut line = Vec::new();
            assert_ne!(replies.read_until(b'\n', &mut line).unwrap(), 0, "{said}");
            let line = String::from_utf8_lossy(&line).into_owned();
            said.push_str(&line);
            if line.starts_with(&format!("T{number} ")) {
                break;
            }
        }
    }
    said
}

/// Puts a mail into a folder of a user's mailbox, which is made first where it is missing.
pub fn append(port: u16, user: &str, folder: &str, mail: &str) {
    let text = mail.replace('\n', "\r\n");
    let commands = [
        format!("CREATE \"{folder}\""),
        format!("APPEND \"{folder}\" {{{}+}}\r\n{text}", text.len()),
    ];
    imap(port, user, &commands);
}
