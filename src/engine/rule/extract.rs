//! From a matching rule to the signal's content.

use crate::engine::message::fold::fold_line;
use crate::engine::message::markup::OrderMarkup;
use crate::engine::money::Money;
use crate::engine::money::read::first as first_amount;
use crate::engine::money::total as totals;
use crate::engine::rule::expression::Expression;
use crate::engine::rule::gate::Patterns;
use crate::engine::rule::identity::text_hash;
use crate::engine::rule::pack::{OrderWriting, Pack, Rule};
use crate::engine::rule::schema::KindName;
use crate::engine::rule::view::View;
use crate::engine::signal::{CardCharge, Code, GiftRecipient, Item, Order, SignalKind};
use jiff::civil;
use jiff::tz::{Offset, TimeZone};

/// Most orders that one mail can hold.
const ID_LIMIT: usize = 30;

/// What the mail says by this rule. `None` for a rule that makes no signal.
pub(crate) fn kind(
    rule: &Rule,
    pack: &Pack,
    view: &View<'_>,
    marketplace: Option<&str>,
    own: &[String],
) -> Option<SignalKind> {
    let kind = match rule.kind {
        KindName::OrderPlaced => SignalKind::OrderPlaced(order(rule, pack, view, marketplace, own)),
        KindName::OrderCancelled => SignalKind::OrderCancelled {
            order_ids: if rule.markup.is_some() {
                marked_ids(&view.message.body.orders.iter().collect::<Vec<_>>())
            } else {
                order_ids(&pack.writing, view)
            },
            by: rule.by,
            says_not_charged: view.any_in_text(&rule.not_charged_if),
        },
        KindName::OneTimeCode => SignalKind::OneTimeCode(Code {
            purpose: rule.purpose,
            knows_password: knows_password(rule, view),
            origin: origin(rule, view),
        }),
        KindName::SignIn => SignalKind::SignIn {
            outcome: rule.outcome,
            origin: origin(rule, view),
            knows_password: knows_password(rule, view),
        },
        KindName::AccountChange => SignalKind::AccountChange { what: rule.account },
        KindName::MerchantAction => SignalKind::MerchantAction { what: rule.action },
        KindName::CardCharge => SignalKind::CardCharge(charge(rule, pack, view)),
        KindName::Nothing => return None,
    };
    Some(kind)
}

/// The order ids of subject and text in the order of the mail, each once.
pub(crate) fn order_ids(writing: &OrderWriting, view: &View<'_>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    // A subject may name one of several orders in its own way; the text lists them.
    for text in [view.lines(), view.message.header.subject.as_str()] {
        if !found.is_empty() {
            break;
        }
        let mut here: Vec<(usize, String)> = Vec::new();
        for regex in &writing.id {
            for captures in regex.captures_iter(text) {
                let Some(id) = captures.get(1).or_else(|| captures.get(0)) else {
                    continue;
                };
                if stands_alone(text, id.start(), id.end()) {
                    here.push((id.start(), id.as_str().to_owned()));
                }
            }
        }
        here.sort();
        for (_, id) in here {
            if !found.contains(&id) && found.len() < ID_LIMIT {
                found.push(id);
            }
        }
    }
    found
}

fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    let before = text.get(..start).and_then(|text| text.chars().next_back());
    let after = text.get(end..).and_then(|text| text.chars().next());
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let runs_on = after == Some('-')
        && text
            .get(end.saturating_add(1)..)
            .is_some_and(|t| t.starts_with(|c: char| c.is_ascii_digit()));
    !is_part(before) && !is_part(after) && !runs_on
}

/// The mail's total, where it can be read for certain.
pub(crate) fn total(
    writing: &OrderWriting,
    view: &View<'_>,
    orders: usize,
    dollar: &str,
) -> Option<Money> {
    let text = uncut(writing, view);
    let labels = writing
        .total
        .iter()
        .map(String::as_str)
        .chain(totals::LABELS);
    if let Some(written) = first_group(
        &writing.amount,
        &[text, view.message.header.subject.as_str()],
    ) {
        return first_amount(&written, dollar).and_then(|reading| reading.money);
    }
    totals::total(text, labels, orders, dollar)
}

/// The lines above the advertising.
fn uncut<'v>(writing: &OrderWriting, view: &'v View<'_>) -> &'v str {
    let lines = view.lines();
    if writing.cut.is_empty() {
        return lines;
    }
    let mut end = 0_usize;
    for line in lines.split_inclusive('\n') {
        let lower = line.to_lowercase();
        if end > 0 && writing.cut.iter().any(|pattern| pattern.is_match(&lower)) {
            return lines.get(..end).unwrap_or(lines);
        }
        end = end.saturating_add(line.len());
    }
    lines
}

fn marked_ids(orders: &[&OrderMarkup]) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for id in orders.iter().filter_map(|order| order.number.as_ref()) {
        if !ids.contains(id) {
            ids.push(id.clone());
        }
    }
    ids
}

fn order(
    rule: &Rule,
    pack: &Pack,
    view: &View<'_>,
    marketplace: Option<&str>,
    own: &[String],
) -> Order {
    let writing = &pack.writing;
    let marked: Vec<&OrderMarkup> = match rule.markup {
        Some(_) => view.message.body.orders.iter().collect(),
        None => Vec::new(),
    };
    let order_ids = if marked.is_empty() {
        order_ids(writing, view)
    } else {
        marked_ids(&marked)
    };
    let amount = match marked.as_slice() {
        [one] if one.amount.is_some() => one.amount.clone(),
        _ => total(
            writing,
            view,
            order_ids.len().max(1),
            dollar_of(marketplace),
        ),
    };
    let item = match (rule.item, rule.default_item) {
        (Some(item), _) => item,
        (None, default) => match (item(writing, view), default) {
            (Item::Unknown, Some(default)) => default,
            (named, _) => named,
        },
    };
    let subject = view.message.header.subject.as_str();
    let gift_recipient = rule
        .gift_recipient
        .unwrap_or_else(|| recipient(writing, view, own));
    Order {
        order_ids,
        amount,
        item,
        item_name: first_group(&writing.item_name, &[subject, view.lines()])
            .map(|name| text_hash(&name)),
        gift_recipient: if item == Item::GiftCard {
            gift_recipient
        } else {
            GiftRecipient::Unknown
        },
        postal_address: first_group(&writing.address, &[uncut(writing, view)])
            .map(|address| text_hash(&address)),
        scheduled: view.any_in_subject(&writing.scheduled) || view.any_in_text(&writing.scheduled),
    }
}

fn item(writing: &OrderWriting, view: &View<'_>) -> Item {
    let text = uncut(writing, view).to_lowercase();
    let text = text.replace('\n', " ");
    let has = |patterns: &Patterns| {
        view.any_in_subject(patterns) || patterns.iter().any(|pattern| pattern.is_match(&text))
    };
    if has(&writing.gift_card) {
        Item::GiftCard
    } else if has(&writing.digital) {
        Item::Digital
    } else if has(&writing.subscription) {
        Item::Subscription
    } else if has(&writing.physical) {
        Item::Physical
    } else {
        Item::Unknown
    }
}

fn recipient(writing: &OrderWriting, view: &View<'_>, own: &[String]) -> GiftRecipient {
    let Some(address) = first_group(&writing.recipient, &[uncut(writing, view)]) else {
        return GiftRecipient::Unknown;
    };
    if own.is_empty() {
        GiftRecipient::Unknown
    } else if own.iter().any(|mine| mine.eq_ignore_ascii_case(&address)) {
        GiftRecipient::Own
    } else {
        GiftRecipient::Other
    }
}

/// The first group (else the whole) of the first expression that matches in the first text.
fn first_group(expressions: &[Expression], texts: &[&str]) -> Option<String> {
    texts.iter().find_map(|text| {
        expressions.iter().find_map(|regex| {
            let captures = regex.captures(text)?;
            let group = captures
                .iter()
                .skip(1)
                .flatten()
                .next()
                .or_else(|| captures.get(0))?;
            let value = fold_line(group.as_str(), 512);
            (!value.is_empty()).then_some(value)
        })
    })
}

fn knows_password(rule: &Rule, view: &View<'_>) -> bool {
    rule.knows_password || view.any_in_text(&rule.knows_password_if)
}

/// Place and device, each from its own expressions, hashed together.
fn origin(rule: &Rule, view: &View<'_>) -> Option<String> {
    let named: Vec<String> = rule
        .origin
        .iter()
        .filter_map(|regex| first_group(std::slice::from_ref(regex), &[view.lines()]))
        .collect();
    (!named.is_empty()).then(|| text_hash(&named.join("|")))
}

fn charge(rule: &Rule, pack: &Pack, view: &View<'_>) -> CardCharge {
    let lines = view.lines();
    CardCharge {
        amount: total(&pack.writing, view, 1, "JPY"),
        shop: first_group(&rule.shop, &[lines]).map(|shop| fold_line(&shop, 120)),
        charged_at: first_group(&rule.charged_at, &[lines])
            .and_then(|written| written_time(&written))
            .and_then(|time| {
                let offset = Offset::from_hours(rule.utc_offset.unwrap_or(9)).ok()?;
                TimeZone::fixed(offset).to_timestamp(time).ok()
            }),
    }
}

/// `2026/10/07 11:46:12`, `2026年10月07日 11時46分`, `2026-10-07 11:46`; without a time of day it is unknown.
fn written_time(text: &str) -> Option<civil::DateTime> {
    let mut numbers = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|part| !part.is_empty())
        .map(str::parse::<i16>);
    let mut next = || numbers.next().and_then(Result::ok);
    let (year, month, day) = (next()?, next()?, next()?);
    let (hour, minute) = (next()?, next()?);
    let second = next().unwrap_or(0);
    let small = |number: i16| i8::try_from(number).ok();
    civil::DateTime::new(
        year,
        small(month)?,
        small(day)?,
        small(hour)?,
        small(minute)?,
        small(second)?,
        0,
    )
    .ok()
}

/// What a bare `$` means on a marketplace; also the hint for `¥` and `kr`.
fn dollar_of(marketplace: Option<&str>) -> &'static str {
    match marketplace.and_then(|domain| domain.rsplit('.').next()) {
        Some("ca") => "CAD",
        Some("au") => "AUD",
        Some("mx") => "MXN",
        Some("sg") => "SGD",
        Some("cn") => "CNY",
        _ => "USD",
    }
}
