//! From the parsed command line to the subcommand.

use crate::cli::arguments::{Arguments, Command};
use crate::cli::exit::Failure;
use crate::cli::{check, explain, rules, run as daemon, scan};

/// Carries out the command; results go to stdout.
pub fn run(arguments: Arguments) -> Result<(), Failure> {
    let Arguments { global, command } = arguments;
    let mut out = anstream::stdout().lock();
    match command {
        Command::Check => check::run(&global, &mut out),
        Command::Run => daemon::run(&global),
        Command::Scan(options) => scan::run(&global, &options, &mut out),
        Command::Explain(options) => explain::run(&global, &options, &mut out),
        Command::Rules { command } => rules::run(&global, command, &mut out),
    }
}
