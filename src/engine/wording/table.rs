//! Which phrases belong to which language.

use crate::engine::wording::context::Language;
use crate::engine::wording::en::English;
use crate::engine::wording::ja::Japanese;
use crate::engine::wording::phrases::Phrases;

/// The phrases of a language.
pub fn phrases(language: Language) -> &'static dyn Phrases {
    match language {
        Language::Ja => &Japanese,
        Language::En => &English,
    }
}
