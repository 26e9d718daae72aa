//! Every alert in every language and at every privacy, as a phone shows it.

use mailward::engine::alert::{Alert, Subject};
use mailward::engine::incident::Severity;
use mailward::engine::wording::push::{Privacy, say};
use mailward::engine::wording::{AlertText, Language, plain};

use crate::facts::{every_alert, with_context};
use crate::sound::assert_sound;

/// A lock screen shows about this much of a title: 24 full-width characters.
const SEEN_COLUMNS: usize = 48;

/// Names, and what both languages call by the same word.
const NAMES: [&str; 11] = [
    "Amazon", "PayPal", "Google", "Example", "Card", "mailward", "home", "phone", "INBOX", "SMS",
    "USD",
];

fn for_each(look: impl Fn(&Alert, Language, Privacy, &AlertText)) {
    let alerts = every_alert();
    assert!(alerts.len() > 4000, "{}", alerts.len());
    for severity in [
        Severity::Info,
        Severity::Notice,
        Severity::Warning,
        Severity::Critical,
    ] {
        assert!(alerts.iter().any(|alert| alert.severity == severity));
    }
    for alert in &alerts {
        for language in Language::ALL {
            for privacy in [Privacy::Minimal, Privacy::Full] {
                let text = with_context(language, true, |context| say(alert, privacy, context));
                look(alert, language, privacy, &text);
            }
        }
    }
}

#[test]
fn nothing_is_empty_left_open_or_cut_off() {
    for_each(|_, language, privacy, text| {
        let what = format!("{} {}", language.name(), privacy.name());
        assert_sound(&text.title, &what);
        assert_sound(&text.body, &what);
        for said in [&text.title, &text.body] {
            assert!(!said.contains('…'), "{what}: {said}");
        }
    });
}

#[test]
fn a_title_says_its_first_fact_where_a_lock_screen_ends() {
    for_each(|alert, language, _, text| {
        let seen = plain::cut(&text.title, SEEN_COLUMNS);
        if let Subject::Incident(facts) = &alert.subject
            && facts.orders > 0
        {
            let orders = match language {
                Language::Ja => format!("Amazonで注文{}件", facts.orders),
                Language::En => format!("Amazon: {} order", facts.orders),
            };
            assert!(seen.starts_with(&orders), "{seen}");
        }
        // A fact ends where the next one or the moment begins.
        let ends: &[&str] = match language {
            Language::Ja => &["、", "("],
            Language::En => &[", ", " today ", " yesterday ", " on ", " ("],
        };
        let first = ends
            .iter()
            .filter_map(|end| text.title.find(end))
            .min()
            .map_or(text.title.as_str(), |end| &text.title[..end]);
        assert!(plain::columns(first) <= SEEN_COLUMNS, "{}", text.title);
    });
}

#[test]
fn the_step_stands_above_the_details() {
    for_each(|alert, language, _, text| {
        let Subject::Incident(_) = &alert.subject else {
            return;
        };
        let details = match language {
            Language::Ja => "今日14:02",
            Language::En => "Today between 14:02",
        };
        let last = text.body.lines().last().unwrap();
        assert!(last.starts_with(details), "{}", text.body);
        assert!(text.body.lines().count() > 1, "{}", text.body);
        let left_out = match language {
            Language::Ja => "ほかに",
            Language::En => "Also ",
        };
        let mut lines = text.body.lines();
        let first = lines.next().unwrap();
        let step = if first.starts_with(left_out) {
            lines.next().unwrap()
        } else {
            first
        };
        assert!(!step.starts_with(details), "{}", text.body);
    });
}

#[test]
fn japanese_holds_no_english_word_but_names() {
    for_each(|_, language, _, text| {
        if language != Language::Ja {
            return;
        }
        for said in [&text.title, &text.body] {
            // Commands and addresses are typed as they are.
            let runs = said.split(|c: char| !c.is_ascii() || c == '\n');
            let prose = runs.filter(|run| {
                let run = run.trim_start_matches([' ', ':']);
                !run.starts_with("mailward ") && !run.starts_with("https://")
            });
            for word in prose.flat_map(|run| run.split(|c: char| !c.is_ascii_alphabetic())) {
                assert!(word.len() < 2 || NAMES.contains(&word), "{word}: {said}");
            }
        }
    });
}

#[test]
fn a_cut_title_ends_with_a_whole_character() {
    for_each(|_, _, _, text| {
        for limit in [1, 2, 3, 23, 24, 47, SEEN_COLUMNS] {
            let cut = plain::cut(&text.title, limit);
            assert!(plain::columns(&cut) <= limit, "{limit}: {cut}");
            let kept = cut.strip_suffix('…').unwrap_or(&cut);
            assert!(text.title.starts_with(kept), "{cut}");
        }
    });
    let family = "\u{1f469}\u{200d}\u{1f469}\u{200d}\u{1f467}";
    for whole in ["e\u{301}", "か\u{3099}", "\u{1f1ef}\u{1f1f5}", family] {
        let text = whole.repeat(9);
        for limit in 1..40 {
            let cut = plain::cut(&text, limit);
            let kept = cut.strip_suffix('…').unwrap_or(&cut);
            assert!(kept.len().is_multiple_of(whole.len()), "{limit}: {cut:?}");
        }
    }
}
