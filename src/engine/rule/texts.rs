//! Texts by their number, each once and all in one piece: what is needed for a moment leaves no holes in the memory
//! between what stays.

#![expect(
    clippy::disallowed_types,
    reason = "numbers are looked up here and never listed, and a tree is made of small pieces"
)]

use std::collections::HashMap;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};

/// Without a seed from outside: the engine asks nobody, and the texts are those of the user's own files.
type Hashing = BuildHasherDefault<DefaultHasher>;

/// Texts in the order in which they were first met.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    all: String,
    /// Where each ends in `all`.
    ends: Vec<usize>,
    /// By the hash of the text, or the next free number behind it.
    by_hash: HashMap<u64, usize, Hashing>,
    hasher: Hashing,
}

impl Texts {
    /// The number of a text.
    pub(crate) fn number(&mut self, text: &str) -> usize {
        let mut hash = self.hasher.hash_one(text);
        while let Some(number) = self.by_hash.get(&hash) {
            if self.get(*number) == Some(text) {
                return *number;
            }
            hash = hash.wrapping_add(1);
        }
        let number = self.ends.len();
        self.by_hash.insert(hash, number);
        self.all.push_str(text);
        self.ends.push(self.all.len());
        number
    }

    /// The text with this number.
    fn get(&self, number: usize) -> Option<&str> {
        let end = self.ends.get(number)?;
        let before = number.checked_sub(1).and_then(|it| self.ends.get(it));
        self.all.get(before.copied().unwrap_or(0)..*end)
    }

    /// All of them, by their numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len()).filter_map(|number| self.get(number))
    }
}

#[cfg(test)]
mod tests {
    use super::Texts;

    #[test]
    fn a_text_has_one_number() {
        let mut texts = Texts::default();
        assert_eq!(texts.number("注文"), 0);
        assert_eq!(texts.number("order"), 1);
        assert_eq!(texts.number("注文"), 0);
        assert_eq!(texts.number(""), 2);
        assert_eq!(texts.number(""), 2);
        assert_eq!(texts.iter().collect::<Vec<_>>(), ["注文", "order", ""]);
    }

    #[test]
    fn texts_with_one_hash_are_told_apart() {
        let mut texts = Texts::default();
        texts.number("one");
        // As if "two" had the same hash.
        let hash = std::hash::BuildHasher::hash_one(&texts.hasher, "two");
        texts.by_hash.insert(hash, 0);
        assert_eq!(texts.number("two"), 1);
        assert_eq!(texts.number("two"), 1);
        assert_eq!(texts.number("one"), 0);
    }
}
