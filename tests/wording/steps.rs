//! Playbook steps and buttons.

use std::collections::BTreeSet;

use mailward::engine::advice::PlaybookStep;
use mailward::engine::incident::Answer;
use mailward::engine::wording::{Language, answer_label, details_label, plain, step};

use crate::facts::with_context;
use crate::sound::assert_sound;

#[test]
fn every_step_has_a_title_a_text_and_the_official_address() {
    for language in Language::ALL {
        let mut titles = BTreeSet::new();
        for which in PlaybookStep::ALL {
            let words = with_context(language, true, |context| step(which, "amazon", context));
            assert_sound(&words.title, which.id());
            assert_sound(&words.text, which.id());
            assert!(plain::columns(&words.title) <= 60, "{}", words.title);
            assert!(titles.insert(words.title));
            assert!(words.text.ends_with(['。', '.']), "{}", words.text);
            let known = matches!(
                which,
                PlaybookStep::ChangePassword
                    | PlaybookStep::ChangeMailboxPassword
                    | PlaybookStep::CheckHiddenOrders
            );
            assert_eq!(words.link.is_some(), known, "{which}");
        }
    }
}

#[test]
fn buttons_have_labels() {
    for language in Language::ALL {
        let mut labels = BTreeSet::from([details_label(language)]);
        for answer in [Answer::Me, Answer::NotMe, Answer::Unsure] {
            labels.insert(answer_label(answer, language));
        }
        assert_eq!(labels.len(), 4);
        for label in labels {
            assert_sound(label, "label");
        }
    }
}
