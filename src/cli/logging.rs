//! What the daemon says of itself: to stderr, with priorities for the journal, and never the content of a mail.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use crate::io::environment;
use crate::io::imap;

/// The variable that sets the level, as in `MAILWARD_LOG=debug`.
const VARIABLE: &str = "MAILWARD_LOG";

/// Sends log lines to stderr from now on. Called once, before anything is logged.
///
/// Libraries below the mailbox connection print what servers send; they stay quiet whatever level is asked for.
pub fn start() {
    let wanted = environment::variable(VARIABLE)
        .and_then(|value| value.into_string().ok())
        .unwrap_or_else(|| "info".to_owned());
    let mut filter = EnvFilter::try_new(wanted).unwrap_or_else(|_| EnvFilter::new("info"));
    for directive in imap::QUIET_TARGETS {
        if let Ok(directive) = directive.parse() {
            filter = filter.add_directive(directive);
        }
    }
    let journal = environment::variable("JOURNAL_STREAM").is_some();
    let lines = fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_target(false);
    // The journal writes its own time beside each line.
    let started = if journal {
        lines.without_time().try_init()
    } else {
        lines.try_init()
    };
    drop(started);
}
