//! What the person configured, checked whole before anything starts.

pub mod accounts;
pub mod channels;
pub mod editor;
pub mod error;
pub mod language;
pub mod limits;
pub mod locate;
pub mod oauth;
pub mod parse;
pub mod providers;
pub mod schema;
pub mod values;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::tz::TimeZone;

use crate::engine::incident::Severity;
use crate::engine::rule::Trust;
use crate::engine::staging::Pace;
use crate::engine::watch::policy::Policy;
use crate::engine::wording::push::Privacy;
use crate::engine::wording::{CardIssuer, Language};
use crate::io::certificate::Fingerprint;
use crate::io::http::Url;
use crate::io::imap::Security;
use crate::io::secrets::Source;
use crate::io::{ntfy, program, smtp, webhook};

/// A whole configuration. Every value in it is valid.
#[derive(Debug, Clone)]
pub struct Config {
    /// The file that it was read from.
    pub file: PathBuf,
    /// The language of alerts and reports; `None` leaves it to the locale.
    pub language: Option<Language>,
    /// The person's time zone, for quiet hours and for the times in texts.
    pub time_zone: TimeZone,
    /// Quiet hours as minutes after midnight, `(start, end)`; `end` is larger than 1440 where it lies past midnight.
    pub quiet_hours: Option<(u16, u16)>,
    /// Whether to check DKIM signatures where the provider vouches for nothing; asks the DNS for the keys.
    pub dkim: bool,
    /// Whom to call first.
    pub card_issuer: Option<CardIssuer>,
    /// A folder of further rule packs.
    pub rules: Option<PathBuf>,
    /// Timeouts and sizes of the mailbox connections.
    pub limits: Limits,
    /// Who is told that all is well, as long as it is.
    pub heartbeat: Option<Heartbeat>,
    /// The watched accounts; at least one.
    pub accounts: Vec<Arc<Account>>,
    /// Where alerts go; at least one.
    pub channels: Vec<Channel>,
}

/// A watchdog elsewhere that misses mailward when it falls silent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heartbeat {
    /// What to ask for.
    pub url: Url,
    /// How often.
    pub every: Duration,
    /// A file of further certificate authorities, PEM.
    pub ca_file: Option<PathBuf>,
}

/// One watched mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// A unique name.
    pub name: String,
    /// Whose it is; incidents are kept per person.
    pub person: String,
    /// The IMAP server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// A file of further certificate authorities, PEM.
    pub ca_file: Option<PathBuf>,
    /// The only certificate to trust, by its fingerprint: for a server that no authority vouches for.
    pub certificate: Option<Fingerprint>,
    /// The login name.
    pub user: String,
    /// The person's own addresses, lower case; at least one.
    pub addresses: Vec<String>,
    /// Pinned authserv-ids, lower case.
    pub authserv_ids: Vec<String>,
    /// Where the password or token comes from.
    pub secret: Source,
    /// Watched folders; at least one.
    pub folders: Vec<String>,
}

/// Where alerts go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// A unique name; the kind's name where none is given.
    pub name: String,
    /// Which way out.
    pub kind: ChannelKind,
    /// Nothing quieter is sent here.
    pub min_severity: Severity,
    /// In quiet hours anything quieter waits for their end.
    pub quiet_min_severity: Severity,
    /// An alert comes here only when nobody answered it for so long.
    pub escalate_after: Option<Duration>,
    /// How much of an alert is said here.
    pub privacy: Privacy,
}

/// A way out for alerts. Closed: each kind carries its own options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChannelKind {
    /// The desktop's notification service.
    Desktop,
    /// The terminal, or the journal under systemd.
    Journal,
    /// A phone, over an ntfy server.
    Ntfy(Box<ntfy::Options>),
    /// A web server of the person's.
    Webhook(Box<webhook::Options>),
    /// A mail to another mailbox.
    Email(Box<smtp::Options>),
    /// A program of the person's.
    Command(program::Options),
    /// The screen of `mailward demo`; no config names it.
    Screen,
}

impl Channel {
    /// A channel that takes everything at once, named as its kind.
    pub fn of(kind: ChannelKind) -> Self {
        Self {
            name: kind.name().to_owned(),
            kind,
            min_severity: Severity::Info,
            quiet_min_severity: Severity::Info,
            escalate_after: None,
            privacy: Privacy::Full,
        }
    }
}

impl ChannelKind {
    /// The name in the config.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Desktop => "desktop",
            Self::Journal => "journal",
            Self::Ntfy(_) => "ntfy",
            Self::Webhook(_) => "webhook",
            Self::Email(_) => "email",
            Self::Command(_) => "command",
            Self::Screen => "screen",
        }
    }

    /// Whether alerts leave the machine on it, or may.
    pub fn leaves_the_machine(&self) -> bool {
        match self {
            Self::Desktop | Self::Journal | Self::Screen => false,
            Self::Ntfy(_) | Self::Webhook(_) | Self::Email(_) | Self::Command(_) => true,
        }
    }
}

/// Timeouts and sizes of the mailbox connections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// When to renew, poll, retry, look back and complain.
    pub policy: Policy,
    /// How fast one host may be connected to.
    pub pace: Pace,
    /// For a TCP connection.
    pub connect_timeout: Duration,
    /// How long one address may keep the next one waiting (RFC 8305 §5).
    pub attempt_delay: Duration,
    /// For one step on a connection: TLS, login, the answer to a command.
    pub command_timeout: Duration,
    /// For the end of IDLE after DONE.
    pub done_timeout: Duration,
    /// How often to look whether the machine slept, the clock jumped or the network changed.
    pub clock_check: Duration,
    /// A larger jump means that the machine slept.
    pub clock_jump: SignedDuration,
    /// Bytes of a mail that are fetched; the rest stays on the server.
    pub fetch_bytes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            policy: Policy::default(),
            pace: Pace::default(),
            connect_timeout: Duration::from_secs(10),
            attempt_delay: Duration::from_millis(250),
            command_timeout: Duration::from_mins(1),
            done_timeout: Duration::from_secs(15),
            clock_check: Duration::from_secs(15),
            clock_jump: SignedDuration::from_secs(30),
            fetch_bytes: 256 * 1024,
        }
    }
}

impl Config {
    /// The account with this name.
    pub fn account(&self, name: &str) -> Option<&Account> {
        let mut accounts = self.accounts.iter().map(AsRef::as_ref);
        accounts.find(|account: &&Account| account.name == name)
    }

    /// What all accounts together trust.
    pub fn trust(&self) -> Trust {
        let mut all = Trust::default();
        for account in &self.accounts {
            let Trust {
                addresses,
                authserv_ids,
            } = account.trust();
            all.addresses.extend(addresses);
            all.authserv_ids.extend(authserv_ids);
        }
        all.addresses.sort();
        all.addresses.dedup();
        all.authserv_ids.sort();
        all.authserv_ids.dedup();
        all
    }
}

impl Account {
    /// What makes a sender trustworthy for mail of this account.
    pub fn trust(&self) -> Trust {
        Trust {
            addresses: self.addresses.clone(),
            authserv_ids: self.authserv_ids.clone(),
        }
    }
}
