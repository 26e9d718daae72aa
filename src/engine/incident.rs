//! One incident: everything that belongs to one suspected take-over.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::engine::given::Given;
use crate::engine::incident::event::Event;
use crate::engine::money::Money;
use crate::engine::signal::{Item, SignalId};

pub mod event;

/// How loud to be. Ordered: a later one is louder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// A quiet question, or a fact for the record.
    Info,
    /// Somebody should look within the hour.
    Notice,
    /// Somebody should look now.
    Warning,
    /// Money or the account is being taken.
    Critical,
}

impl Severity {
    /// The name in the config, the `scan` output and the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A short id that a person can type: six lower-case letters and digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct IncidentId(pub String);

impl fmt::Display for IncidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether the incident still takes new members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Status {
    /// Still open.
    Open,
    /// Closed, with the moment and the reason.
    Closed {
        /// When.
        at: Timestamp,
        /// Why.
        why: Closing,
    },
}

/// Why an incident was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Closing {
    /// The person said that it was them.
    Acknowledged,
    /// Nothing happened for long enough.
    Quiet,
    /// The person closed it.
    ByHand,
}

/// What the person answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// It was me.
    Me,
    /// Not me.
    NotMe,
    /// Not sure.
    Unsure,
}

/// Why an alert rang or a point was given. The names are part of the `scan` output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// A one-time code or a sign-in mail that nobody expected.
    Question,
    /// Several pieces of evidence about codes and sign-ins.
    CodeWatch,
    /// Many orders within minutes or hours.
    OrderBurst,
    /// Many orders over all merchants together.
    OverallBurst,
    /// Three gift or digital orders within a day.
    GiftDrip,
    /// Orders placed and cancelled again: somebody tries out cards.
    CardTesting,
    /// The merchant cancelled orders over a problem.
    MerchantCancellation,
    /// The merchant locked the account or disabled the password.
    MerchantLock,
    /// A property of the account was changed.
    AccountChange,
    /// A sign-in from a new device that nobody claimed.
    NewDevice,
    /// Far more mail than usual.
    MailFlood,
    /// Order mails were moved to Trash or expunged at once.
    MailDeletion,
    /// The person said "not me".
    NotMe,
    /// The person said "not sure".
    Unsure,
    /// Nobody answered a warning.
    Silence,
    /// Statements are due for a check.
    StatementReminder,
    /// The watcher itself is in trouble, or out of it again.
    Health,
    /// A test alert.
    Test,
}

impl Reason {
    /// The name in the `scan` output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Question => "question",
            Self::CodeWatch => "code-watch",
            Self::OrderBurst => "order-burst",
            Self::OverallBurst => "overall-burst",
            Self::GiftDrip => "gift-drip",
            Self::CardTesting => "card-testing",
            Self::MerchantCancellation => "merchant-cancellation",
            Self::MerchantLock => "merchant-lock",
            Self::AccountChange => "account-change",
            Self::NewDevice => "new-device",
            Self::MailFlood => "mail-flood",
            Self::MailDeletion => "mail-deletion",
            Self::NotMe => "not-me",
            Self::Unsure => "unsure",
            Self::Silence => "silence",
            Self::StatementReminder => "statement-reminder",
            Self::Health => "health",
            Self::Test => "test",
        }
    }
}

/// A reason with the points it gave, for `incidents show` and the `scan` output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReasonPoints {
    /// Which rule.
    pub rule: Reason,
    /// How many points; levels that are set outright carry none.
    pub points: Decimal,
    /// What the points were given for, a short English note: "gift card", "same amount".
    pub note: String,
    /// The signals behind it.
    pub signals: BTreeSet<SignalId>,
    /// The window that reached its threshold, where a window did.
    #[serde(default)]
    pub window: Option<WindowReached>,
    /// What the points were given for, where the rule weighs evidence and not single mails.
    #[serde(default)]
    pub parts: Vec<PartPoints>,
    /// The mails in that window that have points, by event time.
    #[serde(default)]
    pub mails: Vec<MailPoints>,
}

/// A window that reached its threshold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowReached {
    /// Its length.
    pub minutes: u32,
    /// Event time of its end.
    pub until: Timestamp,
    /// The score at which it speaks.
    pub threshold: Decimal,
}

/// Some points, and what for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartPoints {
    /// What for.
    pub given: Given,
    /// How many.
    pub points: Decimal,
}

/// The points of one mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailPoints {
    /// The signal.
    pub signal: SignalId,
    /// Event time.
    pub at: Timestamp,
    /// The orders that it names.
    pub order_ids: Vec<String>,
    /// All its points.
    pub points: Decimal,
    /// What for; their sum is `points`.
    pub parts: Vec<PartPoints>,
}

/// Severity reached at a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeverityChange {
    /// When.
    pub at: Timestamp,
    /// Which level.
    pub severity: Severity,
    /// Why.
    pub reason: Reason,
}

/// One order as the report lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    /// The order id; `None` where the mail names none.
    pub id: Option<String>,
    /// The service that took the order.
    pub service: String,
    /// Event time.
    pub at: Timestamp,
    /// The amount, where known.
    pub amount: Option<Money>,
    /// What was bought.
    pub item: Item,
    /// Cancelled, charged, or neither as far as the mails say.
    pub state: OrderState,
    /// The shop says it was not charged, the card issuer says it was.
    pub contradiction: bool,
}

/// What the mails say became of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    /// A cancellation names it.
    Cancelled,
    /// No cancellation was seen: it may have been charged.
    NoCancellationSeen,
    /// The card issuer reported the charge.
    Charged,
}

/// An incident as the world outside the correlator sees it: a snapshot, written whole at each change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    /// What `answer` takes.
    pub id: IncidentId,
    /// Whose it is.
    pub person: String,
    /// The highest level reached so far.
    pub severity: Severity,
    /// Open or closed.
    pub status: Status,
    /// Event time of the first signal.
    pub opened_at: Timestamp,
    /// Services with a member, sorted.
    pub services: Vec<String>,
    /// For each service with several sites the one that its members come from: `amazon` → `amazon.co.jp`.
    #[serde(default)]
    pub sites: BTreeMap<String, String>,
    /// Distinct orders, cancelled ones among them.
    pub orders: u32,
    /// Distinct orders that were cancelled, plus cancellation mails that name no order.
    pub cancellations: u32,
    /// One-time codes.
    pub codes: u32,
    /// Sum of the known amounts of all orders, by currency.
    pub amounts: BTreeMap<String, Decimal>,
    /// The orders by event time.
    pub order_list: Vec<OrderLine>,
    /// Everything else that happened, by event time; empty in a snapshot of version 0.1.
    #[serde(default)]
    pub events: Vec<Event>,
    /// Why, with points.
    pub reasons: Vec<ReasonPoints>,
    /// Message-IDs of the members, by event time.
    pub messages: Vec<String>,
    /// When each level was reached.
    pub severity_history: Vec<SeverityChange>,
    /// What the person answered, with the time, in order.
    pub answers: Vec<(Timestamp, Answer)>,
    /// Whether a member's sender is verified.
    pub verified: bool,
    /// Playbook steps that the person ticked off.
    #[serde(default)]
    pub steps_done: BTreeSet<String>,
}
