//! Points of each order, before any window is looked at.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use crate::engine::fact::{Fact, FactLog};
use crate::engine::given::{self, Given, Part};
use crate::engine::money::Money;
use crate::engine::points::Points;
use crate::engine::signal::{GiftRecipient, Item, MerchantActionKind, Order, SignalId, SignalKind};
use crate::engine::span;

/// What an order weighs, in hundredths of a point.
const ORDER: Points = Points::whole(1);
const GIFT_OR_DIGITAL: Points = Points::whole(1);
const SAME_AMOUNT: Points = Points::hundredths(50);
const GIFT_TO_OTHER: Points = Points::hundredths(150);
const NEW_ADDRESS: Points = Points::whole(1);
const SMALL_AMOUNT: Points = Points::hundredths(25);
const LARGE_GIFT: Points = Points::hundredths(50);
const FIRST_HERE: Points = Points::hundredths(50);
const QUIET_HOURS: Points = Points::hundredths(50);
const SPLIT_PART: Points = Points::hundredths(15);

/// Two equal amounts belong together within this time.
const SAME_AMOUNT_WITHIN: SignedDuration = SignedDuration::from_mins(60);

/// The mails of one checkout follow each other within this time.
const CHECKOUT_GAP: SignedDuration = SignedDuration::from_secs(90);

/// How many further mails or ids one checkout may absorb.
const ABSORBED_AT_MOST: u32 = 3;

/// Scores are made again from the last pause of this length on; nothing before it can matter.
const PAUSE: SignedDuration = SignedDuration::from_mins(61);

/// But from no more orders than this, so that a flood of one shop's orders bounds the cost of a signal.
const LOOK_BACK: usize = 256;

/// Below it card testers try a card; at or above it a gift card is a prize. Per currency, in its main unit:
/// 1,000 yen or 7 dollars, 30,000 yen or 200 dollars, and the same in currencies of like value.
fn limits(currency: &str) -> Option<(Decimal, Decimal)> {
    let (small, large) = match currency {
        "JPY" => (1_000, 30_000),
        "USD" | "EUR" | "CAD" | "AUD" | "SGD" => (7, 200),
        "GBP" => (6, 170),
        "CNY" => (50, 1_500),
        "KRW" => (10_000, 300_000),
        "TWD" => (200, 6_000),
        "PLN" => (25, 800),
        "SEK" | "DKK" | "NOK" => (70, 2_000),
        "BRL" => (35, 1_100),
        "MXN" => (120, 4_000),
        "INR" => (500, 17_000),
        _ => return None,
    };
    Some((Decimal::from(small), Decimal::from(large)))
}

/// Whether it is a gift card over 30,000 yen or as much in another currency.
pub fn is_large_gift(order: &Order) -> bool {
    order.item == Item::GiftCard
        && order.amount.as_ref().is_some_and(|money| {
            limits(&money.currency).is_some_and(|(_, large)| money.amount >= large)
        })
}

/// A cancellation by the merchant, per order, and an order that it holds.
const MERCHANT_WORD: Points = Points::whole(2);

/// What the merchant's own word adds to a window: a cancellation, once per order, or a held order.
pub fn merchant_word(log: &FactLog, fact: &Fact) -> Points {
    match &fact.signal.kind {
        SignalKind::OrderCancelled { order_ids, .. } if fact.is_merchant_cancellation() => {
            let known: BTreeSet<&String> = log
                .of_service_within(&fact.signal.service, Timestamp::MIN, Timestamp::MAX)
                .filter(|other| other.is_merchant_cancellation())
                .flat_map(|other| other.signal.kind.order_ids())
                .collect();
            let new = order_ids.iter().filter(|id| !known.contains(id)).count();
            let count = if order_ids.is_empty() { 1 } else { new };
            MERCHANT_WORD.times(i32::try_from(count).unwrap_or(i32::MAX))
        }
        SignalKind::MerchantAction {
            what: MerchantActionKind::OrderHeld,
        } => MERCHANT_WORD,
        SignalKind::OrderPlaced(_)
        | SignalKind::OrderCancelled { .. }
        | SignalKind::OneTimeCode(_)
        | SignalKind::SignIn { .. }
        | SignalKind::AccountChange { .. }
        | SignalKind::MerchantAction { .. }
        | SignalKind::CardCharge(_) => Points::ZERO,
    }
}

/// Gives the points of each order that the merchant cancelled to the first mail that says so, whichever came first.
pub fn rescore_cancellations(log: &mut FactLog, service: &str) {
    let facts: Vec<(SignalId, Vec<String>)> = log
        .of_service_within(service, Timestamp::MIN, Timestamp::MAX)
        .filter(|fact| fact.is_merchant_cancellation())
        .map(|fact| {
            let ids = fact.signal.kind.order_ids().to_vec();
            (fact.signal.id.clone(), ids)
        })
        .collect();
    let mut known: BTreeSet<String> = BTreeSet::new();
    for (id, order_ids) in facts {
        let before = known.len();
        let nameless = order_ids.is_empty();
        known.extend(order_ids);
        let new = known.len().saturating_sub(before);
        let count = if nameless { 1 } else { new };
        if let Some(fact) = log.get_mut(&id) {
            fact.score = MERCHANT_WORD.times(i32::try_from(count).unwrap_or(i32::MAX));
        }
    }
}

/// Scores the orders of a service again, as far as an order at `around` can change them. Gives the times of those that
/// weigh more than before: a window that ends with them may fire now.
pub fn rescore(log: &mut FactLog, service: &str, around: Timestamp) -> BTreeSet<Timestamp> {
    let session: Vec<Fact> = session_of(log, service, around);
    let mut seen_ids: BTreeSet<String> = earlier_ids(log, service, session.first());
    let mut amounts: BTreeMap<(bool, Money), Vec<Timestamped>> = BTreeMap::new();
    let mut checkout: Option<Checkout> = None;
    let mut scores: Vec<(SignalId, Vec<Part>)> = Vec::new();
    for fact in &session {
        let Some(order) = fact.order() else { continue };
        let new_ids = order
            .order_ids
            .iter()
            .filter(|id| !seen_ids.contains(*id))
            .count();
        let repeated = !order.order_ids.is_empty() && new_ids == 0;
        seen_ids.extend(order.order_ids.iter().cloned());
        let parts = if repeated || order.scheduled {
            Vec::new()
        } else {
            parts_of(fact, order, new_ids.max(1), &mut amounts, &mut checkout)
        };
        scores.push((fact.signal.id.clone(), parts));
    }
    let mut heavier = BTreeSet::new();
    for (id, parts) in scores {
        if let Some(fact) = log.get_mut(&id) {
            let score = given::sum(&parts);
            if score > fact.score {
                heavier.insert(fact.signal.at);
            }
            fact.score = score;
            fact.plain = parts.iter().all(|part| is_plain(part.given));
            fact.parts = parts;
        }
    }
    heavier
}

/// Whether it is given to any order of goods, whatever is bought and for whom.
fn is_plain(given: Given) -> bool {
    matches!(
        given,
        Given::Order | Given::QuietHours | Given::SplitCheckout | Given::FurtherOrders
    )
}

struct Timestamped {
    at: Timestamp,
    item_name: Option<String>,
}

struct Checkout {
    last_at: Timestamp,
    amounts: BTreeSet<Money>,
    absorbed: u32,
}

fn parts_of(
    fact: &Fact,
    order: &Order,
    ids: usize,
    amounts: &mut BTreeMap<(bool, Money), Vec<Timestamped>>,
    checkout: &mut Option<Checkout>,
) -> Vec<Part> {
    let at = fact.signal.at;
    let gift = order.item == Item::GiftCard;
    let to_other = order.gift_recipient == GiftRecipient::Other;
    // What holds for every order of the mail, then what holds for its first one.
    let mut first = Vec::new();
    for (holds, given, points) in [
        (true, Given::Order, ORDER),
        (
            fact.is_gift_or_digital(),
            Given::GiftOrDigital,
            GIFT_OR_DIGITAL,
        ),
        (to_other, Given::GiftToOther, GIFT_TO_OTHER),
        (fact.new_address, Given::NewAddress, NEW_ADDRESS),
        (fact.first_here, Given::FirstHere, FIRST_HERE),
        (fact.quiet, Given::QuietHours, QUIET_HOURS),
    ] {
        if holds {
            given::add(&mut first, given, points);
        }
    }
    let lasting = given::sum(&first);
    if let Some(money) = &order.amount {
        if let Some((small, large)) = limits(&money.currency) {
            if money.amount < small && !fact.habitual {
                given::add(&mut first, Given::SmallAmount, SMALL_AMOUNT);
            }
            if gift && money.amount >= large {
                given::add(&mut first, Given::LargeGift, LARGE_GIFT);
            }
        }
        let others = amounts.entry((gift, money.clone())).or_default();
        if !fact.habitual
            && others
                .iter()
                .any(|other| is_same_purchase(other, at, gift, order))
        {
            given::add(&mut first, Given::SameAmount, SAME_AMOUNT);
        }
        others.push(Timestamped {
            at,
            item_name: order.item_name.clone(),
        });
    }
    let mut parts = first;
    if part_of_checkout(order, at, checkout) {
        parts.clear();
        given::add(&mut parts, Given::SplitCheckout, SPLIT_PART);
    }
    // One mail is one checkout; only that of known goods goes on over several mails.
    let mut alone = 0;
    let absorbed = match (order.item, checkout) {
        (Item::GiftCard | Item::Digital, _) => {
            let points = lasting.times(further(ids));
            given::add(&mut parts, Given::FurtherOrders, points);
            return parts;
        }
        (Item::Physical, Some(open)) => &mut open.absorbed,
        (Item::Physical, None) | (Item::Subscription | Item::Unknown, _) => &mut alone,
    };
    for _ in 1..ids {
        let absorbs = *absorbed < ABSORBED_AT_MOST;
        *absorbed = absorbed.saturating_add(u32::from(absorbs));
        let points = if absorbs { SPLIT_PART } else { lasting };
        given::add(&mut parts, Given::FurtherOrders, points);
    }
    parts
}

fn is_same_purchase(other: &Timestamped, at: Timestamp, gift: bool, order: &Order) -> bool {
    if span::between(at, other.at) > SAME_AMOUNT_WITHIN {
        return false;
    }
    let differ = match (&other.item_name, &order.item_name) {
        (Some(one), Some(two)) => one != two,
        (None | Some(_), None) | (None, Some(_)) => false,
    };
    gift || !differ
}

/// Whether this mail is a further part of the checkout before it; opens a new checkout where it is not.
fn part_of_checkout(order: &Order, at: Timestamp, checkout: &mut Option<Checkout>) -> bool {
    if order.item != Item::Physical {
        return false;
    }
    if let Some(open) = checkout
        && span::between(at, open.last_at) <= CHECKOUT_GAP
    {
        open.last_at = at;
        let repeated = order
            .amount
            .as_ref()
            .is_some_and(|money| !open.amounts.insert(money.clone()));
        if repeated || open.absorbed >= ABSORBED_AT_MOST {
            return false;
        }
        open.absorbed = open.absorbed.saturating_add(1);
        return true;
    }
    *checkout = Some(Checkout {
        last_at: at,
        amounts: order.amount.iter().cloned().collect(),
        absorbed: 0,
    });
    false
}

/// How many ids of one mail come after its first.
fn further(ids: usize) -> i32 {
    i32::try_from(ids.saturating_sub(1)).unwrap_or(i32::MAX)
}

/// The orders around a moment up to the pauses before and after it.
fn session_of(log: &FactLog, service: &str, around: Timestamp) -> Vec<Fact> {
    let mut earlier: Vec<&Fact> = Vec::new();
    let mut edge = around;
    for fact in log
        .of_service_within(service, Timestamp::MIN, around)
        .rev()
        .filter(|fact| fact.order().is_some() && fact.counts())
    {
        if span::between(edge, fact.signal.at) >= PAUSE || earlier.len() >= LOOK_BACK {
            break;
        }
        edge = fact.signal.at;
        earlier.push(fact);
    }
    let mut session: Vec<Fact> = earlier.into_iter().rev().cloned().collect();
    let mut edge = around;
    for fact in log
        .of_service_within(service, around, Timestamp::MAX)
        .filter(|fact| fact.order().is_some() && fact.counts())
    {
        if span::between(edge, fact.signal.at) >= PAUSE {
            break;
        }
        edge = fact.signal.at;
        session.push(fact.clone());
    }
    session
}

/// Order ids confirmed before the session: a shop's second confirmation is not a second order.
fn earlier_ids(log: &FactLog, service: &str, first: Option<&Fact>) -> BTreeSet<String> {
    let Some(first) = first else {
        return BTreeSet::new();
    };
    let key = first.key();
    log.of_service_within(service, Timestamp::MIN, first.signal.at)
        .filter(|fact| fact.key() < key)
        .filter_map(Fact::order)
        .flat_map(|order| order.order_ids.iter().cloned())
        .collect()
}
