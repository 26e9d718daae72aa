//! Every sentence that a person reads, made from facts in the person's language.

pub mod command;
pub mod context;
pub mod desktop;
pub mod en;
pub mod incident;
pub mod ja;
pub mod learning;
pub mod login;
pub mod money;
pub mod overview;
pub mod page;
pub mod phrases;
pub mod plain;
pub mod push;
pub mod question;
pub mod setup;
pub mod table;
pub mod time;
pub mod words;

pub use crate::engine::wording::context::{CardIssuer, Context, Language};

use crate::engine::advice::PlaybookStep;
use crate::engine::alert::{Alert, Health, Subject};
use crate::engine::incident::{Answer, IncidentId};
use crate::engine::wording::phrases::Target;
use crate::engine::wording::table::phrases;
use crate::engine::wording::words::Words;

/// An alert in words. It carries no link, number or sentence from a mail, and no code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertText {
    /// One line, the fact first; at most 66 columns unless its first fact alone is longer.
    pub title: String,
    /// A few lines: the one next step, then when and why. Plain text, no markup.
    pub body: String,
    /// How to answer by typing, for channels without buttons; `None` where nothing is asked.
    pub answer_hint: Option<String>,
}

/// A playbook step in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepText {
    /// A few words.
    pub title: String,
    /// One or two sentences.
    pub text: String,
    /// The official address that belongs to it, from the rule packs.
    pub link: Option<String>,
}

/// Says an alert in the person's language.
pub fn render(alert: &Alert, context: &Context<'_>) -> AlertText {
    let phrases = phrases(context.language);
    match &alert.subject {
        Subject::Question(question) => {
            let (title, body) = question::render(question, context);
            with_hint(title, body, &question.incident, context.language)
        }
        Subject::Incident(facts) => {
            let (title, body) = incident::render(alert, facts, context);
            with_hint(title, body, &facts.incident, context.language)
        }
        Subject::StatementReminder { incident: _, days } => {
            let issuer = Words::new(context).issuer();
            let (title, body) = phrases.statement_reminder(*days, &issuer);
            without_hint(title, body)
        }
        Subject::Health(health) => {
            let when = health_moment(health)
                .map(|at| phrases.moment(&time::moment(at, context.now, context.time_zone)));
            let (title, body) = phrases.health(health, when.as_deref());
            without_hint(title, body)
        }
        Subject::Test => {
            let (title, body) = phrases.test();
            without_hint(title.to_owned(), body.to_owned())
        }
    }
}

/// Says a playbook step for `service` (an id) in the person's language.
pub fn step(step: PlaybookStep, service: &str, context: &Context<'_>) -> StepText {
    let phrases = phrases(context.language);
    let words = Words::new(context);
    let name = words.service(service);
    let issuer = words.issuer();
    let link = step
        .page()
        .and_then(|page| (context.official_page)(service, page));
    let target = Target {
        service: &name,
        page: link.as_deref(),
        issuer: &issuer,
    };
    StepText {
        title: phrases.step_title(step, &name),
        text: phrases.step_text(step, &target),
        link,
    }
}

/// The label of the button that gives an answer.
pub fn answer_label(answer: Answer, language: Language) -> &'static str {
    phrases(language).answer(answer)
}

/// The label of the button that opens the report.
pub fn details_label(language: Language) -> &'static str {
    phrases(language).details()
}

fn health_moment(health: &Health) -> Option<jiff::Timestamp> {
    match health {
        Health::Blind { since, .. } => *since,
        Health::Recovered { since, .. } => Some(*since),
        Health::LoginRefused { .. }
        | Health::FolderGone { .. }
        | Health::MessageSkipped { .. }
        | Health::ChannelFailed { .. }
        | Health::StoreFailed
        | Health::ClockWrong
        | Health::Unreachable => None,
    }
}

fn with_hint(title: String, body: String, incident: &IncidentId, language: Language) -> AlertText {
    let command = format!("mailward answer {incident} me|not-me|unsure");
    AlertText {
        title,
        body,
        answer_hint: Some(phrases(language).answer_hint(&command)),
    }
}

fn without_hint(title: String, body: String) -> AlertText {
    AlertText {
        title,
        body,
        answer_hint: None,
    }
}
