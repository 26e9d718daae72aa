//! Arguments in, exit code out; prints the error, its causes and the next step.

use std::process::ExitCode;

use clap::Parser as _;
use mailward::cli::arguments::Arguments;
use mailward::cli::{dispatch, exit};

fn main() -> ExitCode {
    let done = Arguments::try_parse()
        .map_err(exit::Failure::usage)
        .and_then(dispatch::run);
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => exit::report(&failure),
    }
}
