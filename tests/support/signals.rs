//! Signals and a correlator on a clock that the test moves.

use jiff::{SignedDuration, Timestamp};
use mailward::engine::alert::Alert;
use mailward::engine::correlator::{Correlator, Input, Options, Output};
use mailward::engine::incident::{Answer, Incident, Severity};
use mailward::engine::money::Money;
use mailward::engine::signal::{
    AccountProperty, CancelledBy, Code, CodePurpose, GiftRecipient, Item, MerchantActionKind,
    Order, SenderVerdict, SignInOutcome, Signal, SignalId, SignalKind,
};

/// The moment at which every test begins: a working day at noon in Tokyo.
pub fn noon() -> Timestamp {
    "2026-11-18T03:00:00Z".parse().expect("a valid time")
}

/// So many seconds after noon.
pub fn at(seconds: i64) -> Timestamp {
    noon() + SignedDuration::from_secs(seconds)
}

/// A signal of amazon.co.jp, verified.
pub fn signal(name: &str, at: Timestamp, kind: SignalKind) -> Signal {
    Signal {
        id: SignalId(format!("id-{name}")),
        message_id: Some(format!("{name}@example.com")),
        source: format!("test#{name}"),
        at,
        arrived_at: at,
        service: "amazon".to_owned(),
        marketplace: Some("amazon.co.jp".to_owned()),
        kind,
        sender: SenderVerdict::Verified,
        rule: "amazon/test".to_owned(),
        template_unverified: false,
    }
}

/// Yen, as an order states them.
#[allow(clippy::unnecessary_wraps, reason = "an order's amount is optional")]
pub fn yen(amount: i64) -> Option<Money> {
    Some(Money {
        currency: "JPY".to_owned(),
        amount: amount.into(),
    })
}

/// An order with its number as the last digits of its id.
pub fn order(number: u32, at: Timestamp, item: Item, amount: Option<Money>) -> Signal {
    signal(
        &format!("order-{number}"),
        at,
        SignalKind::OrderPlaced(Order {
            order_ids: vec![format!("250-0000000-{number:07}")],
            amount,
            item,
            item_name: None,
            gift_recipient: GiftRecipient::Unknown,
            postal_address: None,
            scheduled: false,
        }),
    )
}

/// The cancellation of an order by the merchant.
pub fn cancellation(number: u32, at: Timestamp, by: CancelledBy) -> Signal {
    signal(
        &format!("cancel-{number}"),
        at,
        SignalKind::OrderCancelled {
            order_ids: vec![format!("250-0000000-{number:07}")],
            by,
            says_not_charged: true,
        },
    )
}

/// A code.
pub fn code(name: &str, at: Timestamp, purpose: CodePurpose) -> Signal {
    signal(
        name,
        at,
        SignalKind::OneTimeCode(Code {
            purpose,
            knows_password: false,
            origin: None,
        }),
    )
}

/// A sign-in mail.
pub fn sign_in(name: &str, at: Timestamp, outcome: SignInOutcome) -> Signal {
    signal(
        name,
        at,
        SignalKind::SignIn {
            outcome,
            origin: None,
            knows_password: false,
        },
    )
}

/// An account change.
pub fn change(name: &str, at: Timestamp, what: AccountProperty) -> Signal {
    signal(name, at, SignalKind::AccountChange { what })
}

/// An action of the merchant.
pub fn action(name: &str, at: Timestamp, what: MerchantActionKind) -> Signal {
    signal(name, at, SignalKind::MerchantAction { what })
}

/// The same from another service.
pub fn of(service: &str, mut signal: Signal) -> Signal {
    service.clone_into(&mut signal.service);
    signal.marketplace = None;
    signal.id = SignalId(format!("{service}-{}", signal.id));
    signal
}

/// The same without a verdict.
pub fn unverified(mut signal: Signal) -> Signal {
    signal.sender = SenderVerdict::Unverified;
    signal
}

/// A correlator, its options and everything it said.
pub struct Person {
    pub correlator: Correlator,
    pub options: Options,
    pub alerts: Vec<Alert>,
    pub incidents: Vec<Incident>,
    pub wake_at: Option<Timestamp>,
    pub now: Timestamp,
}

impl Person {
    /// Somebody whom mailward watches live.
    pub fn live() -> Self {
        Self::with(true)
    }

    /// Somebody whose history is scanned.
    pub fn scanned() -> Self {
        Self::with(false)
    }

    fn with(live: bool) -> Self {
        Self {
            correlator: Correlator::default(),
            options: Options {
                person: "hanako".to_owned(),
                live,
                time_zone: jiff::tz::TimeZone::get("Asia/Tokyo").expect("a bundled zone"),
                quiet_hours: None,
                mailbox_services: Vec::new(),
            },
            alerts: Vec::new(),
            incidents: Vec::new(),
            wake_at: None,
            now: noon() - SignedDuration::from_hours(24 * 30),
        }
    }

    /// Moves the clock, running every timer on the way.
    pub fn until(&mut self, now: Timestamp) {
        while let Some(due) = self.wake_at.filter(|due| *due <= now) {
            let due = due.max(self.now);
            self.step(due, Input::Tick);
            assert!(
                self.wake_at.is_none_or(|next| next > due),
                "a tick at {due} must not ask for another one at once"
            );
        }
        self.now = self.now.max(now);
    }

    /// Gives one input at a time.
    pub fn give(&mut self, now: Timestamp, input: Input) {
        self.until(now);
        self.step(now, input);
    }

    /// A mail arrives at its event time.
    pub fn mail(&mut self, signal: Signal) {
        self.give(signal.arrived_at, Input::Signal(Box::new(signal)));
    }

    /// An answer to the open incident.
    pub fn answer(&mut self, now: Timestamp, answer: Answer) {
        let incident = self.last().id.clone();
        self.give(now, Input::Answered { incident, answer });
    }

    /// The latest snapshot.
    pub fn last(&self) -> &Incident {
        self.incidents.last().expect("an incident")
    }

    /// Severities of all alerts.
    pub fn rung(&self) -> Vec<Severity> {
        self.alerts.iter().map(|alert| alert.severity).collect()
    }

    /// The loudest alert.
    pub fn loudest(&self) -> Option<Severity> {
        self.rung().into_iter().max()
    }

    fn step(&mut self, now: Timestamp, input: Input) {
        self.now = now;
        let step = self.correlator.step(&self.options, now, input);
        self.wake_at = step.wake_at;
        for output in step.outputs {
            match output {
                Output::Ring(alert) => self.alerts.push(*alert),
                Output::Changed(incident) => self.incidents.push(*incident),
            }
        }
    }
}
