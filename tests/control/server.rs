//! The embedded mail server, for houses whose mailbox is to be really watched.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use jiff::Timestamp;
use mailward::demo::server::certificate::Certificate;
use mailward::demo::server::mailbox::Mailbox;
use mailward::demo::server::serve;
use mailward::demo::server::session::Login;
use mailward::engine::secret::Secret;
use mailward::io::clock;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::house::{House, USER, written_at};

/// A server with one mailbox; it ends when it is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    mailbox: Arc<Mailbox>,
    stop: CancellationToken,
    _runtime: tokio::runtime::Runtime,
}

impl Server {
    /// Starts it, and lays its certificate into the house.
    pub(crate) fn start(house: &House) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let certificate = Certificate::make(clock::now()).unwrap();
        std::fs::write(house.folder.path().join("ca.pem"), &certificate.pem).unwrap();
        let mailbox = Arc::new(Mailbox::new(NonZeroU32::MIN));
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let login = Login {
            user: USER.to_owned(),
            password: Secret::new("secret".to_owned()),
        };
        runtime.spawn(serve(
            listener,
            certificate.acceptor,
            Arc::clone(&mailbox),
            login,
            stop.clone(),
        ));
        Self {
            address,
            mailbox,
            stop,
            _runtime: runtime,
        }
    }

    /// Delivers a mail of the takeover as if it were sent just now.
    pub(crate) fn deliver(&self, number: usize) {
        let now = Timestamp::now();
        self.mailbox.deliver(written_at(number, now).bytes, now);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
