//! When to connect, idle, renew and fetch.
//!
//! One machine an account. It never touches a socket: it is told facts ([`Input`]) and answers with commands
//! ([`Output`]). EXISTS is only a doorbell; what is new is always found by UID, from the cursor on, and a cursor
//! moves only with a mail that the consumer stored.

use jiff::Timestamp;

use crate::engine::backoff::{Backoff, ConnectRate};
use crate::engine::cursor::Cursor;
use crate::engine::step::Step;
use crate::engine::watch::folder::Folder;
use crate::engine::watch::input::{Header, Input, LinkError};
use crate::engine::watch::online::{Online, Phase, Surroundings};
use crate::engine::watch::output::{AccountState, Activity, Note, Output, mails_among};
use crate::engine::watch::policy::{Policy, later};
use crate::engine::watch::sight::Sight;
use crate::engine::watch::trouble::Trouble;

mod asked;
mod breaking;
mod fetch;
pub mod folder;
pub mod input;
mod online;
pub mod output;
pub mod policy;
mod reading;
mod rounds;
mod sight;
pub mod trouble;

/// The watch over one account.
#[derive(Debug, Clone)]
pub struct Watch {
    account: String,
    policy: Policy,
    folders: Vec<Folder>,
    state: State,
    backoff: Backoff,
    rate: ConnectRate,
    sight: Sight,
    /// Failures since the folders were last read up to the present.
    failures: u32,
    last_mail: Option<Timestamp>,
    last_error: Option<LinkError>,
    reported: Option<AccountState>,
}

#[derive(Debug, Clone)]
enum State {
    Waiting { until: Timestamp },
    Connecting,
    Online(Box<Online>),
    Stopped,
}

impl Watch {
    /// A watch over folders, the first of which is watched most closely, from their stored cursors on (`None`: never
    /// read before). The seed spreads the waits of several accounts.
    pub fn new(
        account: String,
        folders: impl IntoIterator<Item = (String, Option<Cursor>)>,
        policy: Policy,
        seed: u64,
        now: Timestamp,
    ) -> Self {
        let folders: Vec<Folder> = folders
            .into_iter()
            .map(|(name, cursor)| Folder::new(name, cursor))
            .collect();
        let first_start = folders.iter().all(Folder::is_new);
        Self {
            sight: Sight::new(account.clone(), now, first_start),
            rate: ConnectRate::new(policy.connect_burst, policy.connect_refill),
            backoff: Backoff::new(seed),
            state: State::Waiting { until: now },
            failures: 0,
            last_mail: None,
            last_error: None,
            reported: None,
            account,
            policy,
            folders,
        }
    }

    /// Keeps a message in mind that was handed over before a restart: its folder, its UID and when it arrived.
    pub fn remember(&mut self, now: Timestamp, folder: &str, uid: u32, arrived_at: Timestamp) {
        if let Some(known) = self.folders.iter_mut().find(|known| known.name == folder) {
            known.arrived(now, uid, arrived_at, &self.policy);
        }
    }

    /// Takes one fact and says what to do.
    pub fn step(&mut self, now: Timestamp, input: Input) -> Step<Output> {
        let mut out = Vec::new();
        match input {
            Input::Stop => self.stop(&mut out),
            Input::Stored { folder, cursor } => {
                if let Some(known) = self.folders.iter_mut().find(|known| known.name == folder) {
                    known.stored(cursor);
                }
            }
            Input::NotStored => self.not_stored(now, &mut out),
            Input::Resumed => self.resumed(now, &mut out),
            Input::Lost(error) => self.lost(now, error, &mut out),
            Input::Connected { idle, notify } => self.connected(now, (idle, notify), &mut out),
            Input::Tick
            | Input::Opened(_)
            | Input::FolderMissing
            | Input::FolderRefused
            | Input::Found { .. }
            | Input::Fetched { .. }
            | Input::Headed(_)
            | Input::FetchEnded
            | Input::Expunged
            | Input::Present { .. }
            | Input::Sought { .. }
            | Input::Notifying
            | Input::NotifyRefused
            | Input::Told { .. }
            | Input::Doorbell
            | Input::Heard
            | Input::IdleRefused
            | Input::IdleEnded
            | Input::Refreshed
            | Input::Checked(_) => self.online(now, input, &mut out),
        }
        // Sight that returned in this step has counted them already.
        self.sight.read(mails_among(&out));
        if let State::Waiting { until } = self.state
            && until <= now
        {
            self.state = State::Connecting;
            out.push(Output::Connect);
        }
        if self.expects_sight() {
            let refused = matches!(self.last_error, Some(LinkError::Busy(_)));
            let blind = self.sight.blind(now, &self.policy, refused);
            out.extend(blind.map(Output::Health));
        }
        self.report(&mut out);
        Step {
            outputs: out,
            wake_at: self.wake_at(),
        }
    }

    fn online(&mut self, now: Timestamp, input: Input, out: &mut Vec<Output>) {
        let State::Online(online) = &mut self.state else {
            if let Input::Fetched { uid, .. } | Input::Headed(Header { uid, .. }) = input {
                out.push(Output::Discard { uid });
            }
            return;
        };
        let mut around = Surroundings {
            account: &self.account,
            policy: &self.policy,
            folders: &mut self.folders,
            sight: &mut self.sight,
            last_mail: &mut self.last_mail,
            out,
        };
        let around = &mut around;
        let gone_on = match input {
            Input::Opened(facts) => online.opened(now, facts, around),
            Input::FolderMissing => online.folder_refused(now, true, around),
            Input::FolderRefused => online.folder_refused(now, false, around),
            Input::Found { uids } => online.found(now, uids, around),
            Input::FetchEnded => online.fetch_ended(now, around),
            Input::Checked(facts) => online.checked(now, facts, around),
            Input::IdleRefused => online.idle_refused(now, around),
            Input::Present { uids } => online.present(now, &uids, around),
            Input::Sought { gone } => online.sought(now, &gone, around),
            Input::Notifying => online.telling(now, true, around),
            Input::NotifyRefused => online.telling(now, false, around),
            Input::Fetched {
                uid,
                arrived_at,
                wanted,
            } => {
                online.fetched(now, uid, (arrived_at, wanted), around);
                Ok(())
            }
            Input::Headed(header) => {
                online.headed(now, header, around);
                Ok(())
            }
            Input::Told { folder, facts } => {
                online.told(now, &folder, facts, around);
                Ok(())
            }
            Input::Expunged => {
                online.expunged(now, around);
                Ok(())
            }
            Input::Doorbell => {
                online.doorbell(now, around);
                Ok(())
            }
            Input::Heard => {
                online.heard(now, around);
                Ok(())
            }
            Input::IdleEnded => {
                online.idle_ended(now, around);
                Ok(())
            }
            Input::Refreshed => {
                online.refreshed(now, around);
                Ok(())
            }
            Input::Tick => {
                online.tick(now, around);
                Ok(())
            }
            Input::Connected { .. }
            | Input::Stored { .. }
            | Input::NotStored
            | Input::Resumed
            | Input::Lost(_)
            | Input::Stop => Ok(()),
        };
        if online.resting() {
            self.failures = 0;
            self.last_error = None;
        }
        if let Err(error) = gone_on {
            self.lost(now, error, out);
        }
    }

    fn connected(&mut self, now: Timestamp, able: (bool, bool), out: &mut Vec<Output>) {
        if !matches!(self.state, State::Connecting) {
            return;
        }
        self.rate.count(now);
        self.sight.accepted();
        let online = Online::new(now, able, self.folders.len(), &self.policy);
        self.state = State::Online(Box::new(online));
        self.proceed(now, out);
    }

    fn proceed(&mut self, now: Timestamp, out: &mut Vec<Output>) {
        let State::Online(online) = &mut self.state else {
            return;
        };
        let gone_on = online.proceed(
            now,
            &mut Surroundings {
                account: &self.account,
                policy: &self.policy,
                folders: &mut self.folders,
                sight: &mut self.sight,
                last_mail: &mut self.last_mail,
                out,
            },
        );
        if let Err(error) = gone_on {
            self.lost(now, error, out);
        }
    }

    fn lost(&mut self, now: Timestamp, error: LinkError, out: &mut Vec<Output>) {
        if matches!(self.state, State::Stopped | State::Waiting { .. }) {
            return;
        }
        self.break_off(now, error, out);
        let wait = match error {
            LinkError::Refused { token } => {
                out.extend(self.sight.refused(false).map(Output::Health));
                let earlier = self.sight.refusals().saturating_sub(1);
                if token && earlier == 0 {
                    self.policy.token_retry
                } else {
                    self.backoff.delay(self.policy.refused, earlier)
                }
            }
            // No server is asked with anything that it refused, so nothing locks the account.
            LinkError::SignIn => {
                out.extend(self.sight.refused(true).map(Output::Health));
                self.backoff.delay(self.policy.busy, self.failures)
            }
            LinkError::Busy(_) => self.backoff.delay(self.policy.busy, self.failures),
            LinkError::Network(_)
            | LinkError::Timeout(_)
            | LinkError::Tls(_)
            | LinkError::Closed
            | LinkError::Secret
            | LinkError::Protocol(_)
            | LinkError::Unsupported(_) => self.backoff.delay(self.policy.lost, self.failures),
        };
        self.failures = self.failures.saturating_add(1);
        self.last_error = Some(error);
        self.state = State::Waiting {
            until: later(now, wait).max(self.rate.earliest(now)),
        };
    }

    /// What was handed over is lost: read it again from what was stored, after a pause.
    fn not_stored(&mut self, now: Timestamp, out: &mut Vec<Output>) {
        if matches!(self.state, State::Stopped) {
            return;
        }
        if !matches!(self.state, State::Waiting { .. }) {
            self.break_off(now, LinkError::Unsupported("the mail was not stored"), out);
        }
        out.push(Output::ForgetUnstored);
        for folder in &mut self.folders {
            folder.rewind();
        }
        let wait = self.backoff.delay(self.policy.lost, self.failures);
        self.failures = self.failures.saturating_add(1);
        self.state = State::Waiting {
            until: later(now, wait).max(self.rate.earliest(now)),
        };
    }

    /// After a sleep, or when the clock was set, no timer and no connection is worth anything: begin anew.
    fn resumed(&mut self, now: Timestamp, out: &mut Vec<Output>) {
        match &self.state {
            State::Stopped => return,
            State::Waiting { .. } => {}
            State::Connecting | State::Online(_) => {
                self.break_off(now, LinkError::Unsupported("the machine slept"), out);
            }
        }
        out.push(Output::Note(Note::Resumed));
        self.sight.woke(now);
        self.rate.clear();
        self.failures = 0;
        self.state = State::Waiting { until: now };
    }

    fn stop(&mut self, out: &mut Vec<Output>) {
        if matches!(self.state, State::Stopped) {
            return;
        }
        if let State::Online(online) = &mut self.state
            && let Phase::Fetching(fetch) | Phase::Finding(fetch) = &mut online.phase
            && let Some(folder) = self.folders.get(fetch.folder)
        {
            fetch.close(folder, out);
        }
        out.push(Output::Logout);
        out.push(Output::Finished);
        self.state = State::Stopped;
    }

    /// Not resting, so the present is not known.
    fn expects_sight(&self) -> bool {
        match &self.state {
            State::Waiting { .. } | State::Connecting => true,
            State::Online(online) => !online.resting(),
            State::Stopped => false,
        }
    }

    fn wake_at(&self) -> Option<Timestamp> {
        let own = match &self.state {
            State::Waiting { until } => Some(*until),
            State::Online(online) => online.wake_at(self.folders.len()),
            State::Connecting | State::Stopped => None,
        };
        let blind = if self.expects_sight() {
            self.sight.blind_at(&self.policy)
        } else {
            None
        };
        own.into_iter().chain(blind).min()
    }

    /// Tells the state for `status` when it differs in more than the times of contact.
    fn report(&mut self, out: &mut Vec<Output>) {
        let (activity, connected_since, next_try) = match &self.state {
            State::Waiting { until } => (Activity::Waiting, None, Some(*until)),
            State::Connecting => (Activity::Connecting, None, None),
            State::Online(online) => {
                let activity = match online.phase {
                    Phase::Idling { .. } => Activity::Idling,
                    Phase::Polling { .. } => Activity::Polling,
                    Phase::Fresh
                    | Phase::Opening(_)
                    | Phase::Finding(_)
                    | Phase::Fetching(_)
                    | Phase::Checking(_)
                    | Phase::Arming
                    | Phase::Looking(_)
                    | Phase::Seeking { .. }
                    | Phase::Refreshing
                    | Phase::EndingIdle => Activity::Reading,
                };
                (activity, Some(online.since), None)
            }
            State::Stopped => (Activity::Stopped, None, None),
        };
        let state = AccountState {
            activity,
            connected_since,
            last_contact: self.sight.last(),
            last_mail: self.last_mail,
            last_error: self.last_error.map(|error| error.to_string()),
            trouble: self.last_error.map(Trouble::from),
            next_try,
            blind: self.sight.is_blind(),
            poll_seconds: (activity == Activity::Polling).then(|| self.policy.poll_every.as_secs()),
            folders_gone: self.folders.iter().filter_map(Folder::gone).collect(),
        };
        let quiet = self.reported.as_ref().is_some_and(|before| {
            before.activity == state.activity
                && before.next_try == state.next_try
                && before.blind == state.blind
                && before.folders_gone == state.folders_gone
        });
        if !quiet {
            self.reported = Some(state.clone());
            out.push(Output::Report(state));
        }
    }
}
