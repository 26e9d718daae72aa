//! A stand-in for an ntfy server: the documented HTTP interface over TLS, with the faults that a test asks for.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::string_slice,
    reason = "a test may panic, and a server has a clock"
)]

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mailward::io::connect::Patience;
use mailward::io::http::{Client, Request, Url};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::support::script::{Peer, serve_tls};

/// What is wrong with the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// Every connection ends without an answer.
    Down,
    /// Subscriptions end without an answer; everything else works.
    NoStreams,
    /// "Too many requests", and for how many seconds it wants to be left alone.
    Busy(u32),
}

/// Everything that happened, and what is kept.
#[derive(Debug, Clone, Default)]
pub struct State {
    fault: Option<Fault>,
    /// What was published as JSON at the root, in order.
    pub published: Vec<Value>,
    /// Attempts to publish, those that failed among them.
    pub attempts: usize,
    /// What was taken off the phones: `/topic/sequence/clear`.
    pub cleared: Vec<String>,
    /// The subscriptions' targets, in order.
    pub subscribed: Vec<String>,
    /// Authorization headers as they came.
    pub authorized: Vec<String>,
    messages: Vec<Value>,
    /// Streams of an earlier generation end.
    generation: u64,
}

impl State {
    /// The id of the last message of a topic.
    pub fn last_posted(&self, topic: &str) -> String {
        let last = self.messages.iter().rev().find(|it| it["topic"] == topic);
        last.unwrap()["id"].as_str().unwrap().to_owned()
    }
}

/// The server.
#[derive(Clone)]
pub struct NtfyServer {
    port: u16,
    certificate: PathBuf,
    state: Arc<watch::Sender<State>>,
}

impl NtfyServer {
    /// Starts it; its certificate is written into a folder.
    pub async fn start(folder: &Path) -> Self {
        let certificate = folder.join("ntfy.pem");
        let state = Arc::new(watch::Sender::new(State::default()));
        let serving = Arc::clone(&state);
        let port = serve_tls(&certificate, move |peer, _| {
            answer(peer, Arc::clone(&serving))
        })
        .await;
        Self {
            port,
            certificate,
            state,
        }
    }

    /// The tables of a channel that uses it.
    pub fn channel(&self, more: &str) -> String {
        format!(
            "[[channel]]\nkind = \"ntfy\"\nserver = \"{}\"\ntopic = \"alerts\"\nca_file = \"{}\"\n{more}\n",
            self.root(),
            self.certificate.display()
        )
    }

    fn root(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    /// From now on it has this fault.
    pub fn fails(&self, fault: Fault) {
        self.state.send_modify(|state| state.fault = Some(fault));
    }

    /// Cuts every subscription.
    pub fn cut(&self) {
        self.state.send_modify(|state| state.generation += 1);
    }

    /// What happened so far.
    pub fn state(&self) -> State {
        self.state.borrow().clone()
    }

    /// Waits until something has happened.
    pub async fn until(&self, what: &str, holds: impl FnMut(&State) -> bool) -> State {
        let mut state = self.state.subscribe();
        let found = timeout(Duration::from_secs(30), state.wait_for(holds)).await;
        let Ok(found) = found else {
            panic!("not within 30 s: {what}; {:#?}", self.state());
        };
        found.unwrap().clone()
    }

    /// Waits for the `count`th alert.
    pub async fn published(&self, count: usize) -> Value {
        let what = format!("alert {count}");
        let state = self
            .until(&what, |state| state.published.len() >= count)
            .await;
        state.published[count - 1].clone()
    }

    /// Posts to a topic, as a phone does.
    pub async fn post(&self, target: &str, body: &str) {
        let url = Url::parse(&format!("{}{target}", self.root())).unwrap();
        self.send(&url, body).await;
    }

    /// Presses a button of a published alert, as the app does.
    pub async fn press(&self, alert: &Value, label: &str) {
        let buttons = alert["actions"].as_array().unwrap();
        let button = buttons.iter().find(|button| button["label"] == label);
        let button = button.unwrap_or_else(|| panic!("no button {label}: {alert}"));
        assert_eq!(
            (&button["action"], &button["method"]),
            (&json!("http"), &json!("POST"))
        );
        let url = Url::parse(button["url"].as_str().unwrap()).unwrap();
        self.send(&url, button["body"].as_str().unwrap()).await;
    }

    async fn send(&self, url: &Url, body: &str) {
        let limit = Duration::from_secs(10);
        let client = Client {
            ca_file: Some(self.certificate.clone()),
            patience: Patience {
                connect: limit,
                attempt: limit,
                step: limit,
            },
        };
        let request = Request {
            method: "POST".parse().unwrap(),
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
        };
        let answer = client.ask(url, request).await.unwrap();
        assert!(answer.is_success());
    }
}

async fn answer(mut peer: Peer, state: Arc<watch::Sender<State>>) {
    let line = peer.line().await;
    let mut words = line.split(' ');
    let (method, target) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    let mut length = 0;
    loop {
        let header = peer.line().await;
        let Some((name, value)) = header.split_once(':') else {
            break;
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().unwrap();
        }
        if name.eq_ignore_ascii_case("authorization") {
            let value = value.trim().to_owned();
            state.send_modify(|state| state.authorized.push(value));
        }
    }
    let body = String::from_utf8(peer.bytes(length).await).unwrap();
    let publishes = method == "POST" && target == "/";
    if publishes {
        state.send_modify(|state| state.attempts += 1);
    }
    let fault = state.borrow().fault.unwrap_or(Fault::None);
    let streams = method == "GET" && target.contains("/json");
    match fault {
        Fault::Down => return,
        Fault::NoStreams if streams => return,
        Fault::Busy(seconds) => {
            let head = format!(
                "HTTP/1.1 429 Too Many Requests\nRetry-After: {seconds}\nContent-Length: 0\n\n"
            );
            return peer.say(&head).await;
        }
        Fault::None | Fault::NoStreams => {}
    }
    match method {
        "GET" if streams => stream(peer, target, &state).await,
        "POST" if publishes => {
            let alert: Value = serde_json::from_str(&body).unwrap();
            let message = keep(&state, alert["topic"].as_str().unwrap(), &alert);
            state.send_modify(|state| state.published.push(alert));
            say_json(&mut peer, &message).await;
        }
        "POST" => {
            let message = keep(&state, &target[1..], &json!({ "message": body }));
            say_json(&mut peer, &message).await;
        }
        "PUT" => {
            state.send_modify(|state| state.cleared.push(target.to_owned()));
            say_json(&mut peer, &json!({})).await;
        }
        _ => {
            peer.say("HTTP/1.1 404 Not Found\nContent-Length: 0\n\n")
                .await;
        }
    }
}

async fn say_json(peer: &mut Peer, value: &Value) {
    let body = value.to_string();
    let head = format!("HTTP/1.1 200 OK\nContent-Length: {}\n\n", body.len());
    peer.say(&head).await;
    peer.raw(body.as_bytes()).await;
}

/// Keeps a message as the server's cache does; the message as subscribers get it.
fn keep(state: &watch::Sender<State>, topic: &str, what: &Value) -> Value {
    static COUNT: Mutex<u64> = Mutex::new(0);
    let number = {
        let mut count = COUNT.lock().unwrap();
        *count += 1;
        *count
    };
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let mut message = what.clone();
    message["id"] = json!(format!("m{number:011}"));
    message["time"] = json!(now.unwrap().as_secs());
    message["event"] = json!("message");
    message["topic"] = json!(topic);
    state.send_modify(|state| state.messages.push(message.clone()));
    message
}

/// One subscription: what the cache has after `since`, then what comes.
async fn stream(mut peer: Peer, target: &str, state: &watch::Sender<State>) {
    let (topic, query) = target[1..].split_once("/json").unwrap();
    let since = query.strip_prefix("?since=").unwrap_or("all");
    state.send_modify(|state| state.subscribed.push(target.to_owned()));
    let generation = state.borrow().generation;
    peer.say("HTTP/1.1 200 OK\nContent-Type: application/x-ndjson\nTransfer-Encoding: chunked\n\n")
        .await;
    chunk(
        &mut peer,
        &json!({ "id": "o", "time": 0, "event": "open", "topic": topic }),
    )
    .await;
    let mut changes = state.subscribe();
    let mut next = {
        let state = state.borrow();
        let last = state.messages.iter().position(|it| it["id"] == since);
        last.map_or(0, |last| last + 1)
    };
    loop {
        let new: Vec<Value> = state.borrow().messages[next..].to_vec();
        next += new.len();
        for message in new.iter().filter(|message| message["topic"] == topic) {
            chunk(&mut peer, message).await;
        }
        let news = timeout(Duration::from_millis(200), changes.changed()).await;
        if state.borrow().generation != generation {
            return;
        }
        if news.is_err() {
            chunk(
                &mut peer,
                &json!({ "id": "k", "time": 0, "event": "keepalive" }),
            )
            .await;
        }
    }
}

/// A line, in two pieces: nothing says that a piece is a line.
async fn chunk(peer: &mut Peer, value: &Value) {
    let line = format!("{value}\n");
    let (one, two) = line.as_bytes().split_at(line.len() / 2);
    for piece in [one, two] {
        peer.raw(format!("{:x}\r\n", piece.len()).as_bytes()).await;
        peer.raw(piece).await;
        peer.raw(b"\r\n").await;
    }
}
