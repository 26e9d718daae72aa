//! Touches the world; decides nothing.

pub mod archives;
pub mod arrival;
pub mod autoconfig;
pub mod browser;
pub mod certificate;
pub mod clock;
pub mod connect;
pub mod control;
pub mod dates;
pub mod descriptors;
pub mod desktop;
pub mod dkim;
pub mod environment;
pub mod fault;
pub mod http;
pub mod imap;
pub mod journal;
#[cfg(target_os = "linux")]
pub mod logind;
pub mod memory;
pub mod ntfy;
pub mod oauth;
pub mod post;
pub mod private_file;
mod process_group;
pub mod program;
pub mod secrets;
pub mod smtp;
pub mod srv;
pub mod store;
mod trust;
pub mod via;
pub mod webhook;
