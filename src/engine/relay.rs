//! Alerts of a mailward on another machine, shown here: when to connect, what to show, which answers are still to be
//! handed in.

use std::collections::{BTreeSet, VecDeque};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::engine::backoff::{Backoff, Span};
use crate::engine::bubble::Bubble;
use crate::engine::incident::{Answer, IncidentId};
use crate::engine::step::Step;

/// After a lost connection and after an answer that could not be handed in.
const RETRY: Span = Span {
    first: SignedDuration::from_secs(1),
    longest: SignedDuration::from_mins(1),
};

/// The other side says something every half minute, a minute while it is busy; a connection that is silent for
/// longer is dead.
const SILENCE: SignedDuration = SignedDuration::from_secs(100);

/// What is remembered from one process to the next.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// The place of the last alert that was shown; `None`: none ever was.
    pub after: Option<i64>,
    /// Answers that are still to be handed in, the oldest first.
    pub unsent: VecDeque<Unsent>,
}

/// An answer that was given here and is not known there yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unsent {
    /// About which incident.
    pub incident: IncidentId,
    /// What.
    pub answer: Answer,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// The process began.
    Started,
    /// An alert came.
    Alert {
        /// Its place.
        seq: i64,
        /// The alert.
        bubble: Box<Bubble>,
    },
    /// The other side said what stands.
    Standing {
        /// The place of the last alert before that.
        seq: i64,
        /// The latest alert of each open incident.
        bubbles: Vec<Bubble>,
    },
    /// The connection ended.
    Lost,
    /// The person answered.
    Answered(Unsent),
    /// The answer that was last sent arrived; or it never can count, and is dropped.
    Sent,
    /// It could not be handed in.
    NotSent,
    /// Time went on.
    Tick,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Connect, and ask for every alert after this place.
    Connect {
        /// See [`Memory::after`].
        after: Option<i64>,
    },
    /// End the connection: it is dead. [`Input::Lost`] does not follow.
    HangUp,
    /// Show an alert.
    Show(Box<Bubble>),
    /// Take down what asks for something and is not among these threads.
    KeepOnly(BTreeSet<String>),
    /// Remember this before anything else is done.
    Keep(Memory),
    /// Hand in an answer.
    Send(Unsent),
}

/// The state machine.
#[derive(Debug)]
pub struct Relay {
    memory: Memory,
    link: LinkState,
    hand: Hand,
    backoff: Backoff,
    link_failures: u32,
    hand_failures: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LinkState {
    /// Waits before it connects again.
    Down { until: Timestamp },
    /// Connected, or about to be.
    Up { heard_at: Timestamp },
}

/// The hand that hands in answers: one at a time, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hand {
    Free,
    Busy,
    Resting { until: Timestamp },
}

impl Relay {
    /// With what an earlier process remembered.
    pub fn new(memory: Memory, seed: u64, now: Timestamp) -> Self {
        Self {
            memory,
            link: LinkState::Down { until: now },
            hand: Hand::Free,
            backoff: Backoff::new(seed),
            link_failures: 0,
            hand_failures: 0,
        }
    }

    /// Takes what happened.
    pub fn step(&mut self, now: Timestamp, input: Input) -> Step<Output> {
        let mut outputs = Vec::new();
        match input {
            Input::Started | Input::Tick => {}
            Input::Alert { seq, bubble } => {
                self.heard(now);
                // After a reconnect the same alert can come once more.
                if self.memory.after.is_none_or(|after| seq > after) {
                    outputs.push(Output::Show(bubble));
                    self.memory.after = Some(seq);
                    outputs.push(Output::Keep(self.memory.clone()));
                }
            }
            Input::Standing { seq, bubbles } => {
                self.heard(now);
                self.link_failures = 0;
                let threads = bubbles.iter().map(|it| it.thread.clone()).collect();
                outputs.push(Output::KeepOnly(threads));
                if self.memory.after.is_none() {
                    // The first time ever: what is open already was shown by nobody.
                    let shown = bubbles.into_iter().map(|it| Output::Show(Box::new(it)));
                    outputs.extend(shown);
                }
                if self.memory.after != Some(seq) {
                    self.memory.after = Some(seq);
                    outputs.push(Output::Keep(self.memory.clone()));
                }
                if let Hand::Resting { .. } = self.hand {
                    self.hand = Hand::Free;
                }
            }
            Input::Lost => self.lost(now),
            Input::Answered(answer) => {
                // A press that is given twice says nothing new.
                if self.memory.unsent.back() != Some(&answer) {
                    self.memory.unsent.push_back(answer);
                    outputs.push(Output::Keep(self.memory.clone()));
                }
            }
            Input::Sent => {
                self.hand = Hand::Free;
                self.hand_failures = 0;
                self.memory.unsent.pop_front();
                outputs.push(Output::Keep(self.memory.clone()));
            }
            Input::NotSent => {
                let wait = self.backoff.delay(RETRY, self.hand_failures);
                self.hand_failures = self.hand_failures.saturating_add(1);
                self.hand = Hand::Resting {
                    until: later(now, wait),
                };
            }
        }
        self.go_on(now, &mut outputs);
        Step {
            outputs,
            wake_at: Some(self.wake_at()),
        }
    }

    fn heard(&mut self, now: Timestamp) {
        if let LinkState::Up { heard_at } = &mut self.link {
            *heard_at = now;
        }
    }

    fn lost(&mut self, now: Timestamp) {
        let wait = self.backoff.delay(RETRY, self.link_failures);
        self.link_failures = self.link_failures.saturating_add(1);
        self.link = LinkState::Down {
            until: later(now, wait),
        };
    }

    /// Does what is due.
    fn go_on(&mut self, now: Timestamp, outputs: &mut Vec<Output>) {
        match self.link {
            LinkState::Up { heard_at } if now >= later(heard_at, SILENCE) => {
                outputs.push(Output::HangUp);
                self.lost(now);
            }
            LinkState::Down { until } if now >= until => {
                self.link = LinkState::Up { heard_at: now };
                outputs.push(Output::Connect {
                    after: self.memory.after,
                });
            }
            LinkState::Up { .. } | LinkState::Down { .. } => {}
        }
        let is_free = match self.hand {
            Hand::Free => true,
            Hand::Busy => false,
            Hand::Resting { until } => now >= until,
        };
        if is_free && let Some(answer) = self.memory.unsent.front() {
            self.hand = Hand::Busy;
            outputs.push(Output::Send(answer.clone()));
        }
    }

    fn wake_at(&self) -> Timestamp {
        let link = match self.link {
            LinkState::Down { until } => until,
            LinkState::Up { heard_at } => later(heard_at, SILENCE),
        };
        match self.hand {
            Hand::Resting { until } => link.min(until),
            Hand::Free | Hand::Busy => link,
        }
    }
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}
