//! Touches the world; decides nothing.

pub mod archives;
pub mod browser;
pub mod clock;
pub mod connect;
pub mod control;
pub mod desktop;
pub mod dkim;
pub mod environment;
pub mod fault;
pub mod http;
pub mod imap;
pub mod journal;
#[cfg(target_os = "linux")]
pub mod logind;
pub mod private_file;
pub mod secrets;
pub mod store;
pub mod via;
