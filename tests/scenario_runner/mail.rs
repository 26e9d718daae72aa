//! A mail of a scenario as the signal that its rule would make of it.

use mailward::engine::money::Money;
use mailward::engine::rule::event_time;
use mailward::engine::signal::{CardCharge, Code, Order, Signal, SignalId, SignalKind};

use crate::scenario_runner::script::{Event, Mail, Script};

/// The `copy`-th of the mails of an event, counted from 0.
pub fn signal(script: &Script, event: &Event, name: &str, copy: u32, number: u32) -> Signal {
    let shift = event.every.0 * i32::try_from(copy).unwrap();
    let arrived_at = script.at(event.arrived.unwrap_or(event.at)) + shift;
    let date = event.date.map(|date| script.at(date) + shift);
    let marketplace = event
        .marketplace
        .clone()
        .or_else(|| (event.service == "amazon").then(|| "amazon.co.jp".to_owned()));
    Signal {
        id: SignalId(format!("id-{name}")),
        message_id: Some(
            event
                .message_id
                .clone()
                .unwrap_or_else(|| format!("{name}@example.com")),
        ),
        source: format!("home/{};uid={}", event.folder, number + 1),
        at: event_time(date.or(Some(arrived_at)), arrived_at),
        arrived_at,
        service: event.service.clone(),
        marketplace,
        kind: kind(event, copy, number),
        sender: event.sender,
        rule: format!("{}/scenario", event.service),
        template_unverified: event.template_unverified,
    }
}

fn kind(event: &Event, copy: u32, number: u32) -> SignalKind {
    let index = usize::try_from(copy).unwrap();
    match event.mail.expect("a mail") {
        Mail::Order => SignalKind::OrderPlaced(Order {
            order_ids: order_ids(event, copy).unwrap_or_else(|| vec![order_id(5_000_000 + number)]),
            amount: event
                .amounts
                .get(index)
                .or(event.amount.as_ref())
                .map(money),
            item: event.item,
            item_name: event
                .item_names
                .get(index)
                .cloned()
                .or_else(|| event.item_name.clone()),
            gift_recipient: event.recipient,
            postal_address: event.address.clone(),
            scheduled: event.scheduled,
        }),
        Mail::Cancellation => SignalKind::OrderCancelled {
            order_ids: order_ids(event, copy).unwrap_or_default(),
            by: event.by,
            says_not_charged: event.not_charged,
        },
        Mail::Code => SignalKind::OneTimeCode(Code {
            purpose: event.purpose,
            knows_password: event.knows_password,
            origin: event.origin.clone(),
        }),
        Mail::SignIn => SignalKind::SignIn {
            outcome: event.outcome,
            origin: event.origin.clone(),
            knows_password: event.knows_password,
        },
        Mail::Change => SignalKind::AccountChange {
            what: event.what.expect("`what` of an account change"),
        },
        Mail::Merchant => SignalKind::MerchantAction {
            what: event.action.expect("`action` of a merchant"),
        },
        Mail::Charge => SignalKind::CardCharge(CardCharge {
            amount: event
                .amounts
                .get(index)
                .or(event.amount.as_ref())
                .map(money),
            shop: event.shop.clone(),
            charged_at: None,
        }),
        Mail::Newsletter => unreachable!("a newsletter says nothing"),
    }
}

fn order_ids(event: &Event, copy: u32) -> Option<Vec<String>> {
    match (&event.orders, event.order) {
        (Some(orders), _) => Some(orders.iter().copied().map(order_id).collect()),
        (None, Some(first)) => Some(vec![order_id(first + copy)]),
        (None, None) => None,
    }
}

fn order_id(number: u32) -> String {
    format!("250-0000000-{number:07}")
}

/// `2500` are yen, `"24.99 USD"` says its currency.
pub fn money(value: &toml::Value) -> Money {
    match value {
        toml::Value::Integer(yen) => Money {
            currency: "JPY".to_owned(),
            amount: (*yen).into(),
        },
        toml::Value::String(text) => {
            let (amount, currency) = text.split_once(' ').unwrap();
            Money {
                currency: currency.to_owned(),
                amount: amount.parse().unwrap(),
            }
        }
        other => panic!("no amount: {other}"),
    }
}
