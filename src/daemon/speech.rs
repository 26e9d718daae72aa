//! Puts alerts into words: language, zone, names and official pages from config and rules.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::config::Config;
use crate::daemon::Setup;
use crate::engine::advice::{Page, PlaybookStep};
use crate::engine::alert::{Alert, Subject};
use crate::engine::authentication::provider;
use crate::engine::bubble::Bubble;
use crate::engine::incident::Incident;
use crate::engine::report;
use crate::engine::rule::RuleSet;
use crate::engine::wording::push::{self, Privacy};
use crate::engine::wording::{AlertText, CardIssuer, Context, Language, desktop};

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
        .with_mailboxes(&setup.config)
    }

    /// With the services that run the watched mailboxes.
    #[must_use]
    pub fn with_mailboxes(mut self, config: &Config) -> Self {
        let services = config
            .accounts
            .iter()
            .filter_map(|account| provider::mailbox_service(&account.host));
        for service in services {
            if !self.mailbox_services.iter().any(|known| known == service) {
                self.mailbox_services.push(service.to_owned());
            }
        }
        self
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
        self.push(alert, Privacy::Full, now)
    }

    /// An alert in as many words as a channel may say.
    pub fn push(&self, alert: &Alert, privacy: Privacy, now: Timestamp) -> AlertText {
        self.with_context(now, &sites_of(alert), |context| {
            push::say(alert, privacy, context)
        })
    }

    /// An alert in words, with its buttons.
    pub fn bubble(&self, alert: &Alert, privacy: Privacy, now: Timestamp) -> Bubble {
        self.with_context(now, &sites_of(alert), |context| {
            desktop::bubble(alert, privacy, context)
        })
    }

    /// The language.
    pub fn language(&self) -> Language {
        self.language
    }

    /// The official page that the alert's next step leads to.
    pub fn page(&self, alert: &Alert) -> Option<String> {
        let (service, page) = match &alert.subject {
            Subject::Question(question) => (&question.service, Page::Password),
            Subject::Incident(facts) => {
                let step = PlaybookStep::from_id(&facts.next_step);
                let page = step.and_then(PlaybookStep::page).unwrap_or(Page::Password);
                (&facts.service, page)
            }
            Subject::StatementReminder { .. } | Subject::Health(_) | Subject::Test => return None,
        };
        let address = self.official_page(service, page)?;
        Some(match sites_of(alert).get(service) {
            Some(site) => on_site(&address, site),
            None => address,
        })
    }

    /// An incident as the report that one reads out on the phone.
    pub fn report(&self, incident: &Incident, now: Timestamp) -> String {
        self.with_context(now, &incident.sites, |context| {
            report::text(incident, context)
        })
    }

    /// Lets `say` put anything else into words; `sites` names the site of each service that the person uses.
    pub fn with_context<T>(
        &self,
        now: Timestamp,
        sites: &BTreeMap<String, String>,
        say: impl FnOnce(&Context<'_>) -> T,
    ) -> T {
        let name = |id: &str| self.service_name(id);
        let page = |id: &str, page: Page| {
            let address = self.official_page(id, page)?;
            Some(match sites.get(id) {
                Some(site) => on_site(&address, site),
                None => address,
            })
        };
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

/// The site of each service that an alert is about.
fn sites_of(alert: &Alert) -> BTreeMap<String, String> {
    match &alert.subject {
        Subject::Question(question) => question
            .site
            .iter()
            .map(|site| (question.service.clone(), site.clone()))
            .collect(),
        Subject::Incident(facts) => facts.sites.clone(),
        Subject::StatementReminder { .. } | Subject::Health(_) | Subject::Test => BTreeMap::new(),
    }
}

/// The same page on another site of the same service: `www.amazon.co.jp/…` for `amazon.com` is `www.amazon.com/…`.
///
/// Both names come from the rule pack; a page on a host of another name is left as it is.
fn on_site(address: &str, site: &str) -> String {
    let other = || -> Option<String> {
        let rest = address.strip_prefix("https://www.")?;
        let (host, path) = rest.split_once('/')?;
        let same_shop = host.split('.').next() == site.split('.').next();
        same_shop.then(|| format!("https://www.{site}/{path}"))
    };
    other().unwrap_or_else(|| address.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_named_on_the_site_that_the_person_uses() {
        let page = "https://www.amazon.co.jp/ap/cnep";
        assert_eq!(
            on_site(page, "amazon.com"),
            "https://www.amazon.com/ap/cnep"
        );
        assert_eq!(on_site(page, "rakuten.co.jp"), page);
    }
}
