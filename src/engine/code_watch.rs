//! code_watch
