//! Every way in which the real daemon can begin badly: it ends with a clear error, or goes on and has told the person.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    reason = "a test may panic, and a real daemon is waited for in real time"
)]
#![cfg(feature = "demo")]

#[path = "support/resident.rs"]
mod resident;
#[path = "support/small_disk.rs"]
mod small_disk;

use std::fs;
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use mailward::config::{ChannelKind, parse};
use mailward::daemon::{self, Seen, Setup};
use mailward::engine::rule::RuleSet;
use mailward::engine::wording::Language;
use mailward::io::clock;
use mailward::io::store::Store;
use tokio_util::sync::CancellationToken;

use resident::{Resident, config};
use small_disk::SmallDisk;

const SOON: Duration = Duration::from_secs(15);

/// The longest wait between two tries is half a minute.
const RECOVERY: Duration = Duration::from_secs(45);

const DESKTOP: &str = "[[channel]]\nkind = \"journal\"\n[[channel]]\nkind = \"desktop\"\n";
const JOURNAL: &str = "[[channel]]\nkind = \"journal\"\n";

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
    // To systemd it has started: a start that takes long would be ended.
    daemon.until(SOON, || {
        daemon.is_ready() && daemon.status().starts_with("not watching: ")
    });
    assert!(daemon.lives());
    disk.make_room();
    daemon.until(RECOVERY, || {
        daemon.status() == "watching 0 of 1 account, not home"
    });
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
    daemon.until(RECOVERY, || {
        daemon.status() == "watching 0 of 1 account, not home"
    });
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
    daemon.until(RECOVERY, || {
        daemon.status() == "watching 0 of 1 account, not home"
    });
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
    daemon.until(SOON, || {
        daemon.status() == "watching 0 of 1 account, not home"
    });
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
    daemon.until(SOON, || {
        daemon.status() == "watching 0 of 1 account, not home"
    });
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
    daemon.until(SOON, || {
        daemon.status() == "watching 0 of 1 account, not home"
    });
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
