//! Whose bodies are worth fetching, and what is kept of the headers of the others.

use std::fmt;
use std::sync::Arc;

use crate::engine::message::RawMail;
use crate::engine::message::header::sender_fields;

/// Whether a mail with this header is wanted.
type Wants = dyn Fn(&RawMail) -> bool + Send + Sync;

/// Says by a mail's header whether a rule may match it. The default says yes to every mail.
#[derive(Clone, Default)]
pub struct Gate {
    wants: Option<Arc<Wants>>,
    whole: bool,
}

impl Gate {
    /// A gate that must not say no to a mail of which a rule would make a signal.
    pub fn new(wants: impl Fn(&RawMail) -> bool + Send + Sync + 'static) -> Self {
        Self {
            wants: Some(Arc::new(wants)),
            whole: false,
        }
    }

    /// The same, but the whole header is kept of a mail whose body is not needed.
    #[must_use]
    pub fn keeping_headers(self) -> Self {
        Self {
            whole: true,
            ..self
        }
    }

    /// Whether it says yes to every mail: then no header tells anything.
    pub(crate) fn is_open(&self) -> bool {
        self.wants.is_none()
    }

    /// What is kept of a header, where the body is not needed.
    pub(crate) fn kept(&self, header: Vec<u8>) -> Vec<u8> {
        if self.whole {
            header
        } else {
            sender_fields(&header)
        }
    }

    /// Whether the mail's body is needed.
    pub fn wants(&self, header: &RawMail) -> bool {
        self.wants.as_ref().is_none_or(|wants| wants(header))
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.wants.is_some() { "gate" } else { "open" })
    }
}
