//! The machine-readable output of a scan. Its fields are a promise: every key is always there.

use std::collections::BTreeMap;
use std::io::Write;

use jiff::Timestamp;
use serde::Serialize;

use crate::cli::scan::learn::LearnedLine;
use crate::cli::scan::{Found, counted, names};
use crate::engine::alert::{Alert, Subject};
use crate::engine::incident::Severity;
use crate::engine::money::Money;
use crate::engine::report::json::{IncidentLine, decimal};
use crate::engine::signal::{SenderVerdict, Signal, SignalKind};

/// A `signal` line.
#[derive(Debug, Serialize)]
pub struct SignalLine<'a> {
    r#type: &'static str,
    /// Without angle brackets.
    pub message_id: Option<&'a str>,
    /// `file.mbox#1`.
    pub source: &'a str,
    /// Event time.
    pub at: Timestamp,
    /// The pack's id or a domain.
    pub service: &'a str,
    /// The site within the service.
    pub marketplace: Option<&'a str>,
    /// What happened.
    pub kind: &'static str,
    /// The sender's verdict.
    pub sender: SenderVerdict,
    /// Normalised.
    pub order_ids: &'a [String],
    /// A decimal with a point.
    pub amount: Option<String>,
    /// ISO 4217.
    pub currency: Option<&'a str>,
    /// Of an order.
    pub item: Option<&'static str>,
    /// Of a code.
    pub purpose: Option<&'static str>,
    /// Of a cancellation.
    pub by: Option<&'static str>,
    /// Of a sign-in.
    pub outcome: Option<&'static str>,
    /// Of an account change or a merchant's action.
    pub what: Option<&'static str>,
    /// Which rule matched.
    pub rule: &'a str,
}

impl<'a> SignalLine<'a> {
    /// The line of a signal.
    pub fn of(signal: &'a Signal) -> Self {
        let mut line = Self {
            r#type: "signal",
            message_id: signal.message_id.as_deref(),
            source: &signal.source,
            at: signal.at,
            service: &signal.service,
            marketplace: signal.marketplace.as_deref(),
            kind: signal.kind.name(),
            sender: signal.sender,
            order_ids: signal.kind.order_ids(),
            amount: None,
            currency: None,
            item: None,
            purpose: None,
            by: None,
            outcome: None,
            what: None,
            rule: &signal.rule,
        };
        match &signal.kind {
            SignalKind::OrderPlaced(order) => {
                line.pay(order.amount.as_ref());
                line.item = Some(names::item(order.item));
            }
            SignalKind::OrderCancelled { by, .. } => line.by = Some(names::cancelled_by(*by)),
            SignalKind::OneTimeCode(code) => line.purpose = Some(names::purpose(code.purpose)),
            SignalKind::SignIn { outcome, .. } => line.outcome = Some(names::outcome(*outcome)),
            SignalKind::AccountChange { what } => line.what = Some(names::property(*what)),
            SignalKind::MerchantAction { what } => line.what = Some(names::merchant_action(*what)),
            SignalKind::CardCharge(charge) => line.pay(charge.amount.as_ref()),
        }
        line
    }

    fn pay(&mut self, amount: Option<&'a Money>) {
        self.amount = amount.map(|money| decimal(money.amount));
        self.currency = amount.map(|money| money.currency.as_str());
    }
}

#[derive(Serialize)]
struct AlertLine<'a> {
    r#type: &'static str,
    at: Timestamp,
    severity: Severity,
    incident: Option<&'a str>,
    reason: &'static str,
    services: &'a [String],
    title: &'a str,
}

#[derive(Serialize)]
struct SummaryLine<'a> {
    r#type: &'static str,
    messages: u64,
    unreadable: u64,
    signals: BTreeMap<&'a str, u64>,
    alerts: BTreeMap<&'a str, u64>,
    incidents: usize,
    elapsed_seconds: f64,
}

/// Prints the signals where they are asked for, then alerts, incidents, what was learned where that was asked for, and
/// the summary.
pub fn print(found: &Found, signals: bool, out: &mut dyn Write) -> std::io::Result<()> {
    if signals {
        for signal in found.signals() {
            line(out, &SignalLine::of(signal))?;
        }
    }
    for (alert, title) in found.replayed.alerts.iter().zip(&found.titles) {
        line(out, &alert_line(alert, title))?;
    }
    for incident in &found.replayed.incidents {
        line(out, &IncidentLine::of(incident))?;
    }
    if let Some(lesson) = &found.lesson {
        line(out, &LearnedLine::of(lesson))?;
    }
    line(
        out,
        &SummaryLine {
            r#type: "summary",
            messages: found.messages,
            unreadable: found.unreadable,
            signals: counted(found.signals().map(|signal| signal.kind.name())),
            alerts: counted(
                found
                    .replayed
                    .alerts
                    .iter()
                    .map(|alert| alert.severity.name()),
            ),
            incidents: found.replayed.incidents.len(),
            elapsed_seconds: found.elapsed_seconds,
        },
    )
}

fn line(out: &mut dyn Write, value: &impl Serialize) -> std::io::Result<()> {
    let text = serde_json::to_string(value).map_err(std::io::Error::other)?;
    writeln!(out, "{text}")
}

fn alert_line<'a>(alert: &'a Alert, title: &'a str) -> AlertLine<'a> {
    AlertLine {
        r#type: "alert",
        at: alert.at,
        severity: alert.severity,
        incident: incident_of(&alert.subject),
        reason: alert.reason.name(),
        services: &alert.services,
        title,
    }
}

fn incident_of(subject: &Subject) -> Option<&str> {
    match subject {
        Subject::Question(question) => Some(&question.incident.0),
        Subject::Incident(facts) => Some(&facts.incident.0),
        Subject::StatementReminder { incident, .. } => Some(&incident.0),
        Subject::Health(_) | Subject::Test => None,
    }
}
