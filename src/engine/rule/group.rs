//! The groups of patterns that packs share: `rules/words.toml`.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use crate::engine::rule::gate::Gated;

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WordsFile {
    pub words: BTreeMap<String, Vec<Spanned<String>>>,
}

/// The compiled groups by name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Groups {
    pub lists: BTreeMap<String, Vec<Arc<Gated>>>,
    /// The plain texts of the group `code`, for the search beside them.
    pub code_words: Vec<String>,
}
