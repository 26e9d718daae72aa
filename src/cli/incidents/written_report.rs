//! `mailward incidents report`: one incident as a page, Markdown, CSV or JSON.

use std::io::Write;
use std::path::Path;

use crate::cli::arguments::{Global, ReportFormat};
use crate::cli::desk;
use crate::cli::exit::{Code, Failure};
use crate::cli::voice::Voice;
use crate::engine::incident::IncidentId;
use crate::engine::report::{csv, html, json, markdown};
use crate::io::control::outcome::Outcome;
use crate::io::control::protocol::Request;
use crate::io::private_file;

/// Asks for the incident, with a daemon or without one, and writes its report.
pub fn run(
    global: &Global,
    incident: String,
    format: ReportFormat,
    output: Option<&Path>,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let request = Request::Incident {
        incident: IncidentId(incident),
    };
    let Outcome::Incident(incident) = desk::ask(global, request)? else {
        return Err(desk::unexpected());
    };
    let text = Voice::new(global)?.with(&incident, |context| match format {
        ReportFormat::Html => Ok(html::page(&incident, context)),
        ReportFormat::Markdown => Ok(markdown::text(&incident, context)),
        ReportFormat::Csv => Ok(csv::text(&incident, context)),
        ReportFormat::Json => json::text(&incident, context).map_err(std::io::Error::other),
    })?;
    match output {
        None => out.write_all(text.as_bytes())?,
        Some(path) => private_file::replace(path, text.as_bytes()).map_err(|error| Failure {
            causes: vec![error.to_string()],
            ..Failure::new(
                Code::Io,
                format!("{}: the report cannot be written", path.display()),
                "name a file in a folder that you may write to, or leave --output out",
            )
        })?,
    }
    Ok(())
}
