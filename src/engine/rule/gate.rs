//! One pass over a text that says which words of all rules stand in it.

use std::collections::BTreeMap;
use std::sync::Arc;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use crate::engine::rule::pattern::Pattern;

/// A pattern's way through the gate.
#[derive(Debug)]
pub(crate) enum Ticket {
    /// The pattern is this word.
    Word(usize),
    /// The pattern can match where one of these words stands.
    Any(Vec<usize>),
    /// Nothing is known.
    Unknown,
}

/// A pattern with its ticket.
#[derive(Debug)]
pub(crate) struct Gated {
    /// The pattern.
    pub pattern: Pattern,
    /// Its ticket.
    pub ticket: Ticket,
}

/// Collects the words of all patterns.
#[derive(Debug, Clone, Default)]
pub(crate) struct GateBuilder {
    words: BTreeMap<String, usize>,
}

/// All words of all rules in one automaton.
#[derive(Debug)]
pub(crate) struct Gate {
    automaton: AhoCorasick,
}

/// Which words stand in a text.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    /// `None`: nobody looked, so every pattern is tried.
    words: Option<Vec<u64>>,
}

impl GateBuilder {
    /// Gives a pattern its ticket.
    pub(crate) fn admit(&mut self, pattern: Pattern) -> Gated {
        let ticket = match &pattern {
            Pattern::Plain(word) => Ticket::Word(self.word(word)),
            Pattern::Regex(_, Some(words)) => {
                Ticket::Any(words.iter().map(|word| self.word(word)).collect())
            }
            Pattern::Regex(_, None) => Ticket::Unknown,
        };
        Gated { pattern, ticket }
    }

    fn word(&mut self, word: &str) -> usize {
        let next = self.words.len();
        *self.words.entry(word.to_owned()).or_insert(next)
    }

    /// The finished gate. The error is the automaton's own: too many words for its limits.
    pub(crate) fn build(self) -> Result<Gate, aho_corasick::BuildError> {
        let mut ordered: Vec<(usize, String)> = self
            .words
            .into_iter()
            .map(|(word, id)| (id, word))
            .collect();
        ordered.sort_unstable();
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(ordered.iter().map(|(_, word)| word))?;
        Ok(Gate { automaton })
    }
}

impl Gate {
    /// The words that stand in `text`.
    pub(crate) fn standing(&self, text: &str) -> Standing {
        let mut words = vec![0_u64; self.automaton.patterns_len().div_ceil(64)];
        for found in self.automaton.find_overlapping_iter(text) {
            let id = found.pattern().as_usize();
            if let Some(bits) = words.get_mut(id / 64) {
                *bits |= 1_u64 << (id % 64);
            }
        }
        Standing { words: Some(words) }
    }
}

/// Patterns of which one is enough.
#[derive(Debug, Default)]
pub(crate) struct Patterns {
    each: Vec<Arc<Gated>>,
    words: Words,
}

impl Patterns {
    /// The patterns in their order.
    pub(crate) fn of(each: Vec<Arc<Gated>>) -> Self {
        Self {
            words: Words::of(&each),
            each,
        }
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.each.is_empty()
    }

    /// Each of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Pattern> + Clone {
        self.each.iter().map(|gated| &gated.pattern)
    }

    /// Whether one of them stands in `text`, of which `standing` was read.
    pub(crate) fn any_in(&self, standing: &Standing, text: &str) -> bool {
        standing.holds_any(&self.words)
            && self.each.iter().any(|gated| gated.is_match(standing, text))
    }
}

/// The words of several patterns as bits, so that one look at a few places answers for all of them.
#[derive(Debug)]
struct Words {
    /// Places among the words of a text, and the bits there; `None` where a pattern may match without any word.
    bits: Option<Vec<(usize, u64)>>,
}

impl Default for Words {
    fn default() -> Self {
        Self::of(&[])
    }
}

impl Words {
    /// The words of these patterns.
    fn of(patterns: &[Arc<Gated>]) -> Self {
        let mut bits = BTreeMap::<usize, u64>::new();
        for pattern in patterns {
            let ids = match &pattern.ticket {
                Ticket::Word(id) => std::slice::from_ref(id),
                Ticket::Any(ids) => ids,
                Ticket::Unknown => return Self { bits: None },
            };
            for id in ids {
                *bits.entry(id / 64).or_default() |= 1_u64 << (id % 64);
            }
        }
        Self {
            bits: Some(bits.into_iter().collect()),
        }
    }
}

impl Standing {
    /// Whether any of the words stands in the text, or nobody looked.
    fn holds_any(&self, words: &Words) -> bool {
        let (Some(standing), Some(bits)) = (&self.words, &words.bits) else {
            return true;
        };
        bits.iter()
            .any(|(place, bits)| standing.get(*place).is_some_and(|found| found & bits != 0))
    }
}

impl Gated {
    /// Whether the pattern stands in `text`, of which `standing` was read.
    fn is_match(&self, standing: &Standing, text: &str) -> bool {
        let Some(words) = &standing.words else {
            return self.pattern.is_match(text);
        };
        let stands = |id: &usize| {
            words
                .get(*id / 64)
                .is_some_and(|bits| bits >> (*id % 64) & 1 == 1)
        };
        match &self.ticket {
            Ticket::Word(id) => stands(id),
            Ticket::Any(ids) => ids.iter().any(stands) && self.pattern.is_match(text),
            Ticket::Unknown => self.pattern.is_match(text),
        }
    }
}
