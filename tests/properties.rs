//! What holds for any signals, answers and pauses, and a slow reference of scores and windows.

#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm,
    clippy::similar_names,
    clippy::print_stdout,
    missing_docs,
    reason = "a test may panic, and prints how much it ran"
)]

#[path = "property/mod.rs"]
mod property;
