//! What a run came to: in the state file and on the channels.

use std::collections::BTreeMap;
use std::path::Path;

use mailward::config::{Config, parse};
use mailward::daemon::people::People;
use mailward::engine::alert::Alert;
use mailward::engine::incident::Incident;
use mailward::io::store::Store;
use mailward::io::store::reader::Reader;
use rusqlite::{Connection, OpenFlags};

/// Everything that must be the same with and without kills.
#[derive(Debug, PartialEq)]
pub struct Outcome {
    /// In the order in which they were queued, ids and all.
    pub alerts: Vec<Alert>,
    pub incidents: Vec<Incident>,
    /// How each alert ended on each channel.
    pub deliveries: BTreeMap<(String, String), String>,
    /// How often a mail was taken in.
    pub arrived: u32,
    /// Ids of the signals, in the order in which they were taken in.
    pub signals: Vec<String>,
    /// How far each folder was read.
    pub cursors: Vec<(String, u32)>,
    /// What each person's correlator holds at the next start.
    pub states: BTreeMap<String, String>,
    /// The lines that the journal got, each at its first place.
    pub journal: Vec<String>,
    /// What the desktop was shown, each at its first place.
    pub shown: Vec<(String, String, Option<u8>)>,
}

impl Outcome {
    pub fn read(
        state_file: &Path,
        config_file: &Path,
        journal: Vec<String>,
        shown: Vec<Shown>,
    ) -> Self {
        let config = parse::load(config_file).unwrap();
        let reader = Store::open_read_only(state_file).unwrap();
        let alerts = reader.alerts(0, 10_000).unwrap();
        let connection =
            Connection::open_with_flags(state_file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        let deliveries = rows(
            &connection,
            "SELECT alert, channel, state FROM deliveries",
            |row| {
                Ok((
                    (row.get_unwrap(0), row.get_unwrap(1)),
                    row.get_unwrap::<_, String>(2),
                ))
            },
        );
        let arrived = rows(
            &connection,
            "SELECT count(*) FROM inputs WHERE json_extract(json, '$.input') = 'arrived'",
            |row| row.get(0),
        );
        Self {
            alerts: alerts.into_iter().map(|(_, alert)| alert).collect(),
            incidents: reader.incidents(false).unwrap(),
            deliveries: deliveries.into_iter().collect(),
            arrived: arrived[0],
            signals: rows(&connection, "SELECT id FROM signals ORDER BY seq", |row| {
                row.get(0)
            }),
            cursors: rows(
                &connection,
                "SELECT account || '/' || folder, next_uid FROM cursors ORDER BY 1",
                |row| Ok((row.get(0)?, row.get(1)?)),
            ),
            states: states(&config, &reader),
            journal: firsts(journal),
            shown: firsts(shown),
        }
    }

    /// What differs from a run without kills.
    pub fn differs_from(&self, plain: &Self) -> Option<String> {
        let mut parts = Vec::new();
        let mut part = |name: &str, same: bool, ours: String, theirs: String| {
            if !same {
                parts.push(format!("{name}:\n  killed: {ours}\n  plain:  {theirs}"));
            }
        };
        macro_rules! compare {
            ($($field:ident),*) => {
                $(part(
                    stringify!($field),
                    self.$field == plain.$field,
                    format!("{:?}", self.$field),
                    format!("{:?}", plain.$field),
                );)*
            };
        }
        compare!(
            alerts, incidents, deliveries, arrived, signals, cursors, states, journal, shown
        );
        (!parts.is_empty()).then(|| parts.join("\n"))
    }
}

fn states(config: &Config, reader: &Reader) -> BTreeMap<String, String> {
    let people = People::restore(config, reader).unwrap();
    let names = people.names().into_iter();
    names.filter_map(|name| people.written(&name)).collect()
}

/// Title, body and urgency of a notification.
pub type Shown = (String, String, Option<u8>);

fn rows<T>(
    connection: &Connection,
    sql: &str,
    read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> Vec<T> {
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([], read).unwrap();
    rows.map(Result::unwrap).collect()
}

/// Each once, at its first place.
fn firsts<T: PartialEq>(all: Vec<T>) -> Vec<T> {
    let mut firsts: Vec<T> = Vec::new();
    for one in all {
        if !firsts.contains(&one) {
            firsts.push(one);
        }
    }
    firsts
}
