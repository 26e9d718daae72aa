//! The names of a signal's values in the output of a scan. They are a promise.

use crate::engine::signal::{
    AccountProperty, CancelledBy, CodePurpose, Item, MerchantActionKind, SignInOutcome,
};

/// What was bought.
pub fn item(item: Item) -> &'static str {
    match item {
        Item::GiftCard => "gift_card",
        Item::Digital => "digital",
        Item::Physical => "physical",
        Item::Subscription => "subscription",
        Item::Unknown => "unknown",
    }
}

/// What a code is good for.
pub fn purpose(purpose: CodePurpose) -> &'static str {
    match purpose {
        CodePurpose::SignIn => "sign_in",
        CodePurpose::PasswordReset => "password_reset",
        CodePurpose::AccountChange => "account_change",
        CodePurpose::Payment => "payment",
        CodePurpose::SignUp => "sign_up",
        CodePurpose::Unknown => "unknown",
    }
}

/// Who cancelled.
pub fn cancelled_by(by: CancelledBy) -> &'static str {
    match by {
        CancelledBy::Merchant => "merchant",
        CancelledBy::Customer => "customer",
        CancelledBy::Unknown => "unknown",
    }
}

/// How a sign-in ended.
pub fn outcome(outcome: SignInOutcome) -> &'static str {
    match outcome {
        SignInOutcome::Attempted => "attempted",
        SignInOutcome::NewDevice => "new_device",
        SignInOutcome::Succeeded => "succeeded",
        SignInOutcome::Blocked => "blocked",
    }
}

/// What was changed.
pub fn property(what: AccountProperty) -> &'static str {
    match what {
        AccountProperty::Password => "password",
        AccountProperty::Email => "email",
        AccountProperty::Phone => "phone",
        AccountProperty::Address => "address",
        AccountProperty::TwoFactor => "two_factor",
        AccountProperty::PaymentMethod => "payment_method",
    }
}

/// What the merchant did.
pub fn merchant_action(what: MerchantActionKind) -> &'static str {
    match what {
        MerchantActionKind::AccountLocked => "account_locked",
        MerchantActionKind::PasswordDisabled => "password_disabled",
        MerchantActionKind::OrderHeld => "order_held",
    }
}
