//! The real daemon with its state in a folder of the test's choosing, and what it tells systemd.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a test may panic, and a real daemon is waited for in real time"
)]

use std::fs;
use std::io::{BufRead as _, BufReader, Read};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use mailward::io::store::Store;
use mailward::io::store::reader::Reader;

/// Whose mailbox is watched.
pub const USER: &str = "hanako@example.com";

/// A running `mailward run`, whose output goes through pipes: a full disk does not silence it.
pub struct Resident {
    folder: tempfile::TempDir,
    state_folder: PathBuf,
    said: Arc<Mutex<String>>,
    told_systemd: Arc<Mutex<Vec<String>>>,
    child: Child,
}

/// A configuration with one account; `channels` are tables.
pub fn config(port: u16, certificate: &Path, channels: &str) -> String {
    format!(
        "language = \"en\"\ndkim = false\ntime_zone = \"Asia/Tokyo\"\n\
         [[account]]\nname = \"home\"\nhost = \"localhost\"\nport = {port}\nsecurity = \"tls\"\nca_file = \"{}\"\n\
         user = \"{USER}\"\naddresses = [\"{USER}\"]\nauthserv_ids = [\"mx.example.com\"]\n\
         password_command = [\"printf\", \"secret\"]\n{channels}",
        certificate.display()
    )
}

impl Resident {
    /// Starts it; `more` changes the command that is run.
    pub fn start(config: &str, state_folder: &Path, more: impl FnOnce(&mut Command)) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("mailward-resident-")
            .tempdir()
            .unwrap();
        // Whoever the daemon runs as must be able to read it.
        let file = folder.path().join("mailward.toml");
        fs::write(&file, config).unwrap();
        for (path, mode) in [(folder.path(), "755"), (&file, "644")] {
            Command::new("chmod").arg(mode).arg(path).status().unwrap();
        }
        let systemd = folder.path().join("notify");
        let told_systemd = listen(&systemd);
        // A write beyond the limit of a test fails instead of killing the daemon.
        let mut command = Command::new("sh");
        command
            .args(["-c", "trap '' XFSZ; exec \"$@\"", "sh"])
            .arg(env!("CARGO_BIN_EXE_mailward"))
            .arg("--config")
            .arg(&file)
            .arg("run")
            .env("STATE_DIRECTORY", state_folder)
            .env("NOTIFY_SOCKET", &systemd)
            .env("LC_ALL", "C")
            .env_remove("RUNTIME_DIRECTORY")
            .env_remove("XDG_RUNTIME_DIR")
            .env_remove("JOURNAL_STREAM")
            .env_remove("DBUS_SESSION_BUS_ADDRESS")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        more(&mut command);
        let mut child = command.spawn().unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        collect(child.stdout.take().unwrap(), &said);
        collect(child.stderr.take().unwrap(), &said);
        Self {
            folder,
            state_folder: state_folder.to_owned(),
            said,
            told_systemd,
            child,
        }
    }

    /// Everything that it printed.
    pub fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// The last status that systemd would show.
    pub fn status(&self) -> String {
        let told = self.told_systemd.lock().unwrap();
        let last = told
            .iter()
            .rev()
            .find_map(|line| line.strip_prefix("STATUS="));
        last.unwrap_or_default().to_owned()
    }

    /// Whether systemd was told that the start is over.
    pub fn is_ready(&self) -> bool {
        let told = self.told_systemd.lock().unwrap();
        told.iter().any(|line| line == "READY=1")
    }

    /// Waits until something holds.
    pub fn until(&self, limit: Duration, holds: impl Fn() -> bool) {
        let started = Instant::now();
        while !holds() {
            assert!(
                started.elapsed() < limit,
                "not within {limit:?}; it said:\n{}",
                self.said()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Whether it still runs.
    pub fn lives(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Its process.
    pub fn process(&self) -> rustix::process::Pid {
        rustix::process::Pid::from_child(&self.child)
    }

    /// The state file, for reading.
    pub fn reader(&self) -> Option<Reader> {
        Store::open_read_only(&self.state_folder.join("mailward.db")).ok()
    }

    /// The next UID of the INBOX as it is stored; 0 where nothing is.
    pub fn next_uid(&self) -> u32 {
        let cursors = self.reader().and_then(|it| it.cursors("home").ok());
        cursors
            .and_then(|it| it.get("INBOX").copied())
            .map_or(0, |cursor| cursor.next_uid)
    }

    /// Ends it with SIGTERM: how long it took, and its exit code.
    pub fn stop(&mut self) -> (Duration, Option<i32>) {
        let started = Instant::now();
        rustix::process::kill_process(self.process(), rustix::process::Signal::TERM).unwrap();
        let status = self.child.wait().unwrap();
        (started.elapsed(), status.code())
    }

    /// Waits for its own end: its exit code.
    pub fn end(&mut self, limit: Duration) -> Option<i32> {
        let started = Instant::now();
        while self.lives() {
            assert!(started.elapsed() < limit, "it goes on: {}", self.said());
            std::thread::sleep(Duration::from_millis(10));
        }
        self.child.wait().unwrap().code()
    }
}

impl Drop for Resident {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn collect(from: impl Read + Send + 'static, into: &Arc<Mutex<String>>) {
    let into = Arc::clone(into);
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            let mut text = into.lock().unwrap();
            text.push_str(&line);
            text.push('\n');
        }
    });
}

/// Listens as systemd does (`sd_notify(3)`).
fn listen(path: &Path) -> Arc<Mutex<Vec<String>>> {
    let socket = UnixDatagram::bind(path).unwrap();
    Command::new("chmod").arg("666").arg(path).status().unwrap();
    let told = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&told);
    std::thread::spawn(move || {
        let mut buffer = vec![0; 65_536];
        while let Ok(length) = socket.recv(&mut buffer) {
            let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
            into.lock()
                .unwrap()
                .extend(text.lines().map(ToOwned::to_owned));
        }
    });
    told
}
