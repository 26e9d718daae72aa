//! `forget`: deletes what the person wants forgotten, in the store and in what the correlators remember.

use std::collections::BTreeMap;

use tracing::info;

use crate::daemon::people::People;
use crate::daemon::report_file;
use crate::engine::correlator::Correlator;
use crate::engine::forgetting::Forgetting;
use crate::io::control::outcome::Forgotten;
use crate::io::store::Store;
use crate::io::store::error::StoreError;

/// Forgets it; with `only_count` it says what would go.
///
/// An incident that is open stays whole, with its signals: it is being reasoned about and answered, and half of it
/// would tell the person something wrong. So does one whose alert still has to be delivered.
pub fn forget(
    people: &mut People,
    store: &mut Store,
    what: &Forgetting,
    only_count: bool,
) -> Result<Forgotten, StoreError> {
    // Those whom the configuration does not name any more are forgotten about too.
    let mut correlators: BTreeMap<String, Correlator> = store
        .states()?
        .into_iter()
        .filter_map(|(person, (_, json))| Some((person, serde_json::from_str(&json).ok()?)))
        .collect();
    correlators.extend(people.correlators());
    let spared = correlators
        .iter()
        .map(|(person, correlator)| (person.clone(), correlator.open_members()))
        .collect();
    let doomed = store.doomed(what, &spared)?;
    if !only_count {
        let mut states = Vec::new();
        for (person, correlator) in &mut correlators {
            correlator.forget(what, &doomed.incidents);
            let json = serde_json::to_string(correlator).map_err(|source| StoreError::Encode {
                path: store.path().to_owned(),
                source,
            })?;
            states.push((person.clone(), json));
        }
        store.forget(&doomed, &states)?;
        people.replace(correlators);
        people.all_written();
        info!(
            signals = doomed.signals(),
            incidents = doomed.incidents.len(),
            "forgotten, as was asked"
        );
        store.shred()?;
        if let Some(folder) = store.path().parent() {
            report_file::remove_all(folder);
        }
    }
    Ok(Forgotten {
        done: !only_count,
        signals: doomed.signals(),
        incidents: doomed.incidents.len(),
        kept: doomed.kept.into_iter().collect(),
        set_aside: store.set_aside(),
    })
}
