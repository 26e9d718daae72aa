//! One server certificate by its fingerprint: a server that no authority vouches for can be trusted all the same.

use std::fmt;
use std::sync::{Arc, Mutex};

use sha2::{Digest as _, Sha256};
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::crypto::{
    CryptoProvider, verify_tls12_signature, verify_tls13_signature,
};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};

/// The SHA-256 of a certificate in DER.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Of a certificate.
    pub fn of(der: &[u8]) -> Self {
        Self(Sha256::digest(der).into())
    }

    /// Reads 64 hexadecimal digits, with or without colons between the pairs.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: Vec<char> = text.chars().filter(|it| *it != ':' && *it != ' ').collect();
        if digits.len() != 64 {
            return None;
        }
        let mut bytes = [0_u8; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
            let pair: String = pair.iter().collect();
            if !pair.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return None;
            }
            *byte = u8::from_str_radix(&pair, 16).ok()?;
        }
        Some(Self(bytes))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            let colon = if at == 0 { "" } else { ":" };
            write!(f, "{colon}{byte:02X}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Accepts exactly one certificate, or none and remembers what it was shown. Neither name nor dates count: the person
/// compared the fingerprint. That the server holds the key is checked as ever.
#[derive(Debug)]
pub(crate) struct OnlyThis {
    wanted: Option<Fingerprint>,
    seen: Mutex<Option<Vec<u8>>>,
    provider: Arc<CryptoProvider>,
}

impl OnlyThis {
    /// For this certificate; for none at all where there is no fingerprint.
    pub(crate) fn new(wanted: Option<Fingerprint>, provider: Arc<CryptoProvider>) -> Self {
        Self {
            wanted,
            seen: Mutex::new(None),
            provider,
        }
    }

    /// The certificate that was refused last, in DER.
    pub(crate) fn refused(&self) -> Option<Vec<u8>> {
        self.seen.lock().ok()?.take()
    }
}

impl ServerCertVerifier for OnlyThis {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.wanted == Some(Fingerprint::of(end_entity)) {
            return Ok(ServerCertVerified::assertion());
        }
        if let Ok(mut seen) = self.seen.lock() {
            *seen = Some(end_entity.to_vec());
        }
        Err(Error::InvalidCertificate(
            CertificateError::ApplicationVerificationFailure,
        ))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// The day on which a certificate ends, as it stands in it: `UTCTime` or `GeneralizedTime` (RFC 5280 §4.1.2.5).
pub fn last_day(der: &[u8]) -> Option<jiff::civil::Date> {
    const SEQUENCE: u8 = 0x30;
    let (_, certificate, _) = element(der)?;
    let (_, mut rest, _) = element(certificate)?;
    // Version, serial number, algorithm, issuer; the validity is the first sequence that begins with a time.
    for _ in 0..6 {
        let (tag, value, after) = element(rest)?;
        rest = after;
        let Some((first, _, later)) = (tag == SEQUENCE).then(|| element(value)).flatten() else {
            continue;
        };
        if first == 0x17 || first == 0x18 {
            let (tag, text, _) = element(later)?;
            let text = std::str::from_utf8(text).ok()?;
            let digits = if tag == 0x17 {
                // Two digits of a year: from 50 on it is 19xx.
                let century = if text.get(..2)? >= "50" { "19" } else { "20" };
                format!("{century}{}", text.get(..6)?)
            } else {
                text.get(..8)?.to_owned()
            };
            return jiff::civil::Date::strptime("%Y%m%d", &digits).ok();
        }
    }
    None
}

/// Tag, value and rest of the first element (X.690 §8.1, definite lengths).
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, mut rest) = rest.split_first()?;
    let mut length = usize::from(*first);
    if length >= 0x80 {
        let count = length & 0x7f;
        if count == 0 || count > 4 {
            return None;
        }
        let (digits, after) = rest.split_at_checked(count)?;
        length = digits
            .iter()
            .fold(0, |sum, digit| (sum << 8) | usize::from(*digit));
        rest = after;
    }
    let (value, rest) = rest.split_at_checked(length)?;
    Some((*tag, value, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_read_as_it_is_written() {
        let made = Fingerprint::of(b"certificate");
        let text = made.to_string();
        assert_eq!(text.len(), 95);
        assert_eq!(Fingerprint::parse(&text), Some(made));
        let bare = text.replace(':', "").to_lowercase();
        assert_eq!(Fingerprint::parse(&bare), Some(made));
        for bad in [
            "",
            "AB:CD",
            &bare.replace('a', "g"),
            &format!("{bare}00"),
            &"+1".repeat(32),
        ] {
            if *bad != bare {
                assert_eq!(Fingerprint::parse(bad), None, "{bad}");
            }
        }
    }

    #[test]
    fn what_is_no_certificate_has_no_last_day() {
        for hostile in [
            &b""[..],
            b"\x30",
            b"\x30\x84\xff\xff\xff\xff",
            b"\x30\x02\x30\x00",
            &[0x30; 64],
        ] {
            assert_eq!(last_day(hostile), None, "{hostile:?}");
        }
    }
}
