//! Whom a TLS connection trusts, read once for all connections that trust the same.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::time::timeout;
use tokio_rustls::rustls::client::Resumption;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};

use crate::io::clock;
use crate::io::connect::ConnectError;

/// The platform's certificates are read again after this time, so that new ones count.
const FRESH: SignedDuration = SignedDuration::from_hours(1);

const UNUSABLE: ConnectError = ConnectError::Tls("the trusted certificates could not be read");

/// What is in use, by the file of its roots; the platform's have none.
static SHARED: Mutex<BTreeMap<Option<PathBuf>, Shared>> = Mutex::new(BTreeMap::new());

/// One setting, as long as a connection holds it.
struct Shared {
    config: Weak<ClientConfig>,
    /// What the file said; nothing of the platform.
    pem: Vec<u8>,
    read_at: Timestamp,
}

/// The platform's roots, or only those of a file. The file is read at each connect, so that a renewed one counts.
pub(crate) async fn roots(
    ca_file: Option<&Path>,
    limit: Duration,
) -> Result<Arc<ClientConfig>, ConnectError> {
    let pem = match ca_file {
        Some(path) => timeout(limit, tokio::fs::read(path))
            .await
            .map_err(|_| UNUSABLE)?
            .map_err(|_| UNUSABLE)?,
        None => Vec::new(),
    };
    let place = ca_file.map(Path::to_owned);
    let now = clock::now();
    let mut shared = shared();
    let known = shared
        .get(&place)
        .filter(|it| it.pem == pem && now.duration_since(it.read_at).abs() < FRESH)
        .and_then(|it| it.config.upgrade());
    if let Some(config) = known {
        return Ok(config);
    }
    let config = match ca_file {
        Some(_) => of_file(&pem)?,
        None => of_platform()?,
    };
    let config = Arc::new(lean(config));
    shared.retain(|_, it| it.config.strong_count() > 0);
    let read = Shared {
        config: Arc::downgrade(&config),
        pem,
        read_at: now,
    };
    shared.insert(place, read);
    Ok(config)
}

/// A server was not trusted: perhaps the roots are of yesterday, so they are read anew for the next connection.
pub(crate) fn forget(ca_file: Option<&Path>) {
    shared().remove(&ca_file.map(Path::to_owned));
}

/// Without a memory of earlier sessions, which grows: a connection lasts for days, and the next one can wait for a
/// whole handshake.
pub(crate) fn lean(mut config: ClientConfig) -> ClientConfig {
    config.resumption = Resumption::disabled();
    config
}

fn shared() -> MutexGuard<'static, BTreeMap<Option<PathBuf>, Shared>> {
    SHARED.lock().unwrap_or_else(PoisonError::into_inner)
}

fn builder() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, ConnectError> {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|_| ConnectError::Tls("no protocol version"))
}

fn of_platform() -> Result<ClientConfig, ConnectError> {
    let verified = builder()?.with_platform_verifier().map_err(|_| UNUSABLE)?;
    Ok(verified.with_no_client_auth())
}

fn of_file(pem: &[u8]) -> Result<ClientConfig, ConnectError> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|_| UNUSABLE)?;
        roots.add(certificate).map_err(|_| UNUSABLE)?;
    }
    if roots.is_empty() {
        return Err(ConnectError::Tls("ca_file holds no certificate"));
    }
    let verified = builder()?.with_root_certificates(roots);
    Ok(verified.with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(5);

    #[tokio::test]
    async fn connections_share_what_they_trust_until_the_file_says_something_else() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("authority.pem");
        let write = || {
            let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
            std::fs::write(&file, made.cert.pem()).unwrap();
        };
        write();
        let first = roots(Some(&file), LIMIT).await.unwrap();
        let second = roots(Some(&file), LIMIT).await.unwrap();
        assert!(Arc::ptr_eq(&first, &second));
        write();
        let third = roots(Some(&file), LIMIT).await.unwrap();
        assert!(!Arc::ptr_eq(&first, &third));
        forget(Some(&file));
        let fourth = roots(Some(&file), LIMIT).await.unwrap();
        assert!(!Arc::ptr_eq(&third, &fourth));
        std::fs::write(&file, "").unwrap();
        assert!(roots(Some(&file), LIMIT).await.is_err());
    }
}
