//! Bursts of orders: sliding windows over event time.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::{SignedDuration, Timestamp};

use crate::engine::fact::{Fact, FactLog};
use crate::engine::finding::{EvidenceKind, Finding};
use crate::engine::incident::{Reason, Severity};
use crate::engine::order_score;
use crate::engine::points::Points;
use crate::engine::signal::{GiftRecipient, Item};
use crate::engine::span;

/// A window with the scores at which it is worth a notice and a warning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Its length; it covers `(end - length, end]`.
    pub length: SignedDuration,
    /// Score of a notice.
    pub notice: Points,
    /// Score of a warning.
    pub warning: Points,
}

impl Window {
    /// The window for an errand at a familiar merchant.
    fn raised(self) -> Self {
        Self {
            notice: self.notice.tenths(ERRAND_TENTHS),
            warning: self.warning.tenths(ERRAND_TENTHS),
            ..self
        }
    }

    /// The higher thresholds of both.
    fn at_least(self, other: Self) -> Self {
        Self {
            notice: self.notice.max(other.notice),
            warning: self.warning.max(other.warning),
            ..self
        }
    }
}

/// The windows for the orders of one merchant.
pub const WINDOWS: [Window; 3] = [
    Window {
        length: SignedDuration::from_mins(10),
        notice: Points::whole(3),
        warning: Points::whole(5),
    },
    Window {
        length: SignedDuration::from_mins(60),
        notice: Points::whole(6),
        warning: Points::whole(9),
    },
    Window {
        length: SignedDuration::from_hours(24),
        notice: Points::whole(12),
        warning: Points::whole(18),
    },
];

/// What the thresholds over all merchants together lie above those of one.
const OVERALL: Points = Points::whole(2);

/// Thresholds for ordinary orders at merchants where the person orders often, in tenths of the usual ones; a learned
/// baseline may go to 16.
const ERRAND_TENTHS: i64 = 15;

/// Among them so many whose item is not named: an intruder's gift cards may be.
const ERRAND_UNNAMED: usize = 1;

/// Two orders alone are an errand that took two turns.
const PAIR: usize = 2;

/// The longest window; also the window of the gift drip.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Gift or digital orders within a day that are worth a notice.
const GIFT_DRIP: usize = 3;

/// What raises the thresholds of physical goods, from a learned baseline, and what lowers a burst by a level.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tuning<'a> {
    /// Thresholds for windows of physical goods only, in the order of [`WINDOWS`].
    pub physical: Option<[Window; 3]>,
    /// Services whose orders the person announced, each with the time until which.
    pub expected_orders: &'a [(String, Timestamp)],
}

/// All bursts of which a fact at `around` of `service` can be a part.
pub fn findings(
    log: &FactLog,
    service: &str,
    around: Timestamp,
    tuning: Tuning<'_>,
) -> Vec<Finding> {
    let near_after = span::before(around, DAY);
    let near_until = span::after(around, DAY);
    let mine: Vec<&Fact> = log
        .of_service_within(service, near_after, near_until)
        .filter(|fact| weighs(fact))
        .collect();
    let all: Vec<&Fact> = log
        .within(near_after, near_until)
        .filter(|fact| weighs(fact))
        .collect();
    let mut found = Vec::new();
    for (index, window) in WINDOWS.iter().enumerate() {
        let physical = tuning
            .physical
            .and_then(|windows| windows.get(index).copied())
            .unwrap_or(*window);
        found.extend(fired(
            &mine,
            around,
            *window,
            physical,
            Reason::OrderBurst,
            tuning,
        ));
        let raised = |window: Window| Window {
            notice: window.notice + OVERALL,
            warning: window.warning + OVERALL,
            ..window
        };
        found.extend(fired(
            &all,
            around,
            raised(*window),
            raised(physical),
            Reason::OverallBurst,
            tuning,
        ));
    }
    found.extend(gift_drip(&all, around, tuning));
    found
}

/// Slides one window over the facts and keeps its loudest position for each set of kinds that it needed: a position
/// that needed orders alone can be corroborated by what a louder one already contains.
fn fired(
    facts: &[&Fact],
    around: Timestamp,
    window: Window,
    physical: Window,
    reason: Reason,
    tuning: Tuning<'_>,
) -> Vec<Finding> {
    let mut best: BTreeMap<BTreeSet<EvidenceKind>, Finding> = BTreeMap::new();
    let mut sum = Points::ZERO;
    let mut inside: VecDeque<&Fact> = VecDeque::new();
    for (position, fact) in facts.iter().enumerate() {
        inside.push_back(fact);
        sum = sum + fact.score;
        let end = fact.signal.at;
        while let Some(first) = inside.front() {
            if first.signal.at > span::before(end, window.length) {
                break;
            }
            sum = sum + first.score.negated();
            inside.pop_front();
        }
        let last_of_its_time = facts
            .get(position.saturating_add(1))
            .is_none_or(|next| next.signal.at > end);
        if !last_of_its_time || end < around || span::before(end, window.length) >= around {
            continue;
        }
        let limits = if inside.iter().all(|fact| is_physical_or_no_order(fact)) {
            physical
        } else {
            window
        };
        let limits = if is_errand(&inside) {
            limits.at_least(window.raised())
        } else {
            limits
        };
        let level = if sum >= limits.warning && !is_familiar_pair(&inside) {
            Severity::Warning
        } else if sum >= limits.notice {
            Severity::Notice
        } else {
            continue;
        };
        if reason == Reason::OverallBurst && one_service(&inside) {
            continue;
        }
        let level = if expected(&inside, tuning) {
            lowered(level)
        } else {
            level
        };
        let threshold = match level {
            Severity::Warning | Severity::Critical => limits.warning,
            Severity::Notice | Severity::Info => limits.notice,
        };
        let needed = needed(&inside, threshold);
        let candidate = Finding::over(
            reason,
            level,
            sum,
            note(&inside, window.length),
            needed.clone(),
            inside.iter().copied(),
        )
        .map(|finding| finding.reaching(window.length, end, threshold));
        if let Some(joined) = Finding::join(best.remove(&needed), candidate) {
            best.insert(needed, joined);
        }
    }
    best.into_values().collect()
}

fn weighs(fact: &Fact) -> bool {
    fact.counts() && fact.score > Points::ZERO
}

fn is_physical_or_no_order(fact: &Fact) -> bool {
    fact.order()
        .is_none_or(|order| order.item == Item::Physical)
}

/// Whether all of these are ordinary orders at merchants where the person orders often, at most one of them unnamed.
fn is_errand(facts: &VecDeque<&Fact>) -> bool {
    let unnamed = facts
        .iter()
        .filter_map(|fact| fact.order())
        .filter(|order| order.item == Item::Unknown)
        .count();
    unnamed <= ERRAND_UNNAMED && facts.iter().all(|fact| fact.familiar && fact.plain)
}

/// Whether these are one or two orders at a merchant where the person orders often, without a large gift: worth a
/// notice, and a warning only when something else speaks.
fn is_familiar_pair(facts: &VecDeque<&Fact>) -> bool {
    let orders: usize = facts
        .iter()
        .filter_map(|fact| fact.order())
        .map(|order| order.order_ids.len().max(1))
        .sum();
    orders <= PAIR
        && facts.iter().all(|fact| {
            fact.familiar
                && fact
                    .order()
                    .is_some_and(|order| !order_score::is_large_gift(order))
        })
}

fn one_service(facts: &VecDeque<&Fact>) -> bool {
    let services: BTreeSet<&str> = facts
        .iter()
        .map(|fact| fact.signal.service.as_str())
        .collect();
    services.len() < 2
}

/// Orders alone, or orders and the merchant's word, or the merchant's word alone.
fn needed(facts: &VecDeque<&Fact>, threshold: Points) -> BTreeSet<EvidenceKind> {
    let orders: Points = facts
        .iter()
        .filter(|fact| fact.order().is_some())
        .map(|fact| fact.score)
        .sum();
    let merchant: Points = facts
        .iter()
        .filter(|fact| fact.order().is_none())
        .map(|fact| fact.score)
        .sum();
    if orders >= threshold {
        BTreeSet::from([EvidenceKind::Orders])
    } else if merchant >= threshold {
        BTreeSet::from([EvidenceKind::Merchant])
    } else {
        BTreeSet::from([EvidenceKind::Orders, EvidenceKind::Merchant])
    }
}

/// Whether the person announced these orders; never where a gift goes to a stranger's address.
fn expected(facts: &VecDeque<&Fact>, tuning: Tuning<'_>) -> bool {
    facts.iter().all(|fact| {
        let announced = tuning
            .expected_orders
            .iter()
            .any(|(service, until)| *service == fact.signal.service && fact.signal.at <= *until);
        let to_stranger = fact
            .order()
            .is_some_and(|order| order.gift_recipient == GiftRecipient::Other);
        announced && !to_stranger
    })
}

fn lowered(level: Severity) -> Severity {
    match level {
        Severity::Critical => Severity::Warning,
        Severity::Warning => Severity::Notice,
        Severity::Notice | Severity::Info => Severity::Info,
    }
}

fn note(facts: &VecDeque<&Fact>, length: SignedDuration) -> String {
    let orders = facts.iter().filter(|fact| fact.order().is_some()).count();
    let words = facts.len().saturating_sub(orders);
    let minutes = length.as_mins();
    if words == 0 {
        format!("{orders} order mails within {minutes} min")
    } else {
        format!("{orders} order mails and {words} of the merchant's within {minutes} min")
    }
}

/// Three gift or digital orders within a day, however far apart.
fn gift_drip(facts: &[&Fact], around: Timestamp, tuning: Tuning<'_>) -> Option<Finding> {
    let gifts: Vec<&Fact> = facts
        .iter()
        .copied()
        .filter(|fact| fact.is_gift_or_digital())
        .collect();
    let mut best: Option<Finding> = None;
    for last in &gifts {
        let end = last.signal.at;
        let after = span::before(end, DAY);
        if end < around || after >= around {
            continue;
        }
        let inside: VecDeque<&Fact> = gifts
            .iter()
            .copied()
            .filter(|fact| fact.signal.at > after && fact.signal.at <= end)
            .collect();
        let orders: usize = inside
            .iter()
            .filter_map(|fact| fact.order())
            .map(|order| order.order_ids.len().max(1))
            .sum();
        if orders < GIFT_DRIP || expected(&inside, tuning) {
            continue;
        }
        let candidate = Finding::over(
            Reason::GiftDrip,
            Severity::Notice,
            Points::ZERO,
            format!("{orders} gift or digital orders within 24 h"),
            [EvidenceKind::Orders],
            inside,
        );
        best = Finding::join(best, candidate);
    }
    best
}
