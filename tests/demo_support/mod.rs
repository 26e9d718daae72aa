//! A running demo server for the tests that talk to it.
#![allow(dead_code, reason = "not every test uses all of it")]

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use jiff::Timestamp;
use mailward::demo::server::certificate::Certificate;
use mailward::demo::server::mailbox::Mailbox;
use mailward::demo::server::serve;
use mailward::demo::server::session::Login;
use mailward::engine::secret::Secret;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub(crate) const USER: &str = "hanako@example.com";
/// Needs quoting, so that a client which quotes wrongly is noticed.
pub(crate) const PASSWORD: &str = "a \"quoted\" pass";

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) mailbox: Arc<Mailbox>,
    pub(crate) pem: String,
    pub(crate) stop: CancellationToken,
    pub(crate) task: JoinHandle<()>,
}

pub(crate) async fn start() -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mailbox = Arc::new(Mailbox::new(NonZeroU32::new(7).unwrap()));
    let certificate = Certificate::make(mailward::io::clock::now()).unwrap();
    let stop = CancellationToken::new();
    let login = Login {
        user: USER.to_owned(),
        password: Secret::new(PASSWORD.to_owned()),
    };
    let task = tokio::spawn(serve(
        listener,
        certificate.acceptor,
        Arc::clone(&mailbox),
        login,
        stop.clone(),
    ));
    Server {
        address,
        mailbox,
        pem: certificate.pem,
        stop,
        task,
    }
}

impl Server {
    /// Stops the server; it must not have fallen over before.
    pub(crate) async fn end(self) {
        assert!(!self.task.is_finished());
        self.stop.cancel();
        self.task.await.unwrap();
    }

    /// A mail that arrived at noon UTC on the given day.
    pub(crate) fn deliver(&self, subject: &str, day: &str) -> u32 {
        self.mailbox.deliver(mail(subject), noon(day))
    }
}

pub(crate) fn mail(subject: &str) -> Vec<u8> {
    format!("From: shop@example.com\r\nSubject: {subject}\r\nTo: {USER}\r\n\r\nHello.\r\nBye.\r\n")
        .into_bytes()
}

pub(crate) fn noon(day: &str) -> Timestamp {
    format!("{day}T12:00:00Z").parse().unwrap()
}
