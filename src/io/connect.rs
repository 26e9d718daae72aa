//! From a host name to a stream that can be trusted: TCP by the fastest address, then TLS.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;

use crate::io::certificate::{Fingerprint, OnlyThis};
use crate::io::trust;

/// More addresses of one host are not tried.
const MOST_ADDRESSES: usize = 8;

/// How long the steps to a connection may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For a TCP connection to one address.
    pub connect: Duration,
    /// Before the next address is tried beside one that does not answer (RFC 8305 §5: 250 ms).
    pub attempt: Duration,
    /// For any other step: the lookup of the name, the TLS handshake.
    pub step: Duration,
}

/// Why there is no connection. The texts hold nothing that a server sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// Name lookup, TCP or a reset.
    #[error("no connection: {0}")]
    Network(&'static str),
    /// A step took too long.
    #[error("no answer within the limit: {0}")]
    Timeout(&'static str),
    /// TLS failed: the certificate, its name, or the protocol.
    #[error("the TLS connection was not accepted: {0}; check host, port and ca_file")]
    Tls(&'static str),
}

/// The addresses of a host, IPv6 and IPv4 by turns.
pub async fn look_up(
    host: &str,
    port: u16,
    patience: &Patience,
) -> Result<Vec<SocketAddr>, ConnectError> {
    let found = timeout(patience.step, tokio::net::lookup_host((host, port)))
        .await
        .map_err(|_| ConnectError::Timeout("looking up the host name"))?
        .map_err(|_| ConnectError::Network("the host name was not found"))?;
    let mut addresses: Vec<SocketAddr> = found.collect();
    interleave(&mut addresses);
    addresses.truncate(MOST_ADDRESSES);
    Ok(addresses)
}

/// Opens a TCP connection to the first address that answers. One that is slow does not hold up the next one
/// ("happy eyeballs", RFC 8305 §5): a broken IPv6 costs a quarter of a second, not the whole limit.
pub async fn tcp(
    addresses: Vec<SocketAddr>,
    patience: &Patience,
) -> Result<TcpStream, ConnectError> {
    let mut waiting = addresses.into_iter();
    let mut running = FuturesUnordered::new();
    running.extend(
        waiting
            .next()
            .map(|address| dial(address, patience.connect)),
    );
    let mut error = ConnectError::Network("the host name has no address");
    loop {
        tokio::select! {
            biased;
            Some(dialled) = running.next() => match dialled {
                Ok(stream) => return Ok(stream),
                Err(failed) => {
                    error = failed;
                    running.extend(waiting.next().map(|address| dial(address, patience.connect)));
                }
            },
            () = sleep(patience.attempt), if waiting.len() > 0 => {
                running.extend(waiting.next().map(|address| dial(address, patience.connect)));
            }
            else => return Err(error),
        }
    }
}

async fn dial(address: SocketAddr, limit: Duration) -> Result<TcpStream, ConnectError> {
    let stream = timeout(limit, TcpStream::connect(address))
        .await
        .map_err(|_| ConnectError::Timeout("connecting"))?
        .map_err(|_| ConnectError::Network("the server does not answer on this port"))?;
    // What is sent is small; none of it may wait for the acknowledgement of another piece.
    stream
        .set_nodelay(true)
        .map_err(|_| ConnectError::Network("the socket could not be set up"))?;
    Ok(stream)
}

/// IPv6 and IPv4 by turns (RFC 8305 §4).
fn interleave(addresses: &mut [SocketAddr]) {
    let mut ranks = [0_usize; 2];
    addresses.sort_by_cached_key(|address| {
        let family = usize::from(address.is_ipv4());
        let rank = ranks.get_mut(family).map_or(0, |rank| {
            *rank = rank.saturating_add(1);
            *rank
        });
        (rank, family)
    });
}

/// Puts TLS over a stream. The roots to trust are the platform's, or only those of a PEM file.
pub async fn tls<S: AsyncRead + AsyncWrite + Unpin>(
    host: &str,
    ca_file: Option<&Path>,
    stream: S,
    patience: &Patience,
) -> Result<TlsStream<S>, ConnectError> {
    let config = trust::roots(ca_file, patience.step).await?;
    let stream = shake_hands(host, config, stream, patience).await;
    if matches!(stream, Err(ConnectError::Tls(_))) {
        trust::forget(ca_file);
    }
    stream
}

/// Puts TLS over a stream to a server whose certificate is exactly this one, whoever signed it.
pub async fn tls_to<S: AsyncRead + AsyncWrite + Unpin>(
    host: &str,
    certificate: Fingerprint,
    stream: S,
    patience: &Patience,
) -> Result<TlsStream<S>, ConnectError> {
    let (config, only) = trust_only(Some(certificate))?;
    let stream = shake_hands(host, config, stream, patience).await;
    stream.map_err(|error| match only.refused() {
        Some(_) => ConnectError::Tls("the certificate is not the one of certificate_sha256"),
        None => error,
    })
}

/// The certificate that a server shows, in DER. It is not trusted, and the connection ends.
pub async fn shown_certificate<S: AsyncRead + AsyncWrite + Unpin>(
    host: &str,
    stream: S,
    patience: &Patience,
) -> Result<Vec<u8>, ConnectError> {
    let (config, only) = trust_only(None)?;
    let ended = shake_hands(host, config, stream, patience).await;
    let error = ended.err();
    only.refused()
        .ok_or(error.unwrap_or(ConnectError::Tls("the handshake failed")))
}

async fn shake_hands<S: AsyncRead + AsyncWrite + Unpin>(
    host: &str,
    config: Arc<ClientConfig>,
    stream: S,
    patience: &Patience,
) -> Result<TlsStream<S>, ConnectError> {
    let name = ServerName::try_from(host.to_owned())
        .map_err(|_| ConnectError::Tls("the host name is not one"))?;
    let connector = TlsConnector::from(config);
    timeout(patience.step, connector.connect(name, stream))
        .await
        .map_err(|_| ConnectError::Timeout("the TLS handshake"))?
        .map_err(|error| handshake_error(&error))
}

fn trust_only(
    certificate: Option<Fingerprint>,
) -> Result<(Arc<ClientConfig>, Arc<OnlyThis>), ConnectError> {
    let provider = Arc::new(ring::default_provider());
    let only = Arc::new(OnlyThis::new(certificate, Arc::clone(&provider)));
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| ConnectError::Tls("no protocol version"))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::<OnlyThis>::clone(&only))
        .with_no_client_auth();
    Ok((Arc::new(trust::lean(config)), only))
}

fn handshake_error(error: &std::io::Error) -> ConnectError {
    use tokio_rustls::rustls::Error;
    let tls = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<Error>());
    match tls {
        Some(Error::InvalidCertificate(_)) => ConnectError::Tls("the certificate is not trusted"),
        Some(_) => ConnectError::Tls("the handshake failed"),
        None => ConnectError::Network("the connection broke during the TLS handshake"),
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use tokio::net::{TcpListener, TcpSocket};

    use super::*;
    use crate::io::clock;

    const PATIENCE: Patience = Patience {
        connect: Duration::from_secs(5),
        attempt: Duration::from_millis(250),
        step: Duration::from_secs(5),
    };

    #[test]
    fn families_take_turns_and_keep_their_order() {
        let mut addresses: Vec<SocketAddr> = ["[::1]:1", "[::2]:1", "127.0.0.1:1", "[::3]:1"]
            .iter()
            .map(|it| it.parse().unwrap())
            .collect();
        interleave(&mut addresses);
        let shown: Vec<String> = addresses.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["[::1]:1", "127.0.0.1:1", "[::2]:1", "[::3]:1"]);
    }

    /// A port that answers to nobody: its queue is full and never emptied.
    async fn black_hole(socket: TcpSocket, address: &str) -> (TcpListener, Vec<TcpStream>) {
        socket.bind(address.parse().unwrap()).unwrap();
        let listener = socket.listen(0).unwrap();
        let address = listener.local_addr().unwrap();
        let mut queued = Vec::new();
        while let Ok(Ok(stream)) =
            timeout(Duration::from_millis(300), TcpStream::connect(address)).await
        {
            queued.push(stream);
        }
        (listener, queued)
    }

    #[tokio::test]
    async fn a_dead_ipv6_costs_a_quarter_of_a_second_and_not_the_whole_limit() {
        let (dead, _queued) = black_hole(TcpSocket::new_v6().unwrap(), "[::1]:0").await;
        let port = dead.local_addr().unwrap().port();
        let alive = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let addresses = vec![dead.local_addr().unwrap(), alive.local_addr().unwrap()];
        let started = clock::now();
        let stream = tcp(addresses, &PATIENCE).await.unwrap();
        let took = clock::now().duration_since(started);
        assert!(stream.peer_addr().unwrap().is_ipv4());
        assert!(took >= SignedDuration::from_millis(240), "{took:?}");
        assert!(took < SignedDuration::from_secs(2), "{took:?}");
    }

    #[tokio::test]
    async fn an_address_that_refuses_is_followed_by_the_next_one_at_once() {
        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let refused = closed.local_addr().unwrap();
        drop(closed);
        let alive = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let patient = Patience {
            attempt: Duration::from_mins(5),
            ..PATIENCE
        };
        let addresses = vec![refused, alive.local_addr().unwrap()];
        let stream = timeout(Duration::from_secs(5), tcp(addresses, &patient)).await;
        let peer = stream.unwrap().unwrap().peer_addr().unwrap();
        assert_eq!(peer, alive.local_addr().unwrap());
        let error = tcp(vec![refused], &patient).await.unwrap_err();
        assert!(matches!(error, ConnectError::Network(_)), "{error}");
        assert!(tcp(Vec::new(), &patient).await.is_err());
    }
}
