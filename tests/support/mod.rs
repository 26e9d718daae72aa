//! What several test files share.

pub mod account;
pub mod dovecot;
pub mod proxy;
pub mod room;
pub mod script;
