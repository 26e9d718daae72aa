//! The facts that the tests have put into words.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use mailward::engine::advice::{Page, PlaybookStep};
use mailward::engine::alert::{Alert, Asked, Health, IncidentFacts, Missed, Question, Subject};
use mailward::engine::incident::{
    Incident, IncidentId, OrderLine, OrderState, Reason, Severity, Status,
};
use mailward::engine::money::Money;
use mailward::engine::signal::{CodePurpose, Item, SignInOutcome};
use mailward::engine::wording::{CardIssuer, Context, Language};
use rust_decimal::Decimal;

pub(crate) const PASSWORD_PAGE: &str = "https://www.amazon.co.jp/ap/cnep";

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// 14:20 in Tokyo.
pub(crate) fn now() -> Timestamp {
    at("2026-11-20T05:20:00Z")
}

fn service_name(id: &str) -> String {
    match id {
        "amazon" => "Amazon".to_owned(),
        "paypal" => "PayPal".to_owned(),
        "google" => "Google".to_owned(),
        other => other.to_owned(),
    }
}

fn official_page(service: &str, page: Page) -> Option<String> {
    let address = match (service, page) {
        ("amazon", Page::Password) => PASSWORD_PAGE,
        ("amazon", Page::Orders) => "https://www.amazon.co.jp/gp/css/order-history",
        ("google", Page::Password) => "https://myaccount.google.com/",
        _ => return None,
    };
    Some(address.to_owned())
}

/// Runs `look` with a context that has a card issuer, or has none.
pub(crate) fn with_context<T>(
    language: Language,
    issuer: bool,
    look: impl Fn(&Context<'_>) -> T,
) -> T {
    let time_zone = TimeZone::get("Asia/Tokyo").unwrap();
    let card = CardIssuer {
        name: "Example Card".to_owned(),
        phone: "0120-000-000".to_owned(),
    };
    look(&Context {
        language,
        time_zone: &time_zone,
        now: now(),
        card_issuer: issuer.then_some(&card),
        mailbox_services: &["google".to_owned()],
        service_name: &service_name,
        official_page: &official_page,
    })
}

pub(crate) fn alert(subject: Subject, severity: Severity, reason: Reason) -> Alert {
    Alert {
        id: "a".to_owned(),
        thread: "k7f3q2".to_owned(),
        at: now(),
        severity,
        reason,
        services: vec!["amazon".to_owned()],
        repeat: 0,
        subject,
    }
}

pub(crate) fn question(what: Asked, minutes_ago: i64) -> Question {
    Question {
        incident: IncidentId("k7f3q2".to_owned()),
        service: "amazon".to_owned(),
        site: None,
        asked_about: now() - SignedDuration::from_mins(minutes_ago),
        what,
        verified: true,
    }
}

pub(crate) fn ask(question: Question) -> Alert {
    alert(
        Subject::Question(question),
        Severity::Info,
        Reason::Question,
    )
}

pub(crate) fn yen(amount: i64) -> BTreeMap<String, Decimal> {
    BTreeMap::from([("JPY".to_owned(), Decimal::from(amount))])
}

/// The story: seven gift cards of 2,500 yen, four cancelled, two codes.
pub(crate) fn story() -> IncidentFacts {
    IncidentFacts {
        incident: IncidentId("k7f3q2".to_owned()),
        first_at: at("2026-11-20T05:02:00Z"),
        last_at: at("2026-11-20T05:15:00Z"),
        orders: 7,
        cancellations: 4,
        codes: 2,
        sign_ins: 0,
        account_changes: 0,
        locks: 0,
        amounts: yen(17_500),
        money_at_risk: true,
        verified: true,
        mailbox_signs: false,
        service: "amazon".to_owned(),
        sites: BTreeMap::new(),
        next_step: "call-card-issuer".to_owned(),
        named_orders: Vec::new(),
    }
}

/// An incident without any count.
pub(crate) fn nothing() -> IncidentFacts {
    IncidentFacts {
        orders: 0,
        cancellations: 0,
        codes: 0,
        amounts: BTreeMap::new(),
        money_at_risk: false,
        sites: BTreeMap::new(),
        next_step: "change-password".to_owned(),
        ..story()
    }
}

pub(crate) fn incident(facts: IncidentFacts, severity: Severity, reason: Reason) -> Alert {
    alert(Subject::Incident(facts), severity, reason)
}

pub(crate) fn critical(facts: IncidentFacts) -> Alert {
    incident(facts, Severity::Critical, Reason::MerchantCancellation)
}

const REASONS: [Reason; 18] = [
    Reason::Question,
    Reason::CodeWatch,
    Reason::OrderBurst,
    Reason::OverallBurst,
    Reason::GiftDrip,
    Reason::CardTesting,
    Reason::MerchantCancellation,
    Reason::MerchantLock,
    Reason::AccountChange,
    Reason::NewDevice,
    Reason::MailFlood,
    Reason::MailDeletion,
    Reason::NotMe,
    Reason::Unsure,
    Reason::Silence,
    Reason::StatementReminder,
    Reason::Health,
    Reason::Test,
];

const SEVERITIES: [Severity; 4] = [
    Severity::Info,
    Severity::Notice,
    Severity::Warning,
    Severity::Critical,
];

const ASKED: [Asked; 11] = [
    Asked::Code(CodePurpose::SignIn),
    Asked::Code(CodePurpose::PasswordReset),
    Asked::Code(CodePurpose::AccountChange),
    Asked::Code(CodePurpose::Payment),
    Asked::Code(CodePurpose::SignUp),
    Asked::Code(CodePurpose::Unknown),
    Asked::SignIn(SignInOutcome::Attempted),
    Asked::SignIn(SignInOutcome::NewDevice),
    Asked::SignIn(SignInOutcome::Succeeded),
    Asked::SignIn(SignInOutcome::Blocked),
    Asked::AccountChange,
];

pub(crate) fn health() -> Vec<Health> {
    let account = "home".to_owned();
    let folder = "INBOX".to_owned();
    let since = at("2026-11-20T04:50:00Z");
    let blind = |since, refused| Health::Blind {
        account: account.clone(),
        since,
        refused,
    };
    let recovered = |missed: Option<(u32, u32)>| Health::Recovered {
        account: account.clone(),
        since,
        missed: missed.map(|(mails, signals)| Missed { mails, signals }),
    };
    let skipped = |count| Health::MessageSkipped {
        account: account.clone(),
        folder: folder.clone(),
        count,
    };
    vec![
        Health::LoginRefused {
            account: account.clone(),
            sign_in: false,
        },
        blind(Some(since), false),
        blind(Some(since), true),
        blind(None, false),
        Health::FolderGone {
            account: account.clone(),
            folder: folder.clone(),
        },
        skipped(1),
        skipped(3),
        Health::ChannelFailed {
            channel: "phone".to_owned(),
        },
        Health::StoreFailed,
        Health::ClockWrong,
        Health::Unreachable,
        recovered(None),
        recovered(Some((0, 0))),
        recovered(Some((1, 0))),
        recovered(Some((1, 1))),
        recovered(Some((120, 3))),
    ]
}

/// Every alert that can be made from the types, with the counts that change the grammar.
pub(crate) fn every_alert() -> Vec<Alert> {
    let mut all = Vec::new();
    for what in ASKED {
        for minutes_ago in [0, 30, 20 * 60, 10 * 24 * 60, 400 * 24 * 60] {
            for verified in [true, false] {
                all.push(ask(Question {
                    verified,
                    ..question(what, minutes_ago)
                }));
            }
        }
    }
    for shape in shapes() {
        for severity in SEVERITIES {
            for reason in REASONS {
                for (verified, repeat) in [(true, 0), (true, 2), (false, 0)] {
                    let facts = IncidentFacts {
                        verified,
                        ..shape.clone()
                    };
                    let mut alert = incident(facts, severity, reason);
                    alert.repeat = repeat;
                    all.push(alert);
                }
            }
        }
    }
    for days in [1, 7, 30, 60] {
        let incident = IncidentId("k7f3q2".to_owned());
        all.push(alert(
            Subject::StatementReminder { incident, days },
            Severity::Info,
            Reason::StatementReminder,
        ));
    }
    for state in health() {
        all.push(alert(
            Subject::Health(state),
            Severity::Warning,
            Reason::Health,
        ));
    }
    all.push(alert(Subject::Test, Severity::Info, Reason::Test));
    all
}

fn shapes() -> Vec<IncidentFacts> {
    let mut shapes = vec![story(), nothing()];
    for number in [1, 2, 3] {
        shapes.push(IncidentFacts {
            orders: number,
            cancellations: 1,
            codes: number,
            sign_ins: number,
            account_changes: number,
            locks: number,
            ..story()
        });
        shapes.push(IncidentFacts {
            cancellations: number,
            ..nothing()
        });
    }
    shapes.push(IncidentFacts {
        named_orders: vec!["503-1234567-1234567".to_owned(); 7],
        ..nothing()
    });
    for step in PlaybookStep::ALL {
        shapes.push(IncidentFacts {
            sites: BTreeMap::new(),
            next_step: step.id().to_owned(),
            ..story()
        });
    }
    shapes.push(IncidentFacts {
        sites: BTreeMap::new(),
        next_step: String::new(),
        ..story()
    });
    shapes
}

pub(crate) fn line(id: &str, minute: i64, state: OrderState) -> OrderLine {
    OrderLine {
        id: Some(id.to_owned()),
        service: "amazon".to_owned(),
        at: at("2026-11-20T05:02:00Z") + SignedDuration::from_mins(minute),
        amount: Some(Money {
            currency: "JPY".to_owned(),
            amount: Decimal::from(2500),
        }),
        item: Item::GiftCard,
        state,
        contradiction: false,
    }
}

/// The story as a snapshot: orders 2, 4 and 7 were not cancelled.
pub(crate) fn story_incident() -> Incident {
    let order_list = (1..=7)
        .map(|n| {
            let state = if [2, 4, 7].contains(&n) {
                OrderState::NoCancellationSeen
            } else {
                OrderState::Cancelled
            };
            line(&format!("503-000000{n}-000000{n}"), n, state)
        })
        .collect();
    Incident {
        id: IncidentId("k7f3q2".to_owned()),
        person: "hanako".to_owned(),
        severity: Severity::Critical,
        status: Status::Open,
        opened_at: at("2026-11-19T09:02:00Z"),
        services: vec!["amazon".to_owned()],
        orders: 7,
        cancellations: 4,
        codes: 2,
        amounts: yen(17_500),
        sites: BTreeMap::new(),
        order_list,
        events: Vec::new(),
        reasons: Vec::new(),
        messages: Vec::new(),
        severity_history: Vec::new(),
        answers: Vec::new(),
        verified: true,
        steps_done: BTreeSet::new(),
    }
}
