//! Decides everything; touches nothing. No socket, no file, no clock, no async runtime.

pub mod advice;
pub mod alert;
pub mod authentication;
pub mod backoff;
pub mod code_watch;
pub mod correlator;
pub mod cursor;
pub mod incident;
pub mod message;
pub mod money;
pub mod order_burst;
pub mod outbox;
pub mod pipeline;
pub mod report;
pub mod rule;
pub mod secret;
pub mod signal;
pub mod step;
pub mod watch;
pub mod wording;
