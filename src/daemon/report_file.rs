//! Writes the report of an incident where the person's browser finds it, and opens it there.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use thiserror::Error;

use crate::daemon::speech::Speech;
use crate::engine::incident::{Incident, IncidentId};
use crate::engine::report::html;
use crate::io::{browser, private_file};

/// The folder of the reports, beside the state.
const FOLDER: &str = "reports";

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

/// The folder of the reports beside the state, for its owner alone.
pub fn folder(state: &Path) -> Result<PathBuf, ReportFileError> {
    let path = state.join(FOLDER);
    let made = std::path::absolute(&path).and_then(|folder| {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)?;
        Ok(folder)
    });
    made.map_err(|source| ReportFileError { path, source })
}

/// Removes every report; each is made anew when it is asked for.
pub fn remove_all(state: &Path) {
    match std::fs::remove_dir_all(state.join(FOLDER)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            tracing::warn!(%error, "the reports could not be removed");
        }
        Ok(()) | Err(_) => {}
    }
}

/// Opens a report, then the official page, which so comes to lie on top.
pub async fn open(report: Option<PathBuf>, page: Option<String>) {
    if let Some(report) = report {
        browser::open_file(&report).await;
    }
    if let Some(page) = page {
        browser::open_page(&page).await;
    }
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
    keep(folder, &incident.id, page.as_bytes())
}

/// The same for a page that is there already.
pub fn keep(folder: &Path, incident: &IncidentId, page: &[u8]) -> Result<PathBuf, ReportFileError> {
    // Ids are letters and digits; one that is not comes from a state file that somebody else wrote.
    let id: String = incident
        .0
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(12)
        .collect();
    let path = folder.join(format!("mailward-{id}.html"));
    private_file::replace(&path, page).map_err(|source| ReportFileError {
        path: path.clone(),
        source,
    })?;
    Ok(path)
}
