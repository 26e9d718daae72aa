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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::incident::Severity;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000_i64.saturating_add(seconds)).unwrap()
    }

    fn bubble(thread: &str) -> Bubble {
        Bubble {
            id: format!("{thread}-1"),
            thread: thread.to_owned(),
            at: at(0),
            severity: Severity::Notice,
            title: "title".to_owned(),
            body: "body".to_owned(),
            answer_hint: None,
            incident: None,
            page: None,
            buttons: Vec::new(),
        }
    }

    fn alert(seq: i64) -> Input {
        let bubble = Box::new(bubble("one"));
        Input::Alert { seq, bubble }
    }

    fn answer(incident: &str) -> Unsent {
        Unsent {
            incident: IncidentId(incident.to_owned()),
            answer: Answer::NotMe,
        }
    }

    fn started() -> Relay {
        let mut relay = Relay::new(Memory::default(), 1, at(0));
        let step = relay.step(at(0), Input::Started);
        assert_eq!(step.outputs, [Output::Connect { after: None }]);
        relay
    }

    fn shown(step: &Step<Output>) -> usize {
        let shows = step
            .outputs
            .iter()
            .filter(|it| matches!(it, Output::Show(_)));
        shows.count()
    }

    #[test]
    fn no_alert_is_lost_or_shown_twice_over_a_lost_connection() {
        let mut relay = started();
        let standing = Input::Standing {
            seq: 4,
            bubbles: vec![bubble("open")],
        };
        // What was open before the first connection ever is shown once.
        assert_eq!(shown(&relay.step(at(1), standing)), 1);
        assert_eq!(shown(&relay.step(at(2), alert(5))), 1);
        let standing = Input::Standing {
            seq: 5,
            bubbles: vec![bubble("open")],
        };
        assert_eq!(shown(&relay.step(at(3), standing)), 0);
        let step = relay.step(at(4), Input::Lost);
        let wake_at = step.wake_at.unwrap();
        assert!(step.outputs.is_empty() && wake_at <= at(5), "{step:?}");
        let step = relay.step(wake_at, Input::Tick);
        assert_eq!(step.outputs, [Output::Connect { after: Some(5) }]);
        assert_eq!(shown(&relay.step(at(6), alert(5))), 0);
        assert_eq!(shown(&relay.step(at(6), alert(6))), 1);
    }

    #[test]
    fn an_empty_server_gives_a_place_to_begin_at() {
        let mut relay = started();
        let standing = Input::Standing {
            seq: 0,
            bubbles: Vec::new(),
        };
        let step = relay.step(at(1), standing);
        assert!(step.outputs.contains(&Output::Keep(Memory {
            after: Some(0),
            unsent: VecDeque::new()
        })));
    }

    #[test]
    fn it_connects_for_ever_and_ever_more_slowly() {
        let mut relay = started();
        let mut now = at(0);
        let mut longest = SignedDuration::ZERO;
        for _ in 0..50 {
            let step = relay.step(now, Input::Lost);
            let wake_at = step.wake_at.unwrap();
            longest = longest.max(wake_at.duration_since(now));
            now = wake_at;
            let step = relay.step(now, Input::Tick);
            assert_eq!(step.outputs, [Output::Connect { after: None }]);
        }
        assert!(longest <= RETRY.longest && longest > SignedDuration::from_secs(20));
    }

    #[test]
    fn a_connection_that_says_nothing_is_given_up() {
        let mut relay = started();
        relay.step(at(50), alert(1)).wake_at.unwrap();
        let step = relay.step(at(149), Input::Tick);
        assert!(step.outputs.is_empty());
        assert_eq!(step.wake_at, Some(at(150)));
        let step = relay.step(at(150), Input::Tick);
        assert_eq!(step.outputs, [Output::HangUp]);
        assert!(step.wake_at.unwrap() <= at(151));
    }

    #[test]
    fn answers_are_kept_before_they_are_sent_and_go_in_order_until_they_arrive() {
        let mut relay = started();
        let step = relay.step(at(1), Input::Answered(answer("a")));
        let memory = Memory {
            after: None,
            unsent: VecDeque::from([answer("a")]),
        };
        let expected = [Output::Keep(memory.clone()), Output::Send(answer("a"))];
        assert_eq!(step.outputs, expected);
        // Pressed once more: nothing new. Another one waits for the first.
        let again = relay.step(at(1), Input::Answered(answer("a")));
        assert!(again.outputs.is_empty());
        let step = relay.step(at(2), Input::Answered(answer("b")));
        assert!(!step.outputs.contains(&Output::Send(answer("b"))));
        let step = relay.step(at(3), Input::NotSent);
        assert!(step.outputs.is_empty());
        let wake_at = step.wake_at.unwrap();
        let step = relay.step(wake_at, Input::Tick);
        assert_eq!(step.outputs, [Output::Send(answer("a"))]);
        let step = relay.step(at(5), Input::Sent);
        assert_eq!(step.outputs.last(), Some(&Output::Send(answer("b"))));
        // A process that begins again goes on with what was kept.
        let mut next = Relay::new(memory, 1, at(9));
        let step = next.step(at(9), Input::Started);
        assert!(step.outputs.contains(&Output::Send(answer("a"))));
    }
}
