//! When a mail arrived, as its own headers tell.

use std::borrow::Cow;

use jiff::Timestamp;
use memchr::memchr;

use crate::engine::message::header::lines::{is_folded, lines};
use crate::io::dates;

/// Headers longer than this are not searched any further.
const HEADER_LIMIT: usize = 64 * 1024;

/// The date of the topmost Received header, else what the archive says, else the Date header. Never a file's time:
/// that one changes with each copy.
pub fn of(mail: &[u8], archive_says: Option<Timestamp>) -> Option<Timestamp> {
    // RFC 5321 §4.4: the date stands behind the last semicolon.
    let received = values(mail, b"received").find_map(|value| {
        value
            .rsplit_once(';')
            .and_then(|(_, date)| dates::parse(date))
    });
    received
        .or(archive_says)
        .or_else(|| values(mail, b"date").find_map(|value| dates::parse(&value)))
}

/// The values of the fields of this name, in order and with their line breaks. The first one is mostly enough, so each
/// is looked for when it is asked for.
fn values<'a>(mail: &'a [u8], name: &'a [u8]) -> impl Iterator<Item = Cow<'a, str>> {
    let mut rest = mail.get(..HEADER_LIMIT).unwrap_or(mail);
    std::iter::from_fn(move || {
        loop {
            let mut field = lines(rest);
            let first = field
                .next()
                .filter(|line| !line.trim_ascii_end().is_empty())?;
            let folded =
                field.take_while(|line| is_folded(line) && !line.trim_ascii_end().is_empty());
            let length = folded.fold(first.len(), |length, line| {
                length.saturating_add(line.len())
            });
            let (field, behind) = rest.split_at_checked(length)?;
            rest = behind;
            let Some(colon) = memchr(b':', first) else {
                continue;
            };
            let (found, value) = field.split_at_checked(colon)?;
            if !is_folded(first) && found.trim_ascii_end().eq_ignore_ascii_case(name) {
                return Some(String::from_utf8_lossy(value.get(1..)?));
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::engine::message::header::narrow::to_what_is_kept;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_topmost_received_goes_before_everything_else() {
        let mail = b"Received: from a by b; comment\r\n\t; Sun, 22 Nov 2026 01:00:05 +0000\r\n\
            Received: from c by a; Sun, 22 Nov 2026 01:00:00 +0000\r\nDate: Sat, 21 Nov 2026 01:00:00 +0000\r\n\r\n";
        assert_eq!(
            of(mail, Some(at("2026-01-01T00:00:00Z"))),
            Some(at("2026-11-22T01:00:05Z"))
        );
    }

    #[test]
    fn the_archive_goes_before_the_date_header() {
        let mail = b"Date: Sat, 21 Nov 2026 01:00:00 +0000\n\nReceived: x; Sun, 22 Nov 2026 01:00:05 +0000\n";
        assert_eq!(
            of(mail, Some(at("2026-01-01T00:00:00Z"))),
            Some(at("2026-01-01T00:00:00Z"))
        );
        assert_eq!(of(mail, None), Some(at("2026-11-21T01:00:00Z")));
    }

    #[test]
    fn a_mail_without_any_date_has_no_arrival() {
        assert_eq!(of(b"", None), None);
        assert_eq!(of(b"Received: nothing useful\nDate: soon\n\n", None), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_kept_of_a_header_arrived_when_all_of_it_did(
            fields in proptest::collection::vec(
                (
                    "(Received|received|Date|From|X-Y|Received-SPF)",
                    "(from a by b(; )?|(Sun, )?22 Nov 2026 01:0[0-5]:0[0-5] [+]0[0-9]00|;|[(]x[)]|\r\n\t| ){0,4}",
                ),
                0..6,
            ),
            end in "(\r\n)?",
        ) {
            let fields = fields.iter().map(|(name, value)| format!("{name}: {value}\r\n"));
            let header = format!("{}{end}", fields.collect::<String>());
            let kept = to_what_is_kept(header.as_bytes());
            prop_assert_eq!(of(&kept, None), of(header.as_bytes(), None));
        }
    }
}
