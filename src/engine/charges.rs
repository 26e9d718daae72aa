//! Card charges matched to orders.

use std::collections::BTreeSet;

use jiff::SignedDuration;

use crate::engine::fact::{Fact, FactLog};
use crate::engine::signal::{CardCharge, SignalId, SignalKind};
use crate::engine::span;

/// A charge and its order lie no farther apart than this.
const APART: SignedDuration = SignedDuration::from_hours(48);

/// The card charges in the log that fit an order among the members. Two may fit one order: which of them came first must
/// not decide which of them is a member.
pub fn matched<'a>(log: &'a FactLog, members: &BTreeSet<SignalId>) -> Vec<&'a Fact> {
    log.charges()
        .filter(|fact| !members.contains(&fact.signal.id))
        .filter(|fact| {
            let Some(charge) = charge(fact) else {
                return false;
            };
            log.within(
                span::before(fact.signal.at, APART),
                span::after(fact.signal.at, APART),
            )
            .any(|order| {
                order.order().is_some()
                    && members.contains(&order.signal.id)
                    && belongs(charge, order)
            })
        })
        .collect()
}

/// Orders among the members, each with the charge that belongs to it: the nearest that no earlier order took.
pub fn pairs<'a>(log: &'a FactLog, members: &BTreeSet<SignalId>) -> Vec<(&'a Fact, &'a Fact)> {
    let charges: Vec<&Fact> = log.charges().collect();
    if charges.is_empty() {
        return Vec::new();
    }
    let mut taken: BTreeSet<&SignalId> = BTreeSet::new();
    let mut found = Vec::new();
    let orders = members
        .iter()
        .filter_map(|id| log.get(id))
        .filter(|fact| fact.order().is_some());
    for order in orders {
        let nearest = charges
            .iter()
            .filter(|fact| span::between(fact.signal.at, order.signal.at) <= APART)
            .filter(|fact| !taken.contains(&fact.signal.id))
            .filter(|fact| charge(fact).is_some_and(|charge| belongs(charge, order)))
            .min_by_key(|fact| span::between(fact.signal.at, order.signal.at));
        if let Some(charge) = nearest {
            taken.insert(&charge.signal.id);
            found.push((order, *charge));
        }
    }
    found
}

fn charge(fact: &Fact) -> Option<&CardCharge> {
    match &fact.signal.kind {
        SignalKind::CardCharge(charge) => Some(charge),
        SignalKind::OrderPlaced(_)
        | SignalKind::OrderCancelled { .. }
        | SignalKind::OneTimeCode(_)
        | SignalKind::SignIn { .. }
        | SignalKind::AccountChange { .. }
        | SignalKind::MerchantAction { .. } => None,
    }
}

/// Same amount, and a shop that names the service or one of its marketplaces.
fn belongs(charge: &CardCharge, order: &Fact) -> bool {
    let amount = order.order().and_then(|order| order.amount.as_ref());
    let same_amount = amount.is_some() && amount == charge.amount.as_ref();
    let Some(shop) = charge.shop.as_deref().map(fold) else {
        return false;
    };
    let service = fold(&order.signal.service);
    let site = order
        .signal
        .marketplace
        .as_deref()
        .and_then(|site| site.split('.').next())
        .map(fold);
    let names_it = shop.contains(&service) || site.is_some_and(|site| shop.contains(&site));
    same_amount && names_it
}

/// Letters and digits only, lower case, so that `AMAZON.CO.JP` and `amazon co jp` compare.
fn fold(text: &str) -> String {
    text.chars()
        .filter(|letter| letter.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}
