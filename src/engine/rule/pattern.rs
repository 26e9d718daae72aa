//! One pattern of a rule, and the words without which it cannot match.

use regex_syntax::hir::{Hir, HirKind};

use crate::engine::message::fold::fold_line;
use crate::engine::rule::expression::Expression;

/// Longest pattern, in bytes.
const PATTERN_LIMIT: usize = 800;
/// Most words in a pattern's gate.
const GATE_LIMIT: usize = 64;

/// A pattern over folded text in lower case. There are thousands, most of them plain, so an expression is kept apart.
#[derive(Debug)]
pub(crate) enum Pattern {
    /// A plain text that must stand somewhere.
    Plain(Box<str>),
    /// An expression.
    Regex(Box<Expression>),
}

/// Words of which one must stand in a text, or the pattern cannot match; `None` where none are known.
pub(crate) type Needed = Option<Vec<String>>;

impl Pattern {
    /// Compiles a pattern, and finds the words it needs; the error says what is wrong and what to do.
    pub(crate) fn compile(text: &str) -> Result<(Self, Needed), (String, String)> {
        let inside = text
            .strip_prefix('/')
            .and_then(|rest| rest.strip_suffix('/'));
        let Some(expression) = inside else {
            let plain = fold_line(text, PATTERN_LIMIT).to_lowercase();
            if plain.is_empty() {
                return Err((
                    "the pattern is empty".to_owned(),
                    "write the words that stand in the mail".to_owned(),
                ));
            }
            return Ok((Self::Plain(plain.as_str().into()), Some(vec![plain])));
        };
        if expression.chars().any(char::is_uppercase) && has_upper_literal(expression) {
            return Err((
                "the expression holds a capital letter and can never match".to_owned(),
                "text is matched in lower case: write the expression in lower case".to_owned(),
            ));
        }
        let regex = regex(expression, false)?;
        if regex.matches_nothing() {
            return Err((
                "the expression matches an empty text".to_owned(),
                "every mail would match: demand at least one word".to_owned(),
            ));
        }
        let needed = regex_syntax::parse(&in_ascii(expression))
            .ok()
            .and_then(|hir| required(&hir))
            .filter(|words| {
                words.len() <= GATE_LIMIT
                    && words
                        .iter()
                        .all(|word| word.chars().count() >= 2 || !word.is_ascii())
            });
        Ok((Self::Regex(Box::new(regex)), needed))
    }

    /// Whether the pattern stands in a text.
    pub(crate) fn is_match(&self, text: &str) -> bool {
        match self {
            Self::Plain(plain) => text.contains(plain.as_ref()),
            Self::Regex(regex) => regex.is_match(text),
        }
    }

    /// Where the first match lies: (start, length).
    pub(crate) fn find(&self, text: &str) -> Option<(usize, usize)> {
        match self {
            Self::Plain(plain) => text.find(plain.as_ref()).map(|at| (at, plain.len())),
            Self::Regex(regex) => regex.find(text).map(|found| (found.start(), found.len())),
        }
    }

    /// Whether the text begins with the pattern, and not with a longer Latin word.
    pub(crate) fn begins(&self, text: &str) -> bool {
        let length = match self {
            Self::Plain(plain) => text.starts_with(plain.as_ref()).then_some(plain.len()),
            Self::Regex(_) => self
                .find(text)
                .filter(|(start, _)| *start == 0)
                .map(|(_, length)| length),
        };
        length.is_some_and(|length| {
            let after = text.get(length..).and_then(|rest| rest.chars().next());
            length > 0 && !after.is_some_and(|c| c.is_ascii_alphanumeric())
        })
    }
}

/// Checks an expression within the size limits.
pub(crate) fn regex(expression: &str, ignore_case: bool) -> Result<Expression, (String, String)> {
    if expression.len() > PATTERN_LIMIT {
        return Err((
            format!("the pattern is longer than {PATTERN_LIMIT} bytes"),
            "split it into several patterns".to_owned(),
        ));
    }
    Expression::new(in_ascii(expression), ignore_case).map_err(explained)
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the error of another crate may grow"
)]
fn explained(error: regex::Error) -> (String, String) {
    match error {
        regex::Error::CompiledTooBig(limit) => (
            format!("the expression needs more than {limit} bytes of memory"),
            "make its repetitions shorter".to_owned(),
        ),
        other => {
            let message = other.to_string();
            let last = message
                .lines()
                .last()
                .unwrap_or_default()
                .trim_start_matches("error: ")
                .to_owned();
            (
                last,
                "mind the syntax of the regex crate; write \\( for a parenthesis".to_owned(),
            )
        }
    }
}

/// `\d`, `\w`, `\s` and `\b` in their ASCII meaning: folded text holds no other digits and blanks, and the Unicode
/// classes are large and their word boundary is slow.
fn in_ascii(expression: &str) -> String {
    let mut ascii = String::with_capacity(expression.len());
    let mut chars = expression.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            ascii.push(c);
            continue;
        }
        match chars.next() {
            Some('d') => ascii.push_str("[0-9]"),
            Some('w') => ascii.push_str("[0-9A-Za-z_]"),
            Some('s') => ascii.push_str(r"[ \n]"),
            Some('b') => ascii.push_str(r"(?-u:\b)"),
            Some(other) => ascii.extend(['\\', other]),
            None => ascii.push('\\'),
        }
    }
    ascii
}

/// Whether a literal of the expression has a capital letter (`\S` and `\D` do not count).
fn has_upper_literal(expression: &str) -> bool {
    fn walk(hir: &Hir) -> bool {
        match hir.kind() {
            HirKind::Literal(literal) => std::str::from_utf8(&literal.0)
                .is_ok_and(|text| text.chars().any(char::is_uppercase)),
            HirKind::Repetition(repetition) => walk(&repetition.sub),
            HirKind::Capture(capture) => walk(&capture.sub),
            HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().any(walk),
            HirKind::Empty | HirKind::Class(_) | HirKind::Look(_) => false,
        }
    }
    regex_syntax::parse(&in_ascii(expression)).is_ok_and(|hir| walk(&hir))
}

/// Words of which one must stand in every match.
fn required(hir: &Hir) -> Option<Vec<String>> {
    match hir.kind() {
        HirKind::Literal(literal) => std::str::from_utf8(&literal.0)
            .ok()
            .map(|text| vec![text.to_owned()]),
        HirKind::Repetition(repetition) if repetition.min >= 1 => required(&repetition.sub),
        HirKind::Capture(capture) => required(&capture.sub),
        HirKind::Concat(parts) => parts.iter().filter_map(required).max_by_key(|words| {
            let shortest = words.iter().map(String::len).min().unwrap_or(0);
            (shortest, std::cmp::Reverse(words.len()))
        }),
        HirKind::Alternation(parts) => {
            let mut all = Vec::new();
            for part in parts {
                all.extend(required(part)?);
            }
            Some(all)
        }
        HirKind::Repetition(_) | HirKind::Empty | HirKind::Class(_) | HirKind::Look(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needed(text: &str) -> Needed {
        Pattern::compile(text).unwrap().1
    }

    #[test]
    fn the_gate_is_the_best_word_that_must_stand() {
        assert_eq!(
            needed("/your .{1,40} order/"),
            Some(vec![" order".to_owned()])
        );
        assert_eq!(
            needed("/(?:foo|bar)s? \\d+/"),
            Some(vec!["foo".to_owned(), "bar".to_owned()])
        );
        assert_eq!(needed("/\\d{6}/"), None);
        assert_eq!(needed("Your order"), Some(vec!["your order".to_owned()]));
    }

    #[test]
    fn what_cannot_work_is_refused() {
        for bad in [
            "",
            "/Order/",
            "/(/",
            "/a*/",
            "/(?:[a-z]{1,90}){1,90}x{900}/",
        ] {
            assert!(Pattern::compile(bad).is_err(), "{bad}");
        }
        assert!(Pattern::compile("/\\S\\D\\d/").is_ok());
    }

    #[test]
    fn plain_patterns_are_folded_like_the_text() {
        let (pattern, _) = Pattern::compile("Ｏｒｄｅｒｅｄ：").unwrap();
        assert!(pattern.is_match("ordered: x"));
    }
}
