//! A phone as a channel, over an ntfy server: alerts with buttons, and nothing that listens on a port.

use std::path::PathBuf;
use std::sync::Arc;

use hyper::Method;
use jiff::Timestamp;
use serde::Deserialize;
use tokio::sync::Mutex;
use tracing::warn;

use crate::engine::alert::{Alert, Subject};
use crate::engine::incident::{Answer, IncidentId};
use crate::engine::ntfy::{Action, Publish, Topic, sequence_of};
use crate::engine::token;
use crate::io::http::Url;
use crate::io::ntfy::memory::Memory;
use crate::io::post::{self, PostError};
use crate::io::secrets::{Source, Use};

pub mod memory;
pub mod subscription;

/// How to reach a phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The server's root.
    pub server: Url,
    /// What the phone subscribes to.
    pub topic: Topic,
    /// An access token of the server.
    pub token: Option<Source>,
    /// A file of certificate authorities, PEM.
    pub ca_file: Option<PathBuf>,
    /// Whether alerts have buttons that answer.
    pub answers: bool,
    /// Where the phone posts text messages.
    pub inbox: Option<Inbox>,
}

/// A topic into which a phone posts text messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbox {
    /// The topic.
    pub topic: Topic,
    /// Whose phone it is; `None` where one person is watched.
    pub person: Option<String>,
    /// Where the word is kept that proves the phone.
    pub token: Option<Source>,
}

/// What stands on the buttons.
#[derive(Debug, Clone, Copy)]
pub struct Labels {
    /// "Not me".
    pub not_me: &'static str,
    /// "It was me".
    pub me: &'static str,
    /// Opens the official page.
    pub details: &'static str,
}

/// The channel.
pub struct Ntfy {
    options: Options,
    /// The reply topic and what belongs to it; without one, alerts have no buttons that answer.
    memory: Option<Arc<Mutex<Memory>>>,
}

/// What a server says of a message that it took. Servers before 2.16 know no sequence ids and repeat none.
#[derive(Deserialize)]
struct Published {
    #[serde(default)]
    sequence_id: Option<String>,
}

impl Ntfy {
    /// A channel that takes no answers as yet.
    pub fn new(options: Options) -> Self {
        Self {
            options,
            memory: None,
        }
    }

    /// How it is set up.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// From now on alerts have buttons.
    pub fn remember(&mut self, memory: Arc<Mutex<Memory>>) {
        self.memory = Some(memory);
    }

    /// Publishes an alert. It rings by itself; the earlier one of its thread goes from the phone.
    pub async fn deliver(
        &self,
        now: Timestamp,
        alert: &Alert,
        (title, message): (&str, &str),
        labels: Labels,
        page: Option<String>,
    ) -> Result<(), PostError> {
        let mut actions = self.answers(now, alert, labels).await;
        actions.extend(page.map(|url| Action::View {
            label: labels.details.to_owned(),
            url,
        }));
        let publish = Publish::new(&self.options.topic, alert, title, message, actions);
        // Strings and numbers: it cannot fail.
        let body = publish.body().unwrap_or_default();
        let answer = self.ask(Method::POST, &self.options.server, body).await?;
        let published = serde_json::from_slice::<Published>(&answer).ok();
        if published
            .and_then(|published| published.sequence_id)
            .is_some()
        {
            self.replace(alert).await;
        }
        Ok(())
    }

    /// Takes the alert of a thread off the phone, where the server can.
    pub async fn settle(&self, thread: &str) {
        let Some(memory) = &self.memory else {
            return;
        };
        let shown = memory.lock().await.take_shown(thread);
        if let Some(sequence) = shown {
            self.clear(&sequence).await;
        }
    }

    async fn replace(&self, alert: &Alert) {
        let Some(memory) = &self.memory else {
            return;
        };
        let sequence = sequence_of(&alert.id);
        let before = memory
            .lock()
            .await
            .shown(&alert.thread, alert.at, sequence.clone());
        if let Some(before) = before.filter(|before| *before != sequence) {
            self.clear(&before).await;
        }
    }

    /// `PUT /<topic>/<sequence id>/clear`, from version 2.16 on. What does not work leaves an old message on a phone.
    async fn clear(&self, sequence: &str) {
        let target = format!("/{}/{sequence}/clear", self.options.topic.name());
        let Ok(url) = self.options.server.with_target(&target) else {
            return;
        };
        if let Err(error) = self.ask(Method::PUT, &url, Vec::new()).await {
            warn!(%error, "an alert that is settled could not be taken off a phone");
        }
    }

    async fn ask(&self, method: Method, url: &Url, body: Vec<u8>) -> Result<Vec<u8>, PostError> {
        let headers = authorization(self.options.token.as_ref()).await?;
        let client = post::client(self.options.ca_file.as_ref());
        post::send(&client, method, url, headers, body).await
    }

    async fn answers(&self, now: Timestamp, alert: &Alert, labels: Labels) -> Vec<Action> {
        let (Some(memory), Some(incident)) = (&self.memory, asked_about(alert)) else {
            return Vec::new();
        };
        let memory = memory.lock().await;
        let url = format!(
            "{}/{}",
            self.options.server.root(),
            memory.reply_topic().name()
        );
        [(labels.not_me, Answer::NotMe), (labels.me, Answer::Me)]
            .into_iter()
            .map(|(label, answer)| {
                let token = token::issue(memory.key(), now, incident, answer, &alert.id);
                Action::answer(label, url.clone(), incident, answer, token)
            })
            .collect()
    }
}

/// What the buttons of an alert answer.
fn asked_about(alert: &Alert) -> Option<&IncidentId> {
    match &alert.subject {
        Subject::Question(question) => Some(&question.incident),
        Subject::Incident(facts) => Some(&facts.incident),
        Subject::StatementReminder { .. } | Subject::Health(_) | Subject::Test => None,
    }
}

/// The header that an access token goes into.
async fn authorization(token: Option<&Source>) -> Result<Vec<(String, String)>, PostError> {
    let Some(source) = token else {
        return Ok(Vec::new());
    };
    let secret = source.read_as(Use::Token).await?;
    let value = format!("Bearer {}", secret.expose());
    Ok(vec![("Authorization".to_owned(), value)])
}
