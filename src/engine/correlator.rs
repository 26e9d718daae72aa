//! Joins the signals of one person into incidents and alerts.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::engine::alert::Alert;
use crate::engine::baseline::Baseline;
use crate::engine::case::Case;
use crate::engine::code_watch;
use crate::engine::expectation::Expectation;
use crate::engine::fact::{Clearing, FactLog};
use crate::engine::finding::Finding;
use crate::engine::flood::FloodWatch;
use crate::engine::incident::{Answer, Closing, Incident, IncidentId};
use crate::engine::merchant_watch;
use crate::engine::order_burst::{self, Tuning};
use crate::engine::order_score;
use crate::engine::profile::Profile;
use crate::engine::signal::{SenderVerdict, SignInOutcome, Signal, SignalId};
use crate::engine::span;
use crate::engine::step::Step;

pub mod answering;
pub mod mailbox;
pub mod quiet;
pub mod reminders;
pub mod snapshot;
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
    /// The program was started again: catch-ups that were under way are over.
    Restarted,
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

/// A new-device mail that nobody claims for this long is a warning.
const NEW_DEVICE_UNCLAIMED: SignedDuration = SignedDuration::from_mins(5);

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
            Input::Restarted => {
                self.catching_up.clear();
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
            Input::Tick => false,
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

    fn take_signal(&mut self, options: &Options, now: Timestamp, signal: Signal) -> bool {
        if signal.sender == SenderVerdict::Failed {
            return false;
        }
        if self.log.contains(&signal.id) {
            return self.upgrade(now, options, &signal);
        }
        let quiet = quiet::is_quiet(options, signal.at);
        let mut fact = self.profile.appraise(signal, now, quiet);
        if let Some(expectation) = self
            .expectations
            .iter_mut()
            .find(|expectation| expectation.covers(&fact))
        {
            expectation.used = expectation.used.saturating_add(1);
            fact.cleared = Some(Clearing::Expected);
        }
        fact.screen_idle = self
            .screen_idle_since
            .is_some_and(|since| span::after(since, SCREEN_IDLE) <= now);
        fact.score = order_score::merchant_word(&self.log, &fact);
        let id = fact.signal.id.clone();
        self.log.insert(fact);
        let changed = self.consider(options, now, &id);
        if self.log.is_due() {
            self.forget_old();
        }
        changed
    }

    /// Forgets what lies behind the horizon, but the newest members of the open incident stay.
    fn forget_old(&mut self) {
        let mut members: Vec<_> = self
            .case
            .iter()
            .flat_map(|case| case.members.iter())
            .filter_map(|id| Some(self.log.get(id)?.key()))
            .collect();
        members.sort();
        let surplus = members.len().saturating_sub(MEMBERS_AT_MOST);
        let kept = members
            .into_iter()
            .skip(surplus)
            .map(|(_, id)| id)
            .collect();
        self.log.prune(&kept);
    }

    /// The same mail again, from a better witness: its verdict counts from now on.
    fn upgrade(&mut self, now: Timestamp, options: &Options, signal: &Signal) -> bool {
        match self.log.get_mut(&signal.id) {
            Some(fact) if fact.signal.sender < signal.sender => {
                fact.signal.sender = signal.sender;
                self.consider(options, now, &signal.id.clone())
            }
            Some(_) | None => false,
        }
    }

    /// Looks at everything that a fact can have changed.
    fn consider(&mut self, options: &Options, now: Timestamp, id: &SignalId) -> bool {
        let Some(fact) = self.log.get(id).cloned() else {
            return false;
        };
        let (service, at) = (fact.signal.service.clone(), fact.signal.at);
        let mut ends = BTreeSet::from([at]);
        if fact.order().is_some() {
            ends.extend(order_score::rescore(&mut self.log, &service, at));
        }
        if fact.is_merchant_cancellation() {
            order_score::rescore_cancellations(&mut self.log, &service);
        }
        if !fact.counts() {
            return false;
        }
        let expected: Vec<(String, Timestamp)> = self
            .expectations
            .iter()
            .filter(|expectation| expectation.orders)
            .map(|expectation| (expectation.service.clone(), expectation.until))
            .collect();
        let tuning = Tuning {
            physical: self.baseline.map(|baseline| baseline.windows()),
            expected_orders: &expected,
        };
        let mut findings: Vec<Finding> = ends
            .into_iter()
            .flat_map(|end| order_burst::findings(&self.log, &service, end, tuning))
            .collect();
        findings.extend(code_watch::findings(&self.log, &service, at));
        findings.extend(merchant_watch::findings(&self.log, &service, at));
        let mut changed = false;
        for finding in findings {
            changed |= self.found(now, finding);
        }
        if fact.asks() {
            let case = self.case_over(id, at);
            changed |= case.members.insert(fact.signal.id.clone());
            case.admit(&fact);
            if options.live && fact.sign_in() == Some(SignInOutcome::NewDevice) {
                let due = span::after(now, NEW_DEVICE_UNCLAIMED);
                case.new_devices_due.push((fact.signal.id.clone(), due));
            }
        }
        if let Some(case) = &mut self.case {
            let before = case.members.len();
            case.gather(&self.log, Some(id));
            changed |= case.members.len() > before || case.members.contains(id);
        }
        changed
    }

    /// Takes a finding into the open incident, or opens one; says whether anything is new in it.
    fn found(&mut self, now: Timestamp, mut finding: Finding) -> bool {
        finding.level = finding.level_at(now);
        let first = finding
            .signals
            .iter()
            .filter_map(|id| self.log.get(id))
            .min_by_key(|fact| fact.key())
            .cloned();
        let id = first.as_ref().map_or_else(
            || SignalId(format!("{}-{}", finding.reason.name(), finding.first_at)),
            |fact| fact.signal.id.clone(),
        );
        let at = finding.first_at;
        self.case_over(&id, at);
        self.case
            .as_mut()
            .is_some_and(|case| case.add_finding(finding, &self.log))
    }

    /// The open incident, or a new one that this signal opens.
    fn case_over(&mut self, id: &SignalId, at: Timestamp) -> &mut Case {
        self.case
            .get_or_insert_with(|| Case::open(snapshot::incident_id(id), at))
    }

    /// Everything that is due by the clock alone.
    fn run_timers(&mut self, options: &Options, now: Timestamp) -> bool {
        self.expectations.retain(|expectation| {
            span::after(expectation.until, SignedDuration::from_hours(49)) > now
        });
        if let Some(case) = &mut self.case {
            case.clock_was_set(now, answering::SILENCE, NEW_DEVICE_UNCLAIMED);
        }
        let mut changed = self.new_devices(now);
        if let Some(case) = &mut self.case
            && case.silence_due.is_some_and(|due| due <= now)
        {
            case.silence_due = None;
            case.silence = options.live && case.answers.is_empty();
            changed = true;
        }
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
            told.chain(case.silence_due).chain(devices)
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
