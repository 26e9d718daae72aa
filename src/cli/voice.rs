//! The words of the commands that talk about what was watched.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::cli::arguments::Global;
use crate::cli::context;
use crate::cli::exit::Failure;
use crate::config::Config;
use crate::daemon::speech::Speech;
use crate::engine::incident::Incident;
use crate::engine::rule::RuleSet;
use crate::engine::wording::command::Said;
use crate::engine::wording::phrases::Phrases;
use crate::engine::wording::table::phrases;
use crate::engine::wording::{Context, time};
use crate::io::{clock, environment};

/// Language, zone, names and the present moment.
pub struct Voice {
    /// Alerts and reports in words.
    pub speech: Speech,
    /// The phrases of the language.
    pub phrases: &'static dyn Phrases,
    /// The person's time zone.
    pub time_zone: TimeZone,
    /// When the command was given.
    pub now: Timestamp,
}

impl Voice {
    /// By the configuration, as far as there is a sound one: an answer must get through even while it is being
    /// edited. One that is named must be sound.
    pub fn new(global: &Global) -> Result<Self, Failure> {
        let found = context::optional_config(global);
        let config = if global.config.is_some() {
            found?
        } else {
            found.ok().flatten()
        };
        let rules = match context::rules(config.as_ref()) {
            Ok(rules) => rules,
            Err(_) => RuleSet::built_in()?,
        };
        Ok(Self::of(global, config.as_ref(), Arc::new(rules)))
    }

    /// By a configuration and rules that are loaded already.
    pub fn of(global: &Global, config: Option<&Config>, rules: Arc<RuleSet>) -> Self {
        let language = context::language(global, config);
        let time_zone =
            config.map_or_else(environment::time_zone, |config| config.time_zone.clone());
        let issuer = config.and_then(|config| config.card_issuer.clone());
        let mut speech = Speech::of(rules, language, time_zone.clone(), issuer);
        if let Some(config) = config {
            speech = speech.with_mailboxes(config);
        }
        Self {
            speech,
            phrases: phrases(language),
            time_zone,
            now: clock::now(),
        }
    }

    /// Puts something about an incident into words, with the pages of the sites that the person uses.
    pub fn with<T>(&self, incident: &Incident, say: impl FnOnce(&Context<'_>) -> T) -> T {
        self.speech.with_context(self.now, &incident.sites, say)
    }

    /// A sentence.
    pub fn said(&self, said: Said<'_>) -> String {
        self.phrases.said(&said)
    }

    /// A moment in a sentence: "today at 14:03".
    pub fn moment(&self, at: Timestamp) -> String {
        self.phrases
            .moment(&time::moment(at, self.now, &self.time_zone))
    }

    /// Day and time for a column.
    pub fn column(&self, at: Timestamp) -> String {
        time::column(at, &self.time_zone, self.phrases)
    }

    /// The display name of a service.
    pub fn service(&self, id: &str) -> String {
        let sites = BTreeMap::new();
        self.speech
            .with_context(self.now, &sites, |context| (context.service_name)(id))
    }
}
