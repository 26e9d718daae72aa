//! The header fields that decide, and how often each stands there.

use std::sync::LazyLock;

use jiff::Timestamp;
use mail_parser::{Address, HeaderName, HeaderValue, MessageParser};

use crate::engine::message::Defect;
use crate::engine::message::encoded_word::decode_unstructured;
use crate::engine::message::fold::fold_line;
use crate::engine::message::header::lines::{is_folded, lines};

pub mod lines;
pub(crate) mod narrow;

/// Bytes of the fields that tell a sender; longer ones are no sender that anybody counts.
const SENDER_FIELDS_LIMIT: usize = 4 * 1024;
/// Longest subject, name and address that is looked at, in bytes.
const FIELD_LIMIT: usize = 2048;
/// Most addresses that are looked at: a mail to more people is nobody's order.
const ADDRESS_LIMIT: usize = 200;
/// Most `Authentication-Results` fields, and the longest one, that are looked at.
const RESULTS_LIMIT: usize = 50;
const RESULT_BYTES: usize = 16 * 1024;

/// What the header of a mail says.
#[derive(Clone, Default)]
pub struct Header {
    /// The Message-ID without angle brackets.
    pub message_id: Option<String>,
    /// Every mailbox of every From field.
    pub from: Vec<Mailbox>,
    /// The addresses in To and Cc, lower case.
    pub recipients: Vec<String>,
    /// The subject, decoded and folded to one line.
    pub subject: String,
    /// The Date field.
    pub date: Option<Timestamp>,
    /// The List-Id, raw.
    pub list_id: Option<String>,
    /// The values of the `Authentication-Results` fields, topmost first, raw (folding included).
    pub authentication_results: Vec<String>,
    /// The mail is one plain text by its Content-Type: then it holds no markup, and nobody need fetch it for that.
    pub is_plain_text: bool,
    /// How often the fields stand there that must stand there once.
    pub counts: HeaderCounts,
}

/// A display name and an address.
#[derive(Clone, Default)]
pub struct Mailbox {
    /// The display name, folded; empty where there is none.
    pub name: String,
    /// The address, lower case.
    pub address: String,
}

/// How often a field occurs (RFC 5322 §3.6 allows each of them once).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HeaderCounts {
    /// From.
    pub from: usize,
    /// Subject.
    pub subject: usize,
    /// Date.
    pub date: usize,
    /// Message-ID.
    pub message_id: usize,
}

impl Mailbox {
    /// What stands before the last `@`.
    pub fn local_part(&self) -> &str {
        self.address.rsplit_once('@').map_or("", |(local, _)| local)
    }

    /// What stands after the last `@`.
    pub fn domain(&self) -> &str {
        self.address
            .rsplit_once('@')
            .map_or("", |(_, domain)| domain)
    }
}

/// Parses nothing but the fields of [`Header`]; the rest is skipped.
static PARSER: LazyLock<MessageParser> = LazyLock::new(|| {
    MessageParser::new()
        .header_address(HeaderName::From)
        .header_address(HeaderName::To)
        .header_address(HeaderName::Cc)
        .header_date(HeaderName::Date)
        .header_id(HeaderName::MessageId)
        .default_header_ignore()
});

impl Header {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "all other fields of the library's long list are skipped"
    )]
    /// Reads the header block at the start of `bytes`.
    pub fn read(bytes: &[u8], defects: &mut Vec<Defect>) -> Self {
        let mut header = Self::default();
        let narrowed = narrow::to_what_is_read(bytes);
        let bytes = narrowed.as_deref().unwrap_or(bytes);
        let Some(parsed) = PARSER.parse_headers(bytes) else {
            defects.extend([Defect::NoHeader, Defect::NoFrom, Defect::NoDate]);
            return header;
        };
        let fields = parsed
            .parts
            .first()
            .map(|part| part.headers.as_slice())
            .unwrap_or_default();
        let mut kinds = Vec::new();
        for field in fields {
            let raw = || slice(bytes, field.offset_start, field.offset_end);
            match &field.name {
                HeaderName::From => {
                    header.counts.from = header.counts.from.saturating_add(1);
                    header.from.extend(mailboxes(&field.value, raw()));
                }
                HeaderName::To | HeaderName::Cc => {
                    header.recipients.extend(
                        mailboxes(&field.value, raw())
                            .into_iter()
                            .map(|mailbox| mailbox.address),
                    );
                }
                HeaderName::Subject => {
                    header.counts.subject = header.counts.subject.saturating_add(1);
                    if header.counts.subject == 1 {
                        header.subject = fold_line(&decode_unstructured(raw()), FIELD_LIMIT);
                    }
                }
                HeaderName::Date => {
                    header.counts.date = header.counts.date.saturating_add(1);
                    header.date = header.date.or_else(|| timestamp(&field.value));
                }
                HeaderName::MessageId => {
                    header.counts.message_id = header.counts.message_id.saturating_add(1);
                    header.message_id = header
                        .message_id
                        .or_else(|| field.value.as_text().map(|id| fold_line(id, FIELD_LIMIT)));
                }
                HeaderName::ContentType => kinds.push(raw()),
                HeaderName::ListId => {
                    header.list_id = Some(fold_line(&decode_unstructured(raw()), FIELD_LIMIT));
                }
                HeaderName::AuthenticationResults
                    if header.authentication_results.len() < RESULTS_LIMIT =>
                {
                    let value = raw();
                    let value = value.get(..RESULT_BYTES).unwrap_or(value);
                    header
                        .authentication_results
                        .push(String::from_utf8_lossy(value).into_owned());
                }
                _ => {}
            }
        }
        header.is_plain_text = matches!(kinds.as_slice(), [kind] if is_plain_text(kind));
        header.from.truncate(ADDRESS_LIMIT);
        header.recipients.truncate(ADDRESS_LIMIT);
        header.note_defects(defects);
        header
    }

    fn note_defects(&self, defects: &mut Vec<Defect>) {
        if self.from.is_empty() {
            defects.push(Defect::NoFrom);
        }
        if self.date.is_none() {
            defects.push(Defect::NoDate);
        }
        let HeaderCounts {
            from,
            subject,
            date,
            message_id,
        } = self.counts;
        if [from, subject, date, message_id]
            .iter()
            .any(|count| *count > 1)
        {
            defects.push(Defect::RepeatedHeader);
        }
    }
}

/// The fields of a header by which senders are counted: From and List-Id, as they stand.
pub(crate) fn sender_fields(header: &[u8]) -> Vec<u8> {
    let mut kept = Vec::new();
    let mut keeps = false;
    for line in lines(header) {
        if line.trim_ascii().is_empty() {
            break;
        }
        if !is_folded(line) {
            let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
            let name = name.trim_ascii();
            keeps = name.eq_ignore_ascii_case(b"From") || name.eq_ignore_ascii_case(b"List-Id");
        }
        if keeps && kept.len().saturating_add(line.len()) <= SENDER_FIELDS_LIMIT {
            kept.extend_from_slice(line);
        }
    }
    kept.extend_from_slice(b"\r\n");
    kept
}

fn slice(bytes: &[u8], start: u32, end: u32) -> &[u8] {
    let range =
        usize::try_from(start).unwrap_or(usize::MAX)..usize::try_from(end).unwrap_or(usize::MAX);
    bytes.get(range).unwrap_or_default().trim_ascii()
}

/// Whether a Content-Type names plain text.
fn is_plain_text(kind: &[u8]) -> bool {
    let name = kind.split(|byte| matches!(byte, b';' | b' ' | b'\t' | b'\r' | b'\n'));
    name.into_iter()
        .next()
        .is_some_and(|name| name.eq_ignore_ascii_case(b"text/plain"))
}

fn timestamp(value: &HeaderValue<'_>) -> Option<Timestamp> {
    let date = value.as_datetime()?;
    if !date.is_valid() {
        return None;
    }
    Timestamp::from_second(date.to_timestamp()).ok()
}

fn mailboxes(value: &HeaderValue<'_>, raw: &[u8]) -> Vec<Mailbox> {
    let parsed: Vec<Mailbox> = value
        .as_address()
        .map(Address::iter)
        .into_iter()
        .flatten()
        .take(ADDRESS_LIMIT)
        .filter_map(|addr| {
            let address = fold_line(addr.address.as_deref()?, FIELD_LIMIT).to_lowercase();
            let name = fold_line(addr.name.as_deref().unwrap_or_default(), FIELD_LIMIT);
            address.contains('@').then_some(Mailbox { name, address })
        })
        .collect();
    if parsed.is_empty() {
        bare_address(raw).into_iter().collect()
    } else {
        parsed
    }
}

/// The last word with an `@` in a field that is no address list.
fn bare_address(raw: &[u8]) -> Option<Mailbox> {
    let text = String::from_utf8_lossy(raw.get(..FIELD_LIMIT).unwrap_or(raw));
    let word = text
        .rsplit(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | ',' | ';' | '"' | '(' | ')'))
        .find(|word| {
            word.split_once('@')
                .is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'))
        })?;
    Some(Mailbox {
        name: String::new(),
        address: word.to_lowercase(),
    })
}
