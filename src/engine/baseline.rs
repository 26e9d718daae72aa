//! What is ordinary for a person's purchases of goods, learned from history.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::engine::fact::{Fact, FactLog};
use crate::engine::order_burst::{WINDOWS, Window};
use crate::engine::order_score;
use crate::engine::points::Points;
use crate::engine::profile::Profile;
use crate::engine::signal::{Item, SenderVerdict, Signal};
use crate::engine::span;

/// Less history than this says nothing about habits.
pub const DAYS_AT_LEAST: i64 = 60;

/// Fewer orders than this say nothing about habits.
pub const ORDERS_AT_LEAST: u32 = 30;

/// Of a hundred ordinary windows, so many lie below the learned level.
const PERCENTILE: usize = 98;

/// A threshold is never raised above this many tenths of its default: slow poisoning ends here.
const TENTHS_AT_MOST: i64 = 16;

/// How far the thresholds lie above the learned level.
const NOTICE_ABOVE: Points = Points::whole(1);
const WARNING_ABOVE: Points = Points::whole(3);

/// Thresholds for windows that hold nothing but goods. Gifts, digital goods and codes keep theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline {
    /// Event time of the first order that it was learned from.
    pub since: Timestamp,
    /// Event time of the last one.
    pub until: Timestamp,
    /// Orders that it was learned from.
    pub orders: u32,
    /// Notice and warning for each window, in the order of [`WINDOWS`].
    pub thresholds: [(Points, Points); 3],
}

impl Baseline {
    /// The windows with the learned thresholds.
    pub fn windows(&self) -> [Window; 3] {
        let mut windows = WINDOWS;
        for (window, (notice, warning)) in windows.iter_mut().zip(self.thresholds) {
            window.notice = notice;
            window.warning = warning;
        }
        windows
    }

    /// Whether the thresholds lie where learning can put them. Whoever hands one in may have made it up.
    pub fn is_within_limits(&self) -> bool {
        WINDOWS
            .iter()
            .zip(self.thresholds)
            .all(|(window, (notice, warning))| {
                raised(window.notice, notice) == notice
                    && raised(window.warning, warning) == warning
            })
    }
}

/// What a history says about habits, and what follows from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Study {
    /// Event time of the first and the last order; `None` where there is none.
    pub span: Option<(Timestamp, Timestamp)>,
    /// Orders in it.
    pub orders: u32,
    /// Those that are known to be goods: only they say anything about thresholds.
    pub goods: u32,
    /// For each window the score that 98 of 100 ordinary ones do not exceed, in the order of [`WINDOWS`].
    pub ordinary: [Points; 3],
    /// The thresholds that follow; `None` where the history is too short.
    pub baseline: Option<Baseline>,
}

impl Study {
    /// Whole days between the first order and the last one.
    pub fn days(&self) -> i64 {
        self.span.map_or(0, |(since, until)| {
            span::between(since, until).as_hours().div_euclid(24)
        })
    }
}

/// Learns from the signals of a history; `None` where it is too short to say anything.
///
/// The caller leaves out what belongs to incidents that were answered "not me".
pub fn learn(signals: &[Signal]) -> Option<Baseline> {
    study(signals).baseline
}

/// Looks at the signals of a history. The caller leaves out what belongs to incidents that were answered "not me".
pub fn study(signals: &[Signal]) -> Study {
    let facts = scored(signals);
    let orders: Vec<&Fact> = facts.iter().filter(|fact| fact.order().is_some()).collect();
    let span = orders
        .first()
        .zip(orders.last())
        .map(|(first, last)| (first.signal.at, last.signal.at));
    let count = u32::try_from(orders.len()).unwrap_or(u32::MAX);
    let mut by_service: BTreeMap<&str, Vec<&Fact>> = BTreeMap::new();
    for fact in orders {
        if fact
            .order()
            .is_some_and(|order| order.item == Item::Physical)
        {
            by_service
                .entry(&fact.signal.service)
                .or_default()
                .push(fact);
        }
    }
    let ordinary = WINDOWS.map(|window| {
        let mut sums: Vec<Points> = by_service
            .values()
            .flat_map(|facts| sums(facts, window.length))
            .collect();
        sums.sort();
        percentile(&sums)
    });
    let goods = by_service.values().map(Vec::len).sum::<usize>();
    let study = Study {
        span,
        orders: count,
        goods: u32::try_from(goods).unwrap_or(u32::MAX),
        ordinary,
        baseline: None,
    };
    let enough = count >= ORDERS_AT_LEAST && study.days() >= DAYS_AT_LEAST;
    let mut thresholds = WINDOWS.map(|window| (window.notice, window.warning));
    for ((notice, warning), ordinary) in thresholds.iter_mut().zip(ordinary) {
        *notice = raised(*notice, ordinary + NOTICE_ABOVE);
        *warning = raised(*warning, ordinary + WARNING_ABOVE);
    }
    Study {
        baseline: span.filter(|_| enough).map(|(since, until)| Baseline {
            since,
            until,
            orders: count,
            thresholds,
        }),
        ..study
    }
}

/// All orders with their points, by event time.
fn scored(signals: &[Signal]) -> Vec<Fact> {
    let mut log = FactLog::default();
    let mut profile = Profile::default();
    for signal in signals {
        // A look-alike is nobody's habit.
        if signal.sender == SenderVerdict::Failed || log.contains(&signal.id) {
            continue;
        }
        let fact = profile.appraise(signal.clone(), signal.arrived_at, false);
        let (service, at) = (signal.service.clone(), signal.at);
        if fact.order().is_some() {
            log.insert(fact);
            order_score::rescore(&mut log, &service, at);
        }
    }
    log.into()
}

/// The sum of each window that ends with an order.
fn sums(facts: &[&Fact], length: SignedDuration) -> Vec<Points> {
    let mut sum = Points::ZERO;
    let mut inside: std::collections::VecDeque<&Fact> = std::collections::VecDeque::new();
    let mut sums = Vec::new();
    for fact in facts {
        inside.push_back(fact);
        sum = sum + fact.score;
        let after = span::before(fact.signal.at, length);
        while let Some(first) = inside.front().filter(|first| first.signal.at <= after) {
            sum = sum + first.score.negated();
            inside.pop_front();
        }
        sums.push(sum);
    }
    sums
}

/// The nearest-rank percentile of sorted sums.
fn percentile(sums: &[Points]) -> Points {
    let rank = sums.len().saturating_mul(PERCENTILE).div_ceil(100);
    sums.get(rank.saturating_sub(1))
        .copied()
        .unwrap_or(Points::ZERO)
}

fn raised(default: Points, wanted: Points) -> Points {
    wanted.clamp(default, default.tenths(TENTHS_AT_MOST))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::arithmetic_side_effects, reason = "a test may panic")]

    use super::*;
    use crate::engine::money::Money;
    use crate::engine::signal::{GiftRecipient, Order, SignalId, SignalKind};

    fn order(number: i64, at: i64, item: Item) -> Signal {
        let at = Timestamp::new(1_780_000_000_i64.saturating_add(at), 0).unwrap();
        Signal {
            id: SignalId(number.to_string()),
            message_id: None,
            source: String::new(),
            at,
            arrived_at: at,
            service: "amazon".to_owned(),
            marketplace: None,
            kind: SignalKind::OrderPlaced(Order {
                order_ids: vec![number.to_string()],
                amount: Some(Money {
                    currency: "JPY".to_owned(),
                    amount: number.saturating_add(5_000).into(),
                }),
                item,
                item_name: None,
                gift_recipient: GiftRecipient::Unknown,
                postal_address: None,
                scheduled: false,
            }),
            sender: SenderVerdict::Verified,
            rule: String::new(),
            template_unverified: false,
        }
    }

    /// Every third day three orders, five minutes apart.
    fn lively(item: Item) -> Vec<Signal> {
        (0..90)
            .map(|number| {
                let (visit, part) = (number / 3, number % 3);
                order(number, visit * 3 * 86_400 + part * 240, item)
            })
            .collect()
    }

    #[test]
    fn a_short_history_says_nothing() {
        assert_eq!(learn(&[]), None);
        let week: Vec<Signal> = (0..40)
            .map(|number| order(number, number * 3_600, Item::Physical))
            .collect();
        assert_eq!(learn(&week), None, "40 orders, but in two days");
        let few: Vec<Signal> = (0..29)
            .map(|number| order(number, number * 86_400 * 5, Item::Physical))
            .collect();
        assert_eq!(learn(&few), None, "145 days, but 29 orders");
    }

    #[test]
    fn a_lively_shopper_gets_higher_thresholds_for_goods_and_never_above_the_limit() {
        let baseline = learn(&lively(Item::Physical)).unwrap();
        assert_eq!(baseline.orders, 90);
        let ten_minutes = baseline.thresholds[0];
        assert_eq!(
            ten_minutes.0,
            Points::whole(4),
            "three ordinary ones, and one"
        );
        assert_eq!(ten_minutes.1, Points::whole(6));
        assert_eq!(
            baseline.thresholds[2],
            (Points::whole(12), Points::whole(18))
        );
    }

    #[test]
    fn a_study_says_what_it_saw_even_where_that_is_too_little() {
        assert_eq!(study(&[]).span, None);
        let few: Vec<Signal> = (0..29)
            .map(|number| order(number, number * 86_400 * 5, Item::Physical))
            .collect();
        let study = study(&few);
        assert_eq!((study.orders, study.goods, study.days()), (29, 29, 140));
        assert_eq!(study.ordinary, [Points::whole(1); 3]);
        assert_eq!(study.baseline, None);
    }

    #[test]
    fn a_look_alike_teaches_nothing() {
        let mut forged = lively(Item::Physical);
        for signal in &mut forged {
            signal.sender = SenderVerdict::Failed;
        }
        assert_eq!(study(&forged).orders, 0);
        assert_eq!(learn(&forged), None);
    }

    #[test]
    fn thresholds_that_learning_cannot_reach_are_recognised() {
        let learned = learn(&lively(Item::Physical)).unwrap();
        assert!(learned.is_within_limits());
        for wrong in [
            (Points::whole(3), Points::whole(9)),
            (Points::whole(500), Points::whole(500)),
            (Points::whole(0), Points::whole(5)),
        ] {
            let mut made_up = learned;
            made_up.thresholds[0] = wrong;
            assert!(!made_up.is_within_limits(), "{wrong:?}");
        }
    }

    #[test]
    fn gifts_raise_nothing() {
        let baseline = learn(&lively(Item::GiftCard)).unwrap();
        let defaults = WINDOWS.map(|window| (window.notice, window.warning));
        assert_eq!(baseline.thresholds, defaults);
    }

    #[test]
    fn an_excessive_history_ends_at_the_limit() {
        let storm: Vec<Signal> = (0..900)
            .map(|number| {
                order(
                    number,
                    (number / 30) * 3 * 86_400 + (number % 30) * 15,
                    Item::Unknown,
                )
            })
            .map(|mut signal| {
                if let SignalKind::OrderPlaced(order) = &mut signal.kind {
                    order.item = Item::Physical;
                }
                signal
            })
            .collect();
        let baseline = learn(&storm).unwrap();
        assert_eq!(
            baseline.thresholds[0],
            (Points::hundredths(480), Points::whole(8))
        );
    }
}
