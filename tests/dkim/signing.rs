//! Mails with a DKIM signature, and the key to it under its name.

use base64::Engine as _;
use mail_auth::common::crypto::{Ed25519Key, SigningKey as _};
use mail_auth::common::headers::HeaderWriter as _;
use mail_auth::dkim::DkimSigner;
use mailward::io::dkim::KeySource;
use sha2::{Digest as _, Sha256};

/// One key under one name.
pub(crate) struct OneKey {
    pub(crate) name: String,
    pub(crate) record: Vec<u8>,
}

impl KeySource for OneKey {
    async fn key(&self, name: &str) -> Option<Vec<u8>> {
        (name == self.name).then(|| self.record.clone())
    }
}

const HEADER: &str = "From: Amazon.co.jp <auto-confirm@amazon.co.jp>\r\nTo: hanako@example.jp\r\nSubject: Ordered: \"Kettle\"\r\nDate: Sun, 22 Nov 2026 12:00:00 +0900\r\nMessage-ID: <1@amazon.co.jp>\r\n";
const BODY: &str = "Order # 250-1234567-1234567\r\n";

fn encoded(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn key() -> (Ed25519Key, String) {
    let pkcs8 = Ed25519Key::generate_pkcs8().unwrap();
    let key = Ed25519Key::from_pkcs8_der(&pkcs8).unwrap();
    let record = format!("v=DKIM1; k=ed25519; p={}", encoded(&key.public_key()));
    (key, record)
}

/// The mail with a signature of `domain` on top, and the key to it.
pub(crate) fn signed(domain: &str, part_of_body: bool) -> (String, OneKey) {
    let (key, record) = key();
    let mut signer = DkimSigner::from_key(key)
        .domain(domain)
        .selector("s1")
        .headers(["From", "To", "Subject", "Date"]);
    if part_of_body {
        signer = signer.body_length(true);
    }
    let mail = format!("{HEADER}\r\n{BODY}");
    let signature = signer.sign(mail.as_bytes()).unwrap();
    let keys = OneKey {
        name: format!("s1._domainkey.{domain}"),
        record: record.into_bytes(),
    };
    (format!("{}{mail}", signature.to_header()), keys)
}

/// The mail with a signature that was made at `t` and ends at `x`, in seconds since 1970; written by hand, so that
/// nothing but these two can be wrong with it.
pub(crate) fn signed_between(t: u64, x: u64) -> (String, OneKey) {
    let (key, record) = key();
    let field = format!(
        "DKIM-Signature: v=1; a=ed25519-sha256; c=simple/simple; d=amazon.co.jp; s=s1; t={t}; x={x}; h=From:To:Subject:Date; bh={}; b=",
        encoded(&Sha256::digest(BODY))
    );
    let signed_fields: String = HEADER.split_inclusive("\r\n").take(4).collect();
    let signature = key
        .sign(format!("{signed_fields}{field}").as_bytes())
        .unwrap();
    let keys = OneKey {
        name: "s1._domainkey.amazon.co.jp".to_owned(),
        record: record.into_bytes(),
    };
    let mail = format!("{field}{}\r\n{HEADER}\r\n{BODY}", encoded(&signature));
    (mail, keys)
}
