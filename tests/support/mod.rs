//! What several test files share.

pub mod account;
pub mod dovecot;
pub mod process;
pub mod proxy;
pub mod room;
pub mod script;
pub mod watching;
