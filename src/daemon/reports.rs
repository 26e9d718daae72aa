//! The report of an incident as a private file, and what opens it.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use crate::engine::incident::IncidentId;
use crate::io::{browser, private_file};

/// The folder of the reports, beside the state.
const FOLDER: &str = "reports";

/// Writes a report; an earlier one of the same incident is replaced.
pub fn write(folder: &Path, incident: &IncidentId, report: &str) -> io::Result<PathBuf> {
    let folder = std::path::absolute(folder.join(FOLDER))?;
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&folder)?;
    let file = folder.join(format!("{}.txt", file_name(incident)));
    private_file::replace(&file, report.as_bytes())?;
    Ok(file)
}

/// Removes every report; each is made anew when it is asked for.
pub fn remove_all(folder: &Path) {
    match std::fs::remove_dir_all(folder.join(FOLDER)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!(%error, "the reports could not be removed");
        }
        Ok(()) | Err(_) => {}
    }
}

/// An id is six letters and digits; nothing else of it becomes part of a path.
fn file_name(incident: &IncidentId) -> String {
    let letters = incident.0.chars().filter(char::is_ascii_alphanumeric);
    letters.take(32).collect()
}

/// Opens the report, then the official page, which so comes to lie on top.
pub async fn open(report: Option<PathBuf>, page: Option<String>) {
    if let Some(report) = report {
        browser::open_file(&report).await;
    }
    if let Some(page) = page {
        browser::open_page(&page).await;
    }
}
