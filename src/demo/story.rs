//! A story: the mails that a person gets over some hours, and what they answer, as data.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::demo::story::file::{Event, Mail, StoryFile, Texts};
use crate::engine::incident::Answer;
use crate::engine::wording::Language;

mod file;
mod fill;
mod render;

/// A story that was read and checked: every mail of it can be written in both languages, set in Japan and in the United States.
pub struct Story {
    source: String,
    text: String,
    file: StoryFile,
}

/// A story that comes with the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuiltIn {
    /// What `--story` takes besides a file name.
    pub name: &'static str,
    text: &'static str,
}

/// One moment of a story.
#[derive(Debug, Clone)]
pub struct Moment {
    /// When, in the story's time.
    pub at: Timestamp,
    /// What happens.
    pub what: Happening,
}

/// What happens in a moment of a story.
#[derive(Debug, Clone)]
pub enum Happening {
    /// A mail arrives.
    Mail(StoryMail),
    /// The person answers the latest question.
    Answer(Answer),
}

/// A mail of a story, written down.
#[derive(Clone)]
pub struct StoryMail {
    /// The sender's display name, for the screen.
    pub sender: String,
    /// The subject, for the screen.
    pub subject: String,
    /// The Message-ID without angle brackets.
    pub message_id: String,
    /// The mail as it lies in the mailbox.
    pub bytes: Vec<u8>,
}

/// A story that cannot be played.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {what}")]
pub struct StoryError {
    /// The file, or the name of a story that comes with the program.
    pub file: String,
    /// Counted from 1.
    pub line: usize,
    /// In characters, counted from 1.
    pub column: usize,
    /// What is wrong and what is expected.
    pub what: String,
}

/// The stories that come with the program; the first is what `mailward demo` plays unasked.
pub const BUILT_IN: [BuiltIn; 4] = [
    BuiltIn {
        name: "takeover",
        text: include_str!("../../demo/stories/takeover.toml"),
    },
    BuiltIn {
        name: "ordinary-day",
        text: include_str!("../../demo/stories/ordinary-day.toml"),
    },
    BuiltIn {
        name: "mail-bomb",
        text: include_str!("../../demo/stories/mail-bomb.toml"),
    },
    BuiltIn {
        name: "five-orders",
        text: include_str!("../../demo/stories/five-orders.toml"),
    },
];

impl Story {
    /// Reads a story that comes with the program; `None` where there is none of this name.
    pub fn built_in(name: &str) -> Option<Result<Self, StoryError>> {
        let found = BUILT_IN.iter().find(|story| story.name == name)?;
        Some(Self::parse(found.name, found.text))
    }

    /// Reads a story from the text of a file; `source` is the name that errors give.
    pub fn parse(source: &str, text: &str) -> Result<Self, StoryError> {
        let file = file::read(source, text)?;
        let story = Self {
            source: source.to_owned(),
            text: text.to_owned(),
            file,
        };
        // Writing every mail once finds every missing field before anything is played.
        for language in [Language::Ja, Language::En] {
            story.moments(language, Timestamp::UNIX_EPOCH, &TimeZone::UTC)?;
        }
        Ok(story)
    }

    /// The story's title.
    pub fn title(&self, language: Language) -> &str {
        self.file.title.of(language)
    }

    /// What happens in it, in a sentence or two.
    pub fn summary(&self, language: Language) -> &str {
        self.file.summary.of(language)
    }

    /// The address of the person whose mailbox it is.
    pub fn person(&self) -> &str {
        &self.file.person
    }

    /// The server whose `Authentication-Results` are to be believed.
    pub fn authserv_id(&self) -> &str {
        &self.file.authserv_id
    }

    /// How long the story's time goes on after the last event.
    pub fn tail(&self) -> SignedDuration {
        *self.file.tail.get_ref()
    }

    /// The latest start at the story's time of day that lets it end, tail included, before `now`.
    pub fn latest_start(&self, now: Timestamp, zone: &TimeZone) -> Timestamp {
        let last = self.events().map(|(after, _)| after).max();
        let length = last.unwrap_or_default().saturating_add(self.tail());
        let today = now.to_zoned(zone.clone()).date();
        (0..=14)
            .filter_map(|days| {
                let day = today.checked_sub(days.days()).ok()?;
                let start = day.to_datetime(self.starts()).to_zoned(zone.clone()).ok()?;
                Some(start.timestamp())
            })
            .find(|start| start.saturating_add(length).is_ok_and(|end| end <= now))
            .unwrap_or(now)
    }

    /// Every moment in the order of time, for a story that begins at `start`.
    pub fn moments(
        &self,
        language: Language,
        start: Timestamp,
        zone: &TimeZone,
    ) -> Result<Vec<Moment>, StoryError> {
        let mut moments = Vec::new();
        for (number, (after, event)) in self.events().enumerate() {
            let at = start
                .checked_add(after)
                .map_err(|_| self.error(0..0, "the story is too long".to_owned()))?;
            let what = match event {
                Event::Answer(answer) => Happening::Answer(answer),
                Event::Mail(mail, copy) => {
                    let place = render::Place {
                        language,
                        number,
                        copy,
                        at: at.to_zoned(zone.clone()),
                    };
                    Happening::Mail(self.write(mail, &place)?)
                }
            };
            moments.push(Moment { at, what });
        }
        moments.sort_by_key(|moment| moment.at);
        Ok(moments)
    }

    fn starts(&self) -> Time {
        *self.file.starts.get_ref()
    }

    /// Everything that happens, with the time since the start; a repeated mail once for each copy.
    fn events(&self) -> impl Iterator<Item = (SignedDuration, Event<'_>)> {
        let mails = self.file.mail.iter().flat_map(Mail::copies);
        let answers = self.file.answer.iter().map(file::AnswerAt::event);
        mails.chain(answers)
    }

    fn error(&self, span: std::ops::Range<usize>, what: String) -> StoryError {
        file::error_at(&self.source, &self.text, span, what)
    }
}

impl<T: AsRef<str>> Texts<T> {
    fn of(&self, language: Language) -> &str {
        self.get(language).as_ref()
    }
}

impl std::fmt::Debug for Story {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Story")
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for StoryMail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoryMail")
            .field("message_id", &self.message_id)
            .finish_non_exhaustive()
    }
}
