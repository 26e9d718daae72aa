//! The shape of a rule pack's TOML file. Unknown keys are errors.

use serde::Deserialize;
use toml::Spanned;

use crate::engine::signal::{
    AccountProperty, CancelledBy, CodePurpose, GiftRecipient, Item, MerchantActionKind,
    SignInOutcome,
};

/// A pattern: a plain text, or a regular expression between slashes. Both see folded text in lower case.
pub(crate) type PatternText = Spanned<String>;

/// One file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PackFile {
    /// `amazon`; also the file's name.
    pub id: Spanned<String>,
    pub name: NameTable,
    #[serde(default)]
    pub pages: PagesTable,
    #[serde(default)]
    pub senders: SendersTable,
    #[serde(default)]
    pub order: OrderTable,
    /// A pack for any sender: its signals carry the sender's registrable domain, or the service of a known sender.
    #[serde(default)]
    pub generic: bool,
    /// A forwarder of text messages: the service is named by the message, the sender is the person.
    #[serde(default)]
    pub forwards_sms: bool,
    #[serde(default)]
    pub rule: Vec<RuleTable>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NameTable {
    pub ja: String,
    pub en: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PagesTable {
    pub password: Option<Spanned<String>>,
    pub security: Option<Spanned<String>>,
    pub orders: Option<Spanned<String>>,
    pub payment_methods: Option<Spanned<String>>,
    pub two_factor: Option<Spanned<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SendersTable {
    /// From domains, exact; `*.example.com` for any name below.
    #[serde(default)]
    pub domains: Vec<Spanned<String>>,
    /// Domains of others that send for the service.
    #[serde(default)]
    pub third_parties: Vec<Spanned<String>>,
    /// The sender's registrable domain is the marketplace.
    #[serde(default)]
    pub marketplaces: bool,
    /// Domains of relatives that may use the brand without pretending to be this service.
    #[serde(default)]
    pub siblings: Vec<Spanned<String>>,
    /// Mails of mailing lists (with a List-Id) are not looked at.
    #[serde(default)]
    pub no_lists: bool,
    /// Words by which a foreign sender pretends to be the service.
    #[serde(default)]
    pub brand: Vec<PatternText>,
    /// Local parts (`*` allowed) that send advertising: nothing from them is a signal.
    #[serde(default)]
    pub denied_locals: Vec<String>,
    /// The generic packs do not look at this service's mails.
    #[serde(default)]
    pub closed: bool,
}

/// How the service writes what belongs to an order; rules use it.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrderTable {
    /// Regular expressions of order ids; the first group, else the whole, is the id. They see folded text as it is.
    #[serde(default)]
    pub id: Vec<Spanned<String>>,
    /// Labels of the total, the most reliable first.
    #[serde(default)]
    pub total: Vec<PatternText>,
    /// Regular expressions with a group for the amount, where no label stands before it.
    #[serde(default)]
    pub amount: Vec<Spanned<String>>,
    /// The text ends here for totals and items: advertising follows.
    #[serde(default)]
    pub cut: Vec<PatternText>,
    /// Regular expressions with a group for the item's name, in subject or text.
    #[serde(default)]
    pub item_name: Vec<Spanned<String>>,
    /// Regular expressions with a group for the gift's recipient address.
    #[serde(default)]
    pub recipient: Vec<Spanned<String>>,
    /// Regular expressions with a group for the postal address.
    #[serde(default)]
    pub address: Vec<Spanned<String>>,
    #[serde(default)]
    pub gift_card: Vec<PatternText>,
    #[serde(default)]
    pub digital: Vec<PatternText>,
    #[serde(default)]
    pub subscription: Vec<PatternText>,
    #[serde(default)]
    pub physical: Vec<PatternText>,
    /// A scheduled delivery of a subscription.
    #[serde(default)]
    pub scheduled: Vec<PatternText>,
}

/// Whether the text must hold a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CodeCondition {
    #[default]
    Any,
    /// Beside any word for a code.
    Required,
    /// Beside a word that means a one-time code and nothing else (group `code`).
    Strict,
    Absent,
}

/// What schema.org markup must say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MarkupCondition {
    /// An order that was placed.
    Placed,
    /// An order that was cancelled.
    Cancelled,
}

/// The kind of signal that a rule makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum KindName {
    OrderPlaced,
    OrderCancelled,
    OneTimeCode,
    SignIn,
    AccountChange,
    MerchantAction,
    CardCharge,
    /// Matches and makes nothing: it keeps weaker rules away.
    Nothing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Template {
    /// Checked against a genuine mail.
    #[default]
    Known,
    /// No genuine sample is known.
    Unverified,
}

/// One rule. Within a list one pattern is enough; the lists must all agree.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the independent switches of a rule"
)]
pub(crate) struct RuleTable {
    pub id: Spanned<String>,
    pub kind: Spanned<KindName>,
    /// The highest matching priority wins; the order in the file decides among equals.
    #[serde(default)]
    pub priority: i32,
    #[serde(default)]
    pub template: Template,
    /// Local parts of the sender, `*` allowed.
    #[serde(default)]
    pub from: Vec<String>,
    /// Local parts that must not be the sender's, `*` allowed.
    #[serde(default)]
    pub not_from: Vec<String>,
    /// Sender domains, a part of the pack's.
    #[serde(default)]
    pub domains: Vec<String>,
    #[serde(default)]
    pub subject: Vec<PatternText>,
    #[serde(default)]
    pub not_subject: Vec<PatternText>,
    /// In the first sentences of the text, before any "if it was not you".
    #[serde(default)]
    pub opening: Vec<PatternText>,
    #[serde(default)]
    pub heading: Vec<PatternText>,
    #[serde(default)]
    pub not_heading: Vec<PatternText>,
    #[serde(default)]
    pub body: Vec<PatternText>,
    /// A second list for the body.
    #[serde(default)]
    pub and_body: Vec<PatternText>,
    #[serde(default)]
    pub not_body: Vec<PatternText>,
    #[serde(default)]
    pub code: CodeCondition,
    /// An order id must be found.
    #[serde(default)]
    pub needs_order_id: bool,
    /// An order id or a total must be found.
    #[serde(default)]
    pub needs_order_fact: bool,
    /// schema.org markup must say this.
    pub markup: Option<MarkupCondition>,
    /// A total must be found.
    #[serde(default)]
    pub needs_amount: bool,

    pub item: Option<Item>,
    /// The item where the text does not say.
    pub default_item: Option<Item>,
    pub gift_recipient: Option<GiftRecipient>,
    pub by: Option<CancelledBy>,
    pub purpose: Option<CodePurpose>,
    pub outcome: Option<SignInOutcome>,
    pub account: Option<AccountProperty>,
    pub action: Option<MerchantActionKind>,
    /// The mail says that somebody knows the password, always or where one of these stands in it.
    #[serde(default)]
    pub knows_password: bool,
    #[serde(default)]
    pub knows_password_if: Vec<PatternText>,
    /// The mail says that nothing was charged where one of these stands in it.
    #[serde(default)]
    pub not_charged_if: Vec<PatternText>,
    /// Regular expressions with a group for place or device.
    #[serde(default)]
    pub origin: Vec<Spanned<String>>,
    /// Regular expressions with a group for the shop of a card charge.
    #[serde(default)]
    pub shop: Vec<Spanned<String>>,
    /// Regular expressions with a group for the time of a card charge.
    #[serde(default)]
    pub charged_at: Vec<Spanned<String>>,
    /// The UTC offset in hours of `charged_at`; 9 for Japan.
    pub utc_offset: Option<i8>,

    /// Mails that this rule must match.
    #[serde(default)]
    pub example: Vec<ExampleTable>,
    /// Mails that this rule must not match.
    #[serde(default)]
    pub counterexample: Vec<ExampleTable>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExampleTable {
    pub from: String,
    pub subject: String,
    #[serde(default)]
    pub text: String,
    #[serde(default)]
    pub html: Option<String>,
    /// The person's own addresses.
    #[serde(default)]
    pub own: Vec<String>,
    #[serde(default)]
    pub expect: ExpectTable,
}

/// What an example's signal must say; what is not named is not compared.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExpectTable {
    pub service: Option<String>,
    pub marketplace: Option<String>,
    pub order_ids: Option<Vec<String>>,
    /// `2500 JPY`, or `unknown`.
    pub amount: Option<String>,
    pub item: Option<Item>,
    pub gift_recipient: Option<GiftRecipient>,
    pub by: Option<CancelledBy>,
    pub purpose: Option<CodePurpose>,
    pub knows_password: Option<bool>,
    pub not_charged: Option<bool>,
    pub scheduled: Option<bool>,
    pub shop: Option<String>,
    pub charged_at: Option<String>,
    pub has_origin: Option<bool>,
    pub has_item_name: Option<bool>,
    pub has_address: Option<bool>,
}
