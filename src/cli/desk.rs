//! Whom a command asks: the running daemon, or without one the store alone.

use std::path::PathBuf;
use std::sync::Arc;

use crate::cli::arguments::Global;
use crate::cli::context;
use crate::cli::exit::{Code, Failure};
use crate::config::locate;
use crate::daemon::offline::Offline;
use crate::daemon::request;
use crate::io::clock;
use crate::io::control::client::{Client, ClientError};
use crate::io::control::outcome::Outcome;
use crate::io::control::place;
use crate::io::control::protocol::{Refusal, RefusalKind, Reply, Request};
use crate::io::store::Store;
use crate::io::store::error::StoreError;

/// Asks the daemon; without one, does the same with the store.
pub fn ask(global: &Global, request: Request) -> Result<Outcome, Failure> {
    let reply = match daemon()? {
        Some(mut client) => client.ask(&request).map_err(unreachable)?,
        None => alone(global, request)?,
    };
    reply.map_err(refused)
}

/// The running daemon; `None` where none listens.
pub fn daemon() -> Result<Option<Client>, Failure> {
    Client::connect(&place::to_try(&state_file()?)).map_err(unreachable)
}

/// Where the state lies.
pub fn state_file() -> Result<PathBuf, Failure> {
    locate::state_file().ok_or_else(|| {
        Failure::new(
            Code::Config,
            "there is no place for the state file",
            "set HOME, XDG_STATE_HOME or STATE_DIRECTORY",
        )
    })
}

fn alone(global: &Global, request: Request) -> Result<Reply, Failure> {
    let state_file = state_file()?;
    // Reading needs neither the lock nor a configuration; only a file that has to be brought up to date does.
    match Store::open_read_only(&state_file) {
        Ok(reader) => {
            if let Some(reply) = request::look(&request, &reader) {
                return Ok(reply);
            }
        }
        Err(StoreError::Older { .. } | StoreError::Damaged { .. }) => {}
        Err(StoreError::Missing { .. }) if matches!(request, Request::Learn { .. }) => {}
        Err(error) => return Ok(Err(request::failed(&error))),
    }
    let config = context::config(global)?;
    let rules = Arc::new(context::rules(Some(&config))?);
    let now = clock::now();
    let mut offline = match Offline::open(config, rules, &state_file, now, &request) {
        Ok(offline) => offline,
        Err(refusal) => return Ok(Err(refusal)),
    };
    Ok(offline.carry_out(now, request))
}

/// A request that was not carried out.
pub fn refused(refusal: Refusal) -> Failure {
    let Refusal { kind, what, hint } = refusal;
    let code = match kind {
        RefusalKind::BadRequest | RefusalKind::Unknown | RefusalKind::Unfit => Code::BadData,
        RefusalKind::Forbidden => Code::LoginRefused,
        RefusalKind::Config => Code::Config,
        RefusalKind::Busy => Code::TryAgain,
        RefusalKind::Unavailable => Code::Unavailable,
        RefusalKind::Failed => Code::Io,
    };
    Failure::new(code, what, hint)
}

/// A daemon that cannot be asked.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that map_err takes"
)]
pub fn unreachable(error: ClientError) -> Failure {
    let (code, hint) = match &error {
        ClientError::Denied { .. } => (
            Code::LoginRefused,
            "run the command as the user whose mailward it is, or join the socket's group",
        ),
        ClientError::Io { .. } => (Code::Io, "see mailward's log"),
        ClientError::Foreign { .. } => (
            Code::BadData,
            "restart mailward, so that both are of one version",
        ),
        ClientError::Ended { .. } => (Code::TryAgain, "try again in a moment"),
    };
    Failure::from_error(code, &error, hint)
}

/// The daemon replied to another question: a fault of the program.
pub fn unexpected() -> Failure {
    Failure::new(
        Code::BadData,
        "mailward replied to another question",
        "restart mailward, so that both are of one version; if it stays, please report it",
    )
}
