//! The language of the locale.

use crate::engine::wording::Language;
use crate::io::environment;

/// The language that the environment asks for; English where it is none that mailward speaks.
pub fn of_locale() -> Language {
    environment::locale().map_or(Language::En, |locale| Language::from_locale(&locale))
}
