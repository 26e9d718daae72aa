//! The daemon's process with as many accounts as wanted, and what it costs.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::keeper::Keeper;
use crate::mails;
use crate::post::Count;

/// How long a storm may take to be stored.
const PATIENCE: Duration = Duration::from_mins(5);

/// Clock ticks a second in /proc/PID/stat (`USER_HZ`, the same on every Linux).
const TICKS: u64 = 100;

/// Lets this process and those that it starts open as many files as they may.
pub fn raise_limit() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    setrlimit(Resource::Nofile, raised).expect("the limit can be raised to the hard one");
}

/// What a process holds, in kB.
#[derive(Debug, Clone, Copy, Default)]
pub struct Memory {
    pub resident: u64,
    pub anonymous: u64,
}

impl Memory {
    pub fn kb_each(self, mailboxes: u32) -> f64 {
        self.anonymous as f64 / f64::from(mailboxes)
    }
}

impl std::fmt::Display for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{:.1} MB resident, {:.1} MB of it anonymous",
            self.resident as f64 / 1_000.0,
            self.anonymous as f64 / 1_000.0
        )
    }
}

/// A running `mailward run`.
pub struct House {
    folder: tempfile::TempDir,
    child: Child,
}

impl House {
    /// Starts the daemon on so many accounts.
    pub fn furnish(mailboxes: u32, keeper: &Keeper, connects: u32, limits: &str) -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        let file = folder.path().join("mailward.toml");
        fs::write(
            &file,
            config(folder.path(), mailboxes, keeper, connects, limits),
        )
        .expect("a configuration");
        let log = File::create(folder.path().join("log")).expect("a log");
        // Another build of it, to compare with.
        let program = std::env::var_os("MAILWARD_PROGRAM")
            .unwrap_or_else(|| env!("CARGO_BIN_EXE_mailward").into());
        let child = Command::new(program)
            .arg("--config")
            .arg(&file)
            .arg("run")
            // As the units have it.
            .env("MALLOC_ARENA_MAX", "1")
            .env("MALLOC_TRIM_THRESHOLD_", "131072")
            .env("STATE_DIRECTORY", folder.path())
            .env("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent")
            .env_remove("DBUS_SESSION_BUS_ADDRESS")
            .env_remove("JOURNAL_STREAM")
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log"))
            .stderr(log)
            .spawn()
            .expect("a process");
        Self { folder, child }
    }

    fn proc(&self, name: &str) -> String {
        fs::read_to_string(format!("/proc/{}/{name}", self.child.id())).expect("it runs")
    }

    /// What it holds now; as root, since it forbids others to look.
    pub fn memory(&self) -> Memory {
        let mut memory = Memory::default();
        for line in self.proc("smaps_rollup").lines() {
            let number = || line.split_whitespace().nth(1)?.parse::<u64>().ok();
            if line.starts_with("Rss:") {
                memory.resident = number().expect("a number") * 1024 / 1000;
            } else if line.starts_with("Anonymous:") {
                memory.anonymous = number().expect("a number") * 1024 / 1000;
            }
        }
        memory
    }

    /// The time that it had of a core so far.
    pub fn cpu(&self) -> Duration {
        let stat = self.proc("stat");
        let fields: Vec<&str> = stat
            .rsplit(')')
            .next()
            .expect("fields")
            .split(' ')
            .collect();
        // `utime` and `stime` are the 14th and 15th, the name is the 2nd.
        let ticks: u64 = [12, 13]
            .iter()
            .map(|at| fields[*at].parse::<u64>().expect("ticks"))
            .sum();
        Duration::from_millis(ticks * 1_000 / TICKS)
    }

    /// Waits until exactly so many mails are stored; false, with what is there, where others are.
    pub fn until_stored(&self, expected: Count) -> bool {
        let begun = Instant::now();
        let mut found = Count::default();
        while begun.elapsed() < PATIENCE {
            found = self.stored();
            if found == expected {
                return true;
            }
            if found.mails >= expected.mails && found.signals > expected.signals {
                break;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        println!("broken: sent {expected:?}, stored {found:?}");
        false
    }

    fn state(&self) -> Option<Connection> {
        let file = self.folder.path().join("mailward.db");
        Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).ok()
    }

    fn stored(&self) -> Count {
        let number =
            |sql: &str| -> Option<u32> { self.state()?.query_row(sql, [], |row| row.get(0)).ok() };
        Count {
            mails: number("SELECT coalesce(sum(next_uid - 1), 0) FROM cursors").unwrap_or(0),
            signals: number("SELECT count(*) FROM signals").unwrap_or(0),
        }
    }

    /// Alerts so far.
    pub fn alerts(&self) -> u32 {
        let state = self.state().expect("a state file");
        let count = state.query_row("SELECT count(*) FROM alerts", [], |row| row.get(0));
        count.expect("a number")
    }

    /// Ends it with SIGTERM.
    pub fn end(&mut self) {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, rustix::process::Signal::TERM).expect("it runs");
        self.child.wait().expect("it ends");
        if std::env::var_os("SCALE_KEEPS_LOG").is_some() {
            let log = self.folder.path().join("log");
            fs::copy(
                log,
                Path::new(env!("CARGO_TARGET_TMPDIR")).join("scale.log"),
            )
            .ok();
        }
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn config(folder: &Path, mailboxes: u32, keeper: &Keeper, connects: u32, limits: &str) -> String {
    use std::os::unix::fs::PermissionsExt as _;
    let password = folder.join("password");
    fs::write(&password, "secret").expect("a password");
    fs::set_permissions(&password, fs::Permissions::from_mode(0o600)).expect("its mode");
    let mut text = format!(
        "language = \"en\"\ntime_zone = \"Asia/Tokyo\"\n[limits]\nhost_refill = \"{}ms\"\n{limits}\
         [[channel]]\nkind = \"journal\"\n",
        1_000 / connects,
    );
    for number in 0..mailboxes {
        // A program for one in ten: starting so many takes longer than all logins.
        let secret = if number % 10 == 0 {
            "password_command = [\"printf\", \"secret\"]".to_owned()
        } else {
            format!("password_file = \"{}\"", password.display())
        };
        let _ = write!(
            text,
            "[[account]]\nname = \"box{number}\"\nperson = \"person{number}\"\nhost = \"localhost\"\nport = {}\n\
             security = \"tls\"\nca_file = \"{}\"\nuser = \"box{number}@example.com\"\n\
             addresses = [\"box{number}@example.com\"]\nauthserv_ids = [\"{}\"]\n{secret}\n",
            keeper.port,
            keeper.authority().display(),
            mails::AUTHSERV_ID,
        );
    }
    text
}
