//! One reading of a folder: which messages are still wanted, whether they come as a catch-up, and whose bodies.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;

use crate::engine::cursor::Cursor;
use crate::engine::watch::asked::{OnTheWay, What};
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
    on_the_way: OnTheWay,
    at_once: usize,
    rest: VecDeque<u32>,
    batch: usize,
    headers_from: usize,
    bodies: usize,
    bodies_bytes: u64,
    since: Option<Timestamp>,
    first_start: bool,
    bracket: Bracket,
    /// The headers that came, until everything below them is handed over.
    row: BTreeMap<u32, Fate>,
    /// The highest UID of the whole messages that came.
    top: u32,
    /// The cursor went on since the last message that was handed over.
    unsaid: bool,
}

/// How messages are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Many at once, whole.
    Whole,
    /// Whole, each in a command of its own.
    Alone,
    /// Their headers first, then the bodies of those whose header says that a rule may match.
    Headers,
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
            on_the_way: OnTheWay::default(),
            at_once: policy.commands_at_once.max(1),
            rest: VecDeque::new(),
            batch: policy.batch.max(1),
            headers_from: policy.headers_from,
            bodies: policy.bodies_at_once.max(1),
            bodies_bytes: policy.bodies_bytes,
            since: None,
            first_start: false,
            bracket: Bracket::Closed,
            row: BTreeMap::new(),
            top: 0,
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
        self.on_the_way.ask(What::Whole, Uids::From(uid))
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

    /// The first command on its way came to its end: what it did not bring is gone.
    pub(crate) fn ended(&mut self, folder: &mut Folder, out: &mut Vec<Output>) {
        let Some(ended) = self.on_the_way.ended() else {
            return;
        };
        match (ended.what, ended.uids) {
            (What::Whole, _) if self.top >= folder.next_uid() => {
                folder.reach(self.top);
                self.unsaid = true;
            }
            (What::Bodies, Uids::Exactly(uids)) => self.forget_what_never_came(&uids, out),
            (What::Whole | What::Headers | What::Bodies, _) => {}
        }
    }

    /// Sends the next commands: bodies before further headers, so that few mails are held back, and one command
    /// ahead of the answers, so that the server need not wait for us. False when nothing is left to wait for.
    pub(crate) fn go_on(&mut self, out: &mut Vec<Output>) -> bool {
        let (at_once, most, what) = match self.way {
            Way::Whole => (1, self.batch, What::Whole),
            // Whatever breaks the connection is the one that was asked for.
            Way::Alone => (1, 1, What::Whole),
            Way::Headers => (self.at_once, self.batch, What::Headers),
        };
        while self.on_the_way.len() < at_once {
            if let Some(bodies) = self.next_bodies() {
                out.push(self.on_the_way.ask(What::Bodies, Uids::Exactly(bodies)));
                continue;
            }
            let batch: Vec<u32> = self.rest.drain(..most.min(self.rest.len())).collect();
            if batch.is_empty() {
                break;
            }
            out.push(self.on_the_way.ask(what, Uids::Exactly(batch)));
        }
        self.on_the_way.first().is_some()
    }

    /// A whole message came; true when it is news.
    pub(crate) fn fetched(
        &mut self,
        uid: u32,
        arrived_at: Timestamp,
        folder: &mut Folder,
        out: &mut Vec<Output>,
    ) -> bool {
        let Some(asked_as) = self.on_the_way.came(uid, false) else {
            out.push(Output::Discard { uid });
            return false;
        };
        if asked_as == What::Bodies {
            self.row.insert(uid, Fate::Ready);
            self.release(folder, out);
            return true;
        }
        self.top = self.top.max(uid);
        // A cursor never passes a message that is still to come.
        let awaited = self.on_the_way.first_awaited();
        let safe = awaited.map_or(self.top, |it| self.top.min(it.saturating_sub(1)));
        let cursor = folder.reach(safe);
        if self.is_too_old(arrived_at) {
            out.push(Output::Discard { uid });
            self.unsaid = true;
            return false;
        }
        self.hand_over(uid, cursor, folder, out);
        true
    }

    /// A header came; true when it is news.
    pub(crate) fn headed(&mut self, header: Header, out: &mut Vec<Output>) -> bool {
        let uid = header.uid;
        if self.on_the_way.came(uid, true).is_none() {
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
    fn forget_what_never_came(&mut self, uids: &[u32], out: &mut Vec<Output>) {
        for uid in uids {
            if let Some(fate @ Fate::Asked) = self.row.get_mut(uid) {
                out.push(Output::Discard { uid: *uid });
                *fate = Fate::PassedOver;
            }
        }
    }

    /// Hands over in the order of the UIDs, so that a cursor never passes a message that is still to come: up to
    /// the first one whose body or header is awaited.
    pub(crate) fn release(&mut self, folder: &mut Folder, out: &mut Vec<Output>) {
        let end = self.on_the_way.first_header();
        while let Some(first) = self.row.first_entry() {
            let uid = *first.key();
            if end.is_some_and(|end| end <= uid) {
                return;
            }
            match *first.get() {
                Fate::Wanted(_) | Fate::Asked => return,
                Fate::PassedOver => {
                    first.remove();
                    folder.reach(uid);
                    self.unsaid = true;
                }
                Fate::Ready => {
                    first.remove();
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
            out.push(handed(folder, uid, folder.reached().unwrap_or(cursor)));
            self.bracket = Bracket::Closed;
            self.unsaid = false;
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
        match self.on_the_way.first().map(|asked| &asked.uids) {
            Some(Uids::Exactly(uids)) if uids.len() == 1 => {
                (uids.first().copied().unwrap_or(0), self.way == Way::Alone)
            }
            Some(Uids::Exactly(_) | Uids::From(_)) | None => (folder.next_uid(), false),
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
