//! `mailward rules`: what is known, and whether a file of further rules is sound.

use std::io::Write;
use std::path::Path;

use crate::cli::arguments::{Global, Rules};
use crate::cli::context;
use crate::cli::exit::{Code, Failure};
use crate::engine::rule::{RuleSet, Service};
use crate::engine::wording::Language;

/// Lists the services, or checks a rule file.
pub fn run(global: &Global, command: Option<Rules>, out: &mut dyn Write) -> Result<(), Failure> {
    match command {
        None | Some(Rules::List) => list(global, out),
        Some(Rules::Test { path }) => test(&path, out),
    }
}

fn list(global: &Global, out: &mut dyn Write) -> Result<(), Failure> {
    let config = context::optional_config(global)?;
    let language = context::language(global, config.as_ref());
    for service in context::rules(config.as_ref())?.services() {
        writeln!(out, "{:<20} {}", service.id, name(service, language))?;
    }
    Ok(())
}

fn test(path: &Path, out: &mut dyn Write) -> Result<(), Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| Failure::reading(path, &error))?;
    let file = path.display().to_string();
    RuleSet::with_packs(&[(file.clone(), text)]).map_err(|error| {
        let hint = error.hint.clone();
        Failure::from_error(Code::BadData, &error, hint)
    })?;
    writeln!(out, "{file}: sound")?;
    Ok(())
}

fn name(service: &Service, language: Language) -> &str {
    match language {
        Language::Ja => &service.name_ja,
        Language::En => &service.name_en,
    }
}
