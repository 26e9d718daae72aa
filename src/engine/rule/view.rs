//! A message in the forms in which patterns look at it.

use std::cell::OnceCell;

use crate::engine::message::Message;
use crate::engine::message::html::prefix;
use crate::engine::rule::gate::{Gate, Patterns, Standing};
use crate::engine::rule::pack::Pack;

/// How much of the text is the heading, in bytes: what a reader sees at one glance.
const HEADING_LIMIT: usize = 600;
/// How much of it is the opening: one or two sentences.
const OPENING_LIMIT: usize = 240;

/// A message and what the gate says of it. The body is looked at when the first rule asks.
pub(crate) struct View<'m> {
    pub message: &'m Message,
    gate: Option<&'m Gate>,
    code_words: &'m [String],
    subject: Field,
    /// Display name and subject, for brand words.
    claim: Field,
    body: OnceCell<BodyView>,
}

/// A text in lower case with the words that stand in it.
struct Field {
    text: String,
    standing: Standing,
}

struct BodyView {
    opening: Field,
    heading: Field,
    whole: Field,
    /// The text's lines in their own case, for amounts.
    lines: String,
}

impl<'m> View<'m> {
    /// The view; the body stays untouched.
    pub(crate) fn new(
        message: &'m Message,
        gate: Option<&'m Gate>,
        code_words: &'m [String],
    ) -> Self {
        let name = message
            .header
            .from
            .first()
            .map(|from| from.name.as_str())
            .unwrap_or_default();
        let subject = message.header.subject.as_str();
        Self {
            message,
            gate,
            code_words,
            subject: Field::new(gate, subject.to_lowercase()),
            claim: Field::new(gate, format!("{name}\n{subject}").to_lowercase()),
            body: OnceCell::new(),
        }
    }

    fn body(&self) -> &BodyView {
        self.body.get_or_init(|| {
            let whole = joined(&self.message.body.text).to_lowercase();
            let heading = prefix(&whole, HEADING_LIMIT).to_owned();
            let opening = prefix(&whole, OPENING_LIMIT).to_owned();
            BodyView {
                opening: Field::new(self.gate, opening),
                heading: Field::new(self.gate, heading),
                whole: Field::new(self.gate, whole),
                lines: self.message.body.text.clone(),
            }
        })
    }

    /// Words that mean a one-time code and nothing else.
    pub(crate) fn code_words(&self) -> &[String] {
        self.code_words
    }

    pub(crate) fn subject(&self) -> &str {
        &self.subject.text
    }

    /// The whole text in lower case on one line.
    pub(crate) fn text(&self) -> &str {
        &self.body().whole.text
    }

    /// The text in lines.
    pub(crate) fn lines(&self) -> &str {
        &self.body().lines
    }

    pub(crate) fn any_in_subject(&self, patterns: &Patterns) -> bool {
        self.subject.has_any(patterns)
    }

    /// Whether the sender's name or the subject speaks of the pack's brand.
    pub(crate) fn claims(&self, pack: &Pack) -> bool {
        self.claim.has_any(&pack.brand)
    }

    pub(crate) fn any_in_opening(&self, patterns: &Patterns) -> bool {
        !patterns.is_empty() && self.body().opening.has_any(patterns)
    }

    pub(crate) fn any_in_heading(&self, patterns: &Patterns) -> bool {
        !patterns.is_empty() && self.body().heading.has_any(patterns)
    }

    pub(crate) fn any_in_text(&self, patterns: &Patterns) -> bool {
        !patterns.is_empty() && self.body().whole.has_any(patterns)
    }
}

impl Field {
    fn new(gate: Option<&Gate>, text: String) -> Self {
        Self {
            standing: gate.map(|gate| gate.standing(&text)).unwrap_or_default(),
            text,
        }
    }

    fn has_any(&self, patterns: &Patterns) -> bool {
        patterns.any_in(&self.standing, &self.text)
    }
}

/// The text on one line. Between two characters of a script without spaces a line break is nothing, elsewhere a space.
fn joined(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    for line in text.lines() {
        let is_wide = |c: Option<char>| {
            c.is_some_and(|c| matches!(c, '\u{3001}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'))
        };
        let goes_on = is_wide(joined.chars().next_back()) && is_wide(line.chars().next());
        if !joined.is_empty() && !goes_on {
            joined.push(' ');
        }
        joined.push_str(line);
    }
    joined
}
