//! What may leave the machine: never an amount, an order number or the card issuer, unless the person allows it.

use mailward::engine::payload::{Format, Payload};
use mailward::engine::wording::Language;
use mailward::engine::wording::push::{Privacy, say};

use crate::facts::{critical, now, story, with_context};

#[test]
fn a_minimal_push_names_kind_service_and_counts_and_nothing_of_the_money() {
    let mut facts = story();
    facts.named_orders = vec!["503-1234567-7654321".to_owned()];
    let alert = critical(facts);
    for language in [Language::Ja, Language::En] {
        let push = |privacy| with_context(language, true, |context| say(&alert, privacy, context));
        let minimal = push(Privacy::Minimal);
        let full = push(Privacy::Full);
        for (private, in_full) in [
            ("17,500", true),
            ("503-1234567", true),
            ("Example Card", true),
            ("0120-000-000", true),
            ("482913", false),
        ] {
            let whole = format!("{}\n{}", minimal.title, minimal.body);
            assert!(!whole.contains(private), "{private}: {whole}");
            let whole = format!("{}\n{}", full.title, full.body);
            assert_eq!(whole.contains(private), in_full, "{private}: {whole}");
        }
        assert!(
            minimal.title.contains("Amazon") && minimal.title.contains('7'),
            "{}",
            minimal.title
        );
        assert!(minimal.title.contains('4'), "{}", minimal.title);
        // The one next step stays.
        let next = match language {
            Language::Ja => "電話",
            Language::En => "call",
        };
        assert!(
            minimal.body.to_lowercase().contains(next),
            "{}",
            minimal.body
        );

        // The same as JSON, in each shape.
        for format in [Format::Json, Format::Slack, Format::Discord, Format::Gotify] {
            let body =
                Payload::new(&alert, &minimal, Privacy::Minimal).body(format, alert.severity);
            let body = String::from_utf8(body.unwrap()).unwrap();
            for private in [
                "17500",
                "17,500",
                "503-1234567",
                "Example Card",
                "0120-000-000",
            ] {
                assert!(!body.contains(private), "{private}: {body}");
            }
        }
        let full = Payload::new(&alert, &full, Privacy::Full);
        let body = full.body(Format::Json, alert.severity).unwrap();
        assert!(
            String::from_utf8(body)
                .unwrap()
                .contains("\"amounts\":{\"JPY\":\"17500\"}")
        );
    }
    assert_eq!(alert.at, now());
}
