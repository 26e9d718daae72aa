//! `mailward agent`: the alerts of a mailward on another machine, on this desktop.

use std::fs::{DirBuilder, File};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use rustix::fs::{FlockOperation, flock};
use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;

use crate::cli::arguments;
use crate::cli::exit::{Code, Failure};
use crate::cli::run::{runtime, stop_on_signals};
use crate::cli::{desk, logging};
use crate::daemon::agent::{self, Place};
use crate::io::via::Via;

/// Runs until it is ended; a connection that cannot be made is tried for ever.
pub fn run(options: &arguments::Agent) -> Result<(), Failure> {
    let words = shell_words::split(&options.via).map_err(|error| {
        Failure::from_error(Code::Usage, &error, "close every quotation mark in --via")
    })?;
    if words.is_empty() {
        return Err(Failure::new(
            Code::Usage,
            "--via is empty",
            "write for example --via \"ssh home\"",
        ));
    }
    logging::start();
    let state = desk::state_file()?;
    let folder = state.parent().unwrap_or(Path::new(".")).to_owned();
    let place = Place {
        name: name_of(&words),
        folder,
    };
    let _lock = lock(&place)?;
    let runtime = runtime()?;
    runtime.block_on(async {
        let stop = CancellationToken::new();
        stop_on_signals(&stop)?;
        let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
        agent::run(Via::new(words), place, stop)
            .await
            .map_err(|error| {
                Failure::from_error(
                    Code::Io,
                    &error,
                    "move the agent's .json file in the state folder away; open incidents are shown again then",
                )
            })
    })
}

/// Two agents may follow two machines.
fn name_of(words: &[String]) -> String {
    let digest = Sha256::digest(words.join("\0").as_bytes());
    let number = digest.iter().take(4).fold(0_u32, |number, byte| {
        number.wrapping_shl(8) | u32::from(*byte)
    });
    format!("agent-{number:08x}")
}

/// A second agent for the same machine would show everything twice.
fn lock(place: &Place) -> Result<File, Failure> {
    let path = place.folder.join(format!("{}.lock", place.name));
    let failed = |error: std::io::Error| {
        Failure::from_error(
            Code::Io,
            &error,
            format!("{}: check the folder's owner and mode", path.display()),
        )
    };
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&place.folder)
        .map_err(failed)?;
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(failed)?;
    flock(&file, FlockOperation::NonBlockingLockExclusive).map_err(|_| {
        Failure::new(
            Code::TryAgain,
            "another agent shows the alerts of this machine already",
            "end it first: systemctl --user stop mailward-agent",
        )
    })?;
    Ok(file)
}
