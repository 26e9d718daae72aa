//! What a response of an IMAP server means to a watcher; whatever it need not know is passed over.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "imap-proto knows much that a watcher need not, and may come to know more"
)]

use std::collections::BTreeSet;

use async_imap::imap_proto::{
    self, AttributeValue, MailboxDatum, MailboxListData, MessageSection, NameAttribute, Outcome,
    ResponseCode, SectionPath, StatusAttribute,
};
use async_imap::types;
use jiff::Timestamp;

use crate::engine::message::header::narrow::to_what_is_kept;
use crate::engine::watch::input::Opened;
use crate::io::dates;

/// One response, read as far as the watcher needs it.
#[derive(Debug)]
pub(crate) enum Response {
    /// `+`: the server waits for more.
    Continue,
    /// The end of the command with this tag.
    Tagged { tag: String, answer: Answer },
    /// An untagged `OK`, `NO`, `BAD`, `BYE` or `PREAUTH`.
    Status(Answer),
    /// What the server can do.
    Capability(Capabilities),
    /// The number of messages changed.
    Exists(u32),
    /// Messages went away.
    Expunged,
    /// A message.
    Message(Message),
    /// A message that cannot be read.
    UnreadableMessage,
    /// UIDs.
    Search(Vec<u32>),
    /// The state of a folder that is not open, with its name as it stands on the wire.
    MailboxStatus { name: String, facts: Opened },
    /// A folder: its attributes in lower case, and its name as it stands on the wire.
    List {
        attributes: Vec<String>,
        name: String,
    },
    /// Anything else.
    Other,
}

/// A status with what its code holds.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: Status,
    pub(crate) uid_next: Option<u32>,
    pub(crate) uid_validity: Option<u32>,
    pub(crate) able: Option<Capabilities>,
    /// Code and text in lower case.
    said: String,
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

/// A FETCH response. What was not asked for, or not sent, is `None`.
#[derive(Debug, Default)]
pub(crate) struct Message {
    pub(crate) uid: Option<u32>,
    pub(crate) size: Option<u64>,
    pub(crate) arrived_at: Option<Timestamp>,
    pub(crate) body: Option<Vec<u8>>,
    /// Of its header what is read, and by which way it came.
    pub(crate) header: Option<Vec<u8>>,
}

impl From<&imap_proto::Response<'_>> for Response {
    fn from(response: &imap_proto::Response<'_>) -> Self {
        use imap_proto::Response as Parsed;
        match response {
            Parsed::Capabilities(names) => Self::Capability(capabilities(names)),
            Parsed::Continue(_) => Self::Continue,
            Parsed::Done {
                tag,
                status,
                outcome,
            } => Self::Tagged {
                tag: tag.0.clone(),
                answer: Answer::new(status, outcome),
            },
            Parsed::Data { status, outcome } => Self::Status(Answer::new(status, outcome)),
            // What takes the place of a line that cannot be read has the number 0.
            Parsed::Expunge(0) => Self::Other,
            Parsed::Expunge(_) | Parsed::Vanished { earlier: false, .. } => Self::Expunged,
            Parsed::Fetch(0, _) => Self::UnreadableMessage,
            Parsed::Fetch(_, values) => Self::Message(Message::new(values)),
            Parsed::MailboxData(datum) => Self::from(datum),
            _ => Self::Other,
        }
    }
}

impl From<&MailboxDatum<'_>> for Response {
    fn from(datum: &MailboxDatum<'_>) -> Self {
        match datum {
            MailboxDatum::Exists(count) => Self::Exists(*count),
            MailboxDatum::Search(uids) => Self::Search(uids.clone()),
            MailboxDatum::Status { mailbox, status } => Self::MailboxStatus {
                name: unescaped(mailbox),
                facts: opened(status),
            },
            MailboxDatum::List(MailboxListData {
                name_attributes,
                name,
                ..
            }) => Self::List {
                attributes: name_attributes.iter().map(attribute).collect(),
                name: unescaped(name),
            },
            _ => Self::Other,
        }
    }
}

impl Answer {
    fn new(status: &imap_proto::Status, outcome: &Outcome<'_>) -> Self {
        let mut answer = Self {
            status: match status {
                imap_proto::Status::Ok => Status::Ok,
                imap_proto::Status::No => Status::No,
                imap_proto::Status::Bad => Status::Bad,
                imap_proto::Status::PreAuth => Status::PreAuth,
                imap_proto::Status::Bye => Status::Bye,
            },
            uid_next: None,
            uid_validity: None,
            able: None,
            said: String::new(),
        };
        match &outcome.code {
            Some(ResponseCode::UidNext(uid)) => answer.uid_next = Some(*uid),
            Some(ResponseCode::UidValidity(value)) => answer.uid_validity = Some(*value),
            Some(ResponseCode::Capabilities(names)) => answer.able = Some(capabilities(names)),
            Some(ResponseCode::TryCreate) => answer.said.push_str("[trycreate] "),
            _ => {}
        }
        // A code that imap-proto does not know stays in the text.
        let text = outcome.information.as_deref().unwrap_or_default();
        answer.said.push_str(&text.to_lowercase());
        answer
    }

    /// Whether the code or the text holds one of these words, in lower case.
    pub(crate) fn says(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.said.contains(word))
    }
}

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
}

impl<'a> FromIterator<&'a types::Capability> for Capabilities {
    fn from_iter<I: IntoIterator<Item = &'a types::Capability>>(names: I) -> Self {
        let names = names.into_iter().map(|name| match name {
            types::Capability::Imap4rev1 => "IMAP4REV1".to_owned(),
            types::Capability::Auth(name) => format!("AUTH={}", name.to_ascii_uppercase()),
            types::Capability::Atom(name) => name.to_ascii_uppercase(),
        });
        Self(names.collect())
    }
}

fn capabilities(names: &[imap_proto::Capability<'_>]) -> Capabilities {
    let names: Vec<types::Capability> = names.iter().map(types::Capability::from).collect();
    names.iter().collect()
}

impl Message {
    fn new(values: &[AttributeValue<'_>]) -> Self {
        let mut message = Self::default();
        for value in values {
            match value {
                AttributeValue::Uid(uid) => message.uid = Some(*uid),
                AttributeValue::Rfc822Size(size) => message.size = Some(u64::from(*size)),
                AttributeValue::InternalDate(date) => message.arrived_at = dates::internal(date),
                AttributeValue::BodySection {
                    section: None,
                    data: Some(body),
                    ..
                } => message.body = Some(body.to_vec()),
                AttributeValue::BodySection {
                    section: Some(SectionPath::Full(MessageSection::Header)),
                    data: Some(header),
                    ..
                } => message.header = Some(to_what_is_kept(header)),
                _ => {}
            }
        }
        message
    }
}

/// imap-proto leaves the escapes of a quoted name in place.
fn unescaped(name: &str) -> String {
    name.replace("\\\"", "\"").replace("\\\\", "\\")
}

fn opened(values: &[StatusAttribute]) -> Opened {
    let mut opened = Opened::default();
    for value in values {
        match value {
            StatusAttribute::UidNext(uid) => opened.uid_next = Some(*uid),
            StatusAttribute::UidValidity(value) => opened.uid_validity = Some(*value),
            _ => {}
        }
    }
    opened
}

fn attribute(attribute: &NameAttribute<'_>) -> String {
    match attribute {
        NameAttribute::Extension(name) => name.to_lowercase(),
        // The others are named as they are spelt.
        known => format!("\\{known:?}").to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::io::imap::readable::readable;

    fn read(bytes: &[u8]) -> Response {
        let bytes = readable(bytes.to_vec());
        let (rest, response) = imap_proto::Response::parse(&bytes).unwrap();
        assert!(rest.is_empty());
        Response::from(&response)
    }

    #[test]
    fn a_message_is_read_whatever_stands_around_it() {
        let Response::Message(message) = read(b"* 3 FETCH (FLAGS (\\Seen) X-GM-LABELS (a \"b c\") UID 9 INTERNALDATE \" 7-Jul-2026 02:44:25 +0900\" RFC822.SIZE 10 BODY[]<0> {5}\r\na)b\r\n)\r\n") else {
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
    fn folders_keep_their_attributes_and_their_quotes() {
        let Response::List { attributes, name } =
            read(b"* LIST (\\HasNoChildren \\Junk \\NoInferiors) \"/\" \"a\\\"b\\\\c\"\r\n")
        else {
            panic!("not a folder");
        };
        assert_eq!(attributes, ["\\hasnochildren", "\\junk", "\\noinferiors"]);
        assert_eq!(name, "a\"b\\c");
    }

    #[test]
    fn a_status_gives_its_code_and_its_text() {
        let Response::Tagged { tag, answer } = read(b"a1 NO [UNAVAILABLE] Try again later\r\n")
        else {
            panic!("not tagged");
        };
        assert_eq!((tag.as_str(), answer.status), ("a1", Status::No));
        assert!(
            answer.says(&["[unavailable]"]) && answer.says(&["again"]) && !answer.says(&["limit"])
        );
        let Response::Status(answer) = read(b"* OK [UIDNEXT 5] next\r\n") else {
            panic!("not a status");
        };
        assert_eq!((answer.uid_next, answer.uid_validity), (Some(5), None));
        let Response::Tagged { answer, .. } = read(b"a1 NO [TRYCREATE]\r\n") else {
            panic!("not tagged");
        };
        assert!(answer.says(&["[trycreate]"]));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_bytes_are_too_odd_to_read(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes);
        }

        #[test]
        fn nothing_behind_a_known_word_is_too_odd(
            head in "(\\* (1 FETCH |OK |NO |BYE |LIST |STATUS |SEARCH |CAPABILITY )|A1 (OK|NO) |\\+)",
            tail in "[ ()\"{}\\[\\]a-zA-Z0-9\r\n~+\\\\<>.é-]{0,60}",
        ) {
            let _ = read(format!("{head}{tail}\r\n").as_bytes());
        }

        #[test]
        fn no_code_is_too_odd(code in "(ALERT|UIDNEXT 1|CAPABILITY IMAP4rev1|PARSE)", text in "\\PC{0,20}") {
            let _ = read(format!("* OK [{code}]{text}\r\n").as_bytes());
        }
    }
}
