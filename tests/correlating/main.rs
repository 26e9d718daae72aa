//! What the correlator makes of its inputs, one promise after the other. The rows of the story are in `correlator.rs`.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    missing_docs,
    reason = "a test may panic"
)]

#[path = "../support/signals.rs"]
mod signals;

mod answering;
mod code_watch;
mod devices;
mod forgetting;
mod reasons;
mod telling;
mod vanishing;
