//! Joins the signals of one person into incidents and alerts.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::engine::alert::Alert;
use crate::engine::baseline::Baseline;
use crate::engine::case::Case;
use crate::engine::expectation::Expectation;
use crate::engine::fact::{Clearing, FactLog};
use crate::engine::flood::FloodWatch;
use crate::engine::incident::{Answer, Closing, Incident, IncidentId};
use crate::engine::profile::Profile;
use crate::engine::signal::{Signal, SignalId};
use crate::engine::span;
use crate::engine::step::Step;

pub mod answering;
pub mod devices;
pub mod forgetting;
pub mod mailbox;
pub mod quiet;
pub mod reasons;
pub mod reminders;
pub mod snapshot;
pub mod taking;
pub mod telling;

/// What can happen to a correlator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "input", rename_all = "snake_case")]
pub enum Input {
    /// A mail arrived, whatever it says; comes before its signal.
    Arrived {
        /// When it reached the mailbox, which may be long ago where mails are caught up with.
        at: Timestamp,
        /// A hash of its sender, or of its list; see [`crate::engine::rule::sender_hash`].
        sender: u32,
    },
    /// A mail said something.
    Signal(Box<Signal>),
    /// A mail was moved to Trash or expunged.
    Deleted {
        /// The mail's signal.
        signal: SignalId,
    },
    /// What is ordinary was learned from a history.
    Learned {
        /// The thresholds; `None` forgets what was learned.
        baseline: Option<Baseline>,
    },
    /// The screen was locked or fell idle, or somebody is back at it.
    Screen {
        /// Locked or idle.
        idle: bool,
    },
    /// The person answered.
    Answered {
        /// Which incident.
        incident: IncidentId,
        /// What.
        answer: Answer,
    },
    /// The person expects codes, or orders, of a service.
    Expected {
        /// The service's id, or `any`.
        service: String,
        /// Until when.
        until: Timestamp,
        /// Orders instead of codes.
        orders: bool,
    },
    /// An alert reached at least one channel.
    Delivered {
        /// The alert's id.
        alert: String,
    },
    /// Several mails of a folder are about to come at once: say nothing until they are all in.
    CatchUpBegan {
        /// Account and folder.
        folder: String,
    },
    /// They are all in: say at most one thing.
    CatchUpEnded {
        /// Account and folder.
        folder: String,
    },
    /// The program was started again. A catch-up that was under way goes on: the mails that it did not come to are
    /// about to come.
    Restarted,
    /// What happened up to a moment is too old to be kept.
    Outlived {
        /// The moment.
        before: Timestamp,
    },
    /// The person closed the incident by hand.
    Closed {
        /// Which incident.
        incident: IncidentId,
    },
    /// The person ticked off a playbook step.
    StepDone {
        /// Which incident.
        incident: IncidentId,
        /// Which step.
        step: String,
    },
    /// Time passed.
    Tick,
}

/// What the correlator wants done.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// The incident changed: store this snapshot.
    Changed(Box<Incident>),
    /// Tell the person.
    Ring(Box<Alert>),
}

/// How a correlator is set up. Not persisted: it comes from the config.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whose incidents these are.
    pub person: String,
    /// Silence and repeats count only live; a scan has nobody to answer.
    pub live: bool,
    /// The person's time zone, for quiet hours.
    pub time_zone: jiff::tz::TimeZone,
    /// Quiet hours as minutes after midnight, `start..end`; `end` is larger than 1440 where it lies past midnight.
    pub quiet_hours: Option<(u16, u16)>,
    /// The services of the watched mailboxes themselves (`google` for Gmail), for the order of the playbook.
    pub mailbox_services: Vec<String>,
}

/// A catch-up that does not end holds alerts back no longer than this.
const HOLD_AT_MOST: SignedDuration = SignedDuration::from_mins(5);

/// A code or sign-in counts as unclaimed when it stays without an answer for this long, wherever a person can answer:
/// who is changing a password or setting up a telephone is still at it.
const UNCLAIMED_AFTER: SignedDuration = SignedDuration::from_mins(5);

/// A screen that is locked or idle for this long says that nobody sits at it.
const SCREEN_IDLE: SignedDuration = SignedDuration::from_mins(10);

/// Members of one incident that are held: an incident that never ends bounds memory and the cost of a signal.
const MEMBERS_AT_MOST: usize = 2_048;

/// Closed incidents of which a late answer may still speak.
const CLOSED_AT_MOST: usize = 8;

/// The correlator of one person. Its state is what the store keeps; it is a function of its inputs and options.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Correlator {
    log: FactLog,
    profile: Profile,
    expectations: Vec<Expectation>,
    case: Option<Case>,
    closed: Vec<Case>,
    reminders: Vec<reminders::Reminder>,
    catching_up: BTreeSet<String>,
    held_since: Option<Timestamp>,
    flood: FloodWatch,
    screen_idle_since: Option<Timestamp>,
    #[serde(default)]
    baseline: Option<Baseline>,
}

impl Correlator {
    /// Takes one input at `now` and says what follows from it.
    pub fn step(&mut self, options: &Options, now: Timestamp, input: Input) -> Step<Output> {
        let mut outputs = Vec::new();
        let changed = match input {
            Input::Arrived { at, sender } => self.mail_arrived(now, at, sender),
            Input::Signal(signal) => self.take_signal(options, now, *signal),
            Input::Deleted { signal } => self.mail_deleted(now, &signal),
            Input::Learned { baseline } => {
                self.baseline = baseline;
                false
            }
            Input::Screen { idle } => {
                self.screen_idle_since = idle.then(|| self.screen_idle_since.unwrap_or(now));
                false
            }
            Input::Answered { incident, answer } => {
                self.answer(now, &incident, answer, &mut outputs, options)
            }
            Input::Expected {
                service,
                until,
                orders,
            } => {
                let (covered, closed) = self.expect(now, service, until, orders);
                outputs.extend(closed.map(|case| self.changed(options, &case)));
                covered
            }
            Input::Delivered { alert } => self.delivered(options, now, &alert),
            Input::CatchUpBegan { folder } => {
                self.catching_up.insert(folder);
                self.held_since.get_or_insert(now);
                false
            }
            Input::CatchUpEnded { folder } => {
                self.catching_up.remove(&folder);
                false
            }
            Input::Outlived { before } => {
                self.outlive(before);
                false
            }
            Input::Closed { incident } => {
                let closed = self.close(now, &incident);
                outputs.extend(closed.map(|case| self.changed(options, &case)));
                false
            }
            Input::StepDone { incident, step } => {
                let ticked = self.step_done(&incident, step);
                outputs.extend(ticked.map(|case| self.changed(options, &case)));
                false
            }
            Input::Restarted | Input::Tick => false,
        };
        if self.catching_up.is_empty() {
            self.held_since = None;
        }
        let due = self.run_timers(options, now);
        self.tell(options, now, changed || due, &mut outputs);
        Step {
            outputs,
            wake_at: self.wake_at(options, now),
        }
    }

    /// The open incident as the outside sees it.
    pub fn open_incident(&self, options: &Options) -> Option<Incident> {
        self.case.as_ref().map(|case| self.snapshot(options, case))
    }

    /// The folders whose mails are being caught up with.
    pub fn catching_up(&self) -> impl Iterator<Item = &str> {
        self.catching_up.iter().map(String::as_str)
    }

    /// What was learned, if anything.
    pub fn baseline(&self) -> Option<Baseline> {
        self.baseline
    }

    /// How many signals are held for reasoning; bounded by [`crate::engine::fact::CAPACITY`] and a little.
    pub fn held(&self) -> usize {
        self.log.len()
    }

    fn changed(&self, options: &Options, case: &Case) -> Output {
        Output::Changed(Box::new(self.snapshot(options, case)))
    }

    /// Everything that is due by the clock alone.
    fn run_timers(&mut self, options: &Options, now: Timestamp) -> bool {
        self.expectations.retain(|expectation| {
            span::after(expectation.until, SignedDuration::from_hours(49)) > now
        });
        if let Some(case) = &mut self.case {
            case.clock_was_set(now, answering::SILENCE, UNCLAIMED_AFTER, UNCLAIMED_AFTER);
        }
        let mut changed = self.new_devices(options, now);
        changed |= self.recheck(options, now);
        if let Some(case) = &mut self.case
            && case.silence_due.is_some_and(|due| due <= now)
        {
            case.silence_due = None;
            changed = true;
        }
        changed |= self.falls_silent(options);
        changed
    }

    fn wake_at(&self, options: &Options, now: Timestamp) -> Option<Timestamp> {
        let is_held = self.is_held(now);
        let held = self
            .held_since
            .map(|since| span::after(since, HOLD_AT_MOST))
            .filter(|_| is_held);
        let case = self.case.iter().flat_map(|case| {
            let ringing = case.ringing.wake_at();
            let closes = Some(case.closes_at()).filter(|at| *at < Timestamp::MAX);
            // What is held back is looked at when the catch-up ends.
            let told = ringing.into_iter().chain(closes).filter(|_| !is_held);
            let devices = case.new_devices_due.iter().map(|(_, due)| *due);
            let rechecks = case.rechecks.iter().map(|(_, due)| *due);
            told.chain(case.silence_due).chain(devices).chain(rechecks)
        });
        let reminders = self
            .reminders
            .iter()
            .map(|reminder| reminder.due)
            .filter(|_| options.live);
        held.into_iter().chain(case).chain(reminders).min()
    }

    fn is_held(&self, now: Timestamp) -> bool {
        !self.catching_up.is_empty()
            && self
                .held_since
                .is_some_and(|since| now < span::after(since, HOLD_AT_MOST))
    }

    /// Puts a closed incident away; the oldest ones are forgotten.
    fn put_away(&mut self, now: Timestamp, why: Closing) -> Option<Case> {
        let mut case = self.case.take()?;
        case.close(now, why);
        let settled = match why {
            Closing::Acknowledged => Clearing::Claimed,
            Closing::Quiet | Closing::ByHand => Clearing::Settled,
        };
        let covered = match why {
            Closing::Acknowledged => case.ringing.shown.clone(),
            Closing::Quiet | Closing::ByHand => case.members.clone(),
        };
        for id in &covered {
            if let Some(fact) = self.log.get_mut(id) {
                fact.cleared = fact.cleared.or(Some(settled));
            }
        }
        match why {
            Closing::Acknowledged => self.forget_reminders(&mut case),
            Closing::Quiet | Closing::ByHand => self.remind_of(&mut case),
        }
        self.closed.push(case.clone());
        let surplus = self.closed.len().saturating_sub(CLOSED_AT_MOST);
        self.closed.drain(..surplus);
        Some(case)
    }
}
