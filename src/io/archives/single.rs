//! One mail in one file: an `.eml`, or a file of a Maildir.

use std::io::Read;

use jiff::Timestamp;

use crate::engine::message::RawMail;
use crate::io::archives::maildir::Found;
use crate::io::archives::{FETCH_LIMIT, UnreadableMail};
use crate::io::arrival;

/// Reads the mail and counts what lies beyond the limit. `None` for an empty file that does not claim to be a mail.
pub fn read(
    mut reader: impl Read,
    found: &Found,
    without_date: Timestamp,
) -> Result<Option<RawMail>, UnreadableMail> {
    let unreadable = |what: String| UnreadableMail {
        mail: found.source.clone(),
        what,
    };
    let mut bytes = Vec::new();
    let kept = u64::try_from(FETCH_LIMIT).unwrap_or(u64::MAX);
    reader
        .by_ref()
        .take(kept)
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(error.to_string()))?;
    if bytes.is_empty() {
        return if found.is_one_mail() {
            Err(unreadable("the file is empty".to_owned()))
        } else {
            Ok(None)
        };
    }
    let rest = std::io::copy(&mut reader, &mut std::io::sink())
        .map_err(|error| unreadable(error.to_string()))?;
    let full_size = u64::try_from(bytes.len())
        .unwrap_or(u64::MAX)
        .saturating_add(rest);
    Ok(Some(RawMail {
        source: found.source.clone(),
        arrived_at: arrival::of(&bytes, found.named_at).unwrap_or(without_date),
        bytes,
        full_size,
    }))
}
