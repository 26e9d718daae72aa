//! A real Dovecot on loopback, as an ordinary process in a folder of its own.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test may panic, and not every test uses all of it"
)]

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use mailward::io::environment;

use self::loopback::{NOBODY, free_port, give, is_root, make_certificate, name_of, owner};

// Some tests take this file without the rest of the folder.
#[path = "loopback.rs"]
pub mod loopback;

const BINARY: &str = "/usr/sbin/dovecot";

/// A running server. Any user with the password `secret` has a mailbox. Dropped, it is gone with its children.
pub struct Dovecot {
    folder: tempfile::TempDir,
    child: Option<Child>,
    settings: &'static str,
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
        Self::start_with("")
    }

    /// The same with further lines of configuration.
    pub fn start_with(settings: &'static str) -> Option<Self> {
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
            settings,
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

    /// The folder of `cert.pem` and `key.pem`, which the server reads when it starts.
    pub fn ssl(&self) -> PathBuf {
        self.folder.path().join("ssl")
    }

    /// Kills the server and all its children with SIGKILL.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let group = rustix::process::Pid::from_child(&child);
            rustix::process::kill_process_group(group, rustix::process::Signal::KILL).ok();
            child.wait().unwrap();
            // Its children end a moment later; one that still listens would keep the next server from starting.
            for port in [self.imap, self.imaps, self.lmtp] {
                assert!(
                    loopback::falls_silent(port),
                    "a killed server still listens"
                );
            }
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
        loopback::deliver(self.lmtp, user, mail);
    }

    /// Puts a mail into a folder of a user's mailbox, which is made first where it is missing.
    pub fn append(&self, user: &str, folder: &str, mail: &str) {
        loopback::append(self.imap, user, folder, mail);
    }

    /// Runs commands on a connection of its own and returns everything that the server said.
    pub fn imap(&self, user: &str, commands: &[String]) -> String {
        loopback::imap(self.imap, user, commands)
    }

    fn wait_for(&mut self, port: u16) {
        let child = self.child.as_mut().unwrap();
        let answers = loopback::answers(port, || child.try_wait().unwrap().is_some());
        assert!(
            answers,
            "Dovecot did not start: {}",
            std::fs::read_to_string(self.folder.path().join("log/dovecot.log")).unwrap_or_default()
        );
    }

    fn set_up(&self) {
        let folder = self.folder.path();
        for name in ["run", "state", "mail", "ssl", "log"] {
            std::fs::create_dir(folder.join(name)).unwrap();
        }
        make_certificate(&folder.join("ssl"));
        std::fs::write(folder.join("dovecot.conf"), self.config()).unwrap();
        give(folder);
    }

    fn config(&self) -> String {
        let Self {
            imap,
            imaps,
            lmtp,
            settings,
            ..
        } = self;
        let dir = self.folder.path().display();
        let (uid, gid) = owner();
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
             service lmtp {{\n  inet_listener lmtp {{\n    address = 127.0.0.1\n    port = {lmtp}\n  }}\n}}\n{settings}"
        )
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        self.kill();
    }
}
