//! From a pack's text to a pack; every error names its place and the next step.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use toml::Spanned;

use crate::engine::rule::expression::Expression;
use crate::engine::rule::gate::{GateBuilder, Gated, Patterns};
use crate::engine::rule::group::{Groups, WordsFile};
use crate::engine::rule::pack::{DomainPattern, Glob, OrderWriting, Pack, Rule};
use crate::engine::rule::pattern::regex;
use crate::engine::rule::schema::{
    KindName, OrderTable, PackFile, PagesTable, RuleTable, Template,
};
use crate::engine::rule::{Pages, RuleError, Service};
use crate::engine::signal::{
    AccountProperty, CancelledBy, CodePurpose, MerchantActionKind, SignInOutcome,
};

/// Largest pack file, in bytes, and most rules in it: a user's pack must not make the daemon slow or large.
const FILE_LIMIT: usize = 512 * 1024;
const RULE_LIMIT: usize = 300;

/// A file that is being compiled.
struct Source<'t> {
    file: &'t str,
    text: &'t str,
    groups: &'t Groups,
    is_built_in: bool,
}

/// Compiles the groups that packs share.
pub(crate) fn compile_groups(
    file: &str,
    text: &str,
    gate: &mut GateBuilder,
) -> Result<Groups, RuleError> {
    let mut groups = Groups::default();
    let source = Source {
        file,
        text,
        groups: &Groups::default(),
        is_built_in: true,
    };
    let parsed: WordsFile = toml::from_str(text).map_err(|error| {
        source.error(
            error.span().unwrap_or(0..0),
            error.message(),
            "write lists of patterns under [words]",
        )
    })?;
    for (name, patterns) in parsed.words {
        if name == "code" {
            groups.code_words = patterns
                .iter()
                .map(|pattern| pattern.get_ref().to_lowercase())
                .collect();
        }
        groups.lists.insert(name, source.each(&patterns, gate)?);
    }
    Ok(groups)
}

/// Compiles one pack. A text that is compiled into the program is borrowed; a test has asked more of it.
pub(crate) fn compile(
    file: &str,
    text: Cow<'static, str>,
    groups: &Groups,
    gate: &mut GateBuilder,
) -> Result<Pack, RuleError> {
    let source = Source {
        file,
        text: &text,
        groups,
        is_built_in: matches!(text, Cow::Borrowed(_)),
    };
    if text.len() > FILE_LIMIT {
        return Err(source.error(
            0..0,
            format!("the file is larger than {FILE_LIMIT} bytes"),
            "split it",
        ));
    }
    let parsed: PackFile = toml::from_str(&text).map_err(|error| {
        source.error(
            error.span().unwrap_or(0..0),
            error.message().replace('\n', " "),
            "compare the file with the built-in packs: `mailward rules list`",
        )
    })?;
    let mut pack = source.pack(parsed, gate)?;
    pack.text = text;
    Ok(pack)
}

impl Source<'_> {
    fn error(
        &self,
        span: Range<usize>,
        what: impl Into<String>,
        hint: impl Into<String>,
    ) -> RuleError {
        let before = self.text.get(..span.start).unwrap_or_default();
        let line = before.matches('\n').count().saturating_add(1);
        let column = before
            .rsplit('\n')
            .next()
            .unwrap_or_default()
            .chars()
            .count()
            .saturating_add(1);
        RuleError {
            file: self.file.to_owned(),
            line,
            column,
            what: what.into(),
            hint: hint.into(),
        }
    }

    fn pack(&self, parsed: PackFile, gate: &mut GateBuilder) -> Result<Pack, RuleError> {
        let id = parsed.id.get_ref().clone();
        let is_plain = !id.is_empty()
            && id
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_'));
        if !is_plain {
            let hint = "use lower-case letters, digits, hyphens and underscores: id = \"my_shop\"";
            return Err(self.error(parsed.id.span(), "the pack's id is not a plain name", hint));
        }
        if parsed.rule.len() > RULE_LIMIT {
            return Err(self.error(
                0..0,
                format!("there are more than {RULE_LIMIT} rules"),
                "split the file",
            ));
        }
        let senders = &parsed.senders;
        if senders.domains.is_empty() && !parsed.generic && !parsed.forwards_sms {
            let hint = "name the From domains: [senders] domains = [\"example.com\"]";
            return Err(self.error(parsed.id.span(), "the pack names no sender domain", hint));
        }
        let mut names = BTreeSet::new();
        let mut rules = Vec::with_capacity(parsed.rule.len());
        for rule in parsed.rule {
            if !names.insert(rule.id.get_ref().clone()) {
                return Err(self.error(
                    rule.id.span(),
                    "two rules have this id",
                    "give each rule its own id",
                ));
            }
            rules.push(self.rule(&id, &rule, gate)?);
        }
        Ok(Pack {
            place: 0,
            text: Cow::default(),
            service: Service {
                id,
                name_ja: parsed.name.ja,
                name_en: parsed.name.en,
                pages: self.pages(parsed.pages)?,
            },
            domains: self.domains(&senders.domains)?,
            third_parties: self.domains(&senders.third_parties)?,
            siblings: self.domains(&senders.siblings)?,
            no_lists: senders.no_lists,
            marketplaces: senders.marketplaces,
            brands: OnceLock::new(),
            brand: self.patterns(&senders.brand, gate)?,
            denied_locals: senders
                .denied_locals
                .iter()
                .map(|text| Glob::new(text))
                .collect(),
            closed: senders.closed,
            generic: parsed.generic,
            forwards_sms: parsed.forwards_sms,
            writing: self.writing(&parsed.order, gate)?,
            rules,
        })
    }

    fn pages(&self, table: PagesTable) -> Result<Pages, RuleError> {
        let page = |page: Option<Spanned<String>>| match page {
            None => Ok(None),
            Some(page) => {
                let span = page.span();
                let page = page.into_inner();
                if page.starts_with("https://") && !page.contains(['?', '#', ' ']) {
                    Ok(Some(page))
                } else {
                    let hint = "write the official address: https://…, without a query";
                    Err(self.error(span, "this is no plain https address", hint))
                }
            }
        };
        Ok(Pages {
            password: page(table.password)?,
            security: page(table.security)?,
            orders: page(table.orders)?,
            payment_methods: page(table.payment_methods)?,
            two_factor: page(table.two_factor)?,
        })
    }

    fn domains(&self, domains: &[Spanned<String>]) -> Result<Vec<DomainPattern>, RuleError> {
        domains
            .iter()
            .map(|domain| {
                let text = domain.get_ref();
                let name = text.strip_prefix("*.").unwrap_or(text);
                let is_name = name.contains('.')
                    && name.bytes().all(|b| {
                        b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-')
                    })
                    && (self.is_built_in || psl::domain_str(name).is_some());
                if is_name {
                    Ok(DomainPattern::new(text))
                } else {
                    let hint =
                        "write it in lower case and ASCII: \"example.com\" or \"*.example.com\"";
                    Err(self.error(domain.span(), "this is no sender domain", hint))
                }
            })
            .collect()
    }

    fn patterns(
        &self,
        patterns: &[Spanned<String>],
        gate: &mut GateBuilder,
    ) -> Result<Patterns, RuleError> {
        self.each(patterns, gate).map(Patterns::of)
    }

    fn each(
        &self,
        patterns: &[Spanned<String>],
        gate: &mut GateBuilder,
    ) -> Result<Vec<Arc<Gated>>, RuleError> {
        let mut compiled = Vec::new();
        for text in patterns {
            if let Some(name) = text.get_ref().strip_prefix('@') {
                let Some(group) = self.groups.lists.get(name) else {
                    let known: Vec<&str> = self.groups.lists.keys().map(String::as_str).collect();
                    let hint = format!("the groups are: {}", known.join(", "));
                    return Err(self.error(
                        text.span(),
                        format!("there is no group of patterns `{name}`"),
                        hint,
                    ));
                };
                compiled.extend(group.iter().cloned());
                continue;
            }
            let pattern = gate.admit(text.get_ref());
            compiled.push(pattern.map_err(|(what, hint)| self.error(text.span(), what, hint))?);
        }
        Ok(compiled)
    }

    /// Expressions that read a value out of the text as it is.
    fn readers(&self, expressions: &[Spanned<String>]) -> Result<Vec<Expression>, RuleError> {
        expressions
            .iter()
            .map(|text| {
                let expression = text.get_ref().trim_matches('/');
                let compiled = regex(expression, true)
                    .map_err(|(what, hint)| self.error(text.span(), what, hint))?;
                if compiled.matches_nothing() {
                    let what = "the expression matches an empty text";
                    return Err(self.error(text.span(), what, "demand at least one character"));
                }
                Ok(compiled)
            })
            .collect()
    }

    fn writing(
        &self,
        table: &OrderTable,
        gate: &mut GateBuilder,
    ) -> Result<OrderWriting, RuleError> {
        Ok(OrderWriting {
            id: self.readers(&table.id)?,
            total: table
                .total
                .iter()
                .map(|label| label.get_ref().to_lowercase())
                .collect(),
            amount: self.readers(&table.amount)?,
            cut: self.patterns(&table.cut, gate)?,
            item_name: self.readers(&table.item_name)?,
            recipient: self.readers(&table.recipient)?,
            address: self.readers(&table.address)?,
            gift_card: self.patterns(&table.gift_card, gate)?,
            digital: self.patterns(&table.digital, gate)?,
            subscription: self.patterns(&table.subscription, gate)?,
            physical: self.patterns(&table.physical, gate)?,
            scheduled: self.patterns(&table.scheduled, gate)?,
        })
    }

    fn rule(
        &self,
        pack: &str,
        table: &RuleTable,
        gate: &mut GateBuilder,
    ) -> Result<Rule, RuleError> {
        self.check_fields(table)?;
        let has_anchor = !table.subject.is_empty()
            || !table.from.is_empty()
            || !table.domains.is_empty()
            || table.markup.is_some();
        if !has_anchor {
            let hint = "name subject patterns, or the sender's local parts with `from`";
            return Err(self.error(
                table.id.span(),
                "the rule looks at neither subject nor sender",
                hint,
            ));
        }
        Ok(Rule {
            name: format!("{pack}/{}", table.id.get_ref()),
            priority: table.priority,
            template_unverified: table.template == Template::Unverified,
            from: table.from.iter().map(|text| Glob::new(text)).collect(),
            not_from: table.not_from.iter().map(|text| Glob::new(text)).collect(),
            domains: table
                .domains
                .iter()
                .map(|text| DomainPattern::new(text))
                .collect(),
            subject: self.patterns(&table.subject, gate)?,
            not_subject: self.patterns(&table.not_subject, gate)?,
            opening: self.patterns(&table.opening, gate)?,
            heading: self.patterns(&table.heading, gate)?,
            not_heading: self.patterns(&table.not_heading, gate)?,
            body: self.patterns(&table.body, gate)?,
            and_body: self.patterns(&table.and_body, gate)?,
            not_body: self.patterns(&table.not_body, gate)?,
            code: table.code,
            markup: table.markup,
            needs_order_id: table.needs_order_id,
            needs_order_fact: table.needs_order_fact,
            needs_amount: table.needs_amount,
            kind: *table.kind.get_ref(),
            item: table.item,
            default_item: table.default_item,
            gift_recipient: table.gift_recipient,
            by: table.by.unwrap_or(CancelledBy::Unknown),
            purpose: table.purpose.unwrap_or(CodePurpose::Unknown),
            outcome: table.outcome.unwrap_or(SignInOutcome::Attempted),
            account: table.account.unwrap_or(AccountProperty::Password),
            action: table.action.unwrap_or(MerchantActionKind::AccountLocked),
            knows_password: table.knows_password,
            knows_password_if: self.patterns(&table.knows_password_if, gate)?,
            not_charged_if: self.patterns(&table.not_charged_if, gate)?,
            origin: self.readers(&table.origin)?,
            shop: self.readers(&table.shop)?,
            charged_at: self.readers(&table.charged_at)?,
            utc_offset: table.utc_offset,
        })
    }

    /// A field that the rule's kind does not have is a slip, and one that it needs must be there.
    fn check_fields(&self, table: &RuleTable) -> Result<(), RuleError> {
        let kind = *table.kind.get_ref();
        let fields: [(&str, bool, &[KindName]); 13] = [
            ("item", table.item.is_some(), &[KindName::OrderPlaced]),
            (
                "default_item",
                table.default_item.is_some(),
                &[KindName::OrderPlaced],
            ),
            (
                "gift_recipient",
                table.gift_recipient.is_some(),
                &[KindName::OrderPlaced],
            ),
            ("by", table.by.is_some(), &[KindName::OrderCancelled]),
            (
                "not_charged_if",
                !table.not_charged_if.is_empty(),
                &[KindName::OrderCancelled],
            ),
            ("purpose", table.purpose.is_some(), &[KindName::OneTimeCode]),
            ("outcome", table.outcome.is_some(), &[KindName::SignIn]),
            (
                "account",
                table.account.is_some(),
                &[KindName::AccountChange],
            ),
            (
                "action",
                table.action.is_some(),
                &[KindName::MerchantAction],
            ),
            (
                "knows_password",
                table.knows_password || !table.knows_password_if.is_empty(),
                &[KindName::OneTimeCode, KindName::SignIn],
            ),
            (
                "origin",
                !table.origin.is_empty(),
                &[KindName::OneTimeCode, KindName::SignIn],
            ),
            ("shop", !table.shop.is_empty(), &[KindName::CardCharge]),
            (
                "charged_at",
                !table.charged_at.is_empty(),
                &[KindName::CardCharge],
            ),
        ];
        for (name, is_set, kinds) in fields {
            if is_set && !kinds.contains(&kind) {
                let what = format!("`{name}` does not belong to this kind of rule");
                return Err(self.error(table.kind.span(), what, "remove it, or correct `kind`"));
            }
        }
        let missing = match kind {
            KindName::SignIn if table.outcome.is_none() => Some("outcome"),
            KindName::AccountChange if table.account.is_none() => Some("account"),
            KindName::MerchantAction if table.action.is_none() => Some("action"),
            KindName::OneTimeCode if table.purpose.is_none() => Some("purpose"),
            KindName::OrderCancelled if table.by.is_none() => Some("by"),
            KindName::OrderPlaced
            | KindName::OrderCancelled
            | KindName::OneTimeCode
            | KindName::SignIn
            | KindName::AccountChange
            | KindName::MerchantAction
            | KindName::CardCharge
            | KindName::Nothing => None,
        };
        match missing {
            Some(name) => Err(self.error(
                table.kind.span(),
                format!("the rule lacks `{name}`"),
                format!("add `{name} = …`"),
            )),
            None => Ok(()),
        }
    }
}
