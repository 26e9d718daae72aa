//! Trouble with the disk while the real daemon watches a real Dovecot, and in every way in which it can begin.
//!
//! No fault is built into the program. A small tmpfs is filled up (ENOSPC, which SQLite calls FULL), and the kernel's
//! limit on the size of files (`RLIMIT_FSIZE`, which SQLite reports as an I/O error) is set below the daemon's feet.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a test may panic, and a real daemon is waited for in real time"
)]
#![cfg(feature = "demo")]

#[path = "support/dovecot.rs"]
mod dovecot;
#[path = "support/notification_server.rs"]
mod notification_server;
#[path = "support/resident.rs"]
mod resident;

use std::fs::{self, File};
use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use mailward::config::{ChannelKind, parse};
use mailward::daemon::{self, Seen, Setup};
use mailward::demo::story::{Happening, Story};
use mailward::engine::rule::RuleSet;
use mailward::engine::wording::Language;
use mailward::io::clock;
use mailward::io::store::Store;
use rustix::process::{Resource, Rlimit, prlimit};
use tokio_util::sync::CancellationToken;

use dovecot::Dovecot;
use notification_server::{Call, NotificationServer, PrivateBus};
use resident::{Resident, USER, config};

const SOON: Duration = Duration::from_secs(15);

/// The longest wait between two tries is half a minute.
const RECOVERY: Duration = Duration::from_secs(45);

const DESKTOP: &str = "[[channel]]\nkind = \"journal\"\n[[channel]]\nkind = \"desktop\"\n";
const JOURNAL: &str = "[[channel]]\nkind = \"journal\"\n";

/// The takeover's mails, the last of them just now.
fn mails() -> Vec<String> {
    let story = Story::built_in("takeover").unwrap().unwrap();
    let zone = TimeZone::get("Asia/Tokyo").unwrap();
    let at = |start| story.moments(Language::Ja, start, &zone).unwrap();
    let length = at(Timestamp::UNIX_EPOCH)
        .last()
        .unwrap()
        .at
        .duration_since(Timestamp::UNIX_EPOCH);
    let start = Timestamp::now() - length - SignedDuration::from_secs(5);
    at(start)
        .into_iter()
        .filter_map(|moment| match moment.what {
            Happening::Mail(mail) => Some(String::from_utf8(mail.bytes).unwrap()),
            Happening::Answer(_) => None,
        })
        .collect()
}

/// A small file system of its own; unmounted when it is dropped.
struct SmallDisk {
    folder: tempfile::TempDir,
}

impl SmallDisk {
    /// `None`, with the reason printed, where nothing can be mounted.
    fn mount() -> Option<Self> {
        let folder = tempfile::Builder::new()
            .prefix("mailward-disk-")
            .tempdir()
            .unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=2m,mode=0755", "tmpfs"])
            .arg(folder.path())
            .output()
            .unwrap();
        if mounted.status.success() {
            return Some(Self { folder });
        }
        eprintln!(
            "skipped: no tmpfs can be mounted here: {}",
            String::from_utf8_lossy(&mounted.stderr).trim()
        );
        None
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn filler(&self) -> PathBuf {
        self.path().join("filler")
    }

    /// Leaves at most this many bytes.
    fn fill(&self, left: u64) {
        let mut filler = File::create(self.filler()).unwrap();
        let block = vec![b'x'; 4096];
        while filler.write_all(&block).is_ok() {}
        let length = filler.metadata().unwrap().len();
        filler.set_len(length - left.min(length)).unwrap();
    }

    fn make_room(&self) {
        fs::remove_file(self.filler()).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a daemon that a failed test left may still hold files.
        Command::new("umount")
            .arg("--lazy")
            .arg(self.path())
            .status()
            .ok();
    }
}

/// The daemon reads three mails; then `break_disk`, the rest of the story, `mend_disk`. Nothing may be lost.
async fn a_disk_that_fails_for_a_while(
    state_folder: &Path,
    break_disk: impl FnOnce(&Resident),
    mend_disk: impl FnOnce(&Resident),
) {
    let server = Dovecot::start().unwrap();
    let bus = PrivateBus::start();
    let desktop = NotificationServer::start(&bus.address).await;
    let config = config(server.imaps, &server.certificate(), DESKTOP);
    let mut daemon = Resident::start(&config, state_folder, |command| {
        command.env("DBUS_SESSION_BUS_ADDRESS", &bus.address);
    });
    daemon.until(SOON, || daemon.said().contains("Idling"));
    assert!(daemon.is_ready());
    assert_eq!(daemon.status(), "watching 1 accounts");
    let mails = mails();
    let (before, after) = mails.split_at(3);
    for mail in before {
        server.deliver(USER, mail);
    }
    daemon.until(SOON, || daemon.next_uid() == 4);

    break_disk(&daemon);
    let incidents = daemon.reader().unwrap().incidents(false).unwrap();
    for mail in after {
        server.deliver(USER, mail);
    }
    let told = |calls: &[Call]| {
        calls.iter().any(|call| {
            matches!(call, Call::Notify(shown) if shown.summary == "mailward cannot save its state")
        })
    };
    desktop.wait_for(SOON, told).await;
    daemon.until(SOON, || daemon.status().starts_with("mail waits: "));
    // A second try, and still nothing is half done.
    daemon.until(SOON, || {
        daemon.said().matches("mail waits until it can").count() >= 2
    });
    assert!(daemon.lives());
    assert_eq!(daemon.next_uid(), 4, "a cursor went on without its mail");
    assert_eq!(
        daemon.reader().unwrap().incidents(false).unwrap(),
        incidents
    );
    let shown = desktop.calls().len();

    mend_disk(&daemon);
    let all = u32::try_from(mails.len()).unwrap() + 1;
    daemon.until(RECOVERY, || daemon.next_uid() == all);
    assert!(daemon.lives());
    daemon.until(SOON, || daemon.status() == "watching 1 accounts");
    let incidents = daemon.reader().unwrap().incidents(false).unwrap();
    assert_eq!(incidents.len(), 1);
    let incident = &incidents[0];
    assert_eq!(
        (incident.orders, incident.cancellations, incident.codes),
        (7, 4, 2)
    );
    desktop
        .wait_for(SOON, |calls| {
            calls[shown..].iter().any(
                |call| matches!(call, Call::Notify(shown) if shown.summary.contains("7 orders")),
            )
        })
        .await;
    let (took, code) = daemon.stop();
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert_eq!(code, Some(0));
}

fn has_dovecot() -> bool {
    Dovecot::start().is_some()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_loses_no_mail_and_is_told() {
    if !has_dovecot() {
        return;
    }
    let Some(disk) = SmallDisk::mount() else {
        return;
    };
    a_disk_that_fails_for_a_while(disk.path(), |_| disk.fill(0), |_| disk.make_room()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_with_errors_loses_no_mail_and_is_told() {
    if !has_dovecot() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let limit = |daemon: &Resident, bytes| {
        let limit = Rlimit {
            current: bytes,
            maximum: None,
        };
        prlimit(Some(daemon.process()), Resource::Fsize, limit).unwrap();
    };
    a_disk_that_fails_for_a_while(
        folder.path(),
        |daemon| limit(daemon, Some(0)),
        |daemon| limit(daemon, None),
    )
    .await;
}

/// A daemon whose account lies on a closed port.
fn lonely(state_folder: &Path, more: impl FnOnce(&mut Command)) -> Resident {
    Resident::start(
        &config(1, Path::new("/nowhere"), JOURNAL),
        state_folder,
        more,
    )
}

#[test]
fn a_disk_that_is_full_at_the_start_is_told_and_waited_for() {
    let Some(disk) = SmallDisk::mount() else {
        return;
    };
    disk.fill(0);
    let mut daemon = lonely(disk.path(), |_| {});
    daemon.until(SOON, || {
        daemon.said().contains("mailward cannot save its state")
    });
    assert!(
        daemon.said().contains("the disk is full"),
        "{}",
        daemon.said()
    );
    assert!(
        daemon.is_ready(),
        "systemd would end a start that takes long"
    );
    assert!(daemon.status().starts_with("not watching: "));
    assert!(daemon.lives());
    disk.make_room();
    daemon.until(RECOVERY, || daemon.status() == "watching 1 accounts");
    assert_eq!(daemon.stop().1, Some(0));
}

#[test]
fn a_folder_that_cannot_be_written_is_told_and_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    fs::create_dir(&state).unwrap();
    let mode = |mode: &str, path: &Path| {
        assert!(
            Command::new("chmod")
                .arg(mode)
                .arg(path)
                .status()
                .unwrap()
                .success()
        );
    };
    mode("755", folder.path());
    mode("555", &state);
    let root = rustix::process::getuid().is_root();
    let mut daemon = lonely(&state, |command| {
        if root {
            // For root no mode is read-only.
            let program: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
            let copy = folder.path().join("mailward");
            fs::copy(env!("CARGO_BIN_EXE_mailward"), &copy).unwrap();
            mode("755", &copy);
            let mut nobody = Command::new("setpriv");
            nobody
                .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
                .arg(copy)
                .args(program.iter().skip(4));
            for (name, value) in command.get_envs() {
                match value {
                    Some(value) => nobody.env(name, value),
                    None => nobody.env_remove(name),
                };
            }
            nobody
                .stdin(std::process::Stdio::null())
                .stdout(std::process::Stdio::piped())
                .stderr(std::process::Stdio::piped());
            *command = nobody;
        }
    });
    daemon.until(SOON, || {
        daemon.said().contains("mailward cannot save its state")
    });
    assert!(
        daemon.said().contains("Permission denied"),
        "{}",
        daemon.said()
    );
    assert!(daemon.lives());
    mode("777", &state);
    daemon.until(RECOVERY, || daemon.status() == "watching 1 accounts");
    assert_eq!(daemon.stop().1, Some(0));
}

#[test]
fn a_database_that_another_program_has_locked_is_told_and_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mailward.db");
    drop(Store::open(&path, Timestamp::now()).unwrap());
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut daemon = lonely(folder.path(), |_| {});
    daemon.until(SOON, || {
        daemon
            .said()
            .contains("another program holds a lock on it; close that one")
    });
    daemon.until(SOON, || {
        daemon.said().contains("mailward cannot save its state")
    });
    assert!(daemon.lives());
    // It hears SIGTERM all the same.
    let (took, code) = daemon.stop();
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert_eq!(code, Some(0));

    let daemon = lonely(folder.path(), |_| {});
    daemon.until(SOON, || daemon.said().contains("holds a lock"));
    other.execute_batch("ROLLBACK").unwrap();
    daemon.until(RECOVERY, || daemon.status() == "watching 1 accounts");
}

#[test]
fn a_damaged_file_is_set_aside_and_told() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("mailward.db"),
        "no database ".repeat(1_000),
    )
    .unwrap();
    let daemon = lonely(folder.path(), |_| {});
    daemon.until(SOON, || {
        daemon.said().contains("mailward cannot save its state")
    });
    daemon.until(SOON, || daemon.status() == "watching 1 accounts");
    let kept: Vec<String> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with("mailward.db.damaged-"))
        .collect();
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert!(daemon.said().contains(&kept[0]), "{}", daemon.said());
}

#[test]
fn a_file_of_a_newer_version_is_refused_told_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mailward.db");
    drop(Store::open(&path, Timestamp::now()).unwrap());
    let other = rusqlite::Connection::open(&path).unwrap();
    other.pragma_update(None, "user_version", 99).unwrap();
    drop(other);
    let before = fs::read(&path).unwrap();
    let mut daemon = lonely(folder.path(), |_| {});
    assert_eq!(daemon.end(SOON), Some(65));
    daemon.until(SOON, || daemon.said().contains("hint: "));
    let said = daemon.said();
    assert!(said.contains("mailward cannot save its state"), "{said}");
    assert!(said.contains("schema version 99"), "{said}");
    assert!(
        said.contains("hint: install the newer mailward again"),
        "{said}"
    );
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn without_a_runtime_directory_it_listens_beside_its_state() {
    let folder = tempfile::tempdir().unwrap();
    let daemon = lonely(&folder.path().join("unused"), |command| {
        command
            .env_remove("STATE_DIRECTORY")
            .env("XDG_STATE_HOME", folder.path());
    });
    daemon.until(SOON, || daemon.status() == "watching 1 accounts");
    let socket = folder.path().join("mailward/control.sock");
    assert!(socket.exists());
    assert!(daemon.said().contains(&socket.display().to_string()));
}

#[test]
fn a_socket_that_cannot_be_made_is_told_and_the_watch_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut daemon = lonely(folder.path(), |command| {
        command.env("RUNTIME_DIRECTORY", "/proc/nowhere");
    });
    daemon.until(SOON, || {
        daemon.said().contains("Your answers do not reach mailward")
    });
    let said = daemon.said();
    assert!(said.contains("/proc/nowhere"), "{said}");
    assert!(said.contains("it watches all the same"), "{said}");
    daemon.until(SOON, || daemon.status() == "watching 1 accounts");
    assert!(daemon.lives());
}

/// A mail server and a notification server that take the connection and say nothing.
#[test]
fn sigterm_ends_it_within_five_seconds_whatever_hangs() {
    let folder = tempfile::tempdir().unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let bus = folder.path().join("bus");
    let silent_bus = UnixListener::bind(&bus).unwrap();
    // The damaged file makes an alert, which hangs in the desktop channel.
    let state = folder.path().join("state");
    fs::create_dir(&state).unwrap();
    fs::write(state.join("mailward.db"), "no database ".repeat(1_000)).unwrap();
    let certificate = folder.path().join("ca.pem");
    let made = mailward::demo::server::certificate::Certificate::make(Timestamp::now()).unwrap();
    fs::write(&certificate, made.pem).unwrap();
    let config = config(port, &certificate, DESKTOP);
    let mut daemon = Resident::start(&config, &state, |command| {
        let address = format!("unix:path={}", bus.display());
        command.env("DBUS_SESSION_BUS_ADDRESS", address);
    });
    let mailbox = silent.accept().unwrap();
    let channel = silent_bus.accept().unwrap();
    let (took, code) = daemon.stop();
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert_eq!(code, Some(0));
    drop((mailbox, channel));
}

/// Time stands still but for the sleeps of the daemon, which pass at once.
#[tokio::test(start_paused = true)]
async fn a_clock_of_before_2000_is_told_after_a_minute_and_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mailward.toml");
    fs::write(&file, config(1, Path::new("/nowhere"), JOURNAL)).unwrap();
    let mut config = parse::load(&file).unwrap();
    config.channels[0].kind = ChannelKind::Screen;
    config.accounts.clear();
    let started = tokio::time::Instant::now();
    let right = Arc::new(AtomicBool::new(false));
    let seen: Arc<Mutex<Vec<(Duration, String)>>> = Arc::default();
    let (knows, notes) = (Arc::clone(&right), Arc::clone(&seen));
    let state_file = folder.path().join("state.db");
    let setup = Setup {
        config,
        rules: Arc::new(RuleSet::built_in().unwrap()),
        state_file: state_file.clone(),
        language: Language::En,
        clock: Arc::new(move || {
            let second = if knows.load(Ordering::Relaxed) {
                1_790_000_000
            } else {
                946_684_799
            };
            Timestamp::new(second, 0).unwrap()
        }),
        link_clock: clock::system(),
        nap: Duration::from_secs(30),
        notices_sleep: false,
        witness: Some(Arc::new(move |seen| {
            if let Seen::Alert(_, text) = seen {
                let after = started.elapsed();
                notes.lock().unwrap().push((after, text.title.clone()));
            }
        })),
    };
    let stop = CancellationToken::new();
    let daemon = tokio::spawn(daemon::run(setup, stop.clone()));
    tokio::time::sleep(Duration::from_mins(10)).await;
    {
        let seen = seen.lock().unwrap();
        assert_eq!(seen.len(), 1, "{seen:?}");
        assert_eq!(seen[0].1, "This computer's clock is wrong");
        assert!(seen[0].0 >= Duration::from_mins(1), "{seen:?}");
        assert!(seen[0].0 < Duration::from_mins(3), "{seen:?}");
    }
    assert!(!state_file.exists(), "nothing is written with a wrong time");
    right.store(true, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(40)).await;
    assert!(state_file.exists());
    stop.cancel();
    daemon.await.unwrap().unwrap();
}
