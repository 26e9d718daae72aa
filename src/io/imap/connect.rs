//! From a host name to a stream that can be trusted: TCP, then TLS or STARTTLS, each step within its limit.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls_platform_verifier::BuilderVerifierExt;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::engine::watch::input::LinkError;
use crate::io::imap::guard::Stream;
use crate::io::imap::{Options, Security};

/// More addresses of one host are not tried.
const MOST_ADDRESSES: usize = 8;

/// Opens a TCP connection, to one address of the host after the other.
pub(crate) async fn tcp(options: &Options) -> Result<TcpStream, LinkError> {
    let limits = &options.limits;
    let found = timeout(
        limits.step,
        tokio::net::lookup_host((options.host.as_str(), options.port)),
    )
    .await
    .map_err(|_| LinkError::Timeout("looking up the host name"))?
    .map_err(|_| LinkError::Network("the host name was not found"))?;
    let mut addresses: Vec<SocketAddr> = found.collect();
    if options.security == Security::None
        && !addresses.iter().all(|address| address.ip().is_loopback())
    {
        return Err(LinkError::Unsupported(
            "security = \"none\" is for a server on this machine only; use tls or starttls",
        ));
    }
    interleave(&mut addresses);
    let mut error = LinkError::Network("the host name has no address");
    for address in addresses.into_iter().take(MOST_ADDRESSES) {
        match timeout(limits.connect, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // A watcher's commands are small; none of them may wait for the acknowledgement of another.
                if stream.set_nodelay(true).is_ok() {
                    return Ok(stream);
                }
                error = LinkError::Network("the socket could not be set up");
            }
            Ok(Err(_)) => error = LinkError::Network("the server does not answer on this port"),
            Err(_) => error = LinkError::Timeout("connecting"),
        }
    }
    Err(error)
}

/// IPv6 and IPv4 by turns, so that a broken one of the two costs one attempt (RFC 8305 §4).
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

/// Puts TLS over a stream.
pub(crate) async fn tls(
    options: &Options,
    stream: Box<dyn Stream>,
) -> Result<Box<dyn Stream>, LinkError> {
    let config = trust(options.ca_file.as_deref(), options.limits.step).await?;
    let name = ServerName::try_from(options.host.clone())
        .map_err(|_| LinkError::Tls("the host name is not one"))?;
    let connector = TlsConnector::from(Arc::new(config));
    let stream = timeout(options.limits.step, connector.connect(name, stream))
        .await
        .map_err(|_| LinkError::Timeout("the TLS handshake"))?
        .map_err(|error| handshake_error(&error))?;
    Ok(Box::new(stream))
}

/// Whom to trust: the platform, or only the roots of a file. Read at each connect, so that a renewed file counts.
async fn trust(ca_file: Option<&Path>, limit: Duration) -> Result<ClientConfig, LinkError> {
    const UNUSABLE: LinkError = LinkError::Tls("the trusted certificates could not be read");
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|_| LinkError::Tls("no protocol version"))?;
    let Some(path) = ca_file else {
        return Ok(builder
            .with_platform_verifier()
            .map_err(|_| UNUSABLE)?
            .with_no_client_auth());
    };
    let pem = timeout(limit, tokio::fs::read(path))
        .await
        .map_err(|_| UNUSABLE)?
        .map_err(|_| UNUSABLE)?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|_| UNUSABLE)?;
        roots.add(certificate).map_err(|_| UNUSABLE)?;
    }
    if roots.is_empty() {
        return Err(LinkError::Tls("ca_file holds no certificate"));
    }
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

fn handshake_error(error: &std::io::Error) -> LinkError {
    use tokio_rustls::rustls::Error;
    let tls = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<Error>());
    match tls {
        Some(Error::InvalidCertificate(_)) => LinkError::Tls("the certificate is not trusted"),
        Some(_) => LinkError::Tls("the handshake failed"),
        None => LinkError::Network("the connection broke during the TLS handshake"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
