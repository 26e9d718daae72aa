//! OAuth by the device-code flow (RFC 8628): signing in once, and access tokens from then on.

pub mod access;
pub mod error;
mod exchange;
pub mod flow;
pub mod kept;
pub mod registration;
