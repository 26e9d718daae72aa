//! The watcher against a real Courier over TLS, with each of its two ways to idle.
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

use crate::support::courier::Courier;
use crate::support::interop::{self, Server};

mod support;

#[tokio::test]
async fn every_mail_is_seen_once_where_the_kernel_watches_the_folder() {
    let Some(mut server) = Courier::start(true) else {
        return;
    };
    // Nothing but the server itself can tell of a mail within the time of this test.
    interop::every_mail_is_seen_once(&mut server, |options| {
        options.limits.policy.renew_after = SignedDuration::from_hours(1);
    })
    .await;
}

#[tokio::test]
async fn every_mail_is_seen_once_where_idle_looks_once_a_minute() {
    let Some(mut server) = Courier::start(false) else {
        return;
    };
    // Renewed idling is what brings news sooner than the server does.
    interop::every_mail_is_seen_once(&mut server, |options| {
        options.limits.policy.renew_after = SignedDuration::from_secs(2);
    })
    .await;
}

#[tokio::test]
async fn a_further_folder_is_watched_on_the_same_connection() {
    let Some(server) = Courier::start(true) else {
        return;
    };
    interop::a_further_folder_is_watched(&server, "INBOX.Shopping").await;
}

#[tokio::test]
async fn a_further_folder_is_watched_where_idle_looks_once_a_minute() {
    let Some(server) = Courier::start(false) else {
        return;
    };
    interop::a_further_folder_is_watched(&server, "INBOX.Shopping").await;
}

#[tokio::test]
async fn starttls_works_and_an_unknown_certificate_is_not_trusted() {
    let Some(server) = Courier::start(true) else {
        return;
    };
    server.deliver(&interop::mail(1));
    interop::starttls_works_and_an_unknown_certificate_is_not_trusted(server.starttls()).await;
}
