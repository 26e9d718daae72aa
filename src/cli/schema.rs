//! `mailward schema`: the JSON Schema of the configuration, for editors.

use std::io::Write;

use crate::cli::exit::{Code, Failure};
use crate::config::editor;

/// Prints it.
pub fn run(out: &mut dyn Write) -> Result<(), Failure> {
    out.write_all(text()?.as_bytes())?;
    Ok(())
}

/// The schema as a file, with a line break at its end.
pub fn text() -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(&editor::json_schema()).map_err(|error| {
        Failure::from_error(
            Code::Unavailable,
            &error,
            "this is an error in mailward; please report it",
        )
    })?;
    Ok(format!("{text}\n"))
}
