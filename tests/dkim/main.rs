//! Our own check of DKIM signatures, without a network: what passes, what does not, and what a pass is worth.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may panic, and measures how long something took"
)]

mod dns;
mod signing;
mod stage;

use std::sync::{Arc, LazyLock};

use mailward::engine::message::{Message, RawMail};
use mailward::engine::rule::{RuleSet, Trust};
use mailward::engine::signal::SenderVerdict;
use mailward::io::dkim::passing_domains;

use crate::signing::{OneKey, signed, signed_between};

/// Compiled once for all tests.
static RULES: LazyLock<Arc<RuleSet>> = LazyLock::new(|| Arc::new(RuleSet::built_in().unwrap()));

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
    RULES.classify(&message, &trust).expect("a signal").sender
}

#[tokio::test]
async fn an_intact_mail_passes_and_is_verified() {
    let (mail, keys) = signed("amazon.co.jp", false);
    let domains = passing_domains(mail.as_bytes(), &keys).await;
    assert_eq!(domains, ["amazon.co.jp"]);
    assert_eq!(verdict(&mail, domains), SenderVerdict::Verified);
}

#[tokio::test]
async fn a_changed_body_or_subject_does_not_pass() {
    let (mail, keys) = signed("amazon.co.jp", false);
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
    let (mail, keys) = signed("amazon.co.jp", false);
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
    let (mail, keys) = signed("amazon.co.jp", false);
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
        RULES.classify(&message, &trust).unwrap().sender,
        SenderVerdict::Unverified
    );
}

#[tokio::test]
async fn a_signature_past_its_end_counts_for_nothing() {
    const YEAR_2001: u64 = 1_000_000_000;
    const YEAR_2100: u64 = 4_102_444_800;
    let (mail, keys) = signed_between(YEAR_2001, YEAR_2100);
    assert_eq!(
        passing_domains(mail.as_bytes(), &keys).await,
        ["amazon.co.jp"]
    );
    let (mail, keys) = signed_between(YEAR_2001, YEAR_2001 + 86_400);
    let domains = passing_domains(mail.as_bytes(), &keys).await;
    assert!(domains.is_empty());
    // Unknown, not failed: the mail may have lain on the way.
    assert_eq!(verdict(&mail, domains), SenderVerdict::Unverified);
}

#[tokio::test]
async fn foreign_partial_and_unknown_signatures_do_not_count() {
    let (mail, keys) = signed("amazonses.com", false);
    let domains = passing_domains(mail.as_bytes(), &keys).await;
    assert_eq!(domains, ["amazonses.com"]);
    assert_eq!(verdict(&mail, domains), SenderVerdict::Unverified);
    let (mail, keys) = signed("amazon.co.jp", true);
    assert!(mail.contains("l="));
    assert!(passing_domains(mail.as_bytes(), &keys).await.is_empty());
    let (mail, _) = signed("amazon.co.jp", false);
    let nobody = OneKey {
        name: String::new(),
        record: Vec::new(),
    };
    assert!(passing_domains(mail.as_bytes(), &nobody).await.is_empty());
    assert!(passing_domains(b"", &nobody).await.is_empty());
}
