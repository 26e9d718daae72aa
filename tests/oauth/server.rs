//! A stand-in for an authorization server: it answers in the order that a test says, and keeps what it was asked.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use mailward::io::http::Url;
use mailward::io::oauth::registration::Registration;
use serde_json::{Value, json};

use crate::support::script::{Peer, serve_tls};

/// What it says to one request.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Status and JSON.
    Json(u16, Value),
    /// A page of a proxy.
    Page(u16),
    /// Nothing: the connection ends.
    Nothing,
}

/// One that refuses.
pub fn refusal(code: &str) -> Answer {
    Answer::Json(
        400,
        json!({ "error": code, "error_description": "hunter2 was typed" }),
    )
}

/// One with tokens that are good for an hour.
pub fn tokens(access: &str, refresh: Option<&str>) -> Answer {
    let mut answer = json!({ "token_type": "Bearer", "access_token": access, "expires_in": 3600 });
    if let Some(refresh) = refresh {
        answer["refresh_token"] = json!(refresh);
    }
    Answer::Json(200, answer)
}

/// The server.
#[derive(Clone)]
pub struct Server {
    port: u16,
    certificate: PathBuf,
    /// Answers at the token's address, in order.
    pub answers: Arc<Mutex<VecDeque<Answer>>>,
    /// The request bodies there, in order.
    pub asked: Arc<Mutex<Vec<String>>>,
    /// What it says to a request for a code.
    pub code: Arc<Mutex<Answer>>,
}

impl Server {
    /// Starts it; its certificate is written into a folder.
    pub async fn start(folder: &Path, answers: impl IntoIterator<Item = Answer>) -> Self {
        let certificate = folder.join("authorization.pem");
        let answers = Arc::new(Mutex::new(answers.into_iter().collect::<VecDeque<_>>()));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let code = Arc::new(Mutex::new(Answer::Json(
            200,
            json!({
                "device_code": "device-code-hidden",
                "user_code": "WDJB-MJHT",
                "verification_uri": "https://login.example.com/device",
                "expires_in": 900,
                "interval": 5,
            }),
        )));
        let (queue, bodies, device) = (Arc::clone(&answers), Arc::clone(&asked), Arc::clone(&code));
        let port = serve_tls(&certificate, move |peer, _| {
            answer(
                peer,
                Arc::clone(&queue),
                Arc::clone(&bodies),
                Arc::clone(&device),
            )
        })
        .await;
        Self {
            port,
            certificate,
            answers,
            asked,
            code,
        }
    }

    /// The table of an account that uses it.
    pub fn oauth(&self, more: &str) -> String {
        let root = format!("https://localhost:{}", self.port);
        format!(
            "oauth = {{ client_id = \"client-1\", device_authorization_url = \"{root}/device\", \
             token_url = \"{root}/token\", scope = \"imap offline_access\", ca_file = \"{}\"{more} }}",
            self.certificate.display()
        )
    }

    /// The same, checked.
    pub fn registration(&self, folder: &Path) -> Registration {
        let url = |path| Url::parse(&format!("https://localhost:{}{path}", self.port)).unwrap();
        Registration {
            account: "home".to_owned(),
            client_id: "client-1".to_owned(),
            client_secret: None,
            device_authorization_url: url("/device"),
            token_url: url("/token"),
            scope: "imap offline_access".to_owned(),
            ca_file: Some(self.certificate.clone()),
            folder: Some(folder.to_owned()),
        }
    }

    /// Adds an answer.
    pub fn says_next(&self, answer: Answer) {
        self.answers.lock().unwrap().push_back(answer);
    }

    /// The request bodies at the token's address.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn answer(
    mut peer: Peer,
    answers: Arc<Mutex<VecDeque<Answer>>>,
    asked: Arc<Mutex<Vec<String>>>,
    code: Arc<Mutex<Answer>>,
) {
    let line = peer.line().await;
    let mut length = 0;
    loop {
        let header = peer.line().await;
        let Some((name, value)) = header.split_once(':') else {
            break;
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().unwrap();
        }
    }
    let body = String::from_utf8(peer.bytes(length).await).unwrap();
    let said = if line.starts_with("POST /device ") {
        asked.lock().unwrap().push(body);
        code.lock().unwrap().clone()
    } else {
        assert!(line.starts_with("POST /token "), "{line}");
        asked.lock().unwrap().push(body);
        let next = answers.lock().unwrap().pop_front();
        next.unwrap_or_else(|| refusal("authorization_pending"))
    };
    let (status, kind, text) = match said {
        Answer::Nothing => return,
        Answer::Page(status) => (status, "text/html", "<p>hunter2</p>".to_owned()),
        Answer::Json(status, value) => (status, "application/json", value.to_string()),
    };
    let head = format!(
        "HTTP/1.1 {status} Said\nContent-Type: {kind}\nContent-Length: {}\n\n",
        text.len()
    );
    peer.say(&head).await;
    peer.raw(text.as_bytes()).await;
}
