//! The command line, one file a subcommand.

pub mod arguments;
pub mod check;
pub mod context;
#[cfg(feature = "demo")]
pub mod demo;
pub mod dispatch;
pub mod exit;
pub mod explain;
pub mod logging;
pub mod rules;
pub mod run;
pub mod scan;
