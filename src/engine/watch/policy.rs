//! The limits of the watch: every one of them can be set, so that a test can use milliseconds.

use jiff::{SignedDuration, Timestamp};

use crate::engine::backoff::Span;

/// When to connect again, renew, poll, look back and complain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// End IDLE and start it again after this long without a byte. Some providers drop a silent connection after
    /// 5 to 10 minutes, and NATs do after 15.
    pub renew_after: SignedDuration,
    /// End IDLE after this long in any case: RFC 2177 §3 wants it before 29 minutes.
    pub renew_at_most: SignedDuration,
    /// How often to ask a server that has no IDLE.
    pub poll_every: SignedDuration,
    /// How often to ask after further folders where the server does not tell of them by itself. Below
    /// [`Self::vanish_within`], so that a mail which a filter puts into Trash is found there in time.
    pub folders_every: SignedDuration,
    /// A mail that is gone within this time of its arrival was not read by a person.
    pub vanish_within: SignedDuration,
    /// How far a first start reads back, and a folder whose numbers mean nothing any more.
    pub look_back: SignedDuration,
    /// How long without sight before the person is told.
    pub blind_after: SignedDuration,
    /// Messages a FETCH command.
    pub batch: usize,
    /// So many new messages at once, and their headers are fetched first; below it, whole messages come faster.
    pub headers_from: usize,
    /// FETCH commands on their way at once in a large catch-up: with two the server always has one to work on while
    /// the answer to the other travels; more would hold more in memory.
    pub commands_at_once: usize,
    /// Bodies a FETCH command after the headers, and bytes of them: as much for each command on its way is what is
    /// held at most.
    pub bodies_at_once: usize,
    /// See [`Self::bodies_at_once`].
    pub bodies_bytes: u64,
    /// Answers to one message that cannot be read before it is passed over.
    pub unreadable_answers: u32,
    /// Lost links and refusals at one message before it is passed over, if [`Self::suspect_for`] has gone by too.
    pub suspect_losses: u32,
    /// How long one message must be in the way: a server in trouble loses links too, and no mail is to blame for it.
    pub suspect_for: SignedDuration,
    /// Waits after a lost link.
    pub lost: Span,
    /// Waits after a temporary refusal: maintenance, too many connections.
    pub busy: Span,
    /// Waits after a refused login; long, so that the provider does not lock the account.
    pub refused: Span,
    /// The single quick retry after a refused access token, which may just have expired.
    pub token_retry: SignedDuration,
    /// Connects at once.
    pub connect_burst: u32,
    /// Time for one further connect.
    pub connect_refill: SignedDuration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            renew_after: SignedDuration::from_mins(5),
            renew_at_most: SignedDuration::from_mins(25),
            poll_every: SignedDuration::from_secs(60),
            folders_every: SignedDuration::from_secs(45),
            vanish_within: SignedDuration::from_secs(60),
            look_back: SignedDuration::from_hours(72),
            blind_after: SignedDuration::from_mins(15),
            batch: 500,
            headers_from: 32,
            commands_at_once: 2,
            bodies_at_once: 16,
            bodies_bytes: 2 * 1024 * 1024,
            unreadable_answers: 3,
            suspect_losses: 6,
            suspect_for: SignedDuration::from_mins(10),
            lost: Span {
                first: SignedDuration::from_secs(2),
                longest: SignedDuration::from_secs(80),
            },
            busy: Span {
                first: SignedDuration::from_secs(30),
                longest: SignedDuration::from_mins(10),
            },
            refused: Span {
                first: SignedDuration::from_mins(15),
                longest: SignedDuration::from_mins(60),
            },
            token_retry: SignedDuration::from_secs(5),
            connect_burst: 2,
            connect_refill: SignedDuration::from_secs(60),
        }
    }
}

/// A moment later than another one, at most the end of time.
pub(crate) fn later(from: Timestamp, by: SignedDuration) -> Timestamp {
    from.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// A moment before another one, at least the beginning of time.
pub(crate) fn earlier(from: Timestamp, by: SignedDuration) -> Timestamp {
    from.checked_sub(by).unwrap_or(Timestamp::MIN)
}
