//! The one folder that the server offers, and the handle through which mails get into it.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::sync::watch;

/// An INBOX in memory. All methods take `&self`: the player writes while sessions read.
#[derive(Debug)]
pub struct Mailbox {
    uid_validity: NonZeroU32,
    contents: Mutex<Contents>,
    /// Counts the changes, so that a session that idles learns of each.
    changes: watch::Sender<u64>,
}

/// A mail as it lies in the folder.
#[derive(Clone)]
pub(crate) struct StoredMail {
    pub(crate) uid: NonZeroU32,
    pub(crate) bytes: Vec<u8>,
    pub(crate) internal_date: Timestamp,
    pub(crate) flags: BTreeSet<MailFlag>,
}

/// The system flags that the folder keeps (RFC 3501 §2.3.2); keywords are not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MailFlag {
    /// Replied to.
    Answered,
    /// To be removed by EXPUNGE.
    Deleted,
    /// Not finished.
    Draft,
    /// Marked by the person.
    Flagged,
    /// Read.
    Seen,
}

struct Contents {
    mails: Vec<StoredMail>,
    next_uid: NonZeroU32,
}

impl Mailbox {
    /// An empty folder. UIDs start at 1.
    pub fn new(uid_validity: NonZeroU32) -> Self {
        Self {
            uid_validity,
            contents: Mutex::new(Contents {
                mails: Vec::new(),
                next_uid: NonZeroU32::MIN,
            }),
            changes: watch::Sender::new(0),
        }
    }

    /// Puts one mail (RFC 5322 bytes, CRLF) into the folder and returns its UID.
    pub fn deliver(&self, bytes: Vec<u8>, internal_date: Timestamp) -> u32 {
        let uid = self.contents().append(bytes, internal_date);
        self.announce();
        uid
    }

    /// Puts several mails into the folder at once: a session that idles sees a single EXISTS. Returns their UIDs.
    pub fn deliver_many(&self, mails: Vec<(Vec<u8>, Timestamp)>) -> Vec<u32> {
        let mut contents = self.contents();
        let uids = mails
            .into_iter()
            .map(|(bytes, internal_date)| contents.append(bytes, internal_date))
            .collect();
        drop(contents);
        self.announce();
        uids
    }

    /// Removes a mail for good, as another client would. False where no mail has this UID.
    pub fn expunge(&self, uid: u32) -> bool {
        let mut contents = self.contents();
        let before = contents.mails.len();
        contents.mails.retain(|mail| mail.uid.get() != uid);
        let removed = contents.mails.len() < before;
        drop(contents);
        if removed {
            self.announce();
        }
        removed
    }

    /// The flags of a mail; `None` where no mail has this UID.
    pub fn flags(&self, uid: u32) -> Option<BTreeSet<MailFlag>> {
        let contents = self.contents();
        let mail = contents.mails.iter().find(|mail| mail.uid.get() == uid)?;
        Some(mail.flags.clone())
    }

    /// The UID that the next mail will get.
    pub fn next_uid(&self) -> NonZeroU32 {
        self.contents().next_uid
    }

    pub(crate) fn uid_validity(&self) -> NonZeroU32 {
        self.uid_validity
    }

    /// The UIDs in ascending order: a session's view of the folder.
    pub(crate) fn uids(&self) -> Vec<NonZeroU32> {
        self.contents().mails.iter().map(|mail| mail.uid).collect()
    }

    pub(crate) fn count_without(&self, flag: MailFlag) -> usize {
        let contents = self.contents();
        contents
            .mails
            .iter()
            .filter(|mail| !mail.flags.contains(&flag))
            .count()
    }

    pub(crate) fn mail(&self, uid: NonZeroU32) -> Option<StoredMail> {
        let contents = self.contents();
        contents.mails.iter().find(|mail| mail.uid == uid).cloned()
    }

    /// Changes the flags of one mail; `None` where it is gone.
    pub(crate) fn change_flags(
        &self,
        uid: NonZeroU32,
        change: impl FnOnce(&mut BTreeSet<MailFlag>),
    ) -> Option<BTreeSet<MailFlag>> {
        let mut contents = self.contents();
        let mail = contents.mails.iter_mut().find(|mail| mail.uid == uid)?;
        change(&mut mail.flags);
        Some(mail.flags.clone())
    }

    /// Removes every mail of `view` that is flagged as deleted.
    pub(crate) fn expunge_deleted(&self, view: &[NonZeroU32]) {
        self.contents()
            .mails
            .retain(|mail| !(mail.flags.contains(&MailFlag::Deleted) && view.contains(&mail.uid)));
        self.announce();
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    fn announce(&self) {
        self.changes
            .send_modify(|count| *count = count.wrapping_add(1));
    }

    fn contents(&self) -> MutexGuard<'_, Contents> {
        // The contents are whole between any two statements, so a poisoned lock is as good as any.
        self.contents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Contents {
    fn append(&mut self, bytes: Vec<u8>, internal_date: Timestamp) -> u32 {
        let uid = self.next_uid;
        self.next_uid = uid.saturating_add(1);
        self.mails.push(StoredMail {
            uid,
            bytes,
            internal_date,
            flags: BTreeSet::new(),
        });
        uid.get()
    }
}

impl std::fmt::Debug for Contents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Contents")
            .field("mails", &self.mails.len())
            .field("next_uid", &self.next_uid)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mailbox() -> Mailbox {
        Mailbox::new(NonZeroU32::MIN)
    }

    #[test]
    fn a_uid_is_never_given_twice() {
        let mailbox = mailbox();
        assert_eq!(mailbox.deliver(Vec::new(), Timestamp::UNIX_EPOCH), 1);
        assert_eq!(mailbox.deliver(Vec::new(), Timestamp::UNIX_EPOCH), 2);
        assert!(mailbox.expunge(2));
        assert!(!mailbox.expunge(2));
        assert_eq!(mailbox.deliver(Vec::new(), Timestamp::UNIX_EPOCH), 3);
    }

    #[test]
    fn several_mails_at_once_are_one_change() {
        let mailbox = mailbox();
        let mut changes = mailbox.subscribe();
        let before = *changes.borrow_and_update();
        let mails = vec![(Vec::new(), Timestamp::UNIX_EPOCH); 3];
        assert_eq!(mailbox.deliver_many(mails), [1, 2, 3]);
        assert_eq!(*changes.borrow_and_update(), before + 1);
    }

    #[test]
    fn debug_shows_no_mail() {
        let mailbox = mailbox();
        mailbox.deliver(b"Subject: 482913\r\n\r\n".to_vec(), Timestamp::UNIX_EPOCH);
        assert!(!format!("{mailbox:?}").contains("482913"));
    }
}
