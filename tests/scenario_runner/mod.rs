//! Scenario files: read, run in every way, compared with what they expect.

pub mod compare;
pub mod live;
pub mod mail;
pub mod scanned;
pub mod script;
pub mod timeline;
