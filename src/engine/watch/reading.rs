//! Reading the open folder: what is new, in which way it is asked for, and when it is all.

use jiff::Timestamp;

use crate::engine::watch::fetch::Fetch;
use crate::engine::watch::folder::{Folder, Start};
use crate::engine::watch::input::{Header, LinkError, Opened};
use crate::engine::watch::online::{Online, Phase, Surroundings};
use crate::engine::watch::output::Output;
use crate::engine::watch::policy::earlier;

impl Online {
    pub(crate) fn fetch_news(&mut self, folder: usize, around: &mut Surroundings<'_>) {
        self.rang = false;
        let from = around.folders.get(folder).map_or(1, Folder::next_uid);
        let mut fetch = Fetch::new(folder, around.policy);
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
        self.look |= !folder.recent(now, around.policy).is_empty();
        let mut fetch = Fetch::new(index, around.policy);
        let is_home = index == 0;
        if !is_home {
            // What is moved here long after it arrived is no news; its day of arrival goes with it.
            let since = earlier(now, around.policy.look_back);
            fetch = fetch.since(since);
        }
        let first_visit = self.visited.insert(index);
        match start {
            Start::Search { since, first_start } => {
                fetch = fetch.since(since).first_start(first_start);
                fetch.open(folder, around.out);
                around.out.push(Output::Search { since });
                self.phase = Phase::Finding(fetch);
            }
            Start::List { from, one_by_one } => {
                if one_by_one {
                    fetch = fetch.one_by_one();
                }
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
        (arrived_at, wanted): (Timestamp, bool),
        around: &mut Surroundings<'_>,
    ) {
        if let Phase::Fetching(fetch) = &mut self.phase
            && let Some(folder) = around.folders.get_mut(fetch.folder)
        {
            if fetch.fetched(uid, arrived_at, folder, around.out) {
                self.fruitless = 0;
                *around.last_mail = Some(now);
                if wanted {
                    folder.arrived(now, uid, arrived_at, around.policy);
                }
            }
            around.sight.seen(now);
        } else {
            around.out.push(Output::Discard { uid });
        }
    }

    pub(crate) fn headed(&mut self, now: Timestamp, header: Header, around: &mut Surroundings<'_>) {
        if let Phase::Fetching(fetch) = &mut self.phase {
            if fetch.headed(header, around.out) {
                self.fruitless = 0;
                *around.last_mail = Some(now);
            }
            around.sight.seen(now);
        } else {
            around.out.push(Output::Discard { uid: header.uid });
        }
    }

    /// The first FETCH command on its way came to its end: the next ones, or the next thing to do.
    pub(crate) fn fetch_ended(
        &mut self,
        now: Timestamp,
        around: &mut Surroundings<'_>,
    ) -> Result<(), LinkError> {
        let Phase::Fetching(fetch) = &mut self.phase else {
            return Ok(());
        };
        around.sight.seen(now);
        if let Some(folder) = around.folders.get_mut(fetch.folder) {
            fetch.ended(folder, around.out);
            // Asked first: the server answers while what came is handed over.
            let goes_on = fetch.go_on(around.out);
            fetch.release(folder, around.out);
            if goes_on {
                return Ok(());
            }
            fetch.complete(folder, around.out);
        }
        self.proceed(now, around)
    }
}
