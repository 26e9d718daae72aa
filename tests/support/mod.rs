//! What the tests share.

pub mod signals;
