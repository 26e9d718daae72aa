//! The incidents that the reports are about.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use mailward::engine::advice::Page;
use mailward::engine::incident::event::{Event, Happened};
use mailward::engine::incident::{
    Answer, Incident, IncidentId, OrderLine, OrderState, Reason, ReasonPoints, Severity,
    SeverityChange, Status,
};
use mailward::engine::money::Money;
use mailward::engine::signal::{CancelledBy, CodePurpose, Item};
use mailward::engine::wording::{CardIssuer, Context, Language};
use rust_decimal::Decimal;

/// 14:02 in Tokyo.
const FIRST: &str = "2026-11-20T05:02:00Z";

pub(crate) fn at(seconds: i64) -> Timestamp {
    FIRST.parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
}

pub(crate) fn yen(amount: i64) -> Money {
    Money {
        currency: "JPY".to_owned(),
        amount: Decimal::from(amount),
    }
}

pub(crate) fn order(id: &str, seconds: i64, state: OrderState) -> OrderLine {
    OrderLine {
        id: Some(id.to_owned()),
        service: "amazon".to_owned(),
        at: at(seconds),
        amount: Some(yen(2500)),
        item: Item::GiftCard,
        state,
        contradiction: false,
    }
}

pub(crate) fn event(seconds: i64, what: Happened) -> Event {
    Event {
        at: at(seconds),
        service: "amazon".to_owned(),
        what,
    }
}

/// Seven orders in four minutes, twenty hours after a code; the shop cancels five and the card is charged for one of
/// those.
pub(crate) fn story() -> Incident {
    let id = |n: i64| format!("503-000000{n}-000000{n}");
    let order_list = (1..=7)
        .map(|n| {
            let state = match n {
                2 => OrderState::Charged,
                4 | 7 => OrderState::NoCancellationSeen,
                _ => OrderState::Cancelled,
            };
            OrderLine {
                contradiction: n == 2,
                ..order(&id(n), n * 35, state)
            }
        })
        .collect();
    let mut events = vec![
        event(
            -72_000,
            Happened::OneTimeCode {
                purpose: CodePurpose::SignIn,
            },
        ),
        event(
            -71_900,
            Happened::OneTimeCode {
                purpose: CodePurpose::SignIn,
            },
        ),
    ];
    events.extend(
        [(1, 300), (3, 350), (5, 420), (6, 440), (2, 530)].map(|(n, seconds)| {
            event(
                seconds,
                Happened::OrderCancelled {
                    order_ids: vec![id(n)],
                    by: CancelledBy::Merchant,
                    says_not_charged: true,
                },
            )
        }),
    );
    events.push(event(
        500,
        Happened::CardCharge {
            amount: Some(yen(2500)),
        },
    ));
    let change = |seconds, severity, reason| SeverityChange {
        at: at(seconds),
        severity,
        reason,
    };
    let reason = |rule, points: &str| ReasonPoints {
        rule,
        points: points.parse().unwrap(),
        note: String::new(),
        signals: BTreeSet::new(),
        window: None,
        parts: Vec::new(),
        mails: Vec::new(),
    };
    Incident {
        id: IncidentId("k7f3q2".to_owned()),
        person: "hanako".to_owned(),
        severity: Severity::Critical,
        status: Status::Open,
        opened_at: at(-72_000),
        services: vec!["amazon".to_owned()],
        sites: BTreeMap::new(),
        orders: 7,
        cancellations: 5,
        codes: 2,
        amounts: BTreeMap::from([("JPY".to_owned(), Decimal::from(17_500))]),
        order_list,
        events,
        reasons: vec![
            reason(Reason::OrderBurst, "17"),
            reason(Reason::MerchantCancellation, "10"),
            reason(Reason::CodeWatch, "2"),
        ],
        messages: vec!["a@example.com".to_owned()],
        severity_history: vec![
            change(-72_000, Severity::Info, Reason::Question),
            change(70, Severity::Notice, Reason::OrderBurst),
            change(105, Severity::Critical, Reason::OrderBurst),
        ],
        answers: vec![(at(-71_000), Answer::Unsure), (at(620), Answer::NotMe)],
        verified: true,
        steps_done: BTreeSet::from(["change-password".to_owned()]),
    }
}

/// Ten thousand orders in ten hours at two shops, two in three of them cancelled.
pub(crate) fn many() -> Incident {
    let mut incident = story();
    incident.order_list = (0..10_000)
        .map(|n| {
            let state = if n % 3 == 0 {
                OrderState::NoCancellationSeen
            } else {
                OrderState::Cancelled
            };
            let mut order = order(&format!("503-{n:07}-0000000"), n * 4, state);
            if n % 4 == 0 {
                "paypal".clone_into(&mut order.service);
            }
            order
        })
        .collect();
    incident.orders = 10_000;
    incident.cancellations = 6_666;
    incident.amounts = BTreeMap::from([("JPY".to_owned(), Decimal::from(25_000_000))]);
    incident.services = vec!["amazon".to_owned(), "paypal".to_owned()];
    incident
}

/// What a mail could put into names and numbers to take a report over.
pub(crate) const HOSTILE: [&str; 8] = [
    "<script>alert(1)</script>",
    "\"><img src=https://evil.example/x onerror=alert(1)>",
    "&lt;b&gt;&#x3c;svg/onload=alert(1)&#x3e;",
    "</style></title><iframe src=//evil.example>",
    "\u{202e}\u{2066}live\u{200f}\u{feff}",
    "👩‍👩‍👧‍👦🎁 مرحبا שלום ｗｉｄｅ",
    "=HYPERLINK(\"https://evil.example\",\"x\")",
    "| [a](javascript:alert(1)) ` * _ # <https://evil.example>",
];

/// An incident all of whose names and numbers are hostile.
pub(crate) fn hostile() -> Incident {
    let mut incident = story();
    for (order, text) in incident.order_list.iter_mut().zip(HOSTILE) {
        order.id = Some(text.to_owned());
        text.clone_into(&mut order.service);
        order.amount = Some(Money {
            currency: text.to_owned(),
            amount: Decimal::MAX,
        });
    }
    incident
        .order_list
        .push(order(&"9".repeat(5000), 300, OrderState::Charged));
    incident.services = HOSTILE.map(str::to_owned).to_vec();
    incident.services.push("w".repeat(400));
    incident.amounts = HOSTILE
        .iter()
        .map(|text| ((*text).to_owned(), Decimal::MAX))
        .collect();
    for reason in &mut incident.reasons {
        HOSTILE[0].clone_into(&mut reason.note);
    }
    for (event, text) in incident.events.iter_mut().zip(HOSTILE) {
        text.clone_into(&mut event.service);
    }
    incident.messages = HOSTILE.map(str::to_owned).to_vec();
    incident
}

fn official_page(service: &str, page: Page) -> Option<String> {
    let address = match (service, page) {
        ("amazon", Page::Password | Page::Security) => "https://www.amazon.co.jp/ap/cnep",
        ("amazon", Page::Orders) => "https://www.amazon.co.jp/gp/css/order-history",
        ("amazon", Page::PaymentMethods) => "https://www.amazon.co.jp/cpe/yourpayments/wallet",
        ("amazon", Page::TwoFactor) => "https://www.amazon.co.jp/a/settings/approval",
        _ => return None,
    };
    Some(address.to_owned())
}

/// Runs `look` with the words of a person who has a card issuer, half an hour after the story.
pub(crate) fn with_context<T>(language: Language, look: impl Fn(&Context<'_>) -> T) -> T {
    let time_zone = TimeZone::get("Asia/Tokyo").unwrap();
    let card = CardIssuer {
        name: "Example Card".to_owned(),
        phone: "0120-000-000".to_owned(),
    };
    let name = |id: &str| match id {
        "amazon" => "Amazon".to_owned(),
        "paypal" => "PayPal".to_owned(),
        other => other.to_owned(),
    };
    look(&Context {
        language,
        time_zone: &time_zone,
        now: at(1800),
        card_issuer: Some(&card),
        mailbox_services: &[],
        service_name: &name,
        official_page: &official_page,
    })
}
