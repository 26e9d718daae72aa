//! A program of the person's as a channel: each alert is one run of it, with the alert as JSON on its input.

use std::io;
use std::process::Stdio;
use std::time::Duration;

use thiserror::Error;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::io::process_group::Group;

/// What to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The program and its arguments; no shell reads them.
    pub argv: Vec<String>,
    /// How long one run may take.
    pub limit: Duration,
}

/// Why the program did not take an alert. What it printed is not shown: nobody knows what it holds.
#[derive(Debug, Error)]
pub enum ProgramError {
    /// It could not be started.
    #[error("could not start {program:?}: {source}; give its full path, and run it by hand once")]
    NotStarted {
        /// The program.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// It said that it failed.
    #[error("{program:?} failed ({status}); run it by hand as the same user to see why")]
    Failed {
        /// The program.
        program: String,
        /// Its exit status.
        status: String,
    },
    /// It did not end in time, and was killed with all that it had started.
    #[error("{program:?} did not end within {} s and was killed", limit.as_secs())]
    TooSlow {
        /// The program.
        program: String,
        /// The limit.
        limit: Duration,
    },
}

impl ProgramError {
    /// Whether a later attempt can end otherwise. A program that is not there does not come by itself.
    pub fn retry(&self) -> bool {
        match self {
            Self::NotStarted { .. } => false,
            Self::Failed { .. } | Self::TooSlow { .. } => true,
        }
    }
}

/// Runs the program. What it prints goes nowhere, so that no flood of it fills anything; what it leaves running when it
/// ends is ended too.
pub async fn deliver(options: &Options, input: &[u8]) -> Result<(), ProgramError> {
    let mut argv = options.argv.iter();
    let program = argv.next().cloned().unwrap_or_default();
    let not_started = |source| ProgramError::NotStarted {
        program: program.clone(),
        source,
    };
    let mut child = Command::new(&program)
        .args(argv)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(not_started)?;
    let group = Group::of(&child);
    let ended = tokio::time::timeout(options.limit, async {
        if let Some(mut stdin) = child.stdin.take() {
            // A program that does not want to read is not at fault.
            let _ = stdin.write_all(input).await;
            drop(stdin);
        }
        child.wait().await
    })
    .await;
    drop(group);
    let status = ended
        .map_err(|_| ProgramError::TooSlow {
            program: program.clone(),
            limit: options.limit,
        })?
        .map_err(not_started)?;
    if status.success() {
        return Ok(());
    }
    Err(ProgramError::Failed {
        program,
        status: status.to_string(),
    })
}
