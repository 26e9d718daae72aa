//! A rule pack, compiled.

use std::borrow::Cow;
use std::sync::OnceLock;

use crate::engine::rule::Service;
use crate::engine::rule::expression::Expression;
use crate::engine::rule::gate::Patterns;
use crate::engine::rule::look_alike::Brand;
use crate::engine::rule::schema::{CodeCondition, KindName, MarkupCondition};
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
    /// Its file; the examples in it are read when somebody asks for them.
    pub text: Cow<'static, str>,
    pub service: Service,
    pub domains: Vec<DomainPattern>,
    pub third_parties: Vec<DomainPattern>,
    pub siblings: Vec<DomainPattern>,
    pub no_lists: bool,
    pub marketplaces: bool,
    pub brand: Patterns,
    /// See [`Pack::brands`].
    pub brands: OnceLock<Vec<Brand>>,
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
    pub cut: Patterns,
    pub item_name: Vec<Expression>,
    pub recipient: Vec<Expression>,
    pub address: Vec<Expression>,
    pub gift_card: Patterns,
    pub digital: Patterns,
    pub subscription: Patterns,
    pub physical: Patterns,
    pub scheduled: Patterns,
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
    pub subject: Patterns,
    pub not_subject: Patterns,
    pub opening: Patterns,
    pub heading: Patterns,
    pub not_heading: Patterns,
    pub body: Patterns,
    pub and_body: Patterns,
    pub not_body: Patterns,
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
    pub knows_password_if: Patterns,
    pub not_charged_if: Patterns,
    pub origin: Vec<Expression>,
    pub shop: Vec<Expression>,
    pub charged_at: Vec<Expression>,
    pub utc_offset: Option<i8>,
}

/// A text with at most one `*`.
#[derive(Debug)]
pub(crate) struct Glob {
    start: String,
    /// What stands behind the star; none where there is no star.
    end: Option<String>,
}

impl Glob {
    /// The glob of a lower-case text.
    pub(crate) fn new(text: &str) -> Self {
        let text = text.to_lowercase();
        match text.split_once('*') {
            None => Self {
                start: text,
                end: None,
            },
            Some((start, end)) => Self {
                start: start.to_owned(),
                end: Some(end.to_owned()),
            },
        }
    }

    /// Whether it covers `text`.
    pub(crate) fn covers(&self, text: &str) -> bool {
        match &self.end {
            None => self.start == text,
            Some(end) => text
                .strip_prefix(self.start.as_str())
                .is_some_and(|rest| rest.ends_with(end.as_str())),
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

    /// The brands in the service's domains, for look-alikes; found when the first stranger's mail comes.
    pub(crate) fn brands(&self) -> &[Brand] {
        self.brands
            .get_or_init(|| Brand::of(self.domains.iter().map(DomainPattern::name)))
    }
}
