//! What happened in an incident besides its orders, for the timeline of the report.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::engine::money::Money;
use crate::engine::signal::{
    AccountProperty, CancelledBy, CodePurpose, MerchantActionKind, SignInOutcome, Signal,
    SignalKind,
};

/// One thing that a mail told of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Event time.
    pub at: Timestamp,
    /// The service that the mail is about.
    pub service: String,
    /// What happened.
    #[serde(flatten)]
    pub what: Happened,
}

/// What a mail told of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Happened {
    /// Orders were cancelled.
    OrderCancelled {
        /// Which ones; empty where the mail names none.
        order_ids: Vec<String>,
        /// By whom.
        by: CancelledBy,
        /// The shop says that nothing is charged.
        says_not_charged: bool,
    },
    /// A one-time code.
    OneTimeCode {
        /// What for.
        purpose: CodePurpose,
    },
    /// A sign-in.
    SignIn {
        /// How it ended.
        outcome: SignInOutcome,
    },
    /// A property of the account was changed.
    AccountChange {
        /// Which one.
        what: AccountProperty,
    },
    /// The merchant acted on its own.
    MerchantAction {
        /// How.
        what: MerchantActionKind,
    },
    /// The card was charged.
    CardCharge {
        /// How much, where known.
        amount: Option<Money>,
    },
}

impl Event {
    /// What a signal tells of; orders have a list of their own.
    pub fn of(signal: &Signal) -> Option<Self> {
        let what = match &signal.kind {
            SignalKind::OrderPlaced(_) => return None,
            SignalKind::OrderCancelled {
                order_ids,
                by,
                says_not_charged,
            } => Happened::OrderCancelled {
                order_ids: order_ids.clone(),
                by: *by,
                says_not_charged: *says_not_charged,
            },
            SignalKind::OneTimeCode(code) => Happened::OneTimeCode {
                purpose: code.purpose,
            },
            SignalKind::SignIn { outcome, .. } => Happened::SignIn { outcome: *outcome },
            SignalKind::AccountChange { what } => Happened::AccountChange { what: *what },
            SignalKind::MerchantAction { what } => Happened::MerchantAction { what: *what },
            SignalKind::CardCharge(charge) => Happened::CardCharge {
                amount: charge.amount.clone(),
            },
        };
        Some(Self {
            at: signal.at,
            service: signal.service.clone(),
            what,
        })
    }
}
