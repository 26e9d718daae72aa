//! The embedded IMAP server and the stories that `mailward demo` plays on it; the daemon uses none of this.

pub mod clock;
pub mod compose;
pub mod player;
pub mod server;
pub mod story;
