//! Alerts on a phone and its answers, over the documented interface of ntfy: real HTTP over TLS, with a moved clock.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test may panic"
)]

use std::io::Write;
use std::sync::Mutex;

use mailward::engine::incident::{Answer, Severity, Status};
use mailward::io::control::outcome::Outcome;
use mailward::io::control::protocol::Request;
use serde_json::{Value, json};

use crate::support::in_process::InProcess;
use crate::support::ntfy::{Fault, NtfyServer};

mod support;

const CODE: &str = "482913";
const SMS: &str = "482913 is your Amazon OTP. Do not share it with anyone.";
const NOT_ME: &str = "Not me: secure my account";
const ME: &str = "It was me";

/// Everything that was logged, of all tests and at every level.
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOG.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Asserts that something was logged, and this not.
fn assert_not_logged(text: &str) {
    let log = String::from_utf8(LOG.lock().unwrap().clone()).unwrap();
    assert!(log.contains("signal of a text message"), "{log}");
    let line = log.lines().find(|line| line.contains(text));
    assert_eq!(line, None, "{text} was logged");
}

async fn house(more: &str) -> (tempfile::TempDir, NtfyServer, InProcess) {
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(|| Log)
        .try_init()
        .ok();
    let folder = tempfile::tempdir().unwrap();
    let server = NtfyServer::start(folder.path()).await;
    let daemon = InProcess::start(folder.path(), &server.channel(more));
    (folder, server, daemon)
}

fn answers(daemon: &InProcess) -> Vec<Answer> {
    let incidents = daemon.incidents();
    let all = incidents.iter().flat_map(|incident| &incident.answers);
    all.map(|(_, answer)| *answer).collect()
}

/// Waits until the channel has dealt with everything that was posted to a topic so far: it then asks for what follows.
async fn heard_all(folder: &std::path::Path, server: &NtfyServer, daemon: &InProcess, topic: &str) {
    let state = server.state();
    let posted = state.last_posted(topic);
    daemon
        .until("everything is dealt with", || {
            let files = std::fs::read_dir(folder).unwrap();
            files
                .filter_map(|entry| std::fs::read_to_string(entry.unwrap().path()).ok())
                .any(|text| text.starts_with("{\"reply_topic\"") && text.contains(&posted))
        })
        .await;
}

fn reply_topic(alert: &Value) -> String {
    let url = alert["actions"][0]["url"].as_str().unwrap();
    url.rsplit('/').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_asked_about_and_the_button_answers_once() {
    let (folder, server, daemon) = house("token_command = [\"printf\", \"tk_secret\"]").await;
    let Outcome::Ingested(ingested) = daemon.sms("Amazon", SMS).await else {
        panic!("not ingested");
    };
    assert_eq!(ingested.service.as_deref(), Some("amazon"));
    let question = server.published(1).await;
    assert_eq!(question["topic"], "alerts");
    assert_eq!(question["priority"], 2);
    let labels: Vec<&Value> = question["actions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|action| &action["label"])
        .collect();
    assert_eq!(labels, [NOT_ME, ME, "Details"]);
    assert!(reply_topic(&question).len() > 32);
    assert!(question["title"].as_str().unwrap().contains("Amazon"));

    server.press(&question, NOT_ME).await;
    let alarm = server.published(2).await;
    assert_eq!(alarm["priority"], 4, "{alarm}");
    assert_eq!(answers(&daemon), [Answer::NotMe]);
    // The question goes from the phone.
    let sequence = question["sequence_id"].as_str().unwrap();
    let cleared = format!("/alerts/{sequence}/clear");
    server
        .until("the question is cleared", |state| {
            state.cleared.contains(&cleared)
        })
        .await;

    // The same once more, one that was altered, one that was made up, and no answer at all.
    let topic = format!("/{}", reply_topic(&question));
    let used = question["actions"][0]["body"].as_str().unwrap();
    let other_answer = used.replace("not-me", "me");
    for body in [
        used,
        &other_answer,
        r#"{"v":1,"i":"abc234","a":"me","t":"1.a.b"}"#,
        "hello",
    ] {
        server.post(&topic, body).await;
    }
    heard_all(folder.path(), &server, &daemon, &topic[1..]).await;
    assert_eq!(answers(&daemon), [Answer::NotMe]);
    daemon.assert_not_stored(CODE);
    let state = format!("{:?}", server.state());
    assert!(!state.contains(CODE), "a code left the machine");
    assert!(state.contains("Bearer tk_secret"));
    daemon.assert_not_stored("tk_secret");
    for secret in [CODE, "tk_secret", &topic[1..], used] {
        assert_not_logged(secret);
    }
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_was_me_closes_the_question_and_takes_it_off_the_phone() {
    let (_folder, server, daemon) = house("").await;
    daemon.sms("Amazon", SMS).await;
    let question = server.published(1).await;
    server.press(&question, ME).await;
    daemon
        .until("closed", || {
            let incidents = daemon.incidents();
            incidents
                .iter()
                .any(|incident| matches!(incident.status, Status::Closed { .. }))
        })
        .await;
    let sequence = question["sequence_id"].as_str().unwrap();
    let cleared = format!("/alerts/{sequence}/clear");
    server
        .until("cleared", |state| state.cleared == [cleared.clone()])
        .await;
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_down_for_an_hour_costs_nothing_and_the_newest_alert_comes() {
    let (folder, server, daemon) = house("").await;
    server.fails(Fault::Down);
    daemon.sms("Amazon", SMS).await;
    let first = server.until("a first attempt", |it| it.attempts > 0).await;
    assert!(first.published.is_empty());
    let id = daemon.incidents()[0].id.clone();
    for minute in 0..60 {
        let attempts = server.state().attempts;
        daemon.advance(60);
        if minute == 30 {
            // Meanwhile the person answers elsewhere, and it gets louder.
            daemon
                .ask(Request::Answer {
                    incident: id.clone(),
                    answer: Answer::NotMe,
                })
                .await;
        }
        // The longest wait is twelve minutes: this many attempts fall into the hour at least.
        if minute % 12 == 11 {
            server
                .until("another attempt", |it| {
                    it.attempts > attempts.min(minute / 12)
                })
                .await;
        }
        daemon.ask(Request::Status).await;
    }
    assert_eq!(daemon.incidents()[0].severity, Severity::Warning);
    server.fails(Fault::None);
    daemon.advance(720);
    let alarm = server.published(1).await;
    assert_eq!(
        alarm["priority"], 4,
        "the newest takes the place of the question"
    );
    // Its button works, and the channel finds its server again by itself.
    server.press(&alarm, NOT_ME).await;
    heard_all(folder.path(), &server, &daemon, &reply_topic(&alarm)).await;
    assert_eq!(answers(&daemon), [Answer::NotMe]);
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_says_too_many_requests_is_left_alone_for_as_long_as_it_asks() {
    let (_folder, server, daemon) = house("answers = false").await;
    server.fails(Fault::Busy(600));
    daemon.sms("Amazon", SMS).await;
    server.until("one attempt", |it| it.attempts == 1).await;
    let busy = async || {
        let Outcome::Status(status) = daemon.ask(Request::Status).await else {
            panic!("no status");
        };
        status.waiting.len()
    };
    for _ in 0..9 {
        daemon.advance(60);
        assert_eq!(busy().await, 1);
    }
    assert_eq!(server.state().attempts, 1);
    server.fails(Fault::None);
    // The ten minutes began when the daemon heard of it.
    daemon.advance(200);
    let alert = server.published(1).await;
    let buttons = alert["actions"].as_array().unwrap();
    assert_eq!(buttons.len(), 1, "no answers are wanted: {alert}");
    assert_eq!(buttons[0]["action"], "view");
    assert_eq!(server.state().attempts, 2);
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_given_while_the_stream_is_cut_or_the_daemon_is_down_is_not_lost() {
    let (folder, server, daemon) = house("").await;
    daemon.sms("Amazon", SMS).await;
    let question = server.published(1).await;
    let topic = reply_topic(&question);
    server
        .until("a subscription", |it| !it.subscribed.is_empty())
        .await;
    server.fails(Fault::NoStreams);
    server.cut();
    server.press(&question, NOT_ME).await;
    server.fails(Fault::None);
    let alarm = server.published(2).await;
    assert_eq!(answers(&daemon), [Answer::NotMe]);
    heard_all(folder.path(), &server, &daemon, &topic).await;

    // The daemon goes, another answer comes, and the daemon starts again.
    daemon.stop().await;
    server.press(&alarm, ME).await;
    let subscribed = server.state().subscribed.len();
    let daemon = InProcess::start(folder.path(), &server.channel(""));
    daemon
        .until("the second answer", || answers(&daemon).len() == 2)
        .await;
    let state = server.state();
    let again = &state.subscribed[subscribed];
    assert!(
        again.starts_with(&format!("/{topic}/json?since=m")),
        "it goes on where it was: {again}"
    );
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_hands_over_its_text_messages_and_proves_itself_with_the_word() {
    let (folder, server, daemon) =
        house("inbox_topic = \"inbox\"\ninbox_token_command = [\"printf\", \"open-sesame\"]").await;
    for body in [
        json!({ "from": "Amazon", "text": SMS }),
        json!({ "from": "Amazon", "text": SMS, "token": "guess" }),
        json!({ "from": "Mum", "text": "See you at ten", "token": "open-sesame" }),
    ] {
        server.post("/inbox", &body.to_string()).await;
    }
    heard_all(folder.path(), &server, &daemon, "inbox").await;
    assert!(daemon.incidents().is_empty());
    let sms = json!({ "from": "Amazon", "text": SMS, "token": "open-sesame" });
    server.post("/inbox", &sms.to_string()).await;
    server.published(1).await;
    heard_all(folder.path(), &server, &daemon, "inbox").await;
    // The same one again is one.
    assert_eq!(daemon.incidents().len(), 1);
    assert!(daemon.incidents()[0].verified);
    daemon.assert_not_stored(CODE);
    daemon.assert_not_stored("open-sesame");
    for secret in [CODE, "open-sesame", "See you at ten"] {
        assert_not_logged(secret);
    }
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inbox_without_a_word_takes_the_bare_text_and_vouches_for_nothing() {
    let (_folder, server, daemon) = house("inbox_topic = \"inbox\"").await;
    server.post("/inbox", SMS).await;
    let question = server.published(1).await;
    assert!(!daemon.incidents()[0].verified);
    let all = question.to_string();
    assert!(!all.contains(CODE), "{all}");
    daemon.stop().await;
}
