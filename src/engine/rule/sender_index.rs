//! Which services a domain may belong to, without asking each of them.

use std::collections::BTreeMap;

use crate::engine::rule::pack::{DomainPattern, Pack};
use crate::engine::rule::relation::{Relation, Sender};

/// The domains of all packs, with the places of the packs that name them.
#[derive(Debug, Default)]
pub(crate) struct SenderIndex {
    /// By the domain's name without a star.
    by_name: BTreeMap<String, Vec<usize>>,
    /// Packs with a pattern that is no name.
    anywhere: Vec<usize>,
}

impl SenderIndex {
    /// The index of packs in their order.
    pub(crate) fn of(packs: &[Pack]) -> Self {
        let mut index = Self::default();
        for pack in packs {
            let patterns = pack.domains.iter();
            let patterns = patterns.chain(&pack.third_parties).chain(&pack.siblings);
            for name in patterns.map(DomainPattern::name) {
                if name.contains('*') {
                    index.anywhere.push(pack.place);
                } else {
                    let places = index.by_name.entry(name.to_owned()).or_default();
                    places.push(pack.place);
                }
            }
        }
        index
    }

    /// The packs one of whose patterns may cover the sender's domain.
    pub(crate) fn near(&self, sender: &Sender) -> Near {
        // A rewritten From names the service in other places than the domain.
        if sender.is_rewritten() || sender.domain.is_empty() {
            return Near::everything();
        }
        let mut near = self.anywhere.clone();
        let mut rest = Some(sender.domain.as_str());
        while let Some(name) = rest {
            near.extend(self.by_name.get(name).into_iter().flatten());
            rest = name.split_once('.').map(|(_, parent)| parent);
        }
        Near(Some(near))
    }
}

/// The places of the packs that may know a sender; `None` where each has to be asked.
#[derive(Debug)]
pub(crate) struct Near(Option<Vec<usize>>);

impl Near {
    /// Each pack is asked.
    pub(crate) fn everything() -> Self {
        Self(None)
    }

    /// How the sender stands to a pack's service.
    pub(crate) fn relation(&self, sender: &Sender, pack: &Pack) -> Relation {
        let is_far = self
            .0
            .as_ref()
            .is_some_and(|near| !near.contains(&pack.place));
        if is_far && !pack.generic && !pack.forwards_sms {
            return Relation::Foreign;
        }
        sender.relation(pack)
    }
}
