//! English: the report as a page.

use crate::engine::incident::event::Happened;
use crate::engine::report::timeline::Kind;
use crate::engine::signal::{
    AccountProperty, CancelledBy, CodePurpose, MerchantActionKind, SignInOutcome,
};
use crate::engine::wording::en::plural::count;
use crate::engine::wording::page::PageLabels;

/// The labels of the page.
pub(crate) const LABELS: PageLabels = PageLabels {
    made: |when| format!("As of {when}"),
    call: "First call the card issuer",
    issuer: "Card issuer",
    number_on_card: "The number on the back of your card",
    say,
    next: "Do this next",
    facts: "At a glance",
    table: "Orders to read out on the phone",
    number: "No.",
    service: "Service",
    currency: "Currency",
    cancelled_at: "Cancelled at",
    note: "Note",
    cancelled_then: |when| format!("cancelled {when}"),
    cut: |shown, all, command| {
        format!(
            "{shown} of {all} orders are shown, those that may have been charged first. All of them: {command}"
        )
    },
    timeline: "What happened when",
    drawing: "Timeline. Every entry is also in the list below it.",
    lane,
    gap,
    happened,
    more: |more| format!("and {more} more"),
    answered: |answer| format!("You answered: {answer}"),
    steps: "Steps, in order",
    done: "Done",
    open: "Open",
    tick: "To tick off a step:",
    why: "Why mailward rang",
    levels: "When it rang",
    foot: "Made by mailward from your mail, on your own computer. It holds order numbers and amounts: give it only to those who need it.",
};

fn say(orders: u32, amount: &str) -> String {
    let orders = match orders {
        1 => "1 order that I did not place".to_owned(),
        many => format!("{many} orders that I did not place"),
    };
    let amount = if amount.is_empty() {
        String::new()
    } else {
        format!(", {amount} in all")
    };
    format!(
        "\u{201c}There are {orders}{amount}. Please stop the card, dispute the charges and send me a new one.\u{201d}"
    )
}

fn lane(kind: Kind) -> &'static str {
    match kind {
        Kind::Codes => "Codes",
        Kind::SignIns => "Sign-ins",
        Kind::AccountChanges => "Account changes",
        Kind::Orders => "Orders",
        Kind::Cancellations => "Cancellations",
        Kind::MerchantActions => "Shop acted",
        Kind::Charges => "Card charges",
        Kind::Answers => "Your answers",
    }
}

fn gap(minutes: i64) -> String {
    match minutes {
        ..=99 => format!("{minutes} min"),
        100..=2_879 => format!("{} h", minutes.saturating_add(30).div_euclid(60)),
        _ => format!("{} days", minutes.saturating_add(720).div_euclid(1440)),
    }
}

fn happened(what: &Happened, times: usize) -> String {
    let number = u32::try_from(times).unwrap_or(u32::MAX);
    let (one, many) = match what {
        Happened::OrderCancelled { by, .. } => match by {
            CancelledBy::Merchant => (
                "order cancelled by the shop over a problem",
                "orders cancelled by the shop over a problem",
            ),
            CancelledBy::Customer => (
                "order cancelled by the customer",
                "orders cancelled by the customer",
            ),
            CancelledBy::Unknown => ("order cancelled", "orders cancelled"),
        },
        Happened::OneTimeCode { purpose } => match purpose {
            CodePurpose::SignIn => ("sign-in code", "sign-in codes"),
            CodePurpose::PasswordReset => ("code for a new password", "codes for a new password"),
            CodePurpose::AccountChange => {
                ("code for an account change", "codes for an account change")
            }
            CodePurpose::Payment => ("code for a payment", "codes for a payment"),
            CodePurpose::SignUp => ("code for a new account", "codes for a new account"),
            CodePurpose::Unknown => ("one-time code", "one-time codes"),
        },
        Happened::SignIn { outcome } => match outcome {
            SignInOutcome::Attempted => ("sign-in attempt", "sign-in attempts"),
            SignInOutcome::NewDevice => ("sign-in from a new device", "sign-ins from new devices"),
            SignInOutcome::Succeeded => ("sign-in", "sign-ins"),
            SignInOutcome::Blocked => ("blocked sign-in", "blocked sign-ins"),
        },
        Happened::AccountChange { what } => match what {
            AccountProperty::Password => ("change of the password", "changes of the password"),
            AccountProperty::Email => (
                "change of the e-mail address",
                "changes of the e-mail address",
            ),
            AccountProperty::Phone => ("change of the phone number", "changes of the phone number"),
            AccountProperty::Address => {
                ("change of a postal address", "changes of a postal address")
            }
            AccountProperty::TwoFactor => {
                ("change of two-step sign-in", "changes of two-step sign-in")
            }
            AccountProperty::PaymentMethod => ("change of a way to pay", "changes of ways to pay"),
        },
        Happened::MerchantAction { what } => match what {
            MerchantActionKind::AccountLocked => {
                return "The shop locked the account".to_owned();
            }
            MerchantActionKind::PasswordDisabled => {
                return "The shop disabled the password".to_owned();
            }
            MerchantActionKind::OrderHeld => ("order held by the shop", "orders held by the shop"),
        },
        Happened::CardCharge { .. } => ("card charge", "card charges"),
    };
    count(number, one, many)
}
