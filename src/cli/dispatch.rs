//! From the parsed command line to the subcommand.

use crate::cli::arguments::{Arguments, Command};
use crate::cli::exit::Failure;
use crate::cli::{
    agent, alerts, answer, check, completions, expect, explain, forget, incidents, ingest, init,
    login, man, reload, rules, run as daemon, scan, schema, status, test_alert,
};
use crate::io::memory;

/// Carries out the command; results go to stdout.
pub fn run(arguments: Arguments) -> Result<(), Failure> {
    memory::keep_off_disk();
    let Arguments { global, command } = arguments;
    // Each line of the others is locked by itself: `run` and `demo` print from several threads.
    let out = anstream::stdout;
    match command {
        Command::Init(options) => init::run(&global, &options),
        Command::Check { online } => check::run(&global, online, &mut out().lock()),
        Command::Login { account } => login::run(&global, &account, &mut out().lock()),
        Command::Run => daemon::run(&global),
        Command::Status { json } => status::run(&global, json, &mut out().lock()),
        Command::Answer { incident, answer } => {
            answer::run(&global, incident, answer, &mut out().lock())
        }
        Command::Incidents { command } => incidents::run(&global, command, &mut out().lock()),
        Command::Expect(options) => expect::run(&global, options, &mut out().lock()),
        Command::Agent(options) => agent::run(&options),
        Command::Alerts(options) => alerts::run(&global, &options, &mut out().lock()),
        Command::Ingest(options) => ingest::run(&global, options, &mut out().lock()),
        Command::Forget(options) => forget::run(&global, &options, &mut out().lock()),
        // A channel prints from a thread of its own.
        Command::TestAlert { channel, yes } => test_alert::run(&global, channel, yes, &mut out()),
        Command::Reload => reload::run(&global, &mut out().lock()),
        #[cfg(feature = "demo")]
        Command::Demo(options) => crate::cli::demo::run(&global, &options),
        Command::Scan(options) => scan::run(&global, &options, &mut out().lock()),
        Command::Explain(options) => explain::run(&global, &options, &mut out().lock()),
        Command::Schema => schema::run(&mut out().lock()),
        Command::Completions { shell } => completions::run(shell, &mut out().lock()),
        Command::Man { dir } => man::run(dir.as_deref(), &mut out().lock()),
        Command::Rules { command } => rules::run(&global, command, &mut out().lock()),
    }
}
