//! What several test files share.

pub mod account;
pub mod courier;
pub mod cyrus;
pub mod dovecot;
pub mod interop;
pub mod process;
pub mod proxy;
pub mod room;
pub mod script;
pub mod unpacked;
pub mod watching;
