//! The options of `mailward init`: every question can be answered on the command line.

use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueEnum};

/// Options of `init`.
#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("secret_source").args([
        "password_stdin", "password_file", "password_command", "password_credential", "token_command",
    ]),
    group = ArgGroup::new("stamps").args(["authserv_ids", "no_authserv_id"]).multiple(true)
)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own on the command line"
)]
pub struct Options {
    /// The mail address to watch
    #[arg(long, value_name = "ADDRESS")]
    pub address: Option<String>,
    /// The account's name in the configuration [default: the provider's]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Whose account it is; incidents are kept per person
    #[arg(long, value_name = "NAME")]
    pub person: Option<String>,
    /// The IMAP server
    #[arg(long, value_name = "HOST")]
    pub host: Option<String>,
    /// Its port [default: 993, or 143 without tls]
    #[arg(long, value_name = "PORT")]
    pub port: Option<u16>,
    /// How the connection is protected
    #[arg(long, value_enum)]
    pub security: Option<SecurityWord>,
    /// The login name [default: by the provider, else the address]
    #[arg(long, value_name = "USER")]
    pub user: Option<String>,
    /// A certificate authority of your own, PEM
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
    /// Accept exactly the server certificate with this fingerprint
    #[arg(long, value_name = "HEX", conflicts_with = "ca_file")]
    pub certificate_sha256: Option<String>,
    /// Read the password from the first line of stdin, and keep it in a file beside the configuration
    #[arg(long)]
    pub password_stdin: bool,
    /// The password is in this file, which only you can read
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// This command prints the password: "pass show mail"; no shell reads it
    #[arg(long, value_name = "COMMAND")]
    pub password_command: Option<String>,
    /// The password is the systemd credential of this name
    #[arg(long, value_name = "NAME")]
    pub password_credential: Option<String>,
    /// This command prints an OAuth access token
    #[arg(long, value_name = "COMMAND")]
    pub token_command: Option<String>,
    /// Believe Authentication-Results headers of this server; may be repeated
    #[arg(long = "authserv-id", value_name = "ID")]
    pub authserv_ids: Vec<String>,
    /// Believe no such headers
    #[arg(long, conflicts_with = "authserv_ids")]
    pub no_authserv_id: bool,
    /// How many days of history to look at; 0 skips it
    #[arg(long, value_name = "DAYS", default_value_t = 90, value_parser = clap::value_parser!(u16).range(0..=3650))]
    pub history_days: u16,
    /// Where alerts go; may be repeated
    #[arg(long = "channel", value_enum)]
    pub channels: Vec<ChannelWord>,
    /// The ntfy server
    #[arg(long, value_name = "URL", default_value = "https://ntfy.sh")]
    pub ntfy_server: String,
    /// The ntfy topic [default: a random one]
    #[arg(long, value_name = "TOPIC")]
    pub ntfy_topic: Option<String>,
    /// The number to call first when money is gone: the one on the back of your card
    #[arg(long, value_name = "NUMBER")]
    pub card_phone: Option<String>,
    /// Whose number that is, as alerts call it
    #[arg(long, value_name = "NAME", requires = "card_phone")]
    pub card_issuer: Option<String>,
    /// Send no test alert
    #[arg(long)]
    pub no_test_alert: bool,
    /// The service to install [default: asks]
    #[arg(long, value_enum)]
    pub unit: Option<UnitWord>,
    /// Ask nothing; fail with a list of what is missing
    #[arg(long)]
    pub non_interactive: bool,
}

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SecurityWord {
    /// TLS from the first byte.
    Tls,
    /// TLS after STARTTLS.
    Starttls,
    /// None; loopback only.
    None,
}

/// Where alerts go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ChannelWord {
    /// Notifications on the desktop.
    Desktop,
    /// The terminal, or the journal under systemd.
    Journal,
    /// A phone, through an ntfy server.
    Ntfy,
}

impl ChannelWord {
    /// The kind in the configuration.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Desktop => "desktop",
            Self::Journal => "journal",
            Self::Ntfy => "ntfy",
        }
    }
}

/// Which service to install.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum UnitWord {
    /// That of the user.
    User,
    /// That of the machine: says what to do.
    System,
    /// None.
    None,
}

impl Options {
    /// Where the secret comes from is said.
    pub fn names_secret(&self) -> bool {
        self.password_stdin
            || self.password_file.is_some()
            || self.password_command.is_some()
            || self.password_credential.is_some()
            || self.token_command.is_some()
    }
}
