//! How far one folder has been read, and where to go on when it is opened.

use jiff::Timestamp;

use crate::engine::cursor::Cursor;
use crate::engine::watch::input::Opened;
use crate::engine::watch::output::Note;
use crate::engine::watch::policy::{Policy, earlier, later};

/// So many refusals in a row that may pass make a folder that is gone.
const PATIENCE: u32 = 5;

/// So many messages that just arrived are kept in mind; a flood of more hides nothing that the first ones do not show.
const RECENT_AT_MOST: usize = 256;

/// Whether a configured name stands for a use (RFC 6154), since each provider and language has its own name for it.
pub fn is_use(name: &str) -> bool {
    name.starts_with('\\')
}

/// Whether a configured name is this use: `\Trash`.
pub fn is_this_use(name: &str, used_for: &str) -> bool {
    name.strip_prefix('\\')
        .is_some_and(|name| name.eq_ignore_ascii_case(used_for))
}

/// One watched folder.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    pub(crate) name: String,
    /// What the consumer stored.
    stored: Option<Cursor>,
    /// What was handed over or passed over: never below `stored` under the same UIDVALIDITY.
    reached: Option<Cursor>,
    look_back: Option<LookBack>,
    trouble: Option<Trouble>,
    /// The server says that there is no such folder.
    pub(crate) missing: bool,
    refusals: u32,
    /// The person was told that it cannot be opened.
    told: bool,
    /// Messages that a rule may match and that arrived just now, with when they did.
    recent: Vec<(u32, Timestamp)>,
}

/// A reading back that is not finished.
#[derive(Debug, Clone, Copy)]
struct LookBack {
    first_start: bool,
    since: Timestamp,
    /// The first UID that belongs to the present.
    baseline: u32,
}

/// Failures without progress.
#[derive(Debug, Clone, Copy)]
struct Trouble {
    since: Timestamp,
    uid: u32,
    /// The UID was asked for alone, so it is to blame.
    alone: bool,
    unreadable: u32,
    losses: u32,
}

/// What a failed fetch says about the message that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Blame {
    /// The answer cannot be read, and will not be the next time.
    Unreadable,
    /// The server hung up or refused: over this message, or for reasons of its own.
    Loss,
}

/// What to do with a folder that was just opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// Search by date; nothing older than `since` is wanted.
    Search { since: Timestamp, first_start: bool },
    /// Too much for one command, or one message makes trouble: list first.
    List { from: u32, one_by_one: bool },
    /// Fetch what is new.
    Fetch { from: u32 },
}

impl Folder {
    pub(crate) fn new(name: String, stored: Option<Cursor>) -> Self {
        Self {
            name,
            stored,
            reached: stored,
            look_back: None,
            trouble: None,
            missing: false,
            refusals: 0,
            told: false,
            recent: Vec::new(),
        }
    }

    /// The folder cannot be opened; true when the person must be told, once until it can be again. A use that the
    /// server never had a folder for is nothing to tell.
    pub(crate) fn refused(&mut self, missing: bool) -> bool {
        self.missing |= missing;
        self.refusals = self.refusals.saturating_add(1);
        let never_was = missing && is_use(&self.name) && self.is_new();
        let tell = !self.told && !never_was && (missing || self.refusals >= PATIENCE);
        self.told |= tell;
        tell
    }

    /// Its name, once the person was told that it cannot be opened.
    pub(crate) fn gone(&self) -> Option<String> {
        self.told.then(|| self.name.clone())
    }

    /// The folder was never read before.
    pub(crate) fn is_new(&self) -> bool {
        self.stored.is_none()
    }

    /// Compares what the server says with what was reached.
    ///
    /// A missing UIDVALIDITY is never taken for a changed one: an answer cut short looks the same.
    pub(crate) fn opened(
        &mut self,
        now: Timestamp,
        policy: &Policy,
        facts: Opened,
    ) -> (Start, Option<Note>) {
        self.missing = false;
        self.refusals = 0;
        self.told = false;
        let since = earlier(now, policy.look_back);
        let Some(reached) = self.reached else {
            let validity = facts.uid_validity.unwrap_or(1);
            return (self.read_back(since, true, validity, facts), None);
        };
        if facts
            .uid_validity
            .is_some_and(|it| it != reached.uid_validity)
        {
            let validity = facts.uid_validity.unwrap_or(reached.uid_validity);
            let folder = self.name.clone();
            let first_start = self.look_back.is_some_and(|back| back.first_start);
            return (
                self.read_back(since, first_start, validity, facts),
                Some(Note::NewValidity { folder }),
            );
        }
        if facts.uid_next.is_some_and(|next| next < reached.next_uid) {
            let folder = self.name.clone();
            return (
                self.read_back(since, false, reached.uid_validity, facts),
                Some(Note::UidNextWentBack { folder }),
            );
        }
        if let Some(back) = &mut self.look_back {
            back.baseline = back.baseline.max(facts.uid_next.unwrap_or(0));
            let start = Start::Search {
                since: back.since,
                first_start: back.first_start,
            };
            return (start, None);
        }
        let from = reached.next_uid;
        let behind = facts
            .uid_next
            .map_or(0, |next| next.saturating_sub(from))
            .try_into()
            .unwrap_or(usize::MAX);
        let one_by_one = self.in_trouble();
        let start = if one_by_one || behind > policy.headers_from {
            Start::List { from, one_by_one }
        } else {
            Start::Fetch { from }
        };
        (start, None)
    }

    fn read_back(
        &mut self,
        since: Timestamp,
        first_start: bool,
        uid_validity: u32,
        facts: Opened,
    ) -> Start {
        self.reached = Some(Cursor {
            uid_validity,
            next_uid: 1,
        });
        self.trouble = None;
        self.recent.clear();
        self.look_back = Some(LookBack {
            first_start,
            since,
            baseline: facts.uid_next.unwrap_or(1),
        });
        Start::Search { since, first_start }
    }

    /// Whether a folder in this state holds something new, or must be opened to know.
    pub(crate) fn has_news(&self, facts: Opened) -> bool {
        let Some(reached) = self.reached else {
            return true;
        };
        self.look_back.is_some()
            || facts
                .uid_validity
                .is_some_and(|it| it != reached.uid_validity)
            || facts.uid_next != Some(reached.next_uid)
    }

    /// A message that a rule may match came; it is kept in mind while it is fresh.
    pub(crate) fn arrived(&mut self, now: Timestamp, uid: u32, at: Timestamp, policy: &Policy) {
        self.forget_old(now, policy);
        // A clock that is a little ahead of the server's, or behind it, is nothing unusual.
        let is_fresh =
            now <= later(at, policy.vanish_within) && at <= later(now, policy.vanish_within);
        // Folders for deleted mail are where mails go to, not where they vanish from.
        if is_fresh && !is_this_use(&self.name, "Trash") && self.recent.len() < RECENT_AT_MOST {
            self.recent.push((uid, at));
        }
    }

    /// The messages that arrived just now, ascending.
    pub(crate) fn recent(&mut self, now: Timestamp, policy: &Policy) -> Vec<u32> {
        self.forget_old(now, policy);
        let mut uids: Vec<u32> = self.recent.iter().map(|(uid, _)| *uid).collect();
        uids.sort_unstable();
        uids.dedup();
        uids
    }

    /// These messages need not be looked for any more.
    pub(crate) fn forget(&mut self, uids: &[u32]) {
        self.recent.retain(|(uid, _)| !uids.contains(uid));
    }

    fn forget_old(&mut self, now: Timestamp, policy: &Policy) {
        self.recent
            .retain(|(_, at)| now <= later(*at, policy.vanish_within));
    }

    /// How far it was read, stored or not.
    pub(crate) fn reached(&self) -> Option<Cursor> {
        self.reached
    }

    /// The lowest UID that was not handed over.
    pub(crate) fn next_uid(&self) -> u32 {
        self.reached.map_or(1, |cursor| cursor.next_uid)
    }

    /// Accounts for a message; the result is what to store with it.
    pub(crate) fn reach(&mut self, uid: u32) -> Cursor {
        let before = self.reached.unwrap_or(Cursor {
            uid_validity: 1,
            next_uid: 1,
        });
        let cursor = Cursor {
            next_uid: before.next_uid.max(uid.saturating_add(1)),
            ..before
        };
        self.reached = Some(cursor);
        cursor
    }

    /// Everything that was asked for has come: the result is a cursor to store without a mail, where one is due.
    pub(crate) fn completed(&mut self) -> Option<Cursor> {
        self.trouble = None;
        let back = self.look_back.take()?;
        let reached = self.reached?;
        let cursor = Cursor {
            next_uid: reached.next_uid.max(back.baseline),
            ..reached
        };
        self.reached = Some(cursor);
        Some(cursor)
    }

    pub(crate) fn stored(&mut self, cursor: Cursor) {
        self.stored = Some(cursor);
    }

    /// The consumer lost what was handed over: begin again at what it stored.
    pub(crate) fn rewind(&mut self) {
        self.reached = self.stored;
        if self.stored.is_none() {
            self.look_back = None;
        }
    }

    /// Messages must be asked for alone, to find the one that makes trouble.
    pub(crate) fn in_trouble(&self) -> bool {
        self.trouble
            .is_some_and(|trouble| trouble.unreadable >= 1 || trouble.losses >= 2)
    }

    /// A fetch failed without progress at this UID. A message that failed too often is passed over: the result
    /// is the cursor behind it.
    pub(crate) fn failed(
        &mut self,
        now: Timestamp,
        (uid, alone): (u32, bool),
        blame: Blame,
        policy: &Policy,
    ) -> Option<Cursor> {
        let mut trouble = self
            .trouble
            .filter(|trouble| trouble.uid == uid || !trouble.alone)
            .unwrap_or(Trouble {
                since: now,
                uid,
                alone,
                unreadable: 0,
                losses: 0,
            });
        trouble.uid = uid;
        trouble.alone = alone;
        match blame {
            Blame::Unreadable => trouble.unreadable = trouble.unreadable.saturating_add(1),
            Blame::Loss => trouble.losses = trouble.losses.saturating_add(1),
        }
        let hopeless = trouble.unreadable >= policy.unreadable_answers
            || trouble.losses >= policy.suspect_losses
                && later(trouble.since, policy.suspect_for) <= now;
        if alone && hopeless {
            self.trouble = None;
            return Some(self.reach(uid));
        }
        self.trouble = Some(trouble);
        None
    }
}
