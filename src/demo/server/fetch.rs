//! What FETCH says about one mail.

use imap_codec::imap_types::core::{AString, Literal, NString};
use imap_codec::imap_types::datetime::DateTime;
use imap_codec::imap_types::fetch::{
    MacroOrMessageDataItemNames, MessageDataItem, MessageDataItemName, Section,
};
use imap_codec::imap_types::flag::{Flag, FlagFetch};
use jiff::Timestamp;

use crate::demo::server::mailbox::{MailFlag, StoredMail};

/// An item that this server does not offer: the parsed structure of a mail and its numbered parts.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotOffered;

/// The items that a FETCH asks for, macros expanded.
pub(crate) fn item_names<'a>(
    asked: &'a MacroOrMessageDataItemNames<'a>,
) -> Vec<MessageDataItemName<'a>> {
    match asked {
        MacroOrMessageDataItemNames::Macro(name) => name.expand(),
        MacroOrMessageDataItemNames::MessageDataItemNames(names) => names.clone(),
    }
}

/// Whether the item makes a mail read (RFC 3501 §6.4.5).
pub(crate) fn sets_seen(name: &MessageDataItemName<'_>) -> bool {
    match name {
        MessageDataItemName::BodyExt { peek, .. } => !peek,
        MessageDataItemName::Rfc822 | MessageDataItemName::Rfc822Text => true,
        MessageDataItemName::Body
        | MessageDataItemName::BodyStructure
        | MessageDataItemName::Envelope
        | MessageDataItemName::Flags
        | MessageDataItemName::InternalDate
        | MessageDataItemName::Rfc822Header
        | MessageDataItemName::Rfc822Size
        | MessageDataItemName::Uid => false,
    }
}

/// One item of one mail.
pub(crate) fn item<'a>(
    name: &MessageDataItemName<'a>,
    mail: &StoredMail,
) -> Result<MessageDataItem<'a>, NotOffered> {
    Ok(match name {
        MessageDataItemName::Uid => MessageDataItem::Uid(mail.uid),
        MessageDataItemName::Flags => MessageDataItem::Flags(flags(mail)),
        MessageDataItemName::Rfc822Size => {
            MessageDataItem::Rfc822Size(u32::try_from(mail.bytes.len()).unwrap_or(u32::MAX))
        }
        MessageDataItemName::InternalDate => {
            MessageDataItem::InternalDate(internal_date(mail.internal_date).ok_or(NotOffered)?)
        }
        MessageDataItemName::Rfc822 => MessageDataItem::Rfc822(text(mail.bytes.clone())),
        MessageDataItemName::Rfc822Header => {
            MessageDataItem::Rfc822Header(text(split(&mail.bytes).0.to_vec()))
        }
        MessageDataItemName::Rfc822Text => {
            MessageDataItem::Rfc822Text(text(split(&mail.bytes).1.to_vec()))
        }
        MessageDataItemName::BodyExt {
            section, partial, ..
        } => {
            let bytes = section_bytes(section.as_ref(), &mail.bytes)?;
            let data = match partial {
                Some((from, length)) => part(&bytes, *from, length.get()).to_vec(),
                None => bytes,
            };
            MessageDataItem::BodyExt {
                section: section.clone(),
                origin: partial.map(|(from, _)| from),
                data: text(data),
            }
        }
        MessageDataItemName::Body
        | MessageDataItemName::BodyStructure
        | MessageDataItemName::Envelope => return Err(NotOffered),
    })
}

/// The flags in the codec's words.
pub(crate) fn flags<'a>(mail: &StoredMail) -> Vec<FlagFetch<'a>> {
    mail.flags
        .iter()
        .map(|flag| FlagFetch::Flag(flag_name(*flag)))
        .collect()
}

/// A flag in the codec's words.
pub(crate) fn flag_name<'a>(flag: MailFlag) -> Flag<'a> {
    match flag {
        MailFlag::Answered => Flag::Answered,
        MailFlag::Deleted => Flag::Deleted,
        MailFlag::Draft => Flag::Draft,
        MailFlag::Flagged => Flag::Flagged,
        MailFlag::Seen => Flag::Seen,
    }
}

/// To the second, in UTC. By way of its text, so that this crate needs no second date library.
fn internal_date(at: Timestamp) -> Option<DateTime> {
    let text = at.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string();
    let date = DateTime::unvalidated(text.parse().ok()?);
    DateTime::validate(date.as_ref()).is_ok().then_some(date)
}

fn section_bytes(section: Option<&Section<'_>>, mail: &[u8]) -> Result<Vec<u8>, NotOffered> {
    let (header, body) = split(mail);
    match section {
        None => Ok(mail.to_vec()),
        Some(Section::Header(None)) => Ok(header.to_vec()),
        Some(Section::Text(None)) => Ok(body.to_vec()),
        Some(Section::HeaderFields(None, names)) => Ok(fields(header, names.as_ref(), true)),
        Some(Section::HeaderFieldsNot(None, names)) => Ok(fields(header, names.as_ref(), false)),
        Some(
            Section::Part(_)
            | Section::Mime(_)
            | Section::Header(Some(_))
            | Section::Text(Some(_))
            | Section::HeaderFields(Some(_), _)
            | Section::HeaderFieldsNot(Some(_), _),
        ) => Err(NotOffered),
    }
}

/// The header with the empty line that ends it, and the rest.
fn split(mail: &[u8]) -> (&[u8], &[u8]) {
    let end = mail
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .map_or(mail.len(), |at| at.saturating_add(4));
    mail.split_at_checked(end).unwrap_or((mail, &[]))
}

/// The fields whose names are listed (or are not), folded lines included, and the empty line.
fn fields(header: &[u8], names: &[AString<'_>], listed: bool) -> Vec<u8> {
    let mut out = Vec::new();
    let mut keep = false;
    for line in header.split_inclusive(|byte| *byte == b'\n') {
        if line == b"\r\n" {
            break;
        }
        let folded = line
            .first()
            .is_some_and(|byte| matches!(byte, b' ' | b'\t'));
        if !folded {
            let name = line.split(|byte| *byte == b':').next().unwrap_or(line);
            let name = name.trim_ascii_end();
            keep = listed
                == names
                    .iter()
                    .any(|wanted| wanted.as_ref().eq_ignore_ascii_case(name));
        }
        if keep {
            out.extend_from_slice(line);
        }
    }
    out.extend_from_slice(b"\r\n");
    out
}

/// At most `length` bytes from `from` on; nothing beyond the end.
fn part(bytes: &[u8], from: u32, length: u32) -> &[u8] {
    let from = usize::try_from(from).unwrap_or(usize::MAX);
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let rest = bytes.get(from..).unwrap_or_default();
    rest.get(..length).unwrap_or(rest)
}

/// A literal may not hold NUL (RFC 3501 §9, CHAR8): it is sent as a space.
fn text<'a>(mut bytes: Vec<u8>) -> NString<'a> {
    for byte in &mut bytes {
        if *byte == 0 {
            *byte = b' ';
        }
    }
    match Literal::try_from(bytes) {
        Ok(literal) => NString::from(literal),
        Err(_) => NString(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIL: &[u8] =
        b"From: a@example.com\r\nSubject: one\r\n two\r\nTo: b@example.com\r\n\r\nbody\r\n";

    #[test]
    fn listed_fields_come_with_their_folded_lines() {
        let names = [AString::try_from("subject").unwrap()];
        let (header, body) = split(MAIL);
        assert_eq!(body, b"body\r\n");
        assert_eq!(
            fields(header, &names, true),
            b"Subject: one\r\n two\r\n\r\n"
        );
        assert_eq!(
            fields(header, &names, false),
            b"From: a@example.com\r\nTo: b@example.com\r\n\r\n"
        );
    }

    #[test]
    fn a_part_never_reaches_beyond_the_end() {
        assert_eq!(part(b"abc", 0, 2), b"ab");
        assert_eq!(part(b"abc", 2, u32::MAX), b"c");
        assert_eq!(part(b"abc", u32::MAX, 1), b"");
    }

    #[test]
    fn a_mail_without_a_body_is_all_header() {
        assert_eq!(split(b"Subject: x\r\n"), (&b"Subject: x\r\n"[..], &b""[..]));
    }

    #[test]
    fn a_date_is_told_to_the_second() {
        let at: Timestamp = "2026-11-22T01:02:03.75Z".parse().unwrap();
        let date = internal_date(at).unwrap();
        assert_eq!(date.as_ref().to_string(), "2026-11-22 01:02:03 +00:00");
        assert_eq!(internal_date(Timestamp::MIN), None);
    }
}
