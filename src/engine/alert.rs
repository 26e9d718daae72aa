//! What a person is told: facts only, already free of everything that may not leave the machine.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::engine::incident::{IncidentId, Reason, Severity};
use crate::engine::signal::{CodePurpose, SignInOutcome};

/// One thing to tell the person. The words are made from it at delivery, in the person's language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// Stable: the same alert sent twice carries the same id.
    pub id: String,
    /// What this alert replaces on a screen: all alerts of one incident share it.
    pub thread: String,
    /// When it rang.
    pub at: Timestamp,
    /// How loud.
    pub severity: Severity,
    /// Why now.
    pub reason: Reason,
    /// Services involved, sorted.
    pub services: Vec<String>,
    /// Which reminder of the same state this is; 0 is the first.
    pub repeat: u32,
    /// The facts.
    pub subject: Subject,
}

impl Alert {
    /// The incident that an answer to the alert would name.
    pub fn incident(&self) -> Option<&IncidentId> {
        match &self.subject {
            Subject::Question(question) => Some(&question.incident),
            Subject::Incident(facts) => Some(&facts.incident),
            Subject::StatementReminder { incident, .. } => Some(incident),
            Subject::Health(_) | Subject::Test => None,
        }
    }
}

/// What the alert is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "about", rename_all = "snake_case")]
pub enum Subject {
    /// A code or a sign-in: was it you?
    Question(Question),
    /// An incident from `notice` on.
    Incident(IncidentFacts),
    /// Statements are due for a check.
    StatementReminder {
        /// Which incident.
        incident: IncidentId,
        /// Days since it opened.
        days: u32,
    },
    /// The watcher cannot watch, or can again.
    Health(Health),
    /// A test alert.
    Test,
}

/// A question about one code or sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// What `answer` takes.
    pub incident: IncidentId,
    /// The service that sent the mail.
    pub service: String,
    /// The service's site (`amazon.co.jp`), where it has several.
    #[serde(default)]
    pub site: Option<String>,
    /// Event time of the mail.
    pub asked_about: Timestamp,
    /// A code, with its purpose, or a sign-in, with its outcome.
    pub what: Asked,
    /// Whether the sender is verified.
    pub verified: bool,
}

/// What a question is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// A one-time code.
    Code(CodePurpose),
    /// A sign-in.
    SignIn(SignInOutcome),
    /// A new address or payment method.
    AccountChange,
}

/// The counts of an incident, as an alert states them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentFacts {
    /// What `answer` takes.
    pub incident: IncidentId,
    /// Event time of the first and last member.
    pub first_at: Timestamp,
    /// See `first_at`.
    pub last_at: Timestamp,
    /// Distinct orders.
    pub orders: u32,
    /// Distinct cancelled orders.
    pub cancellations: u32,
    /// One-time codes nobody claimed.
    pub codes: u32,
    /// Sign-in mails nobody claimed.
    pub sign_ins: u32,
    /// Account changes.
    pub account_changes: u32,
    /// Merchant locks and disabled passwords.
    pub locks: u32,
    /// Sum of the known amounts, by currency.
    pub amounts: BTreeMap<String, Decimal>,
    /// An order was placed and not cancelled, or the card was charged: money may be gone.
    pub money_at_risk: bool,
    /// Whether a member's sender is verified.
    pub verified: bool,
    /// The mailbox itself shows signs (its own service is involved).
    pub mailbox_signs: bool,
    /// The service whose password comes first; empty where no service is involved as yet.
    pub service: String,
    /// For each service with several sites the one that its members come from.
    #[serde(default)]
    pub sites: BTreeMap<String, String>,
    /// The playbook step to do next.
    pub next_step: String,
    /// Ids of the orders to name when a flood buries them; empty otherwise.
    #[serde(default)]
    pub named_orders: Vec<String>,
}

/// The state of the watcher.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Health {
    /// The server refused the login.
    LoginRefused {
        /// Account name.
        account: String,
        /// The person has to sign in at the provider with `mailward login`.
        #[serde(default)]
        sign_in: bool,
    },
    /// No contact for too long.
    Blind {
        /// Account name.
        account: String,
        /// Last contact, if there ever was one.
        since: Option<Timestamp>,
        /// The server answers, but refuses: too many connections, maintenance.
        #[serde(default)]
        refused: bool,
    },
    /// A folder cannot be opened any more.
    FolderGone {
        /// Account name.
        account: String,
        /// Folder name.
        folder: String,
    },
    /// A message could not be read and was passed over.
    MessageSkipped {
        /// Account name.
        account: String,
        /// Folder name.
        folder: String,
        /// How many.
        count: u32,
    },
    /// An alert could not be delivered on a channel.
    ChannelFailed {
        /// Channel name.
        channel: String,
    },
    /// The state could not be written.
    StoreFailed,
    /// The clock says a time at which this program did not exist.
    ClockWrong,
    /// The command line cannot reach the daemon.
    Unreachable,
    /// The account is watched again.
    Recovered {
        /// Account name.
        account: String,
        /// Since when it was not.
        since: Timestamp,
        /// What came meanwhile and was read since; alerts of older versions do not know it.
        #[serde(default)]
        missed: Option<Missed>,
    },
}

/// What came into a mailbox while nobody could see it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missed {
    /// Mails.
    pub mails: u32,
    /// Those among them that a rule knows: orders, codes, sign-ins and the like.
    pub signals: u32,
}
