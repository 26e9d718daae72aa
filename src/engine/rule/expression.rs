//! A regular expression that is checked when its rule is read, and compiled when a mail first needs it.
//!
//! Most mails need few of the thousands that the packs hold, and a compiled one takes a hundred times its text.

use std::sync::OnceLock;

use regex::{Captures, Match, Regex, RegexBuilder};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

/// Most memory of one compiled expression, in bytes.
const SIZE_LIMIT: usize = 512 * 1024;

/// What is nested deeper is refused.
const NEST_LIMIT: u32 = 32;

/// An expression that comes to no more states than this surely stays below [`SIZE_LIMIT`]: a state is 40 bytes, and
/// some are counted several times.
const SURELY_SMALL: usize = 2_000;

/// One expression over a text.
#[derive(Debug)]
pub(crate) struct Expression {
    text: String,
    ignore_case: bool,
    compiled: OnceLock<Option<Regex>>,
}

impl Expression {
    /// Checks an expression: its syntax, and that it is not too large.
    pub(crate) fn new(text: String, ignore_case: bool) -> Result<Self, regex::Error> {
        let expression = Self {
            text,
            ignore_case,
            compiled: OnceLock::new(),
        };
        if !expression.is_surely_small() {
            // Whether it is right, and what is wrong with it, only shows when it is compiled.
            let compiled = expression.compile()?;
            let _ = expression.compiled.set(Some(compiled));
        }
        Ok(expression)
    }

    fn is_surely_small(&self) -> bool {
        ParserBuilder::new()
            .case_insensitive(self.ignore_case)
            .multi_line(true)
            .nest_limit(NEST_LIMIT)
            .build()
            .parse(&self.text)
            .is_ok_and(|hir| states(&hir) <= SURELY_SMALL)
    }

    fn compile(&self) -> Result<Regex, regex::Error> {
        RegexBuilder::new(&self.text)
            .case_insensitive(self.ignore_case)
            .multi_line(true)
            .size_limit(SIZE_LIMIT)
            .dfa_size_limit(SIZE_LIMIT)
            .nest_limit(NEST_LIMIT)
            .build()
    }

    /// Compiled; `None` would be an expression that was checked and cannot be.
    fn regex(&self) -> Option<&Regex> {
        self.compiled.get_or_init(|| self.compile().ok()).as_ref()
    }

    /// Whether it would match a text of nothing.
    pub(crate) fn matches_nothing(&self) -> bool {
        let hir = regex_syntax::parse(&self.text);
        let needs = |hir: &Hir| {
            hir.properties()
                .minimum_len()
                .is_some_and(|least| least > 0)
        };
        !hir.is_ok_and(|hir| needs(&hir)) && self.is_match("")
    }

    pub(crate) fn is_match(&self, text: &str) -> bool {
        self.regex().is_some_and(|regex| regex.is_match(text))
    }

    pub(crate) fn find<'t>(&self, text: &'t str) -> Option<Match<'t>> {
        self.regex()?.find(text)
    }

    pub(crate) fn captures<'t>(&self, text: &'t str) -> Option<Captures<'t>> {
        self.regex()?.captures(text)
    }

    /// All matches, one after the other.
    pub(crate) fn captures_iter<'t>(&self, text: &'t str) -> impl Iterator<Item = Captures<'t>> {
        self.regex()
            .into_iter()
            .flat_map(|regex| regex.captures_iter(text))
    }
}

/// About how many states an expression comes to.
fn states(hir: &Hir) -> usize {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) | HirKind::Class(Class::Bytes(_)) => 1,
        HirKind::Literal(literal) => literal.0.len(),
        // A range of letters of several bytes is a few ranges of bytes in a row.
        HirKind::Class(Class::Unicode(class)) => class.ranges().len().saturating_mul(4),
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or(repetition.min).max(1);
            let times = usize::try_from(times).unwrap_or(usize::MAX);
            states(&repetition.sub)
                .saturating_add(1)
                .saturating_mul(times)
        }
        HirKind::Capture(capture) => states(&capture.sub).saturating_add(2),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().map(states).fold(1, usize::saturating_add)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_small_waits_to_be_compiled_and_what_may_be_large_is_compiled_at_once() {
        let small = Expression::new("your .{1,40} order".to_owned(), true).unwrap();
        assert!(small.compiled.get().is_none());
        assert!(small.is_match("YOUR first order"));
        assert!(small.compiled.get().is_some());
        let large = Expression::new("(?:[a-zäöü]{1,20} ){1,30}".to_owned(), false).unwrap();
        assert!(large.compiled.get().is_some());
        let huge = "(?:[a-z]{1,90}){1,90}x{900}".to_owned();
        assert!(Expression::new(huge, false).is_err());
        assert!(Expression::new("(".to_owned(), false).is_err());
    }

    #[test]
    fn what_passes_for_small_is_small() {
        // Letters of several bytes, repeated as often as passes for small: the worst for their count.
        for one in [
            r"\pL",
            ".",
            "[ぁ-ん一-龯a-z]",
            r"(?:\pL|[0-9])",
            "(?:ab|c)?",
            "é",
        ] {
            let repeated = (1..=2_000_u32).map(|times| Expression {
                text: format!("(?:{one}){{0,{times}}}"),
                ignore_case: true,
                compiled: OnceLock::new(),
            });
            let largest = repeated.take_while(Expression::is_surely_small).last();
            if let Some(largest) = largest {
                assert!(largest.compile().is_ok(), "{}", largest.text);
            }
        }
    }
}
