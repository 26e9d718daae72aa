//! A watch over one folder that goes on from the cursor that the scripts speak of.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "a test may panic, and not every test uses all of it"
)]

use std::collections::BTreeMap;
use std::future::Future;

use mailward::engine::cursor::Cursor;

use crate::support::account::{Password, Watched, plain};
use crate::support::script::{Peer, serve};

/// How far INBOX was read before a script begins.
pub const STORED: Cursor = Cursor {
    uid_validity: 1,
    next_uid: 5,
};

/// The same by folder.
pub fn stored() -> BTreeMap<String, Cursor> {
    BTreeMap::from([("INBOX".to_owned(), STORED)])
}

/// The resident memory of this process in KiB; a scripted server is part of it.
pub fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:"));
    let number = line.unwrap().trim().trim_end_matches(" kB");
    number.parse().unwrap()
}

/// A watch that goes on from the stored cursor, with a script for each connection.
pub async fn watch<F, D>(dialogue: F) -> Watched
where
    F: FnMut(Peer, usize) -> D + Send + 'static,
    D: Future<Output = ()> + Send + 'static,
{
    Watched::start(plain(serve(dialogue).await), Password("secret"), stored())
}
