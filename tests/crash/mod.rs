//! The real daemon, killed between any two steps, and what it must say all the same.

pub mod house;
pub mod life;
pub mod mails;
pub mod outcome;
