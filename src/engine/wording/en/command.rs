//! English: what the commands say.

use crate::engine::incident::{Closing, Severity, Status};
use crate::engine::wording::command::{CommandLabels, Said, SaidOfForgetting};
use crate::engine::wording::en::plural::count;

/// The labels.
pub(crate) const LABELS: CommandLabels = CommandLabels {
    why: "Why",
    each_point: "Every point",
    history: "Levels",
    steps: "Every step",
    points: "points",
    between: "; ",
    tick_hint: "To tick one off:",
};

/// What a command says.
pub(crate) fn said(said: &Said<'_>) -> String {
    match said {
        Said::Acknowledged { id, rest: None } => format!(
            "Thank you: {id} is closed. What you were shown counts as your own from now on."
        ),
        Said::Acknowledged {
            id,
            rest: Some(rest),
        } => format!(
            "Thank you: {id} is closed. Something that you have not been shown yet stays open as {rest}."
        ),
        Said::NotMe { id, level, next } => format!(
            "Noted: this was not you. {id} is now at level \"{level}\".\n{next}\nEvery step: mailward incidents show {id}"
        ),
        Said::Unsure { id, level, service } => format!(
            "Noted: you are not sure, so {id} stays open at level \"{level}\".\n\
             Look at your account in {service}'s own app, then answer again: mailward answer {id} me|not-me"
        ),
        Said::Reopened { id } => format!("{id} was closed and is open again."),
        Said::Joined { id, into } => {
            format!("{id} was closed; what it held is now part of {into}, which is open.")
        }
        Said::TooLate { id } => format!(
            "Nothing changed: \"not me\" was answered more than ten minutes ago, and that stands. \
             If it was you after all, close it: mailward incidents close {id}"
        ),
        Said::AlreadyClosed { id } => {
            format!("Nothing changed: {id} is closed already.")
        }
        Said::Forgotten { id } => format!(
            "Nothing changed: {id} was closed too long ago to be opened again. \
             If somebody else is using your account, change its password now."
        ),
        Said::CodesExpected {
            service,
            until,
            closed,
        } => {
            let of = service.map_or_else(
                || "Sign-in codes of every service".to_owned(),
                |service| format!("Sign-in codes of {service}"),
            );
            let expected = format!(
                "{of} count as yours until {until}. Codes for a new password are still asked about."
            );
            match closed {
                Some(id) => format!("{expected} This also answers the question {id}."),
                None => expected,
            }
        }
        Said::OrdersExpected { service, until } => format!(
            "Orders at {service} ring one level lower until {until}. Gifts to a stranger's address ring as always."
        ),
        Said::Closed { id } => format!("{id} is closed. A new sign opens a new incident."),
        Said::StepDone {
            title,
            changed,
            next,
        } => {
            let done = if *changed {
                format!("Ticked off: {title}.")
            } else {
                format!("Already ticked off: {title}.")
            };
            match next {
                Some(next) => format!("{done} Next: {next}."),
                None => format!("{done} Every step is ticked off."),
            }
        }
        Said::NoIncidents => "No incidents so far.".to_owned(),
        Said::NoAlerts => "No alerts so far.".to_owned(),
        Said::NobodyWatches => {
            "Nobody is watching: mailward is not running. Start it with: mailward run".to_owned()
        }
        Said::Tested { channel } => format!("{channel}: the test alert was sent."),
        Said::NotTested { channel, why } => {
            format!("{channel}: the test alert could not be sent: {why}")
        }
        Said::Forget(said) => forgetting(said),
        Said::Reloaded {
            kept,
            started,
            stopped,
        } => format!(
            "The configuration was read again: {} unchanged, {started} started, {stopped} stopped.",
            count(
                u32::try_from(*kept).unwrap_or(u32::MAX),
                "account",
                "accounts"
            )
        ),
    }
}

fn forgetting(said: &SaidOfForgetting<'_>) -> String {
    match said {
        SaidOfForgetting::Counted {
            done,
            signals,
            incidents,
        } => format!(
            "{}: {}, {}. The alerts and answers that belong to them go with them; how far each mailbox was read is kept.",
            if *done {
                "Forgotten"
            } else {
                "To be forgotten"
            },
            count(*signals, "signal", "signals"),
            count(*incidents, "closed incident", "closed incidents"),
        ),
        SaidOfForgetting::KeptWhole { id } => format!(
            "{id} is not over and stays whole, with its signals. Close it, then forget again: mailward incidents close {id}"
        ),
        SaidOfForgetting::StillSetAside { path } => format!(
            "{path} is a damaged state file that was set aside; what it holds is still there. Delete it by hand."
        ),
        SaidOfForgetting::Really => "This cannot be undone. Forget it? [y/N]".to_owned(),
        SaidOfForgetting::Nothing => "Nothing was forgotten.".to_owned(),
    }
}

/// A severity as one word.
pub(crate) fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "question",
        Severity::Notice => "notice",
        Severity::Warning => "warning",
        Severity::Critical => "critical",
    }
}

/// Whether an incident is open, or why it is closed.
pub(crate) fn status(status: &Status) -> &'static str {
    match status {
        Status::Open => "open",
        Status::Closed {
            why: Closing::Acknowledged,
            ..
        } => "closed: it was you",
        Status::Closed {
            why: Closing::Quiet,
            ..
        } => "closed: quiet since",
        Status::Closed {
            why: Closing::ByHand,
            ..
        } => "closed by you",
    }
}
