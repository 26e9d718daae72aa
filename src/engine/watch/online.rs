//! What to do while a connection stands: open, read, check the other folders, then wait for news.

use std::collections::{BTreeSet, VecDeque};

use jiff::{SignedDuration, Timestamp};

use crate::engine::alert::Health;
use crate::engine::watch::fetch::Fetch;
use crate::engine::watch::folder::{Folder, is_use};
use crate::engine::watch::input::LinkError;
use crate::engine::watch::output::{Note, Output, mails_among};
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
    pub(crate) open: Option<usize>,
    pub(crate) todo: VecDeque<Visit>,
    /// Folders opened on this connection before.
    pub(crate) visited: BTreeSet<usize>,
    /// The server spoke of messages since the last fetch began.
    pub(crate) rang: bool,
    pub(crate) fruitless: u32,
    short_idles: u32,
    pub(crate) others_at: Timestamp,
    pub(crate) telling: Telling,
    /// A message of the open folder went away, and one that just came may be it.
    pub(crate) look: bool,
    pub(crate) phase: Phase,
}

/// Somewhere to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Visit {
    Open(usize),
    Check(usize),
}

/// Whether the server tells of the other folders by itself (RFC 5465).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Telling {
    /// It cannot, or will not.
    No,
    /// It can, and was not asked yet.
    Offered,
    Yes,
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
    /// Asking the server to tell of the other folders.
    Arming,
    /// Looking whether messages are still in this folder.
    Looking(usize),
    /// Looking for them in all others.
    Seeking {
        folder: usize,
        uids: Vec<u32>,
    },
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
    pub(crate) fn new(
        now: Timestamp,
        (idle, notify): (bool, bool),
        folders: usize,
        policy: &Policy,
    ) -> Self {
        Self {
            since: now,
            idle,
            open: None,
            todo: (0..folders).map(Visit::Open).collect(),
            visited: BTreeSet::new(),
            rang: false,
            fruitless: 0,
            short_idles: 0,
            others_at: later(now, policy.folders_every),
            telling: if notify && folders > 1 {
                Telling::Offered
            } else {
                Telling::No
            },
            look: false,
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
            | Phase::Arming
            | Phase::Looking(_)
            | Phase::Seeking { .. }
            | Phase::Refreshing
            | Phase::EndingIdle => false,
        }
    }

    pub(crate) fn wake_at(&self, folders: usize) -> Option<Timestamp> {
        match self.phase {
            Phase::Idling { renew_at, .. } if folders > 1 => Some(renew_at.min(self.others_at)),
            Phase::Idling { renew_at, .. } => Some(renew_at),
            Phase::Polling { next_at } if folders > 1 => Some(next_at.min(self.others_at)),
            Phase::Polling { next_at } => Some(next_at),
            Phase::Fresh
            | Phase::Opening(_)
            | Phase::Finding(_)
            | Phase::Fetching(_)
            | Phase::Checking(_)
            | Phase::Arming
            | Phase::Looking(_)
            | Phase::Seeking { .. }
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
        if self.look_after_recent(now, around) {
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
                if self.open == Some(home) && self.telling == Telling::Offered {
                    self.phase = Phase::Arming;
                    around.out.push(Output::Notify);
                } else if self.open == Some(home) {
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
        around.sight.read(mails_among(around.out));
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
        if missing && is_use(&folder.name) && self.visited.contains(&index) {
            // Perhaps it only has another name now: a new connection finds it by its use.
            return Err(LinkError::Busy("a folder was renamed or deleted"));
        }
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
            | Phase::Arming
            | Phase::Looking(_)
            | Phase::Seeking { .. }
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
            | Phase::Arming
            | Phase::Looking(_)
            | Phase::Seeking { .. }
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
            | Phase::Arming
            | Phase::Looking(_)
            | Phase::Seeking { .. }
            | Phase::Refreshing
            | Phase::EndingIdle => {}
        }
    }

    pub(crate) fn end_idle(&mut self, around: &mut Surroundings<'_>) {
        self.phase = Phase::EndingIdle;
        around.out.push(Output::Done);
    }
}
