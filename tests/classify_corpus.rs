//! The classifier over folders of real mails, when MAILWARD_CORPUS names them; nothing of them is in the repository.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test may panic and read its environment"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use mailward::engine::authentication::results::AuthenticationResults;
use mailward::engine::message::{Message, RawMail};
use mailward::engine::rule::{RuleSet, Trust, signal_of};
use mailward::engine::signal::{SenderVerdict, Signal, SignalKind};

/// The corpus, or a printed reason why there is none.
fn corpus() -> Option<PathBuf> {
    let folder = std::env::var_os("MAILWARD_CORPUS").map(PathBuf::from);
    match folder.filter(|folder| folder.is_dir()) {
        Some(folder) => Some(folder),
        None => {
            println!("skipped: MAILWARD_CORPUS names no folder");
            None
        }
    }
}

fn mails(folder: &Path) -> Vec<RawMail> {
    let mut mails = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if !name.ends_with(".tsv") && !name.ends_with(".md") && name != "cmds" {
                let bytes = std::fs::read(&path).unwrap();
                let mut mail = RawMail {
                    source: name,
                    arrived_at: "2026-01-01T00:00:00Z".parse().unwrap(),
                    full_size: bytes.len() as u64,
                    bytes,
                };
                // These mails came when they were written.
                if let Some(date) = Message::parse_header(&mail).header.date {
                    mail.arrived_at = date;
                }
                mails.push(mail);
            }
        }
    }
    mails.sort_by(|one, other| one.source.cmp(&other.source));
    mails
}

fn signals(rules: &RuleSet, mails: &[RawMail], trust: &Trust) -> Vec<Signal> {
    let gated = |mail: &RawMail| {
        let signal = signal_of(rules, mail, trust);
        let ungated = rules.classify_ungated(&Message::parse(mail), trust);
        assert_eq!(
            signal, ungated,
            "the gate changes the result of {}",
            mail.source
        );
        signal
    };
    mails.iter().filter_map(gated).collect()
}

fn print(what: &str, mails: usize, signals: &[Signal]) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for signal in signals {
        *counts
            .entry(format!("{} {:?}", signal.kind.name(), signal.sender))
            .or_default() += 1;
    }
    println!(
        "{what}: {mails} mails, {} signals {counts:?}",
        signals.len()
    );
    for signal in signals {
        println!(
            "    {} {} {:?} {}",
            signal.source, signal.rule, signal.sender, signal.service
        );
    }
}

#[test]
fn ordinary_mail_and_parcel_mail_give_no_signal() {
    let Some(corpus) = corpus() else { return };
    let rules = RuleSet::built_in().unwrap();
    let mut found = 0;
    for folder in [
        "spamassassin/easy_ham",
        "spamassassin/easy_ham_2",
        "spamassassin/hard_ham",
        "spamassassin/hard_ham_2",
        "parcel-mails",
    ] {
        let mails = mails(&corpus.join(folder));
        let signals = signals(&rules, &mails, &Trust::default());
        print(folder, mails.len(), &signals);
        found += signals.len();
    }
    assert_eq!(found, 0);
}

#[test]
fn phishing_is_hardly_ever_verified() {
    let Some(corpus) = corpus() else { return };
    let rules = RuleSet::built_in().unwrap();
    let mails = mails(&corpus.join("phishing_pot"));
    // The provider's id is the one on the topmost field; it is believed here although nobody pinned it.
    let mut verified = Vec::new();
    let mut all = Vec::new();
    for mail in &mails {
        let message = Message::parse(mail);
        let ids = message
            .header
            .authentication_results
            .iter()
            .filter_map(|value| AuthenticationResults::parse(value));
        let ids: Vec<String> = ids
            .map(|parsed| parsed.authserv_id.unwrap_or_else(|| "-".to_owned()))
            .collect();
        let trust = Trust {
            addresses: Vec::new(),
            authserv_ids: ids,
        };
        if let Some(signal) = rules.classify(&message, &trust) {
            let is_order_or_code = matches!(
                signal.kind,
                SignalKind::OrderPlaced(_) | SignalKind::OneTimeCode(_)
            );
            if signal.sender == SenderVerdict::Verified && is_order_or_code {
                verified.push(signal.clone());
            }
            all.push(signal);
        }
    }
    print("phishing_pot", mails.len(), &all);
    println!(
        "verified order or code signals: {} of {}",
        verified.len(),
        mails.len()
    );
    assert!(
        verified.len() * 100 <= mails.len(),
        "{} of {}",
        verified.len(),
        mails.len()
    );
}

#[test]
fn anonymised_real_mails_are_all_right() {
    let Some(corpus) = corpus() else { return };
    let rules = RuleSet::built_in().unwrap();
    let mails = mails(&corpus.join("anonymised-real"));
    let signals = signals(&rules, &mails, &Trust::default());
    print("anonymised-real", mails.len(), &signals);
    let by_name: BTreeMap<&str, &Signal> = signals
        .iter()
        .map(|signal| (signal.source.as_str(), signal))
        .collect();
    for (name, service, kind, orders) in [
        (
            "de_aliexpress_2orders_confirmed.eml",
            "aliexpress",
            "order_placed",
            2,
        ),
        (
            "de_aliexpress_order_confirmed.eml",
            "aliexpress",
            "order_placed",
            1,
        ),
        ("de_amazon_ordered.eml", "amazon", "order_placed", 1),
        (
            "en_aliexpress_order_closed_via_appleprivaterelay.eml",
            "aliexpress",
            "order_cancelled",
            1,
        ),
        ("es_amazon_ordered.eml", "amazon", "order_placed", 1),
        ("ja_amazon_ordered.eml", "amazon", "order_placed", 1),
        ("ja_aupay_3ds_otp.eml", "au", "one_time_code", 0),
        ("pl_amazon_ordered.eml", "amazon", "order_placed", 1),
    ] {
        let signal = by_name
            .get(name)
            .unwrap_or_else(|| panic!("{name} gives no signal"));
        assert_eq!(
            (signal.service.as_str(), signal.kind.name()),
            (service, kind),
            "{name}"
        );
        assert_eq!(
            signal.kind.order_ids().len(),
            orders,
            "{name}: {:?}",
            signal.kind.order_ids()
        );
    }
}

#[test]
fn malformed_mails_are_messages() {
    let Some(corpus) = corpus() else { return };
    let rules = RuleSet::built_in().unwrap();
    let mails = mails(&corpus.join("malformed"));
    assert!(!mails.is_empty());
    let signals = signals(&rules, &mails, &Trust::default());
    print("malformed", mails.len(), &signals);
}
