//! Whose bodies are worth fetching, and what is kept of the headers of the others.

use std::fmt;
use std::sync::Arc;

use crate::engine::message::RawMail;

/// Bytes of the fields that tell a sender; longer ones are no sender that anybody counts.
const SENDER_FIELDS_LIMIT: usize = 4 * 1024;

/// Whether a mail with this header is wanted.
type Wants = dyn Fn(&RawMail) -> bool + Send + Sync;

/// Says by a mail's header whether a rule may match it. The default says yes to every mail.
#[derive(Clone, Default)]
pub struct Gate(Option<Arc<Wants>>);

impl Gate {
    /// A gate that must not say no to a mail of which a rule would make a signal.
    pub fn new(wants: impl Fn(&RawMail) -> bool + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(wants)))
    }

    /// Whether the mail's body is needed.
    pub fn wants(&self, header: &RawMail) -> bool {
        self.0.as_ref().is_none_or(|wants| wants(header))
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "gate" } else { "open" })
    }
}

/// The fields of a header by which senders are counted: From and List-Id, as they stand.
pub fn sender_fields(header: &[u8]) -> Vec<u8> {
    let mut kept = Vec::new();
    let mut keeps = false;
    for line in header.split_inclusive(|byte| *byte == b'\n') {
        if line.trim_ascii().is_empty() {
            break;
        }
        if !line.starts_with(b" ") && !line.starts_with(b"\t") {
            let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
            let name = name.trim_ascii();
            keeps = name.eq_ignore_ascii_case(b"From") || name.eq_ignore_ascii_case(b"List-Id");
        }
        if keeps && kept.len().saturating_add(line.len()) <= SENDER_FIELDS_LIMIT {
            kept.extend_from_slice(line);
        }
    }
    kept.extend_from_slice(b"\r\n");
    kept
}
