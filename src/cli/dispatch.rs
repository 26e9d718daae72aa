//! From the parsed command line to the subcommand.

use crate::cli::arguments::{Arguments, Command};
use crate::cli::exit::Failure;
use crate::cli::{check, explain, rules, run as daemon, scan};

/// Carries out the command; results go to stdout.
pub fn run(arguments: Arguments) -> Result<(), Failure> {
    let Arguments { global, command } = arguments;
    // Each line of the others is locked by itself: `run` and `demo` print from several threads.
    let out = anstream::stdout;
    match command {
        Command::Check => check::run(&global, &mut out().lock()),
        Command::Run => daemon::run(&global),
        #[cfg(feature = "demo")]
        Command::Demo(options) => crate::cli::demo::run(&global, &options),
        Command::Scan(options) => scan::run(&global, &options, &mut out().lock()),
        Command::Explain(options) => explain::run(&global, &options, &mut out().lock()),
        Command::Rules { command } => rules::run(&global, command, &mut out().lock()),
    }
}
