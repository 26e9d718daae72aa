//! What is deleted because the person said so, down to the last byte of the file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use jiff::Timestamp;
use rusqlite::params;

use crate::engine::alert::Alert;
use crate::engine::correlator::Input;
use crate::engine::forgetting::Forgetting;
use crate::engine::incident::{Incident, IncidentId, Status};
use crate::engine::signal::SignalId;
use crate::io::store::Store;
use crate::io::store::error::StoreError;
use crate::io::store::reader::Reader;
use crate::io::store::write::mark;

/// The rows that go, and the incidents that cannot go yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Doomed {
    signals: Vec<i64>,
    inputs: Vec<i64>,
    alerts: Vec<(i64, String)>,
    /// Closed incidents that go.
    pub incidents: BTreeSet<IncidentId>,
    /// Incidents that stay whole: open, or with an alert that still has to be delivered.
    pub kept: BTreeSet<IncidentId>,
}

impl Doomed {
    /// How many signals go.
    pub fn signals(&self) -> usize {
        self.signals.len()
    }
}

impl Reader {
    /// What forgetting would delete. `spared` are the signals of each person's open incident.
    pub fn doomed(
        &self,
        what: &Forgetting,
        spared: &BTreeMap<String, BTreeSet<SignalId>>,
    ) -> Result<Doomed, StoreError> {
        let pending: BTreeMap<String, String> = self
            .pending_alerts()?
            .into_iter()
            .map(|(alert, _)| (alert.id, alert.thread))
            .collect();
        let mut doomed = Doomed::default();
        let mut open = BTreeSet::new();
        for incident in self.incidents(false)? {
            let is_open = incident.status == Status::Open;
            if is_open {
                open.insert(incident.id.clone());
            }
            if !covers_incident(what, &incident) {
                continue;
            }
            if is_open || pending.values().any(|thread| *thread == incident.id.0) {
                doomed.kept.insert(incident.id);
            } else {
                doomed.incidents.insert(incident.id);
            }
        }
        for (seq, alert) in self.alerts(0, u32::MAX)? {
            let thread = IncidentId(alert.thread.clone());
            let stays = pending.contains_key(&alert.id)
                || open.contains(&thread)
                || doomed.kept.contains(&thread);
            if !stays && (doomed.incidents.contains(&thread) || covers_alert(what, &alert)) {
                doomed.alerts.push((seq, alert.id));
            }
        }
        let mut gone = BTreeSet::new();
        self.replay(0, |entry| {
            if let Input::Signal(signal) = &entry.input {
                let is_spared = spared
                    .get(&entry.person)
                    .is_some_and(|members| members.contains(&signal.id));
                if !is_spared && what.covers(&signal.service, signal.at) {
                    // It stands among the inputs where a better witness told it again.
                    if gone.insert((entry.person.clone(), signal.id.clone())) {
                        doomed.signals.push(entry.seq);
                    } else {
                        doomed.inputs.push(entry.seq);
                    }
                }
                return Ok(());
            }
            let input = &entry.input;
            let stays = open.iter().any(|id| names_incident(input, id));
            let follows = doomed.incidents.iter().any(|id| names_incident(input, id))
                || matches!(input, Input::Deleted { signal }
                    if gone.contains(&(entry.person.clone(), signal.clone())));
            if !stays && (follows || covers_input(what, input, entry.taken_at)) {
                doomed.inputs.push(entry.seq);
            }
            Ok::<(), StoreError>(())
        })?;
        Ok(doomed)
    }

    /// Damaged files that were set aside: what they hold is not forgotten.
    pub fn set_aside(&self) -> Vec<PathBuf> {
        let (Some(folder), Some(name)) = (self.path().parent(), self.path().file_name()) else {
            return Vec::new();
        };
        let prefix = format!("{}.damaged-", name.to_string_lossy());
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut found: Vec<PathBuf> = entries
            .filter(|entry| entry.file_name().to_string_lossy().starts_with(&prefix))
            .map(|entry| entry.path())
            .collect();
        found.sort();
        found
    }
}

impl Store {
    /// Deletes these rows in one transaction and puts the states of all people in the place of theirs: `states` holds
    /// person and correlator as JSON, with everything forgotten in it that is to be. They are the base of the journal
    /// from here on. The cursors stay, so that nothing is read again as new.
    pub fn forget(
        &mut self,
        doomed: &Doomed,
        states: &[(String, String)],
    ) -> Result<(), StoreError> {
        let upto = self.last_seq()?;
        self.in_transaction(|transaction| {
            mark(transaction, "journal", upto)?;
            let latest =
                transaction.query_row("SELECT coalesce(max(seq), 0) FROM alerts", [], |row| {
                    row.get(0)
                })?;
            mark(transaction, "alerts", latest)?;
            for (seqs, sql) in [
                (&doomed.signals, "DELETE FROM signals WHERE seq = ?1"),
                (&doomed.inputs, "DELETE FROM inputs WHERE seq = ?1"),
            ] {
                let mut delete = transaction.prepare_cached(sql)?;
                for seq in seqs {
                    delete.execute([seq])?;
                }
            }
            for (seq, id) in &doomed.alerts {
                transaction.execute("DELETE FROM alerts WHERE seq = ?1", [seq])?;
                transaction.execute("DELETE FROM deliveries WHERE alert = ?1", [id])?;
            }
            for id in &doomed.incidents {
                transaction.execute("DELETE FROM incidents WHERE id = ?1", [&id.0])?;
            }
            // A state that is not given cannot be read, so nothing can be forgotten in it.
            transaction.execute("DELETE FROM correlator_states", [])?;
            transaction.execute("DELETE FROM journal_bases", [])?;
            for (person, json) in states {
                for table in ["correlator_states", "journal_bases"] {
                    let sql = format!("INSERT INTO {table} VALUES (?1, ?2, ?3)");
                    transaction.execute(&sql, params![person, upto, json])?;
                }
            }
            mark(transaction, "states", upto)
        })
    }

    /// Writes the file anew without its free pages, and empties the WAL, which still holds the old ones. What was
    /// deleted cannot be found in the files afterwards.
    pub fn shred(&mut self) -> Result<(), StoreError> {
        let path = self.path().to_owned();
        let failed = |source| StoreError::sql(&path, "clear", source);
        let connection = self.connection_for_writing();
        connection.execute_batch("VACUUM").map_err(failed)?;
        let busy: bool = connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
            .map_err(failed)?;
        if busy {
            return Err(StoreError::Locked {
                path,
                what: "clear the rest of",
            });
        }
        Ok(())
    }
}

fn covers_incident(what: &Forgetting, incident: &Incident) -> bool {
    match what {
        Forgetting::All => true,
        Forgetting::Service(service) => incident.services.contains(service),
        Forgetting::Before(moment) => match incident.status {
            Status::Closed { at, .. } => at < *moment,
            Status::Open => incident.opened_at < *moment,
        },
    }
}

fn covers_alert(what: &Forgetting, alert: &Alert) -> bool {
    match what {
        Forgetting::All => true,
        Forgetting::Service(service) => alert.services.contains(service),
        Forgetting::Before(moment) => alert.at < *moment,
    }
}

fn covers_input(what: &Forgetting, input: &Input, taken_at: Timestamp) -> bool {
    match what {
        Forgetting::All => true,
        Forgetting::Before(moment) => taken_at < *moment,
        Forgetting::Service(service) => {
            matches!(input, Input::Expected { service: expected, .. } if expected == service)
        }
    }
}

fn names_incident(input: &Input, id: &IncidentId) -> bool {
    match input {
        Input::Answered { incident, .. }
        | Input::Closed { incident }
        | Input::StepDone { incident, .. } => incident == id,
        Input::Delivered { alert } => alert
            .strip_prefix(id.0.as_str())
            .is_some_and(|rest| rest.starts_with('-')),
        Input::Arrived { .. }
        | Input::Signal(_)
        | Input::Deleted { .. }
        | Input::Learned { .. }
        | Input::Screen { .. }
        | Input::Expected { .. }
        | Input::CatchUpBegan { .. }
        | Input::CatchUpEnded { .. }
        | Input::Restarted
        | Input::Outlived { .. }
        | Input::Tick => false,
    }
}
