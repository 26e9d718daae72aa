//! In which order the mails of a folder are asked for, and what is on its way.

use std::collections::{BTreeSet, VecDeque};

use crate::io::imap::Options;

/// Bodies that are asked for at once, with as many bytes as the policy allows.
const BODIES: usize = 50;

/// A FETCH command that is on its way, with its mails.
pub(crate) enum Asked {
    Headers(Vec<u32>),
    Whole(Vec<u32>),
}

impl Asked {
    pub(crate) fn uids(&self) -> &[u32] {
        match self {
            Self::Headers(uids) | Self::Whole(uids) => uids,
        }
    }
}

/// What is asked for, and in which order.
pub(crate) struct Plan {
    /// What was asked for, the earliest first.
    pub(crate) asked: VecDeque<Asked>,
    /// Mails that were not asked for, from the highest UID down.
    rest: Vec<u32>,
    /// Mails whose bodies are needed and were not asked for, with their sizes.
    wanted: VecDeque<(u32, u64)>,
    /// Mails whose header came and whose body did not.
    headed: BTreeSet<u32>,
    headers_first: bool,
    batch: usize,
    at_once: usize,
    bytes: u64,
}

impl Plan {
    pub(crate) fn new(alone: &[u32], waiting: &BTreeSet<u32>, options: &Options) -> Self {
        let mut rest = if alone.is_empty() {
            waiting.iter().copied().collect()
        } else {
            alone.to_vec()
        };
        rest.reverse();
        let policy = &options.limits.policy;
        let headers_first =
            alone.is_empty() && !options.gate.is_open() && rest.len() > policy.headers_from;
        Self {
            asked: VecDeque::new(),
            wanted: VecDeque::new(),
            headed: BTreeSet::new(),
            batch: if !alone.is_empty() {
                1
            } else if headers_first {
                policy.batch.max(1)
            } else {
                BODIES
            },
            at_once: if alone.is_empty() {
                policy.commands_at_once.max(1)
            } else {
                1
            },
            rest,
            headers_first,
            bytes: policy.bodies_bytes,
        }
    }

    /// The next command, unless enough are on their way.
    pub(crate) fn next(&mut self) -> Option<Asked> {
        if self.asked.len() >= self.at_once {
            return None;
        }
        // A whole batch of bodies, or the last of them: nothing more can come of headers that are on their way.
        let is_last =
            self.rest.is_empty() && !self.asked.iter().any(|it| matches!(it, Asked::Headers(_)));
        let bytes = || self.wanted.iter().map(|(_, size)| size).sum::<u64>();
        if self.wanted.len() >= BODIES
            || is_last && !self.wanted.is_empty()
            || bytes() >= self.bytes
        {
            return Some(Asked::Whole(self.bodies()));
        }
        let at = self.rest.len().saturating_sub(self.batch);
        let mut batch = self.rest.split_off(at);
        batch.reverse();
        let asked = if self.headers_first {
            Asked::Headers
        } else {
            Asked::Whole
        };
        (!batch.is_empty()).then(|| asked(batch))
    }

    /// A batch of bodies, few enough to be held at once.
    fn bodies(&mut self) -> Vec<u32> {
        let (mut batch, mut bytes) = (Vec::new(), 0_u64);
        while let Some((uid, size)) = self.wanted.front() {
            bytes = bytes.saturating_add(*size);
            if batch.len() >= BODIES || bytes > self.bytes && !batch.is_empty() {
                break;
            }
            batch.push(*uid);
            self.wanted.pop_front();
        }
        // A server may send headers in any order.
        batch.sort_unstable();
        batch
    }

    /// A header came, and the body is needed.
    pub(crate) fn want(&mut self, uid: u32, size: u64) {
        if self.headed.insert(uid) {
            self.wanted.push_back((uid, size));
        }
    }

    /// Whether this mail is on its way.
    pub(crate) fn has_asked(&self, uid: u32) -> bool {
        let in_it = |it: &Asked| it.uids().binary_search(&uid).is_ok();
        self.asked.iter().any(in_it)
    }

    /// The first command came to its end: what is over with it, whether it came or not.
    pub(crate) fn ended(&mut self) -> Vec<u32> {
        match self.asked.pop_front() {
            Some(Asked::Headers(uids)) => {
                let mut over = uids;
                over.retain(|uid| !self.headed.contains(uid));
                over
            }
            Some(Asked::Whole(uids)) => {
                for uid in &uids {
                    self.headed.remove(uid);
                }
                uids
            }
            None => Vec::new(),
        }
    }

    /// The mails over which the link broke.
    pub(crate) fn blamed(&mut self) -> Vec<u32> {
        let first = self.asked.pop_front();
        first.map_or_else(Vec::new, |it| it.uids().to_vec())
    }
}
