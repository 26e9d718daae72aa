//! What a screen shows of an alert: its words, and the buttons that a person can press.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::engine::alert::{Alert, Subject};
use crate::engine::incident::{Answer, IncidentId, Severity};

/// One alert as a screen shows it. It is also a line of `alerts --follow --json`: the names are a promise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bubble {
    /// The alert's id.
    pub id: String,
    /// A later one of the same thread takes its place.
    pub thread: String,
    /// When it rang.
    pub at: Timestamp,
    /// How loud it is.
    pub severity: Severity,
    /// One line, plain text.
    pub title: String,
    /// A few lines, plain text.
    pub body: String,
    /// How to answer by typing, for a screen that shows no buttons.
    pub answer_hint: Option<String>,
    /// What an answer is about, and whose report is shown.
    pub incident: Option<IncidentId>,
    /// The official page on which the password is changed; from the rule packs, never from a mail.
    #[serde(default)]
    pub page: Option<String>,
    /// At most three, in order.
    #[serde(default)]
    pub buttons: Vec<Labelled>,
}

/// A button with its words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Labelled {
    /// Which one.
    pub key: Button,
    /// What it says.
    pub label: String,
}

/// Something to press.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Button {
    /// It was not me: the answer counts, the password page and the report open.
    NotMe,
    /// It was me.
    Me,
    /// Show the report.
    Details,
    /// The test alert is seen.
    Arrived,
}

impl Button {
    /// Every button.
    pub const ALL: [Self; 4] = [Self::NotMe, Self::Me, Self::Details, Self::Arrived];

    /// The name by which a notification server gives it back.
    pub fn key(self) -> &'static str {
        match self {
            Self::NotMe => "not-me",
            Self::Me => "me",
            Self::Details => "details",
            Self::Arrived => "arrived",
        }
    }

    /// The button of this name.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|button| button.key() == key)
    }

    /// What pressing it answers; `None` where it answers nothing.
    pub fn answer(self) -> Option<Answer> {
        match self {
            Self::NotMe => Some(Answer::NotMe),
            Self::Me => Some(Answer::Me),
            Self::Details | Self::Arrived => None,
        }
    }
}

/// The buttons that an alert carries. The state of the watcher asks for nothing that a press could do.
pub fn buttons(alert: &Alert) -> &'static [Button] {
    match &alert.subject {
        Subject::Question(_) | Subject::Incident(_) => {
            &[Button::NotMe, Button::Me, Button::Details]
        }
        Subject::StatementReminder { .. } => &[Button::Details],
        Subject::Health(_) => &[],
        Subject::Test => &[Button::Arrived],
    }
}

impl Bubble {
    /// Whether it waits for an answer: such a one comes back until it is answered, here or elsewhere.
    pub fn asks(&self) -> bool {
        self.buttons
            .iter()
            .any(|button| button.key.answer().is_some())
    }

    /// Whether it asks for something that is settled, where `standing` are the threads that are not.
    pub fn is_settled(&self, standing: &BTreeSet<String>) -> bool {
        self.asks() && !standing.contains(&self.thread)
    }

    /// What a press on the bubble itself does: the report where there is one, else what there is.
    pub fn on_click(&self) -> Option<Button> {
        let keys = || self.buttons.iter().map(|button| button.key);
        keys()
            .find(|key| *key == Button::Details)
            .or_else(|| keys().find(|key| key.answer().is_none()))
    }

    /// The words of a button.
    pub fn label(&self, wanted: Button) -> Option<&str> {
        let found = self.buttons.iter().find(|button| button.key == wanted);
        found.map(|button| button.label.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_button_is_found_by_its_key_and_written_by_it() {
        for button in Button::ALL {
            assert_eq!(Button::from_key(button.key()), Some(button));
            let written = serde_json::to_string(&button).unwrap();
            assert_eq!(written, format!("\"{}\"", button.key()));
        }
        assert_eq!(Button::from_key("default"), None);
    }
}
