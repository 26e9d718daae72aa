//! Reads what lies in an account's folders, once, over a connection of its own and without changing anything.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;

use crate::engine::message::RawMail;
use crate::engine::watch::folder::{is_this_use, is_use};
use crate::engine::watch::input::{Input, LinkError};
use crate::engine::watch::output::Uids;
use crate::io::arrival;
use crate::io::imap::gate::Gate;
use crate::io::imap::history::headers::{Headers, Unjudged};
use crate::io::imap::history::plan::{Asked, Plan};
use crate::io::imap::login::log_in;
use crate::io::imap::running::Mail;
use crate::io::imap::session::Session;
use crate::io::imap::{Credentials, Options};

mod headers;
mod plan;

/// A connection that breaks more often than this is given up.
const RECONNECTS_AT_MOST: u32 = 5;

/// After a break so many of the mails that were next are asked for one by one. Mails come in their order: the one that
/// breaks it is among the first.
const ALONE_AT_MOST: usize = 50;

/// Bytes of a response without its literals: the UIDs of a million mails and more come in one line.
const LINE: usize = 16 * 1024 * 1024;

/// On loopback 0.3 to 1.2 ms are all the same, and 2 ms bring less; without it every few kilobytes wake the thread.
const GATHER: Duration = Duration::from_micros(800);

/// What is told while it is read.
pub enum Told {
    /// So many mails are to come, besides those that were announced before.
    More(u64),
    /// A mail. Its arrival is that of an archive: the topmost Received, else INTERNALDATE.
    Mail(Read),
    /// A mail whose body is not needed, by the gate of the options.
    Passed(Passed),
    /// A mail that breaks the connection whenever it is asked for.
    Unreadable {
        /// Where it lies, as [`RawMail::source`] would say.
        mail: String,
    },
}

/// What was read of a mail. Bodies come after the headers of later mails, so each has its place.
pub struct Read {
    /// Grows from mail to mail within a folder, and from folder to folder.
    pub place: Place,
    /// The mail, or its header alone.
    pub mail: RawMail,
}

/// What counts of a mail of which only the header was read.
pub struct Passed {
    /// As in [`Read`].
    pub place: Place,
    /// When it arrived, as in [`Told::Mail`].
    pub arrived_at: Timestamp,
    /// The hash of its sender.
    pub sender: u32,
}

/// The number of the folder among those that are read, and the UID.
pub type Place = (usize, u32);

/// Why an account could not be read to its end.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The connection could not be made, or broke.
    #[error("account {account:?} could not be read")]
    Link {
        /// The account.
        account: String,
        /// Why.
        #[source]
        why: LinkError,
    },
    /// A configured folder is not there.
    #[error("account {account:?} has no folder {folder:?}")]
    NoFolder {
        /// The account.
        account: String,
        /// As it is configured.
        folder: String,
    },
    /// A configured folder is not opened, for a reason that may pass.
    #[error("the server does not open the folder {folder:?} of account {account:?}")]
    FolderRefused {
        /// The account.
        account: String,
        /// As it is configured.
        folder: String,
    },
}

/// Reads the mails of all configured folders that arrived after `since`, or all of them, and a day more: servers
/// compare days in a zone of their own. `now` is the arrival of a mail that carries none. It wants a thread of its own,
/// which rests now and then.
pub async fn read(
    options: &Options,
    credentials: &dyn Credentials,
    since: Option<Timestamp>,
    now: Timestamp,
    tell: &mut (dyn FnMut(Told) + Send),
) -> Result<(), HistoryError> {
    let mut options = options.clone();
    options.limits.line = options.limits.line.max(LINE);
    options.limits.gather = GATHER;
    let options = &options;
    let session = connect(options, credentials)
        .await
        .map_err(|why| failed(options, why))?;
    let mut reading = Reading {
        options,
        credentials,
        now,
        session,
        reconnects: 0,
        folder: 0,
    };
    for folder in worth_reading(&options.folders, |folder| reading.session.has_use(folder)) {
        reading.folder(folder, since, tell).await?;
        reading.folder = reading.folder.saturating_add(1);
    }
    reading.session.logout().await;
    Ok(())
}

/// The folders in which a history lies: without Junk, without uses that the server does not mark, and where it keeps
/// all mail in one folder, without those that show the same mails.
fn worth_reading(folders: &[String], has_use: impl Fn(&str) -> bool) -> Vec<&String> {
    let there = |folder: &&String| !is_use(folder) || has_use(folder);
    let all = folders
        .iter()
        .filter(there)
        .any(|folder| is_this_use(folder, "All"));
    folders
        .iter()
        .filter(there)
        .filter(|folder| !is_this_use(folder, "Junk"))
        .filter(|folder| !all || is_this_use(folder, "All") || is_this_use(folder, "Trash"))
        .collect()
}

struct Reading<'a> {
    options: &'a Options,
    credentials: &'a dyn Credentials,
    now: Timestamp,
    session: Session,
    reconnects: u32,
    /// The number of the folder that is read.
    folder: usize,
}

impl Reading<'_> {
    async fn folder(
        &mut self,
        folder: &str,
        since: Option<Timestamp>,
        tell: &mut (dyn FnMut(Told) + Send),
    ) -> Result<(), HistoryError> {
        let validity = self.open(folder).await?;
        let found = self.find(since).await;
        let mut waiting = found.map_err(|why| failed(self.options, why))?;
        tell(Told::More(u64::try_from(waiting.len()).unwrap_or(u64::MAX)));
        // After a break each mail of the batch is asked for by itself, so that the one that breaks it is known.
        let mut one_by_one = Vec::new();
        while !waiting.is_empty() {
            let fetched = self.fetch(folder, &one_by_one, &mut waiting, tell).await;
            let Err((why, batch)) = fetched else {
                one_by_one.clear();
                continue;
            };
            if !may_pass(why) || self.reconnects >= RECONNECTS_AT_MOST {
                return Err(failed(self.options, why));
            }
            self.reconnects = self.reconnects.saturating_add(1);
            match batch.as_slice() {
                [uid] if waiting.remove(uid) => tell(Told::Unreadable {
                    mail: self.source(folder, *uid),
                }),
                [_] => {}
                several => one_by_one = several.to_vec(),
            }
            one_by_one.retain(|uid| waiting.contains(uid));
            one_by_one.truncate(ALONE_AT_MOST);
            self.session = connect(self.options, self.credentials)
                .await
                .map_err(|why| failed(self.options, why))?;
            if self.open(folder).await? != validity {
                // The numbers mean other mails now.
                return Err(failed(self.options, why));
            }
        }
        Ok(())
    }

    /// Opens a folder for reading; gives its UIDVALIDITY.
    async fn open(&mut self, folder: &str) -> Result<Option<u32>, HistoryError> {
        let (account, name) = (self.options.account.clone(), folder.to_owned());
        self.session
            .open(folder)
            .await
            .map_err(|why| failed(self.options, why))?;
        loop {
            let input = self.session.next(self.now).await;
            let input = input.map_err(|why| failed(self.options, why))?;
            if let Input::Opened(opened) = input {
                return Ok(opened.uid_validity);
            } else if input == Input::FolderMissing {
                return Err(HistoryError::NoFolder {
                    account,
                    folder: name,
                });
            } else if input == Input::FolderRefused {
                return Err(HistoryError::FolderRefused {
                    account,
                    folder: name,
                });
            }
        }
    }

    /// The numbers of the mails.
    async fn find(&mut self, since: Option<Timestamp>) -> Result<BTreeSet<u32>, LinkError> {
        self.session.search(since).await?;
        loop {
            if let Input::Found { uids } = self.session.next(self.now).await? {
                return Ok(uids.into_iter().collect());
            }
        }
    }

    /// Fetches these mails one by one, or all that wait, and takes those that came and those that are gone off the
    /// list. Of many mails the headers come first. When the link breaks, it says over which mails.
    async fn fetch(
        &mut self,
        folder: &str,
        alone: &[u32],
        waiting: &mut BTreeSet<u32>,
        tell: &mut (dyn FnMut(Told) + Send),
    ) -> Result<(), (LinkError, Vec<u32>)> {
        let mut plan = Plan::new(alone, waiting, self.options);
        let mut headers = Headers::default();
        let fetched = self
            .exchange(folder, &mut plan, &mut headers, waiting, tell)
            .await;
        // What came before the link broke counts.
        self.judge(headers.take(), &mut plan, waiting, tell);
        fetched.map_err(|why| (why, plan.blamed()))
    }

    /// Asks by the plan, until there is nothing left to ask for.
    async fn exchange(
        &mut self,
        folder: &str,
        plan: &mut Plan,
        headers: &mut Headers,
        waiting: &mut BTreeSet<u32>,
        tell: &mut (dyn FnMut(Told) + Send),
    ) -> Result<(), LinkError> {
        loop {
            while let Some(next) = plan.next() {
                let uids = Uids::Exactly(next.uids().to_vec());
                let sent = match next {
                    Asked::Headers(_) => self.session.fetch_headers(&uids).await,
                    Asked::Whole(_) => self.session.fetch(&uids).await,
                };
                plan.asked.push_back(next);
                sent?;
            }
            if plan.asked.is_empty() {
                return Ok(());
            }
            let input = self.session.next(self.now).await?;
            if input == Input::FetchEnded {
                self.judge(headers.take(), plan, waiting, tell);
                // What was not sent has gone meanwhile.
                for uid in plan.ended() {
                    waiting.remove(&uid);
                }
            } else if let Input::Headed(header) = input {
                let asked = |_: &Mail| plan.has_asked(header.uid);
                if let Some(mail) = self.session.take(header.uid).filter(asked) {
                    headers.push(mail, header.size);
                }
                if headers.are_enough() {
                    self.judge(headers.take(), plan, waiting, tell);
                }
            } else if let Input::Fetched { uid, .. } = input
                && let Some(mail) = self.session.take(uid)
                // A server may send what nobody asked for, or twice.
                && plan.has_asked(uid)
                && waiting.remove(&uid)
            {
                let mut mail = mail.into_raw();
                mail.source = self.source(folder, uid);
                mail.arrived_at = arrived_at(&mail);
                let place = (self.folder, uid);
                tell(Told::Mail(Read { place, mail }));
            }
        }
    }

    /// Tells of those whose bodies are not needed, and puts the others on the plan.
    fn judge(
        &self,
        headers: Vec<Unjudged>,
        plan: &mut Plan,
        waiting: &mut BTreeSet<u32>,
        tell: &mut (dyn FnMut(Told) + Send),
    ) {
        for Unjudged { uid, size, mail } in headers {
            if !waiting.contains(&uid) {
                continue;
            }
            let Some(sender) = self.options.gate.passes_over(&mail) else {
                plan.want(uid, size);
                continue;
            };
            waiting.remove(&uid);
            tell(Told::Passed(Passed {
                place: (self.folder, uid),
                arrived_at: arrived_at(&mail),
                sender,
            }));
        }
    }

    fn source(&self, folder: &str, uid: u32) -> String {
        format!("{}/{folder};uid={uid}", self.options.account)
    }
}

async fn connect(options: &Options, credentials: &dyn Credentials) -> Result<Session, LinkError> {
    let connected = log_in(options, credentials).await?;
    Session::new(connected, &options.folders, Gate::collecting()).await
}

/// The arrival as that of an archive.
fn arrived_at(mail: &RawMail) -> Timestamp {
    arrival::of(&mail.bytes, Some(mail.arrived_at)).unwrap_or(mail.arrived_at)
}

fn failed(options: &Options, why: LinkError) -> HistoryError {
    HistoryError::Link {
        account: options.account.clone(),
        why,
    }
}

/// Whether another connection may get further.
fn may_pass(why: LinkError) -> bool {
    match why {
        LinkError::Network(_)
        | LinkError::Timeout(_)
        | LinkError::Closed
        | LinkError::Protocol(_) => true,
        LinkError::Tls(_)
        | LinkError::Refused { .. }
        | LinkError::Busy(_)
        | LinkError::Secret
        | LinkError::SignIn
        | LinkError::Unsupported(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::worth_reading;

    #[test]
    fn a_history_is_read_once_and_without_junk() {
        let folders = ["INBOX", "\\Junk", "\\Trash", "\\Archive", "\\All"].map(str::to_owned);
        let read = |has: &[&str]| -> Vec<String> {
            let folders = worth_reading(&folders, |folder| has.contains(&folder));
            folders.into_iter().cloned().collect()
        };
        assert_eq!(read(&[]), ["INBOX"]);
        assert_eq!(read(&["\\Junk", "\\Trash"]), ["INBOX", "\\Trash"]);
        assert_eq!(
            read(&["\\Trash", "\\Archive", "\\All"]),
            ["\\Trash", "\\All"]
        );
    }
}
