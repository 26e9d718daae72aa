//! A server whose certificate changes under a running watch.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stderr,
    missing_docs,
    reason = "a test may panic"
)]

use std::collections::BTreeMap;
use std::time::Duration;

use mailward::engine::watch::output::Activity;

use crate::support::account::{Password, Watched};
use crate::support::dovecot::Dovecot;
use crate::support::dovecot::loopback::make_certificate;
use crate::support::interop::{mail, number, tls};

mod support;

#[tokio::test]
async fn a_strange_certificate_is_never_accepted_and_said_and_the_right_one_brings_sight_back() {
    let Some(mut server) = Dovecot::start() else {
        return;
    };
    let pinned = tempfile::tempdir().unwrap();
    for name in ["cert.pem", "key.pem"] {
        std::fs::copy(server.ssl().join(name), pinned.path().join(name)).unwrap();
    }
    let options = tls(server.imaps, pinned.path().join("cert.pem"));
    let mut watched = Watched::start(options, Password("secret"), BTreeMap::new());
    watched.until(Activity::Idling).await;
    server.deliver("hanako", &mail(1));
    assert_eq!(number(&watched.mail().await), 1);
    watched.until(Activity::Idling).await;

    server.kill();
    make_certificate(&server.ssl());
    server.launch();
    server.deliver("hanako", &mail(2));
    let distrusted = |watched: &Watched| {
        let state = watched.states.last().unwrap();
        let error = state.last_error.as_deref().unwrap_or_default();
        error.contains("certificate is not trusted")
    };
    loop {
        assert!(watched.until(Activity::Waiting).await.is_empty());
        if distrusted(&watched) {
            break;
        }
    }
    // It tries again and again, and never gets as far as a mailbox.
    let before = watched.states.len();
    watched.idle_for(Duration::from_secs(1)).await;
    let tries = &watched.states[before..];
    assert!(tries.len() > 2, "{tries:?}");
    for state in tries {
        assert!(
            matches!(state.activity, Activity::Waiting | Activity::Connecting),
            "{state:?}"
        );
    }
    assert!(distrusted(&watched));

    server.kill();
    for name in ["cert.pem", "key.pem"] {
        std::fs::copy(pinned.path().join(name), server.ssl().join(name)).unwrap();
    }
    server.launch();
    assert_eq!(number(&watched.mail().await), 2);
    watched.until(Activity::Idling).await;
    watched.stop().await;
}
