//! What merchants say by themselves: cancellations, locks, account changes, and cards being tried out.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::engine::fact::{Fact, FactLog};
use crate::engine::finding::{EvidenceKind, Finding, MEMORY};
use crate::engine::incident::{Reason, Severity};
use crate::engine::points::Points;
use crate::engine::signal::{
    AccountProperty, CancelledBy, CodePurpose, MerchantActionKind, SignalKind,
};
use crate::engine::span;

/// Two merchant cancellations within this time stand alone.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Two orders, each with the customer's own cancellation, within this time look like a card being tried out.
const CARD_TEST: SignedDuration = SignedDuration::from_mins(30);

/// What was asked, and how much is known of who is asked.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// Codes that came in until then and have no answer are unclaimed; later ones can still be claimed.
    pub until: Timestamp,
    /// Enough was seen of this person to tell a coincidence from evidence.
    pub knows_habits: bool,
}

/// Everything of which a fact at `around` of `service` can be a part. Codes that came in after `asked.until` can
/// still be claimed.
pub fn findings(log: &FactLog, service: &str, around: Timestamp, asked: Asked) -> Vec<Finding> {
    let mut found = Vec::new();
    found.extend(cancellations(log, service, around));
    found.extend(card_testing(log, service, around));
    found.extend(locks(log, service, around));
    found.extend(account_changes(log, service, around, asked));
    found
}

fn counted<'a>(
    log: &'a FactLog,
    service: &str,
    around: Timestamp,
    reach: SignedDuration,
) -> Vec<&'a Fact> {
    log.of_service_within(
        service,
        span::before(around, reach),
        span::after(around, reach),
    )
    .filter(|fact| fact.counts())
    .collect()
}

/// What two cancellations by the merchant weigh.
const TWO_CANCELLED: Points = Points::whole(4);

/// Two orders cancelled by the merchant within a day, whether or not their confirmations were seen.
fn cancellations(log: &FactLog, service: &str, around: Timestamp) -> Option<Finding> {
    let facts: Vec<&Fact> = counted(log, service, around, DAY)
        .into_iter()
        .filter(|fact| fact.is_merchant_cancellation() && fact.score > Points::ZERO)
        .collect();
    facts
        .iter()
        .filter_map(|last| {
            let end = last.signal.at;
            let after = span::before(end, DAY);
            let inside: Vec<&Fact> = facts
                .iter()
                .copied()
                .filter(|fact| fact.signal.at > after && fact.signal.at <= end)
                .collect();
            let points: Points = inside.iter().map(|fact| fact.score).sum();
            if points < TWO_CANCELLED {
                return None;
            }
            Finding::over(
                Reason::MerchantCancellation,
                Severity::Notice,
                points,
                "orders cancelled by the merchant within 24 h",
                [EvidenceKind::Merchant],
                inside,
            )
            .map(|finding| finding.reaching(DAY, end, TWO_CANCELLED))
        })
        .fold(None, |best, finding| Finding::join(best, Some(finding)))
}

/// Two pairs of an order and the customer's own cancellation of it within half an hour.
fn card_testing(log: &FactLog, service: &str, around: Timestamp) -> Option<Finding> {
    let facts = counted(log, service, around, CARD_TEST);
    let pairs: Vec<(&Fact, &Fact)> = facts
        .iter()
        .copied()
        .filter(|fact| {
            matches!(
                fact.signal.kind,
                SignalKind::OrderCancelled {
                    by: CancelledBy::Customer,
                    ..
                }
            )
        })
        .filter_map(|cancelled| {
            let ids: BTreeSet<&String> = cancelled.signal.kind.order_ids().iter().collect();
            let order = facts.iter().copied().find(|fact| {
                fact.order()
                    .is_some_and(|order| order.order_ids.iter().any(|id| ids.contains(id)))
            })?;
            Some((order, cancelled))
        })
        .collect();
    let inside: Vec<&Fact> = pairs
        .iter()
        .flat_map(|(order, cancelled)| [*order, *cancelled])
        .collect();
    let first = inside.iter().map(|fact| fact.signal.at).min()?;
    let last = inside.iter().map(|fact| fact.signal.at).max()?;
    let orders: BTreeSet<_> = pairs.iter().map(|(order, _)| order.key()).collect();
    if orders.len() < 2 || span::between(first, last) > CARD_TEST {
        return None;
    }
    Finding::over(
        Reason::CardTesting,
        Severity::Notice,
        Points::ZERO,
        "orders placed and cancelled again within 30 min",
        [EvidenceKind::Orders],
        inside,
    )
}

/// Whether an order is evidence beside a lock or a change.
fn speaks(fact: &Fact) -> bool {
    fact.order().is_some() && fact.score > Points::ZERO && !fact.is_ordinary_order()
}

/// A locked account or a disabled password; with an order of that merchant it is critical at once.
fn locks(log: &FactLog, service: &str, around: Timestamp) -> Vec<Finding> {
    let facts = counted(log, service, around, MEMORY);
    facts
        .iter()
        .copied()
        .filter(|fact| {
            matches!(
                fact.merchant_action(),
                Some(MerchantActionKind::AccountLocked | MerchantActionKind::PasswordDisabled)
            )
        })
        .filter_map(|lock| {
            let orders = facts.iter().copied().filter(|fact| {
                speaks(fact) && span::between(fact.signal.at, lock.signal.at) <= MEMORY
            });
            Finding::over(
                Reason::MerchantLock,
                Severity::Warning,
                Points::ZERO,
                "the merchant locked the account or disabled the password",
                [EvidenceKind::Merchant],
                std::iter::once(lock).chain(orders),
            )
        })
        .collect()
}

/// A change of password, address of contact or second factor, alone or beside a code or an order of that service.
fn account_changes(log: &FactLog, service: &str, around: Timestamp, asked: Asked) -> Vec<Finding> {
    let facts = counted(log, service, around, MEMORY);
    facts
        .iter()
        .copied()
        .filter(|fact| is_weighty_change(fact))
        .filter_map(|change| {
            let near = |fact: &&Fact| span::between(fact.signal.at, change.signal.at) <= MEMORY;
            let codes: Vec<&Fact> = facts
                .iter()
                .copied()
                .filter(near)
                .filter(|fact| fact.is_code_or_sign_in())
                .collect();
            let orders: Vec<&Fact> = facts
                .iter()
                .copied()
                .filter(near)
                .filter(|fact| speaks(fact))
                .collect();
            let unclaimed = codes
                .iter()
                .filter(|code| !asked.knows_habits || !made_with(code, change))
                .any(|fact| fact.received_at <= asked.until);
            let (level, second) = if unclaimed {
                (Severity::Warning, Some(EvidenceKind::Codes))
            } else if !orders.is_empty() {
                (Severity::Warning, Some(EvidenceKind::Orders))
            } else {
                (Severity::Notice, None)
            };
            // Every change needs its code: the two corroborate each other no more than they need each other.
            let same = asked.knows_habits && codes.iter().any(|code| made_with(code, change));
            let second = second
                .into_iter()
                .chain(same.then_some(EvidenceKind::Codes));
            let members = std::iter::once(change).chain(codes).chain(orders);
            Finding::over(
                Reason::AccountChange,
                level,
                Points::ZERO,
                "an account property was changed",
                std::iter::once(EvidenceKind::AccountChange).chain(second),
                members,
            )
        })
        .collect()
}

/// A change that is worth a notice by itself; one for which the person claimed a code asks quietly.
fn is_weighty_change(fact: &Fact) -> bool {
    !fact.announced
        && matches!(
            fact.account_change(),
            Some(
                AccountProperty::Password
                    | AccountProperty::Email
                    | AccountProperty::Phone
                    | AccountProperty::TwoFactor
            )
        )
}

/// Whether a change stands beside codes that can still be claimed, so that it has to be looked at once more.
pub fn waits(log: &FactLog, service: &str, around: Timestamp, asked: Asked) -> bool {
    let facts = counted(log, service, around, MEMORY);
    facts.iter().any(|fact| is_weighty_change(fact))
        && facts
            .iter()
            .any(|fact| fact.is_code_or_sign_in() && fact.received_at > asked.until)
}

/// A change of the account follows the code that it needs within this time; codes mostly hold for ten minutes.
const CODE_TO_CHANGE: SignedDuration = SignedDuration::from_mins(30);

/// Whether a change was made with this code: then the two are one piece of evidence.
pub fn made_with(code: &Fact, change: &Fact) -> bool {
    let Some(what) = change.account_change() else {
        return false;
    };
    let fits = match code.code() {
        Some(CodePurpose::PasswordReset) => what == AccountProperty::Password,
        Some(CodePurpose::AccountChange) => true,
        Some(
            CodePurpose::SignIn | CodePurpose::Payment | CodePurpose::SignUp | CodePurpose::Unknown,
        )
        | None => false,
    };
    fits && code.signal.service == change.signal.service
        && code.signal.at <= change.signal.at
        && code.signal.at > span::before(change.signal.at, CODE_TO_CHANGE)
}
