//! The signals that the correlator still reasons about, in order of event time.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::engine::given::Part;
use crate::engine::points::Points;
use crate::engine::signal::{
    AccountProperty, CancelledBy, CodePurpose, Item, MerchantActionKind, Order, SenderVerdict,
    SignInOutcome, Signal, SignalId, SignalKind,
};
use crate::engine::span;

/// How far back facts are kept, counted from the newest event: the longest window (24 h), the time in which
/// members join (72 h) and the lateness that is still told (72 h) fit in.
const HORIZON: SignedDuration = SignedDuration::from_hours(8 * 24);

/// How many facts are kept at most, so that a flood of mails bounds memory and the cost of a signal.
pub const CAPACITY: usize = 4096;

/// How far the capacity is exceeded before facts are dropped, so that a flood does not sort them at every mail.
const SLACK: usize = 256;

/// Order of facts: event time, then id.
pub type FactKey = (Timestamp, SignalId);

/// A signal with what the correlator knows about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an independent observation about one mail"
)]
pub struct Fact {
    /// The signal itself.
    pub signal: Signal,
    /// When the correlator took it in.
    pub received_at: Timestamp,
    /// Why it no longer counts, if it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cleared: Option<Clearing>,
    /// The first order ever at this merchant or marketplace, with enough history known to say so.
    #[serde(default)]
    pub first_here: bool,
    /// A postal address that was never seen, with enough history known to say so.
    #[serde(default)]
    pub new_address: bool,
    /// It happened in the person's quiet hours.
    #[serde(default)]
    pub quiet: bool,
    /// The screen was locked or idle for ten minutes when it arrived.
    #[serde(default)]
    pub screen_idle: bool,
    /// It was moved to Trash or expunged within a minute of its arrival.
    #[serde(default)]
    pub deleted_at_once: bool,
    /// Place and device compared with the learned ones: -1 same, 1 other, 0 nothing to compare.
    #[serde(default)]
    pub origin_points: i8,
    /// The wording about the password is ordinary for this service and says nothing.
    #[serde(default)]
    pub ordinary_wording: bool,
    /// The order is at a merchant where the person orders often; see [`crate::engine::habit`].
    #[serde(default)]
    pub familiar: bool,
    /// Digital goods of a kind and price that the person buys there as a habit.
    #[serde(default)]
    pub habitual: bool,
    /// Goods or an unnamed item with nothing about them that weighs more; set by the order scores.
    #[serde(default)]
    pub plain: bool,
    /// A change of the account for which the person has claimed a code.
    #[serde(default)]
    pub announced: bool,
    /// Points as an order, set by the order scores.
    #[serde(default)]
    pub score: Points,
    /// What the points of an order were given for; their sum is the score.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
}

/// Why a fact no longer counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clearing {
    /// The person had said beforehand that it would come.
    Expected,
    /// The person said that it was them.
    Claimed,
    /// It belongs to an incident that is closed.
    Settled,
}

impl Fact {
    /// Order of facts.
    pub fn key(&self) -> FactKey {
        (self.signal.at, self.signal.id.clone())
    }

    /// Whether it still counts as evidence.
    pub fn counts(&self) -> bool {
        self.cleared.is_none()
    }

    /// The order, where it is one.
    pub fn order(&self) -> Option<&Order> {
        match &self.signal.kind {
            SignalKind::OrderPlaced(order) => Some(order),
            SignalKind::OrderCancelled { .. }
            | SignalKind::OneTimeCode(_)
            | SignalKind::SignIn { .. }
            | SignalKind::AccountChange { .. }
            | SignalKind::MerchantAction { .. }
            | SignalKind::CardCharge(_) => None,
        }
    }

    /// Whether it is a gift card, or digital goods that are no habit.
    pub fn is_gift_or_digital(&self) -> bool {
        self.order().is_some_and(|order| match order.item {
            Item::GiftCard => true,
            Item::Digital => !self.habitual,
            Item::Physical | Item::Subscription | Item::Unknown => false,
        })
    }

    /// Whether it is one more of the orders that the person often places at this merchant: no evidence beside a code,
    /// a change or a lock, because there is nearly always one within three days.
    pub fn is_ordinary_order(&self) -> bool {
        let goods = |order: &Order| order.item == Item::Physical && !self.new_address;
        self.familiar && self.order().is_some_and(|order| self.plain || goods(order))
    }

    /// Whether it is a cancellation by the merchant.
    pub fn is_merchant_cancellation(&self) -> bool {
        matches!(
            self.signal.kind,
            SignalKind::OrderCancelled {
                by: CancelledBy::Merchant,
                ..
            }
        )
    }

    /// The purpose, where it is a one-time code.
    pub fn code(&self) -> Option<CodePurpose> {
        match &self.signal.kind {
            SignalKind::OneTimeCode(code) => Some(code.purpose),
            SignalKind::OrderPlaced(_)
            | SignalKind::OrderCancelled { .. }
            | SignalKind::SignIn { .. }
            | SignalKind::AccountChange { .. }
            | SignalKind::MerchantAction { .. }
            | SignalKind::CardCharge(_) => None,
        }
    }

    /// The outcome, where it is a sign-in mail.
    pub fn sign_in(&self) -> Option<SignInOutcome> {
        match &self.signal.kind {
            SignalKind::SignIn { outcome, .. } => Some(*outcome),
            SignalKind::OrderPlaced(_)
            | SignalKind::OrderCancelled { .. }
            | SignalKind::OneTimeCode(_)
            | SignalKind::AccountChange { .. }
            | SignalKind::MerchantAction { .. }
            | SignalKind::CardCharge(_) => None,
        }
    }

    /// The property, where it is an account change.
    pub fn account_change(&self) -> Option<AccountProperty> {
        match &self.signal.kind {
            SignalKind::AccountChange { what } => Some(*what),
            SignalKind::OrderPlaced(_)
            | SignalKind::OrderCancelled { .. }
            | SignalKind::OneTimeCode(_)
            | SignalKind::SignIn { .. }
            | SignalKind::MerchantAction { .. }
            | SignalKind::CardCharge(_) => None,
        }
    }

    /// The action, where the merchant acted.
    pub fn merchant_action(&self) -> Option<MerchantActionKind> {
        match &self.signal.kind {
            SignalKind::MerchantAction { what } => Some(*what),
            SignalKind::OrderPlaced(_)
            | SignalKind::OrderCancelled { .. }
            | SignalKind::OneTimeCode(_)
            | SignalKind::SignIn { .. }
            | SignalKind::AccountChange { .. }
            | SignalKind::CardCharge(_) => None,
        }
    }

    /// A code, or a sign-in mail that asks (attempted, new device, blocked).
    pub fn is_code_or_sign_in(&self) -> bool {
        self.code().is_some()
            || matches!(
                self.sign_in(),
                Some(SignInOutcome::Attempted | SignInOutcome::NewDevice | SignInOutcome::Blocked)
            )
    }

    /// Whether it asks the person a quiet question.
    pub fn asks(&self) -> bool {
        self.is_code_or_sign_in()
            || self.announced
            || matches!(
                self.account_change(),
                Some(AccountProperty::Address | AccountProperty::PaymentMethod)
            )
    }

    /// Whether it joins an open incident whatever its service: codes, sign-ins, account changes, the merchant's word.
    pub fn joins_any_service(&self) -> bool {
        self.code().is_some()
            || self.sign_in().is_some()
            || self.account_change().is_some()
            || self.merchant_action().is_some()
            || self.is_merchant_cancellation()
    }
}

/// The keys with `after < at <= until`; empty where `until` is not later.
fn keys_within(after: Timestamp, until: Timestamp) -> Range<FactKey> {
    let first_after = |moment| {
        let next = span::after(moment, SignedDuration::from_nanos(1));
        (next, SignalId(String::new()))
    };
    first_after(after)..first_after(until.max(after))
}

/// All facts within the horizon, by event time; the same signal is never held twice.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Vec<Fact>", into = "Vec<Fact>")]
pub struct FactLog {
    facts: BTreeMap<FactKey, Fact>,
    ids: BTreeMap<SignalId, Timestamp>,
    services: BTreeMap<String, BTreeSet<FactKey>>,
    /// Card charges, which every look at an incident asks for.
    charges: BTreeSet<FactKey>,
}

impl From<Vec<Fact>> for FactLog {
    fn from(facts: Vec<Fact>) -> Self {
        let mut log = Self::default();
        for fact in facts {
            log.insert(fact);
        }
        log
    }
}

impl From<FactLog> for Vec<Fact> {
    fn from(log: FactLog) -> Self {
        log.facts.into_values().collect()
    }
}

impl FactLog {
    /// Adds a fact; the caller has checked with [`Self::contains`] that it is new.
    pub fn insert(&mut self, fact: Fact) {
        let key = fact.key();
        self.ids.insert(key.1.clone(), key.0);
        self.services
            .entry(fact.signal.service.clone())
            .or_default()
            .insert(key.clone());
        if matches!(fact.signal.kind, SignalKind::CardCharge(_)) {
            self.charges.insert(key.clone());
        }
        self.facts.insert(key, fact);
    }

    /// All card charges, by event time.
    pub fn charges(&self) -> impl Iterator<Item = &Fact> {
        self.charges.iter().filter_map(|key| self.facts.get(key))
    }

    /// Whether this signal is known.
    pub fn contains(&self, id: &SignalId) -> bool {
        self.ids.contains_key(id)
    }

    /// The fact of a signal.
    pub fn get(&self, id: &SignalId) -> Option<&Fact> {
        let at = self.ids.get(id)?;
        self.facts.get(&(*at, id.clone()))
    }

    /// The fact of a signal, to change its flags; its time, id and service must stay.
    pub fn get_mut(&mut self, id: &SignalId) -> Option<&mut Fact> {
        let at = self.ids.get(id)?;
        self.facts.get_mut(&(*at, id.clone()))
    }

    /// How many facts are held.
    pub fn len(&self) -> usize {
        self.facts.len()
    }

    /// Whether nothing is held.
    pub fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }

    /// Facts with `after < at <= until`, by event time.
    pub fn within(
        &self,
        after: Timestamp,
        until: Timestamp,
    ) -> impl DoubleEndedIterator<Item = &Fact> {
        let range = keys_within(after, until);
        self.facts.range(range).map(|(_, fact)| fact)
    }

    /// The same for one service.
    pub fn of_service_within<'a>(
        &'a self,
        service: &str,
        after: Timestamp,
        until: Timestamp,
    ) -> impl DoubleEndedIterator<Item = &'a Fact> + use<'a> {
        let range = keys_within(after, until);
        self.services
            .get(service)
            .into_iter()
            .flat_map(move |keys| keys.range(range.clone()))
            .filter_map(|key| self.facts.get(key))
    }

    /// Whether it is time to prune: looking at it with every signal would cost more than it saves.
    pub fn is_due(&self) -> bool {
        self.facts.len().is_multiple_of(64) || self.facts.len() > CAPACITY.saturating_add(SLACK)
    }

    /// Forgets what lies behind the horizon, and the least telling facts above the capacity, but never a kept one.
    /// Gives the facts that were forgotten.
    pub fn prune(&mut self, kept: &BTreeSet<SignalId>) -> Vec<Fact> {
        let Some(((newest, _), _)) = self.facts.last_key_value() else {
            return Vec::new();
        };
        let oldest = span::before(*newest, HORIZON);
        let mut gone: Vec<FactKey> = self
            .facts
            .keys()
            .take_while(|(at, _)| *at < oldest)
            .filter(|(_, id)| !kept.contains(id))
            .cloned()
            .collect();
        let rest = self.facts.len().saturating_sub(gone.len());
        if rest > CAPACITY.saturating_add(SLACK) {
            let surplus = rest.saturating_sub(CAPACITY);
            let behind: BTreeSet<FactKey> = gone.iter().cloned().collect();
            let mut rest: Vec<(SenderVerdict, &FactKey)> = self
                .facts
                .iter()
                .filter(|(key, _)| !behind.contains(key) && !kept.contains(&key.1))
                .map(|(key, fact)| (fact.signal.sender, key))
                .collect();
            rest.sort();
            gone.extend(rest.into_iter().take(surplus).map(|(_, key)| key.clone()));
        }
        gone.iter().filter_map(|key| self.remove(key)).collect()
    }

    /// Keeps only the facts of which `keeps` says so.
    pub fn retain(&mut self, keeps: impl Fn(&Fact) -> bool) {
        let gone: Vec<FactKey> = self
            .facts
            .iter()
            .filter(|(_, fact)| !keeps(fact))
            .map(|(key, _)| key.clone())
            .collect();
        for key in gone {
            self.remove(&key);
        }
    }

    fn remove(&mut self, key: &FactKey) -> Option<Fact> {
        self.ids.remove(&key.1);
        self.charges.remove(key);
        let fact = self.facts.remove(key)?;
        if let Some(keys) = self.services.get_mut(&fact.signal.service) {
            keys.remove(key);
            if keys.is_empty() {
                self.services.remove(&fact.signal.service);
            }
        }
        Some(fact)
    }
}
