//! What a journal comes to when its entries are taken in again.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use mailward::engine::alert::Alert;
use mailward::engine::correlator::{Correlator, Options, Output};
use mailward::io::store::error::StoreError;
use mailward::io::store::journal::Entry;
use mailward::io::store::reader::Reader;

/// The alerts that the correlators ring, by id; each id is used once.
pub fn rung(reader: &Reader) -> BTreeMap<String, Alert> {
    let mut correlators: BTreeMap<String, Correlator> = BTreeMap::new();
    let mut rung: BTreeMap<String, Alert> = BTreeMap::new();
    let replayed = reader.replay(0, |entry: Entry| {
        let options = Options {
            person: entry.person.clone(),
            live: true,
            time_zone: TimeZone::get("Asia/Tokyo").unwrap(),
            quiet_hours: None,
            mailbox_services: Vec::new(),
        };
        let correlator = correlators.entry(entry.person).or_default();
        let step = correlator.step(&options, entry.taken_at, entry.input);
        for output in step.outputs {
            if let Output::Ring(alert) = output {
                let twice = rung.insert(alert.id.clone(), *alert);
                assert!(twice.is_none(), "an id was used twice: {twice:?}");
            }
        }
        Ok::<(), StoreError>(())
    });
    replayed.unwrap();
    rung
}
