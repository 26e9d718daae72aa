//! A watch over one folder that goes on from the cursor that the scripts speak of.
#![allow(dead_code, unreachable_pub, reason = "not every test uses all of it")]

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

/// A watch that goes on from the stored cursor, with a script for each connection.
pub async fn watch<F, D>(dialogue: F) -> Watched
where
    F: FnMut(Peer, usize) -> D + Send + 'static,
    D: Future<Output = ()> + Send + 'static,
{
    Watched::start(plain(serve(dialogue).await), Password("secret"), stored())
}
