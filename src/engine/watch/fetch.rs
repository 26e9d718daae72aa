//! One reading of a folder: which messages are still wanted, and whether they come as a catch-up.

use std::collections::{BTreeSet, VecDeque};

use jiff::Timestamp;

use crate::engine::cursor::Cursor;
use crate::engine::watch::folder::Folder;
use crate::engine::watch::output::{Output, Uids};

/// A reading that spans one FETCH command or several.
#[derive(Debug, Clone)]
pub(crate) struct Fetch {
    /// Index of the folder.
    pub(crate) folder: usize,
    wanted: Uids,
    rest: VecDeque<u32>,
    batch: usize,
    one_by_one: bool,
    since: Option<Timestamp>,
    first_start: bool,
    bracket: Bracket,
    seen: BTreeSet<u32>,
}

/// Whether the messages of a reading are announced as a catch-up. One message alone is none, so the first one
/// waits until a second one or the end comes, which is the same network packet as a rule.
#[derive(Debug, Clone, Copy)]
enum Bracket {
    Closed,
    Holding { uid: u32, cursor: Cursor },
    Open,
}

impl Fetch {
    pub(crate) fn new(folder: usize, batch: usize) -> Self {
        Self {
            folder,
            wanted: Uids::Exactly(Vec::new()),
            rest: VecDeque::new(),
            batch: batch.max(1),
            one_by_one: false,
            since: None,
            first_start: false,
            bracket: Bracket::Closed,
            seen: BTreeSet::new(),
        }
    }

    /// Nothing older is wanted.
    pub(crate) fn since(mut self, since: Timestamp, first_start: bool) -> Self {
        self.since = Some(since);
        self.first_start = first_start;
        self
    }

    /// Ask for each message alone.
    pub(crate) fn one_by_one(mut self, one_by_one: bool) -> Self {
        self.one_by_one = one_by_one;
        self
    }

    /// Announces a catch-up, however many messages come.
    pub(crate) fn open(&mut self, folder: &Folder, out: &mut Vec<Output>) {
        if !matches!(self.bracket, Bracket::Open) {
            self.bracket = Bracket::Open;
            out.push(Output::CatchUpBegan {
                folder: folder.name.clone(),
                first_start: self.first_start,
            });
        }
    }

    /// Asks for everything from one UID on.
    pub(crate) fn from(&mut self, uid: u32) -> Output {
        self.wanted = Uids::From(uid);
        Output::Fetch(self.wanted.clone())
    }

    /// Takes up the answer to a search or a listing.
    pub(crate) fn found(&mut self, mut uids: Vec<u32>, folder: &Folder) {
        let from = folder.next_uid();
        uids.retain(|uid| *uid >= from);
        uids.sort_unstable();
        uids.dedup();
        self.rest = uids.into();
    }

    /// The next command, if messages are left.
    pub(crate) fn next_batch(&mut self) -> Option<Output> {
        let most = if self.one_by_one { 1 } else { self.batch };
        let batch: Vec<u32> = self.rest.drain(..most.min(self.rest.len())).collect();
        if batch.is_empty() {
            return None;
        }
        self.seen.clear();
        self.wanted = Uids::Exactly(batch);
        Some(Output::Fetch(self.wanted.clone()))
    }

    /// A message came; true when it is news.
    pub(crate) fn fetched(
        &mut self,
        uid: u32,
        arrived_at: Timestamp,
        folder: &mut Folder,
        out: &mut Vec<Output>,
    ) -> bool {
        let wanted = match &self.wanted {
            Uids::From(first) => uid >= *first,
            Uids::Exactly(uids) => uids.binary_search(&uid).is_ok(),
        };
        if !wanted || !self.seen.insert(uid) {
            out.push(Output::Discard { uid });
            return false;
        }
        let cursor = folder.reach(uid);
        if self.since.is_some_and(|since| arrived_at < since) {
            out.push(Output::Discard { uid });
            return false;
        }
        match self.bracket {
            Bracket::Closed => self.bracket = Bracket::Holding { uid, cursor },
            Bracket::Holding {
                uid: first,
                cursor: of_first,
            } => {
                self.open(folder, out);
                out.push(hand_over(folder, first, of_first));
                out.push(hand_over(folder, uid, cursor));
            }
            Bracket::Open => out.push(hand_over(folder, uid, cursor)),
        }
        true
    }

    /// The reading is over, or was cut short: nothing stays behind, and what was opened is closed.
    pub(crate) fn close(&mut self, folder: &Folder, out: &mut Vec<Output>) {
        match self.bracket {
            Bracket::Closed => {}
            Bracket::Holding { uid, cursor } => out.push(hand_over(folder, uid, cursor)),
            Bracket::Open => out.push(Output::CatchUpEnded {
                folder: folder.name.clone(),
            }),
        }
        self.bracket = Bracket::Closed;
    }

    /// The message to blame when the link breaks now, and whether it was asked for alone.
    pub(crate) fn suspect(&self, folder: &Folder) -> (u32, bool) {
        match &self.wanted {
            Uids::Exactly(uids) if uids.len() == 1 => {
                (uids.first().copied().unwrap_or(0), self.one_by_one)
            }
            Uids::Exactly(_) | Uids::From(_) => (folder.next_uid(), false),
        }
    }
}

fn hand_over(folder: &Folder, uid: u32, cursor: Cursor) -> Output {
    Output::HandOver {
        folder: folder.name.clone(),
        uid,
        cursor,
    }
}
