//! Puts alerts into words: language, zone, names and official pages from config and rules.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::daemon::Setup;
use crate::engine::advice::Page;
use crate::engine::alert::Alert;
use crate::engine::incident::Incident;
use crate::engine::report;
use crate::engine::rule::RuleSet;
use crate::engine::wording::{self, AlertText, CardIssuer, Context, Language};

/// Everything that words need besides the facts.
#[derive(Clone)]
pub struct Speech {
    rules: Arc<RuleSet>,
    language: Language,
    time_zone: TimeZone,
    card_issuer: Option<CardIssuer>,
    mailbox_services: Vec<String>,
}

impl Speech {
    /// For a daemon.
    pub fn new(setup: &Setup) -> Self {
        Self::of(
            setup.rules.clone(),
            setup.language,
            setup.config.time_zone.clone(),
            setup.config.card_issuer.clone(),
        )
    }

    /// From its parts, for the command line.
    pub fn of(
        rules: Arc<RuleSet>,
        language: Language,
        time_zone: TimeZone,
        card_issuer: Option<CardIssuer>,
    ) -> Self {
        Self {
            rules,
            language,
            time_zone,
            card_issuer,
            mailbox_services: Vec::new(),
        }
    }

    /// An alert in words.
    pub fn alert(&self, alert: &Alert, now: Timestamp) -> AlertText {
        self.with_context(now, |context| wording::render(alert, context))
    }

    /// An incident as the report that one reads out on the phone.
    pub fn report(&self, incident: &Incident, now: Timestamp) -> String {
        self.with_context(now, |context| report::text(incident, context))
    }

    /// Lets `say` put anything else into words.
    pub fn with_context<T>(&self, now: Timestamp, say: impl FnOnce(&Context<'_>) -> T) -> T {
        let name = |id: &str| self.service_name(id);
        let page = |id: &str, page: Page| self.official_page(id, page);
        say(&Context {
            language: self.language,
            time_zone: &self.time_zone,
            now,
            card_issuer: self.card_issuer.as_ref(),
            mailbox_services: &self.mailbox_services,
            service_name: &name,
            official_page: &page,
        })
    }

    fn service_name(&self, id: &str) -> String {
        let service = self.rules.service(id);
        match (service, self.language) {
            (Some(service), Language::Ja) => service.name_ja.clone(),
            (Some(service), Language::En) => service.name_en.clone(),
            (None, _) => id.to_owned(),
        }
    }

    fn official_page(&self, id: &str, page: Page) -> Option<String> {
        let pages = &self.rules.service(id)?.pages;
        match page {
            Page::Password => pages.password.clone(),
            Page::Security => pages.security.clone(),
            Page::Orders => pages.orders.clone(),
            Page::PaymentMethods => pages.payment_methods.clone(),
            Page::TwoFactor => pages.two_factor.clone(),
        }
    }
}
