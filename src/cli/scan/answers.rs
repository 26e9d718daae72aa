//! Reads the file of `scan --answers`: one JSON object a line.

use std::path::Path;

use jiff::Timestamp;
use serde::Deserialize;

use crate::cli::exit::{Code, Failure};
use crate::cli::scan::replay::{About, TimedAnswer};
use crate::engine::incident::{Answer, IncidentId};

/// The form of a line, for hints.
const FORM: &str = "{\"message_id\":\"a@b\",\"answer\":\"not-me\",\"at\":\"2026-11-22T01:02:03Z\"}";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    incident: Option<String>,
    message_id: Option<String>,
    answer: Answer,
    at: Timestamp,
}

/// Reads a file of answers; empty lines are passed over.
pub fn load(path: &Path) -> Result<Vec<TimedAnswer>, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| Failure::reading(path, &error))?;
    let mut answers = Vec::new();
    for (number, line) in (1_usize..).zip(text.lines()) {
        if line.trim().is_empty() {
            continue;
        }
        let answer = parse(line).map_err(|(column, what)| {
            Failure::new(
                Code::BadData,
                format!("{}:{number}:{column}: {what}", path.display()),
                format!("a line looks like {FORM}; answer is me, not-me or unsure"),
            )
        })?;
        answers.push(answer);
    }
    Ok(answers)
}

fn parse(line: &str) -> Result<TimedAnswer, (usize, String)> {
    let line: Line = serde_json::from_str(line).map_err(|error| {
        // The line number within one line says nothing.
        let what = error.to_string();
        let what = what.split(" at line ").next().unwrap_or(&what).to_owned();
        (error.column().max(1), what)
    })?;
    let about = match (line.incident, line.message_id) {
        (Some(id), None) => About::Incident(IncidentId(id)),
        (None, Some(id)) => About::Message(id.trim_matches(['<', '>']).to_owned()),
        (Some(_), Some(_)) | (None, None) => {
            return Err((
                1,
                "expected exactly one of incident and message_id".to_owned(),
            ));
        }
    };
    Ok(TimedAnswer {
        at: line.at,
        about,
        answer: line.answer,
    })
}
