//! One reading of a folder: which messages are still wanted, whether they come as a catch-up, and whose bodies.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::Timestamp;

use crate::engine::cursor::Cursor;
use crate::engine::watch::folder::Folder;
use crate::engine::watch::input::Header;
use crate::engine::watch::output::{Output, Uids};
use crate::engine::watch::policy::Policy;

/// A reading that spans one FETCH command or several.
#[derive(Debug, Clone)]
pub(crate) struct Fetch {
    /// Index of the folder.
    pub(crate) folder: usize,
    way: Way,
    wanted: Uids,
    rest: VecDeque<u32>,
    batch: usize,
    headers_from: usize,
    bodies: usize,
    bodies_bytes: u64,
    since: Option<Timestamp>,
    first_start: bool,
    bracket: Bracket,
    seen: BTreeSet<u32>,
    /// The headers of a batch that came, until everything below them is handed over.
    row: BTreeMap<u32, Fate>,
    /// Messages were passed over since the last one that was handed over.
    unsaid: bool,
}

/// How messages are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Many at once, whole.
    Whole,
    /// Whole, each in a command of its own.
    Alone,
    /// Their headers first.
    Headers,
    /// The bodies of those whose header says that a rule may match.
    Bodies,
}

/// What becomes of a message whose header came.
#[derive(Debug, Clone, Copy)]
enum Fate {
    /// Not wanted at all.
    PassedOver,
    /// The header is enough.
    Ready,
    /// The body is wanted: so many bytes, as the server says.
    Wanted(u64),
    /// The body was asked for.
    Asked,
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
    pub(crate) fn new(folder: usize, policy: &Policy) -> Self {
        Self {
            folder,
            way: Way::Whole,
            wanted: Uids::Exactly(Vec::new()),
            rest: VecDeque::new(),
            batch: policy.batch.max(1),
            headers_from: policy.headers_from,
            bodies: policy.bodies_at_once.max(1),
            bodies_bytes: policy.bodies_bytes,
            since: None,
            first_start: false,
            bracket: Bracket::Closed,
            seen: BTreeSet::new(),
            row: BTreeMap::new(),
            unsaid: false,
        }
    }

    /// Nothing older is wanted.
    pub(crate) fn since(mut self, since: Timestamp) -> Self {
        self.since = Some(since);
        self
    }

    /// The folder was never watched before.
    pub(crate) fn first_start(mut self, first_start: bool) -> Self {
        self.first_start = first_start;
        self
    }

    /// Ask for each message alone.
    pub(crate) fn one_by_one(mut self) -> Self {
        self.way = Way::Alone;
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
        self.ask(Uids::From(uid))
    }

    /// Takes up the answer to a search or a listing. Of many messages the headers are asked for first, and then only
    /// the bodies that a rule may want; of few, whole messages come faster.
    pub(crate) fn found(&mut self, mut uids: Vec<u32>, folder: &Folder) {
        let from = folder.next_uid();
        uids.retain(|uid| *uid >= from);
        uids.sort_unstable();
        uids.dedup();
        if self.way == Way::Whole && uids.len() > self.headers_from {
            self.way = Way::Headers;
        }
        self.rest = uids.into();
    }

    /// The next command after one that ended, if messages are left.
    pub(crate) fn next(&mut self, folder: &mut Folder, out: &mut Vec<Output>) -> Option<Output> {
        if self.way == Way::Bodies {
            self.forget_what_never_came(out);
            self.release(folder, out);
        }
        if matches!(self.way, Way::Headers | Way::Bodies) {
            if let Some(bodies) = self.next_bodies() {
                self.way = Way::Bodies;
                return Some(self.ask(Uids::Exactly(bodies)));
            }
            self.way = Way::Headers;
        }
        let most = if self.way == Way::Alone {
            1
        } else {
            self.batch
        };
        let batch: Vec<u32> = self.rest.drain(..most.min(self.rest.len())).collect();
        (!batch.is_empty()).then(|| self.ask(Uids::Exactly(batch)))
    }

    fn ask(&mut self, uids: Uids) -> Output {
        self.seen.clear();
        self.wanted = uids.clone();
        match self.way {
            Way::Whole | Way::Alone | Way::Bodies => Output::Fetch(uids),
            Way::Headers => Output::FetchHeaders(uids),
        }
    }

    /// A whole message came; true when it is news.
    pub(crate) fn fetched(
        &mut self,
        uid: u32,
        arrived_at: Timestamp,
        folder: &mut Folder,
        out: &mut Vec<Output>,
    ) -> bool {
        if self.way == Way::Headers || !self.expects(uid) {
            out.push(Output::Discard { uid });
            return false;
        }
        if self.way == Way::Bodies {
            self.row.insert(uid, Fate::Ready);
            self.release(folder, out);
            return true;
        }
        if self.is_too_old(arrived_at) {
            out.push(Output::Discard { uid });
            folder.reach(uid);
            self.unsaid = true;
            return false;
        }
        let cursor = folder.reach(uid);
        self.hand_over(uid, cursor, folder, out);
        true
    }

    /// A header came; true when it is news.
    pub(crate) fn headed(&mut self, header: Header, out: &mut Vec<Output>) -> bool {
        let uid = header.uid;
        if self.way != Way::Headers || !self.expects(uid) {
            out.push(Output::Discard { uid });
            return false;
        }
        let is_news = !self.is_too_old(header.arrived_at);
        let fate = match (is_news, header.wanted) {
            (false, _) => {
                out.push(Output::Discard { uid });
                Fate::PassedOver
            }
            (true, true) => Fate::Wanted(header.size),
            (true, false) => Fate::Ready,
        };
        self.row.insert(uid, fate);
        is_news
    }

    /// The headers of a command are all: what needs no body is handed over, up to the first one that does.
    pub(crate) fn headers_ended(&mut self, folder: &mut Folder, out: &mut Vec<Output>) {
        if self.way == Way::Headers {
            self.release(folder, out);
        }
    }

    fn expects(&mut self, uid: u32) -> bool {
        let wanted = match &self.wanted {
            Uids::From(first) => uid >= *first,
            Uids::Exactly(uids) => uids.binary_search(&uid).is_ok(),
        };
        wanted && self.seen.insert(uid)
    }

    fn is_too_old(&self, arrived_at: Timestamp) -> bool {
        self.since.is_some_and(|since| arrived_at < since)
    }

    /// The next bodies to ask for: few enough to be held at once.
    fn next_bodies(&mut self) -> Option<Vec<u32>> {
        let mut bodies = Vec::new();
        let mut bytes = 0_u64;
        for (uid, fate) in &mut self.row {
            let Fate::Wanted(size) = fate else {
                continue;
            };
            bytes = bytes.saturating_add(*size);
            if !bodies.is_empty() && (bodies.len() >= self.bodies || bytes > self.bodies_bytes) {
                break;
            }
            *fate = Fate::Asked;
            bodies.push(*uid);
        }
        (!bodies.is_empty()).then_some(bodies)
    }

    /// A body that was asked for and did not come belongs to a message that is gone.
    fn forget_what_never_came(&mut self, out: &mut Vec<Output>) {
        for (uid, fate) in &mut self.row {
            if matches!(fate, Fate::Asked) {
                out.push(Output::Discard { uid: *uid });
                *fate = Fate::PassedOver;
            }
        }
    }

    /// Hands over in the order of the UIDs, so that a cursor never passes a message that is still to come.
    fn release(&mut self, folder: &mut Folder, out: &mut Vec<Output>) {
        while let Some((uid, fate)) = self.row.pop_first() {
            match fate {
                Fate::Wanted(_) | Fate::Asked => {
                    self.row.insert(uid, fate);
                    return;
                }
                Fate::PassedOver => {
                    folder.reach(uid);
                    self.unsaid = true;
                }
                Fate::Ready => {
                    let cursor = folder.reach(uid);
                    self.hand_over(uid, cursor, folder, out);
                }
            }
        }
    }

    fn hand_over(&mut self, uid: u32, cursor: Cursor, folder: &Folder, out: &mut Vec<Output>) {
        self.unsaid = false;
        match self.bracket {
            Bracket::Closed => self.bracket = Bracket::Holding { uid, cursor },
            Bracket::Holding {
                uid: first,
                cursor: of_first,
            } => {
                self.open(folder, out);
                out.push(handed(folder, first, of_first));
                out.push(handed(folder, uid, cursor));
            }
            Bracket::Open => out.push(handed(folder, uid, cursor)),
        }
    }

    /// Everything came: nothing stays behind, and what was passed over is accounted for.
    pub(crate) fn complete(&mut self, folder: &mut Folder, out: &mut Vec<Output>) {
        if let Bracket::Holding { uid, cursor } = self.bracket {
            out.push(handed(folder, uid, cursor));
            self.bracket = Bracket::Closed;
        }
        let passed = self.unsaid.then(|| folder.reached()).flatten();
        out.extend(
            folder
                .completed()
                .or(passed)
                .map(|cursor| Output::MoveCursor {
                    folder: folder.name.clone(),
                    cursor,
                }),
        );
        self.close(folder, out);
    }

    /// The reading is over, or was cut short: what was opened is closed, and what is incomplete is read again later.
    pub(crate) fn close(&mut self, folder: &Folder, out: &mut Vec<Output>) {
        for (uid, fate) in std::mem::take(&mut self.row) {
            match fate {
                Fate::PassedOver => {}
                Fate::Ready | Fate::Wanted(_) | Fate::Asked => out.push(Output::Discard { uid }),
            }
        }
        match self.bracket {
            Bracket::Closed => {}
            Bracket::Holding { uid, cursor } => out.push(handed(folder, uid, cursor)),
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
                (uids.first().copied().unwrap_or(0), self.way == Way::Alone)
            }
            Uids::Exactly(_) | Uids::From(_) => (folder.next_uid(), false),
        }
    }
}

fn handed(folder: &Folder, uid: u32, cursor: Cursor) -> Output {
    Output::HandOver {
        folder: folder.name.clone(),
        uid,
        cursor,
    }
}
