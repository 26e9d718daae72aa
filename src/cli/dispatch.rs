//! From the parsed command line to the subcommand.

use crate::cli::arguments::{Arguments, Command};
use crate::cli::exit::Failure;
use crate::cli::{
    alerts, answer, check, expect, explain, incidents, reload, rules, run as daemon, scan, status,
    test_alert,
};

/// Carries out the command; results go to stdout.
pub fn run(arguments: Arguments) -> Result<(), Failure> {
    let Arguments { global, command } = arguments;
    let mut out = anstream::stdout().lock();
    match command {
        Command::Check => check::run(&global, &mut out),
        Command::Run => daemon::run(&global),
        Command::Status { json } => status::run(&global, json, &mut out),
        Command::Answer { incident, answer } => answer::run(&global, incident, answer, &mut out),
        Command::Incidents { command } => incidents::run(&global, command, &mut out),
        Command::Expect(options) => expect::run(&global, options, &mut out),
        Command::Alerts(options) => alerts::run(&global, &options, &mut out),
        Command::TestAlert { channel } => test_alert::run(&global, channel, &mut out),
        Command::Reload => reload::run(&global, &mut out),
        Command::Scan(options) => scan::run(&global, &options, &mut out),
        Command::Explain(options) => explain::run(&global, &options, &mut out),
        Command::Rules { command } => rules::run(&global, command, &mut out),
    }
}
