//! The keys of the file, as TOML holds them, before anything is checked.

use serde::Deserialize;
use toml::Spanned;

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Root {
    /// `ja` or `en`.
    pub language: Option<Spanned<String>>,
    /// An IANA name.
    pub time_zone: Option<Spanned<String>>,
    /// `HH:MM-HH:MM`.
    pub quiet_hours: Option<Spanned<String>>,
    /// Whether to check DKIM signatures.
    pub dkim: Option<bool>,
    /// Whom to call.
    pub card_issuer: Option<CardIssuer>,
    /// A folder of rule packs.
    pub rules: Option<Spanned<String>>,
    /// Timeouts and sizes.
    pub limits: Option<Limits>,
    /// Who is told that all is well.
    pub heartbeat: Option<Heartbeat>,
    /// Accounts.
    #[serde(default)]
    pub account: Vec<Spanned<Account>>,
    /// Channels.
    #[serde(default)]
    pub channel: Vec<Spanned<Channel>>,
}

/// `card_issuer`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardIssuer {
    /// Its name.
    pub name: Spanned<String>,
    /// Its number.
    pub phone: Spanned<String>,
}

/// `heartbeat`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heartbeat {
    /// Required.
    pub url: Spanned<String>,
    /// A minute where it is missing.
    pub every: Option<Spanned<String>>,
    /// PEM.
    pub ca_file: Option<Spanned<String>>,
}

/// `[limits]`: durations are strings like `60s`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// See [`crate::config::Limits`].
    pub connect_timeout: Option<Spanned<String>>,
    /// See [`crate::config::Limits`].
    pub command_timeout: Option<Spanned<String>>,
    /// See [`crate::engine::watch::policy::Policy::renew_after`].
    pub idle_renewal: Option<Spanned<String>>,
    /// See [`crate::engine::watch::policy::Policy::poll_every`].
    pub poll_every: Option<Spanned<String>>,
    /// See [`crate::engine::watch::policy::Policy::blind_after`].
    pub blind_after: Option<Spanned<String>>,
    /// See [`crate::engine::watch::policy::Policy::lost`].
    pub backoff_first: Option<Spanned<String>>,
    /// See [`crate::engine::watch::policy::Policy::lost`].
    pub backoff_longest: Option<Spanned<String>>,
    /// See [`crate::engine::watch::policy::Policy::look_back`].
    pub look_back: Option<Spanned<String>>,
    /// In KiB.
    pub fetch_kib: Option<Spanned<u32>>,
    /// See [`crate::config::Limits`].
    pub attempt_delay: Option<Spanned<String>>,
    /// See [`crate::config::Limits`].
    pub done_timeout: Option<Spanned<String>>,
    /// See [`crate::config::Limits`].
    pub clock_check: Option<Spanned<String>>,
    /// See [`crate::config::Limits`].
    pub clock_jump: Option<Spanned<String>>,
    /// See [`crate::engine::watch::policy::Policy::renew_at_most`].
    pub idle_at_most: Option<Spanned<String>>,
    /// See [`crate::engine::watch::policy::Policy::folders_every`].
    pub folders_every: Option<Spanned<String>>,
    /// See [`crate::engine::watch::policy::Policy::busy`].
    pub busy_first: Option<Spanned<String>>,
    /// See [`crate::engine::watch::policy::Policy::busy`].
    pub busy_longest: Option<Spanned<String>>,
    /// See [`crate::engine::watch::policy::Policy::refused`].
    pub refused_first: Option<Spanned<String>>,
    /// See [`crate::engine::watch::policy::Policy::refused`].
    pub refused_longest: Option<Spanned<String>>,
    /// See [`crate::engine::watch::policy::Policy::token_retry`].
    pub token_retry: Option<Spanned<String>>,
    /// See [`crate::engine::watch::policy::Policy::connect_burst`].
    pub connect_burst: Option<Spanned<u32>>,
    /// See [`crate::engine::watch::policy::Policy::connect_refill`].
    pub connect_refill: Option<Spanned<String>>,
    /// See [`crate::engine::watch::policy::Policy::batch`].
    pub batch: Option<Spanned<u32>>,
    /// See [`crate::engine::watch::policy::Policy::headers_from`].
    pub headers_from: Option<Spanned<u32>>,
    /// See [`crate::engine::watch::policy::Policy::unreadable_answers`].
    pub skip_unreadable: Option<Spanned<u32>>,
    /// See [`crate::engine::watch::policy::Policy::suspect_losses`].
    pub skip_losses: Option<Spanned<u32>>,
    /// See [`crate::engine::watch::policy::Policy::suspect_for`].
    pub skip_after: Option<Spanned<String>>,
}

/// `[[account]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Required.
    pub name: Spanned<String>,
    /// Whose.
    pub person: Option<Spanned<String>>,
    /// Required.
    pub host: Spanned<String>,
    /// By `security` where it is missing.
    pub port: Option<Spanned<u16>>,
    /// `tls`, `starttls` or `none`.
    pub security: Option<Spanned<String>>,
    /// PEM.
    pub ca_file: Option<Spanned<String>>,
    /// SHA-256 of the server's certificate, hexadecimal.
    pub certificate_sha256: Option<Spanned<String>>,
    /// Required.
    pub user: Spanned<String>,
    /// Required, not empty.
    pub addresses: Option<Spanned<Vec<Spanned<String>>>>,
    /// Pins.
    #[serde(default)]
    pub authserv_ids: Vec<Spanned<String>>,
    /// argv.
    pub password_command: Option<Spanned<Vec<String>>>,
    /// A path.
    pub password_file: Option<Spanned<String>>,
    /// A name.
    pub password_credential: Option<Spanned<String>>,
    /// argv.
    pub token_command: Option<Spanned<Vec<String>>>,
    /// See [`crate::config::accounts::DEFAULT_FOLDERS`].
    pub folders: Option<Spanned<Vec<Spanned<String>>>>,
}

/// `[[channel]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    /// Required.
    pub kind: Spanned<String>,
    /// The kind's name where it is missing.
    pub name: Option<Spanned<String>>,
    /// `info` where it is missing.
    pub min_severity: Option<Spanned<String>>,
}
