//! What the words depend on besides the facts: language, time zone, addresses, the card issuer.

use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::engine::advice::Page;

/// A language that alerts, questions, steps and reports are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// Japanese.
    Ja,
    /// English.
    En,
}

/// Whom to call about the card, from the config.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardIssuer {
    /// The issuer's name.
    pub name: String,
    /// The number to call, as it is to be read.
    pub phone: String,
}

/// What the words depend on besides the facts.
pub struct Context<'a> {
    /// The person's language.
    pub language: Language,
    /// The person's time zone.
    pub time_zone: &'a TimeZone,
    /// The present moment, for "today" and "right now".
    pub now: Timestamp,
    /// Whom to call about the card; `None` sends the person to the number on the card's back.
    pub card_issuer: Option<&'a CardIssuer>,
    /// The services that run the watched mailboxes (`google` for Gmail).
    pub mailbox_services: &'a [String],
    /// The display name of a service's id in the language.
    pub service_name: &'a dyn Fn(&str) -> String,
    /// The official address of a service's page, from the rule packs and never from a mail.
    pub official_page: &'a dyn Fn(&str, Page) -> Option<String>,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::Ja, Self::En];

    /// Reads the config's `ja` or `en`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|language| language.name() == name)
    }

    /// Reads a locale such as `ja_JP.UTF-8`; every locale but a Japanese one reads English.
    pub fn from_locale(locale: &str) -> Self {
        let tag = locale.split(['_', '-', '.', '@']).next().unwrap_or("");
        if tag.eq_ignore_ascii_case("ja") {
            Self::Ja
        } else {
            Self::En
        }
    }

    /// The name in the config: `ja`, `en`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ja => "ja",
            Self::En => "en",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_read_from_names_and_locales() {
        assert_eq!(Language::from_name("ja"), Some(Language::Ja));
        assert_eq!(Language::from_name("EN"), None);
        for japanese in ["ja_JP.UTF-8", "ja", "JA-jp", "ja.eucJP"] {
            assert_eq!(Language::from_locale(japanese), Language::Ja);
        }
        for other in ["", "C", "POSIX", "en_US.UTF-8", "jam_JM", "de_DE@euro"] {
            assert_eq!(Language::from_locale(other), Language::En);
        }
    }
}
