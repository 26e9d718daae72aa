//! A folder with a configuration and a state, and the program in it.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use mailward::config::parse;
use mailward::daemon::ledger;
use mailward::daemon::people::People;
use mailward::demo::story::{Happening, Story, StoryMail};
use mailward::engine::correlator::Input;
use mailward::engine::incident::Incident;
use mailward::engine::message::RawMail;
use mailward::engine::rule::{self, RuleSet, Trust};
use mailward::engine::wording::Language;
use mailward::io::store::Store;
use mailward::io::store::change::Change;

/// Whose mailbox it is.
pub(crate) const USER: &str = "hanako@example.com";

/// How long anything may take that takes a moment.
pub(crate) const SOON: Duration = Duration::from_secs(15);

/// The folder. Whatever runs in it is killed when it is dropped.
pub(crate) struct House {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) daemon: Option<Child>,
}

impl House {
    /// A house whose only account lies on a closed port of loopback.
    pub(crate) fn new() -> Self {
        let house = Self {
            folder: tempfile::Builder::new()
                .prefix("mailward-house-")
                .tempdir()
                .unwrap(),
            daemon: None,
        };
        fs::create_dir(house.state_folder()).unwrap();
        house.configure(&account("home", 1, ""));
        house
    }

    /// A house in which the first mails of the story have been read, the last of them `ago` before now.
    pub(crate) fn with_mails(count: usize, ago: SignedDuration) -> Self {
        let house = Self::new();
        house.read(&mails("takeover")[..count], ago);
        house
    }

    /// The account tables, below what every configuration has.
    pub(crate) fn configure(&self, accounts: &str) {
        let config = format!(
            "language = \"en\"\ntime_zone = \"Asia/Tokyo\"\n\
             card_issuer = {{ name = \"Example Card\", phone = \"0120-000-000\" }}\n\
             [[channel]]\nkind = \"journal\"\n{accounts}"
        );
        fs::write(self.config(), config).unwrap();
        let password = self.folder.path().join("password");
        fs::write(&password, "secret").unwrap();
        Command::new("chmod")
            .arg("600")
            .arg(&password)
            .status()
            .unwrap();
    }

    /// Takes mails in as the daemon would have, at their own moments.
    pub(crate) fn read(&self, mails: &[(Timestamp, StoryMail)], ago: SignedDuration) {
        let config = parse::load(&self.config()).unwrap();
        let rules = RuleSet::built_in().unwrap();
        let trust = Trust {
            addresses: vec![USER.to_owned()],
            authserv_ids: vec!["mx.example.com".to_owned()],
        };
        let shift = Timestamp::now()
            - ago
            - mails
                .last()
                .unwrap()
                .0
                .duration_since(Timestamp::UNIX_EPOCH);
        let shift = shift.duration_since(Timestamp::UNIX_EPOCH);
        let (mut store, _) = Store::open(&self.state_file(), Timestamp::now()).unwrap();
        let mut people = People::restore(&config, &store).unwrap();
        for (number, (at, _)) in mails.iter().enumerate() {
            let now = *at + shift;
            let mail = written_at(number, now);
            let raw = RawMail {
                source: format!("home/INBOX;uid={number}"),
                arrived_at: now,
                full_size: mail.bytes.len() as u64,
                bytes: mail.bytes,
            };
            let Some(signal) = rule::signal_of(&rules, &raw, &trust) else {
                continue;
            };
            let mut change = Change::default();
            ledger::enter(
                &mut people,
                "me",
                now,
                vec![Input::Signal(Box::new(signal))],
                &mut change,
                |severity| ledger::channels_for(&config, severity),
            );
            store.commit(&change).unwrap();
        }
    }

    /// Gives the correlator one more input at a moment in the past.
    pub(crate) fn happened(&self, now: Timestamp, input: Input) {
        let config = parse::load(&self.config()).unwrap();
        let (mut store, _) = Store::open(&self.state_file(), now).unwrap();
        let mut people = People::restore(&config, &store).unwrap();
        let mut change = Change::default();
        ledger::enter(
            &mut people,
            "me",
            now,
            vec![input],
            &mut change,
            |severity| ledger::channels_for(&config, severity),
        );
        store.commit(&change).unwrap();
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.folder.path().join("mailward.toml")
    }

    pub(crate) fn state_folder(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    pub(crate) fn state_file(&self) -> PathBuf {
        self.state_folder().join("mailward.db")
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.state_folder().join("control.sock")
    }

    /// The program with this house as its world.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mailward"));
        command
            .arg("--config")
            .arg(self.config())
            .args(arguments)
            .env("STATE_DIRECTORY", self.state_folder())
            .env("LC_ALL", "C")
            .env_remove("RUNTIME_DIRECTORY")
            .env_remove("XDG_RUNTIME_DIR")
            .env_remove("JOURNAL_STREAM")
            .env_remove("DBUS_SESSION_BUS_ADDRESS")
            .stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        Ended(self.command(arguments).output().unwrap())
    }

    /// Starts the daemon and waits until it listens.
    pub(crate) fn start(&mut self) {
        assert!(self.daemon.is_none(), "it runs already");
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.log_file())
            .unwrap();
        let before = self.log().matches("watching accounts=").count();
        let child = self
            .command(&["run"])
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        self.daemon = Some(child);
        self.until(|| self.log().matches("watching accounts=").count() > before);
    }

    /// Ends the daemon with SIGTERM; how long it took, and its exit code.
    pub(crate) fn stop(&mut self) -> (Duration, Option<i32>) {
        let mut child = self.daemon.take().unwrap();
        let started = Instant::now();
        signal(&child, rustix::process::Signal::TERM);
        let status = child.wait().unwrap();
        (started.elapsed(), status.code())
    }

    /// Sends the daemon a signal.
    pub(crate) fn signal(&self, which: rustix::process::Signal) {
        signal(self.daemon.as_ref().unwrap(), which);
    }

    /// Ends the daemon with SIGKILL.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.daemon.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Waits until something holds.
    pub(crate) fn until(&self, holds: impl Fn() -> bool) {
        let started = Instant::now();
        while !holds() {
            assert!(
                started.elapsed() < SOON,
                "not in time; the log:\n{}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    fn log_file(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// All incidents as they are stored.
    pub(crate) fn incidents(&self) -> Vec<Incident> {
        let reader = Store::open_read_only(&self.state_file()).unwrap();
        reader.incidents(false).unwrap()
    }

    /// The one incident.
    pub(crate) fn incident(&self) -> Incident {
        let incidents = self.incidents();
        assert_eq!(incidents.len(), 1, "{incidents:#?}");
        incidents.into_iter().next().unwrap()
    }

    /// How many alerts were stored.
    pub(crate) fn alerts(&self) -> usize {
        let reader = Store::open_read_only(&self.state_file()).unwrap();
        reader.alerts(0, 1_000).unwrap().len()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.kill();
    }
}

fn signal(child: &Child, which: rustix::process::Signal) {
    let id = rustix::process::Pid::from_child(child);
    rustix::process::kill_process(id, which).unwrap();
}

/// A command that ended.
pub(crate) struct Ended(Output);

impl Ended {
    pub(crate) fn code(&self) -> i32 {
        self.0.status.code().unwrap()
    }

    pub(crate) fn stdout(&self) -> String {
        String::from_utf8(self.0.stdout.clone()).unwrap()
    }

    pub(crate) fn stderr(&self) -> String {
        String::from_utf8(self.0.stderr.clone()).unwrap()
    }

    /// What it printed, of a command that must have gone well.
    pub(crate) fn fine(&self) -> String {
        assert_eq!(self.code(), 0, "{}{}", self.stdout(), self.stderr());
        assert_eq!(self.stderr(), "");
        self.stdout()
    }

    /// What it said on stderr, of a command that must have ended with this code.
    pub(crate) fn failed(&self, code: i32) -> String {
        assert_eq!(self.code(), code, "{}{}", self.stdout(), self.stderr());
        self.stderr()
    }
}

/// An account table.
pub(crate) fn account(name: &str, port: u16, more: &str) -> String {
    format!(
        "[[account]]\nname = \"{name}\"\nhost = \"127.0.0.1\"\nport = {port}\nsecurity = \"tls\"\n\
         ca_file = \"ca.pem\"\nuser = \"{USER}\"\naddresses = [\"{USER}\"]\n\
         authserv_ids = [\"mx.example.com\"]\npassword_file = \"password\"\n{more}"
    )
}

/// A story's mails for a story that begins at the epoch.
pub(crate) fn mails(name: &str) -> Vec<(Timestamp, StoryMail)> {
    story_mails(name, Timestamp::UNIX_EPOCH)
}

fn story_mails(name: &str, start: Timestamp) -> Vec<(Timestamp, StoryMail)> {
    let story = Story::built_in(name).unwrap().unwrap();
    let zone = TimeZone::get("Asia/Tokyo").unwrap();
    let moments = story.moments(Language::Ja, start, &zone).unwrap();
    let mails = moments.into_iter().filter_map(|moment| match moment.what {
        Happening::Mail(mail) => Some((moment.at, mail)),
        Happening::Answer(_) => None,
    });
    mails.collect()
}

/// The takeover's mail with this number, written for a story in which it comes at this moment.
pub(crate) fn written_at(number: usize, at: Timestamp) -> StoryMail {
    let offset = mails("takeover")[number]
        .0
        .duration_since(Timestamp::UNIX_EPOCH);
    story_mails("takeover", at - offset).swap_remove(number).1
}
