//! What is ordinary for a person, learned from signals and answers; bounded.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::engine::code_watch;
use crate::engine::fact::{Clearing, Fact};
use crate::engine::habit::Habit;
use crate::engine::signal::{Signal, SignalKind};
use crate::engine::span;

/// "First ever" means nothing before this much history is known.
const KNOWN_AFTER: SignedDuration = SignedDuration::from_hours(60 * 24);
const KNOWN_ORDERS: u32 = 30;

/// Amazon's ordinary sign-in mail says that somebody knows the password; after so many that were claimed it says nothing.
const ORDINARY_AFTER: u32 = 2;

/// Sets stop growing here; a household stays far below.
const MERCHANTS_AT_MOST: usize = 2_000;
const ADDRESSES_AT_MOST: usize = 200;
const ORIGINS_AT_MOST: usize = 20;

/// What is known about a person's habits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    first_order_at: Option<Timestamp>,
    orders: u32,
    merchants: BTreeSet<String>,
    addresses: BTreeSet<String>,
    origins: BTreeMap<String, BTreeSet<String>>,
    claimed_wording: BTreeMap<String, u32>,
    /// What is ordinary, by merchant and marketplace.
    #[serde(default)]
    habits: BTreeMap<String, Habit>,
}

impl Profile {
    /// Makes a fact of a signal: sets what depends on habits, then learns the order.
    pub fn appraise(&mut self, signal: Signal, received_at: Timestamp, quiet: bool) -> Fact {
        let ordinary_wording = self
            .claimed_wording
            .get(&signal.service)
            .is_some_and(|count| *count >= ORDINARY_AFTER);
        let mut fact = Fact {
            origin_points: self.compare_origin(&signal),
            signal,
            received_at,
            cleared: None,
            first_here: false,
            new_address: false,
            quiet,
            screen_idle: false,
            deleted_at_once: false,
            ordinary_wording,
            familiar: false,
            habitual: false,
            plain: false,
            announced: false,
            score: crate::engine::points::Points::ZERO,
            parts: Vec::new(),
        };
        let Some(order) = fact.order().cloned() else {
            return fact;
        };
        let known = self.is_known(fact.signal.at);
        let merchant = merchant(&fact.signal);
        if let Some(habit) = self.habits.get(&merchant).filter(|_| known) {
            fact.familiar = habit.is_familiar();
            fact.habitual = habit.has_digital(&order);
        }
        fact.first_here = known && !self.merchants.contains(&merchant);
        if self.merchants.len() < MERCHANTS_AT_MOST {
            self.merchants.insert(merchant);
        }
        if let Some(address) = order.postal_address {
            fact.new_address =
                known && !self.addresses.is_empty() && !self.addresses.contains(&address);
            if self.addresses.len() < ADDRESSES_AT_MOST {
                self.addresses.insert(address);
            }
        }
        self.orders = self.orders.saturating_add(1);
        self.first_order_at = Some(match self.first_order_at {
            Some(first) => first.min(fact.signal.at),
            None => fact.signal.at,
        });
        fact
    }

    /// Learns from what falls out of memory: an order that nobody disputed in all that time was an ordinary one.
    pub fn learn_forgotten(&mut self, fact: &Fact) {
        let undisputed = match fact.cleared {
            None | Some(Clearing::Claimed | Clearing::Expected) => true,
            Some(Clearing::Settled) => false,
        };
        let Some(order) = fact.order().filter(|_| undisputed) else {
            return;
        };
        let merchant = merchant(&fact.signal);
        if self.habits.len() < MERCHANTS_AT_MOST || self.habits.contains_key(&merchant) {
            let habit = self.habits.entry(merchant).or_default();
            habit.learn(order, fact.signal.at);
        }
    }

    /// Learns from a code or sign-in that the person claimed.
    pub fn learn_claimed(&mut self, fact: &Fact) {
        if code_watch::knows_password(fact) {
            let count = self
                .claimed_wording
                .entry(fact.signal.service.clone())
                .or_default();
            *count = count.saturating_add(1);
        }
        if let Some(origin) = origin(&fact.signal) {
            let known = self.origins.entry(fact.signal.service.clone()).or_default();
            if known.len() < ORIGINS_AT_MOST {
                known.insert(origin.to_owned());
            }
        }
    }

    /// Forgets what is ordinary at a service. Addresses are kept: they are the person's own, not a shop's.
    pub fn forget_service(&mut self, service: &str) {
        let of_service = |merchant: &str| merchant.split('|').next() == Some(service);
        self.merchants.retain(|merchant| !of_service(merchant));
        self.habits.retain(|merchant, _| !of_service(merchant));
        self.origins.remove(service);
        self.claimed_wording.remove(service);
    }

    /// Whether enough of the person's shopping was seen to say what is ordinary.
    pub fn is_known(&self, at: Timestamp) -> bool {
        self.orders >= KNOWN_ORDERS
            && self
                .first_order_at
                .is_some_and(|first| span::after(first, KNOWN_AFTER) <= at)
    }

    fn compare_origin(&self, signal: &Signal) -> i8 {
        match (origin(signal), self.origins.get(&signal.service)) {
            (Some(origin), Some(known)) if known.contains(origin) => -1,
            (Some(_), Some(_)) => 1,
            (None, _) | (Some(_), None) => 0,
        }
    }
}

/// A merchant, or one marketplace of it.
fn merchant(signal: &Signal) -> String {
    match &signal.marketplace {
        Some(site) => format!("{}|{site}", signal.service),
        None => signal.service.clone(),
    }
}

fn origin(signal: &Signal) -> Option<&str> {
    match &signal.kind {
        SignalKind::OneTimeCode(code) => code.origin.as_deref(),
        SignalKind::SignIn { origin, .. } => origin.as_deref(),
        SignalKind::OrderPlaced(_)
        | SignalKind::OrderCancelled { .. }
        | SignalKind::AccountChange { .. }
        | SignalKind::MerchantAction { .. }
        | SignalKind::CardCharge(_) => None,
    }
}
