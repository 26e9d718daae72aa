//! A text message that was handed over: the same way as a mail, and its text ends here.

use jiff::Timestamp;
use tracing::info;

use crate::config::Config;
use crate::daemon::people::People;
use crate::daemon::{Daemon, request};
use crate::engine::correlator::Input;
use crate::engine::message::sms::mail_of_sms;
use crate::engine::rule::{self, RuleSet};
use crate::engine::secret::Secret;
use crate::engine::signal::{SenderVerdict, Signal};
use crate::io::control::outcome::{Ingested, Outcome};
use crate::io::control::protocol::{Refusal, Reply};
use crate::io::store::change::Change;

/// A text message.
pub struct TextMessage<'a> {
    /// Whose phone it came to; `None` where one person is watched.
    pub person: Option<String>,
    /// From whom, as the phone shows it.
    pub sender: Option<&'a str>,
    /// What it says.
    pub text: &'a Secret,
    /// When it came.
    pub at: Timestamp,
    /// Whether the phone proved itself. Whoever sent the message to it is not known all the same; but nobody who could
    /// only reach the mailbox made it up.
    pub is_vouched_for: bool,
}

/// Whose message it is, and what it says that matters; nothing else of it is kept.
pub fn read(
    message: TextMessage<'_>,
    config: &Config,
    people: &People,
    rules: &RuleSet,
) -> Result<(String, Option<Signal>), Refusal> {
    let person = request::person_of(people, message.person)?;
    let mail = mail_of_sms(message.sender, message.text.expose(), message.at);
    let mut signal = rule::signal_of(rules, &mail, &config.trust());
    if let Some(signal) = &mut signal
        && message.is_vouched_for
        && signal.sender == SenderVerdict::Unverified
    {
        signal.sender = SenderVerdict::Verified;
    }
    Ok((person, signal))
}

/// What came of a message.
pub fn outcome(signal: Option<&Signal>) -> Outcome {
    Outcome::Ingested(Ingested {
        kind: signal.map(|signal| signal.kind.name().to_owned()),
        service: signal.map(|signal| signal.service.clone()),
    })
}

impl Daemon {
    /// Takes a text message; what follows from it is stored and sent when this returns.
    pub(crate) async fn ingest(&mut self, message: TextMessage<'_>) -> Reply {
        let rules = self.setup.rules.clone();
        let (person, signal) = read(message, &self.setup.config, &self.people, &rules)?;
        let outcome = outcome(signal.as_ref());
        if let Some(signal) = signal {
            info!(
                kind = signal.kind.name(),
                service = signal.service,
                sender = ?signal.sender,
                rule = signal.rule,
                "signal of a text message"
            );
            let input = Input::Signal(Box::new(signal));
            self.take(&person, input, Change::default()).await;
        }
        Ok(outcome)
    }
}
