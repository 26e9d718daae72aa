//! An incident for machines: the line of a scan, and the report that goes on from it. The fields are a promise.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use serde::Serialize;

use crate::engine::incident::event::Event;
use crate::engine::incident::{
    Answer, Incident, OrderLine, OrderState, ReasonPoints, Severity, SeverityChange, Status,
};
use crate::engine::report::view::cancelled_at;
use crate::engine::report::{StepLine, steps};
use crate::engine::signal::Item;
use crate::engine::wording::context::Context;

/// The `incident` line in the output of a scan.
#[derive(Debug, Serialize)]
pub struct IncidentLine<'a> {
    r#type: &'static str,
    id: &'a str,
    severity: Severity,
    opened_at: Timestamp,
    services: &'a [String],
    orders: u32,
    cancellations: u32,
    codes: u32,
    amounts: BTreeMap<&'a str, String>,
    order_list: Vec<OrderEntry<'a>>,
    reasons: Vec<ReasonEntry>,
    messages: &'a [String],
    severity_history: Vec<HistoryEntry>,
}

#[derive(Debug, Serialize)]
struct OrderEntry<'a> {
    id: Option<&'a str>,
    at: Timestamp,
    amount: Option<String>,
    currency: Option<&'a str>,
    item: Item,
    state: OrderState,
    #[serde(flatten)]
    more: Option<OrderDetails<'a>>,
}

/// What only the report says of an order.
#[derive(Debug, Serialize)]
struct OrderDetails<'a> {
    service: &'a str,
    cancelled_at: Option<Timestamp>,
    contradiction: bool,
}

#[derive(Debug, Serialize)]
struct ReasonEntry {
    rule: &'static str,
    points: f64,
}

#[derive(Debug, Serialize)]
struct HistoryEntry {
    at: Timestamp,
    severity: Severity,
}

#[derive(Serialize)]
struct Report<'a> {
    v: u32,
    made_at: Timestamp,
    #[serde(flatten)]
    line: IncidentLine<'a>,
    person: &'a str,
    status: &'a Status,
    verified: bool,
    events: &'a [Event],
    answers: Vec<AnswerEntry>,
    steps: Vec<StepEntry<'a>>,
}

#[derive(Serialize)]
struct AnswerEntry {
    at: Timestamp,
    answer: Answer,
}

/// A playbook step.
#[derive(Debug, Serialize)]
pub struct StepEntry<'a> {
    id: &'static str,
    done: bool,
    title: &'a str,
    text: &'a str,
    link: Option<&'a str>,
}

impl<'a> StepEntry<'a> {
    /// A step in words.
    pub fn of(line: &'a StepLine) -> Self {
        Self {
            id: line.step.id(),
            done: line.done,
            title: &line.text.title,
            text: &line.text.text,
            link: line.text.link.as_deref(),
        }
    }
}

impl<'a> IncidentLine<'a> {
    /// The line of an incident.
    pub fn of(incident: &'a Incident) -> Self {
        Self {
            r#type: "incident",
            id: &incident.id.0,
            severity: incident.severity,
            opened_at: incident.opened_at,
            services: &incident.services,
            orders: incident.orders,
            cancellations: incident.cancellations,
            codes: incident.codes,
            amounts: incident
                .amounts
                .iter()
                .map(|(currency, amount)| (currency.as_str(), decimal(*amount)))
                .collect(),
            order_list: incident.order_list.iter().map(order_entry).collect(),
            reasons: incident.reasons.iter().map(reason_entry).collect(),
            messages: &incident.messages,
            severity_history: incident
                .severity_history
                .iter()
                .map(history_entry)
                .collect(),
        }
    }
}

/// The report as one JSON object, ends with a newline.
pub fn text(incident: &Incident, context: &Context<'_>) -> Result<String, serde_json::Error> {
    let cancelled = cancelled_at(incident);
    let steps = steps(incident, context);
    let mut line = IncidentLine::of(incident);
    for (entry, order) in line.order_list.iter_mut().zip(&incident.order_list) {
        let key = |id| (order.service.as_str(), id);
        entry.more = Some(OrderDetails {
            service: &order.service,
            cancelled_at: order
                .id
                .as_deref()
                .and_then(|id| cancelled.get(&key(id)).copied()),
            contradiction: order.contradiction,
        });
    }
    let report = Report {
        v: 1,
        made_at: context.now,
        line,
        person: &incident.person,
        status: &incident.status,
        verified: incident.verified,
        events: &incident.events,
        answers: incident
            .answers
            .iter()
            .map(|&(at, answer)| AnswerEntry { at, answer })
            .collect(),
        steps: steps.iter().map(StepEntry::of).collect(),
    };
    let mut text = serde_json::to_string_pretty(&report)?;
    text.push('\n');
    Ok(text)
}

fn order_entry(order: &OrderLine) -> OrderEntry<'_> {
    OrderEntry {
        id: order.id.as_deref(),
        at: order.at,
        amount: order.amount.as_ref().map(|money| decimal(money.amount)),
        currency: order.amount.as_ref().map(|money| money.currency.as_str()),
        item: order.item,
        state: order.state,
        more: None,
    }
}

fn reason_entry(reason: &ReasonPoints) -> ReasonEntry {
    ReasonEntry {
        rule: reason.rule.name(),
        points: reason.points.to_f64().unwrap_or_default(),
    }
}

fn history_entry(change: &SeverityChange) -> HistoryEntry {
    HistoryEntry {
        at: change.at,
        severity: change.severity,
    }
}

/// `2500`, `24.99`: a point, no grouping, no zeros at the end.
pub fn decimal(amount: Decimal) -> String {
    amount.normalize().to_string()
}
