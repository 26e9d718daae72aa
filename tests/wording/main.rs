//! What a person reads: every alert, question, step and report, in both languages.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

mod alerts;
mod everywhere;
mod facts;
mod pushes;
mod reports;
mod sound;
mod steps;
