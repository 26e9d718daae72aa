//! The report in text.

use mailward::engine::advice::PlaybookStep;
use mailward::engine::incident::{Answer, Incident, OrderState};
use mailward::engine::report;
use mailward::engine::wording::{Language, plain};

use crate::facts::{PASSWORD_PAGE, line, now, story_incident, with_context};

fn report_of(incident: &Incident, language: Language) -> String {
    with_context(language, true, |context| report::text(incident, context))
}

#[test]
fn the_report_lists_every_order_in_aligned_columns() {
    for (language, cancelled, possibly, head) in [
        (Language::Ja, "取消", "請求の可能性あり", "状態"),
        (Language::En, "cancelled", "possibly charged", "State"),
    ] {
        let text = report_of(&story_incident(), language);
        let rows: Vec<&str> = text.lines().filter(|l| l.contains("503-")).collect();
        assert_eq!(rows.len(), 7, "{text}");
        let column = |line: &str, word: &str| plain::columns(&line[..line.rfind(word).unwrap()]);
        let heads = text.lines().find(|l| l.ends_with(head)).unwrap();
        for (index, row) in rows.iter().enumerate() {
            let state = if [1, 3, 6].contains(&index) {
                possibly
            } else {
                cancelled
            };
            assert!(row.ends_with(state), "{row}");
            assert_eq!(column(row, state), column(heads, head), "{text}");
            assert!(row.contains(&format!("14:0{}", index + 3)), "{row}");
            assert!(row.contains("2,500"), "{row}");
        }
        for line in text.lines() {
            assert!(plain::columns(line) <= 80, "{line}");
            assert_eq!(line.trim_end(), line);
        }
        for sum in ["17,500", "10,000", "7,500"] {
            assert!(text.contains(sum), "{sum}: {text}");
        }
        let card = text.find("0120-000-000").unwrap();
        assert!(card < text.find(PASSWORD_PAGE).unwrap(), "{text}");
        assert!(text.ends_with('\n'));
    }
}

#[test]
fn the_report_says_what_is_unknown_and_what_contradicts() {
    let mut incident = story_incident();
    incident.order_list.truncate(2);
    incident.order_list[0].amount = None;
    incident.order_list[0].id = None;
    incident.order_list[1].state = OrderState::Charged;
    incident.order_list[1].contradiction = true;
    incident.answers.push((now(), Answer::NotMe));
    let en = report_of(&incident, Language::En);
    for said in [
        "(no number)",
        "unknown",
        "2 orders, at least ¥2,500",
        "1 order, amount unknown",
        "the shop says not charged: check anyway",
        "not me (20 Nov 14:20)",
    ] {
        assert!(en.contains(said), "{said}: {en}");
    }
    let ja = report_of(&incident, Language::Ja);
    for said in [
        "2件・2,500円以上",
        "それでも確認してください",
        "自分ではない",
        "(番号なし)",
    ] {
        assert!(ja.contains(said), "{said}: {ja}");
    }
}

#[test]
fn the_report_passes_over_steps_that_are_done() {
    let mut incident = story_incident();
    incident.steps_done.insert("call-card-issuer".to_owned());
    let en = report_of(&incident, Language::En);
    assert!(en.contains("1. Change the Amazon password"), "{en}");
    assert!(en.contains("2. Sign out of Amazon"), "{en}");
    incident.steps_done = PlaybookStep::ALL.map(|s| s.id().to_owned()).into();
    assert!(report_of(&incident, Language::En).contains("Every step is ticked off."));
}

#[test]
fn an_unverified_report_says_so_and_a_mailbox_with_signs_comes_first() {
    let mut incident = story_incident();
    incident.verified = false;
    incident.services.push("google".to_owned());
    let en = report_of(&incident, Language::En);
    for said in [
        "not confirmed",
        "Check in Amazon's own app",
        "2. Change the mailbox password",
        "https://myaccount.google.com/",
    ] {
        assert!(en.contains(said), "{said}: {en}");
    }
    assert!(!en.contains(PASSWORD_PAGE), "{en}");
}

#[test]
fn an_incident_without_orders_has_no_table() {
    let mut incident = story_incident();
    incident.order_list.clear();
    incident.orders = 0;
    incident.cancellations = 0;
    let en = report_of(&incident, Language::En);
    assert!(en.contains("No orders seen so far."), "{en}");
    assert!(en.contains("1. Change the Amazon password"), "{en}");
    assert!(!en.contains("State"), "{en}");
}

#[test]
fn a_hostile_order_id_is_a_row_without_an_address() {
    let mut incident = story_incident();
    incident.order_list[0].id = Some(format!(
        "\u{1b}[2J\u{202e}https://evil.example/{}\r\n1. Call 0900",
        "9".repeat(5000)
    ));
    incident.order_list[1].service = "paypal".to_owned();
    for language in Language::ALL {
        let text = report_of(&incident, language);
        for hostile in ["evil.example", "Call 0900", "\u{1b}", "\u{202e}", "\r"] {
            assert!(!text.contains(hostile), "{hostile:?}: {text}");
        }
        assert!(text.contains("\n  PayPal\n"), "{text}");
        for line in text.lines() {
            assert!(plain::columns(line) <= 80, "{line}");
        }
    }
}

#[test]
fn ten_thousand_orders_are_ten_thousand_rows() {
    let mut incident = story_incident();
    incident.order_list = (0..10_000)
        .map(|n| line(&format!("503-{n:07}-0000000"), n % 600, OrderState::Charged))
        .collect();
    let text = report_of(&incident, Language::Ja);
    assert_eq!(text.matches("  503-").count(), 10_000);
    assert!(text.contains("10000件・25,000,000円"), "totals");
}
