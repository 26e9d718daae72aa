//! `mailward status`: what is watched, since when, what waits and what is open.

pub mod text;

use std::io::Write;

use serde::Serialize;

use crate::cli::arguments::Global;
use crate::cli::exit::{Code, Failure};
use crate::cli::incidents::written;
use crate::cli::voice::Voice;
use crate::cli::{context, desk};
use crate::daemon::{request, status};
use crate::io::clock;
use crate::io::control::outcome::{Outcome, Status};
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
        for line in text::lines(&status, &voice) {
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
