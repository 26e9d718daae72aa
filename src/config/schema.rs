//! The keys of the file, as TOML holds them, before anything is checked. What stands here at a key is what editors show
//! and what docs/configuration.md says.

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
    #[schemars(with = "Option<Time>", extend("default" = "10s"))]
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
    /// Prints the password: a program and its arguments; no shell reads it. Exactly one of this and the next three.
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
    /// Which folders, by name or by use (`\\Junk`, `\\Trash`, `\\Archive`, `\\All`). The first one is watched with
    /// IDLE, the others on the same connection.
    #[schemars(with = "Option<Vec<String>>", extend("minItems" = 1), extend("default" = ["INBOX", "\\Junk", "\\Trash", "\\Archive", "\\All"]))]
    pub folders: Option<Spanned<Vec<Spanned<String>>>>,
}

/// One way on which alerts reach you.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    /// Which way: `desktop` shows notifications, `journal` writes to the terminal, or to the journal under systemd.
    #[schemars(with = "String", extend("enum" = ["desktop", "journal"]))]
    pub kind: Spanned<String>,
    /// A unique name. Default: the kind.
    #[schemars(with = "Option<String>", extend("examples" = ["desktop"]))]
    pub name: Option<Spanned<String>>,
    /// Nothing quieter is sent here: `info`, `notice`, `warning` or `critical`.
    #[schemars(with = "Option<String>", extend("enum" = ["info", "notice", "warning", "critical"]), extend("default" = "info"))]
    pub min_severity: Option<Spanned<String>>,
}
