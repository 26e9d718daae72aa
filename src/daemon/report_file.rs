//! Writes the report of an incident where the person's browser finds it.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use thiserror::Error;

use crate::daemon::speech::Speech;
use crate::engine::incident::Incident;
use crate::engine::report::html;
use crate::io::private_file;

/// The report could not be written.
#[derive(Debug, Error)]
#[error("{}: the report cannot be written", .path.display())]
pub struct ReportFileError {
    /// Where it was to lie.
    pub path: PathBuf,
    /// Why not.
    #[source]
    pub source: std::io::Error,
}

/// Writes the page of an incident into `folder`, readable by its owner alone, in place of an earlier one, and gives its
/// path: `mailward-k7f3q2.html`.
pub fn write(
    folder: &Path,
    incident: &Incident,
    speech: &Speech,
    now: Timestamp,
) -> Result<PathBuf, ReportFileError> {
    let page = speech.with_context(now, &incident.sites, |context| {
        html::page(incident, context)
    });
    // Ids are letters and digits; one that is not comes from a state file that somebody else wrote.
    let id: String = incident
        .id
        .0
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(12)
        .collect();
    let path = folder.join(format!("mailward-{id}.html"));
    private_file::replace(&path, page.as_bytes()).map_err(|source| ReportFileError {
        path: path.clone(),
        source,
    })?;
    Ok(path)
}
