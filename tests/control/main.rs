//! The control socket and the commands that use it: the real binary, with and without a running daemon.
#![cfg(feature = "demo")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    reason = "a test may panic, and a real daemon is waited for in real time"
)]

mod answers;
mod commands;
mod forget;
mod house;
mod learning;
mod reload;
mod server;
mod socket;
mod written_reports;
