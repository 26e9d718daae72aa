//! The keys of the file, as TOML holds them, before anything is checked. What stands here at a key is what editors show
//! and what docs/configuration.md says.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

/// A whole number and `ms`, `s`, `m`, `h` or `d`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "it lends its schema to keys that hold a duration")]
struct Time(#[schemars(extend("pattern" = "^[0-9]+(ms|s|m|h|d)$"))] String);

/// The configuration of mailward.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Root {
    /// The language of alerts and reports: `ja` or `en`. Default: the locale's, English where it is another one.
    #[schemars(with = "Option<String>", extend("enum" = ["ja", "en"]), extend("examples" = ["ja"]))]
    pub language: Option<Spanned<String>>,
    /// The time zone of quiet hours and of the times in texts, an IANA name. Default: the system's.
    #[schemars(with = "Option<String>", extend("examples" = ["Asia/Tokyo"]))]
    pub time_zone: Option<Spanned<String>>,
    /// The hours in which you neither shop nor sign in, as `HH:MM-HH:MM`; the end may lie past midnight. What happens
    /// then weighs more. Default: none.
    #[schemars(with = "Option<String>", extend("examples" = ["01:00-06:00"]))]
    pub quiet_hours: Option<Spanned<String>>,
    /// Whether to check the DKIM signature of a mail that matters where your provider vouched for nothing; this asks
    /// the DNS for the sender's key.
    #[schemars(extend("default" = true))]
    pub dkim: Option<bool>,
    /// Whom to call first when money is gone: `{ name, phone }`. Default: none.
    pub card_issuer: Option<CardIssuer>,
    /// A folder of further rule packs (`*.toml`), read after the built-in ones. Default: none.
    #[schemars(with = "Option<String>", extend("examples" = ["/etc/mailward/rules"]))]
    pub rules: Option<Spanned<String>>,
    /// Timeouts and sizes of the mailbox connections.
    pub limits: Option<Limits>,
    /// A watchdog elsewhere, which hears of mailward for as long as every account is seen. Default: none.
    pub heartbeat: Option<Heartbeat>,
    /// The mailboxes, at least one.
    #[serde(default)]
    #[schemars(with = "Vec<Account>")]
    pub account: Vec<Spanned<Account>>,
    /// The ways on which alerts reach you, at least one.
    #[serde(default)]
    #[schemars(with = "Vec<Channel>")]
    pub channel: Vec<Spanned<Channel>>,
}

/// Whom to call first when money is gone.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CardIssuer {
    /// Its name, as the alerts call it.
    #[schemars(with = "String", extend("examples" = ["Example Card"]))]
    pub name: Spanned<String>,
    /// The number on the back of the card.
    #[schemars(with = "String", extend("examples" = ["0120-000-000"]))]
    pub phone: Spanned<String>,
}

/// A watchdog elsewhere.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Heartbeat {
    /// The address that is asked for, `http://` or `https://`.
    #[schemars(with = "String", extend("examples" = ["https://hc-ping.com/your-id"]))]
    pub url: Spanned<String>,
    /// How often it is asked for.
    #[schemars(with = "Option<Time>", extend("default" = "60s"))]
    pub every: Option<Spanned<String>>,
    /// A certificate authority of your own for that server, PEM. Default: the system's.
    #[schemars(with = "Option<String>", extend("examples" = ["/etc/ssl/certs/example.pem"]))]
    pub ca_file: Option<Spanned<String>>,
}

/// Timeouts and sizes of the mailbox connections.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// How long a TCP connection may take.
    #[schemars(with = "Option<Time>", extend("default" = "10s"))]
    pub connect_timeout: Option<Spanned<String>>,
    /// How long each further step may take: TLS, login, the answer to a command.
    #[schemars(with = "Option<Time>", extend("default" = "60s"))]
    pub command_timeout: Option<Spanned<String>>,
    /// How long one IDLE lasts without a word; a link that died is found within this time. At most `idle_at_most`.
    #[schemars(with = "Option<Time>", extend("default" = "5m"))]
    pub idle_renewal: Option<Spanned<String>>,
    /// How often to ask a server without IDLE.
    #[schemars(with = "Option<Time>", extend("default" = "60s"))]
    pub poll_every: Option<Spanned<String>>,
    /// How long without contact before an alert says so.
    #[schemars(with = "Option<Time>", extend("default" = "15m"))]
    pub blind_after: Option<Spanned<String>>,
    /// The first wait after a lost link; it doubles each time.
    #[schemars(with = "Option<Time>", extend("default" = "2s"))]
    pub backoff_first: Option<Spanned<String>>,
    /// The longest wait after a lost link.
    #[schemars(with = "Option<Time>", extend("default" = "80s"))]
    pub backoff_longest: Option<Spanned<String>>,
    /// How far the first start looks back.
    #[schemars(with = "Option<Time>", extend("default" = "72h"))]
    pub look_back: Option<Spanned<String>>,
    /// KiB of each mail that are fetched, 16 to 16384; the rest stays on the server.
    #[schemars(with = "Option<u32>", extend("minimum" = 16), extend("maximum" = 16384), extend("default" = 256))]
    pub fetch_kib: Option<Spanned<u32>>,
    /// How long one address of a host may keep the next one waiting.
    #[schemars(with = "Option<Time>", extend("default" = "250ms"))]
    pub attempt_delay: Option<Spanned<String>>,
    /// How long the end of IDLE may take.
    #[schemars(with = "Option<Time>", extend("default" = "15s"))]
    pub done_timeout: Option<Spanned<String>>,
    /// How often to look whether the machine slept or its address changed.
    #[schemars(with = "Option<Time>", extend("default" = "15s"))]
    pub clock_check: Option<Spanned<String>>,
    /// A larger jump of the clock means that the machine slept.
    #[schemars(with = "Option<Time>", extend("default" = "30s"))]
    pub clock_jump: Option<Spanned<String>>,
    /// How long one IDLE lasts in any case.
    #[schemars(with = "Option<Time>", extend("default" = "25m"))]
    pub idle_at_most: Option<Spanned<String>>,
    /// How often to ask for further folders where the server does not tell of them by itself.
    #[schemars(with = "Option<Time>", extend("default" = "45s"))]
    pub folders_every: Option<Spanned<String>>,
    /// The first wait when the server refuses for now: maintenance, too many connections.
    #[schemars(with = "Option<Time>", extend("default" = "30s"))]
    pub busy_first: Option<Spanned<String>>,
    /// The longest wait when the server refuses for now.
    #[schemars(with = "Option<Time>", extend("default" = "10m"))]
    pub busy_longest: Option<Spanned<String>>,
    /// The first wait when it refuses the password; short waits may lock the account.
    #[schemars(with = "Option<Time>", extend("default" = "15m"))]
    pub refused_first: Option<Spanned<String>>,
    /// The longest wait when it refuses the password.
    #[schemars(with = "Option<Time>", extend("default" = "60m"))]
    pub refused_longest: Option<Spanned<String>>,
    /// The one quick retry when it refuses an access token.
    #[schemars(with = "Option<Time>", extend("default" = "5s"))]
    pub token_retry: Option<Spanned<String>>,
    /// Connects at once.
    #[schemars(with = "Option<u32>", extend("minimum" = 1), extend("default" = 2))]
    pub connect_burst: Option<Spanned<u32>>,
    /// The time for one further connect.
    #[schemars(with = "Option<Time>", extend("default" = "60s"))]
    pub connect_refill: Option<Spanned<String>>,
    /// How many mailboxes connect to one host at once, before each further one waits for its turn.
    #[schemars(with = "Option<u32>", extend("minimum" = 1), extend("default" = 20))]
    pub host_burst: Option<Spanned<u32>>,
    /// The time between two turns: 40ms lets 25 mailboxes a second connect to one host.
    #[schemars(with = "Option<Time>", extend("default" = "40ms"))]
    pub host_refill: Option<Spanned<String>>,
    /// Messages that are asked for in one command, 1 to 2000.
    #[schemars(with = "Option<u32>", extend("minimum" = 1), extend("maximum" = 2000), extend("default" = 500))]
    pub batch: Option<Spanned<u32>>,
    /// Of more new messages than this the headers come first, and only the bodies that a rule may want; 1 to 2000.
    #[schemars(with = "Option<u32>", extend("minimum" = 1), extend("maximum" = 2000), extend("default" = 32))]
    pub headers_from: Option<Spanned<u32>>,
    /// Answers to one message that cannot be read before it is passed over, which is told.
    #[schemars(with = "Option<u32>", extend("minimum" = 1), extend("default" = 3))]
    pub skip_unreadable: Option<Spanned<u32>>,
    /// Lost links at one message before it is passed over, if `skip_after` has gone by too.
    #[schemars(with = "Option<u32>", extend("minimum" = 1), extend("default" = 6))]
    pub skip_losses: Option<Spanned<u32>>,
    /// How long one message must be in the way before it is passed over.
    #[schemars(with = "Option<Time>", extend("default" = "10m"))]
    pub skip_after: Option<Spanned<String>>,
}

/// One mailbox.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// A unique name.
    #[schemars(with = "String", extend("examples" = ["home"]))]
    pub name: Spanned<String>,
    /// Whose mailbox it is; incidents are kept per person.
    #[schemars(with = "Option<String>", extend("default" = "me"))]
    pub person: Option<Spanned<String>>,
    /// The IMAP server.
    #[schemars(with = "String", extend("examples" = ["imap.example.com"]))]
    pub host: Spanned<String>,
    /// Its port. Default: 993 for `tls`, else 143.
    #[schemars(with = "Option<u16>", extend("minimum" = 1), extend("examples" = [993]))]
    pub port: Option<Spanned<u16>>,
    /// How the connection is protected: `tls`, `starttls`, or `none` to a loopback address only.
    #[schemars(with = "Option<String>", extend("enum" = ["tls", "starttls", "none"]), extend("default" = "tls"))]
    pub security: Option<Spanned<String>>,
    /// A certificate authority of your own for that server, PEM. Default: the system's.
    #[schemars(with = "Option<String>", extend("examples" = ["/etc/ssl/certs/example.pem"]))]
    pub ca_file: Option<Spanned<String>>,
    /// The SHA-256 fingerprint of the server's certificate, hexadecimal: exactly this one is accepted, whoever signed it.
    /// Default: none, and the certificate has to be one that the system trusts.
    #[schemars(with = "Option<String>", extend("examples" = ["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"]))]
    pub certificate_sha256: Option<Spanned<String>>,
    /// The login name.
    #[schemars(with = "String", extend("examples" = ["hanako@example.com"]))]
    pub user: Spanned<String>,
    /// Every address of yours that arrives in this mailbox, at least one.
    #[schemars(with = "Vec<String>", extend("minItems" = 1), extend("examples" = [["hanako@example.com"]]))]
    pub addresses: Option<Spanned<Vec<Spanned<String>>>>,
    /// Whose Authentication-Results headers to believe: the first word of that header in a mail that your provider
    /// accepted. Without it every sender stays unverified where mailward finds no signature itself, and alerts stop at
    /// `warning`.
    #[serde(default)]
    #[schemars(with = "Vec<String>", extend("examples" = [["mx.example.com"]]))]
    pub authserv_ids: Vec<Spanned<String>>,
    /// Prints the password: a program and its arguments; no shell reads it. Exactly one of this and the next four.
    #[schemars(with = "Option<Vec<String>>", extend("minItems" = 1), extend("examples" = [["pass", "show", "mail"]]))]
    pub password_command: Option<Spanned<Vec<String>>>,
    /// A file that holds the password and that nobody else can read (mode 0600).
    #[schemars(with = "Option<String>", extend("examples" = ["~/.config/mailward/password"]))]
    pub password_file: Option<Spanned<String>>,
    /// The name of a systemd credential (`LoadCredential=` in the unit) that holds the password.
    #[schemars(with = "Option<String>", extend("examples" = ["imap"]))]
    pub password_credential: Option<Spanned<String>>,
    /// Prints an OAuth access token: a program and its arguments.
    #[schemars(with = "Option<Vec<String>>", extend("minItems" = 1), extend("examples" = [["oama", "access", "hanako@example.com"]]))]
    pub token_command: Option<Spanned<Vec<String>>>,
    /// Tokens that mailward gets itself, after you signed in once with `mailward login`.
    #[schemars(with = "Option<OAuth>")]
    pub oauth: Option<Spanned<OAuth>>,
    /// Which folders, by name or by use (`\\Junk`, `\\Trash`, `\\Archive`, `\\All`). The first one is watched with
    /// IDLE, the others on the same connection.
    #[schemars(with = "Option<Vec<String>>", extend("minItems" = 1), extend("default" = ["INBOX", "\\Junk", "\\Trash", "\\Archive", "\\All"]))]
    pub folders: Option<Spanned<Vec<Spanned<String>>>>,
}

/// Tokens that mailward gets itself, after you signed in once with `mailward login`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OAuth {
    /// Whose addresses and scope to use: `microsoft` or `google`. Default: none, and the three keys below say them.
    #[schemars(with = "Option<String>", extend("enum" = ["microsoft", "google"]))]
    pub provider: Option<Spanned<String>>,
    /// The id of the client that you registered at the provider; docs/providers.md says how.
    #[schemars(with = "String", extend("examples" = ["00000000-0000-0000-0000-000000000000"]))]
    pub client_id: Spanned<String>,
    /// A file with the client's secret that nobody else can read (mode 0600), where the provider gave one.
    #[schemars(with = "Option<String>", extend("examples" = ["~/.config/mailward/client-secret"]))]
    pub client_secret_file: Option<Spanned<String>>,
    /// Prints the client's secret: a program and its arguments.
    #[schemars(with = "Option<Vec<String>>", extend("minItems" = 1), extend("examples" = [["pass", "show", "client"]]))]
    pub client_secret_command: Option<Spanned<Vec<String>>>,
    /// Where a code is asked for, `https://`. Default: the provider's.
    #[schemars(with = "Option<String>", extend("examples" = ["https://login.example.com/device"]))]
    pub device_authorization_url: Option<Spanned<String>>,
    /// Where tokens are asked for, `https://`. Default: the provider's.
    #[schemars(with = "Option<String>", extend("examples" = ["https://login.example.com/token"]))]
    pub token_url: Option<Spanned<String>>,
    /// What the tokens are for. Default: mail over IMAP at the provider.
    #[schemars(with = "Option<String>", extend("examples" = ["imap offline_access"]))]
    pub scope: Option<Spanned<String>>,
    /// A certificate authority of your own for these addresses, PEM. Default: the system's.
    #[schemars(with = "Option<String>", extend("examples" = ["/etc/ssl/certs/example.pem"]))]
    pub ca_file: Option<Spanned<String>>,
}

/// One way on which alerts reach you. Which keys belong to which kind is in [`crate::config::channels`].
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(description = "One way on which alerts reach you.")]
pub struct Channel {
    /// Which way: `desktop` shows notifications, `journal` writes to the terminal, or to the journal under systemd; `ntfy` rings
    /// a phone, `webhook` asks a web server, `email` sends a mail, `command` starts a program.
    #[schemars(with = "String", extend("enum" = ["desktop", "journal", "ntfy", "webhook", "email", "command"]))]
    pub kind: Spanned<String>,
    /// A unique name. Default: the kind.
    #[schemars(with = "Option<String>", extend("examples" = ["desktop"]))]
    pub name: Option<Spanned<String>>,
    /// Nothing quieter is sent here: `info`, `notice`, `warning` or `critical`.
    #[schemars(with = "Option<String>", extend("enum" = ["info", "notice", "warning", "critical"]), extend("default" = "info"))]
    pub min_severity: Option<Spanned<String>>,
    /// What rings here in `quiet_hours`; what is quieter waits until they end. Default: `warning`, and everything for `desktop`
    /// and `journal`.
    #[schemars(with = "Option<String>", extend("enum" = ["info", "notice", "warning", "critical"]))]
    pub quiet_min_severity: Option<Spanned<String>>,
    /// Only what nobody answered for so long on the other channels is sent here. Default: everything at once.
    #[schemars(with = "Option<Time>", extend("examples" = ["5m"]))]
    pub escalate_after: Option<Spanned<String>>,
    /// `minimal` tells kind, service, counts, times and the next step, `full` amounts and order numbers too. Default: `full` for
    /// `desktop` and `journal`, else `minimal`.
    #[schemars(with = "Option<String>", extend("enum" = ["minimal", "full"]))]
    pub privacy: Option<Spanned<String>>,
    /// ntfy, webhook, email: a certificate authority of your own for that server, PEM. Default: the system's.
    #[schemars(with = "Option<String>", extend("examples" = ["/etc/ssl/certs/example.pem"]))]
    pub ca_file: Option<Spanned<String>>,
    /// ntfy: the server.
    #[schemars(with = "Option<String>", extend("default" = "https://ntfy.sh"))]
    pub server: Option<Spanned<String>>,
    /// ntfy: the topic that the phone subscribes to; on ntfy.sh whoever knows its name can read it. Required.
    #[schemars(with = "Option<String>", extend("examples" = ["f0a2c4d6e8b0a2c4d6e8f0a2c4d6e8b0"]))]
    pub topic: Option<Spanned<String>>,
    /// ntfy: whether alerts have buttons that answer.
    #[schemars(with = "Option<bool>", extend("default" = true))]
    pub answers: Option<Spanned<bool>>,
    /// ntfy: prints an access token of the server: a program and its arguments. At most one of this and the next two.
    #[schemars(with = "Option<Vec<String>>", extend("minItems" = 1), extend("examples" = [["pass", "show", "ntfy"]]))]
    pub token_command: Option<Spanned<Vec<String>>>,
    /// ntfy: a file that holds the access token (mode 0600).
    #[schemars(with = "Option<String>", extend("examples" = ["~/.config/mailward/ntfy-token"]))]
    pub token_file: Option<Spanned<String>>,
    /// ntfy: the name of a systemd credential that holds the access token.
    #[schemars(with = "Option<String>", extend("examples" = ["ntfy-token"]))]
    pub token_credential: Option<Spanned<String>>,
    /// ntfy: a topic into which the phone posts its text messages. Default: none.
    #[schemars(with = "Option<String>", extend("examples" = ["77c1a9e3b5d7f1a3c5e7a9b1d3f5a7c9"]))]
    pub inbox_topic: Option<Spanned<String>>,
    /// ntfy: prints the word that proves a text message: a program and its arguments. At most one of this and the next two.
    #[schemars(with = "Option<Vec<String>>", extend("minItems" = 1), extend("examples" = [["pass", "show", "sms"]]))]
    pub inbox_token_command: Option<Spanned<Vec<String>>>,
    /// ntfy: a file that holds the word (mode 0600).
    #[schemars(with = "Option<String>", extend("examples" = ["~/.config/mailward/sms-word"]))]
    pub inbox_token_file: Option<Spanned<String>>,
    /// ntfy: the name of a systemd credential that holds the word.
    #[schemars(with = "Option<String>", extend("examples" = ["sms-word"]))]
    pub inbox_token_credential: Option<Spanned<String>>,
    /// ntfy: whose phone it is, where several people are watched.
    #[schemars(with = "Option<String>", extend("examples" = ["hanako"]))]
    pub person: Option<Spanned<String>>,
    /// webhook: the address. Exactly one of this and the next three.
    #[schemars(with = "Option<String>", extend("examples" = ["https://example.com/hook"]))]
    pub url: Option<Spanned<String>>,
    /// webhook: prints the address: a program and its arguments.
    #[schemars(with = "Option<Vec<String>>", extend("minItems" = 1), extend("examples" = [["pass", "show", "hook"]]))]
    pub url_command: Option<Spanned<Vec<String>>>,
    /// webhook: a file that holds the address (mode 0600).
    #[schemars(with = "Option<String>", extend("examples" = ["~/.config/mailward/hook"]))]
    pub url_file: Option<Spanned<String>>,
    /// webhook: the name of a systemd credential that holds the address.
    #[schemars(with = "Option<String>", extend("examples" = ["hook"]))]
    pub url_credential: Option<Spanned<String>>,
    /// webhook: what is sent: `json`, `slack`, `discord` or `gotify`.
    #[schemars(with = "Option<String>", extend("enum" = ["json", "slack", "discord", "gotify"]), extend("default" = "json"))]
    pub format: Option<Spanned<String>>,
    /// webhook: further headers, each a text, or `{ prefix, command | file | credential }` for a secret. Default: none.
    #[schemars(with = "Option<BTreeMap<String, Header>>")]
    pub headers: Option<Spanned<BTreeMap<String, Spanned<Header>>>>,
    /// email: the server. Required.
    #[schemars(with = "Option<String>", extend("examples" = ["smtp.example.net"]))]
    pub host: Option<Spanned<String>>,
    /// email: its port. Default: 465 for `tls`, 587 for `starttls`.
    #[schemars(with = "Option<u16>", extend("minimum" = 1), extend("examples" = [465]))]
    pub port: Option<Spanned<u16>>,
    /// email: how the connection is protected: `tls`, `starttls`, or `none` to a loopback address only.
    #[schemars(with = "Option<String>", extend("enum" = ["tls", "starttls", "none"]), extend("default" = "tls"))]
    pub security: Option<Spanned<String>>,
    /// email: the login name; it needs one of the next three. Default: no login.
    #[schemars(with = "Option<String>", extend("examples" = ["mailward@example.net"]))]
    pub user: Option<Spanned<String>>,
    /// email: prints the password: a program and its arguments.
    #[schemars(with = "Option<Vec<String>>", extend("minItems" = 1), extend("examples" = [["pass", "show", "smtp"]]))]
    pub password_command: Option<Spanned<Vec<String>>>,
    /// email: a file that holds the password (mode 0600).
    #[schemars(with = "Option<String>", extend("examples" = ["~/.config/mailward/smtp-password"]))]
    pub password_file: Option<Spanned<String>>,
    /// email: the name of a systemd credential that holds the password.
    #[schemars(with = "Option<String>", extend("examples" = ["smtp"]))]
    pub password_credential: Option<Spanned<String>>,
    /// email: the sender. Required.
    #[schemars(with = "Option<String>", extend("examples" = ["mailward@example.net"]))]
    pub from: Option<Spanned<String>>,
    /// email: the recipients, at least one, none of them in a watched mailbox. Required.
    #[schemars(with = "Option<Vec<String>>", extend("minItems" = 1), extend("examples" = [["you@example.net"]]))]
    pub to: Option<Spanned<Vec<Spanned<String>>>>,
    /// command: a program and its arguments; it gets the alert as JSON on its input, and no shell reads it. Required.
    #[schemars(with = "Option<Vec<String>>", extend("minItems" = 1), extend("examples" = [["/usr/local/bin/ring"]]))]
    pub command: Option<Spanned<Vec<String>>>,
    /// command: how long one run may take, at most 100 s.
    #[schemars(with = "Option<Time>", extend("default" = "30s"))]
    pub timeout: Option<Spanned<String>>,
}

/// A header of a webhook: text, or where the secret is kept.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Header {
    /// As it is.
    Plain(String),
    /// From where secrets are kept.
    Secret(HeaderSecret),
}

/// Where a header's secret is kept: exactly one of command, file and credential.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HeaderSecret {
    /// What stands before it, such as `Bearer `. Default: nothing.
    pub prefix: Option<String>,
    /// Prints it: a program and its arguments.
    pub command: Option<Vec<String>>,
    /// A file that holds it (mode 0600).
    pub file: Option<String>,
    /// The name of a systemd credential that holds it.
    pub credential: Option<String>,
}
