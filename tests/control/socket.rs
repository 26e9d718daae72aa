//! The socket itself: who may open it, what may be said, and what becomes of it.

use std::fs::{self, Permissions};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::process::Command;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use mailward::io::store::Store;
use serde_json::Value;

use crate::house::{House, SOON};

/// Sends bytes and returns the lines that come back until the daemon ends the talk.
fn talk(house: &House, bytes: &[u8]) -> Vec<Value> {
    let mut stream = UnixStream::connect(house.socket()).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    // The daemon may end the talk before it took everything.
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let mut text = String::new();
    let _ = stream.read_to_string(&mut text);
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn lines_are_answered_and_bad_ones_end_the_talk_with_one_error() {
    let mut house = House::with_mails(1, SignedDuration::from_secs(20));
    house.start();
    let two = talk(
        &house,
        b"{\"v\":1,\"do\":\"incidents\"}\n{\"v\":1,\"do\":\"status\"}\n",
    );
    assert_eq!(two.len(), 2, "{two:?}");
    assert_eq!(two[0]["v"], 1);
    assert_eq!(two[0]["ok"]["incidents"][0]["id"], house.incident().id.0);
    assert_eq!(two[1]["ok"]["status"]["watching"], true);
    let long = [&vec![b' '; 70_000][..], b"{\"v\":1,\"do\":\"status\"}\n"].concat();
    let deep = [&vec![b'['; 50_000][..], b"\n"].concat();
    for bad in [
        &b"\n"[..],
        b"hello\n",
        b"null\n",
        b"{\"v\":7,\"do\":\"status\"}\n",
        b"{\"v\":1,\"do\":\"shutdown\"}\n",
        b"{\"v\":1,\"do\":\"answer\",\"incident\":\"a\",\"answer\":\"yes\"}\n",
        b"{\"v\":1,\"do\":\"status\"}\0\n",
        b"\xff\xfe\xfd\n",
        &long,
        &deep,
    ] {
        let mut bytes = bad.to_vec();
        bytes.extend_from_slice(b"{\"v\":1,\"do\":\"status\"}\n");
        let replies = talk(&house, &bytes);
        assert_eq!(replies.len(), 1, "{replies:?}");
        assert_eq!(replies[0]["error"]["kind"], "bad-request", "{replies:?}");
        assert!(
            replies[0]["error"]["hint"]
                .as_str()
                .unwrap()
                .contains("\"do\":\"status\"")
        );
    }
    for cut in [&b""[..], b"{\"v\":1,\"do\":\"sta"] {
        assert_eq!(talk(&house, cut), Vec::<Value>::new());
    }
    let unknown = talk(
        &house,
        b"{\"v\":1,\"do\":\"incident\",\"incident\":\"nobody\"}\n",
    );
    assert_eq!(unknown[0]["error"]["kind"], "unknown");
    assert!(!house.log().contains("panicked"), "{}", house.log());
    house.run(&["status"]).fine();
}

#[test]
fn connections_are_bounded_and_idle_ones_do_not_hold_up_others() {
    let mut house = House::with_mails(1, SignedDuration::from_secs(20));
    house.start();
    let idle: Vec<UnixStream> = (0..31)
        .map(|_| UnixStream::connect(house.socket()).unwrap())
        .collect();
    house.run(&["status"]).fine();
    let last = UnixStream::connect(house.socket()).unwrap();
    house.until(|| house.run(&["status"]).code() == 75);
    let said = house.run(&["status"]).failed(75);
    assert!(said.contains("32 others are talking"), "{said}");
    drop(last);
    house.until(|| house.run(&["status"]).code() == 0);
    drop(idle);
}

#[test]
fn the_socket_is_the_owners_alone_or_under_systemd_the_groups() {
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let mut house = House::new();
    house.start();
    assert_eq!(mode(&house.socket()), 0o600);
    house.stop();
    assert!(!house.socket().exists(), "the socket goes with the daemon");

    let runtime = house.folder.path().join("runtime");
    fs::create_dir(&runtime).unwrap();
    let mut child = house
        .command(&["run"])
        .env("RUNTIME_DIRECTORY", &runtime)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let socket = runtime.join("control.sock");
    house.until(|| socket.exists());
    let shared = mode(&socket);
    let status = house
        .command(&["status"])
        .env("RUNTIME_DIRECTORY", &runtime)
        .output()
        .unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(shared, 0o660);
    assert!(status.status.success(), "{status:?}");

    // A session's daemon listens in its runtime directory, made for it alone.
    let session = house.folder.path().join("session");
    let mut child = house
        .command(&["run"])
        .env_remove("STATE_DIRECTORY")
        .env("XDG_STATE_HOME", house.folder.path())
        .env("XDG_RUNTIME_DIR", &session)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let socket = session.join("mailward/control.sock");
    house.until(|| socket.exists());
    let modes = (mode(&session.join("mailward")), mode(&socket));
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(modes, (0o700, 0o600));
}

/// Only root can become somebody else.
#[test]
fn a_foreign_user_is_refused_by_the_folder_and_by_the_daemon() {
    if !rustix::process::getuid().is_root() {
        return;
    }
    let mut house = House::with_mails(1, SignedDuration::from_secs(20));
    house.start();
    let program = house.folder.path().join("mailward");
    fs::copy(env!("CARGO_BIN_EXE_mailward"), &program).unwrap();
    let open = |path: &std::path::Path, mode| {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    };
    open(house.folder.path(), 0o755);
    open(&house.config(), 0o644);
    open(&program, 0o755);
    let id = house.incident().id.0;
    let foreign = || {
        Command::new("setpriv")
            .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
            .arg(&program)
            .args(["answer", &id, "me"])
            .env("STATE_DIRECTORY", house.state_folder())
            .env("LC_ALL", "C")
            .env_remove("RUNTIME_DIRECTORY")
            .output()
            .unwrap()
    };
    open(&house.state_folder(), 0o755);
    let by_mode = foreign();
    let text = String::from_utf8_lossy(&by_mode.stderr).into_owned();
    assert_eq!(by_mode.status.code(), Some(77), "{text}");
    assert!(
        text.contains("this user may not talk to the mailward that listens there"),
        "{text}"
    );
    // Whatever the modes say, the daemon looks who it is.
    open(&house.socket(), 0o666);
    let by_daemon = foreign();
    let text = String::from_utf8_lossy(&by_daemon.stderr).into_owned();
    assert_eq!(by_daemon.status.code(), Some(77), "{text}");
    assert!(
        text.contains("this user may not talk to this mailward"),
        "{text}"
    );
    assert!(
        house
            .log()
            .contains("a foreign user on the control socket was refused uid=65534")
    );
    assert!(house.incident().answers.is_empty());
}

#[test]
fn a_second_daemon_says_that_one_runs() {
    let mut house = House::new();
    house.start();
    let said = house.run(&["run"]).failed(75);
    assert!(
        said.contains("error: ") && said.contains("state is in use by another mailward"),
        "{said}"
    );
    // The first one does not mind.
    house.run(&["status"]).fine();
}

#[test]
fn a_state_that_is_held_by_one_that_does_not_listen_is_to_be_tried_again() {
    let house = House::with_mails(1, SignedDuration::from_secs(20));
    let id = house.incident().id.0;
    let held = Store::open(&house.state_file(), Timestamp::now()).unwrap();
    let said = house.run(&["answer", &id, "me"]).failed(75);
    assert!(
        said.contains("does not answer on its control socket"),
        "{said}"
    );
    // Reading needs no lock.
    house.run(&["incidents"]).fine();
    drop(held);
    house.run(&["answer", &id, "me"]).fine();
}

#[test]
fn a_socket_that_a_killed_daemon_left_is_in_nobodys_way() {
    let mut house = House::with_mails(1, SignedDuration::from_secs(20));
    house.start();
    house.kill();
    assert!(house.socket().exists());
    let id = house.incident().id.0;
    house.run(&["answer", &id, "unsure"]).fine();
    assert_eq!(house.run(&["status"]).code(), 69);
    house.start();
    house.run(&["status"]).fine();
}

#[test]
fn a_name_that_is_taken_costs_the_socket_but_not_the_watch() {
    let mut house = House::with_mails(1, SignedDuration::from_secs(20));
    fs::write(house.socket(), "not a socket").unwrap();
    house.start();
    assert!(
        house.log().contains("this is no socket; move it away"),
        "{}",
        house.log()
    );
    assert_eq!(fs::read(house.socket()).unwrap(), b"not a socket");
    house.stop();
    assert!(house.socket().exists(), "what is not ours stays");
}

#[test]
fn who_follows_is_told_of_the_end() {
    let mut house = House::with_mails(1, SignedDuration::from_secs(20));
    house.start();
    let mut stream = BufReader::new(UnixStream::connect(house.socket()).unwrap());
    stream.get_ref().set_read_timeout(Some(SOON)).unwrap();
    stream
        .get_mut()
        .write_all(b"{\"v\":1,\"do\":\"alerts-follow\",\"after\":0}\n")
        .unwrap();
    let mut line = String::new();
    stream.read_line(&mut line).unwrap();
    let first: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(first["ok"]["alert"]["seq"], 1, "{line}");
    let (took, code) = house.stop();
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert_eq!(code, Some(0));
    line.clear();
    assert_eq!(stream.read_line(&mut line).unwrap(), 0);
}
