//! A household in front of a live correlator: mails, timers, deliveries and the person's answers.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use mailward::engine::alert::{Alert, Subject};
use mailward::engine::baseline;
use mailward::engine::correlator::{Correlator, Input, Options, Output};
use mailward::engine::incident::{Answer, Incident, IncidentId, Severity};
use mailward::engine::signal::{Signal, SignalKind};

use crate::diary::{Cause, DAY, Event, OFFSET, time};
use crate::random::Random;
use crate::rates::Common;

/// What follows later from what happened.
#[derive(Clone)]
enum Later {
    Event(Event),
    Delivered(String),
    Answer(IncidentId, Answer),
    Close(IncidentId),
    CaughtUp,
}

/// What is remembered of a mail.
#[derive(Clone)]
pub struct Remembered {
    pub cause: Cause,
    pub label: &'static str,
}

/// One alert as the person heard it.
#[derive(Clone)]
pub struct Heard {
    pub severity: Severity,
    pub repeat: bool,
    pub question: bool,
}

/// The first loud alert on a takeover, and how far it had come.
#[derive(Clone, Default)]
pub struct Takeover {
    pub mails: usize,
    pub orders: usize,
    pub found: Option<(usize, usize)>,
    pub highest: Option<Severity>,
}

/// A household that lives.
#[derive(Clone)]
pub struct Life<'a> {
    common: &'a Common,
    options: Options,
    pub correlator: Correlator,
    events: &'a [(i64, Event)],
    position: usize,
    later: BTreeMap<(i64, u64), Later>,
    sequence: u64,
    wake_at: Option<Timestamp>,
    catching_up: bool,
    ticks: u32,
    ticked_at: i64,
    pub clock: i64,
    random: Random,
    answering: BTreeMap<u32, bool>,
    pending: BTreeMap<IncidentId, i64>,
    pub mails: BTreeMap<String, Remembered>,
    pub incidents: BTreeMap<IncidentId, Incident>,
    pub heard: Vec<Heard>,
    pub signals: usize,
    pub takeover: Takeover,
}

impl<'a> Life<'a> {
    pub fn new(common: &'a Common, events: &'a [(i64, Event)], seed: u64) -> Self {
        let zone = jiff::tz::TimeZone::get(&common.time_zone).expect("a bundled zone");
        assert_eq!(common.quiet_hours, "01:00-06:00");
        Self {
            common,
            options: Options {
                person: "hanako".to_owned(),
                live: true,
                time_zone: zone,
                quiet_hours: Some((60, 360)),
                mailbox_services: Vec::new(),
            },
            correlator: Correlator::default(),
            events,
            position: 0,
            later: BTreeMap::new(),
            sequence: 0,
            wake_at: None,
            catching_up: false,
            ticks: 0,
            ticked_at: i64::MIN,
            clock: i64::MIN,
            random: Random::new(seed),
            answering: BTreeMap::new(),
            pending: BTreeMap::new(),
            mails: BTreeMap::new(),
            incidents: BTreeMap::new(),
            heard: Vec::new(),
            signals: 0,
            takeover: Takeover::default(),
        }
    }

    /// Adds something that will happen.
    pub fn inject(&mut self, at: i64, event: Event) {
        self.later(at, Later::Event(event));
    }

    /// Lives until a second; everything that is due before it happens in order.
    pub fn until(&mut self, end: i64) {
        loop {
            let planned = self.events.get(self.position).map(|(at, _)| *at);
            let later = self.later.keys().next().map(|(at, _)| *at);
            let wake = self.wake_at.filter(|_| !self.catching_up).map(second_after);
            let Some(next) = [planned, later, wake].into_iter().flatten().min() else {
                break;
            };
            if next >= end {
                break;
            }
            self.clock = self.clock.max(next);
            if wake == Some(next) {
                self.ticks = if self.ticked_at == self.clock {
                    self.ticks + 1
                } else {
                    1
                };
                self.ticked_at = self.clock;
                assert!(
                    self.ticks < 4,
                    "ticks ask for one another at {}",
                    time(self.clock)
                );
                self.step(Input::Tick);
            } else if later == Some(next) {
                if let Some((_, later)) = self.later.pop_first() {
                    self.happen(later);
                }
            } else {
                let event = self.events[self.position].1.clone();
                self.position += 1;
                self.happen(Later::Event(event));
            }
        }
        self.clock = self.clock.max(end);
    }

    /// The person runs `scan --learn` over what came so far.
    pub fn learn(&mut self) {
        let signals: Vec<Signal> = self
            .events
            .iter()
            .take(self.position)
            .filter_map(|(_, event)| match event {
                Event::Mail(signal, _) => Some(signal.as_ref().clone()),
                Event::Other(..) | Event::Deleted(_) | Event::Expect { .. } | Event::Outage(_) => {
                    None
                }
            })
            .collect();
        let baseline = baseline::learn(&signals);
        self.step(Input::Learned { baseline });
    }

    fn later(&mut self, at: i64, later: Later) {
        self.sequence += 1;
        self.later.insert((at, self.sequence), later);
    }

    fn happen(&mut self, later: Later) {
        match later {
            Later::Event(Event::Mail(signal, cause)) => {
                self.signals += 1;
                let label = label(&signal.kind);
                if cause == Cause::Intruder {
                    self.takeover.mails += 1;
                    self.takeover.orders +=
                        usize::from(matches!(signal.kind, SignalKind::OrderPlaced(_)));
                }
                if let Some(id) = &signal.message_id {
                    self.mails.insert(id.clone(), Remembered { cause, label });
                }
                let sender = sender_of(&signal.service);
                let at = signal.arrived_at;
                self.step(Input::Arrived { sender, at });
                self.step(Input::Signal(signal));
            }
            Later::Event(Event::Other(sender, at)) => self.step(Input::Arrived {
                sender,
                at: time(at),
            }),
            Later::Event(Event::Deleted(signal)) => self.step(Input::Deleted { signal }),
            Later::Event(Event::Expect {
                service,
                seconds,
                orders,
            }) => self.step(Input::Expected {
                service,
                until: time(self.clock + seconds),
                orders,
            }),
            Later::Event(Event::Outage(until)) => {
                self.clock = self.clock.max(until);
                let folder = "home/INBOX".to_owned();
                self.later(self.clock + 1, Later::CaughtUp);
                self.catching_up = true;
                self.step(Input::CatchUpBegan { folder });
            }
            Later::CaughtUp => {
                self.catching_up = false;
                let folder = "home/INBOX".to_owned();
                self.step(Input::CatchUpEnded { folder });
            }
            Later::Delivered(alert) => self.step(Input::Delivered { alert }),
            Later::Answer(incident, answer) => {
                self.pending.remove(&incident);
                if answer == Answer::NotMe {
                    let after = self.random.log_normal(self.common.closes_not_me_after);
                    let at = self.clock + (after * 60.0) as i64;
                    self.later(at, Later::Close(incident.clone()));
                }
                self.step(Input::Answered { incident, answer });
            }
            Later::Close(incident) => self.step(Input::Closed { incident }),
        }
    }

    fn step(&mut self, input: Input) {
        let step = self.correlator.step(&self.options, time(self.clock), input);
        self.wake_at = step.wake_at;
        let mut rung = Vec::new();
        for output in step.outputs {
            match output {
                Output::Ring(alert) => rung.push(*alert),
                Output::Changed(incident) => {
                    self.incidents.insert(incident.id.clone(), *incident);
                }
            }
        }
        for alert in rung {
            self.hear(&alert);
        }
    }

    fn hear(&mut self, alert: &Alert) {
        let question = matches!(alert.subject, Subject::Question(_));
        self.heard.push(Heard {
            severity: alert.severity,
            repeat: alert.repeat > 0,
            question,
        });
        self.later(self.clock + 2, Later::Delivered(alert.id.clone()));
        let id = IncidentId(alert.thread.clone());
        let Some(incident) = self.incidents.get(&id) else {
            return;
        };
        let causes: Vec<(Cause, &'static str)> = incident
            .messages
            .iter()
            .filter_map(|id| self.mails.get(id))
            .map(|mail| (mail.cause, mail.label))
            .collect();
        if self.takeover.mails > 0 {
            if causes.iter().any(|(cause, _)| *cause == Cause::Intruder) {
                let level = Some(alert.severity);
                self.takeover.highest = self.takeover.highest.max(level);
                if alert.severity >= Severity::Notice && self.takeover.found.is_none() {
                    self.takeover.found = Some((self.takeover.mails, self.takeover.orders));
                }
            }
            return;
        }
        if let Some((cause, label)) = causes.last() {
            self.consider_answering(alert, id, *cause, label);
        }
    }

    /// What the person does about an alert whose newest mail has this cause.
    fn consider_answering(&mut self, alert: &Alert, id: IncidentId, cause: Cause, label: &str) {
        if self.pending.contains_key(&id)
            || matches!(alert.subject, Subject::StatementReminder { .. })
        {
            return;
        }
        let common = self.common;
        let order_like = label.starts_with("order") || label.starts_with("shop");
        let hour = (self.clock + OFFSET).rem_euclid(DAY) / 3_600;
        let night = hour >= common.asleep[0] && hour < common.asleep[1];
        let own = matches!(cause, Cause::Own(_));
        let asleep = night && (!own || alert.repeat > 0);
        let (will, after) = match cause {
            Cause::Own(_) if alert.repeat > 0 => (
                !asleep && self.random.chance(common.answers_repeat),
                common.answers_own_order_after,
            ),
            Cause::Own(act) => {
                let (chance, after) = if order_like {
                    (common.answers_own_order, common.answers_own_order_after)
                } else {
                    (common.answers_own_code, common.answers_own_code_after)
                };
                let drawn = self.random.chance(chance);
                (*self.answering.entry(act).or_insert(drawn), after)
            }
            Cause::Stray => (
                alert.repeat == 0 && self.random.chance(common.answers_stray),
                common.answers_stray_after,
            ),
            Cause::Intruder => (false, common.answers_stray_after),
        };
        if !will {
            return;
        }
        let answer = match cause {
            Cause::Own(_) if self.random.chance(common.own_unsure) => Answer::Unsure,
            Cause::Own(_) => Answer::Me,
            Cause::Stray if self.random.chance(common.stray_not_me) => Answer::NotMe,
            Cause::Stray | Cause::Intruder => Answer::Unsure,
        };
        let awake = if asleep {
            let midnight = (self.clock + OFFSET).div_euclid(DAY) * DAY - OFFSET;
            midnight + common.asleep[1] * 3_600
        } else {
            self.clock
        };
        let at = awake + ((self.random.log_normal(after) * 60.0) as i64).max(3);
        self.pending.insert(id.clone(), at);
        self.later(at, Later::Answer(id, answer));
    }
}

/// Each service writes from one address.
fn sender_of(service: &str) -> u32 {
    service.bytes().fold(2_166_136_261, |hash: u32, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(16_777_619)
    }) | 0x8000_0000
}

/// The first whole second that is not before a moment.
fn second_after(at: Timestamp) -> i64 {
    let whole = time(at.as_second());
    if at.duration_since(whole) > SignedDuration::ZERO {
        at.as_second() + 1
    } else {
        at.as_second()
    }
}

/// What a mail is called in the table of causes.
fn label(kind: &SignalKind) -> &'static str {
    use mailward::engine::signal::{CodePurpose as Purpose, GiftRecipient, Item, SignInOutcome};
    match kind {
        SignalKind::OrderPlaced(order) => match (order.item, order.gift_recipient) {
            (Item::GiftCard, GiftRecipient::Other) => "order: gift to other",
            (Item::GiftCard, GiftRecipient::Own | GiftRecipient::Unknown) => "order: gift",
            (Item::Digital, _) => "order: digital",
            (Item::Physical, _) => "order: goods",
            (Item::Subscription, _) => "order: subscription",
            (Item::Unknown, _) => "order: item unknown",
        },
        SignalKind::OrderCancelled { .. } => "shop: cancelled",
        SignalKind::MerchantAction { .. } => "shop: acted",
        SignalKind::OneTimeCode(code) => match (code.purpose, code.knows_password) {
            (_, true) => "code: knows password",
            (Purpose::SignIn | Purpose::Unknown, _) => "code: sign-in",
            (Purpose::PasswordReset, _) => "code: reset",
            (Purpose::AccountChange, _) => "code: change",
            (Purpose::Payment, _) => "code: payment",
            (Purpose::SignUp, _) => "code: sign-up",
        },
        SignalKind::SignIn { outcome, .. } => match outcome {
            SignInOutcome::Attempted => "sign-in: attempted",
            SignInOutcome::NewDevice => "sign-in: new device",
            SignInOutcome::Succeeded => "sign-in: succeeded",
            SignInOutcome::Blocked => "sign-in: blocked",
        },
        SignalKind::AccountChange { .. } => "account change",
        SignalKind::CardCharge(_) => "card charge",
    }
}
