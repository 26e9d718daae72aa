//! FETCH commands on their way to the server and back: what each of them may bring.

use std::collections::{BTreeSet, VecDeque};

use crate::engine::watch::output::{Output, Uids};

/// What a command asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// Whole messages.
    Whole,
    /// Headers alone.
    Headers,
    /// Whole messages whose headers came before.
    Bodies,
}

/// A command whose end is awaited.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) what: What,
    pub(crate) uids: Uids,
    seen: BTreeSet<u32>,
}

/// The commands that were sent and have not ended, in the order in which they were sent and end.
#[derive(Debug, Clone, Default)]
pub(crate) struct OnTheWay(VecDeque<Asked>);

impl OnTheWay {
    /// Sends a command after those that are on their way.
    pub(crate) fn ask(&mut self, what: What, uids: Uids) -> Output {
        self.0.push_back(Asked {
            what,
            uids: uids.clone(),
            seen: BTreeSet::new(),
        });
        match what {
            What::Whole | What::Bodies => Output::Fetch(uids),
            What::Headers => Output::FetchHeaders(uids),
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The one that the server answers now.
    pub(crate) fn first(&self) -> Option<&Asked> {
        self.0.front()
    }

    /// The first one came to its end.
    pub(crate) fn ended(&mut self) -> Option<Asked> {
        self.0.pop_front()
    }

    /// What a message was asked for as, the first time that it comes; `None` for what nobody asked for.
    pub(crate) fn came(&mut self, uid: u32, header: bool) -> Option<What> {
        let mut asked = self.0.iter_mut();
        let asked = asked.find(|it| (it.what == What::Headers) == header && it.brings(uid))?;
        asked.seen.insert(uid);
        Some(asked.what)
    }

    /// The lowest message of its list that the first command may still bring. Of an open range nobody knows; there the
    /// order of the UIDs, which every server keeps that we know, is relied on.
    pub(crate) fn first_awaited(&self) -> Option<u32> {
        let first = self.0.front()?;
        match &first.uids {
            Uids::From(_) => None,
            Uids::Exactly(uids) => uids.iter().find(|uid| !first.seen.contains(uid)).copied(),
        }
    }

    /// The lowest UID whose header may still come.
    pub(crate) fn first_header(&self) -> Option<u32> {
        let headers = self.0.iter().filter(|it| it.what == What::Headers);
        headers
            .filter_map(|it| match &it.uids {
                Uids::From(first) => Some(*first),
                Uids::Exactly(uids) => uids.first().copied(),
            })
            .min()
    }
}

impl Asked {
    fn brings(&self, uid: u32) -> bool {
        let wanted = match &self.uids {
            Uids::From(first) => uid >= *first,
            Uids::Exactly(uids) => uids.binary_search(&uid).is_ok(),
        };
        wanted && !self.seen.contains(&uid)
    }
}
