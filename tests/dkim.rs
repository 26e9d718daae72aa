//! Our own check of DKIM signatures, without a network: what passes, what does not, and what a pass is worth.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "a test may panic"
)]

use base64::Engine as _;
use mail_auth::common::crypto::Ed25519Key;
use mail_auth::common::headers::HeaderWriter as _;
use mail_auth::dkim::DkimSigner;
use mailward::engine::message::{Message, RawMail};
use mailward::engine::rule::{RuleSet, Trust};
use mailward::engine::signal::SenderVerdict;
use mailward::io::dkim::{KeySource, passing_domains};

/// One key under one name.
struct OneKey {
    name: String,
    record: Vec<u8>,
}

impl KeySource for OneKey {
    async fn key(&self, name: &str) -> Option<Vec<u8>> {
        (name == self.name).then(|| self.record.clone())
    }
}

const MAIL: &str = "From: Amazon.co.jp <auto-confirm@amazon.co.jp>\r\nTo: hanako@example.jp\r\nSubject: Ordered: \"Kettle\"\r\nDate: Sun, 22 Nov 2026 12:00:00 +0900\r\nMessage-ID: <1@amazon.co.jp>\r\n\r\nOrder # 250-1234567-1234567\r\n";

/// The mail with a signature of `domain` on top, and the key to it.
fn signed(domain: &str, lifetime: Option<u64>, part_of_body: bool) -> (String, OneKey) {
    let pkcs8 = Ed25519Key::generate_pkcs8().unwrap();
    let key = Ed25519Key::from_pkcs8_der(&pkcs8).unwrap();
    let public = base64::engine::general_purpose::STANDARD.encode(key.public_key());
    let mut signer = DkimSigner::from_key(key)
        .domain(domain)
        .selector("s1")
        .headers(["From", "To", "Subject", "Date"]);
    if let Some(seconds) = lifetime {
        signer = signer.expiration(seconds);
    }
    if part_of_body {
        signer = signer.body_length(true);
    }
    let signature = signer.sign(MAIL.as_bytes()).unwrap();
    let keys = OneKey {
        name: format!("s1._domainkey.{domain}"),
        record: format!("v=DKIM1; k=ed25519; p={public}").into_bytes(),
    };
    (format!("{}{MAIL}", signature.to_header()), keys)
}

fn verdict(mail: &str, domains: Vec<String>) -> SenderVerdict {
    let bytes = mail.as_bytes().to_vec();
    let mut message = Message::parse(&RawMail {
        source: "test".to_owned(),
        arrived_at: "2026-11-22T03:01:00Z".parse().unwrap(),
        full_size: bytes.len() as u64,
        bytes,
    });
    message.dkim_domains = domains;
    let trust = Trust {
        addresses: vec!["hanako@example.jp".to_owned()],
        authserv_ids: vec!["mx.example.jp".to_owned()],
    };
    RuleSet::built_in()
        .unwrap()
        .classify(&message, &trust)
        .expect("a signal")
        .sender
}

#[tokio::test]
async fn an_intact_mail_passes_and_is_verified() {
    let (mail, keys) = signed("amazon.co.jp", None, false);
    let domains = passing_domains(mail.as_bytes(), &keys).await;
    assert_eq!(domains, ["amazon.co.jp"]);
    assert_eq!(verdict(&mail, domains), SenderVerdict::Verified);
}

#[tokio::test]
async fn a_changed_body_or_subject_does_not_pass() {
    let (mail, keys) = signed("amazon.co.jp", None, false);
    for changed in [
        mail.replace("250-1234567-1234567", "250-1234567-7777777"),
        mail.replace("Kettle", "Car"),
    ] {
        assert!(passing_domains(changed.as_bytes(), &keys).await.is_empty());
    }
    assert_eq!(
        verdict(&mail.replace("Kettle", "Car"), Vec::new()),
        SenderVerdict::Unverified
    );
}

#[tokio::test]
async fn a_prepended_from_or_subject_passes_and_is_not_verified() {
    let (mail, keys) = signed("amazon.co.jp", None, false);
    for field in [
        "From: Amazon.co.jp <auto-confirm@amazon.co.jp>\r\n",
        "Subject: Ordered: \"Car\"\r\n",
    ] {
        let doubled = format!("{field}{mail}");
        let domains = passing_domains(doubled.as_bytes(), &keys).await;
        assert_eq!(
            verdict(&doubled, domains),
            SenderVerdict::Unverified,
            "{field}"
        );
    }
}

#[tokio::test]
async fn a_replay_to_a_stranger_is_not_verified() {
    let (mail, keys) = signed("amazon.co.jp", None, false);
    let domains = passing_domains(mail.as_bytes(), &keys).await;
    assert_eq!(domains, ["amazon.co.jp"]);
    // The same genuine mail in the mailbox of somebody else.
    let bytes = mail.into_bytes();
    let mut message = Message::parse(&RawMail {
        source: "test".to_owned(),
        arrived_at: "2026-11-22T03:01:00Z".parse().unwrap(),
        full_size: bytes.len() as u64,
        bytes,
    });
    message.dkim_domains = domains;
    let trust = Trust {
        addresses: vec!["taro@example.jp".to_owned()],
        authserv_ids: Vec::new(),
    };
    assert_eq!(
        RuleSet::built_in()
            .unwrap()
            .classify(&message, &trust)
            .unwrap()
            .sender,
        SenderVerdict::Unverified
    );
}

#[tokio::test]
async fn expired_foreign_partial_and_unknown_signatures_do_not_count() {
    // Zero seconds of life: expired since it was signed.
    let (mail, keys) = signed("amazon.co.jp", Some(1), false);
    let expired = mail.replacen("x=", "x=1", 1);
    assert!(passing_domains(expired.as_bytes(), &keys).await.is_empty());
    let (mail, keys) = signed("amazonses.com", None, false);
    let domains = passing_domains(mail.as_bytes(), &keys).await;
    assert_eq!(domains, ["amazonses.com"]);
    assert_eq!(verdict(&mail, domains), SenderVerdict::Unverified);
    let (mail, keys) = signed("amazon.co.jp", None, true);
    assert!(mail.contains("l="));
    assert!(passing_domains(mail.as_bytes(), &keys).await.is_empty());
    let (mail, _) = signed("amazon.co.jp", None, false);
    let nobody = OneKey {
        name: String::new(),
        record: Vec::new(),
    };
    assert!(passing_domains(mail.as_bytes(), &nobody).await.is_empty());
    assert!(passing_domains(b"", &nobody).await.is_empty());
}
