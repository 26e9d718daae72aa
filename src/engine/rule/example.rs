//! The examples that a rule carries, and whether they still come out as the pack says.

use std::str::FromStr as _;

use jiff::Timestamp;
use rust_decimal::Decimal;

use crate::engine::message::{Message, RawMail};
use crate::engine::money::Money;
use crate::engine::rule::pack::{Pack, Rule};
use crate::engine::rule::schema::{ExampleTable, ExpectTable, KindName, PackFile, RuleTable};
use crate::engine::rule::{RuleSet, Trust};
use crate::engine::signal::{Signal, SignalKind};

/// An example that did not come out as its pack says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExampleFailure {
    /// The rule: `amazon/order-ja`.
    pub rule: String,
    /// The example's subject.
    pub subject: String,
    /// What came out instead.
    pub what: String,
}

/// Runs the examples of all packs.
pub(crate) fn failing(rules: &RuleSet, packs: &[Pack]) -> Vec<ExampleFailure> {
    let mut failures = Vec::new();
    for (rule, table) in packs.iter().flat_map(tables) {
        for example in &table.example {
            if let Some(what) = mismatch(rules, rule, example) {
                failures.push(failure(rule, example, what));
            }
        }
        for example in &table.counterexample {
            let signal = run(rules, example);
            if signal.is_some_and(|signal| signal.rule == rule.name) {
                failures.push(failure(
                    rule,
                    example,
                    "the rule matches a mail that it must not match".to_owned(),
                ));
            }
        }
    }
    failures
}

/// How many examples the packs carry: (mails that must match, mails that must not).
pub(crate) fn counts(packs: &[Pack]) -> (usize, usize) {
    let counts = |(wanted, unwanted): (usize, usize), (_, table): (&Rule, RuleTable)| {
        (
            wanted.saturating_add(table.example.len()),
            unwanted.saturating_add(table.counterexample.len()),
        )
    };
    packs.iter().flat_map(tables).fold((0, 0), counts)
}

/// The rules of a pack with what its file says of them. A daemon has no use for the examples, so they are not held.
fn tables(pack: &Pack) -> impl Iterator<Item = (&Rule, RuleTable)> {
    let file: Option<PackFile> = toml::from_str(&pack.text).ok();
    let tables = file.map(|file| file.rule).unwrap_or_default();
    pack.rules.iter().zip(tables)
}

fn failure(rule: &Rule, example: &ExampleTable, what: String) -> ExampleFailure {
    ExampleFailure {
        rule: rule.name.clone(),
        subject: example.subject.clone(),
        what,
    }
}

fn run(rules: &RuleSet, example: &ExampleTable) -> Option<Signal> {
    let trust = Trust {
        addresses: example.own.clone(),
        authserv_ids: Vec::new(),
    };
    rules.classify(&message(example), &trust)
}

/// The mail that an example stands for, in UTF-8 and unstamped.
fn message(example: &ExampleTable) -> Message {
    let to = example
        .own
        .first()
        .map_or("hanako@example.jp", String::as_str);
    let (kind, body) = match &example.html {
        Some(html) => ("html", html),
        None => ("plain", &example.text),
    };
    let mail = format!(
        "From: {}\r\nTo: {to}\r\nSubject: {}\r\nDate: Sun, 22 Nov 2026 12:00:00 +0900\r\n\
         Message-ID: <example@example.jp>\r\nMIME-Version: 1.0\r\nContent-Type: text/{kind}; charset=utf-8\r\n\r\n{body}\r\n",
        example.from, example.subject,
    );
    let bytes = mail.into_bytes();
    Message::parse(&RawMail {
        source: "example".to_owned(),
        arrived_at: Timestamp::from_second(1_795_316_400).unwrap_or_default(),
        full_size: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
        bytes,
    })
}

fn mismatch(rules: &RuleSet, rule: &Rule, example: &ExampleTable) -> Option<String> {
    let Some(signal) = run(rules, example) else {
        // A rule that makes nothing has done its work when nothing came out.
        return (rule.kind != KindName::Nothing).then(|| {
            let trust = Trust {
                addresses: example.own.clone(),
                authserv_ids: Vec::new(),
            };
            let (_, explanation) = rules.explain(&message(example), &trust);
            let own = explanation
                .near_misses
                .iter()
                .find(|(name, _)| *name == rule.name);
            own.map_or_else(
                || "no rule matches".to_owned(),
                |(_, why)| format!("no rule matches: {why}"),
            )
        });
    };
    let trust = Trust {
        addresses: example.own.clone(),
        authserv_ids: Vec::new(),
    };
    if !rules.wants_body(&message(example), &trust) {
        return Some("its header alone is turned away".to_owned());
    }
    if signal.rule != rule.name {
        return Some(format!("{} matches instead", signal.rule));
    }
    let differing = differences(&example.expect, &signal);
    (!differing.is_empty()).then(|| differing.join("; "))
}

fn differences(expect: &ExpectTable, signal: &Signal) -> Vec<String> {
    let mut differing = Vec::new();
    let mut compare = |name: &str, expected: Option<String>, found: Option<String>| {
        if let Some(expected) = expected
            && found.as_ref() != Some(&expected)
        {
            differing.push(format!(
                "{name} is {} instead of {expected}",
                found.as_deref().unwrap_or("nothing")
            ));
        }
    };
    let text = |value: &dyn std::fmt::Debug| Some(format!("{value:?}"));
    compare(
        "service",
        expect.service.clone(),
        Some(signal.service.clone()),
    );
    compare(
        "marketplace",
        expect.marketplace.clone(),
        signal.marketplace.clone(),
    );
    compare(
        "order_ids",
        expect.order_ids.as_ref().and_then(|ids| text(ids)),
        text(&signal.kind.order_ids()),
    );
    let found = Found::of(&signal.kind);
    let amount = expect.amount.as_ref().map(|amount| normal_amount(amount));
    compare(
        "amount",
        amount,
        Some(
            found
                .amount
                .as_ref()
                .map_or_else(|| "unknown".to_owned(), Money::to_string),
        ),
    );
    compare(
        "item",
        expect.item.as_ref().and_then(|item| text(item)),
        found.item,
    );
    compare(
        "gift_recipient",
        expect.gift_recipient.as_ref().and_then(|who| text(who)),
        found.gift_recipient,
    );
    compare("by", expect.by.as_ref().and_then(|by| text(by)), found.by);
    compare(
        "purpose",
        expect.purpose.as_ref().and_then(|purpose| text(purpose)),
        found.purpose,
    );
    compare("shop", expect.shop.clone(), found.shop);
    compare("charged_at", expect.charged_at.clone(), found.charged_at);
    let flags = [
        (
            "knows_password",
            expect.knows_password,
            found.knows_password,
        ),
        ("not_charged", expect.not_charged, found.not_charged),
        ("scheduled", expect.scheduled, found.scheduled),
        ("has_origin", expect.has_origin, found.has_origin),
        ("has_item_name", expect.has_item_name, found.has_item_name),
        ("has_address", expect.has_address, found.has_address),
    ];
    for (name, expected, found) in flags {
        compare(
            name,
            expected.map(|flag| flag.to_string()),
            Some(found.to_string()),
        );
    }
    differing
}

/// `24.990 USD` and `24.99 USD` are one amount.
fn normal_amount(written: &str) -> String {
    let parsed = written.split_once(' ').and_then(|(number, currency)| {
        let amount = Decimal::from_str(number).ok()?;
        Some(
            Money {
                currency: currency.to_owned(),
                amount,
            }
            .to_string(),
        )
    });
    parsed.unwrap_or_else(|| written.to_owned())
}

/// The fields of all kinds side by side.
#[derive(Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts that an example may name"
)]
struct Found {
    amount: Option<Money>,
    item: Option<String>,
    gift_recipient: Option<String>,
    by: Option<String>,
    purpose: Option<String>,
    shop: Option<String>,
    charged_at: Option<String>,
    knows_password: bool,
    not_charged: bool,
    scheduled: bool,
    has_origin: bool,
    has_item_name: bool,
    has_address: bool,
}

impl Found {
    fn of(kind: &SignalKind) -> Self {
        let none = Self::default();
        match kind {
            SignalKind::OrderPlaced(order) => Self {
                amount: order.amount.clone(),
                item: Some(format!("{:?}", order.item)),
                gift_recipient: Some(format!("{:?}", order.gift_recipient)),
                scheduled: order.scheduled,
                has_item_name: order.item_name.is_some(),
                has_address: order.postal_address.is_some(),
                ..none
            },
            SignalKind::OrderCancelled {
                by,
                says_not_charged,
                ..
            } => Self {
                by: Some(format!("{by:?}")),
                not_charged: *says_not_charged,
                ..none
            },
            SignalKind::OneTimeCode(code) => Self {
                purpose: Some(format!("{:?}", code.purpose)),
                knows_password: code.knows_password,
                has_origin: code.origin.is_some(),
                ..none
            },
            SignalKind::SignIn {
                origin,
                knows_password,
                ..
            } => Self {
                knows_password: *knows_password,
                has_origin: origin.is_some(),
                ..none
            },
            SignalKind::CardCharge(charge) => Self {
                amount: charge.amount.clone(),
                shop: charge.shop.clone(),
                charged_at: charge.charged_at.map(|time| time.to_string()),
                ..none
            },
            SignalKind::AccountChange { .. } | SignalKind::MerchantAction { .. } => none,
        }
    }
}
