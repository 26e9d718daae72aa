//! The command line, one file a subcommand.

pub mod agent;
pub mod alerts;
pub mod answer;
pub mod arguments;
pub mod check;
pub mod context;
#[cfg(feature = "demo")]
pub mod demo;
pub mod desk;
pub mod dispatch;
pub mod exit;
pub mod expect;
pub mod explain;
pub mod forget;
pub mod incidents;
pub mod logging;
pub mod reload;
pub mod rules;
pub mod run;
pub mod scan;
pub mod status;
pub mod test_alert;
pub mod voice;
