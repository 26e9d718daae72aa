//! Authentication-Results as providers and forgers write them, and what the gates make of genuine mails out of place.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "a test may panic"
)]

use mailward::engine::authentication::Outcome::{self, Fail, Pass, Unknown};
use mailward::engine::authentication::{authenticate, gates};
use mailward::engine::message::{Message, RawMail};

fn message(fields: &[&str], from: &str) -> Message {
    let mut mail = String::new();
    for field in fields {
        mail.push_str(&format!("Authentication-Results: {field}\r\n"));
    }
    mail.push_str(&format!("From: Shop <{from}>\r\nTo: hanako@example.jp\r\nSubject: x\r\nDate: Sun, 22 Nov 2026 12:00:00 +0900\r\n\r\nx\r\n"));
    parsed(mail)
}

fn parsed(mail: String) -> Message {
    let bytes = mail.into_bytes();
    Message::parse(&RawMail {
        source: "test".to_owned(),
        arrived_at: "2026-11-22T03:00:30Z".parse().unwrap(),
        full_size: bytes.len() as u64,
        bytes,
    })
}

fn outcome(fields: &[&str], from: &str, pins: &[&str]) -> Outcome {
    let pins: Vec<String> = pins.iter().map(|pin| (*pin).to_owned()).collect();
    authenticate(&message(fields, from), &pins).outcome
}

#[test]
#[rustfmt::skip]
fn stamps_as_they_come() {
    const SHOP: &str = "order@shop.example.com";
    let long = format!("mx.test; dmarc=pass header.from=shop.example.com; x-pad=pass reason=\"{}\"", "a".repeat(20_000));
    let nested = format!("mx.test; dmarc=pass {}x{} header.from=shop.example.com", "(".repeat(60), ")".repeat(60));
    let cases: Vec<(&str, Vec<&str>, &str, Vec<&str>, Outcome)> = vec![
        ("dmarc passes", vec!["mx.test; dmarc=pass header.from=shop.example.com"], SHOP, vec!["mx.test"], Pass),
        ("dmarc passes, upper case", vec!["MX.Test; DMARC=Pass Header.From=Shop.Example.COM"], SHOP, vec!["mx.test"], Pass),
        ("the pin in upper case", vec!["mx.test; dmarc=pass header.from=shop.example.com"], SHOP, vec!["MX.TEST"], Pass),
        ("a version behind the id", vec!["mx.test 1; dmarc=pass header.from=shop.example.com"], SHOP, vec!["mx.test"], Pass),
        ("a version behind the method", vec!["mx.test; dmarc/1=pass header.from=shop.example.com"], SHOP, vec!["mx.test"], Pass),
        ("a quoted id", vec!["\"mx.test\"; dmarc=pass header.from=shop.example.com"], SHOP, vec!["mx.test"], Pass),
        ("folded", vec!["mx.test;\r\n\tdmarc=pass\r\n header.from=shop.example.com"], SHOP, vec!["mx.test"], Pass),
        ("folded around the equals sign", vec!["mx.test; dmarc\r\n = \r\n pass header.from = shop.example.com"], SHOP, vec!["mx.test"], Pass),
        ("comments everywhere", vec!["mx.test (me; too); (a) dmarc (b) = (c) pass (p=reject (nested) dis=none) header.from=shop.example.com (d)"], SHOP, vec!["mx.test"], Pass),
        ("a comment with an escaped parenthesis", vec!["mx.test; dmarc=pass (a\\) b) header.from=shop.example.com"], SHOP, vec!["mx.test"], Pass),
        ("a reason with a semicolon", vec!["mx.test; dmarc=pass reason=\"a; dmarc=fail\" header.from=shop.example.com"], SHOP, vec!["mx.test"], Pass),
        ("a quoted value", vec!["mx.test; dmarc=pass header.from=\"shop.example.com\""], SHOP, vec!["mx.test"], Pass),
        ("dkim aligned, d", vec!["mx.test; dkim=pass header.d=shop.example.com header.b=ab="], SHOP, vec!["mx.test"], Pass),
        ("dkim aligned, i", vec!["mx.test; dkim=pass header.i=@shop.example.com"], SHOP, vec!["mx.test"], Pass),
        ("dkim of the organisation", vec!["mx.test; dkim=pass header.d=example.com"], SHOP, vec!["mx.test"], Pass),
        ("dkim of a name below", vec!["mx.test; dkim=pass header.d=bounce.shop.example.com"], SHOP, vec!["mx.test"], Pass),
        ("two signatures, one foreign that fails", vec!["mx.test; dkim=fail header.d=esp.test; dkim=pass header.d=example.com"], SHOP, vec!["mx.test"], Pass),
        ("one field a method, as iCloud writes", vec!["spf.test; spf=pass smtp.mailfrom=x.test", "dmarc.test; dmarc=pass header.from=shop.example.com"], SHOP, vec!["spf.test", "dmarc.test"], Pass),
        ("a starred pin", vec!["mx7.test; dmarc=pass header.from=shop.example.com"], SHOP, vec!["*.test"], Pass),
        ("no id, as Outlook.com writes", vec!["spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=x.test; dkim=pass header.d=shop.example.com;dmarc=pass action=none header.from=shop.example.com;compauth=pass reason=100"], SHOP, vec!["-"], Pass),
        ("a foreign stamp below ours", vec!["mx.test; dmarc=pass header.from=shop.example.com", "evil.test; dmarc=fail header.from=shop.example.com"], SHOP, vec!["mx.test"], Pass),
        ("a foreign stamp above ours", vec!["evil.test; dmarc=fail", "mx.test; dmarc=pass header.from=shop.example.com"], SHOP, vec!["mx.test"], Pass),
        ("the same stamp twice", vec!["mx.test; dmarc=pass header.from=shop.example.com", "mx.test; dmarc=pass header.from=shop.example.com"], SHOP, vec!["mx.test"], Pass),
        ("an internationalised domain", vec!["mx.test; dmarc=pass header.from=xn--bcher-kva.example"], "order@bücher.example", vec!["mx.test"], Pass),
        ("dmarc fails", vec!["mx.test; dmarc=fail (p=reject) header.from=shop.example.com"], SHOP, vec!["mx.test"], Fail),
        ("dmarc fails without a domain", vec!["mx.test; dmarc=fail"], SHOP, vec!["mx.test"], Fail),
        ("dmarc fails, spf passes", vec!["mx.test; spf=pass smtp.mailfrom=shop.example.com; dmarc=fail header.from=shop.example.com"], SHOP, vec!["mx.test"], Fail),
        ("dmarc fails, foreign dkim passes", vec!["mx.test; dkim=pass header.d=esp.test; dmarc=fail header.from=shop.example.com"], SHOP, vec!["mx.test"], Fail),
        ("nothing stamped", vec![], SHOP, vec!["mx.test"], Unknown),
        ("none", vec!["mx.test; none"], SHOP, vec!["mx.test"], Unknown),
        ("no pin", vec!["mx.test; dmarc=pass header.from=shop.example.com"], SHOP, vec![], Unknown),
        ("only a foreign stamp", vec!["evil.test; dmarc=pass header.from=shop.example.com"], SHOP, vec!["mx.test"], Unknown),
        ("our id at the end of another", vec!["evil-mx.test; dmarc=pass header.from=shop.example.com"], SHOP, vec!["mx.test"], Unknown),
        ("our id at the start of another", vec!["mx.test.evil.test; dmarc=pass header.from=shop.example.com"], SHOP, vec!["mx.test"], Unknown),
        ("our id in a comment", vec!["(mx.test) evil.test; dmarc=pass header.from=shop.example.com"], SHOP, vec!["mx.test"], Unknown),
        ("our id as a word after another", vec!["evil.test mx.test; dmarc=pass header.from=shop.example.com"], SHOP, vec!["mx.test"], Unknown),
        ("no id, and none allowed", vec!["dmarc=pass header.from=shop.example.com"], SHOP, vec!["mx.test"], Unknown),
        ("dmarc of another domain", vec!["mx.test; dmarc=pass header.from=evil.test"], SHOP, vec!["mx.test"], Unknown),
        ("dmarc without a domain", vec!["mx.test; dmarc=pass"], SHOP, vec!["mx.test"], Unknown),
        ("dmarc with two domains", vec!["mx.test; dmarc=pass header.from=shop.example.com header.from=evil.test"], SHOP, vec!["mx.test"], Unknown),
        ("dmarc is none", vec!["mx.test; dmarc=none header.from=shop.example.com"], SHOP, vec!["mx.test"], Unknown),
        ("dmarc is bestguesspass", vec!["mx.test; dmarc=bestguesspass header.from=shop.example.com"], SHOP, vec!["mx.test"], Unknown),
        ("dmarc is passed by hand", vec!["mx.test; dmarc=passed header.from=shop.example.com"], SHOP, vec!["mx.test"], Unknown),
        ("dkim of another domain", vec!["mx.test; dkim=pass header.d=amazonses.com"], SHOP, vec!["mx.test"], Unknown),
        ("dkim of a public suffix", vec!["mx.test; dkim=pass header.d=com"], SHOP, vec!["mx.test"], Unknown),
        ("dkim of a look-alike", vec!["mx.test; dkim=pass header.d=example.com.evil.test"], SHOP, vec!["mx.test"], Unknown),
        ("spf alone", vec!["mx.test; spf=pass smtp.mailfrom=shop.example.com"], SHOP, vec!["mx.test"], Unknown),
        ("arc alone", vec!["mx.test; arc=pass header.oldest-pass=0 smtp.remote-ip=192.0.2.1"], SHOP, vec!["mx.test"], Unknown),
        ("pass and fail", vec!["mx.test; dmarc=pass header.from=shop.example.com", "mx.test; dmarc=fail header.from=shop.example.com"], SHOP, vec!["mx.test"], Unknown),
        ("dmarc fails, aligned dkim passes", vec!["mx.test; dkim=pass header.d=shop.example.com; dmarc=fail header.from=shop.example.com"], SHOP, vec!["mx.test"], Unknown),
        ("one signature passes and fails", vec!["mx.test; dkim=pass header.d=shop.example.com; dkim=fail header.d=shop.example.com"], SHOP, vec!["mx.test"], Unknown),
        ("a comment without an end", vec!["mx.test; dmarc=pass header.from=shop.example.com (oops"], SHOP, vec!["mx.test"], Unknown),
        ("a quoted text without an end", vec!["mx.test; dmarc=pass reason=\"oops header.from=shop.example.com"], SHOP, vec!["mx.test"], Unknown),
        ("dmarc only in a comment", vec!["mx.test; spf=pass (dmarc=pass header.from=shop.example.com)"], SHOP, vec!["mx.test"], Unknown),
        ("dmarc only in a reason", vec!["mx.test; spf=pass reason=\"dmarc=pass header.from=shop.example.com\""], SHOP, vec!["mx.test"], Unknown),
        ("no equals sign", vec!["mx.test; dmarc pass header.from=shop.example.com"], SHOP, vec!["mx.test"], Unknown),
        ("larger than a stamp can be", vec![&long], SHOP, vec!["mx.test"], Unknown),
        ("comments nested too deep", vec![&nested], SHOP, vec!["mx.test"], Unknown),
        ("the From of another domain of the organisation", vec!["mx.test; dmarc=pass header.from=example.com"], SHOP, vec!["mx.test"], Unknown),
    ];
    assert!(cases.len() >= 50, "{}", cases.len());
    for (name, fields, from, pins, expected) in &cases {
        assert_eq!(outcome(fields, from, pins), *expected, "{name}");
    }
}

#[test]
fn our_own_check_counts_where_nobody_else_says_anything() {
    let pins = vec!["mx.test".to_owned()];
    let mut silent = message(&[], "order@shop.example.com");
    assert_eq!(authenticate(&silent, &pins).outcome, Unknown);
    silent.dkim_domains = vec!["example.com".to_owned()];
    assert_eq!(authenticate(&silent, &pins).outcome, Pass);
    silent.dkim_domains = vec!["amazonses.com".to_owned()];
    assert_eq!(authenticate(&silent, &pins).outcome, Unknown);
    // What the provider says is never overruled.
    let mut failed = message(
        &["mx.test; dmarc=fail header.from=shop.example.com"],
        "order@shop.example.com",
    );
    failed.dkim_domains = vec!["example.com".to_owned()];
    assert_eq!(authenticate(&failed, &pins).outcome, Fail);
}

#[test]
fn an_authentic_mail_out_of_place_meets_objections() {
    const GOOD: &str = "From: a@example.com\r\nTo: hanako@example.jp\r\nSubject: x\r\nDate: Sun, 22 Nov 2026 12:00:00 +0900\r\n";
    let own = vec!["Hanako@example.jp".to_owned()];
    let objections =
        |header: &str| gates::objections(&parsed(format!("{header}\r\nx\r\n")), &own).len();
    assert_eq!(objections(GOOD), 0);
    assert_eq!(objections(&GOOD.replace("To: hanako", "Cc: hanako")), 0);
    for (name, header) in [
        (
            "a second From in front",
            format!("From: b@example.com\r\n{GOOD}"),
        ),
        ("a second Subject in front", format!("Subject: y\r\n{GOOD}")),
        (
            "a second Date",
            format!("{GOOD}Date: Sun, 22 Nov 2026 12:00:00 +0900\r\n"),
        ),
        (
            "two authors",
            GOOD.replace("a@example.com", "a@example.com, b@example.com"),
        ),
        ("sent on to a stranger", GOOD.replace("hanako@", "taro@")),
        ("an old mail again", GOOD.replace("22 Nov", "19 Nov")),
        ("a mail of the future", GOOD.replace("22 Nov", "29 Nov")),
        (
            "no date",
            GOOD.replace("Date: Sun, 22 Nov 2026 12:00:00 +0900\r\n", ""),
        ),
        ("no subject", GOOD.replace("Subject: x\r\n", "")),
    ] {
        assert!(objections(&header) > 0, "{name}");
    }
    assert!(
        gates::objections(
            &parsed(format!("{}\r\nx\r\n", GOOD.replace("hanako@", "taro@"))),
            &[]
        )
        .is_empty()
    );
}
