//! A mailbox as many a person has one: newsletters for the most part, letters, notices, and one mail in twenty that
//! mailward is about.

use std::fs;

use crate::dovecot::Dovecot;
use crate::dovecot::loopback::give;
use crate::traces;

/// Fills the INBOX of hanako, in the form and with the names that Dovecot itself gives; with what servers sign and note
/// on the way, or without.
pub fn fill(server: &Dovecot, mails: usize, signed: bool) {
    let ssl = server.ssl();
    let inbox = ssl.parent().unwrap().join("mail/hanako");
    for name in ["cur", "new", "tmp"] {
        fs::create_dir_all(inbox.join(name)).unwrap();
    }
    for number in 0..mails {
        let mail = mail(number, signed);
        let size = mail.len();
        let on_the_wire = size + mail.matches('\n').count();
        let name = format!(
            "{}.M{number}P1.mx,S={size},W={on_the_wire}:2,S",
            1_750_000_000 + number * 300
        );
        fs::write(inbox.join("cur").join(name), mail).unwrap();
    }
    give(inbox.parent().unwrap());
}

fn mail(number: usize, signed: bool) -> String {
    let shop = format!("shop{}.example", number % 50);
    let (from, more, subject, body) = match number % 20 {
        0 => (
            format!("Orders <orders@{shop}>"),
            String::new(),
            format!("Order confirmation PC-{number}"),
            format!("Thank you for your order.\nOrder number: PC-{number}\nTotal: $24.99\n"),
        ),
        1..=11 => (
            format!("Shop <news@{shop}>"),
            format!("List-Id: <letters.{shop}>\nList-Unsubscribe: <https://{shop}/u>\n"),
            format!("{}% off everything this week", number % 70),
            "A fine thing of good make, from stock, at a price.\n".repeat(60),
        ),
        12..=15 => (
            "Taro <taro@gmail.com>".to_owned(),
            String::new(),
            format!("Notes on topic {number}"),
            "This letter speaks of the weather and of nothing else.\n".repeat(20),
        ),
        _ => (
            format!("List <list@lists{}.example>", number % 9),
            format!("List-Id: <talk.lists{}.example>\n", number % 9),
            format!("Re: the plan for week {number}"),
            "> what was said before\nand what is to be said of it\n".repeat(30),
        ),
    };
    let received: String = (0..4)
        .map(|hop| {
            format!(
                "Received: from mx{hop}.example.net (mx{hop}.example.net [192.0.2.{hop}])\n\tby mx.example.com with ESMTPS id {number}x{hop}\n\tfor <hanako@example.com>; Sun, 22 Nov 2026 12:00:00 +0900 (JST)\n"
            )
        })
        .collect();
    let domain = from
        .rsplit_once('@')
        .map_or("", |(_, domain)| domain.trim_end_matches('>'));
    let traces = if signed {
        traces::of(number, domain)
    } else {
        String::new()
    };
    format!(
        "{received}{traces}Authentication-Results: mx.example.com; dkim=pass header.d={domain}; dmarc=pass header.from={domain}\n{more}From: {from}\nTo: hanako@example.com\nSubject: {subject}\nDate: Sun, 22 Nov 2026 12:00:00 +0900\nMessage-ID: <{number}@{domain}>\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n{body}"
    )
}
