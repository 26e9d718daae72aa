//! `mailward status`: what is watched, since when, what waits and what is open.

use std::io::Write;

use jiff::Timestamp;
use serde::Serialize;

use crate::cli::arguments::Global;
use crate::cli::exit::{Code, Failure};
use crate::cli::incidents::{aligned, lines, written};
use crate::cli::voice::Voice;
use crate::cli::{context, desk};
use crate::daemon::{request, status};
use crate::engine::wording::command::Said;
use crate::engine::wording::plain;
use crate::io::clock;
use crate::io::control::outcome::{AccountLine, Outcome, Status};
use crate::io::control::protocol::Request;
use crate::io::store::Store;
use crate::io::store::error::StoreError;

/// Prints it; 69 where nobody watches.
pub fn run(global: &Global, json: bool, out: &mut dyn Write) -> Result<(), Failure> {
    let status = match desk::daemon()? {
        Some(mut client) => {
            let reply = client.ask(&Request::Status).map_err(desk::unreachable)?;
            let Outcome::Status(status) = reply.map_err(desk::refused)? else {
                return Err(desk::unexpected());
            };
            *status
        }
        None => alone(global)?,
    };
    if json {
        let line = StatusJson {
            v: 1,
            status: &status,
        };
        writeln!(out, "{}", written(&line)?)?;
    } else {
        let voice = Voice::new(global)?;
        for line in text(&status, &voice) {
            writeln!(out, "{line}")?;
        }
    }
    if status.watching {
        Ok(())
    } else {
        Err(Failure::silent(Code::Unavailable))
    }
}

/// From the configuration and the store.
fn alone(global: &Global) -> Result<Status, Failure> {
    let config = context::config(global)?;
    let reader = match Store::open_read_only(&desk::state_file()?) {
        Ok(reader) => Some(reader),
        Err(StoreError::Missing { .. }) => None,
        Err(error) => return Err(desk::refused(request::failed(&error))),
    };
    status::gather(&config, None, reader.as_ref(), None, clock::now())
        .map_err(|error| desk::refused(request::failed(&error)))
}

#[derive(Serialize)]
struct StatusJson<'a> {
    v: u32,
    #[serde(flatten)]
    status: &'a Status,
}

fn text(status: &Status, voice: &Voice) -> Vec<String> {
    let labels = voice.phrases.command();
    let head = match status.since {
        Some(since) => voice.said(Said::Watching {
            since: &voice.moment(since),
        }),
        None => voice.said(Said::NobodyWatches),
    };
    let mut text = vec![head, String::new()];
    let mut rows = vec![labels.accounts.map(str::to_owned).to_vec()];
    rows.extend(
        status
            .accounts
            .iter()
            .map(|account| row(account, status.at, voice)),
    );
    text.extend(aligned(&rows));
    for account in &status.accounts {
        let error = account
            .state
            .as_ref()
            .and_then(|state| state.last_error.as_ref());
        if let Some(error) = error {
            let name = plain::name(&account.name, 24);
            text.push(format!("{name}: {}: {error}", labels.last_error));
        }
    }
    text.push(String::new());
    if status.waiting.is_empty() {
        text.push(format!("{}: {}", labels.waiting, labels.none));
    } else {
        text.push(labels.waiting.to_owned());
        let rows: Vec<Vec<String>> = status
            .waiting
            .iter()
            .map(|waiting| {
                vec![
                    format!("  {}", waiting.alert),
                    voice.phrases.level(waiting.severity).to_owned(),
                    voice.column(waiting.at),
                    waiting.channels.join(", "),
                ]
            })
            .collect();
        text.extend(aligned(&rows));
    }
    if status.open.is_empty() {
        text.push(format!("{}: {}", labels.open, labels.none));
    } else {
        text.push(labels.open.to_owned());
        let open = lines(&status.open, voice);
        text.extend(open.into_iter().map(|line| format!("  {line}")));
    }
    text
}

fn row(account: &AccountLine, now: Timestamp, voice: &Voice) -> Vec<String> {
    let state = account.state.as_ref();
    let at = |moment: Option<Timestamp>| {
        moment.map_or_else(|| "-".to_owned(), |moment| voice.column(moment))
    };
    let contact = state.and_then(|state| state.last_contact);
    vec![
        plain::name(&account.name, 24),
        voice
            .phrases
            .activity(state.map(|state| state.activity))
            .to_owned(),
        at(state.and_then(|state| state.connected_since)),
        contact.map_or_else(
            || "-".to_owned(),
            |contact| voice.phrases.ago(now.duration_since(contact).as_secs()),
        ),
        at(state.and_then(|state| state.last_mail)),
        at(state.and_then(|state| state.next_try)),
    ]
}
