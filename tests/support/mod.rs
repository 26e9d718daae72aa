//! What several test files share.

pub mod account;
pub mod courier;
pub mod cyrus;
pub mod dovecot;
pub mod exim;
pub mod in_process;
pub mod interop;
pub mod ntfy;
pub mod process;
pub mod proxy;
pub mod room;
pub mod script;
pub mod unpacked;
pub mod watching;
