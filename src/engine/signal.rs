//! What one mail says, once everything that is not needed has been dropped.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::engine::money::Money;

/// Identity of a signal: a hash over Message-ID, sender domain and content, so that the same mail in two
/// folders is one signal and another mail under the same Message-ID is a second one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SignalId(pub String);

impl fmt::Display for SignalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One fact from one mail. It never holds a code's value, a subject or a body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signal {
    /// Identity for de-duplication.
    pub id: SignalId,
    /// The Message-ID without angle brackets, where the mail has one.
    pub message_id: Option<String>,
    /// Where the mail lies: `file.mbox#1`, `home/INBOX;uid=7`.
    pub source: String,
    /// Event time: the mail's Date where it is plausible, else its arrival.
    pub at: Timestamp,
    /// When the mail arrived in the mailbox.
    pub arrived_at: Timestamp,
    /// The id of the rule pack (`amazon`), or the registrable domain for a generic rule.
    pub service: String,
    /// The site within the service (`amazon.co.jp`).
    pub marketplace: Option<String>,
    /// What happened.
    pub kind: SignalKind,
    /// Whether the sender is who it says.
    pub sender: SenderVerdict,
    /// The rule that matched: `amazon/order-ja`.
    pub rule: String,
    /// The rule's pattern was never checked against a genuine mail; alone it reaches `notice` at most.
    #[serde(default)]
    pub template_unverified: bool,
}

/// Whether the sender is who it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SenderVerdict {
    /// A forgery or a look-alike: no evidence, never part of an incident.
    Failed,
    /// Nothing says so either way. Full weight, but alone it stops at `warning`.
    Unverified,
    /// DMARC, or DKIM aligned with From, for a domain of the service.
    Verified,
}

/// What happened, with what is known of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SignalKind {
    /// The shop confirms an order.
    OrderPlaced(Order),
    /// The shop says that an order was cancelled.
    OrderCancelled {
        /// Normalised order ids, in the order of the mail.
        order_ids: Vec<String>,
        /// Who cancelled.
        by: CancelledBy,
        /// The shop says in this mail that nothing was or will be charged.
        #[serde(default)]
        says_not_charged: bool,
    },
    /// A one-time code, or a sign-in attempt mail that carries one.
    OneTimeCode(Code),
    /// A sign-in, as the service saw it.
    SignIn {
        /// How it ended.
        outcome: SignInOutcome,
        /// Place and device as the mail names them, hashed; see [`Code::origin`].
        #[serde(default)]
        origin: Option<String>,
        /// The mail says that somebody knows the password.
        #[serde(default)]
        knows_password: bool,
    },
    /// A property of the account was changed.
    AccountChange {
        /// Which one.
        what: AccountProperty,
    },
    /// The merchant acted on its own.
    MerchantAction {
        /// What it did.
        what: MerchantActionKind,
    },
    /// The card issuer's usage mail.
    CardCharge(CardCharge),
}

/// An order as its confirmation states it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Normalised order ids, in the order of the mail. Several ids are several orders in one checkout.
    pub order_ids: Vec<String>,
    /// The mail's total, where it can be read for certain. `None` is unknown, never zero.
    pub amount: Option<Money>,
    /// What was bought.
    pub item: Item,
    /// A hash of the item's name, where the mail names it, to tell two items of one price apart.
    #[serde(default)]
    pub item_name: Option<String>,
    /// Who receives a gift.
    #[serde(default)]
    pub gift_recipient: GiftRecipient,
    /// A hash of the postal address, where the mail states one.
    #[serde(default)]
    pub postal_address: Option<String>,
    /// A scheduled delivery of a subscription, not a decision of the moment.
    #[serde(default)]
    pub scheduled: bool,
}

/// What was bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Item {
    /// A gift card or gift certificate.
    GiftCard,
    /// A download, a pass, credit.
    Digital,
    /// Goods: the mail names a delivery day or an address.
    Physical,
    /// A subscription.
    Subscription,
    /// The mail does not say.
    Unknown,
}

/// Who receives a gift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GiftRecipient {
    /// The mail does not say.
    #[default]
    Unknown,
    /// One of the account's own addresses.
    Own,
    /// An address that is not one of the account's.
    Other,
}

/// Who cancelled an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelledBy {
    /// The merchant, over a problem, fraud or verification.
    Merchant,
    /// The customer's own request.
    Customer,
    /// Sold out and the rest.
    Unknown,
}

/// A one-time code, without its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    /// What it is good for.
    pub purpose: CodePurpose,
    /// The mail says that somebody knows the password.
    #[serde(default)]
    pub knows_password: bool,
    /// A hash of place and device as the mail names them, to compare with the learned ones.
    #[serde(default)]
    pub origin: Option<String>,
}

/// What a one-time code is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodePurpose {
    /// Signing in.
    SignIn,
    /// Setting a new password.
    PasswordReset,
    /// Changing or reading account data.
    AccountChange,
    /// Paying: 3-D Secure.
    Payment,
    /// Opening a new account.
    SignUp,
    /// The mail does not say.
    Unknown,
}

/// How a sign-in ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignInOutcome {
    /// Somebody tried.
    Attempted,
    /// From a device that the service did not know.
    NewDevice,
    /// An ordinary sign-in.
    Succeeded,
    /// The service refused it.
    Blocked,
}

/// A property of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountProperty {
    /// The password.
    Password,
    /// The e-mail address.
    Email,
    /// The phone number.
    Phone,
    /// A postal address.
    Address,
    /// Two-factor sign-in.
    TwoFactor,
    /// A card or another way to pay.
    PaymentMethod,
}

/// What a merchant did on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MerchantActionKind {
    /// It locked the account.
    AccountLocked,
    /// It made the password invalid.
    PasswordDisabled,
    /// It holds an order until somebody confirms.
    OrderHeld,
}

/// A charge as the card issuer reports it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardCharge {
    /// The amount, where it can be read for certain.
    pub amount: Option<Money>,
    /// The shop's name as the issuer writes it, normalised.
    pub shop: Option<String>,
    /// When the card was used, where the mail says so.
    pub charged_at: Option<Timestamp>,
}

impl SignalKind {
    /// The name of the kind in the `scan` output and in the database.
    pub fn name(&self) -> &'static str {
        match self {
            Self::OrderPlaced(_) => "order_placed",
            Self::OrderCancelled { .. } => "order_cancelled",
            Self::OneTimeCode(_) => "one_time_code",
            Self::SignIn { .. } => "sign_in",
            Self::AccountChange { .. } => "account_change",
            Self::MerchantAction { .. } => "merchant_action",
            Self::CardCharge(_) => "card_charge",
        }
    }

    /// The order ids that the mail names.
    pub fn order_ids(&self) -> &[String] {
        match self {
            Self::OrderPlaced(order) => &order.order_ids,
            Self::OrderCancelled { order_ids, .. } => order_ids,
            Self::OneTimeCode(_)
            | Self::SignIn { .. }
            | Self::AccountChange { .. }
            | Self::MerchantAction { .. }
            | Self::CardCharge(_) => &[],
        }
    }
}
