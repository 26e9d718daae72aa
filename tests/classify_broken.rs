//! Mails that are broken in thousands of ways: never a panic, and the header check never changes the result.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::panic,
    reason = "a test may panic"
)]

use mailward::engine::authentication::results::AuthenticationResults;
use mailward::engine::message::{Message, RawMail};
use mailward::engine::rule::{RuleSet, Trust, signal_of};

const SEEDS: [&str; 5] = [
    "Authentication-Results: mx.example.jp;\r\n dkim=pass (2048 bit) header.d=amazon.co.jp; dmarc=pass header.from=amazon.co.jp\r\nFrom: \"Amazon.co.jp\" <auto-confirm@amazon.co.jp>\r\nTo: hanako@example.jp\r\nSubject: =?ISO-2022-JP?B?GyRCQ21KODpRJF8bKEI6IBskQiFW?=\r\n =?ISO-2022-JP?B?S1whVxsoQg==?=\r\nDate: Sun, 22 Nov 2026 12:00:00 +0900\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/plain; charset=iso-2022-jp\r\nContent-Transfer-Encoding: 7bit\r\n\r\n\u{1b}$BCmJ8HV9f\u{1b}(B 250-1234567-1234567\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<div style=3D\"display:none\">x</div><p>=E5=90=88=E8=A8=88 2,500=E5=86=86</p>\r\n--b--\r\n",
    "From: Harbor <no-reply@harbor.example>\r\nTo: hanako@example.jp\r\nSubject: Your verification code\r\nDate: Sun, 22 Nov 2026 12:00:00 +0900\r\nContent-Type: text/html; charset=windows-1252\r\n\r\n<html><head><style>p{}</style></head><body><script type=\"application/ld+json\">{\"@type\":\"Order\",\"orderNumber\":\"A-1\"}</script><table><tr><td>4</td><td>8</td><td>2</td><td>9</td></tr></table><!-- x --><p title=\"a>b\">Your code: 482913</p></body></html>",
    "From: a@b.example\r\nSubject: x\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: message/rfc822\r\n\r\nFrom: c@d.example\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nx\r\n--c--\r\n--a\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nT3JkZXI=\r\n--a--\r\n",
    "Subject: \u{ff14}\u{ff18}\u{ff12}\u{ff19}\u{ff11}\u{ff13} \u{8a8d}\u{8a3c}\u{30b3}\u{30fc}\u{30c9}\r\nFrom: =?utf-8?q?=E6=A5=BD=E5=A4=A9?= <x@rakuten-co-jp.example>\r\n\r\n\u{5408}\u{8a08} \u{ffe5}2,500\r\n\u{1f389}\u{202e}abc",
    "From: x_at_notice_aliexpress_com_0a1b2c@privaterelay.appleid.com\r\nList-Id: <a.b>\r\nDate: Mon, 99 Foo 99999 99:99:99 +9999\r\nSubject: Your order 8123456789012345 is closed\r\n\r\nOrder 8123456789012345 Total: $1,2,3.4.5 9999999999999999999999999999999999 USD",
];

/// A sequence that looks like chance and is the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }
}

fn broken(seed: &str, chance: &mut Chance) -> Vec<u8> {
    let mut bytes = seed.as_bytes().to_vec();
    for _ in 0..=chance.below(8) {
        let at = chance.below(bytes.len().max(1));
        match chance.below(6) {
            0 => bytes.truncate(at),
            1 if !bytes.is_empty() => bytes[at] = chance.below(256) as u8,
            2 if !bytes.is_empty() => drop(bytes.remove(at)),
            3 => bytes.insert(
                at.min(bytes.len()),
                b"\r\n:;<>=?\"(--\0\x1b\xff&"[chance.below(16)],
            ),
            4 => {
                let other = SEEDS[chance.below(SEEDS.len())].as_bytes();
                let cut = chance.below(other.len());
                bytes.splice(at.min(bytes.len()).., other[cut..].iter().copied());
            }
            _ => {
                let end = (at + chance.below(40)).min(bytes.len());
                let piece = bytes[at.min(end)..end].to_vec();
                for _ in 0..chance.below(20) {
                    bytes.splice(
                        at.min(bytes.len())..at.min(bytes.len()),
                        piece.iter().copied(),
                    );
                }
            }
        }
    }
    bytes
}

#[test]
fn no_mail_harms() {
    let rules = RuleSet::built_in().unwrap();
    let trust = Trust {
        addresses: vec!["hanako@example.jp".to_owned()],
        authserv_ids: vec!["mx.example.jp".to_owned()],
    };
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    let mut signals = 0;
    for round in 0..1500 {
        let bytes = broken(SEEDS[round % SEEDS.len()], &mut chance);
        let mail = RawMail {
            source: "broken".to_owned(),
            arrived_at: "2026-11-22T03:01:00Z".parse().unwrap(),
            full_size: bytes.len() as u64,
            bytes,
        };
        let message = Message::parse(&mail);
        assert!(message.body.text.len() <= 16 * 1024);
        let signal = rules.classify(&message, &trust);
        assert_eq!(signal_of(&rules, &mail, &trust), signal);
        signals += usize::from(signal.is_some());
    }
    // The mutations must leave some mails readable, or nothing behind the parser was tried.
    assert!(signals > 80, "{signals}");
}

#[test]
fn no_authentication_results_and_no_rule_file_harm() {
    let mut chance = Chance(0x2545_f491_4f6c_dd1d);
    let field = "mx.example.jp 1; dkim=pass (a (b)) reason=\"x;y\" header.d=amazon.co.jp header.i=@x; dmarc/1 = pass header.from=amazon.co.jp";
    for _ in 0..4000 {
        let bytes = broken(field, &mut chance);
        let _ = AuthenticationResults::parse(&String::from_utf8_lossy(&bytes));
    }
    let pack = "id = \"x\"\nname = { ja = \"x\", en = \"x\" }\n[senders]\ndomains = [\"example.com\"]\n[[rule]]\nid = \"r\"\nkind = \"order_placed\"\nsubject = [\"/a(b|c){1,3}/\", \"@order-subject\"]\n";
    for _ in 0..40 {
        let bytes = broken(pack, &mut chance);
        if let Err(error) = RuleSet::only("x.toml", &String::from_utf8_lossy(&bytes)) {
            assert!(error.line >= 1 && error.column >= 1 && !error.hint.is_empty());
        }
    }
}
