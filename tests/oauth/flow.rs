//! What the server may say while the person has not decided yet, and what it decides.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use mailward::io::clock::Clock;
use mailward::io::oauth::error::OAuthError;
use mailward::io::oauth::flow::{self, Tokens};
use mailward::io::oauth::registration::Registration;
use mailward::io::secrets::Source;
use serde_json::json;

use crate::server::{Answer, Server, refusal, tokens};

/// A clock that only waiting moves.
pub struct Moved {
    now: Arc<Mutex<Timestamp>>,
    waits: Arc<Mutex<Vec<u64>>>,
}

impl Moved {
    pub fn new() -> Self {
        Self {
            now: Arc::new(Mutex::new("2026-11-28T10:00:00Z".parse().unwrap())),
            waits: Arc::default(),
        }
    }

    pub fn clock(&self) -> Clock {
        let now = Arc::clone(&self.now);
        Arc::new(move || *now.lock().unwrap())
    }

    pub fn by(&self, seconds: i64) {
        *self.now.lock().unwrap() += SignedDuration::from_secs(seconds);
    }

    async fn wait(&self, wait: Duration) {
        self.by(i64::try_from(wait.as_secs()).unwrap());
        self.waits.lock().unwrap().push(wait.as_secs());
    }
}

struct Tried {
    result: Result<Tokens, OAuthError>,
    waits: Vec<u64>,
    shown: Option<(String, String)>,
}

async fn sign_in(registration: &Registration) -> Tried {
    let moved = Moved::new();
    let mut shown = None;
    let result = flow::sign_in(
        registration,
        &moved.clock(),
        |task| shown = Some((task.address.clone(), task.code.clone())),
        |wait| moved.wait(wait),
    )
    .await;
    if let Err(error) = &result {
        let text = format!("{error} {error:?}");
        for hidden in ["hunter2", "device-code", "WDJB", "access-1"] {
            assert!(!text.contains(hidden), "{text}");
        }
    }
    let waits = moved.waits.lock().unwrap().clone();
    Tried {
        result,
        waits,
        shown,
    }
}

async fn answered(answers: impl IntoIterator<Item = Answer>) -> Tried {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), answers).await;
    sign_in(&server.registration(folder.path())).await
}

#[tokio::test]
async fn it_waits_as_the_server_says_and_five_seconds_longer_after_slow_down() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(
        folder.path(),
        [
            refusal("authorization_pending"),
            refusal("slow_down"),
            refusal("authorization_pending"),
            refusal("slow_down"),
            tokens("access-1", Some("refresh-1")),
        ],
    )
    .await;
    let secret = folder.path().join("client-secret");
    private(&secret, "client-secret-1");
    let registration = Registration {
        client_secret: Some(Source::File(secret)),
        ..server.registration(folder.path())
    };
    let tried = sign_in(&registration).await;
    let tokens = tried.result.unwrap();
    assert_eq!(tried.waits, [5, 5, 10, 10, 15]);
    assert_eq!(
        tried.shown.unwrap(),
        (
            "https://login.example.com/device".to_owned(),
            "WDJB-MJHT".to_owned()
        )
    );
    assert_eq!(tokens.access.expose(), "access-1");
    assert_eq!(tokens.refresh.unwrap().expose(), "refresh-1");
    let end: Timestamp = "2026-11-28T11:00:45Z".parse().unwrap();
    assert_eq!(tokens.expires_at, Some(end));
    let asked = server.asked();
    assert!(asked[0].contains("scope=imap+offline_access"), "{asked:?}");
    assert!(
        asked[1].contains("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code")
            && asked[1].contains("device_code=device-code-hidden"),
        "{asked:?}"
    );
    for body in asked {
        assert!(
            body.contains("client_id=client-1") && body.contains("client_secret=client-secret-1")
        );
    }
}

pub fn private(path: &Path, text: &str) {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = std::fs::OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .unwrap();
    std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
}

#[tokio::test]
async fn a_person_who_declines_ends_it_at_once() {
    for code in ["access_denied", "authorization_declined"] {
        let tried = answered([refusal(code)]).await;
        assert!(matches!(tried.result, Err(OAuthError::Declined)), "{code}");
        assert_eq!(tried.waits, [5]);
    }
}

#[tokio::test]
async fn a_code_ends_when_the_server_says_so_or_its_time_is_over() {
    let tried = answered([refusal("expired_token")]).await;
    assert!(matches!(tried.result, Err(OAuthError::Expired)));
    // 900 s, and nobody decides.
    let tried = answered([]).await;
    assert!(matches!(tried.result, Err(OAuthError::Expired)));
    let waited: u64 = tried.waits.iter().sum();
    assert!((900..=910).contains(&waited), "{waited}");
}

#[tokio::test]
async fn a_server_in_trouble_is_asked_again() {
    let tried = answered([
        Answer::Nothing,
        Answer::Page(503),
        Answer::Page(429),
        tokens("access-1", None),
    ])
    .await;
    assert_eq!(tried.result.unwrap().access.expose(), "access-1");
    assert_eq!(tried.waits, [5, 10, 10, 10]);
}

#[tokio::test]
async fn an_interval_of_nothing_is_no_hot_loop() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(
        folder.path(),
        [refusal("authorization_pending"), tokens("access-1", None)],
    )
    .await;
    *server.code.lock().unwrap() = Answer::Json(
        200,
        json!({ "device_code": "device-code", "user_code": "A\u{1b}[2J", "expires_in": 900, "interval": 0,
                "verification_url": "https://login.example.com/device" }),
    );
    let tried = sign_in(&server.registration(folder.path())).await;
    assert!(tried.result.is_ok());
    assert_eq!(tried.waits, [1, 1]);
    assert_eq!(tried.shown.unwrap().1, "A\\u{1b}[2J");
}

#[tokio::test]
async fn what_the_provider_refuses_is_said_with_the_next_step() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), []).await;
    let registration = server.registration(folder.path());
    for (answer, says) in [
        (refusal("invalid_scope"), "docs/providers.md"),
        (
            refusal("invalid_client"),
            "(invalid_client); check client_id",
        ),
        (refusal("hunter2"), "check client_id"),
        (
            Answer::Json(200, json!({ "hunter2": 1 })),
            "check device_authorization_url",
        ),
        (Answer::Page(404), "check device_authorization_url"),
        (Answer::Page(502), "in trouble"),
    ] {
        *server.code.lock().unwrap() = answer;
        let error = sign_in(&registration).await.result.unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
}

#[tokio::test]
async fn an_answer_that_is_none_ends_it_without_showing_what_stood_in_it() {
    let broken = Answer::Json(
        200,
        json!({ "access_token": ["access-1"], "token_type": "Bearer" }),
    );
    let tried = answered([broken]).await;
    assert!(matches!(tried.result, Err(OAuthError::Answer)));
}
