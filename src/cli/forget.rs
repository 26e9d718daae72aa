//! `mailward forget`: deletes what was stored of a service, of before a day, or altogether.

use std::io::{self, BufRead as _, IsTerminal as _, Write};

use jiff::Timestamp;
use jiff::civil::Date;

use crate::cli::arguments::{Forget, Global};
use crate::cli::desk;
use crate::cli::exit::{Code, Failure};
use crate::cli::voice::Voice;
use crate::engine::forgetting::Forgetting;
use crate::engine::wording::command::{Said, SaidOfForgetting};
use crate::io::control::outcome::{Forgotten, Outcome};
use crate::io::control::protocol::Request;

/// Asks, forgets, and says how much went and what stays.
pub fn run(global: &Global, options: &Forget, out: &mut dyn Write) -> Result<(), Failure> {
    let voice = Voice::new(global)?;
    let what = what(options, &voice)?;
    if !options.yes {
        if !io::stdin().is_terminal() {
            return Err(Failure::new(
                Code::Usage,
                "what is forgotten cannot be brought back, and nobody is here to be asked",
                "add --yes",
            ));
        }
        let doomed = ask_for(global, what.clone(), true)?;
        say(&voice, &doomed, out)?;
        if !agrees(&voice, out)? {
            writeln!(
                out,
                "{}",
                voice.said(Said::Forget(SaidOfForgetting::Nothing))
            )?;
            return Ok(());
        }
    }
    let forgotten = ask_for(global, what, false)?;
    say(&voice, &forgotten, out)
}

fn ask_for(global: &Global, what: Forgetting, only_count: bool) -> Result<Forgotten, Failure> {
    let Outcome::Forgotten(forgotten) = desk::ask(global, Request::Forget { what, only_count })?
    else {
        return Err(desk::unexpected());
    };
    Ok(*forgotten)
}

fn what(options: &Forget, voice: &Voice) -> Result<Forgetting, Failure> {
    let Some(day) = options.before else {
        return Ok(match &options.service {
            Some(service) => Forgetting::Service(service.clone()),
            None => Forgetting::All,
        });
    };
    let moment = beginning(day, voice)?;
    if moment > voice.now {
        return Err(Failure::new(
            Code::Usage,
            format!("{day} lies ahead"),
            "name a day that is over, or forget everything with --all",
        ));
    }
    Ok(Forgetting::Before(moment))
}

/// When the day begins where the person lives.
fn beginning(day: Date, voice: &Voice) -> Result<Timestamp, Failure> {
    day.to_zoned(voice.time_zone.clone())
        .map(|midnight| midnight.timestamp())
        .map_err(|error| Failure::from_error(Code::Usage, &error, "write for example 2026-01-31"))
}

fn say(voice: &Voice, forgotten: &Forgotten, out: &mut dyn Write) -> Result<(), Failure> {
    let counted = SaidOfForgetting::Counted {
        done: forgotten.done,
        signals: u32::try_from(forgotten.signals).unwrap_or(u32::MAX),
        incidents: u32::try_from(forgotten.incidents).unwrap_or(u32::MAX),
    };
    writeln!(out, "{}", voice.said(Said::Forget(counted)))?;
    for id in &forgotten.kept {
        writeln!(
            out,
            "{}",
            voice.said(Said::Forget(SaidOfForgetting::KeptWhole { id }))
        )?;
    }
    for path in &forgotten.set_aside {
        let path = path.display().to_string();
        writeln!(
            out,
            "{}",
            voice.said(Said::Forget(SaidOfForgetting::StillSetAside {
                path: &path
            }))
        )?;
    }
    Ok(())
}

fn agrees(voice: &Voice, out: &mut dyn Write) -> Result<bool, Failure> {
    write!(
        out,
        "{} ",
        voice.said(Said::Forget(SaidOfForgetting::Really))
    )?;
    out.flush()?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    let said = line.trim().to_lowercase();
    Ok(["y", "yes", "はい"].contains(&said.as_str()))
}
