//! The sign of life for a watchdog elsewhere: over TLS, and only while every account is seen.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test may panic"
)]

use std::time::Duration;

use mailward::io::connect::{ConnectError, Patience};
use mailward::io::http::{Client, HttpError, Request, Url};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use crate::support::process::{Process, config, shown};
use crate::support::script::{Peer, serve, serve_tls};

mod support;

/// A mailbox without mails that goes on as long as it may.
async fn mailbox(stays: watch::Receiver<bool>) -> u16 {
    serve(move |mut peer: Peer, _| {
        let mut stays = stays.clone();
        async move {
            if !*stays.borrow() {
                return;
            }
            peer.log_in("IDLE").await;
            peer.open(0, 1).await;
            peer.idle().await;
            stays.wait_for(|stays| !stays).await.ok();
        }
    })
    .await
}

/// A web server over TLS that tells each request line.
async fn watchdog(certificate: &std::path::Path) -> (u16, mpsc::Receiver<String>) {
    let (told, requests) = mpsc::channel(1_000);
    let port = serve_tls(certificate, move |mut peer, _| {
        let told = told.clone();
        async move {
            let line = peer.line().await;
            while !peer.line().await.is_empty() {}
            peer.say("HTTP/1.1 200 OK\nContent-Length: 2\nRetry-After: 7\n\n")
                .await;
            peer.raw(b"ok").await;
            told.send(line).await.ok();
        }
    })
    .await;
    (port, requests)
}

#[tokio::test]
async fn a_watchdog_hears_of_mailward_while_all_accounts_are_seen_and_not_when_one_is_blind() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = folder.path().join("cert.pem");
    let (port, mut requests) = watchdog(&certificate).await;
    let (stay, stays) = watch::channel(true);
    let (_always, always) = watch::channel(true);
    let accounts = [
        ("home", mailbox(always).await),
        ("work", mailbox(stays).await),
    ];
    let head = format!(
        "heartbeat = {{ url = \"https://localhost:{port}/ping/secret-id?x=1\", every = \"100ms\", ca_file = \"{}\" }}\n\
         [limits]\nbackoff_first = \"20ms\"\nbackoff_longest = \"50ms\"\nconnect_burst = 1000",
        shown(&certificate)
    );
    let process = Process::start(&config(&head, &accounts), &[("MAILWARD_LOG", "trace")]);
    for _ in 0..3 {
        let line = timeout(Duration::from_secs(20), requests.recv()).await;
        let line = line.unwrap_or_else(|_| panic!("no sign of life: {}", process.log()));
        assert_eq!(line.unwrap(), "GET /ping/secret-id?x=1 HTTP/1.1");
    }
    stay.send(false).unwrap();
    // What was on its way may still come; then there is silence, ten times longer than the pause between two signs.
    while timeout(Duration::from_secs(1), requests.recv())
        .await
        .is_ok()
    {
        assert!(process.log().len() < 10_000_000);
    }
    stay.send(true).unwrap();
    let again = timeout(Duration::from_secs(20), requests.recv()).await;
    assert!(again.is_ok(), "sight has returned: {}", process.log());
    assert!(!process.log().contains("secret-id"), "the path is a secret");
}

fn client(certificate: Option<&std::path::Path>) -> Client {
    Client {
        ca_file: certificate.map(ToOwned::to_owned),
        patience: Patience {
            connect: Duration::from_secs(5),
            attempt: Duration::from_millis(250),
            step: Duration::from_millis(500),
        },
    }
}

#[tokio::test]
async fn an_answer_is_read_with_its_headers_and_its_body() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = folder.path().join("cert.pem");
    let (port, mut requests) = watchdog(&certificate).await;
    let url = Url::parse(&format!("https://localhost:{port}")).unwrap();
    let request = Request {
        method: "POST".parse().unwrap(),
        headers: vec![("X-Title".to_owned(), "hello".to_owned())],
        body: Vec::new(),
    };
    let answer = client(Some(&certificate)).ask(&url, request).await.unwrap();
    assert!(answer.is_success());
    assert_eq!(answer.retry_after(), Some(Duration::from_secs(7)));
    let body = answer.body(100, Duration::from_secs(5)).await.unwrap();
    assert_eq!(body, b"ok");
    assert_eq!(requests.recv().await.unwrap(), "POST / HTTP/1.1");
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_and_a_server_that_says_nothing_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = folder.path().join("cert.pem");
    let (port, _requests) = watchdog(&certificate).await;
    let url = Url::parse(&format!("https://localhost:{port}")).unwrap();
    let error = client(None).ask(&url, Request::default()).await.err();
    assert!(
        matches!(error, Some(HttpError::Connect(ConnectError::Tls(_)))),
        "{error:?}"
    );
    let silent = serve(|peer, _| peer.wait_for_end()).await;
    let url = Url::parse(&format!("http://127.0.0.1:{silent}")).unwrap();
    let error = client(None).ask(&url, Request::default()).await.err();
    assert!(matches!(error, Some(HttpError::Timeout(_))), "{error:?}");
    let header = Request {
        headers: vec![("X-Title".to_owned(), "line\nbreak".to_owned())],
        ..Request::default()
    };
    let error = client(None).ask(&url, header).await.err();
    assert_eq!(error, Some(HttpError::Header));
}

#[tokio::test]
async fn a_stream_of_messages_is_read_piece_by_piece_until_it_ends() {
    let port = serve(|mut peer, _| async move {
        while !peer.line().await.is_empty() {}
        peer.say("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n")
            .await;
        peer.raw(b"4\r\none\n\r\n").await;
        tokio::time::sleep(Duration::from_millis(700)).await;
        peer.raw(b"4\r\ntwo\n\r\n0\r\n\r\n").await;
    })
    .await;
    let url = Url::parse(&format!("http://127.0.0.1:{port}/json")).unwrap();
    let mut answer = client(None).ask(&url, Request::default()).await.unwrap();
    // The pause is longer than the limit of a step: a stream may be quiet for long.
    assert_eq!(answer.next().await.unwrap().unwrap(), b"one\n");
    assert_eq!(answer.next().await.unwrap().unwrap(), b"two\n");
    assert_eq!(answer.next().await.unwrap(), None);
}
