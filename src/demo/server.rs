//! An `IMAP4rev1` server (RFC 3501) with IDLE (RFC 2177) over one folder in memory, for loopback.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::demo::server::connection::talk;
use crate::demo::server::mailbox::Mailbox;
use crate::demo::server::session::{Login, Session};

pub mod certificate;
mod command_reader;
mod connection;
mod fetch;
mod folder_commands;
pub mod mailbox;
mod search;
mod sequence;
pub mod session;

/// How long a client may take over the TLS handshake.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(10);

/// How long to wait after a failed accept (too many open files): accepting again at once would spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How long the clients may take to hear BYE.
const GOODBYE_LIMIT: Duration = Duration::from_secs(2);

/// Accepts TLS connections and answers them until `stop` is cancelled, then says BYE to each and returns.
pub async fn serve(
    listener: TcpListener,
    tls: TlsAcceptor,
    mailbox: Arc<Mailbox>,
    login: Login,
    stop: CancellationToken,
) {
    let connections = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let session = Session::new(Arc::clone(&mailbox), login.clone());
        connections.spawn(welcome(stream, tls.clone(), session, stop.clone()));
    }
    connections.close();
    // A client that does not read cannot hold up the end.
    if tokio::time::timeout(GOODBYE_LIMIT, connections.wait())
        .await
        .is_err()
    {
        tracing::debug!("a client of the demo's mail server did not take its leave");
    }
}

async fn welcome(stream: TcpStream, tls: TlsAcceptor, session: Session, stop: CancellationToken) {
    let stream = tokio::select! {
        () = stop.cancelled() => return,
        stream = tokio::time::timeout(HANDSHAKE_LIMIT, tls.accept(stream)) => stream,
    };
    let Ok(Ok(stream)) = stream else {
        tracing::debug!("a client of the demo's mail server did not get through the TLS handshake");
        return;
    };
    if let Err(error) = talk(stream, session, &stop).await {
        tracing::debug!(kind = ?error.kind(), "a client of the demo's mail server went away");
    }
}
