//! A rule pack, compiled.

use std::sync::Arc;

use crate::engine::rule::Service;
use crate::engine::rule::expression::Expression;
use crate::engine::rule::gate::{Gated, Words};
use crate::engine::rule::look_alike::Brand;
use crate::engine::rule::schema::{CodeCondition, ExampleTable, KindName, MarkupCondition};
use crate::engine::signal::{
    AccountProperty, CancelledBy, CodePurpose, GiftRecipient, Item, MerchantActionKind,
    SignInOutcome,
};

/// A pack.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the independent switches of a pack file"
)]
pub(crate) struct Pack {
    /// Its place among all packs.
    pub place: usize,
    pub service: Service,
    pub domains: Vec<DomainPattern>,
    pub third_parties: Vec<DomainPattern>,
    pub siblings: Vec<DomainPattern>,
    pub no_lists: bool,
    pub marketplaces: bool,
    pub brand: Vec<Arc<Gated>>,
    /// The words without which no `brand` matches.
    pub brand_words: Words,
    /// The brands in the service's domains, for look-alikes.
    pub brands: Vec<Brand>,
    pub denied_locals: Vec<Glob>,
    pub closed: bool,
    pub generic: bool,
    pub forwards_sms: bool,
    pub writing: OrderWriting,
    pub rules: Vec<Rule>,
}

/// How the service writes orders.
#[derive(Debug, Default)]
pub(crate) struct OrderWriting {
    pub id: Vec<Expression>,
    pub total: Vec<String>,
    pub amount: Vec<Expression>,
    pub cut: Vec<Arc<Gated>>,
    pub item_name: Vec<Expression>,
    pub recipient: Vec<Expression>,
    pub address: Vec<Expression>,
    pub gift_card: Vec<Arc<Gated>>,
    pub digital: Vec<Arc<Gated>>,
    pub subscription: Vec<Arc<Gated>>,
    pub physical: Vec<Arc<Gated>>,
    pub scheduled: Vec<Arc<Gated>>,
}

/// A rule.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the independent switches of a rule"
)]
pub(crate) struct Rule {
    /// `amazon/order-ja`.
    pub name: String,
    pub priority: i32,
    pub template_unverified: bool,
    pub from: Vec<Glob>,
    pub not_from: Vec<Glob>,
    pub domains: Vec<DomainPattern>,
    pub subject: Vec<Arc<Gated>>,
    pub not_subject: Vec<Arc<Gated>>,
    pub opening: Vec<Arc<Gated>>,
    pub heading: Vec<Arc<Gated>>,
    pub not_heading: Vec<Arc<Gated>>,
    pub body: Vec<Arc<Gated>>,
    pub and_body: Vec<Arc<Gated>>,
    pub not_body: Vec<Arc<Gated>>,
    pub code: CodeCondition,
    pub markup: Option<MarkupCondition>,
    pub needs_order_id: bool,
    pub needs_order_fact: bool,
    pub needs_amount: bool,
    pub kind: KindName,
    pub item: Option<Item>,
    pub default_item: Option<Item>,
    pub gift_recipient: Option<GiftRecipient>,
    pub by: CancelledBy,
    pub purpose: CodePurpose,
    pub outcome: SignInOutcome,
    pub account: AccountProperty,
    pub action: MerchantActionKind,
    pub knows_password: bool,
    pub knows_password_if: Vec<Arc<Gated>>,
    pub not_charged_if: Vec<Arc<Gated>>,
    pub origin: Vec<Expression>,
    pub shop: Vec<Expression>,
    pub charged_at: Vec<Expression>,
    pub utc_offset: Option<i8>,
    pub examples: Vec<ExampleTable>,
    pub counterexamples: Vec<ExampleTable>,
}

/// A text with at most one `*`.
#[derive(Debug)]
pub(crate) struct Glob(String);

impl Glob {
    /// The glob of a lower-case text.
    pub(crate) fn new(text: &str) -> Self {
        Self(text.to_lowercase())
    }

    /// Whether it covers `text`.
    pub(crate) fn covers(&self, text: &str) -> bool {
        match self.0.split_once('*') {
            None => self.0 == text,
            Some((start, end)) => text
                .strip_prefix(start)
                .is_some_and(|rest| rest.ends_with(end)),
        }
    }
}

/// An exact domain, or `*.domain` for any name below it.
#[derive(Debug)]
pub(crate) struct DomainPattern(String);

impl DomainPattern {
    /// The pattern of a lower-case text.
    pub(crate) fn new(text: &str) -> Self {
        Self(text.to_lowercase())
    }

    /// Whether it covers a normalised domain.
    pub(crate) fn covers(&self, domain: &str) -> bool {
        match self.0.strip_prefix('*') {
            None => self.0 == domain,
            Some(suffix) => domain.len() > suffix.len() && domain.ends_with(suffix),
        }
    }

    /// The domain itself, without the star.
    pub(crate) fn name(&self) -> &str {
        self.0.strip_prefix("*.").unwrap_or(&self.0)
    }
}

impl Pack {
    /// Whether the domain is one of the service's own.
    pub(crate) fn owns(&self, domain: &str) -> bool {
        self.domains.iter().any(|pattern| pattern.covers(domain))
    }
}
