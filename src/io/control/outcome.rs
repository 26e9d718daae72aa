//! What came of a request. The names of the fields are a promise.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::engine::alert::Alert;
use crate::engine::baseline::Baseline;
use crate::engine::incident::{Answer, Incident, IncidentId, Severity};
use crate::engine::watch::output::AccountState;

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// To `status`.
    Status(Box<Status>),
    /// To `answer`.
    Answered(Box<Answered>),
    /// To `expect`.
    Expected(Box<Expected>),
    /// To `incidents`: by the time at which they opened.
    Incidents(Vec<Incident>),
    /// To `incident`.
    Incident(Box<Incident>),
    /// To `close`.
    Closed(Box<Settled>),
    /// To `done`.
    Done(Box<Settled>),
    /// To `alerts`.
    Alerts(Vec<Numbered>),
    /// To `alerts-follow`, again and again.
    Alert(Box<Numbered>),
    /// To `alerts-follow` with `standing`, after the alerts before it.
    Standing(Box<Standing>),
    /// To `learn`.
    Learned(Box<Learned>),
    /// To `forget`.
    Forgotten(Box<Forgotten>),
    /// To `reload`.
    Reloaded(Box<Reloaded>),
    /// To `ingest`.
    Ingested(Ingested),
    /// To `test-alert`: one line a channel.
    Tested(Vec<Tested>),
    /// To `test-alert` with `confirm`, after `tested`: it was seen on this channel.
    Arrived(String),
}

/// The state of the watch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// Whether a daemon is running. Without one nobody watches.
    pub watching: bool,
    /// Since when it runs.
    pub since: Option<Timestamp>,
    /// The version of the program that watches.
    pub version: String,
    /// When this was asked.
    pub at: Timestamp,
    /// The configured accounts, in order.
    pub accounts: Vec<AccountLine>,
    /// Alerts that did not reach every channel yet.
    pub waiting: Vec<Waiting>,
    /// The open incidents.
    pub open: Vec<Incident>,
}

/// One account in the status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountLine {
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub person: String,
    /// The folders that are to be watched, as configured.
    #[serde(default)]
    pub folders: Vec<String>,
    /// What the watch last said; `None` before its first word, and without a daemon.
    pub state: Option<AccountState>,
}

/// An alert that still has to reach a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The alert's id.
    pub alert: String,
    /// How loud it is.
    pub severity: Severity,
    /// When it rang.
    pub at: Timestamp,
    /// The channels that it waits for.
    pub channels: Vec<String>,
    /// How far it is on each of them.
    #[serde(default)]
    pub deliveries: Vec<Pending>,
}

/// An alert that still has to reach one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// The channel.
    pub channel: String,
    /// Attempts that failed.
    pub attempts: u32,
    /// When the next one is due; in the future without a failed attempt: it is held back on purpose.
    pub next_try: Timestamp,
}

/// What an answer did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answered {
    /// What was answered.
    pub answer: Answer,
    /// Whether it counts, and how.
    pub effect: Effect,
    /// The incident that was answered, as it is now.
    pub incident: Incident,
    /// The open incident that holds the answer or what is left, where it is another one.
    pub goes_on_in: Option<Incident>,
}

/// How an answer counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// "It was me": the incident is closed.
    Acknowledged,
    /// "Not me" or "not sure": it counts in the open incident.
    Recorded,
    /// "Not me" or "not sure" about a closed incident: it is open again.
    Reopened,
    /// "Not me" or "not sure" about a closed incident: it went into the one that is open.
    Joined,
    /// No effect: "not me" was answered more than ten minutes ago and is not taken back by an answer.
    TooLate,
    /// No effect: the incident is closed, and "it was me" says nothing new.
    AlreadyClosed,
    /// No effect: the incident was closed too long ago to be opened again.
    Forgotten,
}

/// What is expected now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    /// Who expects it.
    pub person: String,
    /// The service's id, or `any`.
    pub service: String,
    /// Until when.
    pub until: Timestamp,
    /// Orders instead of sign-in codes.
    pub orders: bool,
    /// The question that this answered, where a code had just come.
    pub closed: Option<IncidentId>,
}

/// What was learned, beside what had been.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Learned {
    /// Whose thresholds they are.
    pub person: String,
    /// What held before; `None`: the usual thresholds.
    pub before: Option<Baseline>,
    /// What holds from now on.
    pub after: Baseline,
}

/// What closing or ticking off did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settled {
    /// Whether anything changed.
    pub changed: bool,
    /// The incident as it is now.
    pub incident: Incident,
    /// The step that was ticked off; `None` for a closing.
    pub step: Option<String>,
}

/// An alert with its place in the order of all alerts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numbered {
    /// Its place.
    pub seq: i64,
    /// The alert.
    pub alert: Alert,
}

/// What still asks for something: whatever is shown of other incidents may go. Told at the beginning, whenever it
/// changes, and now and then to show that the connection lives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The place of the last alert that came before.
    pub seq: i64,
    /// The latest alert of each open incident.
    pub alerts: Vec<Numbered>,
}

/// What was forgotten, or would be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forgotten {
    /// Whether it is gone; else it was only counted.
    pub done: bool,
    /// Signals.
    pub signals: usize,
    /// Closed incidents.
    pub incidents: usize,
    /// Incidents that stay whole: open, or with an alert that still has to be delivered.
    pub kept: Vec<IncidentId>,
    /// Damaged state files that were set aside; what they hold is still there.
    pub set_aside: Vec<PathBuf>,
}

/// What a reload changed, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reloaded {
    /// Accounts whose connection was left alone.
    pub kept: Vec<String>,
    /// Accounts that are watched anew: new ones and changed ones.
    pub started: Vec<String>,
    /// Accounts that are not watched any more.
    pub stopped: Vec<String>,
    /// All channels now.
    pub channels: Vec<String>,
}

/// What a text message was taken for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ingested {
    /// The kind of signal; `None` where it says nothing that matters.
    pub kind: Option<String>,
    /// The service that it is about.
    pub service: Option<String>,
}

/// What became of a test alert on one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tested {
    /// The channel.
    pub channel: String,
    /// Why it did not take the alert; `None` where it did.
    pub error: Option<String>,
}
