//! English: the playbook.

use crate::engine::advice::PlaybookStep;
use crate::engine::wording::context::CardIssuer;
use crate::engine::wording::phrases::Target;
use crate::engine::wording::plain::name;

/// Whom to call: an object of "call".
pub(crate) fn issuer(issuer: Option<&CardIssuer>) -> String {
    match issuer {
        Some(issuer) => format!("{} ({})", name(&issuer.name, 40), name(&issuer.phone, 24)),
        None => "the number on the back of your card".to_owned(),
    }
}

/// The next step of an alert.
pub(crate) fn next(step: PlaybookStep, certain: bool, target: &Target<'_>) -> String {
    let service = target.service;
    let condition = if certain { "" } else { "If this was not you: " };
    match step {
        PlaybookStep::CallCardIssuer => {
            let call = format!(
                "{}call {} and have the card stopped.",
                if certain {
                    "First "
                } else {
                    "If this was not you, first "
                },
                target.issuer
            );
            match target.page {
                Some(page) => format!("{call}\nThen change the {service} password at {page}"),
                None => {
                    format!("{call}\nThen open {service} yourself and change the password there.")
                }
            }
        }
        PlaybookStep::ChangePassword => {
            if let Some(page) = target.page {
                let change = if certain { "Change" } else { "change" };
                format!("{condition}{change} the {service} password at {page}")
            } else {
                let open = if certain { "Open" } else { "open" };
                format!("{condition}{open} {service} yourself and change the password there.")
            }
        }
        PlaybookStep::ChangeMailboxPassword => {
            let change = if certain {
                "First change"
            } else {
                "first change"
            };
            match target.page {
                Some(page) => format!("{condition}{change} the password of the mailbox at {page}"),
                None => format!("{condition}{change} the password of the mailbox."),
            }
        }
        PlaybookStep::SignOutEverywhere
        | PlaybookStep::ScreenshotsAndCancel
        | PlaybookStep::CheckHiddenOrders
        | PlaybookStep::StrongerSignIn
        | PlaybookStep::MailboxFilters
        | PlaybookStep::PhoneCarrier
        | PlaybookStep::ShopSupport
        | PlaybookStep::SamePasswordElsewhere
        | PlaybookStep::Statements
        | PlaybookStep::Police => {
            let title = title(step, service);
            match target.page {
                Some(page) => format!("Next step: {title}\n{page}"),
                None => format!("Next step: {title}"),
            }
        }
    }
}

/// The title of a step.
pub(crate) fn title(step: PlaybookStep, service: &str) -> String {
    match step {
        PlaybookStep::CallCardIssuer => "Call the card issuer".to_owned(),
        PlaybookStep::ChangePassword => format!("Change the {service} password"),
        PlaybookStep::ChangeMailboxPassword => "Change the mailbox password".to_owned(),
        PlaybookStep::SignOutEverywhere => format!("Sign out of {service} on every device"),
        PlaybookStep::ScreenshotsAndCancel => "Take screenshots, then cancel".to_owned(),
        PlaybookStep::CheckHiddenOrders => "Look for hidden orders".to_owned(),
        PlaybookStep::StrongerSignIn => "Use a passkey or an authenticator app".to_owned(),
        PlaybookStep::MailboxFilters => "Check mail filters and forwarding".to_owned(),
        PlaybookStep::PhoneCarrier => "If the phone is dead, call the carrier".to_owned(),
        PlaybookStep::ShopSupport => format!("Report it to {service}"),
        PlaybookStep::SamePasswordElsewhere => "Change the same password elsewhere".to_owned(),
        PlaybookStep::Statements => "Watch the card statements".to_owned(),
        PlaybookStep::Police => "Report it to the police".to_owned(),
    }
}

/// One or two sentences on how to do it.
pub(crate) fn text(step: PlaybookStep, target: &Target<'_>) -> String {
    let service = target.service;
    match step {
        PlaybookStep::CallCardIssuer => format!(
            "Call {}. Read out the orders that are not yours, and have the card stopped and replaced.",
            target.issuer
        ),
        PlaybookStep::ChangePassword => format!(
            "Open {service} yourself, not through a mail, and choose a password that you use nowhere else."
        ),
        PlaybookStep::ChangeMailboxPassword => {
            "Use a device that you trust. Whoever reads the mailbox can reset every other password."
                .to_owned()
        }
        PlaybookStep::SignOutEverywhere => {
            "A new password does not always end the sessions that are open. Remove devices that you do not know."
                .to_owned()
        }
        PlaybookStep::ScreenshotsAndCancel => {
            "Keep pictures of the orders, then cancel what can be cancelled. Remove recipients, addresses and ways to pay that are not yours."
                .to_owned()
        }
        PlaybookStep::CheckHiddenOrders => {
            "Look at hidden or archived orders, at digital orders and at the shop's sites in other countries. If you find one, tell the card issuer."
                .to_owned()
        }
        PlaybookStep::StrongerSignIn => {
            "Codes by SMS can be intercepted or talked out of you. Remove phone numbers and devices that are not yours."
                .to_owned()
        }
        PlaybookStep::MailboxFilters => {
            "Delete rules that move or forward mails and that you did not make. Look at recovery addresses and app passwords too."
                .to_owned()
        }
        PlaybookStep::PhoneCarrier => {
            "A phone without service can mean that your number was moved to another card. Otherwise skip this step."
                .to_owned()
        }
        PlaybookStep::ShopSupport => {
            "Say which orders are not yours and ask for the account to be secured. Use the shop's own help page."
                .to_owned()
        }
        PlaybookStep::SamePasswordElsewhere => {
            "Begin with mail, bank and shops. Give each a password of its own.".to_owned()
        }
        PlaybookStep::Statements => {
            "Look for small amounts for 60 to 90 days. mailward reminds you after 7, 30 and 60 days."
                .to_owned()
        }
        PlaybookStep::Police => {
            "Take the report with you; the card issuer may ask for the case number. In Japan call #9110, in the US see IdentityTheft.gov."
                .to_owned()
        }
    }
}
