//! What `mailward status` says.

use crate::engine::watch::trouble::Trouble;

/// One cell, line or sentence of the status. Names in it are harmless already; lengths of time are in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overview<'a> {
    /// No daemon runs: the accounts that nobody watches therefore.
    Unwatched {
        /// Their names, listed.
        accounts: &'a str,
    },
    /// A daemon runs.
    Running {
        /// Since when, from [`crate::engine::wording::phrases::Phrases::moment`].
        since: &'a str,
        /// How many accounts there are.
        all: usize,
        /// How many of them the person was told to be unwatched.
        blind: usize,
        /// How many are being connected.
        underway: usize,
    },

    /// Cell: so long ago.
    Ago(i64),
    /// Cell: what the watch waits for.
    Doing(Doing),

    /// A mailbox is not watched; the person was told so.
    Blind {
        /// Its name.
        account: &'a str,
        /// For how long; `None`: it was never seen since the start.
        lasting: Option<i64>,
        /// Why, as far as it is known.
        trouble: Option<Trouble>,
        /// When the next connect is due, from now.
        next_try: Option<i64>,
    },
    /// A connection was lost a moment ago.
    Interrupted {
        /// Its name.
        account: &'a str,
        /// Why.
        trouble: Trouble,
    },
    /// The one thing to do about a mailbox that is not watched.
    Remedy {
        /// Its name, as it is typed.
        account: &'a str,
        /// What it is about; `None`: it is not known.
        trouble: Option<Trouble>,
    },
    /// What the watch noted about it, in English.
    Detail(&'a str),
    /// A folder cannot be opened.
    FolderGone {
        /// The account's name.
        account: &'a str,
        /// The folder.
        folder: &'a str,
    },
    /// An account with other folders than INBOX alone.
    Folders {
        /// The account's name.
        account: &'a str,
        /// Its folders, listed.
        folders: &'a str,
    },

    /// Alerts are on their way to a channel.
    Sending(Queue<'a>),
    /// Alerts are held back on purpose.
    Held {
        /// Which.
        queue: Queue<'a>,
        /// Until when, from now.
        next_try: i64,
    },
    /// Alerts did not get through.
    Failing {
        /// Which.
        queue: Queue<'a>,
        /// When it is tried again, from now.
        next_try: i64,
    },
}

/// What a watch waits for, in a cell of at most 22 columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// It has not said so yet.
    Beginning,
    /// A new mail.
    Mail,
    /// The moment at which the server is asked again; how often that is.
    Poll(Option<i64>),
    /// Mails that are being read.
    Reading,
    /// A connection.
    Connecting,
    /// The next try to connect, from now.
    NextTry(i64),
    /// Nothing: the person was told that it is not watched.
    Unwatched,
    /// Nothing: it is over.
    Stopped,
}

/// The alerts that wait for a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Queue<'a> {
    /// The channel.
    pub channel: &'a str,
    /// How many.
    pub alerts: usize,
    /// The age of the oldest.
    pub oldest: i64,
}

/// Labels of the status.
#[derive(Debug, Clone, Copy)]
pub struct OverviewLabels {
    /// Column heads: account, what it waits for, last contact, last mail.
    pub columns: [&'static str; 4],
    /// Instead of an age: nothing happened since the start.
    pub not_yet: &'static str,
    /// No alert waits.
    pub nothing_waits: &'static str,
    /// Heading of the alerts that wait.
    pub waiting: &'static str,
    /// No incident is open.
    pub nothing_open: &'static str,
    /// Heading of the open incidents.
    pub open: &'static str,
    /// How to see one, a command with `ID` in it.
    pub show: &'static str,
}
