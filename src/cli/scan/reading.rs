//! Takes mails in one by one, from wherever they come, and keeps what they say.

use std::io::Write as _;
use std::sync::Arc;

use jiff::Timestamp;

use crate::cli::scan::Found;
use crate::cli::scan::progress::Progress;
use crate::cli::scan::replay::ScannedMail;
use crate::engine::message::RawMail;
use crate::engine::rule::{self, RuleSet, Trust};
use crate::io::archives::{Archive, UnreadableMail};
use crate::io::imap::history::{Passed, Place};

/// What is read with, and what was found so far.
pub struct Reading<'a> {
    /// The rules.
    pub rules: &'a Arc<RuleSet>,
    /// Whose mail it is.
    pub trust: &'a Trust,
    /// What arrived before is left out.
    pub since: Option<Timestamp>,
    /// How far it is.
    pub progress: Progress,
    /// What was found.
    pub found: Found,
    /// Where each of the mails that were found stands among them.
    pub places: Vec<Place>,
}

impl Reading<'_> {
    /// Reads whole archives, one after the other.
    pub fn archives(&mut self, archives: Vec<Archive>) {
        if self.progress.is_shown() {
            for archive in &archives {
                self.progress.more(archive.size());
            }
        }
        for mail in archives.into_iter().flatten() {
            let size = mail.as_ref().map_or(0, |mail| mail.full_size);
            self.take(mail, size, Place::default());
        }
    }

    /// Takes one mail, which is a part of so much work.
    pub fn take(&mut self, mail: Result<RawMail, UnreadableMail>, work: u64, place: Place) {
        match mail {
            Ok(mail) => {
                let (rules, trust) = (self.rules, self.trust);
                let sender = || rule::sender_hash(&mail.bytes);
                if let Some((_, _, says)) = self.note(mail.arrived_at, sender, place) {
                    *says = rule::signal_of(rules, &mail, trust).map(Box::new);
                }
            }
            Err(error) => {
                self.found.messages = self.found.messages.saturating_add(1);
                self.found.unreadable = self.found.unreadable.saturating_add(1);
                self.progress.aside(|| {
                    let _ = writeln!(anstream::stderr().lock(), "cannot be read: {error}");
                });
            }
        }
        self.progress.done(work, self.found.messages);
    }

    /// Takes a mail whose header no rule fits.
    pub fn pass(&mut self, mail: &Passed) {
        self.note(mail.arrived_at, || mail.sender, mail.place);
        self.progress.done(1, self.found.messages);
    }

    /// Counts a mail, unless it is too old.
    fn note(
        &mut self,
        arrived_at: Timestamp,
        sender: impl FnOnce() -> u32,
        place: Place,
    ) -> Option<&mut ScannedMail> {
        if self.since.is_some_and(|since| arrived_at < since) {
            return None;
        }
        self.found.messages = self.found.messages.saturating_add(1);
        self.places.push(place);
        self.found.mails.push((arrived_at, sender(), None));
        self.found.mails.last_mut()
    }

    /// Everything that was found, by arrival.
    pub fn end(mut self) -> Found {
        self.progress.end();
        // What arrived at the same moment stays in the order of the archive.
        let mut mails: Vec<_> = self.places.into_iter().zip(self.found.mails).collect();
        mails.sort_by_key(|(place, (arrived_at, _, _))| (*arrived_at, *place));
        self.found.mails = mails.into_iter().map(|(_, mail)| mail).collect();
        self.found
    }
}
