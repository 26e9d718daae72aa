//! What a person ordinarily buys at one merchant, learned from orders that nobody disputed.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::engine::signal::{Item, Order};
use crate::engine::span;

/// So many orders make a merchant familiar. A shop that is ordered from less often than every few weeks does not get
/// there within the year in which an intruder would be noticed otherwise.
const FAMILIAR_ORDERS: u32 = 10;

/// So many purchases of digital goods, on as many days, make a habit.
const DIGITAL_PURCHASES: u32 = 5;

/// Purchases within this time are one: an evening is no habit.
const ONE_EVENING: SignedDuration = SignedDuration::from_hours(24);

/// Currencies of which the prices of digital goods are kept; a person uses one or two.
const CURRENCIES_AT_MOST: usize = 8;

/// What is ordinary at one merchant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Habit {
    orders: u32,
    digital: u32,
    digital_last: Option<Timestamp>,
    /// The highest price paid for digital goods, by currency.
    digital_most: BTreeMap<String, Decimal>,
}

impl Habit {
    /// Learns from an order that lies so far back that it would have been disputed.
    pub fn learn(&mut self, order: &Order, at: Timestamp) {
        self.orders = self.orders.saturating_add(1);
        if order.item != Item::Digital {
            return;
        }
        let another_day = self
            .digital_last
            .is_none_or(|last| span::between(at, last) >= ONE_EVENING);
        if another_day {
            self.digital = self.digital.saturating_add(1);
            self.digital_last = Some(at);
        }
        if let Some(money) = &order.amount
            && (self.digital_most.len() < CURRENCIES_AT_MOST
                || self.digital_most.contains_key(&money.currency))
        {
            let most = self
                .digital_most
                .entry(money.currency.clone())
                .or_insert(money.amount);
            *most = money.amount.max(*most);
        }
    }

    /// Whether the person orders here often.
    pub fn is_familiar(&self) -> bool {
        self.orders >= FAMILIAR_ORDERS
    }

    /// Whether it is one more of the digital goods that the person buys here, at a price that is usual.
    pub fn has_digital(&self, order: &Order) -> bool {
        let usual = order.amount.as_ref().is_some_and(|money| {
            self.digital_most
                .get(&money.currency)
                .is_some_and(|most| money.amount <= *most)
        });
        self.digital >= DIGITAL_PURCHASES && order.item == Item::Digital && usual
    }
}
