//! How far a folder has been read.

use serde::{Deserialize, Serialize};

/// The place up to which every message of a folder is accounted for (RFC 3501 §2.3.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The folder's UIDVALIDITY when it was read; UIDs mean nothing under another one.
    pub uid_validity: u32,
    /// The lowest UID that has not been accounted for.
    pub next_uid: u32,
}
