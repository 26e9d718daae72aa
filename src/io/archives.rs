//! Mails that lie on the disk: mbox, Maildir, a folder of `.eml`, one `.eml`.
//!
//! Reading is lazy and bounded: one mail at a time, of each at most [`FETCH_LIMIT`] bytes.

pub mod maildir;
pub mod mbox;
pub mod single;

use std::fs::File;
use std::io::{BufReader, Seek as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::engine::message::RawMail;
use crate::io::archives::mbox::Mbox;

/// Bytes kept of each mail. A shop's mail with all its HTML stays well below; what follows are attachments.
pub const FETCH_LIMIT: usize = 256 * 1024;

/// An archive that cannot be opened at all.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// Nothing there.
    #[error("{}: no such file or folder", .path.display())]
    Missing {
        /// The path as it was given.
        path: PathBuf,
    },
    /// There, but closed.
    #[error("{}: cannot be read", .path.display())]
    Unreadable {
        /// The path as it was given.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// One mail that could not be read; the others still are.
#[derive(Debug, thiserror::Error)]
#[error("{mail}: {what}")]
pub struct UnreadableMail {
    /// Where it lies, as [`RawMail::source`] would say.
    pub mail: String,
    /// Why.
    pub what: String,
}

/// The mails of one path, in the order in which they lie there.
pub struct Archive {
    /// Files still to read, the next one last.
    waiting: Vec<maildir::Found>,
    open: Option<Mbox<BufReader<File>>>,
    /// The arrival of the mail before, for a mail that carries no date at all.
    last_arrival: Timestamp,
}

/// Opens a path. A folder is read with everything below it, but for Maildir's Sent, Drafts and Junk.
pub fn open(path: &Path) -> Result<Archive, ArchiveError> {
    let waiting = maildir::find(path)?;
    Ok(Archive {
        waiting,
        open: None,
        last_arrival: Timestamp::UNIX_EPOCH,
    })
}

impl Iterator for Archive {
    type Item = Result<RawMail, UnreadableMail>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(mbox) = self.open.as_mut() {
                match mbox.next(self.last_arrival) {
                    Some(item) => return Some(self.remember(item)),
                    None => self.open = None,
                }
            }
            let found = self.waiting.pop()?;
            if let Some(item) = self.start(&found) {
                return Some(self.remember(item));
            }
        }
    }
}

impl Archive {
    /// Bytes of all files that are still to be read, as far as the file system says.
    pub fn size(&self) -> u64 {
        let sizes = self
            .waiting
            .iter()
            .map(|found| found.path.metadata().map_or(0, |metadata| metadata.len()));
        sizes.fold(0, u64::saturating_add)
    }

    /// Begins with a file: an mbox is left open for the next round, a single mail is the answer.
    fn start(&mut self, found: &maildir::Found) -> Option<Result<RawMail, UnreadableMail>> {
        let unreadable = |error: std::io::Error| {
            Some(Err(UnreadableMail {
                mail: found.source.clone(),
                what: error.to_string(),
            }))
        };
        let mut reader = match File::open(&found.path) {
            Ok(file) => BufReader::with_capacity(64 * 1024, file),
            Err(error) => return unreadable(error),
        };
        if !found.is_one_mail() {
            match mbox::begins_with_from(&mut reader)
                .and_then(|is_mbox| reader.rewind().map(|()| is_mbox))
            {
                Ok(true) => {
                    self.open = Some(Mbox::new(reader, &found.source));
                    return None;
                }
                Ok(false) => {}
                Err(error) => return unreadable(error),
            }
        }
        single::read(reader, found, self.last_arrival).transpose()
    }

    fn remember(
        &mut self,
        item: Result<RawMail, UnreadableMail>,
    ) -> Result<RawMail, UnreadableMail> {
        if let Ok(mail) = &item {
            self.last_arrival = mail.arrived_at;
        }
        item
    }
}
