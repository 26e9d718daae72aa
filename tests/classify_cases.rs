//! The labelled mails of tests/cases: precision, recall and the confusion table.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    clippy::cast_precision_loss,
    clippy::print_stdout,
    reason = "a test may panic"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use base64::Engine as _;
use mailward::engine::message::{Message, RawMail};
use mailward::engine::rule::{RuleSet, Trust, sender_hash, signal_of};
use mailward::engine::signal::{SenderVerdict, Signal, SignalKind};
use rust_decimal::Decimal;

const ADDRESSES: [&str; 2] = ["hanako@example.com", "taro@example.com"];
const AUTHSERV_ID: &str = "mx.example.com";

fn text<'t>(case: &'t toml::Table, key: &str) -> Option<&'t str> {
    case.get(key).and_then(toml::Value::as_str)
}

/// The bytes of a text in a charset. ISO-2022-JP is written from EUC-JP, whose double bytes are the same but for bit 8.
fn encoded(text: &str, charset: &str) -> Vec<u8> {
    let encoding = |label: &str| encoding_rs::Encoding::for_label(label.as_bytes()).unwrap();
    encoding(charset).encode(text).0.into_owned()
}

fn base64(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// The mail that a case describes.
fn mail(case: &toml::Table) -> RawMail {
    let name = text(case, "name").unwrap();
    let charset = text(case, "charset").unwrap_or("utf-8");
    let from = text(case, "from").unwrap();
    let word = |text: &str| {
        if text.is_ascii() {
            text.to_owned()
        } else {
            // One word for a few characters each, as RFC 2047 wants it.
            let characters: Vec<char> = text.chars().collect();
            let words = characters.chunks(12).map(|chunk| {
                let part: String = chunk.iter().collect();
                format!("=?{charset}?B?{}?=", base64(&encoded(&part, charset)))
            });
            words.collect::<Vec<_>>().join("\r\n ")
        }
    };
    let from_field = match from.rsplit_once('<') {
        Some((name, address)) if !name.is_ascii() => {
            format!("{} <{address}", word(name.trim().trim_matches('"')))
        }
        _ => from.to_owned(),
    };
    let domain = from
        .rsplit_once('@')
        .map_or("", |(_, domain)| domain)
        .trim_end_matches('>')
        .trim();
    let date: jiff::Timestamp = text(case, "date")
        .unwrap_or("2026-11-20T10:00:00+09:00")
        .parse()
        .unwrap();
    let arrived_at = date + jiff::SignedDuration::from_secs(5);
    let mut mail = String::new();
    match text(case, "auth").unwrap_or("pass") {
        "pass" => write!(mail, "Authentication-Results: {AUTHSERV_ID}; dkim=pass header.d={domain}; spf=pass smtp.mailfrom={domain}; dmarc=pass header.from={domain}\r\n").unwrap(),
        "fail" => write!(mail, "Authentication-Results: {AUTHSERV_ID}; dkim=none; spf=fail smtp.mailfrom={domain}; dmarc=fail header.from={domain}\r\n").unwrap(),
        "none" | "raw" => {}
        other => panic!("{name}: auth {other}"),
    }
    match case.get("headers") {
        None => {}
        Some(toml::Value::String(line)) => write!(mail, "{line}\r\n").unwrap(),
        Some(toml::Value::Array(lines)) => {
            for line in lines {
                write!(mail, "{}\r\n", line.as_str().unwrap()).unwrap();
            }
        }
        Some(other) => panic!("{name}: headers {other}"),
    }
    write!(
        mail,
        "From: {from_field}\r\nTo: {}\r\nSubject: {}\r\nDate: {}\r\nMessage-ID: <{name}@{}>\r\nMIME-Version: 1.0\r\n",
        text(case, "to").unwrap_or("hanako@example.com"),
        word(text(case, "subject").unwrap()),
        date.to_zoned(jiff::tz::TimeZone::UTC).strftime("%a, %d %b %Y %H:%M:%S +0000"),
        if domain.is_empty() { "nowhere" } else { domain },
    )
    .unwrap();
    let part = |kind: &str, body: &str| {
        let lines: Vec<String> = base64(&encoded(body, charset))
            .as_bytes()
            .chunks(76)
            .map(|line| String::from_utf8_lossy(line).into_owned())
            .collect();
        format!(
            "Content-Type: text/{kind}; charset={charset}\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n",
            lines.join("\r\n")
        )
    };
    match (text(case, "text"), text(case, "html")) {
        (Some(plain), Some(html)) => write!(
            mail,
            "Content-Type: multipart/alternative; boundary=\"b\"\r\n\r\n--b\r\n{}--b\r\n{}--b--\r\n",
            part("plain", plain),
            part("html", html)
        )
        .unwrap(),
        (Some(plain), None) => mail.push_str(&part("plain", plain)),
        (None, Some(html)) => mail.push_str(&part("html", html)),
        (None, None) => panic!("{name}: no body"),
    }
    let bytes = mail.into_bytes();
    RawMail {
        source: name.to_owned(),
        arrived_at,
        full_size: bytes.len() as u64,
        bytes,
    }
}

fn name_of(value: impl serde::Serialize) -> String {
    serde_json::to_value(value)
        .unwrap()
        .as_str()
        .unwrap()
        .to_owned()
}

/// The signal's fields under the names of a case.
fn fields(signal: &Signal) -> BTreeMap<&'static str, toml::Value> {
    let mut fields = BTreeMap::new();
    let string = |text: String| toml::Value::String(text);
    fields.insert("kind", string(signal.kind.name().to_owned()));
    fields.insert("service", string(signal.service.clone()));
    fields.insert(
        "marketplace",
        string(signal.marketplace.clone().unwrap_or_default()),
    );
    fields.insert("sender", string(name_of(signal.sender)));
    fields.insert(
        "order_ids",
        toml::Value::Array(
            signal
                .kind
                .order_ids()
                .iter()
                .cloned()
                .map(toml::Value::String)
                .collect(),
        ),
    );
    let mut money = |amount: &Option<mailward::engine::money::Money>| {
        fields.insert(
            "amount",
            string(
                amount
                    .as_ref()
                    .map(|money| money.amount.normalize().to_string())
                    .unwrap_or_default(),
            ),
        );
        fields.insert(
            "currency",
            string(
                amount
                    .as_ref()
                    .map(|money| money.currency.clone())
                    .unwrap_or_default(),
            ),
        );
    };
    match &signal.kind {
        SignalKind::OrderPlaced(order) => {
            money(&order.amount);
            fields.insert("item", string(name_of(order.item)));
            fields.insert("gift_recipient", string(name_of(order.gift_recipient)));
            fields.insert("scheduled", toml::Value::Boolean(order.scheduled));
        }
        SignalKind::OrderCancelled {
            by,
            says_not_charged,
            ..
        } => {
            fields.insert("by", string(name_of(by)));
            fields.insert("says_not_charged", toml::Value::Boolean(*says_not_charged));
        }
        SignalKind::OneTimeCode(code) => {
            fields.insert("purpose", string(name_of(code.purpose)));
            fields.insert("knows_password", toml::Value::Boolean(code.knows_password));
        }
        SignalKind::SignIn {
            outcome,
            knows_password,
            ..
        } => {
            fields.insert("outcome", string(name_of(outcome)));
            fields.insert("knows_password", toml::Value::Boolean(*knows_password));
        }
        SignalKind::AccountChange { what } => {
            fields.insert("what", string(name_of(what)));
        }
        SignalKind::MerchantAction { what } => {
            fields.insert("what", string(name_of(what)));
        }
        SignalKind::CardCharge(charge) => {
            money(&charge.amount);
            let shop = charge.shop.clone().unwrap_or_default().to_lowercase();
            fields.insert(
                "shop",
                string(shop.split_whitespace().collect::<Vec<_>>().join(" ")),
            );
        }
    }
    fields
}

fn same(key: &str, expected: &toml::Value, found: &toml::Value) -> bool {
    if key == "amount"
        && let (Some(expected), Some(found)) = (expected.as_str(), found.as_str())
    {
        return match (expected.parse::<Decimal>(), found.parse::<Decimal>()) {
            (Ok(expected), Ok(found)) => expected == found,
            _ => expected == found,
        };
    }
    expected == found
}

/// What differs, empty where the mail came out as it is labelled.
fn differences(expect: &toml::Value, signal: Option<&Signal>) -> Vec<String> {
    match (expect, signal) {
        (toml::Value::String(_), None) => Vec::new(),
        (toml::Value::String(_), Some(signal)) => vec![format!(
            "{} {:?} by {} instead of none",
            signal.kind.name(),
            signal.sender,
            signal.rule
        )],
        (toml::Value::Table(_), None) => vec!["nothing".to_owned()],
        (toml::Value::Table(table), Some(signal)) => {
            let fields = fields(signal);
            let mut differing: Vec<String> = table
                .iter()
                .filter_map(|(key, expected)| {
                    let found = fields.get(key.as_str());
                    let is_same = found.is_some_and(|found| same(key, expected, found));
                    (!is_same).then(|| {
                        format!(
                            "{key} is {} instead of {expected} ({})",
                            found.map_or("missing".to_owned(), ToString::to_string),
                            signal.rule
                        )
                    })
                })
                .collect();
            if !table.contains_key("sender") && signal.sender == SenderVerdict::Failed {
                differing.push(format!("the sender failed ({})", signal.rule));
            }
            differing
        }
        other => panic!("{other:?}"),
    }
}

/// Whether a mail's body is fetched where headers come first. A mail that is a signal must not be turned away, and of
/// the others the same sender must be counted.
fn passes_the_gate(rules: &RuleSet, trust: &Trust, mail: &RawMail, is_signal: bool) -> bool {
    let end = mail.bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let header = RawMail {
        bytes: mail.bytes[..end.unwrap() + 4].to_vec(),
        ..mail.clone()
    };
    let passed_over = rules.passed_over(&header, trust);
    if let Some(sender) = passed_over {
        assert!(!is_signal, "{} is turned away", mail.source);
        assert_eq!(sender_hash(&mail.bytes), sender, "{}", mail.source);
    }
    passed_over.is_none()
}

#[test]
fn precision_and_recall_on_the_labelled_cases() {
    let rules = RuleSet::built_in().unwrap();
    let trust = Trust {
        addresses: ADDRESSES
            .iter()
            .map(|address| (*address).to_owned())
            .collect(),
        authserv_ids: vec![AUTHSERV_ID.to_owned()],
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "toml"))
        .collect();
    files.sort();
    let (mut cases, mut negatives) = (0_usize, 0_usize);
    // A signal is right when every named field is right.
    let (mut right, mut wrong, mut missed) = (0_usize, 0_usize, 0_usize);
    let mut turned_away = 0_usize;
    let mut confusion: BTreeMap<(String, String), usize> = BTreeMap::new();
    for file in &files {
        let parsed: toml::Table = toml::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        for case in parsed["case"].as_array().unwrap() {
            let case = case.as_table().unwrap();
            let expect = &case["expect"];
            let mail = mail(case);
            let signal = signal_of(&rules, &mail, &trust);
            let ungated = rules.classify_ungated(&Message::parse(&mail), &trust);
            assert_eq!(
                signal, ungated,
                "the gate changes the result of {}",
                mail.source
            );
            turned_away += usize::from(!passes_the_gate(&rules, &trust, &mail, signal.is_some()));
            let differing = differences(expect, signal.as_ref());
            let expected_kind = expect
                .get("kind")
                .and_then(toml::Value::as_str)
                .unwrap_or("none");
            let found_kind = signal.as_ref().map_or("none", |signal| signal.kind.name());
            *confusion
                .entry((expected_kind.to_owned(), found_kind.to_owned()))
                .or_default() += 1;
            cases += 1;
            negatives += usize::from(expected_kind == "none");
            match (
                signal.is_some(),
                expected_kind != "none",
                differing.is_empty(),
            ) {
                (true, true, true) => right += 1,
                (true, true, false) => {
                    wrong += 1;
                    missed += 1;
                }
                (true, false, _) => wrong += 1,
                (false, true, _) => missed += 1,
                (false, false, _) => {}
            }
            if !differing.is_empty() {
                println!(
                    "{} {}: {}",
                    file.file_name().unwrap().to_string_lossy(),
                    text(case, "name").unwrap(),
                    differing.join("; ")
                );
            }
        }
    }
    println!("{cases} cases, {negatives} of them hard negatives");
    println!("{turned_away} bodies need not be fetched where headers come first");
    assert!(
        turned_away > 0,
        "a gate that lets everything through is none"
    );
    println!("{:>18} {:>18} {:>6}", "labelled", "classified", "mails");
    for ((expected, found), count) in &confusion {
        println!("{expected:>18} {found:>18} {count:>6}");
    }
    let precision = right as f64 / (right + wrong) as f64;
    let recall = right as f64 / (right + missed) as f64;
    println!(
        "precision {precision:.4}, recall {recall:.4} (a signal is right when every labelled field is)"
    );
    assert!(
        cases >= 400 && negatives * 5 >= cases * 2,
        "{cases} cases, {negatives} negatives"
    );
    assert!(precision >= 0.99, "precision {precision}");
    assert!(recall >= 0.99, "recall {recall}");
}
