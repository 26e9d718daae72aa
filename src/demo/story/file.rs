//! The form of a story file: TOML, read strictly.

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::SignedDuration;
use jiff::civil::Time;
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use crate::demo::compose::{Charset, Stamp};
use crate::demo::story::StoryError;
use crate::engine::incident::Answer;
use crate::engine::wording::Language;

/// The templates that every story may use.
const TEMPLATES: &str = include_str!("../../../demo/stories/templates.toml");

/// More copies of one mail than any mailbox gets in a day.
const MAX_COPIES: u32 = 20_000;

/// A story as it stands in a file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoryFile {
    pub(crate) title: Texts<String>,
    pub(crate) summary: Texts<String>,
    pub(crate) person: String,
    pub(crate) authserv_id: String,
    #[serde(deserialize_with = "time")]
    pub(crate) starts: Spanned<Time>,
    #[serde(deserialize_with = "duration")]
    pub(crate) tail: Spanned<SignedDuration>,
    #[serde(default)]
    pub(crate) template: BTreeMap<String, Texts<Draft>>,
    #[serde(default)]
    pub(crate) mail: Vec<Mail>,
    #[serde(default)]
    pub(crate) answer: Vec<AnswerAt>,
}

/// The same thing for both languages.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Texts<T> {
    pub(crate) ja: T,
    pub(crate) en: T,
}

impl<T> Texts<T> {
    pub(crate) fn get(&self, language: Language) -> &T {
        match language {
            Language::Ja => &self.ja,
            Language::En => &self.en,
        }
    }
}

/// A mail with `{placeholders}`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Draft {
    pub(crate) from_name: String,
    pub(crate) from_address: String,
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: Option<String>,
    #[serde(default)]
    pub(crate) charset: Charset,
    #[serde(default)]
    pub(crate) stamp: Stamp,
}

/// A mail of the timeline: a template with fields, or a draft of its own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mail {
    #[serde(deserialize_with = "duration")]
    pub(crate) after: Spanned<SignedDuration>,
    pub(crate) template: Option<Spanned<String>>,
    pub(crate) inline: Option<Spanned<Texts<Draft>>>,
    /// Fields for both languages.
    #[serde(default)]
    pub(crate) fields: BTreeMap<String, String>,
    /// Fields for the Japanese language.
    #[serde(default)]
    pub(crate) ja: BTreeMap<String, String>,
    /// Fields for the other one.
    #[serde(default)]
    pub(crate) en: BTreeMap<String, String>,
    pub(crate) repeat: Option<Spanned<Repeat>>,
}

/// Several copies of a mail.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Repeat {
    pub(crate) count: u32,
    #[serde(deserialize_with = "duration")]
    pub(crate) every: Spanned<SignedDuration>,
    /// What `{vary}` stands for, in turn.
    #[serde(default)]
    pub(crate) vary: Texts<Vec<String>>,
}

/// An answer to the latest question.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnswerAt {
    #[serde(deserialize_with = "duration")]
    after: Spanned<SignedDuration>,
    answer: AnswerName,
}

/// The words of `mailward answer`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum AnswerName {
    Me,
    NotMe,
    Unsure,
}

/// What stands at one time of the timeline.
pub(crate) enum Event<'a> {
    /// A mail, and which copy of it, counted from 1.
    Mail(&'a Mail, u32),
    Answer(Answer),
}

impl Mail {
    /// Every copy with its time.
    pub(crate) fn copies(&self) -> impl Iterator<Item = (SignedDuration, Event<'_>)> {
        let first = *self.after.get_ref();
        let (count, every) = match &self.repeat {
            Some(repeat) => (repeat.get_ref().count, *repeat.get_ref().every.get_ref()),
            None => (1, SignedDuration::ZERO),
        };
        (1..=count).map(move |copy| {
            let steps = i32::try_from(copy.saturating_sub(1)).unwrap_or(i32::MAX);
            let later = every.checked_mul(steps).unwrap_or(SignedDuration::MAX);
            (first.saturating_add(later), Event::Mail(self, copy))
        })
    }
}

impl AnswerAt {
    pub(crate) fn event(&self) -> (SignedDuration, Event<'_>) {
        let answer = match self.answer {
            AnswerName::Me => Answer::Me,
            AnswerName::NotMe => Answer::NotMe,
            AnswerName::Unsure => Answer::Unsure,
        };
        (*self.after.get_ref(), Event::Answer(answer))
    }
}

/// Reads a file and adds the templates that every story may use; the file's own come first.
pub(crate) fn read(source: &str, text: &str) -> Result<StoryFile, StoryError> {
    let from_toml = |source: &str, text: &str, error: &toml::de::Error| {
        let what = error.message().replace('\n', ", ");
        error_at(source, text, error.span().unwrap_or_default(), what)
    };
    let mut file: StoryFile =
        toml::from_str(text).map_err(|error| from_toml(source, text, &error))?;
    let shared: BTreeMap<String, Texts<Draft>> = toml::from_str(TEMPLATES)
        .map_err(|error| from_toml("demo/stories/templates.toml", TEMPLATES, &error))?;
    for (name, template) in shared {
        file.template.entry(name).or_insert(template);
    }
    for repeat in file.mail.iter().filter_map(|mail| mail.repeat.as_ref()) {
        if repeat.get_ref().count > MAX_COPIES {
            let what = format!("a mail is repeated {MAX_COPIES} times at most");
            return Err(error_at(source, text, repeat.span(), what));
        }
    }
    Ok(file)
}

/// An error with the place where the span begins.
pub(crate) fn error_at(source: &str, text: &str, span: Range<usize>, what: String) -> StoryError {
    let before = text.get(..span.start).unwrap_or_default();
    let line = before.matches('\n').count().saturating_add(1);
    let last_line = before.rsplit('\n').next().unwrap_or_default();
    StoryError {
        file: source.to_owned(),
        line,
        column: last_line.chars().count().saturating_add(1),
        what,
    }
}

/// `20h 3m`; not negative.
fn duration<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Spanned<SignedDuration>, D::Error> {
    parsed(deserializer, "a time like \"20h 3m\" or \"45s\"", |text| {
        let duration: SignedDuration = text.parse().ok()?;
        (!duration.is_negative()).then_some(duration)
    })
}

/// `18:40`.
fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Spanned<Time>, D::Error> {
    parsed(deserializer, "a time of day like \"18:40\"", |text| {
        text.parse().ok()
    })
}

fn parsed<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    expected: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Spanned<T>, D::Error> {
    let text = Spanned::<String>::deserialize(deserializer)?;
    match parse(text.get_ref()) {
        Some(value) => Ok(Spanned::new(text.span(), value)),
        None => Err(serde::de::Error::custom(format!("expected {expected}"))),
    }
}
