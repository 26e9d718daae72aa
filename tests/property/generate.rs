//! Random signals, dense enough that rules fire.

use jiff::{SignedDuration, Timestamp};
use mailward::engine::money::Money;
use mailward::engine::signal::{
    AccountProperty, CancelledBy, CardCharge, Code, CodePurpose, GiftRecipient, Item,
    MerchantActionKind, Order, SenderVerdict, SignInOutcome, Signal, SignalId, SignalKind,
};
use proptest::prelude::*;

/// Noon in Tokyo.
pub fn at(seconds: i64) -> Timestamp {
    "2026-11-18T03:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
}

/// Pauses around every border of the design: a checkout, the windows, an hour.
pub fn pause() -> impl Strategy<Value = i64> {
    prop::sample::select(vec![
        0, 1, 10, 30, 89, 90, 91, 150, 299, 300, 301, 599, 600, 601, 1_800, 3_599, 3_600, 3_601,
        3_661, 7_200, 30_000,
    ])
}

fn service() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["amazon", "amazon", "amazon", "rakuten", "paypal"])
}

fn item() -> impl Strategy<Value = Item> {
    prop::sample::select(vec![
        Item::GiftCard,
        Item::Digital,
        Item::Physical,
        Item::Physical,
        Item::Subscription,
        Item::Unknown,
    ])
}

fn amount() -> impl Strategy<Value = Option<Money>> {
    let yen = |amount: i64| {
        Some(Money {
            currency: "JPY".to_owned(),
            amount: amount.into(),
        })
    };
    prop::sample::select(vec![
        None,
        yen(11),
        yen(999),
        yen(1_000),
        yen(2_500),
        yen(2_500),
        yen(30_000),
    ])
}

fn ids(most: usize) -> impl Strategy<Value = Vec<String>> {
    prop::collection::btree_set(0_u32..12, 0..=most).prop_map(|numbers| {
        numbers
            .into_iter()
            .map(|number| format!("250-0000000-{number:07}"))
            .collect()
    })
}

/// An order of any sort.
pub fn order() -> impl Strategy<Value = SignalKind> {
    let names = prop::sample::select(vec![None, None, Some("one"), Some("two")]);
    let recipients = prop::sample::select(vec![
        GiftRecipient::Unknown,
        GiftRecipient::Unknown,
        GiftRecipient::Own,
        GiftRecipient::Other,
    ]);
    (ids(4), amount(), item(), names, recipients, 0_u8..12).prop_map(
        |(order_ids, amount, item, name, gift_recipient, scheduled)| {
            SignalKind::OrderPlaced(Order {
                order_ids,
                amount,
                item,
                item_name: name.map(str::to_owned),
                gift_recipient,
                postal_address: None,
                scheduled: scheduled == 0,
            })
        },
    )
}

fn cancellation() -> impl Strategy<Value = SignalKind> {
    let by = prop::sample::select(vec![
        CancelledBy::Merchant,
        CancelledBy::Merchant,
        CancelledBy::Customer,
        CancelledBy::Unknown,
    ]);
    (ids(2), by, any::<bool>()).prop_map(|(order_ids, by, says_not_charged)| {
        SignalKind::OrderCancelled {
            order_ids,
            by,
            says_not_charged,
        }
    })
}

fn code() -> impl Strategy<Value = SignalKind> {
    let purposes = prop::sample::select(vec![
        CodePurpose::SignIn,
        CodePurpose::SignIn,
        CodePurpose::PasswordReset,
        CodePurpose::AccountChange,
        CodePurpose::Payment,
        CodePurpose::SignUp,
        CodePurpose::Unknown,
    ]);
    (purposes, any::<bool>()).prop_map(|(purpose, knows_password)| {
        SignalKind::OneTimeCode(Code {
            purpose,
            knows_password,
            origin: None,
        })
    })
}

fn security() -> impl Strategy<Value = SignalKind> {
    let sign_ins = prop::sample::select(vec![
        SignInOutcome::Attempted,
        SignInOutcome::NewDevice,
        SignInOutcome::Succeeded,
        SignInOutcome::Blocked,
    ])
    .prop_map(|outcome| SignalKind::SignIn {
        outcome,
        origin: None,
        knows_password: false,
    });
    let changes = prop::sample::select(vec![
        AccountProperty::Password,
        AccountProperty::Email,
        AccountProperty::Address,
        AccountProperty::TwoFactor,
        AccountProperty::PaymentMethod,
    ])
    .prop_map(|what| SignalKind::AccountChange { what });
    let actions = prop::sample::select(vec![
        MerchantActionKind::AccountLocked,
        MerchantActionKind::PasswordDisabled,
        MerchantActionKind::OrderHeld,
    ])
    .prop_map(|what| SignalKind::MerchantAction { what });
    prop_oneof![3 => sign_ins, 1 => changes, 1 => actions]
}

fn charge() -> impl Strategy<Value = SignalKind> {
    amount().prop_map(|amount| {
        SignalKind::CardCharge(CardCharge {
            amount,
            shop: Some("AMAZON".to_owned()),
            charged_at: None,
        })
    })
}

/// Anything that a mail can say.
pub fn kind() -> impl Strategy<Value = SignalKind> {
    prop_oneof![
        6 => order(),
        3 => cancellation(),
        3 => code(),
        1 => security(),
        1 => charge(),
    ]
}

/// Signals by event time, each some pause after the one before, arriving at once.
pub fn signals(
    kind: impl Strategy<Value = SignalKind>,
    most: usize,
) -> impl Strategy<Value = Vec<Signal>> {
    let sender = prop::sample::select(vec![
        SenderVerdict::Verified,
        SenderVerdict::Verified,
        SenderVerdict::Verified,
        SenderVerdict::Unverified,
        SenderVerdict::Failed,
    ]);
    prop::collection::vec((pause(), service(), kind, sender), 1..=most).prop_map(|parts| {
        let mut seconds = 0;
        parts
            .into_iter()
            .enumerate()
            .map(|(number, (pause, service, kind, sender))| {
                seconds += pause;
                Signal {
                    id: SignalId(format!("id-{number:02}")),
                    message_id: Some(format!("{number:02}@example.com")),
                    source: format!("test#{number}"),
                    at: at(seconds),
                    arrived_at: at(seconds),
                    service: service.to_owned(),
                    marketplace: None,
                    kind,
                    sender,
                    rule: format!("{service}/test"),
                    template_unverified: false,
                }
            })
            .collect()
    })
}
