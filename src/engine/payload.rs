//! An alert as JSON, for programs: the body of a webhook and the input of a command. The names of the fields are a
//! promise; every key is always there.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::{Value, json};

use crate::engine::alert::{Alert, Health, IncidentFacts, Subject};
use crate::engine::incident::{IncidentId, Severity};
use crate::engine::printable::stripped;
use crate::engine::wording::AlertText;
use crate::engine::wording::push::{Privacy, lessened};

/// Which shape a web server wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Our own: [`Payload`].
    Json,
    /// An incoming webhook of Slack, and of what imitates it: `{"text"}`.
    Slack,
    /// A webhook of Discord: `{"content"}`.
    Discord,
    /// A message of Gotify: `{"title", "message", "priority"}`.
    Gotify,
}

impl Format {
    /// From the name in the config.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "json" => Some(Self::Json),
            "slack" => Some(Self::Slack),
            "discord" => Some(Self::Discord),
            "gotify" => Some(Self::Gotify),
            _ => None,
        }
    }
}

/// Discord takes 2,000 characters (its documentation of "Execute Webhook").
const DISCORD_CHARS: usize = 1_900;

/// An alert for a program.
#[derive(Debug, Serialize)]
pub struct Payload {
    /// The version of this shape.
    v: u32,
    /// Stable: the same alert sent twice carries the same id.
    id: String,
    /// What it replaces: all alerts of one incident share it.
    thread: String,
    at: Timestamp,
    severity: &'static str,
    reason: &'static str,
    /// Ids of services.
    services: Vec<String>,
    title: String,
    body: String,
    /// The command to answer with.
    answer: Option<String>,
    /// What `mailward answer` takes.
    incident: Option<IncidentId>,
    /// Which reminder of the same state this is; 0 is the first.
    repeat: u32,
    /// `question`, `incident`, `statement_reminder`, `health` or `test`.
    about: &'static str,
    privacy: &'static str,
    counts: Option<Counts>,
    /// Empty where the channel is not private.
    amounts: BTreeMap<String, Decimal>,
    /// What is wrong with the watch, where the alert is about that.
    health: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct Counts {
    orders: u32,
    cancellations: u32,
    codes: u32,
    sign_ins: u32,
    account_changes: u32,
    locks: u32,
}

impl From<&IncidentFacts> for Counts {
    fn from(facts: &IncidentFacts) -> Self {
        Self {
            orders: facts.orders,
            cancellations: facts.cancellations,
            codes: facts.codes,
            sign_ins: facts.sign_ins,
            account_changes: facts.account_changes,
            locks: facts.locks,
        }
    }
}

impl Payload {
    /// An alert and its words, which may say as much as `privacy` allows.
    pub fn new(alert: &Alert, text: &AlertText, privacy: Privacy) -> Self {
        let alert = lessened(alert, privacy);
        let (about, incident, facts, health) = match &alert.subject {
            Subject::Question(question) => ("question", Some(&question.incident), None, None),
            Subject::Incident(facts) => ("incident", Some(&facts.incident), Some(facts), None),
            Subject::StatementReminder { incident, .. } => {
                ("statement_reminder", Some(incident), None, None)
            }
            Subject::Health(health) => ("health", None, None, Some(health_name(health))),
            Subject::Test => ("test", None, None, None),
        };
        let answer = text.answer_hint.is_some().then_some(incident).flatten();
        Self {
            v: 1,
            title: stripped(&text.title),
            body: stripped(&text.body),
            answer: answer.map(|incident| format!("mailward answer {incident} me|not-me|unsure")),
            incident: incident.cloned(),
            counts: facts.map(Counts::from),
            amounts: facts.map(|facts| facts.amounts.clone()).unwrap_or_default(),
            about,
            health,
            privacy: privacy.name(),
            severity: alert.severity.name(),
            reason: alert.reason.name(),
            at: alert.at,
            repeat: alert.repeat,
            id: alert.id,
            thread: alert.thread,
            services: alert.services,
        }
    }

    /// As a program or a web server takes it.
    pub fn body(&self, format: Format, severity: Severity) -> serde_json::Result<Vec<u8>> {
        match format {
            Format::Json => serde_json::to_vec(self),
            Format::Slack => {
                let text = format!("*{}*\n{}", slack(&self.title), slack(&self.body));
                serde_json::to_vec(&json!({ "text": text }))
            }
            Format::Discord => {
                let text = format!("**{}**\n{}", self.title, self.body);
                let text: String = text.chars().take(DISCORD_CHARS).collect();
                // Nothing in it may call anybody by name.
                let nobody: [Value; 0] = [];
                serde_json::to_vec(&json!({
                    "content": text,
                    "allowed_mentions": { "parse": nobody }
                }))
            }
            Format::Gotify => serde_json::to_vec(&json!({
                "title": self.title,
                "message": self.body,
                "priority": gotify_priority(severity)
            })),
        }
    }
}

/// The three characters that mean something in a text for Slack ("Formatting text for app surfaces").
fn slack(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// Gotify's app makes a sound from 4 on and opens over the lock screen from 8 on.
fn gotify_priority(severity: Severity) -> u8 {
    match severity {
        Severity::Info => 2,
        Severity::Notice => 5,
        Severity::Warning => 7,
        Severity::Critical => 10,
    }
}

fn health_name(health: &Health) -> &'static str {
    match health {
        Health::LoginRefused { .. } => "login_refused",
        Health::Blind { .. } => "blind",
        Health::FolderGone { .. } => "folder_gone",
        Health::MessageSkipped { .. } => "message_skipped",
        Health::ChannelFailed { .. } => "channel_failed",
        Health::StoreFailed => "store_failed",
        Health::ClockWrong => "clock_wrong",
        Health::Unreachable => "unreachable",
        Health::Recovered { .. } => "recovered",
    }
}
