//! Takes mails in one by one, from wherever they come, and keeps what they say.

use std::io::Write as _;

use jiff::Timestamp;

use crate::cli::scan::Found;
use crate::cli::scan::progress::Progress;
use crate::engine::message::RawMail;
use crate::engine::rule::{self, RuleSet, Trust};
use crate::io::archives::{Archive, UnreadableMail};

/// What is read with, and what was found so far.
pub struct Reading<'a> {
    /// The rules.
    pub rules: &'a RuleSet,
    /// Whose mail it is.
    pub trust: &'a Trust,
    /// What arrived before is left out.
    pub since: Option<Timestamp>,
    /// How far it is.
    pub progress: Progress,
    /// What was found.
    pub found: Found,
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
            self.take(mail, size);
        }
    }

    /// Takes one mail, which is a part of so much work.
    pub fn take(&mut self, mail: Result<RawMail, UnreadableMail>, work: u64) {
        match mail {
            Ok(mail) if self.since.is_some_and(|since| mail.arrived_at < since) => {}
            Ok(mail) => {
                self.found.messages = self.found.messages.saturating_add(1);
                let sender = rule::sender_hash(&mail);
                let signal = rule::signal_of(self.rules, &mail, self.trust);
                self.found.mails.push((mail.arrived_at, sender, signal));
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

    /// Everything that was found, by arrival.
    pub fn end(mut self) -> Found {
        self.progress.end();
        // Stable: what arrived at the same moment stays in the order of the archive.
        self.found
            .mails
            .sort_by_key(|(arrived_at, _, _)| *arrived_at);
        self.found
    }
}
