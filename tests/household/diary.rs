//! What will happen in a household: mails with their causes, announcements, outages, by time.

use jiff::Timestamp;
use mailward::engine::money::Money;
use mailward::engine::signal::{
    AccountProperty, CancelledBy, CardCharge, Code, CodePurpose, GiftRecipient, Item,
    MerchantActionKind, Order, SenderVerdict, SignInOutcome, Signal, SignalId, SignalKind,
};

use crate::random::Random;
use crate::rates::{Common, Shopper};

/// Seconds of a day and a year.
pub const DAY: i64 = 86_400;
pub const YEAR: i64 = 365 * DAY;

/// Japan has no summer time: local time is UTC + 9 h.
pub const OFFSET: i64 = 9 * 3_600;

/// Who made a mail come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cause {
    /// The person, in one of her acts (a visit, a sign-in).
    Own(u32),
    /// A stranger who mistyped an address.
    Stray,
    /// The intruder.
    Intruder,
}

/// One thing that happens.
#[derive(Clone)]
pub enum Event {
    Mail(Box<Signal>, Cause),
    /// A mail that says nothing of interest: its sender and its arrival.
    Other(u32, i64),
    /// A mail is thrown away.
    Deleted(SignalId),
    Expect {
        service: String,
        seconds: i64,
        orders: bool,
    },
    /// The watcher is away until the second.
    Outage(i64),
}

/// A household's future.
pub struct Diary<'a> {
    pub shopper: &'a Shopper,
    pub common: &'a Common,
    pub random: Random,
    pub events: Vec<(i64, Event)>,
    pub order_mails: usize,
    pub acts: u32,
    /// The number of the house that she lives in.
    pub home: u32,
    number: u64,
}

impl<'a> Diary<'a> {
    pub fn new(shopper: &'a Shopper, common: &'a Common, seed: u64) -> Self {
        Self {
            shopper,
            common,
            random: Random::new(seed),
            events: Vec::new(),
            order_mails: 0,
            acts: 0,
            home: 0,
            number: 0,
        }
    }

    /// A new act of the person.
    pub fn act(&mut self) -> Cause {
        self.acts += 1;
        Cause::Own(self.acts)
    }

    /// A number that is used once.
    pub fn fresh(&mut self) -> u64 {
        self.number += 1;
        self.number
    }

    /// A fresh order id.
    pub fn order_id(&mut self) -> String {
        let number = self.fresh();
        format!("250-{:07}-{:07}", number / 10_000_000, number % 10_000_000)
    }

    /// A moment of the year that begins at `start`, at the hours at which the person is busy.
    pub fn moment(&mut self, start: i64) -> i64 {
        let day = self.random.below(365) as i64;
        self.moment_of_day(start + day * DAY)
    }

    /// A moment of the day whose local midnight is given.
    pub fn moment_of_day(&mut self, midnight: i64) -> i64 {
        let hours = self.common.hours;
        let hour = self.random.pick(&hours) as i64;
        midnight + hour * 3_600 + self.random.below(3_600) as i64
    }

    /// Moments of something that happens so often a year.
    pub fn moments(&mut self, start: i64, rate: f64) -> Vec<i64> {
        let count = self.random.count(rate);
        (0..count).map(|_| self.moment(start)).collect()
    }

    /// So many minutes, as seconds; at least one.
    pub fn minutes(&mut self, log_normal: [f64; 2]) -> i64 {
        ((self.random.log_normal(log_normal) * 60.0) as i64).max(1)
    }

    /// A mail comes.
    pub fn mail(&mut self, at: i64, service: &str, kind: SignalKind, cause: Cause) {
        let number = self.fresh();
        if matches!(kind, SignalKind::OrderPlaced(_)) {
            self.order_mails += 1;
        }
        let verified = self.random.chance(self.common.verified);
        let late = if self.random.chance(self.common.late) {
            let by = self.common.late_by;
            self.minutes(by).min(40 * 3_600)
        } else {
            0
        };
        let signal = Signal {
            id: SignalId(format!("mail-{number}")),
            message_id: Some(format!("{number}@example.com")),
            source: format!("household#{number}"),
            at: time(at),
            arrived_at: time(at + late),
            service: service.to_owned(),
            marketplace: match service {
                "amazon" => Some("amazon.co.jp".to_owned()),
                "rakuten" => Some("rakuten.co.jp".to_owned()),
                _ => None,
            },
            kind,
            sender: if verified {
                SenderVerdict::Verified
            } else {
                SenderVerdict::Unverified
            },
            rule: format!("{service}/household"),
            template_unverified: false,
        };
        let deletes = match signal.kind {
            SignalKind::OrderPlaced(_) => self.common.deletes_order_at_once,
            SignalKind::OneTimeCode(_) => self.common.deletes_code_at_once,
            SignalKind::OrderCancelled { .. }
            | SignalKind::SignIn { .. }
            | SignalKind::AccountChange { .. }
            | SignalKind::MerchantAction { .. }
            | SignalKind::CardCharge(_) => 0.0,
        };
        if cause != Cause::Stray && self.random.chance(deletes) {
            let after = self.random.log_normal(self.common.deletes_after_seconds) as i64;
            let event = Event::Deleted(signal.id.clone());
            self.events.push((at + late + after, event));
        }
        self.events
            .push((at + late, Event::Mail(Box::new(signal), cause)));
    }

    /// Everything by time.
    pub fn sorted(&mut self) -> Vec<(i64, Event)> {
        let mut events = std::mem::take(&mut self.events);
        events.sort_by_key(|(at, _)| *at);
        events
    }
}

/// A second as a timestamp.
pub fn time(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("a time of the simulation")
}

/// Yen.
pub fn yen(amount: i64) -> Money {
    Money {
        currency: "JPY".to_owned(),
        amount: amount.into(),
    }
}

/// An order of one id, with nothing known about it.
pub fn order(id: String, item: Item, amount: Option<Money>) -> Order {
    Order {
        order_ids: vec![id],
        amount,
        item,
        item_name: None,
        gift_recipient: GiftRecipient::Unknown,
        postal_address: None,
        scheduled: false,
    }
}

/// A code.
pub fn code(purpose: CodePurpose, knows_password: bool, origin: Option<String>) -> SignalKind {
    SignalKind::OneTimeCode(Code {
        purpose,
        knows_password,
        origin,
    })
}

/// A sign-in mail.
pub fn sign_in(outcome: SignInOutcome, knows_password: bool, origin: Option<String>) -> SignalKind {
    SignalKind::SignIn {
        outcome,
        origin,
        knows_password,
    }
}

/// A cancellation.
pub fn cancelled(id: String, by: CancelledBy) -> SignalKind {
    SignalKind::OrderCancelled {
        order_ids: vec![id],
        by,
        says_not_charged: by == CancelledBy::Merchant,
    }
}

/// An account change.
pub fn change(what: AccountProperty) -> SignalKind {
    SignalKind::AccountChange { what }
}

/// The merchant acts.
pub fn action(what: MerchantActionKind) -> SignalKind {
    SignalKind::MerchantAction { what }
}

/// The card issuer's usage mail.
pub fn charge(amount: Money, shop: &str) -> SignalKind {
    SignalKind::CardCharge(CardCharge {
        amount: Some(amount),
        shop: Some(shop.to_owned()),
        charged_at: None,
    })
}
