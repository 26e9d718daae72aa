//! The bubbles that outlive the process, in a private file: what was shown under which id, and by which server.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tracing::warn;

use crate::engine::bubble::Bubble;
use crate::io::private_file;

/// What the file holds.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// Which run of which server gave the ids; they mean nothing to another.
    pub(crate) server: Option<String>,
    /// By thread: the id, where there is one, and what was shown.
    pub(crate) bubbles: BTreeMap<String, (Option<u32>, Bubble)>,
}

/// The file, or nothing where nothing is kept.
#[derive(Debug, Default)]
pub(crate) struct File(Option<PathBuf>);

impl File {
    /// At a path.
    pub(crate) fn at(path: Option<PathBuf>) -> Self {
        Self(path)
    }

    /// What was kept. A file that is not there, or not sound, holds nothing: the alerts themselves are stored elsewhere.
    pub(crate) fn read(&self) -> Kept {
        let text = self.0.as_deref().and_then(|path| read(path).ok());
        text.and_then(|text| serde_json::from_slice(&text).ok())
            .unwrap_or_default()
    }

    /// Keeps this. A disk that refuses costs a place on the screen after a restart, no alert.
    pub(crate) fn write(&self, kept: &Kept) {
        let Some(path) = &self.0 else {
            return;
        };
        let written = serde_json::to_vec(kept)
            .map_err(std::io::Error::other)
            .and_then(|bytes| private_file::replace(path, &bytes));
        if let Err(error) = written {
            warn!(%error, file = %path.display(), "what is on the screen could not be noted");
        }
    }
}

fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    std::fs::read(path)
}
