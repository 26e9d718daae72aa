//! The engine alone, without the crates that touch the world: the targets need no more, and build in minutes.
#![forbid(unsafe_code)]

#[path = "../../src/engine/mod.rs"]
pub mod engine;
