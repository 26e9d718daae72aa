//! The languages that mailward speaks.

use crate::io::environment;

/// A language of alerts and reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Japanese.
    Ja,
    /// English.
    En,
}

impl Language {
    /// The name in the config and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ja => "ja",
            Self::En => "en",
        }
    }

    /// Reads the name in the config.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "ja" => Some(Self::Ja),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    /// The language of the locale; English where it is none that mailward speaks.
    pub fn of_locale() -> Self {
        match environment::locale() {
            Some(locale) if locale.starts_with("ja") => Self::Ja,
            Some(_) | None => Self::En,
        }
    }
}
