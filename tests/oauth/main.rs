//! Signing in by a device code, and tokens from then on, against a stand-in authorization server over TLS.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unused_async,
    unreachable_pub,
    missing_docs,
    reason = "a test may panic, and stands in for what waits"
)]

mod flow;
mod server;
mod story;
#[path = "../support/mod.rs"]
mod support;
mod tokens;
