//! What several tests need.

pub mod notification_server;
