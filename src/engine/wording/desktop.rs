//! An alert as a screen shows it, and what `test-alert` asks.

use crate::engine::advice::{Page, PlaybookStep};
use crate::engine::alert::{Alert, Subject};
use crate::engine::bubble::{Bubble, Button, Labelled, buttons};
use crate::engine::incident::Answer;
use crate::engine::wording::AlertText;
use crate::engine::wording::context::Context;
use crate::engine::wording::phrases::Phrases;
use crate::engine::wording::push::{self, Privacy};
use crate::engine::wording::table::phrases;
use crate::engine::wording::words::Words;

/// What a screen shows and `test-alert` asks, beside the words of the alert.
#[derive(Debug, Clone, Copy)]
pub struct DesktopLabels {
    /// The button of a test alert.
    pub arrived: &'static str,
    /// Asks whether the test alert arrived; `…` stands for the channel.
    pub did_it_arrive: &'static str,
    /// It did.
    pub it_arrived: &'static str,
    /// It did not, and what to do about it.
    pub it_did_not: &'static str,
    /// Nobody was asked, and how to confirm it.
    pub nobody_asked: &'static str,
}

/// The words and buttons of an alert.
pub fn bubble(alert: &Alert, privacy: Privacy, context: &Context<'_>) -> Bubble {
    let AlertText {
        title,
        body,
        answer_hint,
    } = push::say(alert, privacy, context);
    let phrases = phrases(context.language);
    Bubble {
        id: alert.id.clone(),
        thread: alert.thread.clone(),
        at: alert.at,
        severity: alert.severity,
        title,
        body,
        answer_hint,
        incident: alert.incident().cloned(),
        page: password_page(alert, context),
        buttons: buttons(alert)
            .iter()
            .map(|key| Labelled {
                key: *key,
                label: label(*key, phrases).to_owned(),
            })
            .collect(),
    }
}

fn label(button: Button, phrases: &dyn Phrases) -> &'static str {
    match button {
        Button::NotMe => phrases.answer(Answer::NotMe),
        Button::Me => phrases.answer(Answer::Me),
        Button::Details => phrases.details(),
        Button::Arrived => phrases.desktop().arrived,
    }
}

/// The official page of the password that comes first: the mailbox's where the mailbox shows signs.
fn password_page(alert: &Alert, context: &Context<'_>) -> Option<String> {
    match &alert.subject {
        Subject::Question(question) => (context.official_page)(&question.service, Page::Password),
        Subject::Incident(facts) => {
            let words = Words::new(context);
            let page = |step| {
                let service = words.service_of_step(step, &alert.services, &facts.service)?;
                words.page(service, step)
            };
            facts
                .mailbox_signs
                .then(|| page(PlaybookStep::ChangeMailboxPassword))
                .flatten()
                .or_else(|| page(PlaybookStep::ChangePassword))
        }
        Subject::StatementReminder { .. } | Subject::Health(_) | Subject::Test => None,
    }
}
