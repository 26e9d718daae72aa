//! A mailbox whose signals are made from a number, and its correlator.

use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use mailward::engine::correlator::{Correlator, Input, Options, Output};
use mailward::engine::incident::Answer;
use mailward::engine::money::Money;
use mailward::engine::signal::{
    Code, CodePurpose, GiftRecipient, Item, Order, SenderVerdict, Signal, SignalId, SignalKind,
};

/// What the mailbox is like.
#[derive(Clone, Copy)]
pub enum Mailbox {
    /// Orders and codes that are answered soon: incidents open and close.
    Answered,
    /// The same, and nobody ever answers: everything joins one incident.
    Unanswered,
}

/// Seconds between two signals: 48 a day, ten times those of a heavy shopper; eight days of them are kept.
const PAUSE: i64 = 1_800;

/// A correlator on a moving clock.
pub struct Run {
    pub correlator: Correlator,
    options: Options,
    mailbox: Mailbox,
    keys: u64,
    number: u64,
    now: Timestamp,
}

impl Run {
    pub fn new(mailbox: Mailbox, keys: u64) -> Self {
        Self {
            correlator: Correlator::default(),
            options: Options {
                person: "hanako".to_owned(),
                live: true,
                time_zone: jiff::tz::TimeZone::UTC,
                quiet_hours: Some((60, 360)),
                mailbox_services: Vec::new(),
            },
            mailbox,
            keys,
            number: 0,
            now: "2026-11-18T03:00:00Z".parse().expect("a valid time"),
        }
    }

    /// Gives so many more signals; signals per second.
    pub fn signals(&mut self, count: u64) -> f64 {
        let start = Instant::now();
        for _ in 0..count {
            self.signal();
        }
        count as f64 / start.elapsed().as_secs_f64()
    }

    fn signal(&mut self) {
        self.number += 1;
        self.now += SignedDuration::from_secs(PAUSE);
        let signal = signal(self.number, self.keys, self.now);
        let outputs = self
            .correlator
            .step(&self.options, self.now, Input::Signal(Box::new(signal)))
            .outputs;
        for output in outputs {
            if let (Mailbox::Answered, Output::Ring(alert)) = (self.mailbox, output) {
                let incident = mailward::engine::incident::IncidentId(alert.thread);
                let answer = Answer::Me;
                let input = Input::Answered { incident, answer };
                let step = self.correlator.step(&self.options, self.now, input);
                drop(step);
            }
        }
    }
}

/// Orders of goods, and every tenth signal a code.
fn signal(number: u64, keys: u64, at: Timestamp) -> Signal {
    let kind = if number.is_multiple_of(10) {
        SignalKind::OneTimeCode(Code {
            purpose: CodePurpose::SignIn,
            knows_password: false,
            origin: None,
        })
    } else {
        SignalKind::OrderPlaced(Order {
            order_ids: vec![format!("250-{number:07}-{number:07}")],
            amount: Some(Money {
                currency: "JPY".to_owned(),
                amount: (1_000 + number % 5_000).into(),
            }),
            item: Item::Physical,
            item_name: None,
            gift_recipient: GiftRecipient::Unknown,
            postal_address: None,
            scheduled: false,
        })
    };
    Signal {
        id: SignalId(format!("signal-{number}")),
        message_id: Some(format!("{number}@example.com")),
        source: format!("bench#{number}"),
        at,
        arrived_at: at,
        service: format!("shop-{}.example", number % keys),
        marketplace: None,
        kind,
        sender: SenderVerdict::Verified,
        rule: "bench/order".to_owned(),
        template_unverified: false,
    }
}
