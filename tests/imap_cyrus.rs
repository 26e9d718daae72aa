//! The watcher against a real Cyrus over TLS.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stderr,
    missing_docs,
    reason = "a test may panic"
)]

use jiff::SignedDuration;

use crate::support::cyrus::Cyrus;
use crate::support::interop::{self, Server};

mod support;

#[tokio::test]
async fn every_mail_is_seen_once_before_while_and_after_idling_and_stays_unseen() {
    let Some(mut server) = Cyrus::start() else {
        return;
    };
    // Nothing but the server itself can tell of a mail within the time of this test.
    interop::every_mail_is_seen_once(&mut server, |options| {
        options.limits.policy.renew_after = SignedDuration::from_hours(1);
    })
    .await;
}

#[tokio::test]
async fn a_further_folder_is_watched_on_the_same_connection_though_the_server_has_no_notify() {
    let Some(server) = Cyrus::start() else {
        return;
    };
    // So it is asked with STATUS between two IDLEs.
    let said = server.imap(&["CAPABILITY".to_owned()]);
    assert!(
        said.contains(" IDLE") && !said.contains(" NOTIFY"),
        "{said}"
    );
    interop::a_further_folder_is_watched(&server, "Shopping").await;
}

#[tokio::test]
async fn starttls_works_and_an_unknown_certificate_is_not_trusted() {
    let Some(server) = Cyrus::start() else {
        return;
    };
    server.deliver(&interop::mail(1));
    interop::starttls_works_and_an_unknown_certificate_is_not_trusted(server.starttls()).await;
}
