//! A real Dovecot on loopback, as an ordinary process in a folder of its own.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    clippy::arithmetic_side_effects,
    reason = "a test may panic, and not every test uses all of it"
)]

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use mailward::io::environment;

const BINARY: &str = "/usr/sbin/dovecot";

/// The account that a root user's test server runs as: nobody.
const NOBODY: u32 = 65534;

/// A running server. Any user with the password `secret` has a mailbox. Dropped, it is gone with its children.
pub struct Dovecot {
    folder: tempfile::TempDir,
    child: Option<Child>,
    /// IMAP with STARTTLS.
    pub imap: u16,
    /// IMAP over TLS.
    pub imaps: u16,
    lmtp: u16,
}

impl Dovecot {
    /// Starts a server; `None`, with the reason printed, where Dovecot is not installed and nobody insists on it
    /// with `MAILWARD_REAL_SERVERS=1`.
    pub fn start() -> Option<Self> {
        let insist = environment::variable("MAILWARD_REAL_SERVERS").is_some();
        if !Path::new(BINARY).exists() {
            assert!(
                !insist,
                "MAILWARD_REAL_SERVERS is set but {BINARY} is missing"
            );
            eprintln!(
                "skipped: {BINARY} is not installed (apt install dovecot-imapd dovecot-lmtpd)"
            );
            return None;
        }
        let mut server = Self {
            folder: tempfile::Builder::new()
                .prefix("mailward-dovecot-")
                .tempdir()
                .unwrap(),
            child: None,
            imap: free_port(),
            imaps: free_port(),
            lmtp: free_port(),
        };
        server.set_up();
        server.launch();
        Some(server)
    }

    /// The file of the certificate to trust.
    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join("ssl/cert.pem")
    }

    /// Kills the server and all its children with SIGKILL.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let group = rustix::process::Pid::from_child(&child);
            rustix::process::kill_process_group(group, rustix::process::Signal::KILL).ok();
            child.wait().unwrap();
            // Dovecot refuses to start over the file of a server that may still run.
            std::fs::remove_file(self.folder.path().join("run/master.pid")).ok();
        }
    }

    /// Starts the server again on the same ports and mailboxes.
    pub fn launch(&mut self) {
        assert!(self.child.is_none(), "the server runs already");
        let config = self.folder.path().join("dovecot.conf");
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            command
                .arg(format!("--reuid={NOBODY}"))
                .arg(format!("--regid={NOBODY}"))
                .args(["--clear-groups", BINARY]);
            command
        } else {
            Command::new(BINARY)
        };
        let child = command
            .args(["-F", "-c"])
            .arg(config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap();
        self.child = Some(child);
        for port in [self.imap, self.imaps, self.lmtp] {
            self.wait_for(port);
        }
    }

    /// Delivers a mail to a user's INBOX over LMTP (RFC 2033).
    pub fn deliver(&self, user: &str, mail: &str) {
        let (mut stream, mut replies) = self.greeted();
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
    fn greeted(&self) -> (TcpStream, BufReader<TcpStream>) {
        for _ in 0..500 {
            if let Ok(stream) = TcpStream::connect(("127.0.0.1", self.lmtp)) {
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

    /// Puts a mail into a folder of a user's mailbox, which is made first where it is missing.
    pub fn append(&self, user: &str, folder: &str, mail: &str) {
        let text = mail.replace('\n', "\r\n");
        self.imap(
            user,
            &[
                format!("CREATE \"{folder}\""),
                format!("APPEND \"{folder}\" {{{}+}}\r\n{text}", text.len()),
            ],
        );
    }

    /// Runs commands on a connection of its own and returns everything that the server said.
    pub fn imap(&self, user: &str, commands: &[String]) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.imap)).unwrap();
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

    fn wait_for(&mut self, port: u16) {
        #[allow(
            clippy::disallowed_methods,
            reason = "a real server is waited for in real time"
        )]
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return;
            }
            let exited = self.child.as_mut().unwrap().try_wait().unwrap();
            #[allow(
                clippy::disallowed_methods,
                reason = "a real server is waited for in real time"
            )]
            let late = Instant::now() > deadline;
            assert!(
                exited.is_none() && !late,
                "Dovecot did not start: {}",
                std::fs::read_to_string(self.folder.path().join("log/dovecot.log"))
                    .unwrap_or_default()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn set_up(&self) {
        let folder = self.folder.path();
        for name in ["run", "state", "mail", "ssl", "log"] {
            std::fs::create_dir(folder.join(name)).unwrap();
        }
        let made = Command::new("openssl")
            .args("req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=localhost".split(' '))
            .args(["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"])
            .args(["-addext", "basicConstraints=critical,CA:FALSE"])
            .arg("-keyout")
            .arg(folder.join("ssl/key.pem"))
            .arg("-out")
            .arg(folder.join("ssl/cert.pem"))
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert!(made.success(), "openssl made no certificate");
        std::fs::write(folder.join("dovecot.conf"), self.config()).unwrap();
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

    fn config(&self) -> String {
        let Self {
            imap, imaps, lmtp, ..
        } = self;
        let dir = self.folder.path().display();
        let (uid, gid) = if is_root() {
            (NOBODY, NOBODY)
        } else {
            (
                rustix::process::getuid().as_raw(),
                rustix::process::getgid().as_raw(),
            )
        };
        let (user, group) = (name_of("passwd", uid), name_of("group", gid));
        format!(
            "base_dir = {dir}/run\nstate_dir = {dir}/state\nlog_path = {dir}/log/dovecot.log\n\
             protocols = imap lmtp\nlisten = 127.0.0.1\n\
             default_internal_user = {user}\ndefault_internal_group = {group}\ndefault_login_user = {user}\n\
             first_valid_uid = 1\nmail_location = maildir:{dir}/mail/%u\n\
             ssl = yes\nssl_cert = <{dir}/ssl/cert.pem\nssl_key = <{dir}/ssl/key.pem\n\
             disable_plaintext_auth = no\n\
             passdb {{\n  driver = static\n  args = password=secret\n}}\n\
             userdb {{\n  driver = static\n  args = uid={uid} gid={gid} home={dir}/mail/%u\n}}\n\
             namespace inbox {{\n  inbox = yes\n}}\n\
             service imap-login {{\n  chroot =\n\
             \x20 inet_listener imap {{\n    port = {imap}\n  }}\n\
             \x20 inet_listener imaps {{\n    port = {imaps}\n    ssl = yes\n  }}\n}}\n\
             service anvil {{\n  chroot =\n}}\nservice stats {{\n  chroot =\n}}\n\
             service lmtp {{\n  inet_listener lmtp {{\n    address = 127.0.0.1\n    port = {lmtp}\n  }}\n}}\n"
        )
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        self.kill();
    }
}

fn is_root() -> bool {
    rustix::process::getuid().is_root()
}

/// The name behind a number in `/etc/passwd` or `/etc/group`.
fn name_of(file: &str, id: u32) -> String {
    let text = std::fs::read_to_string(format!("/etc/{file}")).unwrap();
    text.lines()
        .find(|line| line.split(':').nth(2) == Some(&id.to_string()))
        .and_then(|line| line.split(':').next())
        .expect("the id has no name")
        .to_owned()
}

/// A free port below the range from which the kernel takes the ports of outgoing connections, so that none of them
/// takes it before the server does.
fn free_port() -> u16 {
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
