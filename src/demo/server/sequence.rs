//! Which mails of a session's view a sequence set or a UID set names.

use std::num::NonZeroU32;

use imap_codec::imap_types::sequence::{SeqOrUid, Sequence, SequenceSet};

/// A mail in a session's view: its sequence number, counted from 1, and its UID.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Numbered {
    pub(crate) sequence: NonZeroU32,
    pub(crate) uid: NonZeroU32,
}

/// Numbers the UIDs of a view.
pub(crate) fn numbered(view: &[NonZeroU32]) -> Vec<Numbered> {
    (1..)
        .filter_map(NonZeroU32::new)
        .zip(view)
        .map(|(sequence, uid)| Numbered {
            sequence,
            uid: *uid,
        })
        .collect()
}

/// Whether the set names `number`; `largest` is what `*` stands for (RFC 3501 §9, seq-number).
pub(crate) fn contains(set: &SequenceSet, number: NonZeroU32, largest: NonZeroU32) -> bool {
    let value = |bound: SeqOrUid| match bound {
        SeqOrUid::Value(value) => value,
        SeqOrUid::Asterisk => largest,
    };
    set.0.as_ref().iter().any(|part| match part {
        Sequence::Single(one) => value(*one) == number,
        Sequence::Range(from, to) => {
            let (from, to) = (value(*from), value(*to));
            (from.min(to)..=from.max(to)).contains(&number)
        }
    })
}

/// The mails of the view that the set names, as UIDs or as sequence numbers.
pub(crate) fn select(set: &SequenceSet, by_uid: bool, view: &[NonZeroU32]) -> Vec<Numbered> {
    let mails = numbered(view);
    let Some(last) = mails.last().copied() else {
        return Vec::new();
    };
    mails
        .into_iter()
        .filter(|mail| {
            if by_uid {
                contains(set, mail.uid, last.uid)
            } else {
                contains(set, mail.sequence, last.sequence)
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selected(set: &str, by_uid: bool) -> Vec<u32> {
        let view: Vec<NonZeroU32> = [3, 5, 9].into_iter().filter_map(NonZeroU32::new).collect();
        select(&SequenceSet::try_from(set).unwrap(), by_uid, &view)
            .iter()
            .map(|mail| mail.uid.get())
            .collect()
    }

    #[test]
    fn sets_name_uids_or_sequence_numbers() {
        assert_eq!(selected("5:9", true), [5, 9]);
        assert_eq!(selected("1:2", false), [3, 5]);
        assert_eq!(selected("*", true), [9]);
        assert_eq!(selected("2,1", false), [3, 5]);
        assert!(selected("6:8", true).is_empty());
    }

    #[test]
    fn a_range_that_begins_after_the_last_uid_names_the_last_mail() {
        assert_eq!(selected("24:*", true), [9]);
        assert_eq!(selected("*:6", true), [9]);
    }

    #[test]
    fn an_empty_folder_has_nothing_to_name() {
        assert!(select(&SequenceSet::try_from("1:*").unwrap(), true, &[]).is_empty());
    }
}
