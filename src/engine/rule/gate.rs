//! One pass over a text that says which words of all rules stand in it.

use std::collections::BTreeMap;
use std::sync::Arc;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use crate::engine::rule::pattern::Pattern;
use crate::engine::rule::texts::Texts;

/// A pattern's way through the gate.
#[derive(Debug)]
pub(crate) enum Ticket {
    /// The pattern is this word.
    Word(usize),
    /// The pattern can match where one of these words stands.
    Any(Box<[usize]>),
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
#[derive(Debug, Default)]
pub(crate) struct GateBuilder {
    words: Texts,
    /// Packs have many patterns in common, which need be held only once.
    texts: Texts,
    /// By the number of their text.
    patterns: Vec<Option<Arc<Gated>>>,
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
    /// Compiles a pattern and gives it its ticket; the error says what is wrong and what to do.
    pub(crate) fn admit(&mut self, text: &str) -> Result<Arc<Gated>, (String, String)> {
        let number = self.texts.number(text);
        if let Some(Some(known)) = self.patterns.get(number) {
            return Ok(Arc::clone(known));
        }
        let (pattern, needed) = Pattern::compile(text)?;
        let mut number_of = |word: &str| self.words.number(word);
        let ticket = match (&pattern, needed) {
            (Pattern::Plain(word), _) => Ticket::Word(number_of(word)),
            (Pattern::Regex(_), Some(words)) => {
                Ticket::Any(words.iter().map(|word| number_of(word)).collect())
            }
            (Pattern::Regex(_), None) => Ticket::Unknown,
        };
        let gated = Arc::new(Gated { pattern, ticket });
        if self.patterns.len() <= number {
            self.patterns.resize(number.saturating_add(1), None);
        }
        if let Some(place) = self.patterns.get_mut(number) {
            *place = Some(Arc::clone(&gated));
        }
        Ok(gated)
    }

    /// The finished gate. The error is the automaton's own: too many words for its limits.
    pub(crate) fn build(self) -> Result<Gate, aho_corasick::BuildError> {
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            // Only the first byte is looked up in a full table: two thirds of the memory.
            .dense_depth(1)
            .build(self.words.iter())?;
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
    each: Box<[Arc<Gated>]>,
    words: Words,
}

impl Patterns {
    /// The patterns in their order.
    pub(crate) fn of(each: Vec<Arc<Gated>>) -> Self {
        Self {
            words: Words::of(&each),
            each: each.into(),
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
    bits: Option<Box<[(usize, u64)]>>,
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
