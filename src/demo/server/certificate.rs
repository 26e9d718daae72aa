//! A certificate for loopback, made on the spot.

use std::sync::Arc;

use jiff::{Timestamp, ToSpan, tz::TimeZone};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, date_time_ymd,
};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::{self, ServerConfig, crypto::ring};

/// A certificate for `localhost`, `127.0.0.1` and `::1`, signed by an authority whose key is thrown away at once.
pub struct Certificate {
    /// The authority in PEM: what a client is told to trust (`ca_file`, `curl --cacert`).
    pub pem: String,
    /// What the server accepts connections with.
    pub acceptor: TlsAcceptor,
}

/// Why no certificate could be made.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// The certificate could not be generated or signed; there is nothing to set, report it.
    #[error("cannot make a certificate for the demo's mail server")]
    Generate(#[from] rcgen::Error),
    /// The TLS library refused the certificate or the key.
    #[error("cannot use the certificate that was made for the demo's mail server")]
    Tls(#[from] rustls::Error),
}

impl Certificate {
    /// Makes a certificate that is valid from the day before `now` to the second day after it.
    pub fn make(now: Timestamp) -> Result<Self, CertificateError> {
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        set_validity(&mut authority, now);
        authority
            .distinguished_name
            .push(DnType::CommonName, "mailward demo authority");
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;

        let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
        let mut leaf = CertificateParams::new(names)?;
        leaf.is_ca = IsCa::ExplicitNoCa;
        leaf.use_authority_key_identifier_extension = true;
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        set_validity(&mut leaf, now);
        leaf.distinguished_name
            .push(DnType::CommonName, "mailward demo");
        let key = KeyPair::generate()?;
        let leaf = leaf.signed_by(&key, &authority)?;

        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], key)?;
        Ok(Self {
            pem: authority.pem(),
            acceptor: TlsAcceptor::from(Arc::new(config)),
        })
    }
}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Certificate").finish_non_exhaustive()
    }
}

/// Whole days, because that is what rcgen takes without the `time` crate.
fn set_validity(params: &mut CertificateParams, now: Timestamp) {
    let today = now.to_zoned(TimeZone::UTC).date();
    let first = today.saturating_sub(1.day());
    let last = today.saturating_add(2.days());
    params.not_before = date_time_ymd(first.year().into(), month(first), day(first));
    params.not_after = date_time_ymd(last.year().into(), month(last), day(last));
}

fn month(date: jiff::civil::Date) -> u8 {
    date.month().unsigned_abs()
}

fn day(date: jiff::civil::Date) -> u8 {
    date.day().unsigned_abs()
}
