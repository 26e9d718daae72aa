//! A connection over TLS that blocks, for clients that do nothing but read.

use std::net::TcpStream;
use std::sync::Arc;

use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// The stream.
pub type Blocking = StreamOwned<ClientConnection, TcpStream>;

/// Connects to a server on loopback that this authority vouches for.
pub fn connect(port: u16, authority: CertificateDer<'static>) -> Blocking {
    let mut roots = RootCertStore::empty();
    roots.add(authority).expect("an authority");
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("TLS")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").expect("a name");
    let connection = ClientConnection::new(Arc::new(config), name).expect("a client");
    let stream = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
    stream.set_nodelay(true).expect("no delay of its own");
    StreamOwned::new(connection, stream)
}
