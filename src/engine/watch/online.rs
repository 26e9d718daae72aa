//! What to do while a connection stands: open, read, check the other folders, then wait for news.

use std::collections::{BTreeSet, VecDeque};

use jiff::{SignedDuration, Timestamp};

use crate::engine::alert::Health;
use crate::engine::watch::fetch::Fetch;
use crate::engine::watch::folder::{Folder, Start};
use crate::engine::watch::input::{LinkError, Opened};
use crate::engine::watch::output::{Note, Output};
use crate::engine::watch::policy::{Policy, later};
use crate::engine::watch::sight::Sight;

/// An IDLE that the server ends sooner than this was not meant.
const SHORT_IDLE: SignedDuration = SignedDuration::from_secs(5);

/// So many IDLEs cut short, or rings without a mail, are let pass in a row.
const PATIENCE: u32 = 3;

/// What outlives a connection, lent to it for one step.
pub(crate) struct Surroundings<'a> {
    pub(crate) account: &'a str,
    pub(crate) policy: &'a Policy,
    pub(crate) folders: &'a mut [Folder],
    pub(crate) sight: &'a mut Sight,
    pub(crate) last_mail: &'a mut Option<Timestamp>,
    pub(crate) out: &'a mut Vec<Output>,
}

/// One connection after the login.
#[derive(Debug, Clone)]
pub(crate) struct Online {
    pub(crate) since: Timestamp,
    idle: bool,
    open: Option<usize>,
    todo: VecDeque<Visit>,
    /// Folders opened on this connection before.
    visited: BTreeSet<usize>,
    /// The server spoke of messages since the last fetch began.
    rang: bool,
    fruitless: u32,
    short_idles: u32,
    others_at: Timestamp,
    pub(crate) phase: Phase,
}

#[derive(Debug, Clone, Copy)]
enum Visit {
    Open(usize),
    Check(usize),
}

/// What the connection is busy with.
#[derive(Debug, Clone)]
pub(crate) enum Phase {
    /// Nothing yet.
    Fresh,
    Opening(usize),
    Finding(Fetch),
    Fetching(Fetch),
    Checking(usize),
    Refreshing,
    Idling {
        began: Timestamp,
        renew_at: Timestamp,
    },
    EndingIdle,
    Polling {
        next_at: Timestamp,
    },
}

impl Online {
    pub(crate) fn new(now: Timestamp, idle: bool, folders: usize, policy: &Policy) -> Self {
        Self {
            since: now,
            idle,
            open: None,
            todo: (0..folders).map(Visit::Open).collect(),
            visited: BTreeSet::new(),
            rang: false,
            fruitless: 0,
            short_idles: 0,
            others_at: later(now, policy.poll_every),
            phase: Phase::Fresh,
        }
    }

    /// Up to date, waiting for news.
    pub(crate) fn resting(&self) -> bool {
        match self.phase {
            Phase::Idling { .. } | Phase::Polling { .. } => true,
            Phase::Fresh
            | Phase::Opening(_)
            | Phase::Finding(_)
            | Phase::Fetching(_)
            | Phase::Checking(_)
            | Phase::Refreshing
            | Phase::EndingIdle => false,
        }
    }

    pub(crate) fn wake_at(&self, folders: usize) -> Option<Timestamp> {
        match self.phase {
            Phase::Idling { renew_at, .. } if folders > 1 => Some(renew_at.min(self.others_at)),
            Phase::Idling { renew_at, .. } => Some(renew_at),
            Phase::Polling { next_at } => Some(next_at),
            Phase::Fresh
            | Phase::Opening(_)
            | Phase::Finding(_)
            | Phase::Fetching(_)
            | Phase::Checking(_)
            | Phase::Refreshing
            | Phase::EndingIdle => None,
        }
    }

    /// Goes on with the next thing to do; an error when nothing can be watched.
    pub(crate) fn proceed(
        &mut self,
        now: Timestamp,
        around: &mut Surroundings<'_>,
    ) -> Result<(), LinkError> {
        if let Some(open) = self.open
            && self.rang
            && self.fruitless < PATIENCE
        {
            self.fruitless = self.fruitless.saturating_add(1);
            self.fetch_news(open, around);
            return Ok(());
        }
        match self.todo.pop_front() {
            Some(Visit::Open(folder)) => self.go_to(folder, around),
            Some(Visit::Check(folder)) => {
                let name = around.folders.get(folder).map(|it| it.name.clone());
                self.phase = Phase::Checking(folder);
                around.out.push(Output::Check {
                    folder: name.unwrap_or_default(),
                });
            }
            None => {
                let home = around.folders.iter().position(|it| !it.missing);
                let home = home.ok_or(LinkError::Busy("no folder can be opened"))?;
                if self.open == Some(home) {
                    self.rest(now, around);
                } else {
                    self.go_to(home, around);
                }
            }
        }
        Ok(())
    }

    fn go_to(&mut self, folder: usize, around: &mut Surroundings<'_>) {
        let name = around.folders.get(folder).map(|it| it.name.clone());
        self.open = None;
        self.phase = Phase::Opening(folder);
        around.out.push(Output::Open {
            folder: name.unwrap_or_default(),
        });
    }

    fn rest(&mut self, now: Timestamp, around: &mut Surroundings<'_>) {
        self.rang = false;
        self.fruitless = 0;
        around
            .out
            .extend(around.sight.regained(now).map(Output::Health));
        if self.idle {
            self.phase = Phase::Idling {
                began: now,
                renew_at: later(now, around.policy.renew_after),
            };
            around.out.push(Output::Idle);
        } else {
            self.phase = Phase::Polling {
                next_at: later(now, around.policy.poll_every),
            };
        }
    }

    fn fetch_news(&mut self, folder: usize, around: &mut Surroundings<'_>) {
        self.rang = false;
        let from = around.folders.get(folder).map_or(1, Folder::next_uid);
        let mut fetch = Fetch::new(folder, around.policy.batch);
        around.out.push(fetch.from(from));
        self.phase = Phase::Fetching(fetch);
    }

    pub(crate) fn opened(
        &mut self,
        now: Timestamp,
        facts: Opened,
        around: &mut Surroundings<'_>,
    ) -> Result<(), LinkError> {
        let Phase::Opening(index) = self.phase else {
            return Ok(());
        };
        let Some(folder) = around.folders.get_mut(index) else {
            return self.proceed(now, around);
        };
        self.open = Some(index);
        self.rang = false;
        let (start, note) = folder.opened(now, around.policy, facts);
        around.out.extend(note.map(Output::Note));
        let mut fetch = Fetch::new(index, around.policy.batch);
        let first_visit = self.visited.insert(index);
        match start {
            Start::Search { since, first_start } => {
                fetch = fetch.since(since, first_start);
                fetch.open(folder, around.out);
                around.out.push(Output::Search { since });
                self.phase = Phase::Finding(fetch);
            }
            Start::List { from, one_by_one } => {
                fetch = fetch.one_by_one(one_by_one);
                fetch.open(folder, around.out);
                around.out.push(Output::List { from });
                self.phase = Phase::Finding(fetch);
            }
            Start::Fetch { from } => {
                if first_visit {
                    fetch.open(folder, around.out);
                }
                around.out.push(fetch.from(from));
                self.phase = Phase::Fetching(fetch);
            }
        }
        Ok(())
    }

    /// A folder cannot be opened. The others are watched all the same; without any there is nothing to see.
    pub(crate) fn folder_refused(
        &mut self,
        now: Timestamp,
        missing: bool,
        around: &mut Surroundings<'_>,
    ) -> Result<(), LinkError> {
        let (Phase::Opening(index) | Phase::Checking(index)) = self.phase else {
            return Ok(());
        };
        let Some(folder) = around.folders.get_mut(index) else {
            return Ok(());
        };
        if folder.refused(missing) {
            around.out.push(Output::Health(Health::FolderGone {
                account: around.account.to_owned(),
                folder: folder.name.clone(),
            }));
        }
        let home = around.folders.iter().position(|it| !it.missing);
        if home == Some(index) {
            return Err(LinkError::Busy("the folder cannot be opened now"));
        }
        self.proceed(now, around)
    }

    pub(crate) fn found(
        &mut self,
        now: Timestamp,
        uids: Vec<u32>,
        around: &mut Surroundings<'_>,
    ) -> Result<(), LinkError> {
        let Phase::Finding(fetch) = &self.phase else {
            return Ok(());
        };
        let mut fetch = fetch.clone();
        if let Some(folder) = around.folders.get(fetch.folder) {
            fetch.found(uids, folder);
        }
        self.phase = Phase::Fetching(fetch);
        self.fetch_ended(now, around)
    }

    pub(crate) fn fetched(
        &mut self,
        now: Timestamp,
        uid: u32,
        arrived_at: Timestamp,
        around: &mut Surroundings<'_>,
    ) {
        if let Phase::Fetching(fetch) = &mut self.phase
            && let Some(folder) = around.folders.get_mut(fetch.folder)
        {
            if fetch.fetched(uid, arrived_at, folder, around.out) {
                self.fruitless = 0;
                *around.last_mail = Some(now);
            }
            around.sight.seen(now);
        } else {
            around.out.push(Output::Discard { uid });
        }
    }

    /// A FETCH command came to its end: the next batch, or the next thing to do.
    pub(crate) fn fetch_ended(
        &mut self,
        now: Timestamp,
        around: &mut Surroundings<'_>,
    ) -> Result<(), LinkError> {
        let Phase::Fetching(fetch) = &mut self.phase else {
            return Ok(());
        };
        around.sight.seen(now);
        if let Some(next) = fetch.next_batch() {
            around.out.push(next);
            return Ok(());
        }
        if let Some(folder) = around.folders.get_mut(fetch.folder) {
            if let Some(cursor) = folder.completed() {
                around.out.push(Output::MoveCursor {
                    folder: folder.name.clone(),
                    cursor,
                });
            }
            fetch.close(folder, around.out);
        }
        self.proceed(now, around)
    }

    pub(crate) fn checked(
        &mut self,
        now: Timestamp,
        facts: Opened,
        around: &mut Surroundings<'_>,
    ) -> Result<(), LinkError> {
        if let Phase::Checking(index) = self.phase {
            if around
                .folders
                .get(index)
                .is_some_and(|folder| folder.missing || folder.has_news(facts))
            {
                self.todo.push_front(Visit::Open(index));
            }
            return self.proceed(now, around);
        }
        Ok(())
    }

    pub(crate) fn doorbell(&mut self, now: Timestamp, around: &mut Surroundings<'_>) {
        match self.phase {
            Phase::Idling { .. } => {
                around.sight.seen(now);
                self.end_idle(around);
            }
            Phase::Polling { .. } => {
                if let Some(open) = self.open {
                    self.fetch_news(open, around);
                }
            }
            Phase::Finding(_)
            | Phase::Fetching(_)
            | Phase::Checking(_)
            | Phase::Refreshing
            | Phase::EndingIdle => self.rang = true,
            Phase::Fresh | Phase::Opening(_) => {}
        }
    }

    pub(crate) fn heard(&mut self, now: Timestamp, around: &mut Surroundings<'_>) {
        if let Phase::Idling { began, renew_at } = &mut self.phase {
            around.sight.seen(now);
            *renew_at = later(now, around.policy.renew_after)
                .min(later(*began, around.policy.renew_at_most));
        }
    }

    pub(crate) fn idle_refused(
        &mut self,
        now: Timestamp,
        around: &mut Surroundings<'_>,
    ) -> Result<(), LinkError> {
        if !matches!(self.phase, Phase::Idling { .. } | Phase::EndingIdle) {
            return Ok(());
        }
        self.idle = false;
        // A ring that came before the refusal still counts.
        self.rang |= matches!(self.phase, Phase::EndingIdle);
        around.out.push(Output::Note(Note::Polling));
        self.proceed(now, around)
    }

    /// After every IDLE, however it ended, the folder is read: a ring may have been lost.
    pub(crate) fn idle_ended(&mut self, now: Timestamp, around: &mut Surroundings<'_>) {
        match self.phase {
            Phase::Idling { began, .. } if now < later(began, SHORT_IDLE) => {
                self.short_idles = self.short_idles.saturating_add(1);
                if self.short_idles >= PATIENCE && std::mem::take(&mut self.idle) {
                    around.out.push(Output::Note(Note::Polling));
                }
            }
            Phase::Idling { .. } | Phase::EndingIdle => self.short_idles = 0,
            Phase::Fresh
            | Phase::Opening(_)
            | Phase::Finding(_)
            | Phase::Fetching(_)
            | Phase::Checking(_)
            | Phase::Refreshing
            | Phase::Polling { .. } => return,
        }
        self.new_round(now, around);
    }

    pub(crate) fn refreshed(&mut self, now: Timestamp, around: &mut Surroundings<'_>) {
        if matches!(self.phase, Phase::Refreshing) {
            self.new_round(now, around);
        }
    }

    fn new_round(&mut self, now: Timestamp, around: &mut Surroundings<'_>) {
        let Some(open) = self.open else {
            return;
        };
        around.sight.seen(now);
        if around.folders.len() > 1 && self.others_at <= now {
            self.others_at = later(now, around.policy.poll_every);
            self.todo = (0..around.folders.len())
                .filter(|folder| *folder != open)
                .map(Visit::Check)
                .collect();
        }
        self.fetch_news(open, around);
    }

    pub(crate) fn tick(&mut self, now: Timestamp, around: &mut Surroundings<'_>) {
        if self.wake_at(around.folders.len()).is_none_or(|at| at > now) {
            return;
        }
        match self.phase {
            Phase::Idling { .. } => self.end_idle(around),
            Phase::Polling { .. } => {
                self.phase = Phase::Refreshing;
                around.out.push(Output::Refresh);
            }
            Phase::Fresh
            | Phase::Opening(_)
            | Phase::Finding(_)
            | Phase::Fetching(_)
            | Phase::Checking(_)
            | Phase::Refreshing
            | Phase::EndingIdle => {}
        }
    }

    fn end_idle(&mut self, around: &mut Surroundings<'_>) {
        self.phase = Phase::EndingIdle;
        around.out.push(Output::Done);
    }
}
