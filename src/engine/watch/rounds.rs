//! What a connection looks after besides the open folder: the other folders, and messages that went away at once.

use jiff::Timestamp;

use crate::engine::watch::folder::Folder;
use crate::engine::watch::input::{LinkError, Opened};
use crate::engine::watch::online::{Online, Phase, Surroundings, Telling, Visit};
use crate::engine::watch::output::{Note, Output};
use crate::engine::watch::policy::later;

impl Online {
    /// After a wait: asks after the other folders where that is due, and reads the open one in any case.
    pub(crate) fn new_round(&mut self, now: Timestamp, around: &mut Surroundings<'_>) {
        let Some(open) = self.open else {
            return;
        };
        around.sight.seen(now);
        if around.folders.len() > 1 && self.others_at <= now {
            self.ask_after_others(now, around);
        }
        self.fetch_news(open, around);
    }

    fn ask_after_others(&mut self, now: Timestamp, around: &Surroundings<'_>) {
        let is_there = |folder: &Folder| !folder.missing || !folder.is_new();
        let there = around
            .folders
            .iter()
            .filter(|folder| is_there(folder))
            .count();
        let pause = match self.telling {
            // Folders that the server does not have are asked for now and then: it may make them yet.
            Telling::No | Telling::Offered if there <= 1 => around.policy.renew_after,
            Telling::No | Telling::Offered => around.policy.folders_every,
            // It tells by itself; what is asked all the same is whether it still does.
            Telling::Yes => around.policy.renew_after.max(around.policy.folders_every),
        };
        self.others_at = later(now, pause);
        for folder in 0..around.folders.len() {
            if self.open != Some(folder) {
                self.visit(Visit::Check(folder));
            }
        }
    }

    fn visit(&mut self, visit: Visit) {
        if !self.todo.contains(&visit) {
            self.todo.push_back(visit);
        }
    }

    /// The answer to a check.
    pub(crate) fn checked(
        &mut self,
        now: Timestamp,
        facts: Opened,
        around: &mut Surroundings<'_>,
    ) -> Result<(), LinkError> {
        let Phase::Checking(index) = self.phase else {
            return Ok(());
        };
        if around
            .folders
            .get(index)
            .is_some_and(|folder| folder.missing || folder.has_news(facts))
        {
            self.todo.retain(|visit| *visit != Visit::Open(index));
            self.todo.push_front(Visit::Open(index));
        }
        self.proceed(now, around)
    }

    /// The server spoke of a folder by itself.
    pub(crate) fn told(
        &mut self,
        now: Timestamp,
        name: &str,
        facts: Opened,
        around: &mut Surroundings<'_>,
    ) {
        let found = around.folders.iter().position(|folder| folder.name == name);
        let Some(index) = found.filter(|index| self.open != Some(*index)) else {
            return self.heard(now, around);
        };
        let has_news = around
            .folders
            .get(index)
            .is_some_and(|folder| folder.has_news(facts));
        if !has_news {
            return self.heard(now, around);
        }
        self.visit(if facts.uid_next.is_some() {
            Visit::Open(index)
        } else {
            Visit::Check(index)
        });
        self.stir(now, around);
    }

    /// Ends a wait, because there is something to do.
    fn stir(&mut self, now: Timestamp, around: &mut Surroundings<'_>) {
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

    /// The server answered whether it tells of the other folders. What happened in them between the last visit and
    /// the answer is asked for once.
    pub(crate) fn telling(
        &mut self,
        now: Timestamp,
        tells: bool,
        around: &mut Surroundings<'_>,
    ) -> Result<(), LinkError> {
        let was = self.telling;
        self.telling = if tells { Telling::Yes } else { Telling::No };
        if !tells && was != Telling::No {
            around.out.push(Output::Note(Note::NoNotify));
        }
        if matches!(self.phase, Phase::Arming) {
            if tells {
                self.ask_after_others(now, around);
            }
            return self.proceed(now, around);
        }
        self.others_at = self.others_at.min(later(now, around.policy.folders_every));
        Ok(())
    }

    /// A message of the open folder went away. Only messages that just came are looked after.
    pub(crate) fn expunged(&mut self, now: Timestamp, around: &mut Surroundings<'_>) {
        let open = self.open.and_then(|open| around.folders.get_mut(open));
        let fresh = open.is_some_and(|folder| !folder.recent(now, around.policy).is_empty());
        self.look |= fresh;
        if fresh {
            self.stir(now, around);
        } else {
            self.heard(now, around);
        }
    }

    /// Asks which of the messages that just came are still there, where one may be gone; true when it asks.
    pub(crate) fn look_after_recent(
        &mut self,
        now: Timestamp,
        around: &mut Surroundings<'_>,
    ) -> bool {
        let Some(open) = self.open.filter(|_| self.look) else {
            return false;
        };
        self.look = false;
        let folder = around.folders.get_mut(open);
        let uids = folder.map_or_else(Vec::new, |folder| folder.recent(now, around.policy));
        if uids.is_empty() {
            return false;
        }
        self.phase = Phase::Looking(open);
        around.out.push(Output::Look { uids });
        true
    }

    /// Those that are still there; the others may merely have been moved.
    pub(crate) fn present(
        &mut self,
        now: Timestamp,
        present: &[u32],
        around: &mut Surroundings<'_>,
    ) -> Result<(), LinkError> {
        let Phase::Looking(index) = self.phase else {
            return Ok(());
        };
        let Some(folder) = around.folders.get_mut(index) else {
            return self.proceed(now, around);
        };
        let mut uids = folder.recent(now, around.policy);
        uids.retain(|uid| !present.contains(uid));
        if uids.is_empty() {
            return self.proceed(now, around);
        }
        around.out.push(Output::Seek {
            folder: folder.name.clone(),
            uids: uids.clone(),
        });
        self.open = None;
        self.phase = Phase::Seeking {
            folder: index,
            uids,
        };
        Ok(())
    }

    /// Those that are nowhere any more were deleted.
    pub(crate) fn sought(
        &mut self,
        now: Timestamp,
        gone: &[u32],
        around: &mut Surroundings<'_>,
    ) -> Result<(), LinkError> {
        let Phase::Seeking { folder, uids } = &self.phase else {
            return Ok(());
        };
        if let Some(folder) = around.folders.get_mut(*folder) {
            let gone = uids.iter().filter(|uid| gone.contains(uid));
            around.out.extend(gone.map(|uid| Output::Vanished {
                folder: folder.name.clone(),
                uid: *uid,
            }));
            folder.forget(uids);
        }
        self.proceed(now, around)
    }
}
