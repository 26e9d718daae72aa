//! The whole way with the real program: asked to sign in, signed in, refused by the mail server, refreshed, and locked out.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use serde_json::json;
use tokio::sync::watch;

use crate::server::{Answer, Server, refusal, tokens};
use crate::support::process::{Process, config};
use crate::support::script::serve;

const PASSWORD: &str = "password_command = [\"printf\", \"secret\"]";
const LIMITS: &str = "[limits]\ntoken_retry = \"20ms\"\nbusy_first = \"50ms\"\nbusy_longest = \"100ms\"\n\
                      backoff_first = \"20ms\"\nbackoff_longest = \"50ms\"\nconnect_burst = 1000";

/// A mail server that takes one token only; which it saw.
async fn mailbox(good: watch::Receiver<String>, seen: Arc<Mutex<Vec<String>>>) -> u16 {
    serve(move |mut peer, _| {
        let (mut good, seen) = (good.clone(), Arc::clone(&seen));
        async move {
            peer.say("* OK [CAPABILITY IMAP4rev1 IDLE SASL-IR AUTH=XOAUTH2] hi")
                .await;
            let line = peer.line().await;
            let Some((tag, message)) = line.split_once(" AUTHENTICATE XOAUTH2 ") else {
                return;
            };
            let engine = base64::engine::general_purpose::STANDARD;
            let message = String::from_utf8(engine.decode(message).unwrap()).unwrap();
            let token = message
                .strip_prefix("user=home\u{1}auth=Bearer ")
                .and_then(|rest| rest.strip_suffix("\u{1}\u{1}"))
                .unwrap()
                .to_owned();
            seen.lock().unwrap().push(token.clone());
            if *good.borrow() != token {
                peer.say("+ e30=").await;
                peer.line().await;
                return peer.say(&format!("{tag} NO expired")).await;
            }
            peer.say(&format!("{tag} OK in")).await;
            peer.answer("CAPABILITY", "* CAPABILITY IMAP4rev1 IDLE")
                .await;
            peer.open(0, 1).await;
            peer.idle().await;
            good.wait_for(|good| *good != token).await.ok();
        }
    })
    .await
}

async fn until(what: &str, process: &Process, holds: impl Fn() -> bool) {
    for _ in 0..600 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("not within 30 s: {what}; {}", process.log());
}

async fn login(config: &Path, state: &Path, language: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mailward"));
    command
        .arg("--config")
        .arg(config)
        .args(["--lang", language, "login", "home"])
        .env("STATE_DIRECTORY", state)
        .env("MAILWARD_LOG", "trace");
    tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap()
}

fn quick_code(server: &Server) {
    *server.code.lock().unwrap() = Answer::Json(
        200,
        json!({ "device_code": "device-code-hidden", "user_code": "WDJB-MJHT", "expires_in": 900, "interval": 1,
                "verification_uri": "https://login.example.com/device" }),
    );
}

fn nothing_hidden(text: &str) {
    for hidden in [
        "access-",
        "refresh-",
        "device-code",
        "client-secret-1",
        "hunter2",
    ] {
        assert!(!text.contains(hidden), "{hidden}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_signs_in_once_and_the_watch_goes_on_until_the_provider_ends_it() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), [tokens("access-1", Some("refresh-1"))]).await;
    quick_code(&server);
    let (good, goods) = watch::channel("access-2".to_owned());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let port = mailbox(goods, Arc::clone(&seen)).await;
    let more = ", client_secret_command = [\"printf\", \"client-secret-1\"]";
    let text = config(LIMITS, &[("home", port)]).replace(PASSWORD, &server.oauth(more));
    let process = Process::start(&text, &[("MAILWARD_LOG", "trace")]);
    let alerts = || process.log().matches("sign-in needed").count();
    until("asked to sign in", &process, || alerts() > 0).await;
    assert!(process.log().contains("mailward login home"));
    assert!(seen.lock().unwrap().is_empty());

    let state = process.state_file().parent().unwrap().to_owned();
    server.says_next(tokens("access-2", Some("refresh-2")));
    let out = login(&state.join("mailward.toml"), &state, "en").await;
    let printed = String::from_utf8(out.stdout).unwrap();
    let log = String::from_utf8(out.stderr).unwrap();
    assert!(out.status.success(), "{printed}{log}");
    for part in [
        "account home",
        "https://login.example.com/device",
        "WDJB-MJHT",
        "Signed in",
        "mailward check --online",
    ] {
        assert!(printed.contains(part), "{printed}");
    }
    nothing_hidden(&printed);
    nothing_hidden(&log);
    assert!(!log.contains("WDJB"), "{log}");
    let file = state.join("oauth-home.json");
    let permissions = std::fs::metadata(&file).unwrap().permissions();
    assert_eq!(permissions.mode() & 0o7777, 0o600);

    // The mail server refuses the first token, so the second one is fetched, once.
    until("watching with the fresh token", &process, || {
        seen.lock()
            .unwrap()
            .last()
            .is_some_and(|it| it == "access-2")
    })
    .await;
    assert_eq!(*seen.lock().unwrap(), ["access-1", "access-2"]);
    let stored = || std::fs::read_to_string(&file).unwrap();
    assert!(stored().contains("refresh-2") && !stored().contains("refresh-1"));

    // The provider ends the sign-in.
    let before = alerts();
    server.says_next(refusal("invalid_grant"));
    good.send("access-3".to_owned()).unwrap();
    until("asked to sign in again", &process, || alerts() > before).await;
    nothing_hidden(&process.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_fails_says_why_and_keeps_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), []).await;
    quick_code(&server);
    let text = config("", &[("home", 1)]).replace(PASSWORD, &server.oauth(""));
    let file = folder.path().join("mailward.toml");
    std::fs::write(&file, text).unwrap();
    let state = folder.path().join("state");
    server.says_next(refusal("access_denied"));
    let out = login(&file, &state, "ja").await;
    assert_eq!(out.status.code(), Some(77));
    let printed = String::from_utf8(out.stdout).unwrap();
    assert!(
        printed.contains("WDJB-MJHT") && printed.contains("コードを入力"),
        "{printed}"
    );
    let log = String::from_utf8(out.stderr).unwrap();
    assert!(log.contains("was declined"), "{log}");
    nothing_hidden(&log);
    *server.code.lock().unwrap() = refusal("invalid_scope");
    let out = login(&file, &state, "en").await;
    assert_eq!(out.status.code(), Some(78));
    assert!(!state.join("oauth-home.json").exists());

    // An account with a password has nothing to sign in to.
    std::fs::write(&file, config("", &[("home", 1)])).unwrap();
    let out = login(&file, &state, "en").await;
    assert_eq!(out.status.code(), Some(78));
    let log = String::from_utf8(out.stderr).unwrap();
    assert!(log.contains("password_command, not oauth"), "{log}");
}
