//! The real daemon on a real server, in a folder of its own.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::arithmetic_side_effects,
    reason = "a test may panic, and a real daemon is waited for in real time"
)]

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use mailward::engine::alert::Alert;
use mailward::engine::incident::{Incident, Severity};
use mailward::io::store::Store;
use mailward::io::store::reader::Reader;

use crate::dovecot::Dovecot;

/// Whose mailbox is watched.
pub const USER: &str = "hanako@example.com";

/// A running `mailward run`.
pub struct Daemon {
    folder: tempfile::TempDir,
    bus: Option<String>,
    variables: Vec<(String, String)>,
    child: Option<Child>,
}

impl Daemon {
    /// Starts the daemon on a mailbox of the server; alerts go to the journal, and to the desktop of the bus.
    pub fn start(server: &Dovecot, bus: Option<&str>) -> Self {
        Self::start_with(server, bus, "", Vec::new())
    }

    /// The same with further channel tables and variables.
    pub fn start_with(
        server: &Dovecot,
        bus: Option<&str>,
        channels: &str,
        variables: Vec<(String, String)>,
    ) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("mailward-run-")
            .tempdir()
            .unwrap();
        let desktop = if bus.is_some() {
            "[[channel]]\nkind = \"desktop\"\n"
        } else {
            ""
        };
        let config = format!(
            "language = \"ja\"\ndkim = false\ntime_zone = \"Asia/Tokyo\"\n\
             card_issuer = {{ name = \"Example Card\", phone = \"0120-000-000\" }}\n\
             [[account]]\nname = \"home\"\nhost = \"localhost\"\nport = {}\nsecurity = \"tls\"\nca_file = \"{}\"\n\
             user = \"{USER}\"\naddresses = [\"{USER}\"]\nauthserv_ids = [\"mx.example.com\"]\n\
             password_command = [\"printf\", \"secret\"]\n\
             [[channel]]\nkind = \"journal\"\n{desktop}{channels}",
            server.imaps,
            server.certificate().display(),
        );
        Self::begin(folder, &config, bus, variables)
    }

    /// Starts the daemon with this configuration in a folder.
    pub fn with(folder: tempfile::TempDir, config: &str, bus: Option<&str>) -> Self {
        Self::begin(folder, config, bus, Vec::new())
    }

    fn begin(
        folder: tempfile::TempDir,
        config: &str,
        bus: Option<&str>,
        variables: Vec<(String, String)>,
    ) -> Self {
        fs::write(folder.path().join("mailward.toml"), config).unwrap();
        let mut daemon = Self {
            folder,
            bus: bus.map(ToOwned::to_owned),
            variables,
            child: None,
        };
        daemon.start_again();
        daemon
    }

    /// Starts it on the same state.
    pub fn start_again(&mut self) {
        assert!(self.child.is_none(), "it runs already");
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.log_file())
            .unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_mailward"));
        command
            .arg("--config")
            .arg(self.folder.path().join("mailward.toml"))
            .arg("run")
            .env("STATE_DIRECTORY", self.folder.path())
            .env("MAILWARD_LOG", "trace")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .env_remove("JOURNAL_STREAM")
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log);
        match &self.bus {
            Some(bus) => command.env("DBUS_SESSION_BUS_ADDRESS", bus),
            None => command.env_remove("DBUS_SESSION_BUS_ADDRESS"),
        };
        self.child = Some(command.spawn().unwrap());
    }

    /// Waits until it idles.
    pub async fn until_watching(&self, limit: Duration) {
        let starts = self.log().matches("watching accounts=").count();
        self.until(limit, || {
            let log = self.log();
            let last = log.rfind("watching accounts=").unwrap_or(0);
            starts > 0 && log.get(last..).unwrap_or("").contains("state=Idling")
                || starts == 0 && log.contains("state=Idling")
        })
        .await;
    }

    /// Waits until something holds.
    pub async fn until(&self, limit: Duration, holds: impl Fn() -> bool) {
        let started = Instant::now();
        while !holds() {
            assert!(
                started.elapsed() < limit,
                "not within {limit:?}; the log:\n{}",
                self.tail()
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// How many mails are accounted for: the highest cursor.
    pub fn mails_read(&self) -> u32 {
        self.reader()
            .and_then(|reader| reader.cursors("home").ok())
            .and_then(|cursors| cursors.values().map(|cursor| cursor.next_uid).max())
            .unwrap_or(0)
    }

    /// The one incident.
    pub fn incident(&self) -> Incident {
        let incidents = self.reader().unwrap().incidents(false).unwrap();
        assert_eq!(incidents.len(), 1, "{incidents:#?}");
        incidents.into_iter().next().unwrap()
    }

    /// Whether an incident reached this level.
    pub fn reached(&self, severity: Severity) -> bool {
        let incidents = self
            .reader()
            .and_then(|reader| reader.incidents(false).ok());
        incidents
            .into_iter()
            .flatten()
            .any(|incident| incident.severity >= severity)
    }

    /// All stored alerts.
    pub fn alerts(&self) -> Vec<Alert> {
        let alerts = self.reader().unwrap().alerts(0, 1_000).unwrap();
        alerts.into_iter().map(|(_, alert)| alert).collect()
    }

    /// Kills it with SIGKILL.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Everything that it printed so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    /// Ends it with SIGTERM and returns what it printed.
    pub fn stop(&self) -> String {
        if let Some(child) = &self.child {
            let id = rustix::process::Pid::from_child(child);
            rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
        }
        let started = Instant::now();
        while !self.log().contains("stopped; everything") {
            assert!(
                started.elapsed() < Duration::from_secs(6),
                "{}",
                self.tail()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        self.log()
    }

    /// Asserts that no file of the state holds this text.
    pub fn assert_not_stored(&self, text: &str) {
        let mut looked_at = 0;
        for entry in fs::read_dir(self.folder.path()).unwrap() {
            let path = entry.unwrap().path();
            if !path.to_string_lossy().contains("mailward.db") {
                continue;
            }
            // The WAL goes when the last one closes the file.
            let Ok(bytes) = fs::read(&path) else {
                assert!(!path.exists(), "{} cannot be read", path.display());
                continue;
            };
            looked_at += 1;
            let found = bytes
                .windows(text.len())
                .any(|window| window == text.as_bytes());
            assert!(!found, "{text} stands in {}", path.display());
        }
        assert!(looked_at > 0, "there is no state file");
    }

    /// The state file.
    pub fn state_file(&self) -> PathBuf {
        self.folder.path().join("mailward.db")
    }

    /// The folder of its state.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// The state, where there is one.
    pub fn reader(&self) -> Option<Reader> {
        Store::open_read_only(&self.state_file()).ok()
    }

    fn log_file(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    fn tail(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(60)..].join("\n")
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.kill();
    }
}
