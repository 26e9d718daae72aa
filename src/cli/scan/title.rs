//! The one line that names each alert in the output of a scan.

use jiff::tz::TimeZone;

use crate::engine::advice::Page;
use crate::engine::alert::Alert;
use crate::engine::rule::RuleSet;
use crate::engine::wording::{self, CardIssuer, Context, Language};

/// What the words of a scan depend on.
pub struct Speaker<'a> {
    /// The language of the output.
    pub language: Language,
    /// The person's time zone.
    pub time_zone: &'a TimeZone,
    /// Whom to call, where a configuration says so.
    pub card_issuer: Option<&'a CardIssuer>,
    /// The names and official pages of the services.
    pub rules: &'a RuleSet,
}

/// The alert in a line, as it would have stood on the screen at its time.
pub fn of(alert: &Alert, speaker: &Speaker<'_>) -> String {
    let service_name = |id: &str| {
        let known = speaker.rules.service(id);
        let name = known.map(|service| match speaker.language {
            Language::Ja => service.name_ja.clone(),
            Language::En => service.name_en.clone(),
        });
        name.unwrap_or_else(|| id.to_owned())
    };
    let official_page = |id: &str, page: Page| {
        let pages = &speaker.rules.service(id)?.pages;
        match page {
            Page::Password => pages.password.clone(),
            Page::Security => pages.security.clone(),
            Page::Orders => pages.orders.clone(),
            Page::PaymentMethods => pages.payment_methods.clone(),
            Page::TwoFactor => pages.two_factor.clone(),
        }
    };
    let context = Context {
        language: speaker.language,
        time_zone: speaker.time_zone,
        now: alert.at,
        card_issuer: speaker.card_issuer,
        mailbox_services: &[],
        service_name: &service_name,
        official_page: &official_page,
    };
    wording::render(alert, &context).title
}
