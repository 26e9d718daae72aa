//! Watches one account over IMAP: performs what `engine::watch` decides, and hands the mails to the daemon.
//!
//! The mailbox is opened with EXAMINE and read with BODY.PEEK: no flag is ever changed. async-imap logs in, frames
//! and parses (`wire`, `response`); below it a stream filter (`guard`, `readable`) bounds what a hostile server can
//! make it hold, and keeps lines from it that it would die of.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use crate::engine::alert::Health;
use crate::engine::cursor::Cursor;
use crate::engine::message::RawMail;
use crate::engine::secret::Secret;
use crate::engine::staging::Pace;
use crate::engine::watch::output::AccountState;
use crate::engine::watch::policy::Policy;
use crate::io::certificate::Fingerprint;
use crate::io::clock::Clock;
use crate::io::imap::gate::Gate;
use crate::io::imap::pulse::Pulse;
use crate::io::imap::stage::Stage;

mod connect;
pub mod folders;
pub mod gate;
mod gather;
mod guard;
pub mod history;
mod login;
mod names;
pub mod probe;
pub mod pulse;
mod readable;
mod response;
mod running;
mod seek;
mod session;
pub mod stage;
mod talk;
mod task;
pub mod vigil;
mod wire;

/// Directives for a log filter: libraries below this module that would log what a server sent, or the password that
/// it was sent.
pub const QUIET_TARGETS: &[&str] = &[
    "async_imap=off",
    "imap_proto=off",
    "rustls=warn",
    "tokio_rustls=warn",
];

/// One account to watch.
#[derive(Debug, Clone)]
pub struct Options {
    /// Its name in events and logs.
    pub account: String,
    /// Host name, also the name in the server's certificate.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// PEM file of the only roots to trust; the platform's when absent.
    pub ca_file: Option<PathBuf>,
    /// The only certificate to trust, whoever signed it; then `ca_file` says nothing.
    pub certificate: Option<Fingerprint>,
    /// User name.
    pub user: String,
    /// Folders by name, in UTF-8, or by use: `\Junk`, `\All` (RFC 6154). The first one is watched with IDLE.
    pub folders: Vec<String>,
    /// Says whose bodies are needed where headers are fetched first.
    pub gate: Gate,
    /// Mails of the last moments, from before a restart: should they be gone, that is told.
    pub recent: Vec<Recent>,
    /// How long the machine has slept so far.
    pub slept: fn() -> Duration,
    /// Changes whenever somebody else knows that the machine woke up.
    pub wake: Option<watch::Receiver<u64>>,
    /// Changes whenever it is time to look about, where somebody else looks at the clock for all accounts.
    pub turn: Option<watch::Receiver<u64>>,
    /// Says when the host may be connected to.
    pub stage: Stage,
    /// Beats as long as the watch is at work.
    pub pulse: Pulse,
    /// Everything that has a limit.
    pub limits: Limits,
}

/// A mail that arrived moments ago.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recent {
    /// The folder as configured.
    pub folder: String,
    /// Its UID there.
    pub uid: u32,
    /// Its INTERNALDATE.
    pub arrived_at: Timestamp,
    /// Its Message-ID without angle brackets.
    pub message_id: String,
}

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte, port 993.
    Tls,
    /// TLS after STARTTLS, port 143. A server that does not offer it is not talked to.
    StartTls,
    /// None; only to a loopback address.
    None,
}

/// Limits of the link; those of the decisions are in [`Policy`].
#[derive(Debug, Clone)]
pub struct Limits {
    /// When to renew, poll, retry and complain.
    pub policy: Policy,
    /// The longest wait for any one step: lookup, TLS, login, a command, one message of a fetch.
    pub step: Duration,
    /// How fast one host may be connected to.
    pub pace: Pace,
    /// The longest wait for a TCP connection to one address.
    pub connect: Duration,
    /// How long one address may keep the next one waiting (RFC 8305 §5).
    pub attempt: Duration,
    /// The longest wait for the end of IDLE after DONE.
    pub done: Duration,
    /// Bytes of a message that are fetched; the rest is left on the server.
    pub fetch: u32,
    /// Bytes of a response without its literals.
    pub line: usize,
    /// How long the thread rests while what a server sends comes together; zero where it has other things to do.
    pub gather: Duration,
    /// Lines that may come in answer to one command, or during one IDLE.
    pub lines: u32,
    /// Mails that may wait to be stored before no more are read.
    pub unstored: usize,
    /// How often to look whether the clock jumped.
    pub clock_check: Duration,
    /// A larger jump means that the machine slept; `None` switches the check off (a clock that is not real).
    pub clock_jump: Option<SignedDuration>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            policy: Policy::default(),
            step: Duration::from_mins(1),
            pace: Pace::default(),
            connect: Duration::from_secs(10),
            attempt: Duration::from_millis(250),
            done: Duration::from_secs(15),
            fetch: 256 * 1024,
            line: 1024 * 1024,
            gather: Duration::ZERO,
            lines: 1_000_000,
            unstored: 32,
            clock_check: Duration::from_secs(15),
            clock_jump: Some(SignedDuration::from_secs(30)),
        }
    }
}

impl Limits {
    /// The largest literal: a fetched message, with some slack for a server that counts generously.
    pub(crate) fn literal(&self) -> usize {
        usize::try_from(self.fetch)
            .unwrap_or(usize::MAX)
            .saturating_add(64 * 1024)
    }
}

/// Where the secret of an account comes from. Asked at each connect.
pub trait Credentials: Send + Sync {
    /// The secret as it is now.
    fn secret(&self) -> BoxFuture<'_, Result<Credential, SecretError>>;

    /// The server refused the secret that was handed out last.
    fn refused(&self) {}
}

/// A secret, by its kind.
#[derive(Debug, Clone)]
pub enum Credential {
    /// For LOGIN or AUTHENTICATE PLAIN.
    Password(Secret),
    /// An access token for XOAUTH2 or OAUTHBEARER.
    Token(Secret),
}

/// The secret could not be had. The text says why without any part of the secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// It cannot be read.
    #[error("{0}")]
    Unreadable(String),
    /// The person has to sign in at the provider.
    #[error("{0}")]
    SignIn(String),
    /// Who makes it cannot be reached for now.
    #[error("{0}")]
    Unreachable(String),
}

/// What a watch tells the daemon, in order.
#[derive(Debug)]
pub enum Event {
    /// Several mails follow at once.
    CatchUpBegan {
        /// Account name.
        account: String,
        /// Folder name.
        folder: String,
        /// The folder was never watched before: the mails lie up to the look-back in the past.
        first_start: bool,
    },
    /// A mail.
    Mail(Box<Fetched>),
    /// A mail was deleted within moments of its arrival.
    Vanished {
        /// Account name.
        account: String,
        /// The mail, as [`RawMail::source`] named it.
        source: String,
    },
    /// A cursor to store without a mail: the baseline of a first start, or a message passed over.
    CursorMoved {
        /// Account name.
        account: String,
        /// Folder name.
        folder: String,
        /// What to store.
        cursor: Cursor,
        /// To be fired once it is stored.
        stored: oneshot::Sender<()>,
    },
    /// The mails since the matching [`Event::CatchUpBegan`] are all.
    CatchUpEnded {
        /// Account name.
        account: String,
        /// Folder name.
        folder: String,
    },
    /// Something about the watch that the person must know.
    Health(Health),
    /// The state for `status` changed.
    State {
        /// Account name.
        account: String,
        /// The state.
        state: Box<AccountState>,
    },
}

/// A mail, and what to store with it.
pub struct Fetched {
    /// Account name.
    pub account: String,
    /// Folder name.
    pub folder: String,
    /// What to store in the transaction of this mail.
    pub cursor: Cursor,
    /// The mail.
    pub raw: RawMail,
    /// The hash of its sender, where nothing else of it was kept: no rule can match the mail.
    pub passed_over: Option<u32>,
    /// Domains whose DKIM signature on it passes, as far as somebody checked.
    pub dkim_domains: Vec<String>,
    /// To be fired once mail and cursor are stored; dropped without that, the mail comes again.
    pub stored: oneshot::Sender<()>,
}

impl std::fmt::Debug for Fetched {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fetched")
            .field("source", &self.raw.source)
            .field("cursor", &self.cursor)
            .finish_non_exhaustive()
    }
}

/// What every mail passes on its way to the daemon; until it is through, no more of that account is read.
pub trait Check: Send {
    /// Looks at a mail and notes on it what was found.
    fn check<'a>(&'a mut self, mail: &'a mut Fetched) -> BoxFuture<'a, ()>;
}

/// Watches an account until `stop` is cancelled or the receiver of the events is gone.
///
/// `cursors` holds what was stored, by folder; a folder without one is read back over the look-back of the policy.
pub fn watch_account(
    options: Options,
    credentials: Arc<dyn Credentials>,
    cursors: &BTreeMap<String, Cursor>,
    check: Option<Box<dyn Check>>,
    events: mpsc::Sender<Event>,
    clock: Clock,
    stop: CancellationToken,
) -> impl Future<Output = ()> + Send + use<> {
    // In a box: a future holds what it was given and what it made of it, one beside the other.
    Box::new(task::Task::new(
        options,
        credentials,
        cursors,
        check,
        events,
        clock,
        stop,
    ))
    .run()
}
