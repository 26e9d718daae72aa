//! What the watch tells its surroundings to do.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::engine::alert::Health;
use crate::engine::cursor::Cursor;
use crate::engine::watch::trouble::Trouble;

/// One command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Connect and log in.
    Connect,
    /// Open a folder for reading (EXAMINE).
    Open {
        /// Its name as configured.
        folder: String,
    },
    /// Look for messages of the open folder that arrived at or after a moment.
    Search {
        /// The moment; servers only know days.
        since: Timestamp,
    },
    /// List the UIDs of the open folder from one on.
    List {
        /// The first UID.
        from: u32,
    },
    /// Fetch messages of the open folder.
    Fetch(Uids),
    /// Fetch the headers of messages of the open folder.
    FetchHeaders(Uids),
    /// Ask which of these messages are still in the open folder.
    Look {
        /// Their UIDs, ascending.
        uids: Vec<u32>,
    },
    /// Look for messages that left a folder in all others. Afterwards no folder is open.
    Seek {
        /// The folder that they left.
        folder: String,
        /// The UIDs that they had in it.
        uids: Vec<u32>,
    },
    /// A message that is in hand was deleted within moments of its arrival.
    Vanished {
        /// The folder that it was in.
        folder: String,
        /// The UID that it had.
        uid: u32,
    },
    /// Ask the server to tell of changes of all watched folders by itself (NOTIFY).
    Notify,
    /// Ask for the state of a folder that is not open (STATUS).
    Check {
        /// Its name as configured.
        folder: String,
    },
    /// Wait for news (IDLE).
    Idle,
    /// End the waiting (DONE).
    Done,
    /// Let the server refresh its view of the open folder (NOOP).
    Refresh,
    /// Give a fetched message to the consumer, which stores it together with the cursor.
    HandOver {
        /// Which folder.
        folder: String,
        /// Which message.
        uid: u32,
        /// What to store with it.
        cursor: Cursor,
    },
    /// Forget a fetched message: it is not wanted.
    Discard {
        /// Which message.
        uid: u32,
    },
    /// Several messages follow at once.
    CatchUpBegan {
        /// Which folder.
        folder: String,
        /// The folder was never watched before.
        first_start: bool,
    },
    /// The messages since [`Output::CatchUpBegan`] are all.
    CatchUpEnded {
        /// Which folder.
        folder: String,
    },
    /// Store a cursor without a mail.
    MoveCursor {
        /// Which folder.
        folder: String,
        /// What to store.
        cursor: Cursor,
    },
    /// Tell the person about the watch itself.
    Health(Health),
    /// The state for `status` changed.
    Report(AccountState),
    /// A line for the log.
    Note(Note),
    /// Drop the connection, and every message that was not handed over.
    HangUp,
    /// Forget which stored cursors are still awaited.
    ForgetUnstored,
    /// Log out and drop the connection.
    Logout,
    /// The watch is over.
    Finished,
}

/// How many mails these commands hand over.
pub(crate) fn mails_among(outputs: &[Output]) -> usize {
    let mails = |it: &&Output| matches!(it, Output::HandOver { .. });
    outputs.iter().filter(mails).count()
}

/// Which messages to fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Uids {
    /// All from this one on. The answer may hold the last message though it lies below (RFC 3501 §6.4.8).
    From(u32),
    /// These, ascending.
    Exactly(Vec<u32>),
}

/// Something odd that a server did.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Note {
    /// The folder was made anew.
    #[error("{folder}: UIDVALIDITY changed, reading back")]
    NewValidity {
        /// Which folder.
        folder: String,
    },
    /// Other folders are asked after from time to time.
    #[error("the server does not tell of other folders by itself, asking it")]
    NoNotify,
    /// A bug of the server.
    #[error("{folder}: UIDNEXT went back, reading back")]
    UidNextWentBack {
        /// Which folder.
        folder: String,
    },
    /// The server refuses IDLE although it offers it, or ends it at once.
    #[error("the server does not keep IDLE, polling instead")]
    Polling,
    /// The clock jumped.
    #[error("the clock jumped or the machine slept, connecting anew")]
    Resumed,
    /// A message was passed over.
    #[error("{folder}: message {uid} could not be fetched and is passed over")]
    Skipped {
        /// Which folder.
        folder: String,
        /// Which message.
        uid: u32,
    },
}

/// One account's state, as `status` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountState {
    /// What the watch is doing.
    pub activity: Activity,
    /// Since when the present connection stands.
    pub connected_since: Option<Timestamp>,
    /// When the mailbox was last seen up to date or answered.
    pub last_contact: Option<Timestamp>,
    /// When the last mail was read.
    pub last_mail: Option<Timestamp>,
    /// Why the last link was lost; free of anything that a server sent.
    pub last_error: Option<String>,
    /// The same by what can be done about it.
    #[serde(default)]
    pub trouble: Option<Trouble>,
    /// When the next connect is due.
    pub next_try: Option<Timestamp>,
    /// The person was told that the mailbox is not watched, and it was not seen up to date since.
    #[serde(default)]
    pub blind: bool,
    /// How often the server is asked, where it is polled; in seconds.
    #[serde(default)]
    pub poll_seconds: Option<i64>,
    /// Configured folders that cannot be opened.
    #[serde(default)]
    pub folders_gone: Vec<String>,
}

/// What a watch is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activity {
    /// Waiting before the next connect.
    Waiting,
    /// Connecting and logging in.
    Connecting,
    /// Reading what came.
    Reading,
    /// Waiting for news in IDLE.
    Idling,
    /// Asking from time to time.
    Polling,
    /// Over.
    Stopped,
}

impl Activity {
    /// Whether the mailbox is seen: connected, and reading or waiting for news.
    pub fn sees(self) -> bool {
        match self {
            Self::Reading | Self::Idling | Self::Polling => true,
            Self::Waiting | Self::Connecting | Self::Stopped => false,
        }
    }
}
