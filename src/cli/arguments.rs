//! The command line's grammar.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};

use crate::config::values;
use crate::engine::wording::Language;

/// Keeps watch over your mailboxes and rings when somebody else is using one of your accounts.
#[derive(Debug, Parser)]
#[command(
    name = "mailward",
    version,
    propagate_version = true,
    arg_required_else_help = true
)]
pub struct Arguments {
    /// What holds for every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// The configuration [default: `mailward/mailward.toml` in `$XDG_CONFIG_HOME`, then /etc/mailward/mailward.toml]
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// The language of what is printed, ja or en [default: the configuration's, else the locale's]
    #[arg(long, value_name = "LANGUAGE", global = true, value_parser = language)]
    pub lang: Option<Language>,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Set up: find the server, log in, look at the history, choose channels, write the configuration
    Init(Box<crate::cli::init::options::Options>),
    /// Check the configuration, the rules and the secrets, and say what will be watched
    Check {
        /// Log in to each account too: capabilities, folders, certificate, whose marks are on recent mails
        #[arg(long)]
        online: bool,
    },
    /// Sign in to an account with `oauth` at its provider: shows an address, and the code to type there
    Login {
        /// The account's name, as the configuration has it
        #[arg(value_name = "ACCOUNT")]
        account: String,
    },
    /// Run the watch over mail of the past: mbox, Maildir, a folder of .eml, one .eml, or an account
    Scan(Scan),
    /// Watch the mailboxes; this is the daemon
    Run,
    /// Say what is watched, which alerts wait and what is open
    Status {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Answer a question or an alert
    Answer {
        /// The incident's id, as the alert names it
        #[arg(value_name = "ID")]
        incident: String,
        /// Whether it was you
        #[arg(value_enum)]
        answer: AnswerWord,
    },
    /// The incidents: list them, show one, write its report, tick off its steps, close it
    Incidents {
        /// What to do with them.
        #[command(subcommand)]
        command: Option<Incidents>,
    },
    /// Say beforehand that you are about to sign in, or to buy gifts
    Expect(Expect),
    /// The latest alerts, or all alerts as they come
    Alerts(Alerts),
    /// Take a text message from the standard input, as the phone got it
    Ingest(Ingest),
    /// Show the alerts of a mailward on another machine on this desktop, and send the answers back
    Agent(Agent),
    /// Delete what was stored: of a service, of before a day, or everything
    Forget(Forget),
    /// Send a test alert
    TestAlert {
        /// On this channel only
        #[arg(long, value_name = "NAME")]
        channel: Option<String>,
        /// Do not ask whether it arrived
        #[arg(long)]
        yes: bool,
    },
    /// Let the running daemon read its configuration and rules again
    Reload,
    /// Show the whole thing in one minute, with nothing to set up
    #[cfg(feature = "demo")]
    Demo(Demo),
    /// Say what one mail says, and why
    Explain(Explain),
    /// The rules: list the services, or test a rule file
    Rules {
        /// What to do with them.
        #[command(subcommand)]
        command: Option<Rules>,
    },
    /// Print the JSON Schema of the configuration, for editors
    Schema,
    /// Print the completions for a shell
    Completions {
        /// Which shell
        #[arg(value_enum, value_name = "SHELL")]
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write the pages of all commands
    Man {
        /// Write every page into this folder
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
}

/// What can be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AnswerWord {
    /// It was me.
    Me,
    /// It was not me.
    NotMe,
    /// I am not sure.
    Unsure,
}

/// What can be done with incidents.
#[derive(Debug, Subcommand)]
pub enum Incidents {
    /// List all incidents (the default)
    List {
        /// Print one JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Show one incident: its orders, the reason for every point, the steps
    Show {
        /// The incident's id
        #[arg(value_name = "ID")]
        incident: String,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Write the report of one incident, to print or to send
    Report {
        /// The incident's id
        #[arg(value_name = "ID")]
        incident: String,
        /// As what
        #[arg(long, value_enum, default_value = "html")]
        format: ReportFormat,
        /// Write it to this file, which only you can read
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Tick off a step
    Done {
        /// The incident's id
        #[arg(value_name = "ID")]
        incident: String,
        /// The step's id, as `incidents show` prints it
        #[arg(value_name = "STEP")]
        step: String,
    },
    /// Close an incident
    Close {
        /// The incident's id
        #[arg(value_name = "ID")]
        incident: String,
    },
}

/// What a report can be written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// A page for a browser and for paper.
    Html,
    /// Text for a mail or a ticket.
    Markdown,
    /// The orders, for a spreadsheet.
    Csv,
    /// Everything, for a program.
    Json,
}

/// Options of `expect`.
#[derive(Debug, Args)]
pub struct Expect {
    /// The service, as `mailward rules` lists it, a domain, or `any`
    #[arg(value_name = "SERVICE")]
    pub service: String,
    /// For how long, up to 24h
    #[arg(long = "for", value_name = "DURATION", value_parser = duration, default_value = "10m")]
    pub duration: Duration,
    /// Orders of gifts instead of sign-in codes
    #[arg(long)]
    pub orders: bool,
    /// Who expects it, where several people are watched
    #[arg(long, value_name = "NAME")]
    pub person: Option<String>,
}

/// Options of `ingest`.
#[derive(Debug, Args)]
pub struct Ingest {
    /// It is a text message
    #[arg(long, required = true)]
    pub sms: bool,
    /// From whom, as the phone shows it: a number or a name
    #[arg(long, value_name = "SENDER")]
    pub from: Option<String>,
    /// Whose phone, where several people are watched
    #[arg(long, value_name = "NAME")]
    pub person: Option<String>,
}

/// Options of `forget`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).args(["service", "before", "all"]))]
pub struct Forget {
    /// Everything of this service
    #[arg(long, value_name = "SERVICE")]
    pub service: Option<String>,
    /// Everything that happened before this day: 2026-01-31
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub before: Option<jiff::civil::Date>,
    /// Everything
    #[arg(long)]
    pub all: bool,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

/// Options of `alerts`.
#[derive(Debug, Args)]
pub struct Alerts {
    /// Print alerts as they come, until the daemon ends
    #[arg(long)]
    pub follow: bool,
    /// Print one JSON object a line
    #[arg(long)]
    pub json: bool,
    /// With --follow: begin after the alert with this `seq`
    #[arg(long, value_name = "SEQ", requires = "follow")]
    pub after: Option<i64>,
    /// With --follow --json: also print what still waits for an answer, at the beginning, when one is answered, and
    /// every half minute
    #[arg(long, requires = "follow", requires = "json")]
    pub standing: bool,
}

/// Options of `agent`.
#[derive(Debug, Args)]
pub struct Agent {
    /// How to reach the server: the words before `mailward`, split as a shell would, but run without one
    #[arg(
        long,
        value_name = "COMMAND",
        long_help = "How to reach the server: the words before `mailward`, split as a shell would, but run without one. \
                     For example: --via \"ssh -o BatchMode=yes -o ServerAliveInterval=15 home\""
    )]
    pub via: String,
}

/// Options of `demo`.
#[cfg(feature = "demo")]
#[derive(Debug, Args)]
pub struct Demo {
    /// Play it in a few seconds
    #[arg(long)]
    pub fast: bool,
    /// Another story: takeover, ordinary-day, mail-bomb, five-orders, or a file of your own
    #[arg(long, value_name = "STORY", default_value = "takeover")]
    pub story: String,
    /// Play it as if it were this moment, so that two runs print the same
    #[arg(long, value_name = "TIME", hide = true)]
    pub now: Option<jiff::Timestamp>,
}

/// Options of `scan`.
#[derive(Debug, Args)]
pub struct Scan {
    /// An mbox, a Maildir, a folder of .eml files or one .eml file; without any, the account of --account is read
    #[arg(required_unless_present = "account", value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// How results are printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Print every signal too
    #[arg(long)]
    pub signals: bool,
    /// What arrived longer ago is left out: 90d, 12h
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub since: Option<Duration>,
    /// Answers to feed in, one JSON object a line: `{"incident" or "message_id", "answer", "at"}`
    #[arg(long, value_name = "FILE")]
    pub answers: Option<PathBuf>,
    /// Learn from it what is ordinary for the person, and keep it
    #[arg(long)]
    pub learn: bool,
    /// Whose mail it is.
    #[command(flatten)]
    pub trust: TrustOptions,
}

/// Options that say whose mail is read and which headers are believed.
#[derive(Debug, Clone, Default, Args)]
pub struct TrustOptions {
    /// The account whose addresses and authserv-ids apply [default: those of all accounts together]
    #[arg(long, value_name = "NAME")]
    pub account: Option<String>,
    /// Believe Authentication-Results headers of this server; may be repeated
    #[arg(long = "authserv-id", value_name = "ID")]
    pub authserv_ids: Vec<String>,
    /// An address of yours; may be repeated
    #[arg(long = "address", value_name = "ADDRESS")]
    pub addresses: Vec<String>,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// One JSON object a line.
    Jsonl,
}

/// Options of `explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// The mail
    #[arg(value_name = "FILE.eml")]
    pub path: PathBuf,
    /// Leave out ids, amounts and addresses, so that the text can be shown to others
    #[arg(long)]
    pub redact: bool,
    /// Whose mail it is.
    #[command(flatten)]
    pub trust: TrustOptions,
}

/// What can be done with rules.
#[derive(Debug, Subcommand)]
pub enum Rules {
    /// List the services that mailward knows (the default)
    List,
    /// Check a rule file and the examples in it; without a file, every pack in use
    Test {
        /// The rule file
        #[arg(value_name = "FILE.toml")]
        path: Option<PathBuf>,
    },
}

fn language(text: &str) -> Result<Language, String> {
    Language::from_name(text).ok_or_else(|| "expected ja or en".to_owned())
}

fn day(text: &str) -> Result<jiff::civil::Date, String> {
    text.parse()
        .map_err(|_| "expected a day like 2026-01-31".to_owned())
}

fn duration(text: &str) -> Result<Duration, String> {
    values::duration(text).ok_or_else(|| "expected a number and a unit: 90d, 12h, 30m".to_owned())
}
