//! Webhooks and commands: what they get, and that one which fails, hangs or floods costs nothing else.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test may panic"
)]

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::timeout;

use mailward::engine::incident::Answer;
use mailward::io::control::outcome::Outcome;
use mailward::io::control::protocol::Request;
use mailward::io::program::{self, ProgramError};

use crate::support::in_process::InProcess;
use crate::support::script::serve_tls;

mod support;

const CODE: &str = "482913";
const SMS: &str = "482913 is your Amazon OTP. Do not share it with anyone.";

/// A web server that tells the head and the body of each request and answers with a status, by turns.
async fn web(
    certificate: &Path,
    statuses: &'static [&'static str],
) -> (u16, mpsc::Receiver<(Vec<String>, Value)>) {
    let (told, requests) = mpsc::channel(100);
    let port = serve_tls(certificate, move |mut peer, number| {
        let told = told.clone();
        async move {
            let mut head = Vec::new();
            loop {
                let line = peer.line().await;
                if line.is_empty() {
                    break;
                }
                head.push(line.to_lowercase());
            }
            let length = head
                .iter()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |length| length.parse().unwrap());
            let body = peer.bytes(length).await;
            let status = statuses[number.min(statuses.len() - 1)];
            peer.say(&format!("HTTP/1.1 {status}\nContent-Length: 0\n\n"))
                .await;
            let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
            told.send((head, body)).await.ok();
        }
    })
    .await;
    (port, requests)
}

async fn next<T>(requests: &mut mpsc::Receiver<T>) -> T {
    let request = timeout(Duration::from_secs(30), requests.recv()).await;
    request.expect("a request within 30 s").unwrap()
}

/// Lets time pass until the next request.
async fn later<T>(daemon: &InProcess, requests: &mut mpsc::Receiver<T>) -> T {
    for _ in 0..60 {
        daemon.advance(60);
        if let Ok(request) = timeout(Duration::from_millis(500), requests.recv()).await {
            return request.unwrap();
        }
    }
    panic!("no request within an hour");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_gets_the_documented_fields_with_headers_from_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = folder.path().join("web.pem");
    // It fails twice first.
    let statuses = &["500 Oh", "503 Busy", "204 Fine"];
    let (port, mut requests) = web(&certificate, statuses).await;
    let channels = format!(
        "[[channel]]\nkind = \"webhook\"\nurl_command = [\"printf\", \"https://localhost:{port}/hook/secret-path\"]\n\
         ca_file = \"{}\"\n\
         headers = {{ Authorization = {{ prefix = \"Bearer \", command = [\"printf\", \"hush\"] }}, X-Plain = \"yes\" }}\n",
        certificate.display()
    );
    let daemon = InProcess::start(folder.path(), &channels);
    daemon.sms("Amazon", SMS).await;
    let (head, first) = next(&mut requests).await;
    assert_eq!(head[0], "post /hook/secret-path http/1.1");
    for line in [
        "authorization: bearer hush",
        "x-plain: yes",
        "content-type: application/json",
    ] {
        assert!(head.iter().any(|it| it == line), "{line}: {head:?}");
    }
    let (_, again) = later(&daemon, &mut requests).await;
    let (_, third) = later(&daemon, &mut requests).await;
    assert_eq!(
        (&first, &first),
        (&again, &third),
        "the same alert under the same id"
    );
    let keys: Vec<&String> = first.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "about", "amounts", "answer", "at", "body", "counts", "health", "id", "incident",
            "privacy", "reason", "repeat", "services", "severity", "thread", "title", "v"
        ]
    );
    assert_eq!(first["severity"], "info");
    assert_eq!(first["about"], "question");
    assert_eq!(first["privacy"], "minimal");
    assert_eq!(first["services"], json!(["amazon"]));
    assert!(
        first["answer"]
            .as_str()
            .unwrap()
            .starts_with("mailward answer ")
    );
    assert!(!first.to_string().contains(CODE));
    // The next alert: counts, and nothing of what is private.
    let id = daemon.incidents()[0].id.clone();
    daemon
        .ask(Request::Answer {
            incident: id,
            answer: Answer::NotMe,
        })
        .await;
    let (_, alarm) = next(&mut requests).await;
    assert_eq!(alarm["counts"]["codes"], 1, "{alarm}");
    assert_eq!(alarm["amounts"], json!({}));
    for private in ["Example Card", "0120-000-000", CODE, "hush"] {
        assert!(!alarm.to_string().contains(private), "{private}: {alarm}");
    }
    for secret in [CODE, "secret-path", "hush"] {
        daemon.assert_not_stored(secret);
    }
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_speaks_as_slack_discord_and_gotify_do() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = folder.path().join("web.pem");
    let (port, mut requests) = web(&certificate, &["200 OK"]).await;
    let channel = |format: &str| {
        format!(
            "[[channel]]\nkind = \"webhook\"\nname = \"{format}\"\nurl = \"https://localhost:{port}/{format}\"\n\
             ca_file = \"{}\"\nformat = \"{format}\"\n",
            certificate.display()
        )
    };
    let channels = ["slack", "discord", "gotify"].map(channel).concat();
    let daemon = InProcess::start(folder.path(), &channels);
    daemon.sms("Amazon", SMS).await;
    for _ in 0..3 {
        let (head, body) = next(&mut requests).await;
        let keys: Vec<&String> = body.as_object().unwrap().keys().collect();
        match head[0].as_str() {
            "post /slack http/1.1" => {
                assert_eq!(keys, ["text"]);
                assert!(body["text"].as_str().unwrap().starts_with("*Amazon"));
            }
            "post /discord http/1.1" => {
                assert_eq!(keys, ["allowed_mentions", "content"]);
                assert_eq!(body["allowed_mentions"], json!({ "parse": [] }));
            }
            other => {
                assert_eq!(other, "post /gotify http/1.1");
                assert_eq!(keys, ["message", "priority", "title"]);
                assert_eq!(body["priority"], 2);
            }
        }
    }
    daemon.stop().await;
}

fn sh(script: &str, seconds: u64) -> program::Options {
    program::Options {
        argv: ["sh", "-c", script].map(str::to_owned).to_vec(),
        limit: Duration::from_secs(seconds),
    }
}

#[tokio::test]
async fn a_command_that_fails_or_hangs_is_told_and_nothing_of_it_stays() {
    let folder = tempfile::tempdir().unwrap();
    let failed = program::deliver(&sh("echo secret >&2; exit 3", 20), b"{}").await;
    let error = failed.unwrap_err();
    assert!(matches!(error, ProgramError::Failed { .. }) && error.retry());
    assert!(!error.to_string().contains("secret"));
    let missing = program::Options {
        argv: vec!["/nowhere/ring".to_owned()],
        limit: Duration::from_secs(5),
    };
    let error = program::deliver(&missing, b"{}").await.unwrap_err();
    assert!(matches!(error, ProgramError::NotStarted { .. }) && !error.retry());

    // What it started goes with it.
    let pid = folder.path().join("pid");
    let hangs = format!("sleep 600 & echo $! > {}; wait", pid.display());
    let error = program::deliver(&sh(&hangs, 1), b"{}").await.unwrap_err();
    assert!(matches!(error, ProgramError::TooSlow { .. }) && error.retry());
    let pid = std::fs::read_to_string(pid).unwrap();
    let stat = Path::new("/proc").join(pid.trim()).join("stat");
    let gone = (0..1_000).any(|_| {
        std::thread::yield_now();
        let stat = std::fs::read_to_string(&stat).unwrap_or_default();
        stat.is_empty() || stat.contains(") Z ")
    });
    assert!(gone, "the sleep lives on");
}

#[tokio::test]
async fn a_command_that_floods_or_does_not_read_holds_up_nothing() {
    let floods = sh(
        "head -c 200000000 /dev/zero; head -c 200000000 /dev/zero >&2",
        60,
    );
    program::deliver(&floods, b"{}").await.unwrap();
    // More than a pipe holds, for a program that reads nothing.
    program::deliver(&sh("exit 0", 20), &vec![b' '; 1_000_000])
        .await
        .unwrap();
    let endless = program::deliver(&sh("yes", 1), b"{}").await;
    assert!(matches!(endless, Err(ProgramError::TooSlow { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_gets_the_alert_on_its_input_while_another_one_hangs() {
    let folder = tempfile::tempdir().unwrap();
    let seen = folder.path().join("seen");
    let channels = format!(
        "[[channel]]\nkind = \"command\"\nname = \"hangs\"\ncommand = [\"sleep\", \"600\"]\ntimeout = \"20s\"\n\
         [[channel]]\nkind = \"command\"\nname = \"works\"\nprivacy = \"full\"\n\
         command = [\"sh\", \"-c\", \"cat > $0.new && mv $0.new $0\", \"{}\"]\n",
        seen.display()
    );
    let daemon = InProcess::start(folder.path(), &channels);
    let Outcome::Ingested(_) = daemon.sms("Amazon", SMS).await else {
        panic!("not ingested");
    };
    daemon.until("the command ran", || seen.exists()).await;
    let alert: Value = serde_json::from_slice(&std::fs::read(&seen).unwrap()).unwrap();
    assert_eq!(
        (&alert["v"], &alert["privacy"]),
        (&json!(1), &json!("full"))
    );
    assert!(alert["title"].as_str().unwrap().contains("Amazon"));
    daemon.assert_not_stored(CODE);
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_channel_rings_when_nobody_answers_over_a_restart_too_and_not_when_somebody_did() {
    for answers in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let channel = |name: &str, more: &str| {
            let seen = folder.path().join(name);
            let table = format!(
                "[[channel]]\nkind = \"command\"\nname = \"{name}\"\n{more}\
                 command = [\"sh\", \"-c\", \"cat > $0.new && mv $0.new $0\", \"{}\"]\n",
                seen.display()
            );
            (seen, table)
        };
        let (first, phone) = channel("phone", "");
        let (second, family) = channel("family", "escalate_after = \"1h\"\n");
        let channels = [phone, family].concat();
        let daemon = InProcess::start(folder.path(), &channels);
        daemon.sms("Amazon", SMS).await;
        daemon.until("the first rang", || first.exists()).await;
        if answers {
            let incident = daemon.incidents()[0].id.clone();
            let answer = Answer::Me;
            daemon.ask(Request::Answer { incident, answer }).await;
        }
        daemon.stop().await;
        let daemon = InProcess::start(folder.path(), &channels);
        daemon.ask(Request::Status).await;
        assert!(!second.exists(), "it rang before its time");
        daemon.advance(3_700);
        if answers {
            daemon.ask(Request::Status).await;
            let Outcome::Status(status) = daemon.ask(Request::Status).await else {
                panic!("no status");
            };
            assert!(status.waiting.is_empty(), "{:?}", status.waiting);
            assert!(!second.exists(), "it rang although it was answered");
        } else {
            daemon.until("the second rang", || second.exists()).await;
        }
        daemon.stop().await;
    }
}
