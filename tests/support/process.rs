//! The real program with a configuration of the test.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may panic, and not every test uses all of it"
)]

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A running `mailward run`; it ends when it is dropped.
pub struct Process {
    folder: tempfile::TempDir,
    child: Child,
}

impl Process {
    /// Starts it with these variables in its environment.
    pub fn start(config: &str, variables: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("mailward.toml"), config).unwrap();
        let child = spawn(folder.path(), variables);
        Self { folder, child }
    }

    /// Kills it with SIGKILL and starts it on the same state.
    pub fn kill_and_start_again(&mut self, variables: &[(&str, &str)]) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.child = spawn(self.folder.path(), variables);
    }

    /// Everything that it printed so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// The file of its state.
    pub fn state_file(&self) -> std::path::PathBuf {
        self.folder.path().join("mailward.db")
    }
}

fn spawn(folder: &Path, variables: &[(&str, &str)]) -> Child {
    let log = std::fs::File::options()
        .create(true)
        .append(true)
        .open(folder.join("log"))
        .unwrap();
    Command::new(env!("CARGO_BIN_EXE_mailward"))
        .arg("--config")
        .arg(folder.join("mailward.toml"))
        .arg("run")
        .env("STATE_DIRECTORY", folder)
        .env_remove("DBUS_SESSION_BUS_ADDRESS")
        .env("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent")
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap()
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// A configuration with a journal channel and an account for each name and port on loopback.
pub fn config(head: &str, accounts: &[(&str, u16)]) -> String {
    let mut config = format!("language = \"en\"\ntime_zone = \"UTC\"\ndkim = false\n{head}\n");
    for (name, port) in accounts {
        write!(
            config,
            "[[account]]\nname = \"{name}\"\nhost = \"127.0.0.1\"\nport = {port}\nsecurity = \"none\"\n\
             user = \"{name}\"\naddresses = [\"{name}@example.com\"]\npassword_command = [\"printf\", \"secret\"]\n\
             folders = [\"INBOX\"]\n"
        )
        .unwrap();
    }
    config.push_str("[[channel]]\nkind = \"journal\"\n");
    config
}

/// A certificate file as a configuration names it.
pub fn shown(path: &Path) -> String {
    path.display().to_string()
}
