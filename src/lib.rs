//! mailward keeps watch over a person's mailboxes and rings when somebody else is using one of their accounts.
//!
//! Bytes from IMAP become a message, a message becomes at most one signal, signals become an incident, an incident
//! becomes alerts. `engine` decides, `io` touches the world, `daemon` joins them, `cli` is the command line.

pub mod cli;
pub mod config;
pub mod daemon;
#[cfg(feature = "demo")]
pub mod demo;
pub mod engine;
pub mod io;
