//! What a line of an IMAP server means to a watcher; whatever it need not know is passed over.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil;
use jiff::tz::Offset;

use crate::engine::watch::input::Opened;
use crate::io::imap::tokens::{Token, Tokens, number};

/// One response, read as far as the watcher needs it.
pub(crate) enum Response<'a> {
    /// `+`: the server waits for more.
    Continue,
    /// The end of the command with this tag.
    Tagged { tag: &'a [u8], answer: Answer<'a> },
    /// An untagged `OK`, `NO`, `BAD`, `BYE` or `PREAUTH`.
    Status(Answer<'a>),
    /// What the server can do.
    Capability(Capabilities),
    /// The number of messages changed.
    Exists(u32),
    /// A message.
    Message(Message<'a>),
    /// A message that cannot be read.
    UnreadableMessage,
    /// UIDs.
    Search(Vec<u32>),
    /// The state of a folder that is not open.
    MailboxStatus(Opened),
    /// A folder: its attributes in lower case, and its name as it stands on the wire.
    List {
        attributes: Vec<String>,
        name: Vec<u8>,
    },
    /// Anything else.
    Other,
}

/// A status with its code and text.
pub(crate) struct Answer<'a> {
    pub(crate) status: Status,
    /// The words inside the brackets.
    pub(crate) code: &'a [u8],
    pub(crate) text: &'a [u8],
}

/// RFC 3501 §7.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Ok,
    No,
    Bad,
    Bye,
    PreAuth,
}

/// The capabilities in upper case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Capabilities(BTreeSet<String>);

impl Capabilities {
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    fn read(words: &[u8]) -> Self {
        Self(
            words
                .split(u8::is_ascii_whitespace)
                .filter(|word| !word.is_empty())
                .map(|word| String::from_utf8_lossy(word).to_ascii_uppercase())
                .collect(),
        )
    }
}

/// A FETCH response. What was not asked for, or not sent, is `None`.
#[derive(Debug, Default)]
pub(crate) struct Message<'a> {
    pub(crate) uid: Option<u32>,
    pub(crate) size: Option<u64>,
    pub(crate) arrived_at: Option<Timestamp>,
    pub(crate) body: Option<std::borrow::Cow<'a, [u8]>>,
}

impl<'a> Answer<'a> {
    fn read(status: &[u8], rest: &'a [u8]) -> Option<Self> {
        let status = match status.to_ascii_uppercase().as_slice() {
            b"OK" => Status::Ok,
            b"NO" => Status::No,
            b"BAD" => Status::Bad,
            b"BYE" => Status::Bye,
            b"PREAUTH" => Status::PreAuth,
            _ => return None,
        };
        let (code, text) = match rest.strip_prefix(b"[") {
            Some(inside) => match inside.iter().position(|byte| *byte == b']') {
                Some(end) => {
                    let (code, text) = inside.split_at(end);
                    (code, text.strip_prefix(b"]").unwrap_or(text).trim_ascii())
                }
                None => (&[][..], rest),
            },
            None => (&[][..], rest),
        };
        Some(Self { status, code, text })
    }

    /// The value of a numeric code: `UIDNEXT 5`.
    pub(crate) fn code_number(&self, name: &str) -> Option<u32> {
        let mut words = Tokens::new(self.code);
        words
            .atom()
            .filter(|word| word.eq_ignore_ascii_case(name.as_bytes()))?;
        words.number()
    }

    /// Whether the code or the text holds one of these words, in lower case.
    pub(crate) fn says(&self, words: &[&str]) -> bool {
        let said = format!(
            "[{}] {}",
            String::from_utf8_lossy(self.code),
            String::from_utf8_lossy(self.text)
        )
        .to_lowercase();
        words.iter().any(|word| said.contains(word))
    }

    /// The capabilities in the code, where it holds them.
    pub(crate) fn capabilities(&self) -> Option<Capabilities> {
        let (name, words) = self.code.split_at_checked(b"CAPABILITY".len())?;
        name.eq_ignore_ascii_case(b"CAPABILITY")
            .then(|| Capabilities::read(words))
    }
}

impl<'a> Response<'a> {
    /// Reads one response with its literals.
    pub(crate) fn read(bytes: &'a [u8]) -> Self {
        let mut words = Tokens::new(bytes);
        if bytes.first() == Some(&b'+') {
            return Self::Continue;
        }
        let Some(first) = words.atom() else {
            return Self::Other;
        };
        let Some(second) = words.atom() else {
            return Self::Other;
        };
        if let Some(answer) = Answer::read(second, words.rest()) {
            return if first == b"*" {
                Self::Status(answer)
            } else {
                Self::Tagged { tag: first, answer }
            };
        }
        if first != b"*" {
            return Self::Other;
        }
        match second.to_ascii_uppercase().as_slice() {
            b"CAPABILITY" => Self::Capability(Capabilities::read(words.rest())),
            b"SEARCH" => Self::Search(std::iter::from_fn(|| words.number()).collect()),
            b"STATUS" => Self::MailboxStatus(read_status(words).unwrap_or_default()),
            b"LIST" => read_list(words).unwrap_or(Self::Other),
            // A line that has lost its dot: `* Goodbye : idle timeout expired` is followed by the end of the stream.
            _ => match (number(second), words.atom().map(<[u8]>::to_ascii_uppercase)) {
                (Some(count), Some(kind)) if kind == b"EXISTS" => Self::Exists(count),
                (Some(_), Some(kind)) if kind == b"FETCH" => {
                    read_message(words).map_or(Self::UnreadableMessage, Self::Message)
                }
                _ => Self::Other,
            },
        }
    }
}

fn read_status(mut words: Tokens<'_>) -> Option<Opened> {
    words.next()?;
    let mut opened = Opened::default();
    if words.next()? != Token::Open {
        return None;
    }
    while let Some(name) = words.atom() {
        match name.to_ascii_uppercase().as_slice() {
            b"UIDNEXT" => opened.uid_next = words.number(),
            b"UIDVALIDITY" => opened.uid_validity = words.number(),
            _ => words.skip_value()?,
        }
    }
    Some(opened)
}

fn read_list(mut words: Tokens<'_>) -> Option<Response<'_>> {
    if words.next()? != Token::Open {
        return None;
    }
    let mut attributes = Vec::new();
    loop {
        match words.next()? {
            Token::Atom(word) => attributes.push(String::from_utf8_lossy(word).to_lowercase()),
            Token::Close => break,
            Token::Open | Token::Text(_) => return None,
        }
    }
    words.next()?;
    let name = match words.next()? {
        Token::Atom(name) => name.to_vec(),
        Token::Text(name) => name.into_owned(),
        Token::Open | Token::Close => return None,
    };
    Some(Response::List { attributes, name })
}

fn read_message(mut words: Tokens<'_>) -> Option<Message<'_>> {
    if words.next()? != Token::Open {
        return None;
    }
    let mut message = Message::default();
    loop {
        let name = match words.next()? {
            Token::Atom(name) => name.to_ascii_uppercase(),
            Token::Close => return Some(message),
            Token::Open | Token::Text(_) => return None,
        };
        match name.as_slice() {
            b"UID" => message.uid = Some(words.number()?),
            b"RFC822.SIZE" => message.size = Some(words.number()?),
            b"INTERNALDATE" => match words.next()? {
                Token::Text(date) => message.arrived_at = internal_date(&date),
                Token::Atom(_) => {}
                Token::Open | Token::Close => return None,
            },
            body if body == b"BODY[]" || body.starts_with(b"BODY[]<") => match words.next()? {
                Token::Text(body) => message.body = Some(body),
                Token::Atom(_) => {}
                Token::Open | Token::Close => return None,
            },
            _ => words.skip_value()?,
        }
    }
}

/// `date-time` of RFC 3501 §9: `17-Jul-1996 02:44:25 -0700`, the day with a space in front where it has one digit.
pub(crate) fn internal_date(text: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(text).ok()?;
    let mut parts = text.split_ascii_whitespace();
    let (date, time, zone) = (parts.next()?, parts.next()?, parts.next()?);
    let mut date = date.split('-');
    let day = date.next()?.parse().ok()?;
    let month = date.next()?.to_ascii_lowercase();
    let month = MONTHS.iter().position(|name| *name == month)?;
    let month = i8::try_from(month.checked_add(1)?).ok()?;
    let year = date.next()?.parse().ok()?;
    let mut time = time.split(':').map(str::parse::<i8>);
    let (hour, minute, second) = (time.next()?.ok()?, time.next()?.ok()?, time.next()?.ok()?);
    let (sign, zone) = match zone.split_at_checked(1)? {
        ("+", zone) => (1, zone),
        ("-", zone) => (-1, zone),
        _ => return None,
    };
    let zone: i32 = zone.parse().ok()?;
    let hours = zone.checked_div(100)?.checked_mul(3600)?;
    let minutes = zone.checked_rem(100)?.checked_mul(60)?;
    let offset = Offset::from_seconds(hours.checked_add(minutes)?.checked_mul(sign)?).ok()?;
    let moment = civil::DateTime::new(year, month, day, hour, minute, second.min(59), 0).ok()?;
    offset.to_timestamp(moment).ok()
}

/// As INTERNALDATE and SEARCH spell them, in lower case.
pub(crate) const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_message_is_read_whatever_stands_around_it() {
        let bytes = b"* 3 FETCH (FLAGS ([odd \\Seen) X-NEW (a (b) \"c\") UID 9 INTERNALDATE \" 7-Jul-2026 02:44:25 +0900\" RFC822.SIZE 10 BODY[]<0> {5}\r\na)b\r\n)\r\n";
        let Response::Message(message) = Response::read(bytes) else {
            panic!("not a message");
        };
        assert_eq!(message.uid, Some(9));
        assert_eq!(message.size, Some(10));
        assert_eq!(message.body.as_deref(), Some(&b"a)b\r\n"[..]));
        assert_eq!(
            message.arrived_at,
            Some("2026-07-06T17:44:25Z".parse().unwrap())
        );
    }

    #[test]
    fn odd_lines_of_real_servers_are_passed_over_or_read() {
        assert!(matches!(
            Response::read(b"* Goodbye : idle timeout expired\r\n"),
            Response::Other
        ));
        assert!(matches!(
            Response::read(b"* ESEARCH (TAG \"a\") UID ALL 1:3\r\n"),
            Response::Other
        ));
        assert!(matches!(Response::read(b"\r\n"), Response::Other));
        assert!(matches!(Response::read(b"+\r\n"), Response::Continue));
        let Response::Search(uids) = Response::read(b"* SEARCH 1 2 (MODSEQ 9)\r\n") else {
            panic!("not a search");
        };
        assert_eq!(uids, [1, 2]);
        let Response::Capability(able) = Response::read(b"* CAPABILITY  IMAP4rev2  idle\r\n")
        else {
            panic!("no capabilities");
        };
        assert!(able.has("IDLE") && !able.has(""));
        let Response::MailboxStatus(facts) = Response::read(b"* STATUS \"INBOX\" ()\r\n") else {
            panic!("no status");
        };
        assert_eq!(facts, Opened::default());
    }

    #[test]
    fn a_status_gives_its_code_and_its_text() {
        let Response::Tagged { tag, answer } =
            Response::read(b"a1 NO [UNAVAILABLE] Try again later\r\n")
        else {
            panic!("not tagged");
        };
        assert_eq!((tag, answer.status), (&b"a1"[..], Status::No));
        assert!(
            answer.says(&["unavailable"]) && answer.says(&["again"]) && !answer.says(&["limit"])
        );
        let Response::Status(answer) = Response::read(b"* OK [UIDNEXT 5] next\r\n") else {
            panic!("not a status");
        };
        assert_eq!(answer.code_number("UIDNEXT"), Some(5));
        assert_eq!(answer.code_number("UIDVALIDITY"), None);
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_odd_to_read(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Response::read(&bytes);
            let _ = internal_date(&bytes);
        }

        #[test]
        fn nothing_behind_a_fetch_is_too_odd(tail in "[ ()\"{}\\[\\]a-zA-Z0-9\r\n~+\\\\<>.-]{0,60}") {
            let _ = Response::read(format!("* 1 FETCH {tail}").as_bytes());
            let _ = Response::read(format!("* {tail}").as_bytes());
        }
    }
}
