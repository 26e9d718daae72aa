//! When a mail arrived, as its own headers tell.

use jiff::Timestamp;

use crate::io::archives::dates;

/// Headers longer than this are not searched any further.
const HEADER_LIMIT: usize = 64 * 1024;

/// The date of the topmost Received header, else what the archive says, else the Date header. Never a file's time:
/// that one changes with each copy.
pub fn of(mail: &[u8], archive_says: Option<Timestamp>) -> Option<Timestamp> {
    let headers = headers(mail);
    let received = headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("received"))
        // RFC 5321 §4.4: the date stands behind the last semicolon.
        .find_map(|(_, value)| {
            value
                .rsplit_once(';')
                .and_then(|(_, date)| dates::parse(date))
        });
    received.or(archive_says).or_else(|| {
        headers
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case("date"))
            .find_map(|(_, value)| dates::parse(value))
    })
}

/// The unfolded header fields, in order.
fn headers(mail: &[u8]) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    let head = mail.get(..HEADER_LIMIT).unwrap_or(mail);
    for line in head.split(|byte| *byte == b'\n') {
        let line = String::from_utf8_lossy(line);
        let line = line.trim_end_matches('\r');
        if line.is_empty() {
            break;
        }
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = fields.last_mut() {
                value.push_str(line);
            }
        } else if let Some((name, value)) = line.split_once(':') {
            fields.push((name.trim_end().to_owned(), value.to_owned()));
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
