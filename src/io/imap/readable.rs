//! Makes of any response one that imap-proto can parse, so that one odd line does not end a connection.

use std::borrow::Cow;

use async_imap::imap_proto::{AttributeValue, Response as Parsed};

/// Stands for a message that cannot be read; no real message has the number 0.
const UNREADABLE_MESSAGE: &[u8] = b"* 0 FETCH (UID 0)\r\n";

/// Stands for a line of no interest.
const NOTHING: &[u8] = b"* 0 EXPUNGE\r\n";

/// What an atom may not hold, besides spaces and control characters (RFC 3501 §9).
const NO_ATOM: &[u8] = b"(){%*\"\\]";

/// How a message begins (RFC 3501 §7.4.2).
const BODY: &[u8] = b"BODY[";

/// What `take` makes of a complete response: of all of it where it can be parsed, otherwise of what a watcher needs.
/// `None` where there is nothing to be made of it.
pub(crate) fn read<T>(response: &[u8], take: impl Fn(&Parsed<'_>) -> T) -> Option<T> {
    // Mails come as data, by the thousand: they are neither copied nor parsed twice.
    if response.ends_with(b"\r\n")
        && holds_data(response)
        && let Some(parsed) = parsed(response)
    {
        return Some(take(&parsed));
    }
    let readable = readable(response.to_vec());
    parsed(&readable).map(|parsed| take(&parsed))
}

/// A complete response as it is where it can be parsed, otherwise what a watcher needs of it.
pub(crate) fn readable(mut response: Vec<u8>) -> Vec<u8> {
    // The text is of no interest, and async-imap gives up when it is no base64.
    if response.first() == Some(&b'+') {
        return b"+ \r\n".to_vec();
    }
    if !response.ends_with(b"\r\n") && response.pop().is_some() {
        response.extend_from_slice(b"\r\n");
    }
    // imap-proto panics at a letter of several bytes right behind a code: `* OK [ALERT]é`.
    if !holds_data(&response) {
        for byte in &mut response {
            if !byte.is_ascii() {
                *byte = b'?';
            }
        }
    }
    if parses(&response) {
        return response;
    }
    Some(repaired(&response).into_owned())
        .filter(|repaired| parses(repaired))
        .unwrap_or_else(|| NOTHING.to_vec())
}

/// Whether a response is data, not a status for humans or a continuation: only data has literals.
pub(crate) fn holds_data(response: &[u8]) -> bool {
    let Some(rest) = response.strip_prefix(b"* ") else {
        return false;
    };
    let word = rest
        .split(u8::is_ascii_whitespace)
        .next()
        .unwrap_or_default();
    ![&b"OK"[..], b"NO", b"BAD", b"BYE", b"PREAUTH"]
        .iter()
        .any(|status| word.eq_ignore_ascii_case(status))
}

/// The length that a line announces at its end: `{12}`, `{12+}`, `~{12}`. The line ending may still be there.
pub(crate) fn literal_length(line: &[u8]) -> Option<usize> {
    let line = line.trim_ascii_end().strip_suffix(b"}")?;
    let line = line.strip_suffix(b"+").unwrap_or(line);
    let open = line.iter().rposition(|byte| *byte == b'{')?;
    let digits = line.get(open.saturating_add(1)..)?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    // A length beyond all numbers is beyond every limit too.
    let digits = std::str::from_utf8(digits)
        .ok()
        .filter(|it| !it.is_empty())?;
    Some(digits.parse().unwrap_or(usize::MAX))
}

fn parses(response: &[u8]) -> bool {
    parsed(response).is_some()
}

/// The one response that imap-proto makes of all these bytes. One that it finds incomplete would swallow the next.
fn parsed(response: &[u8]) -> Option<Parsed<'_>> {
    let ([], parsed) = Parsed::parse(response).ok()? else {
        return None;
    };
    if let Parsed::Fetch(_, values) = &parsed
        && hides_a_body(response, values)
    {
        return None;
    }
    Some(parsed)
}

/// imap-proto passes over a value that it does not understand; a mail must not be lost in that way.
fn hides_a_body(response: &[u8], values: &[AttributeValue<'_>]) -> bool {
    let body = |value| matches!(value, &AttributeValue::BodySection { .. });
    values.contains(&AttributeValue::Unknown)
        && !values.iter().any(body)
        && response
            .windows(BODY.len())
            .any(|name| name.eq_ignore_ascii_case(BODY))
}

fn repaired(response: &[u8]) -> Cow<'static, [u8]> {
    let mut words = response
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty());
    let (Some(first), Some(second)) = (words.next(), words.next()) else {
        return NOTHING.into();
    };
    // IMAP4rev2 alone, and two spaces.
    if second.eq_ignore_ascii_case(b"CAPABILITY") {
        let atoms = words.filter(|word| !word.iter().any(|byte| NO_ATOM.contains(byte)));
        return line(b"* CAPABILITY IMAP4rev1", atoms);
    }
    // `(MODSEQ 9)` behind the numbers.
    if second.eq_ignore_ascii_case(b"SEARCH") {
        let numbers = words.take_while(|word| word.iter().all(u8::is_ascii_digit));
        return line(b"* SEARCH", numbers);
    }
    if words
        .next()
        .is_some_and(|it| it.eq_ignore_ascii_case(b"FETCH"))
    {
        return UNREADABLE_MESSAGE.into();
    }
    line(first, [second, b"unreadable"])
}

fn line<'a>(head: &[u8], words: impl IntoIterator<Item = &'a [u8]>) -> Cow<'static, [u8]> {
    let mut line = head.to_vec();
    for word in words {
        line.push(b' ');
        line.extend_from_slice(word);
    }
    line.extend_from_slice(b"\r\n");
    line.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(response: &[u8]) -> String {
        String::from_utf8(readable(response.to_vec())).unwrap()
    }

    #[test]
    fn what_can_be_parsed_stays_as_it_is() {
        for response in [
            "* 5 EXISTS\r\n",
            "* LIST (\\Junk) \"/\" {4}\r\na\"b&\r\n",
            "* OK [PERMANENTFLAGS (\\*)] {7}\r\n",
            "A1 NO [UNAVAILABLE] later\r\n",
            "* STATUS \"INBOX\" ()\r\n",
        ] {
            assert_eq!(read(response.as_bytes()), response);
        }
        assert_eq!(read(b"* 5 EXISTS\n"), "* 5 EXISTS\r\n");
    }

    #[test]
    fn lines_that_would_end_the_connection_keep_their_meaning_or_have_none() {
        for (response, expected) in [
            ("* SEARCH 1 2 (MODSEQ 9)", "* SEARCH 1 2"),
            (
                "* CAPABILITY  IMAP4rev2  IDLE ",
                "* CAPABILITY IMAP4rev1 IMAP4rev2 IDLE",
            ),
            ("* 2 FETCH (UID 2 BODY[] (words))", "* 0 FETCH (UID 0)"),
            ("* 2 FETCH (UID 2", "* 0 FETCH (UID 0)"),
            ("* Goodbye : idle timeout expired", "* 0 EXPUNGE"),
            ("* ESEARCH (TAG \"a\") UID ALL 1:3", "* 0 EXPUNGE"),
            ("* NAMESPACE ((\"\" \"/\")) NIL NIL", "* 0 EXPUNGE"),
            ("* FLAGS (\\Seen [odd %)", "* 0 EXPUNGE"),
            ("", "* 0 EXPUNGE"),
            ("SSH-2.0-OpenSSH", "* 0 EXPUNGE"),
            ("* BYE nul\0nul", "* BYE unreadable"),
            ("A1 NO [BADCHARSET ({99}", "A1 NO unreadable"),
            ("+ no base64", "+ "),
            ("* OK [ALERT]\u{e9}t\u{e9}", "* OK [ALERT]??t??"),
        ] {
            assert_eq!(
                read(format!("{response}\r\n").as_bytes()),
                format!("{expected}\r\n")
            );
        }
    }

    #[test]
    fn a_length_is_what_stands_at_the_end_of_a_line() {
        assert_eq!(literal_length(b"x {12}\r\n"), Some(12));
        assert_eq!(literal_length(b"x ~{12+}\r\n"), Some(12));
        assert_eq!(literal_length(b"x {}\r\n"), None);
        assert_eq!(literal_length(b"x {1a}\r\n"), None);
        assert_eq!(
            literal_length(b"x {99999999999999999999999}\r\n"),
            Some(usize::MAX)
        );
    }
}
