//! From an account's options to a stream to its server.

use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::engine::watch::input::LinkError;
use crate::io::connect::{self, ConnectError, Patience};
use crate::io::imap::guard::Stream;
use crate::io::imap::wire::Wire;
use crate::io::imap::{Limits, Options, Security};

impl From<ConnectError> for LinkError {
    fn from(error: ConnectError) -> Self {
        match error {
            ConnectError::Network(what) => Self::Network(what),
            ConnectError::Timeout(what) => Self::Timeout(what),
            ConnectError::Tls(what) => Self::Tls(what),
        }
    }
}

/// Opens a TCP connection.
pub(crate) async fn tcp(options: &Options) -> Result<TcpStream, LinkError> {
    let patience = patience(&options.limits);
    let addresses = connect::look_up(&options.host, options.port, &patience).await?;
    if options.security == Security::None
        && !addresses.iter().all(|address| address.ip().is_loopback())
    {
        return Err(LinkError::Unsupported(
            "security = \"none\" is for a server on this machine only; use tls or starttls",
        ));
    }
    Ok(connect::tcp(addresses, &patience).await?)
}

/// Puts TLS over a stream.
pub(crate) async fn tls(
    options: &Options,
    stream: Box<dyn Stream>,
) -> Result<Box<dyn Stream>, LinkError> {
    let patience = patience(&options.limits);
    let stream = if let Some(certificate) = options.certificate {
        connect::tls_to(&options.host, certificate, stream, &patience).await?
    } else {
        let ca_file = options.ca_file.as_deref();
        connect::tls(&options.host, ca_file, stream, &patience).await?
    };
    Ok(Box::new(stream))
}

/// The certificate that the server shows, in DER; whether it is to be trusted is not asked.
pub(crate) async fn certificate(options: &Options) -> Result<Vec<u8>, LinkError> {
    let mut stream: Box<dyn Stream> = Box::new(tcp(options).await?);
    if options.security == Security::StartTls {
        let mut wire = Wire::new(stream, &options.limits);
        let begun = async {
            wire.next().await?;
            wire.start_tls().await
        };
        stream = timeout(options.limits.step, begun)
            .await
            .map_err(|_| LinkError::Timeout("beginning TLS"))??;
    }
    let patience = patience(&options.limits);
    Ok(connect::shown_certificate(&options.host, stream, &patience).await?)
}

fn patience(limits: &Limits) -> Patience {
    Patience {
        connect: limits.connect,
        attempt: limits.attempt,
        step: limits.step,
    }
}
