//! Mails to be classified, made from a number, so that every run sees the same ones.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mailward::engine::message::RawMail;
use mailward::engine::rule::Trust;

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

pub fn plain(number: u32) -> Vec<u8> {
    let mut text = String::from("Hello Hanako,\n\n");
    for line in 0..(20 + noise(number) % 90) {
        let word = noise(number ^ line);
        text.push_str(&format!("Line {line} of the letter speaks of {word}, of the weather and of nothing else in particular.\n"));
    }
    mail(number, "text/plain", &text)
}

/// A shop mail: tables in tables, styles on every cell, a hidden preview line.
pub fn html(number: u32) -> Vec<u8> {
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

/// A mail as it comes from the server.
pub fn raw(bytes: Vec<u8>) -> RawMail {
    RawMail {
        source: String::new(),
        arrived_at: "2026-11-22T03:00:00Z".parse().unwrap(),
        full_size: bytes.len() as u64,
        bytes,
    }
}

/// Whose mail it is.
pub fn trust() -> Trust {
    Trust {
        addresses: vec!["hanako@example.com".to_owned()],
        authserv_ids: vec!["mx.example.com".to_owned()],
    }
}

/// Half letters, half shop mail.
pub fn mixed(number: u32) -> Vec<u8> {
    if number.is_multiple_of(2) {
        plain(number)
    } else {
        html(number)
    }
}

/// A Japanese shop mail: the text in base64, the subject in encoded words; every tenth one is an order.
pub fn japanese(number: u32) -> Vec<u8> {
    let order = number.is_multiple_of(10);
    let subject = if order {
        format!("ご注文ありがとうございます（注文番号：PC-{number}）")
    } else {
        format!("【{}月のおすすめ】新着商品のお知らせ", number % 12 + 1)
    };
    let mut text = String::from("山田花子様\n\nいつもご利用いただき、ありがとうございます。\n\n");
    if order {
        text.push_str(&format!("注文番号：PC-{number}\n合計：2,500円\n"));
    }
    for line in 0..(20 + noise(number) % 60) {
        let price = noise(number ^ line) % 9000;
        text.push_str(&format!(
            "・商品{line}：税込{price}円　季節の贈り物にもどうぞ。\n"
        ));
    }
    let body: String = STANDARD
        .encode(text)
        .as_bytes()
        .chunks(76)
        .map(|line| format!("{}\r\n", std::str::from_utf8(line).unwrap()))
        .collect();
    let mail = mail(number, "text/plain", "");
    let head = String::from_utf8(mail).unwrap();
    let head = head.replace(
        "Content-Transfer-Encoding: 8bit",
        "Content-Transfer-Encoding: base64",
    );
    let (before, rest) = head.split_once("Subject: ").unwrap();
    let (_, after) = rest.split_once("\r\n").unwrap();
    format!(
        "{before}Subject: =?UTF-8?B?{}?=\r\n{after}{body}",
        STANDARD.encode(subject)
    )
    .into_bytes()
}
