//! The stories that come with the program, and what is said of a story file that cannot be played.
#![cfg(feature = "demo")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use mail_parser::{Message, MessageParser};
use mailward::demo::story::{BUILT_IN, Happening, Moment, Story, StoryMail};
use mailward::engine::wording::Language;

const LANGUAGES: [Language; 2] = [Language::Ja, Language::En];

fn story(name: &str) -> Story {
    Story::built_in(name).unwrap().unwrap()
}

fn zone() -> TimeZone {
    TimeZone::get("Asia/Tokyo").unwrap()
}

fn start() -> Timestamp {
    "2026-11-20T18:36:00+09:00".parse().unwrap()
}

fn mails(name: &str, language: Language) -> Vec<(Timestamp, StoryMail)> {
    let moments = story(name).moments(language, start(), &zone()).unwrap();
    moments
        .into_iter()
        .map(|Moment { at, what }| match what {
            Happening::Mail(mail) => (at, mail),
            Happening::Answer(_) => panic!("{name} answers by itself"),
        })
        .collect()
}

fn read(mail: &StoryMail) -> Message<'_> {
    MessageParser::default().parse(&mail.bytes).unwrap()
}

fn text(mail: &StoryMail) -> String {
    read(mail).body_text(0).unwrap().into_owned()
}

/// Shop order numbers in the text of the mails that are from this local part.
fn order_ids(mails: &[(Timestamp, StoryMail)], local_part: &str) -> Vec<String> {
    let number = regex::Regex::new(r"\d{3}-\d{7}-\d{7}").unwrap();
    mails
        .iter()
        .filter(|(_, mail)| {
            let message = read(mail);
            let from = message.from().unwrap().first().unwrap().address().unwrap();
            from.starts_with(local_part)
        })
        .map(|(_, mail)| number.find(&text(mail)).unwrap().as_str().to_owned())
        .collect()
}

#[test]
fn every_mail_reads_back_with_its_time_sender_and_stamp() {
    let mut checked = 0;
    for built_in in BUILT_IN {
        for language in LANGUAGES {
            let mut ids = BTreeSet::new();
            for (at, mail) in mails(built_in.name, language) {
                let message = read(&mail);
                assert_eq!(message.subject(), Some(mail.subject.as_str()));
                assert_eq!(message.message_id(), Some(mail.message_id.as_str()));
                assert!(ids.insert(mail.message_id.clone()), "{}", mail.message_id);
                assert_eq!(message.date().unwrap().to_timestamp(), at.as_second());
                let from = message.from().unwrap().first().unwrap();
                assert_eq!(from.name(), Some(mail.sender.as_str()));
                let domain = from.address().unwrap().rsplit_once('@').unwrap().1;
                let stamp = message.header_raw("Authentication-Results").unwrap();
                assert!(stamp.trim().starts_with("mx.example.com;"));
                assert!(stamp.contains(&format!("dmarc=pass header.from={domain}")));
                let to = message.to().unwrap().first().unwrap().address();
                assert_eq!(to, Some("hanako@example.com"));
                assert!(!text(&mail).contains(['{', '}', '\u{fffd}']));
                checked += 1;
            }
        }
    }
    assert!(checked > 150, "{checked}");
}

#[test]
fn the_takeover_is_the_story_of_seven_gift_cards() {
    for (language, price) in [(Language::Ja, "2500 JPY"), (Language::En, "$25.00")] {
        let mails = mails("takeover", language);
        let ordered = order_ids(&mails, "auto-confirm@");
        assert_eq!(ordered.len(), 7);
        assert_eq!(ordered.iter().collect::<BTreeSet<_>>().len(), 7);
        let cancelled = match language {
            Language::Ja => order_ids(&mails, "account-info@"),
            Language::En => order_ids(&mails, "payments-messages@"),
        };
        assert_eq!(cancelled.len(), 4);
        assert!(cancelled.iter().all(|id| ordered.contains(id)));

        let orders: Vec<&(Timestamp, StoryMail)> = mails
            .iter()
            .filter(|(_, mail)| text(mail).contains(price))
            .collect();
        assert_eq!(orders.len(), 7);
        let five_minutes = SignedDuration::from_mins(5);
        let took = orders[6].0.duration_since(orders[0].0);
        assert!(took < five_minutes, "{took}");
        let codes: Vec<Timestamp> = mails
            .iter()
            .filter(|(_, mail)| text(mail).contains("482913") || text(mail).contains("170365"))
            .map(|(at, _)| *at)
            .collect();
        assert_eq!(codes.len(), 2);
        let before = orders[0].0.duration_since(codes[0]);
        assert_eq!(before, SignedDuration::from_hours(20));
        assert!(mails.len() > 7 + 4 + 2, "something is passed over");
    }
}

#[test]
fn five_orders_are_five_and_two_of_them_are_cancelled() {
    for language in LANGUAGES {
        let mails = mails("five-orders", language);
        assert_eq!(order_ids(&mails, "auto-confirm@").len(), 5);
        assert_eq!(mails.len(), 7);
    }
}

#[test]
fn the_mail_bomb_buries_one_order_among_many_new_senders() {
    for language in LANGUAGES {
        let mails = mails("mail-bomb", language);
        let flood: Vec<_> = mails
            .iter()
            .filter(|(_, mail)| {
                mail.message_id.contains("@letters")
                    && !mail.message_id.ends_with("@letters.example")
            })
            .collect();
        let senders: BTreeSet<_> = flood
            .iter()
            .map(|(_, mail)| mail.message_id.rsplit_once('@').unwrap().1)
            .collect();
        assert!(senders.len() > 60);
        let (first, last) = (flood.first().unwrap().0, flood.last().unwrap().0);
        assert!(last.duration_since(first) < SignedDuration::from_mins(15));
        assert_eq!(order_ids(&mails, "auto-confirm@").len(), 1);
        let buried = mails.iter().position(|(_, mail)| {
            mail.message_id.ends_with("@amazon.co.jp") || mail.message_id.ends_with("@amazon.com")
        });
        let buried = buried.unwrap();
        assert!(buried > 20 && buried < mails.len() - 20);
    }
}

#[test]
fn the_ordinary_day_has_no_code_in_it() {
    let six_digits = regex::Regex::new(r"(^|[^\d-])\d{6}([^\d-]|$)").unwrap();
    for language in LANGUAGES {
        let mails = mails("ordinary-day", language);
        assert_eq!(order_ids(&mails, "auto-confirm@").len(), 2);
        assert!(
            mails
                .iter()
                .all(|(_, mail)| !six_digits.is_match(&text(mail)))
        );
    }
}

#[test]
fn one_japanese_mail_comes_in_iso_2022_jp() {
    let mails = mails("takeover", Language::Ja);
    let old = mails
        .iter()
        .filter(|(_, mail)| String::from_utf8_lossy(&mail.bytes).contains("ISO-2022-JP"));
    assert_eq!(old.count(), 1);
}

#[test]
fn a_story_starts_at_its_time_of_day_and_ends_before_now() {
    let story = story("takeover");
    let at = |text: &str| -> Timestamp { text.parse().unwrap() };
    // It lasts a little over 20 hours from 18:36 on, so that it must have begun the day before.
    let starts = story.latest_start(at("2026-11-22T15:00:00+09:00"), &zone());
    assert_eq!(starts, at("2026-11-21T18:36:00+09:00"));
    let starts = story.latest_start(at("2026-11-22T14:00:00+09:00"), &zone());
    assert_eq!(starts, at("2026-11-20T18:36:00+09:00"));
}

const HEAD: &str = r#"person = "hanako@example.com"
authserv_id = "mx.example.com"
starts = "10:00"
tail = "1m"
title = { ja = "題", en = "title" }
summary = { ja = "要約", en = "summary" }
"#;

fn complaint(rest: &str) -> String {
    Story::parse("mine.toml", &format!("{HEAD}{rest}"))
        .unwrap_err()
        .to_string()
}

#[test]
fn a_broken_file_is_named_with_line_and_column() {
    for (rest, said) in [
        (
            "[[mail]]\nafter = \"soon\"\n",
            "mine.toml:8:9: expected a time like",
        ),
        (
            "[[mail]]\nafter = \"-5m\"\n",
            "mine.toml:8:9: expected a time like",
        ),
        (
            "[[mail]]\nafter = \"0s\"\n",
            "mine.toml:8:9: a mail has either `template` or `inline`",
        ),
        (
            "[[mail]]\nafter = \"0s\"\ntemplate = \"gift\"\n",
            "mine.toml:9:12: there is no template \"gift\"; there are: ",
        ),
        (
            "[[mail]]\nafter = \"0s\"\ntemplate = \"gift-card-order\"\n",
            "mine.toml:9:12: the mail has no field \"order\"",
        ),
        (
            "[[mail]]\nafter = \"0s\"\ntemplate = \"friend\"\nfields = { colour = \"red\" }\n",
            "mine.toml:9:12: the mail has no place for the field \"colour\"",
        ),
        (
            "[[mail]]\nwhen = \"0s\"\n",
            "mine.toml:8:1: unknown field `when`",
        ),
        (
            "[[answer]]\nafter = \"0s\"\nanswer = \"yes\"\n",
            "mine.toml:9:10: unknown variant `yes`",
        ),
        (
            "[[mail]]\nafter = \"0s\"\ntemplate = \"friend\"\nrepeat = { count = 4000000000, every = \"1s\" }\n",
            "mine.toml:10:10: a mail is repeated 20000 times at most",
        ),
        ("[[mail\n", "mine.toml:7:"),
    ] {
        let found = complaint(rest);
        assert!(
            found.starts_with(said),
            "{found:?} does not begin with {said:?}"
        );
    }
}

#[test]
fn a_file_may_bring_its_own_mails_and_answers() {
    let rest = r#"
[[answer]]
after = "2m"
answer = "not-me"

[[mail]]
after = "1m"
fields = { day = "Friday" }
[mail.inline]
ja = { from_name = "店", from_address = "shop@example.com", subject = "{day}", text = "本文", stamp = "none" }
en = { from_name = "Shop", from_address = "shop@example.com", subject = "{day}", text = "Text", stamp = "none" }
"#;
    let story = Story::parse("mine.toml", &format!("{HEAD}{rest}")).unwrap();
    let moments = story.moments(Language::En, start(), &zone()).unwrap();
    assert_eq!(moments.len(), 2);
    let Happening::Mail(mail) = &moments[0].what else {
        panic!("the mail comes first");
    };
    assert_eq!(mail.subject, "Friday");
    assert!(read(mail).header("Authentication-Results").is_none());
    assert!(matches!(moments[1].what, Happening::Answer(_)));
}

#[test]
fn a_line_break_in_a_field_makes_no_header() {
    let rest = "[[mail]]\nafter = \"0s\"\nfields = { day = \"x\\r\\nBcc: y@example.com\" }\n[mail.inline]\n\
        ja = { from_name = \"a\", from_address = \"a@example.com\", subject = \"{day}\", text = \"\" }\n\
        en = { from_name = \"a\", from_address = \"a@example.com\", subject = \"{day}\", text = \"\" }\n";
    let story = Story::parse("mine.toml", &format!("{HEAD}{rest}")).unwrap();
    let moments = story.moments(Language::En, start(), &zone()).unwrap();
    let Happening::Mail(mail) = &moments[0].what else {
        panic!("there is one mail");
    };
    assert!(read(mail).header("Bcc").is_none());
}
