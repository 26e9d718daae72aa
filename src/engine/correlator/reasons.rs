//! The reason for every point of an incident, as the outside sees it.

use jiff::SignedDuration;

use crate::engine::case::Case;
use crate::engine::fact::{Fact, FactLog};
use crate::engine::finding::Finding;
use crate::engine::given::{Given, Part, Reached};
use crate::engine::incident::{MailPoints, PartPoints, ReasonPoints, Severity, WindowReached};
use crate::engine::points::Points;
use crate::engine::signal::SignalKind;
use crate::engine::span;

/// The rules that fired, the heaviest one first.
pub fn of(case: &Case, log: &FactLog) -> Vec<ReasonPoints> {
    let mut reasons: Vec<ReasonPoints> = case
        .findings
        .iter()
        .filter(|finding| finding.level > Severity::Info || finding.points > Points::ZERO)
        .map(|finding| ReasonPoints {
            rule: finding.reason,
            points: finding.points.decimal(),
            note: finding.note.clone(),
            signals: finding.signals.clone(),
            window: finding.reached.map(|reached| WindowReached {
                minutes: reached.minutes,
                until: reached.until,
                threshold: reached.threshold.decimal(),
            }),
            parts: finding.parts.iter().map(decimal).collect(),
            mails: mails(finding, log),
        })
        .collect();
    reasons.sort_by(|one, other| {
        other
            .points
            .cmp(&one.points)
            .then(one.rule.cmp(&other.rule))
    });
    reasons
}

/// The mails whose points make up the sum: those in the window, where a window fired and mails are what it weighs.
fn mails(finding: &Finding, log: &FactLog) -> Vec<MailPoints> {
    let Some(reached) = finding.reached.filter(|_| finding.parts.is_empty()) else {
        return Vec::new();
    };
    let mut facts: Vec<&Fact> = finding
        .signals
        .iter()
        .filter_map(|id| log.get(id))
        .filter(|fact| fact.score > Points::ZERO && lies_in(fact, reached))
        .collect();
    facts.sort_by_key(|fact| fact.key());
    facts
        .into_iter()
        .map(|fact| MailPoints {
            signal: fact.signal.id.clone(),
            at: fact.signal.at,
            order_ids: fact.signal.kind.order_ids().to_vec(),
            points: fact.score.decimal(),
            parts: parts(fact).iter().map(decimal).collect(),
        })
        .collect()
}

fn lies_in(fact: &Fact, reached: Reached) -> bool {
    let length = SignedDuration::from_mins(i64::from(reached.minutes));
    fact.signal.at > span::before(reached.until, length) && fact.signal.at <= reached.until
}

/// What the points of a mail were given for; the merchant's word has one reason.
fn parts(fact: &Fact) -> Vec<Part> {
    let given = match fact.signal.kind {
        SignalKind::OrderCancelled { .. } => Given::Cancelled,
        SignalKind::MerchantAction { .. } => Given::Held,
        SignalKind::OrderPlaced(_)
        | SignalKind::OneTimeCode(_)
        | SignalKind::SignIn { .. }
        | SignalKind::AccountChange { .. }
        | SignalKind::CardCharge(_) => return fact.parts.clone(),
    };
    vec![Part {
        given,
        points: fact.score,
    }]
}

fn decimal(part: &Part) -> PartPoints {
    PartPoints {
        given: part.given,
        points: part.points.decimal(),
    }
}
