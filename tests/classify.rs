//! Which mail is which signal: the examples in the packs, encodings, and broken mails.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "a test may panic"
)]

use std::sync::LazyLock;

use mailward::engine::message::{Defect, Message, RawMail};
use mailward::engine::rule::{RuleSet, Trust, signal_of};
use mailward::engine::signal::{Item, Order, SenderVerdict, Signal, SignalKind};

/// Compiled once for all tests.
static RULES: LazyLock<RuleSet> = LazyLock::new(|| RuleSet::built_in().unwrap());

#[test]
fn every_example_of_every_pack_comes_out_as_the_pack_says() {
    let rules = RuleSet::built_in().unwrap_or_else(|error| panic!("{error}\nhint: {}", error.hint));
    let (positive, negative) = rules.example_counts();
    println!("{positive} examples, {negative} counterexamples");
    assert!(positive >= 20 && negative >= 20);
    let failures = rules.failing_examples();
    for failure in &failures {
        println!("{}: {}: {}", failure.rule, failure.subject, failure.what);
    }
    assert!(failures.is_empty(), "{} examples fail", failures.len());
}

/// A mail as bytes and when it came.
fn raw(bytes: impl Into<Vec<u8>>) -> RawMail {
    let bytes = bytes.into();
    RawMail {
        source: "test".to_owned(),
        arrived_at: "2026-11-22T03:01:00Z".parse().unwrap(),
        full_size: u64::try_from(bytes.len()).unwrap(),
        bytes,
    }
}

fn mail(headers: &str, body: &[u8]) -> RawMail {
    let mut bytes = headers.replace('\n', "\r\n").into_bytes();
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body);
    raw(bytes)
}

fn signal(mail: &RawMail, trust: &Trust) -> Option<Signal> {
    let rules = &*RULES;
    let one_go = signal_of(rules, mail, trust);
    let whole = rules.classify(&Message::parse(mail), trust);
    assert_eq!(one_go, whole, "the header check must not change the result");
    one_go
}

fn order(signal: Option<Signal>) -> Order {
    match signal.expect("a signal").kind {
        SignalKind::OrderPlaced(order) => order,
        other => panic!("{}", other.name()),
    }
}

const AMAZON: &str = "From: Amazon.co.jp <auto-confirm@amazon.co.jp>\nTo: hanako@example.jp\nDate: Sun, 22 Nov 2026 12:00:00 +0900\nMessage-ID: <1@amazon.co.jp>\nMIME-Version: 1.0\n";

fn pinned() -> Trust {
    Trust {
        addresses: vec!["hanako@example.jp".to_owned()],
        authserv_ids: vec!["mx.example.jp".to_owned()],
    }
}

fn stamped(result: &str) -> String {
    format!(
        "Authentication-Results: mx.example.jp; {result}\n{AMAZON}Subject: Ordered: \"Kettle\"\n"
    )
}

fn verdict_of(headers: &str) -> Option<SenderVerdict> {
    signal(
        &mail(headers, b"Order # 250-1234567-1234567\r\n"),
        &pinned(),
    )
    .map(|signal| signal.sender)
}

#[test]
fn an_iso_2022_jp_subject_cut_inside_an_escape_state() {
    // 「注文済み: 「本」」; the second word goes on in the double-byte state of the first.
    let headers = format!(
        "{AMAZON}Subject: =?ISO-2022-JP?B?GyRCQ21KODpRJF8bKEI6IBskQiFW?=\n =?ISO-2022-JP?B?S1whVxsoQg==?=\nContent-Type: text/plain; charset=ISO-2022-JP\n"
    );
    // 注文番号 in JIS, then the id in full-width digits' ASCII form.
    let body =
        b"\x1b$BCmJ8HV9f\x1b(B: 250-1234567-1234567\r\n\x1b$B9g7W\x1b(B 2,500\x1b$B1_\x1b(B\r\n";
    let order = order(signal(&mail(&headers, body), &Trust::default()));
    assert_eq!(order.order_ids, ["250-1234567-1234567"]);
    assert_eq!(order.amount.unwrap().to_string(), "2500 JPY");
    assert!(order.item_name.is_some());
}

#[test]
fn shift_jis_and_a_charset_that_lies() {
    // ご注文ありがとうございます in CP932, 合計 ￥550.
    let body = b"\x82\xb2\x92\x8d\x95\xb6\x82\xa0\x82\xe8\x82\xaa\x82\xc6\x82\xa4\x82\xb2\x82\xb4\x82\xa2\x82\xdc\x82\xb7\r\nD01-1234567-1234567\r\n\x8d\x87\x8cv \x81\x8f550\r\n";
    for charset in ["Shift_JIS", "utf-8", "x-unknown"] {
        let headers = format!(
            "{AMAZON}Subject: =?utf-8?B?QW1hem9uLmNvLmpw44Gn44Gu44GU5rOo5paH?=\nContent-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: 8bit\n"
        );
        let order = order(signal(&mail(&headers, body), &Trust::default()));
        assert_eq!(order.amount.expect(charset).to_string(), "550 JPY");
        assert_eq!(order.item, Item::Digital);
    }
}

#[test]
fn html_only_in_quoted_printable_with_a_hidden_preheader() {
    let headers = format!(
        "{AMAZON}Subject: Ordered: \"Amazon eGift Card\"\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n"
    );
    let body = "<html><head><style>p{color:red}</style></head><body>=\r\n<div style=3D\"display:none\">Shipped yesterday =E2=80=8C=CD=8F</div><h1>Thanks for your order!</h1><p>Order # <bdi>=E2=80=AB112-1234567-7654321</bdi></p><table><tr><td>Grand Total:</td><td>$24.99</td></tr></table></body></html>";
    let mail = mail(&headers, body.as_bytes());
    let order = order(signal(&mail, &Trust::default()));
    assert_eq!(order.order_ids, ["112-1234567-7654321"]);
    assert_eq!(order.amount.unwrap().to_string(), "24.99 USD");
    assert_eq!(order.item, Item::GiftCard);
    let message = Message::parse(&mail);
    assert!(message.body.heading().starts_with("Thanks for your order!"));
    assert!(message.body.preheader.starts_with("Shipped"));
}

#[test]
fn full_width_digits_fold() {
    let headers = format!("{AMAZON}Subject: Ordered: x\nContent-Type: text/plain; charset=utf-8\n");
    let order = order(signal(
        &mail(
            &headers,
            "注文番号：２５０－１２３４５６７－１２３４５６７".as_bytes(),
        ),
        &Trust::default(),
    ));
    assert_eq!(order.order_ids, ["250-1234567-1234567"]);
}

#[test]
fn a_broken_mail_is_a_message_with_defects() {
    let nothing = Message::parse(&raw(""));
    assert!(
        nothing.defects.contains(&Defect::NoHeader) || nothing.defects.contains(&Defect::NoFrom)
    );
    for bytes in [
        "\r\n\r\n",
        "From\r\n",
        "Subject: x",
        "\u{0}\u{0}",
        "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n--a--",
    ] {
        assert!(
            Message::parse(&raw(bytes))
                .defects
                .contains(&Defect::NoFrom),
            "{bytes:?}"
        );
    }
    let twice = Message::parse(&raw(
        "From: a@b.example\r\nFrom: c@d.example\r\nDate: nonsense\r\n\r\n",
    ));
    assert_eq!(twice.defects, [Defect::NoDate, Defect::RepeatedHeader]);
    assert_eq!(twice.header.counts.from, 2);
    let carrier = Message::parse(&raw("From: a..b.@docomo.ne.jp\r\n\r\n"));
    assert_eq!(carrier.header.from[0].address, "a..b.@docomo.ne.jp");
}

#[test]
fn a_cut_mail_still_says_what_it_says() {
    let mut cut = mail(
        &format!("{AMAZON}Subject: Ordered: x\nContent-Type: multipart/mixed; boundary=b\n"),
        b"--b\r\nContent-Type: text/plain\r\n\r\nOrder # 250-1234567-1234567\r\n--b\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n",
    );
    cut.bytes.extend(std::iter::repeat_n(b'A', 3_000_000));
    cut.full_size = 50_000_000;
    let message = Message::parse(&cut);
    assert!(message.defects.contains(&Defect::Truncated));
    assert!(message.body.text.len() < 1000);
    assert_eq!(
        order(signal(&cut, &Trust::default())).order_ids,
        ["250-1234567-1234567"]
    );
}

#[test]
fn base64_that_ends_too_early_is_read_as_far_as_it_goes() {
    let headers = format!(
        "{AMAZON}Subject: Ordered: x\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n"
    );
    // "Order # 250-1234567-1234567 and" without its end and with a foreign character.
    let mail = mail(&headers, b"T3JkZXIgIyAyNTAtMTIzNDU2Ny0x\r\nMjM0NTY3IGFu!ZA");
    assert_eq!(
        order(signal(&mail, &Trust::default())).order_ids,
        ["250-1234567-1234567"]
    );
}

#[test]
fn a_quoted_or_forwarded_original_is_no_event() {
    let from_friend = AMAZON.replace(
        "Amazon.co.jp <auto-confirm@amazon.co.jp>",
        "taro@example.com",
    );
    let body = b"Order # 250-1234567-1234567\r\n";
    for (headers, what) in [
        (
            format!("{from_friend}Subject: Fwd: Ordered: x at amazon\n"),
            "forwarded",
        ),
        (format!("{AMAZON}Subject: Re: Ordered: x\n"), "answer"),
        (
            AMAZON.replace("auto-confirm@amazon.co.jp", "hanako@example.jp")
                + "Subject: Ordered: x at amazon\n",
            "own",
        ),
    ] {
        assert!(signal(&mail(&headers, body), &pinned()).is_none(), "{what}");
    }
}

#[test]
fn who_is_verified() {
    use SenderVerdict::{Failed, Unverified, Verified};
    let pass = "dmarc=pass header.from=amazon.co.jp";
    for (headers, expected) in [
        (stamped(pass), Verified),
        (stamped("dkim=pass header.d=amazon.co.jp"), Verified),
        (
            stamped("dkim=pass header.d=amazonses.com; spf=pass smtp.mailfrom=amazon.co.jp"),
            Unverified,
        ),
        (stamped("dmarc=pass header.from=amazon.com"), Unverified),
        (stamped("dmarc=fail header.from=amazon.co.jp"), Failed),
        (
            stamped("dmarc=fail header.from=amazon.co.jp; dkim=pass header.d=amazon.co.jp"),
            Unverified,
        ),
        (
            stamped(pass).replace("mx.example.jp", "mx.evil.example"),
            Unverified,
        ),
        (
            stamped(pass).replace("To: hanako@", "To: stranger@"),
            Unverified,
        ),
        (stamped(pass).replace("22 Nov", "19 Nov"), Unverified),
        (stamped(pass) + "Subject: again\n", Unverified),
        (
            stamped(pass).replace(
                "<auto-confirm@amazon.co.jp>",
                "<auto-confirm@amaz0n-shop.example>",
            ),
            Failed,
        ),
    ] {
        assert_eq!(verdict_of(&headers), Some(expected), "{headers}");
    }
}

#[test]
fn a_relay_is_unverified_and_names_the_service() {
    for from in [
        "Amazon <auto-confirm_at_amazon_co_jp_1a2b3c@privaterelay.appleid.com>",
        "Amazon <auto-confirm_at_amazon.co.jp_hanako@duck.com>",
        "\"auto-confirm@amazon.co.jp [via Relay]\" <xyz@mozmail.com>",
    ] {
        let headers = stamped("dmarc=pass header.from=privaterelay.appleid.com")
            .replace("Amazon.co.jp <auto-confirm@amazon.co.jp>", from);
        let signal = signal(
            &mail(&headers, b"Order # 250-1234567-1234567\r\n"),
            &pinned(),
        )
        .expect(from);
        assert_eq!(signal.sender, SenderVerdict::Unverified, "{from}");
        assert_eq!(
            signal.marketplace.as_deref(),
            Some("amazon.co.jp"),
            "{from}"
        );
    }
}

#[test]
fn the_identity_is_the_content_and_not_the_place() {
    let headers = stamped("dmarc=pass header.from=amazon.co.jp");
    let first = signal(
        &mail(&headers, b"Order # 250-1234567-1234567\r\n"),
        &pinned(),
    )
    .unwrap();
    let mut copy = mail(&headers, b"Order # 250-1234567-1234567\r\n");
    copy.source = "elsewhere".to_owned();
    assert_eq!(first.id, signal(&copy, &pinned()).unwrap().id);
    let other = signal(
        &mail(&headers, b"Order # 250-1234567-7777777\r\n"),
        &pinned(),
    )
    .unwrap();
    assert_ne!(first.id, other.id);
    assert_eq!(first.id.0.len(), 32);
}

#[test]
fn a_pack_with_a_slip_says_where_and_what_to_do() {
    for (text, line, what) in [
        (
            "id = \"x\"\nname = { ja = \"x\", en = \"x\" }\nfoo = 1\n",
            3,
            "foo",
        ),
        (
            "id = \"x\"\nname = { ja = \"x\", en = \"x\" }\n[senders]\ndomains = [\"example.com\"]\n[[rule]]\nid = \"r\"\nkind = \"order_placed\"\nsubject = [\"/(/\"]\n",
            8,
            "unclosed group",
        ),
        (
            "id = \"x\"\nname = { ja = \"x\", en = \"x\" }\n[senders]\ndomains = [\"example.com\"]\n[[rule]]\nid = \"r\"\nkind = \"sign_in\"\nsubject = [\"a\"]\n",
            7,
            "outcome",
        ),
        (
            "id = \"x\"\nname = { ja = \"x\", en = \"x\" }\n[senders]\ndomains = [\"Example\"]\n",
            4,
            "sender domain",
        ),
        ("id = 7\n", 1, "string"),
    ] {
        let error = RuleSet::only("mine.toml", text).unwrap_err();
        assert_eq!(error.line, line, "{error}");
        assert!(error.to_string().contains(what), "{error}");
        assert!(!error.hint.is_empty());
    }
}

#[test]
fn explain_names_the_nearest_rule_and_the_evidence() {
    let rules = &*RULES;
    let message = Message::parse(&mail(
        &stamped("dmarc=pass header.from=amazon.co.jp").replace("Ordered: ", "Orders "),
        b"x",
    ));
    let (signal, explanation) = rules.explain(&message, &pinned());
    assert!(signal.is_none());
    assert_eq!(explanation.verdict, SenderVerdict::Verified);
    assert!(
        explanation
            .evidence
            .iter()
            .any(|line| line.contains("dmarc=pass"))
    );
    assert!(!explanation.near_misses.is_empty());
}
