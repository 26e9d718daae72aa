//! Whether a rule matches, and if not, for which reason first.

use crate::engine::message::markup::OrderMarkup;
use crate::engine::rule::code::{holds_code, holds_one_time_code};
use crate::engine::rule::extract::{order_ids, total};
use crate::engine::rule::pack::{Glob, Pack, Rule};
use crate::engine::rule::relation::{Relation, Sender};
use crate::engine::rule::schema::{CodeCondition, KindName, MarkupCondition};
use crate::engine::rule::view::View;

/// The first condition that a mail does not meet, cheapest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Miss {
    /// The sender's local part or domain.
    Sender,
    /// No subject pattern stands in the subject.
    Subject,
    /// A pattern that must not stand in the subject does.
    NotSubject,
    /// No pattern for the first sentences.
    Opening,
    /// No heading pattern.
    Heading,
    /// A forbidden heading pattern.
    NotHeading,
    /// No body pattern.
    Body,
    /// No pattern of the second body list.
    AndBody,
    /// A forbidden body pattern.
    NotBody,
    /// There is no code.
    NoCode,
    /// There is a code.
    HasCode,
    /// The markup does not say it, or says another thing.
    Markup,
    /// There is no order id.
    NoOrderId,
    /// There is neither an order id nor an amount.
    NoOrderFact,
    /// There is no amount that can be read for certain.
    NoAmount,
}

impl Miss {
    /// For `explain`.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Sender => "the sender's address is not one that the rule names",
            Self::Subject => "no subject pattern matches",
            Self::NotSubject => "the subject holds words that the rule excludes",
            Self::Opening => "no pattern for the first sentences matches",
            Self::Heading => "no heading pattern matches",
            Self::NotHeading => "the heading holds words that the rule excludes",
            Self::Body => "no body pattern matches",
            Self::AndBody => "no pattern of the second body list matches",
            Self::NotBody => "the body holds words that the rule excludes",
            Self::NoCode => "no code was found",
            Self::HasCode => "there is a code, which the rule excludes",
            Self::Markup => "the schema.org markup does not say so",
            Self::NoOrderFact => "neither an order id nor an amount was found",
            Self::NoOrderId => "no order id was found",
            Self::NoAmount => "no amount can be read for certain",
        }
    }
}

/// The conditions that need the header only.
pub(crate) fn header_miss(
    rule: &Rule,
    pack: &Pack,
    sender: &Sender,
    relation: &Relation,
    view: &View<'_>,
) -> Option<Miss> {
    let is_named = match relation {
        Relation::Own { domain } => {
            (rule.domains.is_empty() || rule.domains.iter().any(|pattern| pattern.covers(domain)))
                && is_named_local(rule, pack, &sender.local)
        }
        Relation::Rewritten { .. } => sender
            .original_local()
            .is_none_or(|local| is_named_local(rule, pack, local)),
        Relation::Forwarder => true,
        Relation::Sibling => false,
        Relation::Any { .. } => is_named_local(rule, pack, &sender.local),
        Relation::ThirdParty => {
            rule.domains.is_empty()
                || rule
                    .domains
                    .iter()
                    .any(|pattern| pattern.covers(&sender.domain))
        }
        Relation::Foreign | Relation::Nobody => {
            // An imitation must say what the genuine mail says; a rule by sender alone cannot be imitated.
            let is_of_one_sender = !rule.from.is_empty() || !rule.domains.is_empty();
            let is_no_claim = rule.kind == KindName::Nothing && is_of_one_sender;
            !rule.subject.is_empty() && !is_no_claim
        }
    };
    if !is_named {
        return Some(Miss::Sender);
    }
    if rule.markup.is_some() && view.message.header.is_plain_text {
        return Some(Miss::Markup);
    }
    if !rule.subject.is_empty() && !view.any_in_subject(&rule.subject) {
        return Some(Miss::Subject);
    }
    if view.any_in_subject(&rule.not_subject) {
        return Some(Miss::NotSubject);
    }
    None
}

fn is_named_local(rule: &Rule, pack: &Pack, local: &str) -> bool {
    let covers = |globs: &[Glob]| globs.iter().any(|glob| glob.covers(local));
    (rule.from.is_empty() || covers(&rule.from))
        && !covers(&rule.not_from)
        && !covers(&pack.denied_locals)
}

/// The conditions that need the body.
pub(crate) fn body_miss(rule: &Rule, pack: &Pack, view: &View<'_>) -> Option<Miss> {
    if !rule.opening.is_empty() && !view.any_in_opening(&rule.opening) {
        return Some(Miss::Opening);
    }
    if !rule.heading.is_empty() && !view.any_in_heading(&rule.heading) {
        return Some(Miss::Heading);
    }
    if view.any_in_heading(&rule.not_heading) {
        return Some(Miss::NotHeading);
    }
    if !rule.body.is_empty() && !view.any_in_text(&rule.body) {
        return Some(Miss::Body);
    }
    if !rule.and_body.is_empty() && !view.any_in_text(&rule.and_body) {
        return Some(Miss::AndBody);
    }
    if view.any_in_text(&rule.not_body) {
        return Some(Miss::NotBody);
    }
    match rule.code {
        CodeCondition::Any => {}
        CodeCondition::Required => {
            if !holds_code(view) {
                return Some(Miss::NoCode);
            }
        }
        CodeCondition::Strict => {
            if !holds_one_time_code(view) {
                return Some(Miss::NoCode);
            }
        }
        CodeCondition::Absent => {
            if holds_code(view) {
                return Some(Miss::HasCode);
            }
        }
    }
    let orders = &view.message.body.orders;
    let is_marked = match rule.markup {
        Some(MarkupCondition::Placed) => orders.iter().any(OrderMarkup::is_placed),
        Some(MarkupCondition::Cancelled) => orders.iter().any(OrderMarkup::is_cancelled),
        // Markup that says "in transit" overrules the words of an order.
        None => {
            rule.kind != KindName::OrderPlaced
                || orders.is_empty()
                || orders.iter().any(OrderMarkup::is_placed)
        }
    };
    if !is_marked {
        return Some(Miss::Markup);
    }
    if rule.needs_order_fact
        && order_ids(&pack.writing, view).is_empty()
        && total(&pack.writing, view, 1, "USD").is_none()
    {
        return Some(Miss::NoOrderFact);
    }
    if rule.needs_order_id && order_ids(&pack.writing, view).is_empty() {
        return Some(Miss::NoOrderId);
    }
    if rule.needs_amount && total(&pack.writing, view, 1, "USD").is_none() {
        return Some(Miss::NoAmount);
    }
    None
}
