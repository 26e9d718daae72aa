//! What holds for any signals, answers and pauses, and a slow reference of scores and windows.

#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test may panic"
)]

#[path = "property/mod.rs"]
mod property;
