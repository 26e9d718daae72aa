//! A mail as it came, and as the rules see it.

use jiff::Timestamp;

/// A mail as it came from a server or an archive.
#[derive(Clone)]
pub struct RawMail {
    /// Where it lies: `file.mbox#1`, `home/INBOX;uid=7`.
    pub source: String,
    /// When it arrived: INTERNALDATE live; topmost Received, mbox line or Maildir name in an archive.
    pub arrived_at: Timestamp,
    /// The bytes, cut at the fetch limit.
    pub bytes: Vec<u8>,
    /// The full size in bytes, larger than `bytes` where the mail was cut.
    pub full_size: u64,
}

/// A mail as the rules see it. Parsing never fails: a broken mail becomes a message with defects.
#[derive(Debug, Clone)]
pub struct Message {
    /// Where it lies.
    pub source: String,
    /// When it arrived.
    pub arrived_at: Timestamp,
}

impl Message {
    /// Reads a mail, however broken it is.
    pub fn parse(raw: &RawMail) -> Self {
        Self {
            source: raw.source.clone(),
            arrived_at: raw.arrived_at,
        }
    }
}
