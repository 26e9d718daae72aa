//! Whose bodies are worth fetching.

use std::fmt;
use std::sync::Arc;

use crate::engine::message::RawMail;
use crate::io::imap::running::Part;

/// The hash of the sender of a mail whose header says that its body is not needed.
type PassesOver = dyn Fn(&RawMail) -> Option<u32> + Send + Sync;

/// Says by a mail's header whether a rule may match it. The default says yes to every mail.
#[derive(Clone, Default)]
pub struct Gate {
    kind: Kind,
}

#[derive(Clone, Default)]
enum Kind {
    #[default]
    Open,
    Judging(Arc<PassesOver>),
    Collecting,
}

impl Gate {
    /// A gate that must not pass over a mail of which a rule would make a signal; of one that it does, it gives the
    /// hash of the sender.
    pub fn new(passes_over: impl Fn(&RawMail) -> Option<u32> + Send + Sync + 'static) -> Self {
        Self {
            kind: Kind::Judging(Arc::new(passes_over)),
        }
    }

    /// One that hands every header over as it is, for somebody else to judge.
    pub(crate) fn collecting() -> Self {
        Self {
            kind: Kind::Collecting,
        }
    }

    /// Whether it says yes to every mail: then no header tells anything.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.kind, Kind::Open)
    }

    /// The hash of the sender where the mail's body is not needed.
    pub fn passes_over(&self, header: &RawMail) -> Option<u32> {
        match &self.kind {
            Kind::Judging(passes_over) => passes_over(header),
            Kind::Open | Kind::Collecting => None,
        }
    }

    /// What is to be handed over of a mail whose header came, and what of that header is kept.
    pub(crate) fn part(&self, header: RawMail) -> (Part, Vec<u8>) {
        if let Kind::Collecting = self.kind {
            return (Part::Header, header.bytes);
        }
        let part = self
            .passes_over(&header)
            .map_or(Part::Awaited, Part::PassedOver);
        (part, Vec::new())
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            Kind::Open => "open",
            Kind::Judging(_) => "gate",
            Kind::Collecting => "collecting",
        })
    }
}
