//! The real daemon and a real Dovecot while the network between them fails: a link that is down, another address, loss.
//!
//! Minutes long, so only with `MAILWARD_FULL=1`; in network namespaces, where they can be made.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    missing_docs,
    reason = "a test may panic, and says why it is skipped"
)]

use std::process::Command;

use mailward::io::environment;

/// How `tests/network/trouble` says that it printed why nothing was tested.
const SKIPPED: i32 = 77;

#[test]
fn every_mail_is_seen_once_whatever_the_network_does() {
    if environment::variable("MAILWARD_FULL").is_none() {
        eprintln!("skipped: it takes minutes; set MAILWARD_FULL=1");
        return;
    }
    let status = Command::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/network/trouble"
    ))
    .arg(env!("CARGO_BIN_EXE_mailward"))
    .status()
    .unwrap();
    if status.code() != Some(SKIPPED) {
        assert!(status.success(), "{status}");
    }
}
