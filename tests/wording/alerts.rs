//! Alerts, questions, steps and buttons.

use std::collections::BTreeMap;

use mailward::engine::alert::{Alert, Asked, IncidentFacts, Subject};
use mailward::engine::incident::{Reason, Severity};
use mailward::engine::signal::CodePurpose;
use mailward::engine::wording::{AlertText, Language, plain, render};
use rust_decimal::Decimal;

use crate::facts::{
    PASSWORD_PAGE, ask, at, critical, every_alert, incident, nothing, question, story,
    with_context, yen,
};
use crate::sound::assert_sound;

fn say(alert: &Alert, language: Language) -> AlertText {
    with_context(language, true, |context| render(alert, context))
}

fn title(facts: &IncidentFacts, language: Language) -> String {
    say(&critical(facts.clone()), language).title
}

fn body(facts: &IncidentFacts, language: Language) -> String {
    say(&critical(facts.clone()), language).body
}

#[test]
fn every_alert_reads_soundly_in_both_languages() {
    let alerts = every_alert();
    assert!(alerts.len() > 4000, "{}", alerts.len());
    for alert in &alerts {
        for language in Language::ALL {
            for issuer in [true, false] {
                let text = with_context(language, issuer, |context| render(alert, context));
                assert_sound(&text.title, "title");
                assert_sound(&text.body, "body");
                assert!(!text.title.contains('\n'));
                assert!(plain::columns(&text.title) <= 66, "{}", text.title);
                assert!(plain::columns(&text.body) <= 480, "{}", text.body);
                let kana = |text: &str| text.chars().any(|c| ('ぁ'..='ヶ').contains(&c));
                for said in [&text.title, &text.body] {
                    assert_eq!(kana(said), language == Language::Ja, "{said}");
                }
            }
        }
    }
}

#[test]
fn only_questions_and_incidents_ask_for_an_answer() {
    for alert in every_alert() {
        for language in Language::ALL {
            let hint = say(&alert, language).answer_hint;
            let asks = match &alert.subject {
                Subject::Question(_) | Subject::Incident(_) => true,
                Subject::StatementReminder { .. } | Subject::Health(_) | Subject::Test => false,
            };
            assert_eq!(hint.is_some(), asks);
            if let Some(hint) = hint {
                assert!(hint.ends_with("mailward answer k7f3q2 me|not-me|unsure"));
            }
        }
    }
}

#[test]
fn the_story_says_the_fact_then_the_card_then_the_password_then_the_details() {
    let ja = say(&critical(story()), Language::Ja);
    assert_eq!(
        ja.title,
        "Amazonで注文7件・17,500円(うち4件取消)、身に覚えのないコード2件"
    );
    assert!(
        ja.body
            .starts_with("まずExample Card(0120-000-000)に電話して"),
        "{}",
        ja.body
    );
    let page = ja.body.find(PASSWORD_PAGE).unwrap();
    assert!(
        page < ja
            .body
            .find("今日14:02から14:15まで。7件のうち3件")
            .unwrap()
    );

    let en = say(&critical(story()), Language::En);
    assert_eq!(
        en.title,
        "Amazon: 7 orders, ¥17,500, 4 cancelled, 2 codes nobody asked for"
    );
    assert!(
        en.body
            .starts_with("First call Example Card (0120-000-000)"),
        "{}",
        en.body
    );
    let page = en.body.find(PASSWORD_PAGE).unwrap();
    let details = "Today between 14:02 and 14:15. 3 of the 7 orders were not";
    assert!(page < en.body.find(details).unwrap());
}

#[test]
fn without_a_configured_issuer_the_card_itself_has_the_number() {
    let words = |language| with_context(language, false, |c| render(&critical(story()), c).body);
    assert!(words(Language::Ja).contains("カード裏面の番号に電話"));
    assert!(words(Language::En).contains("call the number on the back of your card"));
}

#[test]
fn nobody_is_accused_below_critical() {
    for alert in every_alert() {
        if alert.severity == Severity::Critical {
            continue;
        }
        let en = say(&alert, Language::En);
        let ja = say(&alert, Language::Ja);
        let said = format!("{}\n{}", en.title, en.body).to_lowercase();
        for word in [
            "hacked",
            "stolen",
            "attack",
            "somebody else",
            "fraud",
            "thief",
        ] {
            assert!(!said.contains(word), "{word}: {said}");
        }
        let said = format!("{}\n{}", ja.title, ja.body);
        for word in ["ほかの人", "不正", "乗っ取", "犯人", "盗", "攻撃"] {
            assert!(!said.contains(word), "{word}: {said}");
        }
        if alert.reason != Reason::NotMe {
            assert!(!ja.title.contains("身に覚えのない"), "{}", ja.title);
            assert!(!en.title.contains("nobody asked"), "{}", en.title);
        }
    }
}

#[test]
fn a_notice_leaves_it_to_the_person_whose_orders_these_are() {
    let two = IncidentFacts {
        orders: 2,
        cancellations: 0,
        codes: 0,
        amounts: yen(5_000),
        ..story()
    };
    let notice = incident(two, Severity::Notice, Reason::OrderBurst);
    let ja = say(&notice, Language::Ja);
    assert_eq!(ja.title, "Amazonで注文2件・5,000円");
    assert!(ja.body.contains("覚えがなければ、まずExample Card"));
    assert!(!ja.body.contains("請求される"), "{}", ja.body);
    let en = say(&notice, Language::En);
    assert_eq!(en.title, "Amazon: 2 orders, ¥5,000");
    assert!(en.body.contains("If this was not you, first call"));
    assert!(!en.body.contains("charged"), "{}", en.body);
}

#[test]
fn counts_agree_with_their_nouns() {
    let five = IncidentFacts {
        orders: 5,
        cancellations: 2,
        codes: 0,
        amounts: yen(12_500),
        ..story()
    };
    assert_eq!(
        title(&five, Language::En),
        "Amazon: 5 orders, ¥12,500, 2 cancelled"
    );
    assert!(body(&five, Language::En).contains("3 of the 5 orders were not"));
    assert!(body(&five, Language::Ja).contains("5件のうち3件は"));

    let one = IncidentFacts {
        orders: 1,
        cancellations: 0,
        codes: 1,
        sign_ins: 1,
        amounts: yen(530),
        ..story()
    };
    assert_eq!(
        title(&one, Language::En),
        "Amazon: 1 order, ¥530, 1 code nobody asked for, 1 unknown sign-in"
    );
    assert!(body(&one, Language::En).contains("The order has not been cancelled"));
    assert!(body(&one, Language::Ja).contains("取消の連絡はなく"));

    let last = IncidentFacts {
        orders: 2,
        cancellations: 1,
        ..story()
    };
    assert!(body(&last, Language::En).contains("1 of the 2 orders was not"));
}

#[test]
fn cancellations_may_be_all_or_more_than_the_orders_seen() {
    let all = IncidentFacts {
        orders: 2,
        cancellations: 2,
        codes: 0,
        amounts: yen(5_000),
        ..story()
    };
    assert_eq!(
        title(&all, Language::En),
        "Amazon: 2 orders, ¥5,000, all cancelled"
    );
    assert_eq!(
        title(&all, Language::Ja),
        "Amazonで注文2件・5,000円(すべて取消)"
    );
    assert!(body(&all, Language::En).contains("The card may have been charged."));
    let more = IncidentFacts {
        cancellations: 3,
        ..all
    };
    assert_eq!(
        title(&more, Language::En),
        "Amazon: 2 orders, ¥5,000, 3 cancellations"
    );
    assert_eq!(
        title(&more, Language::Ja),
        "Amazonで注文2件・5,000円、取消3件"
    );
    let unseen = IncidentFacts {
        cancellations: 1,
        ..nothing()
    };
    assert_eq!(title(&unseen, Language::En), "Amazon: 1 order cancelled");
    assert_eq!(title(&unseen, Language::Ja), "Amazonで注文の取消1件");
}

#[test]
fn an_unknown_amount_is_left_out_and_two_currencies_stay_two() {
    let unknown = IncidentFacts {
        amounts: BTreeMap::new(),
        codes: 0,
        ..story()
    };
    assert_eq!(
        title(&unknown, Language::En),
        "Amazon: 7 orders, 4 cancelled"
    );
    assert_eq!(
        title(&unknown, Language::Ja),
        "Amazonで注文7件(うち4件取消)"
    );
    let mut amounts = yen(2_500);
    amounts.insert("USD".to_owned(), Decimal::from(175));
    let two = IncidentFacts {
        amounts,
        orders: 2,
        cancellations: 0,
        codes: 0,
        ..story()
    };
    assert_eq!(
        title(&two, Language::En),
        "Amazon: 2 orders, ¥2,500 and $175.00"
    );
    assert_eq!(
        title(&two, Language::Ja),
        "Amazonで注文2件・2,500円と$175.00"
    );
}

#[test]
fn what_does_not_fit_into_the_title_is_said_in_the_body() {
    let facts = IncidentFacts {
        locks: 1,
        sign_ins: 2,
        account_changes: 1,
        ..story()
    };
    let mut alert = critical(facts);
    alert.services = ["amazon", "google", "paypal"].map(str::to_owned).to_vec();
    let en = say(&alert, Language::En);
    assert!(en.title.starts_with("Amazon and 2 others: 7 orders"));
    assert!(en.body.starts_with("Also "), "{}", en.body);
    for fact in [
        "account locked",
        "2 codes nobody",
        "2 unknown sign-ins",
        "1 account change",
    ] {
        assert!(en.title.contains(fact) != en.body.contains(fact), "{fact}");
    }
    let ja = say(&alert, Language::Ja);
    assert!(ja.title.starts_with("Amazonほか2か所で注文7件"));
    assert!(ja.body.starts_with("ほかに"), "{}", ja.body);
}

#[test]
fn an_unverified_incident_sends_to_the_app_and_shows_no_address() {
    let facts = IncidentFacts {
        verified: false,
        ..story()
    };
    for (language, app) in [
        (Language::Ja, "Amazonの公式アプリで確かめて"),
        (Language::En, "Check in Amazon's own app"),
    ] {
        let alert = incident(facts.clone(), Severity::Warning, Reason::OrderBurst);
        let said = say(&alert, language).body;
        assert!(!said.contains("https://"), "{said}");
        assert!(!said.contains("0120"), "{said}");
        assert!(said.contains(app), "{said}");
    }
}

#[test]
fn a_question_asks_about_the_present_only_while_it_is_the_present() {
    let code = |minutes| ask(question(Asked::Code(CodePurpose::SignIn), minutes));
    let fresh = say(&code(2), Language::En);
    assert_eq!(fresh.title, "Amazon sent a sign-in code today at 14:18");
    assert_eq!(
        fresh.body,
        format!("Are you signing in right now?\nIf not, change the password at {PASSWORD_PAGE}")
    );
    let later = say(&code(20 * 60), Language::En);
    assert_eq!(later.title, "Amazon sent a sign-in code yesterday at 18:20");
    assert!(later.body.starts_with("Were you signing in then?"));
    let fresh = say(&code(2), Language::Ja);
    assert_eq!(
        fresh.title,
        "Amazonからログイン用のコードが届きました(今日14:18)"
    );
    assert!(
        fresh
            .body
            .starts_with("いまログインしようとしていますか?\n")
    );
    assert!(fresh.body.ends_with(PASSWORD_PAGE));
    assert_eq!(
        say(&code(10 * 24 * 60), Language::Ja).title,
        "Amazonからログイン用のコードが届きました(11月10日(火)14:20)"
    );
}

#[test]
fn a_payment_code_leads_to_the_card_issuer() {
    let code = ask(question(Asked::Code(CodePurpose::Payment), 0));
    for language in Language::ALL {
        let said = say(&code, language).body;
        assert!(said.contains("0120-000-000"), "{said}");
        assert!(!said.contains("https://"), "{said}");
    }
}

#[test]
fn the_day_is_the_persons_own() {
    // 00:05 in Tokyo on the 20th is still the 19th in UTC.
    let facts = IncidentFacts {
        first_at: at("2026-11-19T14:58:00Z"),
        last_at: at("2026-11-19T15:05:00Z"),
        ..story()
    };
    assert!(body(&facts, Language::En).contains("\nFrom yesterday 23:58 to today 00:05."));
    assert!(body(&facts, Language::Ja).contains("\n昨日23:58から今日00:05まで。"));
}

#[test]
fn a_flood_names_the_buried_orders_and_no_more_than_five() {
    let facts = IncidentFacts {
        named_orders: (0..7)
            .map(|n| format!("503-000000{n}-0000000\u{202e}<a href=\"https://evil.example\">"))
            .collect(),
        ..story()
    };
    let flood = incident(facts, Severity::Notice, Reason::MailFlood);
    for (language, more) in [(Language::Ja, "、ほか2件"), (Language::En, " and 2 more")] {
        let said = say(&flood, language).body;
        assert_eq!(said.matches("503-000000").count(), 5, "{said}");
        assert!(!said.contains("evil.example"), "{said}");
        assert!(!said.contains(['\u{202e}', '<', '"']), "{said}");
        assert!(said.contains(more), "{said}");
    }
}

#[test]
fn hostile_names_are_made_harmless() {
    let facts = IncidentFacts {
        codes: 1,
        service: "evil\u{202e}\n\u{1b}.example".to_owned(),
        ..nothing()
    };
    let mut alert = incident(facts, Severity::Notice, Reason::CodeWatch);
    alert.services = vec![format!("evil\u{202e}\n{}", "x".repeat(500))];
    for language in Language::ALL {
        let text = say(&alert, language);
        assert!(plain::columns(&text.title) <= 66, "{}", text.title);
        assert!(!text.title.contains(['\n', '\u{202e}']));
        assert!(!text.body.contains(['\u{1b}', '\u{202e}']));
        let mut code = question(Asked::Code(CodePurpose::PasswordReset), 0);
        code.service = "a-very-long-shop-name.example.co.jp".to_owned();
        let text = say(&ask(code), language);
        assert!(plain::columns(&text.title) <= 66, "{}", text.title);
        assert!(text.title.contains("a-very-"), "{}", text.title);
    }
}

#[test]
fn a_mailbox_step_is_about_the_mailbox_and_a_shop_step_about_the_shop() {
    let facts = |step: &str| IncidentFacts {
        sites: BTreeMap::new(),
        next_step: step.to_owned(),
        service: "google".to_owned(),
        mailbox_signs: true,
        ..story()
    };
    let said = |step: &str| {
        let mut alert = critical(facts(step));
        alert.services = ["amazon", "google"].map(str::to_owned).to_vec();
        say(&alert, Language::En).body
    };
    let mailbox = said("change-mailbox-password");
    assert!(
        mailbox.contains("the mailbox at https://myaccount.google.com/\n"),
        "{mailbox}"
    );
    assert!(said("change-password").contains(&format!("{PASSWORD_PAGE}\n")));
    assert!(
        said("call-card-issuer").contains("the Google password at https://myaccount.google.com/\n")
    );
}

#[test]
fn long_names_leave_room_for_the_first_fact() {
    let mut alert = critical(story());
    alert.services = [
        "first-long-shop.example.co.jp",
        "second-long-shop.example.co.jp",
    ]
    .map(str::to_owned)
    .to_vec();
    for language in Language::ALL {
        let text = say(&alert, language);
        assert!(plain::columns(&text.title) <= 66, "{}", text.title);
        assert!(text.title.contains("17,500"), "{}", text.title);
    }
}
