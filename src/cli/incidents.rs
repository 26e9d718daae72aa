//! `mailward incidents`: list them, show one with the reason for every point, write its report, tick off its
//! steps, close it.

pub mod points;
pub mod written_report;

use std::io::Write;

use serde::Serialize;

use crate::cli::arguments::{Global, Incidents};
use crate::cli::desk;
use crate::cli::exit::Failure;
use crate::cli::voice::Voice;
use crate::engine::advice::PlaybookStep;
use crate::engine::incident::{Incident, IncidentId};
use crate::engine::report;
use crate::engine::report::json::StepEntry;
use crate::engine::wording::command::{self, Said};
use crate::engine::wording::plain;
use crate::io::control::outcome::{Outcome, Settled};
use crate::io::control::protocol::Request;

/// Carries out the subcommand; listing is the default.
pub fn run(
    global: &Global,
    command: Option<Incidents>,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    match command.unwrap_or(Incidents::List { json: false }) {
        Incidents::List { json } => list(global, json, out),
        Incidents::Show { incident, json } => show(global, incident, json, out),
        Incidents::Report {
            incident,
            format,
            output,
        } => written_report::run(global, incident, format, output.as_deref(), out),
        Incidents::Done { incident, step } => {
            let incident = IncidentId(incident);
            let Outcome::Done(settled) = desk::ask(global, Request::Done { incident, step })?
            else {
                return Err(desk::unexpected());
            };
            let voice = Voice::new(global)?;
            writeln!(out, "{}", ticked(&settled, &voice))?;
            Ok(())
        }
        Incidents::Close { incident } => {
            let incident = IncidentId(incident);
            let Outcome::Closed(settled) = desk::ask(global, Request::Close { incident })? else {
                return Err(desk::unexpected());
            };
            let id = &settled.incident.id;
            let said = if settled.changed {
                Said::Closed { id }
            } else {
                Said::AlreadyClosed { id }
            };
            writeln!(out, "{}", Voice::new(global)?.said(said))?;
            Ok(())
        }
    }
}

fn list(global: &Global, json: bool, out: &mut dyn Write) -> Result<(), Failure> {
    let Outcome::Incidents(incidents) = desk::ask(global, Request::Incidents)? else {
        return Err(desk::unexpected());
    };
    if json {
        for incident in &incidents {
            writeln!(out, "{}", written(incident)?)?;
        }
        return Ok(());
    }
    let voice = Voice::new(global)?;
    if incidents.is_empty() {
        writeln!(out, "{}", voice.said(Said::NoIncidents))?;
    }
    for line in lines(&incidents, &voice) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// One line an incident: id, level, when, state, services, counts; the person where there are several.
pub fn lines(incidents: &[Incident], voice: &Voice) -> Vec<String> {
    let first = incidents.first().map(|incident| &incident.person);
    let several = incidents
        .iter()
        .any(|incident| Some(&incident.person) != first);
    let rows: Vec<Vec<String>> = incidents
        .iter()
        .map(|incident| {
            let services = voice.with(incident, |context| command::services(incident, context));
            let mut row = vec![
                incident.id.0.clone(),
                voice.phrases.level(incident.severity).to_owned(),
                voice.column(incident.opened_at),
                voice.phrases.status(&incident.status).to_owned(),
            ];
            if several {
                row.push(plain::name(&incident.person, 20));
            }
            row.push(voice.phrases.services(&services));
            row.push(command::counts(incident, voice.phrases));
            row
        })
        .collect();
    aligned(&rows)
}

/// Rows with their columns below each other, two columns apart.
pub fn aligned(rows: &[Vec<String>]) -> Vec<String> {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| plain::columns(cell)).max().unwrap_or(0)
    };
    rows.iter()
        .map(|row| {
            let cells: Vec<String> = row
                .iter()
                .enumerate()
                .map(|(column, cell)| plain::pad_right(cell, width(column)))
                .collect();
            cells.join("  ").trim_end().to_owned()
        })
        .collect()
}

fn show(global: &Global, incident: String, json: bool, out: &mut dyn Write) -> Result<(), Failure> {
    let request = Request::Incident {
        incident: IncidentId(incident),
    };
    let Outcome::Incident(incident) = desk::ask(global, request)? else {
        return Err(desk::unexpected());
    };
    let voice = Voice::new(global)?;
    if json {
        let steps = voice.with(&incident, |context| report::steps(&incident, context));
        let shown = Shown {
            v: 1,
            incident: &incident,
            steps: steps.iter().map(StepEntry::of).collect(),
        };
        writeln!(out, "{}", written(&shown)?)?;
        return Ok(());
    }
    writeln!(out, "{}", voice.speech.report(&incident, voice.now))?;
    for line in details(&incident, &voice) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// Behind the report: the reason for every point, the levels, every step with its tick.
fn details(incident: &Incident, voice: &Voice) -> Vec<String> {
    let labels = voice.phrases.command();
    let mut lines = Vec::new();
    if !incident.reasons.is_empty() {
        lines.push(labels.why.to_owned());
        let rows: Vec<Vec<String>> = incident
            .reasons
            .iter()
            .map(|reason| {
                let points = if reason.points.is_zero() {
                    "-".to_owned()
                } else {
                    format!("{} {}", reason.points.normalize(), labels.points)
                };
                vec![
                    format!("  {points}"),
                    reason.rule.name().to_owned(),
                    format!(
                        "{} [{}]",
                        voice.phrases.reason(reason.rule),
                        plain::name(&reason.note, 120)
                    ),
                ]
            })
            .collect();
        lines.extend(aligned(&rows));
        lines.push(String::new());
        lines.extend(points::lines(incident, voice));
    }
    if !incident.severity_history.is_empty() {
        lines.push(labels.history.to_owned());
        let rows: Vec<Vec<String>> = incident
            .severity_history
            .iter()
            .map(|change| {
                vec![
                    format!("  {}", voice.column(change.at)),
                    voice.phrases.level(change.severity).to_owned(),
                    voice.phrases.reason(change.reason).to_owned(),
                ]
            })
            .collect();
        lines.extend(aligned(&rows));
        lines.push(String::new());
    }
    lines.push(format!(
        "{} ({})",
        labels.steps,
        voice.phrases.status(&incident.status)
    ));
    let steps = voice.with(incident, |context| report::steps(incident, context));
    let rows: Vec<Vec<String>> = steps
        .iter()
        .map(|step| {
            vec![
                format!(
                    "  [{}] {}",
                    if step.done { 'x' } else { ' ' },
                    step.step.id()
                ),
                step.text.title.clone(),
            ]
        })
        .collect();
    lines.extend(aligned(&rows));
    lines.push(format!(
        "{} mailward incidents done {} STEP",
        labels.tick_hint, incident.id
    ));
    lines
}

fn ticked(settled: &Settled, voice: &Voice) -> String {
    let steps = voice.with(&settled.incident, |context| {
        report::steps(&settled.incident, context)
    });
    let ticked = settled.step.as_deref().and_then(PlaybookStep::from_id);
    let title = steps
        .iter()
        .find(|step| Some(step.step) == ticked)
        .map_or("", |step| step.text.title.as_str());
    let next = steps.iter().find(|step| !step.done);
    voice.said(Said::StepDone {
        title,
        changed: settled.changed,
        next: next.map(|step| step.text.title.as_str()),
    })
}

/// An incident with its steps in words.
#[derive(Serialize)]
struct Shown<'a> {
    v: u32,
    #[serde(flatten)]
    incident: &'a Incident,
    steps: Vec<StepEntry<'a>>,
}

/// A value as one line of JSON.
pub fn written<T: Serialize>(value: &T) -> std::io::Result<String> {
    serde_json::to_string(value).map_err(std::io::Error::other)
}
