//! An alert in words that leave the machine: how much of it, by what the person allows.

use std::collections::BTreeMap;

use crate::engine::alert::{Alert, Subject};
use crate::engine::wording::context::Context;
use crate::engine::wording::{AlertText, render};

/// How much of an alert a channel may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Privacy {
    /// Kind, service, counts, times and the next step; no amount, no order number, not who issued the card.
    Minimal,
    /// Everything that the desktop shows.
    Full,
}

impl Privacy {
    /// The name in the config.
    pub fn name(self) -> &'static str {
        match self {
            Self::Minimal => "minimal",
            Self::Full => "full",
        }
    }
}

/// The alert without what a channel may not say. Words made from it cannot say it either.
pub fn lessened(alert: &Alert, privacy: Privacy) -> Alert {
    let mut alert = alert.clone();
    match (&mut alert.subject, privacy) {
        (Subject::Incident(facts), Privacy::Minimal) => {
            facts.amounts = BTreeMap::new();
            facts.named_orders = Vec::new();
        }
        (Subject::Incident(_), Privacy::Full)
        | (
            Subject::Question(_)
            | Subject::StatementReminder { .. }
            | Subject::Health(_)
            | Subject::Test,
            Privacy::Minimal | Privacy::Full,
        ) => {}
    }
    alert
}

/// Says an alert as far as the channel may.
pub fn say(alert: &Alert, privacy: Privacy, context: &Context<'_>) -> AlertText {
    match privacy {
        Privacy::Full => render(alert, context),
        Privacy::Minimal => {
            let context = Context {
                card_issuer: None,
                ..*context
            };
            render(&lessened(alert, privacy), &context)
        }
    }
}
