//! `mailward reload`: the running daemon reads its configuration and rules again.

use std::io::Write;

use crate::cli::arguments::Global;
use crate::cli::desk;
use crate::cli::exit::{Code, Failure};
use crate::cli::voice::Voice;
use crate::engine::wording::command::Said;
use crate::io::control::outcome::Outcome;
use crate::io::control::protocol::Request;

/// Asks for it and says what changed; 78 where the daemon refused what it read.
pub fn run(global: &Global, out: &mut dyn Write) -> Result<(), Failure> {
    let Some(mut client) = desk::daemon()? else {
        return Err(Failure::new(
            Code::Unavailable,
            "mailward is not running",
            "start `mailward run`; it reads the configuration then",
        ));
    };
    let reply = client.ask(&Request::Reload).map_err(desk::unreachable)?;
    let Outcome::Reloaded(reloaded) = reply.map_err(desk::refused)? else {
        return Err(desk::unexpected());
    };
    let voice = Voice::new(global)?;
    let said = Said::Reloaded {
        kept: reloaded.kept.len(),
        started: reloaded.started.len(),
        stopped: reloaded.stopped.len(),
    };
    writeln!(out, "{}", voice.said(said))?;
    Ok(())
}
