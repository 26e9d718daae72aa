//! How long classifying takes beside mail-parser's full parse of the same mails in the same run. On one core:
//! `taskset -c 0 cargo bench --bench classify`. Exits 1 above the limits.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::arithmetic_side_effects,
    reason = "a benchmark reads the clock and prints"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use mailward::engine::message::RawMail;
use mailward::engine::rule::{RuleSet, Trust, signal_of};

/// Most that classifying may cost, as a multiple of the parse.
const MIXED_LIMIT: f64 = 1.25;
const HTML_LIMIT: f64 = 3.0;
const MAILS: u32 = 400;
const ROUNDS: usize = 7;

/// A number that looks like chance and is none, so that every run sees the same mails.
fn noise(seed: u32) -> u32 {
    seed.wrapping_mul(2_654_435_761).rotate_left(13) ^ 0x9e37_79b9
}

/// What ordinary mail talks about; one mail in ten is an order or a code.
fn subject(number: u32) -> String {
    match noise(number) % 20 {
        0 => format!("Order confirmation PC-{number}"),
        1 => "Your verification code".to_owned(),
        2 => "Your order has shipped".to_owned(),
        3 => "20% off everything this weekend".to_owned(),
        other => format!(
            "Notes on topic {} and the plan for week {other}",
            number % 97
        ),
    }
}

fn plain(number: u32) -> Vec<u8> {
    let mut text = String::from("Hello Hanako,\n\n");
    for line in 0..(20 + noise(number) % 90) {
        let word = noise(number ^ line);
        text.push_str(&format!("Line {line} of the letter speaks of {word}, of the weather and of nothing else in particular.\n"));
    }
    mail(number, "text/plain", &text)
}

/// A shop mail: tables in tables, styles on every cell, a hidden preview line.
fn html(number: u32) -> Vec<u8> {
    let mut page = String::from(
        "<html><head><style>td{font:12px sans-serif;color:#333}</style></head><body><div style=\"display:none;max-height:0\">Preview</div><table width=\"100%\">",
    );
    for row in 0..(40 + noise(number) % 60) {
        let price = noise(number ^ row) % 9000;
        page.push_str(&format!(
            "<tr><td style=\"padding:4px 8px;border-bottom:1px solid #eeeeee;font-family:Arial,Helvetica,sans-serif;font-size:13px\"><a href=\"https://shop.example/p/{row}?utm_source=mail&amp;utm_campaign={price}\"><img src=\"https://img.example/{row}.png\" width=\"80\" height=\"80\" alt=\"\"></a></td><td style=\"padding:4px 8px;font-family:Arial\"><b>Article {row}</b><br>A fine thing of good make &mdash; from stock</td><td align=\"right\" style=\"padding:4px\">&euro;{price}.00</td></tr>\n"
        ));
    }
    page.push_str("</table></body></html>");
    mail(number, "text/html", &page)
}

fn mail(number: u32, kind: &str, body: &str) -> Vec<u8> {
    let received: String = (0..5).map(|hop| format!("Received: from mx{hop}.example.net (mx{hop}.example.net [192.0.2.{hop}])\r\n\tby mx.example.com with ESMTPS id {number}x{hop}\r\n\tfor <hanako@example.com>; Sun, 22 Nov 2026 12:00:00 +0900 (JST)\r\n")).collect();
    format!(
        "{received}Authentication-Results: mx.example.com; dkim=pass header.d=shop{}.example; dmarc=pass header.from=shop{}.example\r\nFrom: Shop <news@shop{}.example>\r\nTo: hanako@example.com\r\nSubject: {}\r\nDate: Sun, 22 Nov 2026 12:00:00 +0900\r\nMessage-ID: <{number}@shop.example>\r\nMIME-Version: 1.0\r\nContent-Type: {kind}; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{}",
        number % 50, number % 50, number % 50, subject(number), body.replace('\n', "\r\n")
    )
    .into_bytes()
}

fn best(mut run: impl FnMut()) -> Duration {
    (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .min()
        .unwrap()
}

fn ratio(name: &str, mails: &[RawMail], rules: &RuleSet, trust: &Trust) -> f64 {
    let bytes: usize = mails.iter().map(|mail| mail.bytes.len()).sum();
    let parser = mail_parser::MessageParser::default();
    let parse = best(|| {
        mails
            .iter()
            .for_each(|mail| drop(black_box(parser.parse(&mail.bytes))))
    });
    let classify = best(|| {
        mails
            .iter()
            .for_each(|mail| drop(black_box(signal_of(rules, mail, trust))))
    });
    let per_second = |time: Duration| mails.len() as f64 / time.as_secs_f64();
    let ratio = classify.as_secs_f64() / parse.as_secs_f64();
    println!(
        "{name}: {} mails, {} kB each: parse {:.0}/s, classify {:.0}/s, ratio {ratio:.2}",
        mails.len(),
        bytes / mails.len() / 1024,
        per_second(parse),
        per_second(classify)
    );
    ratio
}

fn main() {
    let rules = RuleSet::built_in().unwrap();
    let trust = Trust {
        addresses: vec!["hanako@example.com".to_owned()],
        authserv_ids: vec!["mx.example.com".to_owned()],
    };
    let raw = |bytes: Vec<u8>| RawMail {
        source: String::new(),
        arrived_at: "2026-11-22T03:00:00Z".parse().unwrap(),
        full_size: bytes.len() as u64,
        bytes,
    };
    let mixed: Vec<RawMail> = (0..MAILS)
        .map(|number| {
            raw(if number % 2 == 0 {
                plain(number)
            } else {
                html(number)
            })
        })
        .collect();
    let shop: Vec<RawMail> = (0..MAILS).map(|number| raw(html(number))).collect();
    let mixed = ratio("mixed", &mixed, &rules, &trust);
    let shop = ratio("html", &shop, &rules, &trust);
    if mixed > MIXED_LIMIT || shop > HTML_LIMIT {
        println!("too slow: the limits are {MIXED_LIMIT} (mixed) and {HTML_LIMIT} (html)");
        std::process::exit(1);
    }
}
