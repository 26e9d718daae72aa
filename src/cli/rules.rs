//! `mailward rules`: what is known, and whether a file of further rules is sound.

use std::io::Write;
use std::path::Path;

use crate::cli::arguments::{Global, Rules};
use crate::cli::context;
use crate::cli::exit::{Code, Failure};
use crate::engine::rule::example::ExampleFailure;
use crate::engine::rule::{RuleError, RuleSet, Service};
use crate::engine::wording::Language;

/// Lists the services, or checks a rule file.
pub fn run(global: &Global, command: Option<Rules>, out: &mut dyn Write) -> Result<(), Failure> {
    match command {
        None | Some(Rules::List) => list(global, out),
        Some(Rules::Test { path: Some(path) }) => test(&path, out),
        Some(Rules::Test { path: None }) => test_all(global, out),
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
    let bad = |error: RuleError| {
        let hint = error.hint.clone();
        Failure::from_error(Code::BadData, &error, hint)
    };
    let alone = RuleSet::only(&file, &text).map_err(bad)?;
    // Among all the others, as it will be used: a stronger rule of another pack may take its mails.
    let all = RuleSet::with_packs(&[(file.clone(), text)]).map_err(bad)?;
    let is_own = |failure: &ExampleFailure| {
        let pack = failure.rule.split('/').next();
        alone
            .services()
            .any(|service| Some(service.id.as_str()) == pack)
    };
    let mut failures = all.failing_examples();
    failures.retain(is_own);
    report(&file, alone.example_counts(), &failures, out)
}

/// The packs in the program and those of the configured folder.
fn test_all(global: &Global, out: &mut dyn Write) -> Result<(), Failure> {
    let rules = context::rules(context::optional_config(global)?.as_ref())?;
    let name = format!("{} packs", rules.services().count());
    report(
        &name,
        rules.example_counts(),
        &rules.failing_examples(),
        out,
    )
}

fn report(
    what: &str,
    (matching, others): (usize, usize),
    failures: &[ExampleFailure],
    out: &mut dyn Write,
) -> Result<(), Failure> {
    if failures.is_empty() {
        writeln!(
            out,
            "{what}: sound; {matching} examples and {others} counterexamples come out right"
        )?;
        return Ok(());
    }
    let lines: Vec<String> = failures
        .iter()
        .map(|failure| {
            format!(
                "{}, \"{}\": {}",
                failure.rule, failure.subject, failure.what
            )
        })
        .collect();
    Err(Failure {
        causes: lines,
        ..Failure::new(
            Code::BadData,
            format!(
                "{what}: {} examples do not come out as the pack says",
                failures.len()
            ),
            "correct the rule or the example; `mailward explain` says what one mail matches",
        )
    })
}

fn name(service: &Service, language: Language) -> &str {
    match language {
        Language::Ja => &service.name_ja,
        Language::En => &service.name_en,
    }
}
