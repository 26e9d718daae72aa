//! Order scores and windows once more, straight from the design and quadratic.
//!
//! Points are hundredths. A fact is looked at together with every other one; nothing is kept from one to the next.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use mailward::engine::incident::Severity;
use mailward::engine::signal::{
    CancelledBy, GiftRecipient, Item, MerchantActionKind, Order, Signal, SignalKind,
};

fn order(signal: &Signal) -> Option<&Order> {
    match &signal.kind {
        SignalKind::OrderPlaced(order) => Some(order),
        _ => None,
    }
}

/// Points of every signal; `signals` are sorted by event time and id.
pub fn points(signals: &[Signal]) -> Vec<i64> {
    (0..signals.len())
        .map(|index| points_of(signals, index))
        .collect()
}

fn points_of(signals: &[Signal], index: usize) -> i64 {
    let signal = &signals[index];
    match &signal.kind {
        SignalKind::OrderPlaced(order) => order_points(signals, index, order),
        SignalKind::OrderCancelled {
            order_ids,
            by: CancelledBy::Merchant,
            ..
        } => {
            let earlier: BTreeSet<&String> = signals[..index]
                .iter()
                .filter(|other| other.service == signal.service)
                .filter(|other| {
                    matches!(
                        other.kind,
                        SignalKind::OrderCancelled {
                            by: CancelledBy::Merchant,
                            ..
                        }
                    )
                })
                .flat_map(|other| other.kind.order_ids())
                .collect();
            let fresh = order_ids.iter().filter(|id| !earlier.contains(id)).count();
            let count = if order_ids.is_empty() { 1 } else { fresh };
            200 * i64::try_from(count).unwrap()
        }
        SignalKind::MerchantAction {
            what: MerchantActionKind::OrderHeld,
        } => 200,
        _ => 0,
    }
}

fn order_points(signals: &[Signal], index: usize, order: &Order) -> i64 {
    if order.scheduled || is_repeated(signals, index) {
        return 0;
    }
    let precious = matches!(order.item, Item::GiftCard | Item::Digital);
    let mut lasting = 100;
    if precious {
        lasting += 100;
    }
    if order.gift_recipient == GiftRecipient::Other {
        lasting += 150;
    }
    let mut first = lasting;
    if let Some(money) = &order.amount {
        if money.amount < 1_000.into() {
            first += 25;
        }
        if order.item == Item::GiftCard && money.amount >= 30_000.into() {
            first += 50;
        }
    }
    if signals[..index]
        .iter()
        .enumerate()
        .any(|(other, _)| is_same_purchase(signals, other, index))
    {
        first += 50;
    }
    let (place, absorbed) = place_in_checkout(signals, index);
    let mut sum = if place == Place::Part { 15 } else { first };
    let further = new_ids(signals, index).saturating_sub(1);
    for further in 0..further {
        let room = absorbed + further < 3;
        sum += if !precious && room { 15 } else { lasting };
    }
    sum
}

/// All its ids were confirmed before.
fn is_repeated(signals: &[Signal], index: usize) -> bool {
    let own = order(&signals[index]).map_or(0, |order| order.order_ids.len());
    own > 0 && new_ids(signals, index) == 0
}

fn new_ids(signals: &[Signal], index: usize) -> usize {
    let signal = &signals[index];
    let earlier: BTreeSet<&String> = signals[..index]
        .iter()
        .filter(|other| other.service == signal.service && order(other).is_some())
        .flat_map(|other| other.kind.order_ids())
        .collect();
    signal
        .kind
        .order_ids()
        .iter()
        .filter(|id| !earlier.contains(id))
        .count()
}

/// Whether the order bought something before, at `other`, and does so again at `index`.
fn is_same_purchase(signals: &[Signal], other: usize, index: usize) -> bool {
    let (one, two) = (&signals[other], &signals[index]);
    let (Some(before), Some(now)) = (order(one), order(two)) else {
        return false;
    };
    let gifts = (before.item == Item::GiftCard, now.item == Item::GiftCard);
    let both_named = before.item_name.is_some() && now.item_name.is_some();
    one.service == two.service
        && !before.scheduled
        && !is_repeated(signals, other)
        && before.amount.is_some()
        && before.amount == now.amount
        && gifts.0 == gifts.1
        && two.at.duration_since(one.at) <= SignedDuration::from_mins(60)
        && (gifts.1 || !both_named || before.item_name == now.item_name)
}

#[derive(PartialEq)]
enum Place {
    /// Begins one, or is too much for it.
    Full,
    Part,
}

/// The place of an order in its checkout, and how many parts the checkout has absorbed up to and with it.
fn place_in_checkout(signals: &[Signal], index: usize) -> (Place, usize) {
    let signal = &signals[index];
    let item = order(signal).map(|order| order.item);
    let mut chain: Vec<usize> = (0..=index)
        .filter(|other| signals[*other].service == signal.service)
        .filter(|other| {
            order(&signals[*other]).is_some_and(|order| {
                order.item == Item::Physical && !order.scheduled && !is_repeated(signals, *other)
            })
        })
        .collect();
    if item != Some(Item::Physical) {
        // Goods of unknown sort are no part of a checkout; only the ids of one mail are.
        return (Place::Full, 0);
    }
    let begin = (1..chain.len())
        .rev()
        .find(|position| {
            let gap = signals[chain[*position]]
                .at
                .duration_since(signals[chain[position - 1]].at);
            gap > SignedDuration::from_secs(90)
        })
        .unwrap_or(0);
    chain.drain(..begin);
    let mut amounts = BTreeSet::new();
    let mut absorbed = 0;
    let mut place = Place::Full;
    for (position, member) in chain.iter().enumerate() {
        let order = order(&signals[*member]).unwrap();
        let repeated = order
            .amount
            .as_ref()
            .is_some_and(|amount| !amounts.insert(amount.clone()));
        place = Place::Full;
        if position > 0 && !repeated && absorbed < 3 {
            absorbed += 1;
            place = Place::Part;
        }
        if *member != index {
            let further = new_ids(signals, *member).saturating_sub(1);
            absorbed = (absorbed + further).min(3);
        }
    }
    (place, absorbed)
}

/// The loudest level of one merchant's windows, or of all together.
pub fn burst(signals: &[Signal], points: &[i64], service: Option<&str>) -> Option<Severity> {
    const MINUTE: i64 = 60;
    let windows = [
        (10 * MINUTE, 300, 500),
        (60 * MINUTE, 600, 900),
        (24 * 60 * MINUTE, 1_200, 1_800),
    ];
    let more = if service.is_none() { 200 } else { 0 };
    let mut loudest = None;
    for end in signals {
        for (length, notice, warning) in windows {
            let inside: Vec<usize> = (0..signals.len())
                .filter(|index| {
                    let age = end.at.duration_since(signals[*index].at).as_secs();
                    let theirs = service.is_none_or(|name| signals[*index].service == name);
                    points[*index] > 0 && theirs && (0..length).contains(&age)
                })
                .collect();
            let services: BTreeSet<&String> = inside
                .iter()
                .map(|index| &signals[*index].service)
                .collect();
            if service.is_none() && services.len() < 2 {
                continue;
            }
            let sum: i64 = inside.iter().map(|index| points[*index]).sum();
            if sum >= warning + more {
                loudest = loudest.max(Some(Severity::Warning));
            } else if sum >= notice + more {
                loudest = loudest.max(Some(Severity::Notice));
            }
        }
    }
    loudest
}

/// Three gift or digital orders in any 24 h.
pub fn drips(signals: &[Signal], points: &[i64]) -> bool {
    signals.iter().any(|end| {
        let count: usize = (0..signals.len())
            .filter(|index| {
                let age = end.at.duration_since(signals[*index].at).as_secs();
                points[*index] > 0 && (0..24 * 3_600).contains(&age)
            })
            .filter_map(|index| order(&signals[index]))
            .filter(|order| matches!(order.item, Item::GiftCard | Item::Digital))
            .map(|order| order.order_ids.len().max(1))
            .sum();
        count >= 3
    })
}
