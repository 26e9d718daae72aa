//! The control socket: how the command line talks to a running daemon, one JSON object a line.
//!
//! A request is `{"v":1,"do":"answer",…}`, a reply `{"v":1,"ok":{…}}` or `{"v":1,"error":{…}}`.

pub mod client;
pub mod outcome;
pub mod peer;
pub mod place;
pub mod protocol;
pub mod server;
