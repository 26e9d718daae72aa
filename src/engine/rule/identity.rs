//! Hashes: a signal's identity, and texts that are compared but never kept.

use sha2::{Digest as _, Sha256};

use crate::engine::hex;
use crate::engine::message::Message;
use crate::engine::message::fold::fold_line;
use crate::engine::signal::SignalId;

/// Longest text that is hashed, in bytes.
const HASH_LIMIT: usize = 32 * 1024;

/// The identity of a mail's signal: the same mail in two folders has one, another mail under the same Message-ID
/// another.
pub(crate) fn signal_id(message: &Message) -> SignalId {
    let domain = message
        .header
        .from
        .first()
        .map(|mailbox| mailbox.domain().to_owned())
        .unwrap_or_default();
    let date = message
        .header
        .date
        .map(|date| date.to_string())
        .unwrap_or_default();
    SignalId(hash(&[
        message.header.message_id.as_deref().unwrap_or_default(),
        &domain,
        &date,
        &message.header.subject,
        &message.body.text,
    ]))
}

/// A text in the form in which two spellings of it are equal, hashed.
pub(crate) fn text_hash(text: &str) -> String {
    hash(&[&fold_line(text, HASH_LIMIT).to_lowercase()])
}

/// 32 hex digits of SHA-256 over the parts, each with its length before it.
fn hash(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    hex::digits(hasher.finalize().get(..16).unwrap_or_default())
}
