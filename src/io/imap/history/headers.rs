//! Headers that came and were not judged: many are judged in a row, while rules and code are at hand.

use std::mem;

use crate::engine::message::RawMail;
use crate::io::imap::running::Mail;

/// Headers that are judged in a row.
const TOGETHER: usize = 64;

/// The same in bytes.
const BYTES: usize = 512 * 1024;

/// What came, in its order.
#[derive(Default)]
pub(crate) struct Headers {
    waiting: Vec<Unjudged>,
    bytes: usize,
}

/// A header.
pub(crate) struct Unjudged {
    pub(crate) uid: u32,
    /// Bytes of the whole mail that would be fetched.
    pub(crate) size: u64,
    pub(crate) mail: RawMail,
}

impl Headers {
    pub(crate) fn push(&mut self, mail: Mail, size: u64) {
        self.bytes = self.bytes.saturating_add(mail.bytes.len());
        self.waiting.push(Unjudged {
            uid: mail.uid,
            size,
            mail: mail.into_raw(),
        });
    }

    /// Whether it is time to judge them.
    pub(crate) fn are_enough(&self) -> bool {
        self.waiting.len() >= TOGETHER || self.bytes >= BYTES
    }

    pub(crate) fn take(&mut self) -> Vec<Unjudged> {
        self.bytes = 0;
        mem::take(&mut self.waiting)
    }
}
