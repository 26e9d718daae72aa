//! Requests without a daemon: the store alone, stepped exactly as the daemon would. Alerts that ring stay queued for
//! the daemon's next start.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use crate::config::Config;
use crate::daemon::ingest::TextMessage;
use crate::daemon::people::People;
use crate::daemon::{DaemonError, forgetting, health, ingest, ledger, request};
use crate::engine::alert::Health;
use crate::engine::correlator::Input;
use crate::engine::incident::Incident;
use crate::engine::rule::RuleSet;
use crate::io::control::outcome::Outcome;
use crate::io::control::protocol::{Refusal, RefusalKind, Reply, Request};
use crate::io::store::change::Change;
use crate::io::store::error::StoreError;
use crate::io::store::{OpenNote, Store};

/// The store and the people, for as long as no daemon runs.
pub struct Offline {
    config: Config,
    rules: Arc<RuleSet>,
    store: Store,
    people: People,
    /// People whose correlators were told of the start, as a daemon tells them.
    begun: BTreeSet<String>,
}

impl Offline {
    /// Opens the state of an earlier daemon for writing. A state that is missing is made only for what is learned,
    /// which may come before the first start.
    pub fn open(
        config: Config,
        rules: Arc<RuleSet>,
        state_file: &Path,
        now: Timestamp,
        request: &Request,
    ) -> Result<Self, Refusal> {
        if !state_file.exists() && !matches!(request, Request::Learn { .. }) {
            return Err(request::failed(&StoreError::Missing {
                path: state_file.to_owned(),
            }));
        }
        let (mut store, note) =
            Store::open(state_file, now).map_err(|error| request::failed(&error))?;
        if let OpenNote::SetAside { moved_to, why } = note {
            // The daemon that starts next finds a sound file: the alert must not be lost with this process.
            let alert = health::alert(&Health::StoreFailed, now);
            let channels = ledger::channels_for(&config, alert.severity);
            let change = Change {
                alerts: vec![(alert, channels)],
                ..Change::default()
            };
            store
                .commit(&change)
                .map_err(|error| request::failed(&error))?;
            return Err(Refusal::new(
                RefusalKind::Failed,
                format!("the state file was damaged: {why}"),
                format!(
                    "it was kept as {}; a new one was begun, and the next mails are watched in it",
                    moved_to.display()
                ),
            ));
        }
        let people = People::restore(&config, &store)
            .map_err(|DaemonError::Store(error)| request::failed(&error))?;
        Ok(Self {
            config,
            rules,
            store,
            people,
            begun: BTreeSet::new(),
        })
    }

    /// Carries out one request.
    pub fn carry_out(&mut self, now: Timestamp, request: Request) -> Reply {
        if let Some(reply) = request::look(&request, &self.store) {
            return reply;
        }
        if let Request::Forget { what, only_count } = request {
            let what = request::forgetting_of(&self.rules, what)?;
            return forgetting::forget(&mut self.people, &mut self.store, &what, only_count)
                .map(|forgotten| Outcome::Forgotten(Box::new(forgotten)))
                .map_err(|error| request::failed(&error));
        }
        if let Request::Ingest {
            person,
            sender,
            text,
        } = request
        {
            let message = TextMessage {
                person,
                sender: sender.as_deref(),
                text: &text.into_secret(),
                at: now,
                is_vouched_for: false,
            };
            let (person, signal) = ingest::read(message, &self.config, &self.people, &self.rules)?;
            let outcome = ingest::outcome(signal.as_ref());
            if let Some(signal) = signal {
                self.begin(&person, now)?;
                let input = Input::Signal(Box::new(signal));
                self.take(&person, now, input, Change::default())?;
            }
            return Ok(outcome);
        }
        let deed = request::plan(request, &self.people, &self.store, &self.rules, now)?;
        let (person, input, change, asks) = deed.split();
        self.begin(&person, now)?;
        let changed = self.take(&person, now, input, change)?;
        Ok(request::conclude(asks, &changed))
    }

    /// Tells a person's correlator of the start, once.
    fn begin(&mut self, person: &str, now: Timestamp) -> Result<(), Refusal> {
        if self.begun.insert(person.to_owned()) {
            self.take(person, now, Input::Restarted, Change::default())?;
        }
        Ok(())
    }

    fn take(
        &mut self,
        person: &str,
        now: Timestamp,
        input: Input,
        mut change: Change,
    ) -> Result<Vec<Incident>, Refusal> {
        let channels = |severity| ledger::channels_for(&self.config, severity);
        ledger::enter(
            &mut self.people,
            person,
            now,
            vec![input],
            &mut change,
            channels,
        );
        change.states.extend(self.people.written(person));
        self.store
            .commit(&change)
            .map_err(|error| request::failed(&error))?;
        Ok(change.incidents)
    }
}
