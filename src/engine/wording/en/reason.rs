//! English: why it rang.

use crate::engine::incident::Reason;

/// Why it rang, in one sentence.
pub(crate) fn sentence(reason: Reason) -> &'static str {
    match reason {
        Reason::Question => "It has not been confirmed that this was you.",
        Reason::CodeWatch => "Several codes or sign-ins have not been confirmed.",
        Reason::OrderBurst => "The orders came close together.",
        Reason::OverallBurst => "Orders came close together at several shops.",
        Reason::GiftDrip => "These are gift cards or digital goods within one day.",
        Reason::CardTesting => "Orders were placed and cancelled again within minutes.",
        Reason::MerchantCancellation => "The shop cancelled because of a problem.",
        Reason::MerchantLock => "The shop locked the account or disabled the password.",
        Reason::AccountChange => "Details of the account were changed.",
        Reason::NewDevice => "A sign-in from a new device has not been confirmed.",
        Reason::MailFlood => "Far more mail than usual is arriving; it can bury an order.",
        Reason::MailDeletion => "Order mails were deleted right after they arrived.",
        Reason::NotMe => "You answered that this was not you.",
        Reason::Unsure => "You answered that you are not sure.",
        Reason::Silence => "There is no answer yet.",
        Reason::StatementReminder => "The statements are due for a check.",
        Reason::Health => "This is about mailward itself.",
        Reason::Test => "This is a test.",
    }
}

/// A fact for a title without any count.
pub(crate) fn bare_fact(reason: Reason) -> &'static str {
    match reason {
        Reason::MailFlood => "far more mail than usual",
        Reason::MailDeletion => "order mails deleted on arrival",
        Reason::MerchantLock => "account locked",
        Reason::AccountChange => "account changed",
        Reason::NewDevice => "sign-in from a new device",
        Reason::Question
        | Reason::CodeWatch
        | Reason::OrderBurst
        | Reason::OverallBurst
        | Reason::GiftDrip
        | Reason::CardTesting
        | Reason::MerchantCancellation
        | Reason::NotMe
        | Reason::Unsure
        | Reason::Silence
        | Reason::StatementReminder
        | Reason::Health
        | Reason::Test => "something to look at",
    }
}
