//! What the link to a server tells the watch: facts in the past.

use jiff::Timestamp;

use crate::engine::cursor::Cursor;

/// One fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Time has passed: `wake_at` was reached, or the watch begins.
    Tick,
    /// The login succeeded.
    Connected {
        /// The server offers IDLE (RFC 2177).
        idle: bool,
        /// The server offers NOTIFY (RFC 5465).
        notify: bool,
    },
    /// A folder was opened for reading.
    Opened(Opened),
    /// A folder cannot be opened because it is not there.
    FolderMissing,
    /// A folder cannot be opened or checked, for a reason that may pass.
    FolderRefused,
    /// The answer to a search or a listing: UIDs in any order.
    Found {
        /// The UIDs.
        uids: Vec<u32>,
    },
    /// One message of the running fetch arrived.
    Fetched {
        /// Its UID.
        uid: u32,
        /// Its INTERNALDATE.
        arrived_at: Timestamp,
        /// A rule may match it.
        wanted: bool,
    },
    /// The header of one message of the running fetch arrived.
    Headed(Header),
    /// The running fetch ended with OK.
    FetchEnded,
    /// The consumer stored a cursor, with its mail where there was one.
    Stored {
        /// Which folder.
        folder: String,
        /// What it stored.
        cursor: Cursor,
    },
    /// The consumer gave up a mail without storing it.
    NotStored,
    /// The server says that the open folder has messages; how many, nobody believes.
    Doorbell,
    /// A message of the open folder is gone; which one, only a look can tell.
    Expunged,
    /// Those of the messages asked for that are still in the open folder.
    Present {
        /// Their UIDs.
        uids: Vec<u32>,
    },
    /// Those of the messages sought that are in no other folder either, but for the one for deleted mail.
    Sought {
        /// Their UIDs in the folder that they were in.
        gone: Vec<u32>,
    },
    /// The server tells of changes of the other folders by itself from now on.
    Notifying,
    /// It does not, or not any more.
    NotifyRefused,
    /// The server says by itself that a folder which is not open has this state.
    Told {
        /// The folder as configured.
        folder: String,
        /// Its state.
        facts: Opened,
    },
    /// Any other line came while idling.
    Heard,
    /// The server refused IDLE.
    IdleRefused,
    /// IDLE is over, on request or not.
    IdleEnded,
    /// A request that only refreshes the server's view of the folder was answered.
    Refreshed,
    /// A folder that is not open has this state.
    Checked(Opened),
    /// The clock jumped or the machine slept: no connection can be trusted.
    Resumed,
    /// The link is gone, or could not be made.
    Lost(LinkError),
    /// The watch shall end.
    Stop,
}

/// What the header of a message says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The message's UID.
    pub uid: u32,
    /// Its INTERNALDATE.
    pub arrived_at: Timestamp,
    /// Its size in bytes, as far as it would be fetched.
    pub size: u64,
    /// A rule may match it: the body is needed.
    pub wanted: bool,
}

/// The state of a folder, as far as the server says (RFC 3501 §2.3.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Opened {
    /// UIDVALIDITY; some servers leave it out.
    pub uid_validity: Option<u32>,
    /// UIDNEXT; some servers leave it out.
    pub uid_next: Option<u32>,
}

/// Why a link was lost. The texts hold nothing that a server sent: a server may echo a password or a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// Name lookup, TCP or a reset.
    #[error("no connection: {0}")]
    Network(&'static str),
    /// A step took too long.
    #[error("no answer within the limit: {0}")]
    Timeout(&'static str),
    /// TLS failed: the certificate, its name, or the protocol.
    #[error("the TLS connection was not accepted: {0}; check host, port and ca_file")]
    Tls(&'static str),
    /// The server closed the connection.
    #[error("the server closed the connection")]
    Closed,
    /// The server refused the login.
    #[error(
        "the server refused the login; check user and password, and that IMAP is allowed for the account"
    )]
    Refused {
        /// An access token was refused, not a password.
        token: bool,
    },
    /// The server refused for now.
    #[error("the server refused for now: {0}")]
    Busy(&'static str),
    /// The secret could not be had.
    #[error(
        "the secret could not be read; check password_command, password_file, token_command or oauth"
    )]
    Secret,
    /// The person has to sign in at the provider: there is no token, or it is taken no more.
    #[error(
        "the sign-in at the provider is missing or no longer valid; run `mailward login` with the name of the account"
    )]
    SignIn,
    /// The server said something that cannot be understood or is over a limit.
    #[error("the server sent an answer that cannot be used: {0}")]
    Protocol(&'static str),
    /// The server offers no way that the configuration allows.
    #[error("{0}")]
    Unsupported(&'static str),
}
