//! Whether the watch can see the mailbox, and what the person was told about it.

use jiff::Timestamp;

use crate::engine::alert::{Health, Missed};
use crate::engine::watch::policy::{Policy, later};

/// The memory behind the health alerts of one account. Each trouble is told once until sight returns.
#[derive(Debug, Clone)]
pub(crate) struct Sight {
    account: String,
    started: Timestamp,
    /// From when on the watch was able to run: its start, or the end of the machine's last sleep.
    awake_since: Timestamp,
    /// When the folders were last known to be read up to the present, or a mail was read.
    last: Option<Timestamp>,
    refusals: u32,
    told: bool,
    /// Mails read since blindness was told.
    missed: u32,
    /// The account was never watched: the first refusal is told at once, because the person is waiting for it.
    first_start: bool,
}

impl Sight {
    pub(crate) fn new(account: String, started: Timestamp, first_start: bool) -> Self {
        Self {
            account,
            started,
            awake_since: started,
            last: None,
            refusals: 0,
            told: false,
            missed: 0,
            first_start,
        }
    }

    /// Everything up to now has been read; tells the person if she was told that it was not.
    pub(crate) fn regained(&mut self, now: Timestamp) -> Option<Health> {
        let since = self.last.unwrap_or(self.started);
        self.last = Some(now);
        self.refusals = 0;
        self.first_start = false;
        let mails = std::mem::take(&mut self.missed);
        std::mem::take(&mut self.told).then(|| Health::Recovered {
            account: self.account.clone(),
            since,
            // What the mails say is not known here.
            missed: Some(Missed { mails, signals: 0 }),
        })
    }

    /// So many mails were handed over.
    pub(crate) fn read(&mut self, mails: usize) {
        if self.told {
            let mails = u32::try_from(mails).unwrap_or(u32::MAX);
            self.missed = self.missed.saturating_add(mails);
        }
    }

    /// The mailbox answered in a way that shows progress. Once blindness was told, only [`Self::regained`] ends it.
    pub(crate) fn seen(&mut self, now: Timestamp) {
        if !self.told {
            self.last = Some(now);
        }
    }

    /// The login was refused, or there was none because the person has to sign in at the provider.
    pub(crate) fn refused(&mut self, sign_in: bool) -> Option<Health> {
        // A missing sign-in is no refusal of the mail server: the first token that it refuses is still retried at once.
        self.refusals = self.refusals.saturating_add(u32::from(!sign_in));
        let tell = !self.told && (self.refusals >= 2 || self.first_start || sign_in);
        self.told |= tell;
        tell.then(|| Health::LoginRefused {
            account: self.account.clone(),
            sign_in,
        })
    }

    /// The login was not refused this time.
    pub(crate) fn accepted(&mut self) {
        self.refusals = 0;
    }

    /// The refusals in a row.
    pub(crate) fn refusals(&self) -> u32 {
        self.refusals
    }

    /// Whether the person was told that the mailbox is not watched, and not yet that it is again.
    pub(crate) fn is_blind(&self) -> bool {
        self.told
    }

    /// When the mailbox was last seen.
    pub(crate) fn last(&self) -> Option<Timestamp> {
        self.last
    }

    /// The machine slept, or the clock was set. While it sleeps nobody is warned anyway; what counts is how long
    /// it cannot see from now on.
    pub(crate) fn woke(&mut self, now: Timestamp) {
        self.awake_since = now;
        self.started = self.started.min(now);
        self.last = self.last.map(|last| last.min(now));
    }

    /// When blindness must be told, unless sight returns before.
    pub(crate) fn blind_at(&self, policy: &Policy) -> Option<Timestamp> {
        let from = self.last.unwrap_or(self.started).max(self.awake_since);
        (!self.told).then(|| later(from, policy.blind_after))
    }

    /// Tells blindness once its time has come, and whether the server refuses for now.
    pub(crate) fn blind(
        &mut self,
        now: Timestamp,
        policy: &Policy,
        refused: bool,
    ) -> Option<Health> {
        if self.blind_at(policy).is_some_and(|at| at <= now) {
            self.told = true;
            return Some(Health::Blind {
                account: self.account.clone(),
                since: self.last,
                refused,
            });
        }
        None
    }
}
