//! The people whose mailboxes are watched, each with a correlator.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use tracing::warn;

use crate::config::{Account, Config};
use crate::daemon::DaemonError;
use crate::engine::authentication::provider;
use crate::engine::baseline::Baseline;
use crate::engine::correlator::{Correlator, Input, Options, Output};
use crate::engine::rule::Trust;
use crate::engine::step::Step;
use crate::engine::watch::output::AccountState;
use crate::io::store::journal::Entry;
use crate::io::store::reader::Reader;

/// All people, their accounts, and which alert is whose.
pub struct People {
    /// In boxes: thousands lie in the half-full nodes of the tree.
    by_name: BTreeMap<String, Box<Person>>,
    accounts: BTreeMap<String, Mailbox>,
    threads: BTreeMap<String, String>,
    /// Those whose stored state is behind the journal.
    unwritten: BTreeSet<String>,
}

struct Person {
    options: Options,
    correlator: Correlator,
}

struct Mailbox {
    account: Arc<Account>,
    state: Option<Box<AccountState>>,
}

impl People {
    /// Everybody in the config, with the state of the last run: the stored one and what the journal has since. One that
    /// cannot be read is made again from the journal alone.
    pub fn restore(config: &Config, store: &Reader) -> Result<Self, DaemonError> {
        let mut people = Self::of(config);
        let mut lost = BTreeSet::new();
        let mut written_upto = BTreeMap::new();
        for (name, (upto, written)) in store.states()? {
            let Some(person) = people.by_name.get_mut(&name) else {
                continue;
            };
            if let Ok(correlator) = serde_json::from_str(&written) {
                person.correlator = correlator;
                written_upto.insert(name, upto);
            } else {
                lost.insert(name);
            }
        }
        // Nothing was ever stored of them but what the entries that are gone came to.
        for name in store.bases()?.into_keys() {
            if !written_upto.contains_key(&name) && people.by_name.contains_key(&name) {
                lost.insert(name);
            }
        }
        store.replay(store.states_upto()?, |entry: Entry| {
            let upto = written_upto.get(&entry.person).copied().unwrap_or_default();
            if entry.seq > upto && !lost.contains(&entry.person) {
                let _ = people.step(&entry.person, entry.taken_at, entry.input);
                people.unwritten.insert(entry.person);
            }
            Ok::<(), DaemonError>(())
        })?;
        for name in lost {
            warn!(
                person = name,
                "the stored state cannot be read; it is made again from the journal"
            );
            people.rebuild(&name, store)?;
            people.unwritten.insert(name);
        }
        for incident in store.incidents(false)? {
            people.threads.insert(incident.id.0, incident.person);
        }
        Ok(people)
    }

    fn of(config: &Config) -> Self {
        let mut people: BTreeMap<String, Box<Person>> = BTreeMap::new();
        let mut accounts = BTreeMap::new();
        for account in &config.accounts {
            people.entry(account.person.clone()).or_insert_with(|| {
                Box::new(Person {
                    options: Options {
                        person: account.person.clone(),
                        live: true,
                        time_zone: config.time_zone.clone(),
                        quiet_hours: config.quiet_hours,
                        mailbox_services: Vec::new(),
                    },
                    correlator: Correlator::default(),
                })
            });
            if let Some(person) = people.get_mut(&account.person)
                && let Some(service) = provider::mailbox_service(&account.host)
                && !person
                    .options
                    .mailbox_services
                    .iter()
                    .any(|known| known == service)
            {
                person.options.mailbox_services.push(service.to_owned());
            }
            accounts.insert(
                account.name.clone(),
                Mailbox {
                    account: Arc::clone(account),
                    state: None,
                },
            );
        }
        Self {
            by_name: people,
            accounts,
            threads: BTreeMap::new(),
            unwritten: BTreeSet::new(),
        }
    }

    /// Gives a correlator everything it took, at the moments at which it took it.
    fn rebuild(&mut self, name: &str, store: &Reader) -> Result<(), DaemonError> {
        let Some(person) = self.by_name.get_mut(name) else {
            return Ok(());
        };
        // What is gone from the journal lies in its base; one of another version leaves the rest of the journal.
        let base = store.bases()?.remove(name).and_then(|(upto, json)| {
            let correlator = serde_json::from_str(&json).ok()?;
            Some((upto, correlator))
        });
        let (upto, correlator) = base.unwrap_or_default();
        person.correlator = correlator;
        store.replay(upto, |entry: Entry| {
            if entry.person == name {
                let _ = person
                    .correlator
                    .step(&person.options, entry.taken_at, entry.input);
            }
            Ok::<(), DaemonError>(())
        })
    }

    /// How a person's correlator is set up; `None` where nobody has this name.
    pub fn options(&self, name: &str) -> Option<&Options> {
        Some(&self.by_name.get(name)?.options)
    }

    /// Copies of all correlators.
    pub fn correlators(&self) -> BTreeMap<String, Correlator> {
        let all = self.by_name.iter();
        all.map(|(name, person)| (name.clone(), person.correlator.clone()))
            .collect()
    }

    /// Puts correlators in the place of those of the same names.
    pub fn replace(&mut self, correlators: BTreeMap<String, Correlator>) {
        for (name, correlator) in correlators {
            if let Some(person) = self.by_name.get_mut(&name) {
                person.correlator = correlator;
            }
        }
    }

    /// Whether a person's correlator holds anything of before a moment that is not of the open incident.
    pub fn holds_of_before(&self, name: &str, moment: Timestamp) -> bool {
        let person = self.by_name.get(name);
        person.is_some_and(|person| person.correlator.holds_of_before(moment))
    }

    /// Names of all people.
    pub fn names(&self) -> Vec<String> {
        self.by_name.keys().cloned().collect()
    }

    /// Whose account it is; the account's own name where the config does not know it.
    pub fn person_of(&self, account: &str) -> String {
        self.accounts
            .get(account)
            .map_or_else(|| account.to_owned(), |it| it.account.person.clone())
    }

    /// What is trusted in mail of this account.
    pub fn trust_of(&self, account: &str) -> Trust {
        self.accounts
            .get(account)
            .map(|mailbox| mailbox.account.trust())
            .unwrap_or_default()
    }

    /// Remembers the latest state of an account, for `status`.
    pub fn set_state(&mut self, account: &str, state: Box<AccountState>) {
        if let Some(mailbox) = self.accounts.get_mut(account) {
            mailbox.state = Some(state);
        }
    }

    /// What is known of an account's state.
    pub fn state_of(&self, account: &str) -> Option<&AccountState> {
        self.accounts.get(account)?.state.as_deref()
    }

    /// Takes over the states of the accounts whose watch goes on, and the threads of alerts.
    pub fn keep_from(&mut self, before: Self, kept: &BTreeSet<String>) {
        for (name, old) in before.accounts {
            if kept.contains(&name)
                && let Some(mailbox) = self.accounts.get_mut(&name)
            {
                mailbox.state = old.state;
            }
        }
        self.threads.extend(before.threads);
    }

    /// Steps a person's correlator; `None` where nobody has this name.
    pub fn step(&mut self, name: &str, now: Timestamp, input: Input) -> Option<Step<Output>> {
        let person = self.by_name.get_mut(name)?;
        Some(person.correlator.step(&person.options, now, input))
    }

    /// What was learned about a person's orders, if anything.
    pub fn baseline_of(&self, name: &str) -> Option<Baseline> {
        self.by_name.get(name)?.correlator.baseline()
    }

    /// The folders of an account with which its person's correlator is catching up.
    pub fn catching_up(&self, account: &str) -> Vec<String> {
        let own = format!("{account}/");
        let person = self.by_name.get(&self.person_of(account));
        person
            .into_iter()
            .flat_map(|person| person.correlator.catching_up())
            .filter(|folder| folder.starts_with(&own))
            .map(ToOwned::to_owned)
            .collect()
    }

    /// The same of accounts that the configuration does not know any more, with the person.
    pub fn catching_up_in_vain(&self) -> Vec<(String, String)> {
        let is_known = |folder: &str| {
            let account = folder
                .split_once('/')
                .map_or(folder, |(account, _)| account);
            self.accounts.contains_key(account)
        };
        let folders = self.by_name.iter().flat_map(|(name, person)| {
            let folders = person.correlator.catching_up();
            folders.map(move |folder| (name.clone(), folder.to_owned()))
        });
        folders.filter(|(_, folder)| !is_known(folder)).collect()
    }

    /// Notes that a person's correlator took something that goes to the journal.
    pub fn took(&mut self, name: &str) {
        self.unwritten.insert(name.to_owned());
    }

    /// The states of those whose stored one is behind the journal.
    pub fn unwritten(&self) -> Vec<(String, String)> {
        let names = self.unwritten.iter();
        names.filter_map(|name| self.written(name)).collect()
    }

    /// Notes that the stored states are up to date.
    pub fn all_written(&mut self) {
        self.unwritten.clear();
    }

    /// The person's state as the store keeps it.
    pub fn written(&self, name: &str) -> Option<(String, String)> {
        let person = self.by_name.get(name)?;
        let json = serde_json::to_string(&person.correlator).ok()?;
        Some((name.to_owned(), json))
    }

    /// Notes whose alerts a thread carries.
    pub fn remember_thread(&mut self, thread: &str, person: &str) {
        self.threads.insert(thread.to_owned(), person.to_owned());
    }

    /// Whose alert it is, where it belongs to an incident.
    pub fn person_of_alert(&self, alert: &str) -> Option<String> {
        let (thread, _) = alert.rsplit_once('-')?;
        self.threads.get(thread).cloned()
    }
}
