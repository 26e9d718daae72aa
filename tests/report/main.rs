//! The report: what it says in each form, what hostile mails can do to it, and how a real browser shows it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test may panic, reads its environment, waits for a browser, and says why it did not run"
)]

mod browser;
mod forms;
mod incidents;
mod shown;
