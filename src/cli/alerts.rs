//! `mailward alerts`: the latest alerts, or all of them as they come.

use std::io::Write;

use serde::Serialize;

use crate::cli::arguments::{Alerts, Global};
use crate::cli::desk;
use crate::cli::exit::{Code, Failure};
use crate::cli::incidents::written;
use crate::cli::voice::Voice;
use crate::engine::alert::{Alert, Subject};
use crate::engine::wording::command::Said;
use crate::engine::wording::plain;
use crate::io::clock;
use crate::io::control::outcome::{Numbered, Outcome};
use crate::io::control::protocol::Request;

/// How many of the latest alerts are listed.
const LATEST: u32 = 50;

/// Prints them; with `--follow` until the daemon ends, which is exit code 69.
pub fn run(global: &Global, options: &Alerts, out: &mut dyn Write) -> Result<(), Failure> {
    let mut voice = Voice::new(global)?;
    if options.follow {
        return follow(options, &mut voice, out);
    }
    let Outcome::Alerts(alerts) = desk::ask(global, Request::Alerts { limit: LATEST })? else {
        return Err(desk::unexpected());
    };
    if alerts.is_empty() && !options.json {
        writeln!(out, "{}", voice.said(Said::NoAlerts))?;
    }
    for numbered in &alerts {
        print(numbered, options.json, &voice, out)?;
    }
    Ok(())
}

fn follow(options: &Alerts, voice: &mut Voice, out: &mut dyn Write) -> Result<(), Failure> {
    let Some(mut client) = desk::daemon()? else {
        return Err(Failure::new(
            Code::Unavailable,
            voice.said(Said::NobodyWatches),
            "no alert can come until `mailward run` is started",
        ));
    };
    let after = options.after;
    client
        .follow(&Request::AlertsFollow { after })
        .map_err(desk::unreachable)?;
    while let Some(reply) = client.next_reply().map_err(desk::unreachable)? {
        let Outcome::Alert(numbered) = reply.map_err(desk::refused)? else {
            return Err(desk::unexpected());
        };
        voice.now = clock::now();
        print(&numbered, options.json, voice, out)?;
        out.flush()?;
    }
    Err(Failure::new(
        Code::Unavailable,
        "mailward has ended",
        "nobody is watching until it is started again",
    ))
}

fn print(
    numbered: &Numbered,
    json: bool,
    voice: &Voice,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let Numbered { seq, alert } = numbered;
    let text = voice.speech.alert(alert, voice.now);
    if json {
        let line = AlertJson {
            v: 1,
            seq: *seq,
            incident: incident_of(alert),
            title: &text.title,
            body: &text.body,
            answer_hint: text.answer_hint.as_deref(),
            alert,
        };
        return writeln!(out, "{}", written(&line)?);
    }
    writeln!(
        out,
        "{}  {}  {}",
        voice.column(alert.at),
        plain::pad_right(voice.phrases.level(alert.severity), 8),
        text.title
    )
}

/// The incident that an answer to the alert would name.
fn incident_of(alert: &Alert) -> Option<&str> {
    match &alert.subject {
        Subject::Question(question) => Some(&question.incident.0),
        Subject::Incident(facts) => Some(&facts.incident.0),
        Subject::StatementReminder { incident, .. } => Some(&incident.0),
        Subject::Health(_) | Subject::Test => None,
    }
}

/// An alert with its words. The names are a promise.
#[derive(Serialize)]
struct AlertJson<'a> {
    v: u32,
    seq: i64,
    incident: Option<&'a str>,
    title: &'a str,
    body: &'a str,
    answer_hint: Option<&'a str>,
    #[serde(flatten)]
    alert: &'a Alert,
}
