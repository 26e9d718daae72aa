//! The body of a mail as text: the right part, decoded leniently, folded and capped.

use std::borrow::Cow;
use std::sync::LazyLock;

use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::{HeaderName, MessageParser, MessagePart, MimeHeaders as _, PartType};

use crate::engine::message::Defect;
use crate::engine::message::charset::decode;
use crate::engine::message::encoded_word::base64_lenient;
use crate::engine::message::fold::fold;
use crate::engine::message::html::{page, prefix};
use crate::engine::message::markup::{OrderMarkup, orders_of_json_ld, orders_of_microdata};

/// Most text that is matched, in bytes.
pub const TEXT_LIMIT: usize = 16 * 1024;
/// Most bytes of a mail in which its text is looked for; behind that lie attachments.
const MIME_LIMIT: usize = 1024 * 1024;
/// A plain part shorter than this says "see the HTML part": the HTML text is then read as well.
const SHORT_TEXT: usize = 200;
/// How much of the text is the heading.
const HEADING_LIMIT: usize = 600;

/// What the body says.
#[derive(Clone, Default)]
pub struct Body {
    /// The visible text, folded; without quoted lines, forwarded originals and URLs.
    pub text: String,
    /// Text that an HTML part hides: the preview line.
    pub preheader: String,
    /// The orders in schema.org markup.
    pub orders: Vec<OrderMarkup>,
    /// The text was cut at the marker of a forwarded or quoted original.
    pub holds_original: bool,
}

static PARSER: LazyLock<MessageParser> = LazyLock::new(|| {
    MessageParser::new()
        .with_mime_headers()
        .default_header_ignore()
});

impl Body {
    /// Finds and reads the text of a mail.
    pub fn read(bytes: &[u8], defects: &mut Vec<Defect>) -> Self {
        let bytes = bytes.get(..MIME_LIMIT).unwrap_or(bytes);
        let mut body = Self::default();
        let Some(parsed) = PARSER.parse(bytes) else {
            return body;
        };
        let mut plain = String::new();
        let mut html: Vec<Cow<'_, str>> = Vec::new();
        for part in text_parts(&parsed) {
            let text = repaired(part, bytes, defects);
            if is_html(part, &text) {
                html.push(text);
            } else if plain.len() < TEXT_LIMIT.saturating_mul(4) {
                plain.push_str(prefix(&text, TEXT_LIMIT.saturating_mul(4)));
                plain.push('\n');
            }
        }
        let mut text = fold(&plain, TEXT_LIMIT);
        let needs_html = text.len() < SHORT_TEXT;
        for html in &html {
            if !needs_html && !html.contains("schema.org") {
                continue;
            }
            let page = page(html, TEXT_LIMIT.saturating_mul(2));
            if needs_html {
                text.push('\n');
                text.push_str(&fold(&page.text, TEXT_LIMIT));
                body.preheader.push_str(&fold(&page.preheader, SHORT_TEXT));
            }
            body.orders.extend(orders_of_json_ld(&page.json_ld));
            body.orders.extend(orders_of_microdata(&page.microdata));
        }
        if text.len() > TEXT_LIMIT || plain.len() > TEXT_LIMIT.saturating_mul(2) {
            defects.push(Defect::LongText);
        }
        let (own, holds_original) = without_originals(&without_links(&text));
        prefix(&own, TEXT_LIMIT).clone_into(&mut body.text);
        body.holds_original = holds_original;
        body
    }

    /// The first visible text: what a reader sees at one glance.
    pub fn heading(&self) -> &str {
        prefix(&self.text, HEADING_LIMIT)
    }
}

/// The displayed text parts; where the structure is broken, every text part that is no named attachment.
fn text_parts<'p, 'x>(parsed: &'p mail_parser::Message<'x>) -> Vec<&'p MessagePart<'x>> {
    let mut ids: Vec<u32> = parsed
        .text_body
        .iter()
        .chain(&parsed.html_body)
        .copied()
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let part = |id: &u32| {
        usize::try_from(*id)
            .ok()
            .and_then(|id| parsed.parts.get(id))
    };
    let displayed: Vec<_> = ids
        .iter()
        .filter_map(part)
        .filter(|part| is_text(part))
        .collect();
    if displayed.iter().any(|part| {
        part.text_contents()
            .is_some_and(|text| !text.trim().is_empty())
    }) {
        return displayed;
    }
    parsed
        .parts
        .iter()
        .filter(|part| {
            is_text(part)
                && part
                    .content_disposition()
                    .is_none_or(|value| !value.is_attachment())
        })
        .collect()
}

fn is_text(part: &MessagePart<'_>) -> bool {
    matches!(part.body, PartType::Text(_) | PartType::Html(_))
}

fn is_html(part: &MessagePart<'_>, text: &str) -> bool {
    if matches!(part.body, PartType::Html(_)) {
        return true;
    }
    // A part that lost its type with its structure.
    let start = prefix(text, 2048).to_ascii_lowercase();
    (part.is_encoding_problem || part.content_type().is_none())
        && ["<html", "<body", "<table"]
            .iter()
            .any(|tag| start.contains(tag))
}

/// The part's text; decoded again from its bytes where the library's reading shows that the labels lie.
fn repaired<'p>(
    part: &'p MessagePart<'_>,
    bytes: &[u8],
    defects: &mut Vec<Defect>,
) -> Cow<'p, str> {
    let text = part.text_contents().unwrap_or_default();
    let declared = part
        .content_type()
        .and_then(|value| value.attribute("charset"));
    let is_suspect = prefix(text, TEXT_LIMIT).contains([char::REPLACEMENT_CHARACTER, '\u{1b}']);
    let needs_charset = is_suspect || declared.is_some_and(|label| label.len() > 20);
    if !part.is_encoding_problem && !needs_charset {
        return Cow::Borrowed(text);
    }
    let start = usize::try_from(part.offset_body).unwrap_or(usize::MAX);
    let end = usize::try_from(part.offset_end)
        .unwrap_or(usize::MAX)
        .min(bytes.len());
    let raw = bytes.get(start..end).unwrap_or_default();
    let encoding = part
        .headers
        .iter()
        .find(|field| field.name == HeaderName::ContentTransferEncoding);
    let encoding = encoding
        .and_then(|field| field.value.as_text())
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let decoded = match encoding.as_str() {
        "base64" => base64_lenient(raw),
        "quoted-printable" => quoted_printable_decode(raw).unwrap_or_else(|| raw.to_vec()),
        _ => raw.to_vec(),
    };
    if part.is_encoding_problem {
        defects.push(Defect::BrokenMime);
    }
    let (text, is_overruled) = decode(&decoded, declared);
    if is_overruled {
        defects.push(Defect::LyingCharset);
    }
    Cow::Owned(text)
}

/// URLs hold digits that are no codes and words that nobody reads.
fn without_links(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("http") {
        let (before, link) = rest.split_at_checked(at).unwrap_or((rest, ""));
        kept.push_str(before);
        if link.starts_with("http://") || link.starts_with("https://") {
            let end = link
                .find(|c: char| !c.is_ascii_graphic() || matches!(c, '<' | '>' | '"' | ')'))
                .unwrap_or(link.len());
            rest = link.get(end..).unwrap_or_default();
        } else {
            kept.push_str("http");
            rest = link.get(4..).unwrap_or_default();
        }
    }
    kept.push_str(rest);
    kept
}

/// Marks above a quoted or forwarded mail, in lower case.
const ORIGINAL_MARKS: [&str; 14] = [
    "---------- forwarded message",
    "begin forwarded message:",
    "-----original message-----",
    "----- original message -----",
    "-------- original message --------",
    "-------- forwarded message --------",
    "-----ursprüngliche nachricht-----",
    "anfang der weitergeleiteten nachricht",
    "-------- weitergeleitete nachricht --------",
    "-----message d'origine-----",
    "-----mensaje original-----",
    "転送されたメッセージ",
    "-----元のメッセージ-----",
    "----- 元のメッセージ -----",
];

fn without_originals(text: &str) -> (String, bool) {
    let mut own = String::with_capacity(text.len());
    for line in text.lines() {
        if line.starts_with('>') {
            continue;
        }
        if line.len() < 200 {
            let lower = line.to_lowercase();
            if ORIGINAL_MARKS.iter().any(|mark| lower.contains(mark)) {
                return (own, true);
            }
        }
        if !own.is_empty() {
            own.push('\n');
        }
        own.push_str(line);
    }
    (own, false)
}
