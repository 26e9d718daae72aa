//! The names, numbers and addresses that sentences are filled with, made harmless.

use crate::engine::advice::{Page, PlaybookStep};
use crate::engine::wording::context::Context;
use crate::engine::wording::phrases::{Phrases, Target};
use crate::engine::wording::plain;
use crate::engine::wording::table::phrases;

/// The widest name of a service in a sentence, in columns.
const SERVICE_COLUMNS: usize = 40;

/// Looks up names, numbers and addresses for one text.
pub struct Words<'a> {
    context: &'a Context<'a>,
    phrases: &'static dyn Phrases,
}

impl<'a> Words<'a> {
    /// For the texts of one context.
    pub fn new(context: &'a Context<'a>) -> Self {
        Self {
            context,
            phrases: phrases(context.language),
        }
    }

    /// The display name of a service.
    pub fn service(&self, id: &str) -> String {
        plain::name(&(self.context.service_name)(id), SERVICE_COLUMNS)
    }

    /// Whom to call about the card.
    pub fn issuer(&self) -> String {
        self.phrases.issuer(self.context.card_issuer)
    }

    /// The official address that a step leads to; a call to the card issuer is followed by a new password.
    pub fn page(&self, service: &str, step: PlaybookStep) -> Option<String> {
        let page = match step {
            PlaybookStep::CallCardIssuer => Page::Password,
            PlaybookStep::ChangePassword
            | PlaybookStep::ChangeMailboxPassword
            | PlaybookStep::SignOutEverywhere
            | PlaybookStep::ScreenshotsAndCancel
            | PlaybookStep::CheckHiddenOrders
            | PlaybookStep::StrongerSignIn
            | PlaybookStep::MailboxFilters
            | PlaybookStep::PhoneCarrier
            | PlaybookStep::ShopSupport
            | PlaybookStep::SamePasswordElsewhere
            | PlaybookStep::Statements
            | PlaybookStep::Police => step.page()?,
        };
        (self.context.official_page)(service, page)
    }

    /// The service that a step is about, among `services`; `first` is the one whose password comes first. `None`
    /// where the step is about a mailbox whose service is not known.
    pub fn service_of_step<'s>(
        &'s self,
        step: PlaybookStep,
        services: &'s [String],
        first: &'s str,
    ) -> Option<&'s str> {
        let mailboxes = self.context.mailbox_services;
        let is_mailbox = |service: &str| mailboxes.iter().any(|mailbox| mailbox == service);
        let mut all = std::iter::once(first).chain(services.iter().map(String::as_str));
        match step {
            PlaybookStep::ChangeMailboxPassword => all
                .find(|service| is_mailbox(service))
                .or(mailboxes.first().map(String::as_str)),
            PlaybookStep::CallCardIssuer => Some(first),
            PlaybookStep::ChangePassword
            | PlaybookStep::SignOutEverywhere
            | PlaybookStep::ScreenshotsAndCancel
            | PlaybookStep::CheckHiddenOrders
            | PlaybookStep::StrongerSignIn
            | PlaybookStep::MailboxFilters
            | PlaybookStep::PhoneCarrier
            | PlaybookStep::ShopSupport
            | PlaybookStep::SamePasswordElsewhere
            | PlaybookStep::Statements
            | PlaybookStep::Police => all.find(|service| !is_mailbox(service)).or(Some(first)),
        }
    }

    /// What a sentence about a step points at.
    pub fn target<'t>(
        &self,
        service: &'t str,
        page: Option<&'t str>,
        issuer: &'t str,
    ) -> Target<'t> {
        Target {
            service,
            page,
            issuer,
        }
    }
}
