//! SEARCH by flag, date, size, number and UID.

use imap_codec::imap_types::datetime::NaiveDate;
use imap_codec::imap_types::search::SearchKey;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::demo::server::mailbox::{MailFlag, StoredMail};
use crate::demo::server::sequence::{Numbered, contains};

/// A criterion that this server does not offer: everything that looks into the text of a mail.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotOffered;

/// Whether a mail meets the criteria; `last` is the view's last mail.
pub(crate) fn matches(
    key: &SearchKey<'_>,
    mail: &StoredMail,
    numbered: Numbered,
    last: Numbered,
) -> Result<bool, NotOffered> {
    let has = |flag| mail.flags.contains(&flag);
    // RFC 3501 §6.4.4: dates are compared disregarding time and time zone.
    let date = mail.internal_date.to_zoned(TimeZone::UTC).date();
    let size = u32::try_from(mail.bytes.len()).unwrap_or(u32::MAX);
    Ok(match key {
        SearchKey::And(keys) => {
            let mut all = true;
            for key in keys.as_ref() {
                all &= matches(key, mail, numbered, last)?;
            }
            all
        }
        SearchKey::Or(left, right) => {
            let left = matches(left, mail, numbered, last)?;
            matches(right, mail, numbered, last)? || left
        }
        SearchKey::Not(key) => !matches(key, mail, numbered, last)?,
        SearchKey::SequenceSet(set) => contains(set, numbered.sequence, last.sequence),
        SearchKey::Uid(set) => contains(set, numbered.uid, last.uid),
        // No mail is recent for a session: RECENT is what the first session to see a mail is told, nobody else.
        SearchKey::All | SearchKey::Old | SearchKey::Unkeyword(_) => true,
        SearchKey::New | SearchKey::Recent | SearchKey::Keyword(_) => false,
        SearchKey::Answered => has(MailFlag::Answered),
        SearchKey::Deleted => has(MailFlag::Deleted),
        SearchKey::Draft => has(MailFlag::Draft),
        SearchKey::Flagged => has(MailFlag::Flagged),
        SearchKey::Seen => has(MailFlag::Seen),
        SearchKey::Unanswered => !has(MailFlag::Answered),
        SearchKey::Undeleted => !has(MailFlag::Deleted),
        SearchKey::Undraft => !has(MailFlag::Draft),
        SearchKey::Unflagged => !has(MailFlag::Flagged),
        SearchKey::Unseen => !has(MailFlag::Seen),
        SearchKey::Before(day) => civil(day).is_some_and(|day| date < day),
        SearchKey::On(day) => civil(day).is_some_and(|day| date == day),
        SearchKey::Since(day) => civil(day).is_some_and(|day| date >= day),
        SearchKey::Larger(bytes) => size > *bytes,
        SearchKey::Smaller(bytes) => size < *bytes,
        SearchKey::Bcc(_)
        | SearchKey::Body(_)
        | SearchKey::Cc(_)
        | SearchKey::From(_)
        | SearchKey::Header(..)
        | SearchKey::SentBefore(_)
        | SearchKey::SentOn(_)
        | SearchKey::SentSince(_)
        | SearchKey::Subject(_)
        | SearchKey::Text(_)
        | SearchKey::To(_) => return Err(NotOffered),
    })
}

/// The codec's date goes by way of its ISO 8601 text, so that this crate needs no second date library.
fn civil(day: &NaiveDate) -> Option<Date> {
    day.as_ref().to_string().parse().ok()
}
