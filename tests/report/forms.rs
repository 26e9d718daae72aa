//! What the report says as HTML, Markdown, CSV and JSON.

use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use jiff::tz::TimeZone;
use mailward::daemon::report_file;
use mailward::daemon::speech::Speech;
use mailward::engine::incident::{Incident, OrderState};
use mailward::engine::report::timeline::{Kind, Tone, timeline};
use mailward::engine::report::{csv, html, json, markdown};
use mailward::engine::rule::RuleSet;
use mailward::engine::wording::Language;
use serde_json::Value;

use crate::incidents::{at, hostile, many, order, story, with_context};

fn page(incident: &Incident, language: Language) -> String {
    with_context(language, |context| html::page(incident, context))
}

fn tokyo() -> TimeZone {
    TimeZone::get("Asia/Tokyo").unwrap()
}

#[test]
fn the_page_says_whom_to_call_before_everything_else_and_where_shop_and_card_contradict() {
    for (language, contradiction, total) in [
        (Language::Ja, "それでも確認してください", "7件・17,500円"),
        (
            Language::En,
            "the shop says not charged: check anyway",
            "7 orders, ¥17,500",
        ),
    ] {
        let page = page(&story(), language);
        assert!(page.contains(&format!("lang=\"{}\"", language.name())));
        let card = page.find("tel:0120000000").unwrap();
        assert!(card < page.find("<table").unwrap());
        assert!(page.find("<table").unwrap() < page.find("<svg").unwrap());
        assert_eq!(page.matches(contradiction).count(), 1);
        assert!(page.contains(total));
        for n in 1..=7 {
            assert!(page.contains(&format!("503-000000{n}-000000{n}")));
        }
        assert!(page.contains("https://www.amazon.co.jp/gp/css/order-history"));
    }
}

#[test]
fn nothing_of_a_hostile_mail_is_markup_in_the_page() {
    for language in Language::ALL {
        let page = page(&hostile(), language);
        let ours = html_tags(&page);
        for tag in &ours {
            for wrong in [
                "script", "iframe", "img", "object", "embed", "base", "link", "form",
            ] {
                assert!(!tag.eq_ignore_ascii_case(wrong), "{tag}");
            }
        }
        assert!(!page.contains(['\u{202e}', '\u{2066}', '\u{200f}']));
        assert!(!page.contains("evil.example/x\""));
        assert!(!page.contains("href=\"javascript"));
    }
}

/// The names of all tags that open.
fn html_tags(page: &str) -> Vec<&str> {
    page.split('<')
        .skip(1)
        .map(|rest| {
            rest.split(|c: char| !c.is_ascii_alphanumeric())
                .next()
                .unwrap()
        })
        .collect()
}

#[test]
fn ten_thousand_orders_are_a_drawing_with_few_marks_and_a_table_that_ends() {
    let drawing = timeline(&many(), &tokyo()).unwrap();
    let lane = drawing
        .lanes
        .iter()
        .find(|lane| lane.kind == Kind::Orders)
        .unwrap();
    assert_eq!(lane.count, 10_000);
    assert!(lane.marks.len() <= 12, "{}", lane.marks.len());
    assert_eq!(
        lane.marks.iter().map(|mark| mark.count).sum::<usize>(),
        10_000
    );
    let page = page(&many(), Language::En);
    assert!(page.len() < 200_000, "{} bytes", page.len());
    assert!(page.contains("300 of 10000 orders are shown"));
    let rows = with_context(Language::En, |c| csv::text(&many(), c));
    assert_eq!(rows.lines().count(), 10_001);
}

#[test]
fn a_code_twenty_hours_before_leaves_the_burst_its_room() {
    let drawing = timeline(&story(), &tokyo()).unwrap();
    assert_eq!(drawing.breaks.len(), 2, "{:?}", drawing.breaks);
    let orders = drawing
        .lanes
        .iter()
        .find(|lane| lane.kind == Kind::Orders)
        .unwrap();
    assert!(orders.marks.len() >= 6, "{:?}", orders.marks);
    for lane in &drawing.lanes {
        for mark in &lane.marks {
            assert!((0.0..=100.0).contains(&mark.x));
        }
        for pair in lane.marks.windows(2) {
            assert!(
                pair[1].x - pair[0].x >= 3.0,
                "{:?}: {:?}",
                lane.kind,
                lane.marks
            );
        }
    }
    for pair in drawing.ticks.windows(2) {
        assert!(pair[1].x - pair[0].x >= 12.0, "{:?}", drawing.ticks);
    }
    assert!(orders.marks.iter().any(|mark| mark.tone == Tone::Hollow));
    assert!(orders.marks.iter().any(|mark| mark.tone == Tone::Risk));
}

#[test]
fn one_moment_or_none_is_drawn_too() {
    let mut incident = story();
    incident.events.clear();
    incident.answers.clear();
    incident.order_list = vec![order("1", 0, OrderState::Charged); 3];
    let drawing = timeline(&incident, &tokyo()).unwrap();
    assert_eq!((drawing.lanes.len(), drawing.ticks.len()), (1, 1));
    assert_eq!(drawing.lanes[0].marks[0].count, 3);
    incident.order_list.clear();
    assert_eq!(timeline(&incident, &tokyo()), None);
    assert!(!page(&incident, Language::Ja).contains("<svg"));
}

#[test]
fn days_of_drizzle_keep_their_axis() {
    let mut incident = story();
    incident.events.clear();
    incident.answers.clear();
    incident.order_list = (0..40)
        .map(|n| order(&n.to_string(), n * 7000, OrderState::Charged))
        .collect();
    let drawing = timeline(&incident, &tokyo()).unwrap();
    assert!(drawing.breaks.is_empty());
    assert!(drawing.ticks.len() >= 3, "{:?}", drawing.ticks);
}

#[test]
fn the_table_for_a_spreadsheet_has_a_mark_for_excel_and_no_formula() {
    let text = with_context(Language::Ja, |context| csv::text(&hostile(), context));
    let bare = text.strip_prefix('\u{feff}').unwrap();
    assert!(bare.contains("\r\n"));
    let mut reader = ::csv::ReaderBuilder::new().from_reader(bare.as_bytes());
    let mut rows = 0;
    for record in reader.records() {
        rows += 1;
        for cell in &record.unwrap() {
            assert!(
                !cell.starts_with(['=', '+', '-', '@', '\t', '\r']),
                "{cell}"
            );
        }
    }
    assert_eq!(rows, 8);
    let text = with_context(Language::En, |context| csv::text(&story(), context));
    assert!(
        text.contains("2,Amazon,503-0000002-0000002,gift card,2500,JPY,2026-11-20 14:03:10,charged,2026-11-20 14:10:50,the shop says not charged: check anyway"),
        "{text}"
    );
}

#[test]
fn the_json_goes_on_from_the_line_of_a_scan() {
    let text = with_context(Language::En, |c| json::text(&story(), c).unwrap());
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["type"], "incident");
    assert_eq!(value["order_list"][1]["state"], "charged");
    assert_eq!(value["order_list"][1]["contradiction"], true);
    assert_eq!(value["order_list"][1]["item"], "gift_card");
    assert_eq!(
        value["order_list"][1]["cancelled_at"],
        "2026-11-20T05:10:50Z"
    );
    assert_eq!(value["events"][0]["kind"], "one_time_code");
    assert_eq!(value["events"][0]["purpose"], "sign_in");
    assert_eq!(value["answers"][1]["answer"], "not-me");
    assert_eq!(value["steps"][1]["done"], true);
    assert_eq!(value["amounts"]["JPY"], "17500");
}

#[test]
fn markdown_shows_hostile_names_as_text() {
    let text = with_context(Language::En, |context| markdown::text(&hostile(), context));
    for wrong in ["<script", "<img", "<iframe", "<https://evil"] {
        assert!(!text.contains(wrong), "{wrong}: {text}");
    }
    let text = with_context(Language::Ja, |context| markdown::text(&story(), context));
    assert!(text.starts_with("# Amazonで注文7件"), "{text}");
    assert!(
        text.contains("- [x] **Amazonのパスワードを変える**"),
        "{text}"
    );
    assert!(text.contains("0120-000-000"));
}

#[test]
fn a_snapshot_of_an_older_version_still_has_a_report() {
    let mut old = serde_json::to_value(story()).unwrap();
    old.as_object_mut().unwrap().remove("events");
    let old: Incident = serde_json::from_value(old).unwrap();
    assert!(page(&old, Language::Ja).contains("<svg"));
    let again: Incident = serde_json::from_value(serde_json::to_value(story()).unwrap()).unwrap();
    assert_eq!(again, story());
}

#[test]
fn the_daemon_writes_the_page_for_its_owner_alone_and_in_place() {
    let folder = tempfile::tempdir().unwrap();
    let rules = Arc::new(RuleSet::built_in().unwrap());
    let speech = Speech::of(rules, Language::Ja, tokyo(), None);
    let mut incident = story();
    incident.id.0 = "../k7f3q2".to_owned();
    for _ in 0..2 {
        let path = report_file::write(folder.path(), &incident, &speech, at(0)).unwrap();
        assert_eq!(path, folder.path().join("mailward-k7f3q2.html"));
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(
            std::fs::read_to_string(&path)
                .unwrap()
                .starts_with("<!DOCTYPE html>")
        );
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    let missing = folder.path().join("missing");
    let error = report_file::write(&missing, &incident, &speech, at(0)).unwrap_err();
    assert!(error.to_string().contains("mailward-k7f3q2.html"));
}
