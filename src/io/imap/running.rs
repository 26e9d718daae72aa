//! The commands that run on a connection, with what was gathered for them.

use jiff::Timestamp;

use crate::engine::message::RawMail;
use crate::engine::watch::input::{Input, Opened};

/// The command that runs, with what was gathered.
pub(crate) enum Running {
    /// EXAMINE.
    Examine(Opened),
    /// STATUS of the folder that was just opened, because EXAMINE left something out.
    OpenState(Opened),
    /// FETCH of the last message, because STATUS left it out too.
    OpenLast(Opened),
    Search(Vec<u32>),
    List(Vec<u32>),
    /// UID SEARCH for messages that just came.
    Look(Vec<u32>),
    Fetch,
    /// FETCH of headers.
    Headers,
    /// NOTIFY.
    Notify,
    /// STATUS of another folder.
    Check(Opened),
    Noop,
    Idle {
        /// The server has begun to wait.
        continued: bool,
        /// It shall end.
        done: bool,
    },
}

/// A FETCH command that was sent before the one ahead of it ended.
pub(crate) struct Behind {
    pub(crate) tag: String,
    pub(crate) running: Running,
    /// The server brought it to its end before the ones that were sent earlier.
    pub(crate) over: bool,
}

impl Running {
    /// Of these several can be on their way.
    pub(crate) fn is_fetch(&self) -> bool {
        matches!(self, Self::Fetch | Self::Headers)
    }
}

/// A message that came and was not handed over yet.
pub(crate) struct Mail {
    pub(crate) uid: u32,
    pub(crate) arrived_at: Timestamp,
    pub(crate) bytes: Vec<u8>,
    pub(crate) full_size: u64,
    pub(crate) part: Part,
}

impl Mail {
    /// What came of it, without its place.
    pub(crate) fn into_raw(self) -> RawMail {
        RawMail {
            source: String::new(),
            arrived_at: self.arrived_at,
            bytes: self.bytes,
            full_size: self.full_size,
        }
    }
}

/// How much of a message is to be handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// All of it.
    Whole,
    /// Nothing yet: its header came, and its body is needed.
    Awaited,
    /// Nothing but the hash of its sender: its body is not needed.
    PassedOver(u32),
    /// Its header, which nobody has judged.
    Header,
}

/// What a response leads to.
pub(crate) enum Next {
    /// Wait for the next one.
    Wait,
    /// A fact for the watch.
    Fact(Input),
    /// A folder that is not open has this state, by its name on the wire.
    Told { name: String, facts: Opened },
    /// A message came: a fact, and the server has its whole time again for the next one.
    Message(Input),
    /// The server waits for news.
    Idling,
    /// The waiting shall end.
    SendDone,
    /// The answer to EXAMINE was not complete.
    AskState(Opened),
    /// Neither was that to STATUS.
    AskLast(Opened, u32),
}
