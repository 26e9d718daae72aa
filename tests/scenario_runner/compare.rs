//! What a run must have said, and what it said.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};
use mailward::engine::alert::Alert;
use mailward::engine::incident::{Incident, OrderState, Reason, Severity, Status};
use rust_decimal::Decimal;

use crate::scenario_runner::script::{ExpectedIncident, Offset, Script, Where};

/// An alert as scenarios state it.
type Line = (SignedDuration, Severity, Reason);

/// Compares alerts and incidents of one person's run; gives what differs.
pub fn differences(
    script: &Script,
    person: &str,
    place: Where,
    alerts: &[(Timestamp, Alert)],
    incidents: &[Incident],
) -> Option<String> {
    let mut text = String::new();
    let start = script.options.start.timestamp();
    let is_theirs =
        |whose: &Option<String>| whose.as_deref().unwrap_or(&script.options.person) == person;
    let mut wanted: Vec<Line> = Vec::new();
    for alert in &script.alerts {
        if alert.only.is_none_or(|only| only == place) && is_theirs(&alert.person) {
            for Offset(at) in alert.at.all() {
                wanted.push((at, alert.severity, alert.reason));
            }
        }
    }
    wanted.sort_by_key(|(at, ..)| *at);
    let rung: Vec<Line> = alerts
        .iter()
        .filter(|(_, alert)| alert.repeat == 0 && alert.reason != Reason::StatementReminder)
        .map(|(at, alert)| (at.duration_since(start), alert.severity, alert.reason))
        .collect();
    if wanted != rung {
        let _ = writeln!(text, "    alerts expected:{}", lines(&wanted));
        let _ = writeln!(text, "    alerts rung:    {}", lines(&rung));
    }
    let expected: Vec<&ExpectedIncident> = script
        .incidents
        .iter()
        .filter(|incident| {
            incident.only.is_none_or(|only| only == place) && is_theirs(&incident.person)
        })
        .collect();
    let mut incidents: Vec<&Incident> = incidents.iter().collect();
    incidents.sort_by_key(|incident| incident.opened_at);
    if expected.len() == incidents.len() {
        for (expected, incident) in expected.iter().zip(&incidents) {
            facts(expected, incident, start, &mut text);
        }
    } else {
        let _ = writeln!(
            text,
            "    {} incidents instead of {}:",
            incidents.len(),
            expected.len()
        );
        for incident in incidents {
            let _ = writeln!(text, "      {}", summary(incident, start));
        }
    }
    if place == Where::Live && person == script.options.person {
        let times = |wanted: fn(&Alert) -> bool| -> Vec<SignedDuration> {
            alerts
                .iter()
                .filter(|(_, alert)| wanted(alert))
                .map(|(at, _)| at.duration_since(start))
                .collect()
        };
        extra(
            "repeats",
            script.repeats.as_ref(),
            &times(|alert| alert.repeat > 0),
            &mut text,
        );
        let reminders = times(|alert| alert.reason == Reason::StatementReminder);
        extra(
            "reminders",
            script.reminders.as_ref(),
            &reminders,
            &mut text,
        );
    }
    (!text.is_empty()).then_some(text)
}

fn extra(what: &str, wanted: Option<&Vec<Offset>>, found: &[SignedDuration], text: &mut String) {
    let Some(wanted) = wanted else { return };
    let wanted: Vec<SignedDuration> = wanted.iter().map(|offset| offset.0).collect();
    if wanted != found {
        let _ = writeln!(text, "    {what}: expected {wanted:#?}, found {found:#?}");
    }
}

fn lines(alerts: &[Line]) -> String {
    let lines: Vec<String> = alerts
        .iter()
        .map(|(at, severity, reason)| format!("[{at:#} {severity} {}]", reason.name()))
        .collect();
    lines.join(" ")
}

fn summary(incident: &Incident, start: Timestamp) -> String {
    format!(
        "{} opened {:#} {:?} orders {} cancellations {} codes {} amounts {:?} messages {:?}",
        incident.severity,
        incident.opened_at.duration_since(start),
        incident.status,
        incident.orders,
        incident.cancellations,
        incident.codes,
        incident.amounts,
        incident.messages,
    )
}

fn facts(expected: &ExpectedIncident, incident: &Incident, start: Timestamp, text: &mut String) {
    let closing = match incident.status {
        Status::Open => None,
        Status::Closed { why, .. } => Some(why),
    };
    let amounts: Option<BTreeMap<String, Decimal>> = expected.amounts.as_ref().map(|amounts| {
        amounts
            .iter()
            .map(|(currency, value)| {
                let text = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                (currency.clone(), text.parse().unwrap())
            })
            .collect()
    });
    let count = |wanted: OrderState| {
        incident
            .order_list
            .iter()
            .filter(|line| line.state == wanted)
            .count()
    };
    let contradictions = incident
        .order_list
        .iter()
        .filter(|line| line.contradiction)
        .count();
    let wrong: Vec<&str> = [
        ("severity", expected.severity != incident.severity),
        (
            "closed",
            expected.closed.is_some() && expected.closed != closing,
        ),
        ("open", differs(expected.open, closing.is_none())),
        ("orders", differs(expected.orders, incident.orders)),
        (
            "cancellations",
            differs(expected.cancellations, incident.cancellations),
        ),
        ("codes", differs(expected.codes, incident.codes)),
        (
            "charged",
            differs(expected.charged, count(OrderState::Charged)),
        ),
        (
            "contradictions",
            differs(expected.contradictions, contradictions),
        ),
        (
            "messages",
            differs(expected.messages, incident.messages.len()),
        ),
        (
            "amounts",
            amounts.is_some_and(|amounts| amounts != incident.amounts),
        ),
        (
            "services",
            expected
                .services
                .as_ref()
                .is_some_and(|names| *names != incident.services),
        ),
        ("verified", differs(expected.verified, incident.verified)),
        (
            "opened",
            expected
                .opened
                .is_some_and(|at| start + at.0 != incident.opened_at),
        ),
    ]
    .into_iter()
    .filter(|(_, wrong)| *wrong)
    .map(|(name, _)| name)
    .collect();
    if !wrong.is_empty() {
        let _ = writeln!(
            text,
            "    incident: {} differ from {expected:?}:\n      {}",
            wrong.join(", "),
            summary(incident, start)
        );
    }
}

fn differs<T: PartialEq + Copy>(expected: Option<T>, found: T) -> bool {
    expected.is_some_and(|expected| expected != found)
}
