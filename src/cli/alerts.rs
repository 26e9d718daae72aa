//! `mailward alerts`: the latest alerts, or all of them as they come.

use std::io::Write;

use serde::Serialize;

use crate::cli::arguments::{Alerts, Global};
use crate::cli::desk;
use crate::cli::exit::{Code, Failure};
use crate::cli::incidents::written;
use crate::cli::voice::Voice;
use crate::engine::alert::Alert;
use crate::engine::bubble::Labelled;
use crate::engine::incident::IncidentId;
use crate::engine::wording::command::Said;
use crate::engine::wording::plain;
use crate::engine::wording::push::Privacy;
use crate::io::clock;
use crate::io::control::outcome::{Numbered, Outcome, Standing};
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
    let request = Request::AlertsFollow {
        after: options.after,
        standing: options.standing,
    };
    client.follow(&request).map_err(desk::unreachable)?;
    while let Some(reply) = client.next_reply().map_err(desk::unreachable)? {
        voice.now = clock::now();
        let outcome = reply.map_err(desk::refused)?;
        if let Outcome::Alert(numbered) = outcome {
            print(&numbered, options.json, voice, out)?;
        } else if let Outcome::Standing(standing) = outcome {
            print_standing(&standing, voice, out)?;
        } else {
            return Err(desk::unexpected());
        }
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
    if json {
        return writeln!(out, "{}", written(&line(numbered, voice))?);
    }
    let alert = &numbered.alert;
    let text = voice.speech.alert(alert, voice.now);
    writeln!(
        out,
        "{}  {}  {}",
        voice.column(alert.at),
        plain::pad_right(voice.phrases.level(alert.severity), 8),
        text.title
    )
}

/// What stands, on one line.
fn print_standing(standing: &Standing, voice: &Voice, out: &mut dyn Write) -> std::io::Result<()> {
    let line = StandingJson {
        v: 1,
        seq: standing.seq,
        standing: standing.alerts.iter().map(|it| line(it, voice)).collect(),
    };
    writeln!(out, "{}", written(&line)?)
}

fn line<'a>(numbered: &'a Numbered, voice: &Voice) -> AlertJson<'a> {
    let Numbered { seq, alert } = numbered;
    let bubble = voice.speech.bubble(alert, Privacy::Full, voice.now);
    AlertJson {
        v: 1,
        seq: *seq,
        incident: bubble.incident,
        title: bubble.title,
        body: bubble.body,
        answer_hint: bubble.answer_hint,
        page: bubble.page,
        buttons: bubble.buttons,
        alert,
    }
}

/// An alert with its words. The names are a promise.
#[derive(Serialize)]
struct AlertJson<'a> {
    v: u32,
    seq: i64,
    incident: Option<IncidentId>,
    title: String,
    body: String,
    answer_hint: Option<String>,
    page: Option<String>,
    buttons: Vec<Labelled>,
    #[serde(flatten)]
    alert: &'a Alert,
}

/// What still asks for something. The names are a promise.
#[derive(Serialize)]
struct StandingJson<'a> {
    v: u32,
    seq: i64,
    standing: Vec<AlertJson<'a>>,
}
