//! Leaves out of a header what nobody reads: the parser looks at each byte of it, and most of a header is the traces
//! and signatures of those that handed the mail on.

use crate::engine::message::header::lines::{is_folded, lines};

/// The fields that [`crate::engine::message::header::Header`] is made of, besides the date.
const READ: [&[u8]; 8] = [
    b"From",
    b"To",
    b"Cc",
    b"Subject",
    b"Message-ID",
    b"Content-Type",
    b"List-Id",
    b"Authentication-Results",
];

/// What is read of a header has mostly room in it.
const ROOM: usize = 1024;

/// Where a line goes.
#[derive(Clone, Copy)]
enum Place {
    Kept,
    /// Dates go last: behind a zone of one letter the parser takes the next line for a part of the date.
    Last,
    Nowhere,
}

impl Place {
    fn of(name: &[u8]) -> Self {
        if name.eq_ignore_ascii_case(b"Date") {
            Self::Last
        } else if READ.iter().any(|it| name.eq_ignore_ascii_case(it)) {
            Self::Kept
        } else {
            Self::Nowhere
        }
    }
}

/// The header block with these fields alone, as they stand. `None` where there is none of them, or where a line is not
/// as RFC 5322 §2.2 wants it: what is odd is for the parser to judge, with all that stands around it.
pub(crate) fn to_what_is_read(bytes: &[u8]) -> Option<Vec<u8>> {
    narrowed(bytes, Place::of)
}

/// A copy of the header block for somebody who reads it later: these fields and those of the servers that handed the
/// mail on, by whose dates it arrived. All of it where it is odd.
pub(crate) fn to_what_is_kept(bytes: &[u8]) -> Vec<u8> {
    let place = |name: &[u8]| {
        if name.eq_ignore_ascii_case(b"Received") {
            Place::Kept
        } else {
            Place::of(name)
        }
    };
    narrowed(bytes, place).unwrap_or_else(|| bytes.to_vec())
}

fn narrowed(bytes: &[u8], place_of: impl Fn(&[u8]) -> Place) -> Option<Vec<u8>> {
    let (mut kept, mut last) = (Vec::with_capacity(ROOM), Vec::new());
    let mut place = None;
    for line in lines(bytes) {
        if !line.ends_with(b"\n") {
            return None;
        }
        if matches!(line, b"\n" | b"\r\n") {
            kept.append(&mut last);
            if kept.is_empty() {
                return None;
            }
            kept.extend_from_slice(line);
            return Some(kept);
        }
        if is_folded(line) {
            // The parser goes on behind a line of nothing but spaces, others end there.
            if line.trim_ascii().is_empty() {
                return None;
            }
        } else {
            let colon = line.iter().position(|byte| *byte == b':')?;
            let name = line.get(..colon)?;
            if name.is_empty() || !name.iter().all(u8::is_ascii_graphic) {
                return None;
            }
            place = Some(place_of(name));
        }
        // A line that goes on with nothing is odd, too.
        match place? {
            Place::Kept => kept.extend_from_slice(line),
            Place::Last => last.extend_from_slice(line),
            Place::Nowhere => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use mail_parser::{Message, MessageParser};
    use proptest::prelude::*;

    use super::*;
    use crate::engine::message::header::{Header, PARSER};

    /// The fields that are read, as the parser understands them.
    fn read(parser: &MessageParser, bytes: &[u8]) -> String {
        let parsed = parser.parse_headers(bytes);
        let fields = parsed.as_ref().map(Message::headers).unwrap_or_default();
        let read = fields.iter().filter(|field| {
            let name = field.name.as_str().as_bytes();
            !matches!(Place::of(name), Place::Nowhere)
        });
        let said = |field: &mail_parser::Header<'_>| {
            let at = usize::try_from(field.offset_start).unwrap()
                ..usize::try_from(field.offset_end).unwrap();
            let raw = String::from_utf8_lossy(bytes[at].trim_ascii()).into_owned();
            format!("{:?} {:?} {raw:?}\n", field.name, field.value)
        };
        let mut said: Vec<String> = read.map(said).collect();
        said.sort();
        said.concat()
    }

    #[test]
    fn what_is_not_read_is_left_out() {
        let header = b"Received: a\r\n\tb\r\nfrom: x@example.com\r\nX-Y: z\r\nSubject: one\r\n two\r\nDKIM-Signature: s\r\n\r\nTo: body\r\n";
        assert_eq!(
            to_what_is_read(header).unwrap(),
            b"from: x@example.com\r\nSubject: one\r\n two\r\n\r\n"
        );
    }

    #[test]
    fn what_is_kept_tells_of_the_way_too_and_what_is_odd_is_kept_whole() {
        let header = b"Received: a;\r\n\tb\r\nX-Y: z\r\nDate: d\r\nFrom: x@example.com\r\n\r\n";
        assert_eq!(
            to_what_is_kept(header),
            b"Received: a;\r\n\tb\r\nFrom: x@example.com\r\nDate: d\r\n\r\n"
        );
        for odd in [&b""[..], b"X-Y: z\r\n\r\n", b"From: a@example.com\r\nX-Y"] {
            assert_eq!(to_what_is_kept(odd), odd);
        }
    }

    #[test]
    fn a_zone_of_one_letter_takes_no_other_field_along() {
        let header =
            b"Date: Sun, 22 Nov 2026 10:02:03 Z\r\nFrom: a@example.com\r\nSubject: b\r\n\r\n";
        let read = Header::read(header, &mut Vec::new());
        assert_eq!(read.from[0].address, "a@example.com");
        assert_eq!(read.subject, "b");
        assert_eq!(read.date, Some("2026-11-22T10:02:03Z".parse().unwrap()));
    }

    #[test]
    fn what_is_odd_stays_whole() {
        for odd in [
            &b""[..],
            b"\r\n",
            b"X-Y: z\r\n\r\n",
            b" folded\r\nFrom: a@example.com\r\n\r\n",
            b"From: a@example.com\r\nno field\r\n\r\n",
            b"X-Y: z\r\n \r\nFrom: a@example.com\r\n\r\n",
            b"From: a@example.com\r\nSubject : b\r\n\r\n",
            b"From: a@example.com\r\n: b\r\n\r\n",
            b"From: a@example.com\r\nSubj\xe9ct: b\r\n\r\n",
            b"From: a@example.com\r\nSubject: b",
            b"From: a@example.com\r\nSubject: b\r\n",
        ] {
            assert_eq!(to_what_is_read(odd), None, "{}", odd.escape_ascii());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() })]

        #[test]
        fn what_is_read_says_the_same_without_the_rest(
            fields in proptest::collection::vec(
                (
                    "(From|To|Cc|Subject|Date|Message-ID|Content-Type|List-Id|Authentication-Results|X-Y|Received|Resent-From|FROM)",
                    "([a-z@.<>,;:\"()\\\\=?_ 0-9+é-]|=\\?utf-8\\?[qb]\\?[a-z=0-9]{0,6}(\\?=)?|\\r?\\n[ \\t]|\\r|\\x00){0,24}",
                    "\\r?\\n",
                ),
                0..8,
            ),
            end in "(\\r?\\n)?(From: body)?",
        ) {
            let fields = fields.iter().map(|(name, value, end)| {
                // Without letters nothing passes for a zone.
                let is_kept = |it: &char| name != "Date" || !it.is_alphabetic();
                let value: String = value.chars().filter(is_kept).collect();
                format!("{name}: {value}{end}")
            });
            let header = format!("{}{end}", fields.collect::<String>());
            if let Some(narrowed) = to_what_is_read(header.as_bytes()) {
                prop_assert_eq!(read(&PARSER, &narrowed), read(&PARSER, header.as_bytes()));
            }
            let kept = to_what_is_kept(header.as_bytes());
            prop_assert_eq!(read(&PARSER, &kept), read(&PARSER, header.as_bytes()));
        }
    }
}
