//! A mail as it came, and as the rules see it.

pub mod charset;
pub mod encoded_word;
pub mod fold;
pub mod header;
pub mod html;
pub mod markup;
pub mod sms;
pub mod text;

use jiff::Timestamp;

use crate::engine::message::header::Header;
use crate::engine::message::text::Body;

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
///
/// All texts are NFKC-normalised, without invisible, bidi and padding characters. `Debug` is not derived on purpose:
/// a message holds a mail's words, and no log may show them.
#[derive(Clone)]
pub struct Message {
    /// Where it lies.
    pub source: String,
    /// When it arrived.
    pub arrived_at: Timestamp,
    /// What the header says.
    pub header: Header,
    /// What the body says, in its first 16 KiB of text.
    pub body: Body,
    /// Domains (`d=`, lower case) whose DKIM signature this program verified itself; empty unless the shell did so.
    pub dkim_domains: Vec<String>,
    /// What is broken or was cut.
    pub defects: Vec<Defect>,
}

/// What is wrong with a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Defect {
    /// No header block could be found.
    NoHeader,
    /// No From, or none that holds an address.
    NoFrom,
    /// No Date, or none that can be read.
    NoDate,
    /// More than one From, Subject, Date or Message-ID.
    RepeatedHeader,
    /// The mail was cut at the fetch limit.
    Truncated,
    /// A part's transfer encoding or MIME structure is broken; it was read leniently.
    BrokenMime,
    /// The declared charset cannot be the real one; another was tried.
    LyingCharset,
    /// The body holds more text than is looked at.
    LongText,
}

impl Message {
    /// Reads a mail, however broken it is.
    pub fn parse(raw: &RawMail) -> Self {
        let mut message = Self::parse_header(raw);
        message.read_body(raw);
        message
    }

    /// Reads the header only: enough to say that no rule can match.
    pub fn parse_header(raw: &RawMail) -> Self {
        let mut defects = Vec::new();
        if raw.full_size > u64::try_from(raw.bytes.len()).unwrap_or(u64::MAX) {
            defects.push(Defect::Truncated);
        }
        let header = Header::read(&raw.bytes, &mut defects);
        Self {
            source: raw.source.clone(),
            arrived_at: raw.arrived_at,
            header,
            body: Body::default(),
            dkim_domains: Vec::new(),
            defects,
        }
    }

    /// Reads the body of a message whose header was read before.
    pub fn read_body(&mut self, raw: &RawMail) {
        self.body = Body::read(&raw.bytes, &mut self.defects);
        self.defects.sort_unstable();
        self.defects.dedup();
    }
}
