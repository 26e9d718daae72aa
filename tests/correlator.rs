//! From signals to the one alert that matters: the rows of the story, and what must stay silent.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test may panic"
)]

#[path = "support/signals.rs"]
mod signals;

use jiff::SignedDuration;
use mailward::engine::correlator::Input;
use mailward::engine::incident::{Answer, OrderState, Reason, Severity, Status};
use mailward::engine::signal::{
    AccountProperty, CancelledBy, CodePurpose, Item, MerchantActionKind, SignInOutcome, Signal,
};
use signals::{
    Person, action, at, cancellation, change, code, noon, of, order, sign_in, unverified, yen,
};

/// Seven orders of the story, one every 40 seconds.
fn seven(item: Item, amount: i64) -> Vec<Signal> {
    (1..=7)
        .map(|number| {
            let amount = if amount == 0 { None } else { yen(amount) };
            order(number, at(i64::from(number) * 40), item, amount)
        })
        .collect()
}

/// The number of the order at which a level was reached.
fn order_at(person: &Person, level: Severity) -> Option<i64> {
    person
        .last()
        .severity_history
        .iter()
        .find(|change| change.severity >= level)
        .map(|change| change.at.duration_since(noon()).as_secs() / 40)
}

#[test]
fn row_1_verified_gift_cards_after_an_unclaimed_code() {
    let mut person = Person::scanned();
    person.mail(code(
        "code",
        noon() - SignedDuration::from_hours(20),
        CodePurpose::SignIn,
    ));
    assert_eq!(person.rung(), [Severity::Info]);
    assert_eq!(person.alerts[0].reason, Reason::Question);
    for order in seven(Item::GiftCard, 2_500) {
        person.mail(order);
    }
    assert_eq!(order_at(&person, Severity::Notice), Some(2));
    assert_eq!(order_at(&person, Severity::Warning), Some(3));
    assert_eq!(order_at(&person, Severity::Critical), Some(3));
    let levels: Vec<Severity> = person
        .last()
        .severity_history
        .iter()
        .map(|change| change.severity)
        .collect();
    assert_eq!(
        levels,
        [
            Severity::Info,
            Severity::Notice,
            Severity::Warning,
            Severity::Critical
        ],
        "both levels reached at order 3 are in the history"
    );
    let at_order_3 = person
        .alerts
        .iter()
        .filter(|alert| alert.at == at(120))
        .count();
    assert_eq!(at_order_3, 1, "but they ring once");
}

#[test]
fn row_2_without_a_code_the_first_merchant_cancellation_is_critical() {
    let mut person = Person::scanned();
    for order in seven(Item::GiftCard, 2_500) {
        person.mail(order);
    }
    assert_eq!(order_at(&person, Severity::Notice), Some(2));
    assert_eq!(order_at(&person, Severity::Warning), Some(3));
    assert_eq!(order_at(&person, Severity::Critical), None);
    person.mail(cancellation(1, at(400), CancelledBy::Merchant));
    assert_eq!(person.last().severity, Severity::Critical);
}

#[test]
fn row_3_unknown_amounts() {
    let mut person = Person::scanned();
    for order in seven(Item::GiftCard, 0) {
        person.mail(order);
    }
    assert_eq!(order_at(&person, Severity::Notice), Some(2));
    assert_eq!(order_at(&person, Severity::Warning), Some(3));
    person.mail(cancellation(1, at(400), CancelledBy::Merchant));
    assert_eq!(person.last().severity, Severity::Critical);
}

#[test]
fn row_4_unknown_items_with_known_amounts() {
    let mut person = Person::scanned();
    for order in seven(Item::Unknown, 2_500) {
        person.mail(order);
    }
    assert_eq!(order_at(&person, Severity::Notice), Some(3));
    assert_eq!(order_at(&person, Severity::Warning), Some(4));
    person.mail(cancellation(1, at(400), CancelledBy::Merchant));
    assert_eq!(person.last().severity, Severity::Critical);
}

#[test]
fn row_5_an_unverified_sender_never_gets_beyond_warning() {
    let mut person = Person::scanned();
    person.mail(unverified(code("code", at(-600), CodePurpose::SignIn)));
    for order in seven(Item::GiftCard, 2_500) {
        person.mail(unverified(order));
    }
    for number in 1..=4 {
        person.mail(unverified(cancellation(
            number,
            at(400 + i64::from(number)),
            CancelledBy::Merchant,
        )));
    }
    assert_eq!(order_at(&person, Severity::Notice), Some(2));
    assert_eq!(order_at(&person, Severity::Warning), Some(3));
    assert_eq!(person.last().severity, Severity::Warning);
    assert!(!person.last().verified);
}

#[test]
fn the_story_is_counted_right() {
    let mut person = Person::scanned();
    person.mail(code(
        "code-1",
        noon() - SignedDuration::from_hours(20),
        CodePurpose::SignIn,
    ));
    person.mail(code(
        "code-2",
        noon() - SignedDuration::from_hours(19),
        CodePurpose::SignIn,
    ));
    for order in seven(Item::GiftCard, 2_500) {
        person.mail(order);
    }
    for number in [1, 3, 4, 6] {
        person.mail(cancellation(
            number,
            at(400 + i64::from(number)),
            CancelledBy::Merchant,
        ));
    }
    person.until(at(3_600));
    let incident = person.last();
    assert_eq!(
        (incident.orders, incident.cancellations, incident.codes),
        (7, 4, 2)
    );
    assert_eq!(incident.amounts["JPY"], 17_500.into());
    let open: Vec<&str> = incident
        .order_list
        .iter()
        .filter(|line| line.state == OrderState::NoCancellationSeen)
        .filter_map(|line| line.id.as_deref())
        .collect();
    assert_eq!(
        open,
        [
            "250-0000000-0000002",
            "250-0000000-0000005",
            "250-0000000-0000007"
        ]
    );
    assert_eq!(
        person
            .incidents
            .iter()
            .map(|incident| &incident.id)
            .collect::<std::collections::BTreeSet<_>>()
            .len(),
        1
    );
}

#[test]
fn five_orders_and_two_cancellations_are_five_and_two() {
    let mut person = Person::scanned();
    for order in seven(Item::GiftCard, 2_500).into_iter().take(5) {
        person.mail(order);
    }
    person.mail(cancellation(2, at(400), CancelledBy::Merchant));
    person.mail(cancellation(5, at(401), CancelledBy::Merchant));
    person.until(at(3_600));
    assert_eq!((person.last().orders, person.last().cancellations), (5, 2));
}

#[test]
fn the_same_mail_twice_is_one_signal() {
    let mut person = Person::scanned();
    for _ in 0..9 {
        person.mail(order(1, at(0), Item::GiftCard, yen(2_500)));
    }
    assert_eq!(person.rung(), []);
}

#[test]
fn a_cart_split_into_four_mails_is_one_purchase() {
    let mut person = Person::scanned();
    for (number, amount) in [1_200, 3_480, 980, 2_150].into_iter().enumerate() {
        let number = u32::try_from(number).unwrap();
        person.mail(order(
            number,
            at(i64::from(number) * 20),
            Item::Physical,
            yen(amount),
        ));
    }
    assert_eq!(person.rung(), []);
}

#[test]
fn five_orders_of_eleven_yen_are_no_split_cart() {
    let mut person = Person::scanned();
    for number in 0..5 {
        person.mail(order(
            number,
            at(i64::from(number) * 12),
            Item::Physical,
            yen(11),
        ));
    }
    assert_eq!(person.last().severity, Severity::Warning);
}

#[test]
fn six_gift_cards_two_hours_apart_are_a_notice_at_the_third() {
    let mut person = Person::scanned();
    for number in 0..6 {
        person.mail(order(
            number,
            at(i64::from(number) * 7_200),
            Item::GiftCard,
            yen(5_000),
        ));
    }
    assert_eq!(person.alerts[0].at, at(2 * 7_200));
    assert_eq!(person.alerts[0].reason, Reason::GiftDrip);
    assert_eq!(person.alerts[0].severity, Severity::Notice);
}

#[test]
fn a_window_ends_exactly_at_its_length() {
    let burst = |gap: i64| {
        let mut person = Person::scanned();
        for number in 0..3 {
            person.mail(order(
                number,
                at(i64::from(number) * gap),
                Item::Unknown,
                None,
            ));
        }
        person.loudest()
    };
    assert_eq!(
        burst(299),
        Some(Severity::Notice),
        "(t - 10 min, t] holds all three"
    );
    assert_eq!(burst(300), None, "the first one has just left the window");
}

#[test]
fn one_digital_order_and_a_disabled_password_are_critical_at_once() {
    let mut person = Person::scanned();
    person.mail(order(1, at(0), Item::Digital, yen(1_000)));
    assert_eq!(person.rung(), []);
    person.mail(action(
        "disabled",
        at(180),
        MerchantActionKind::PasswordDisabled,
    ));
    assert_eq!(person.rung(), [Severity::Critical]);
    assert_eq!(person.last().orders, 1);
}

#[test]
fn only_the_cancellations_are_seen() {
    let mut person = Person::scanned();
    person.mail(cancellation(1, at(0), CancelledBy::Merchant));
    assert_eq!(person.rung(), []);
    person.mail(cancellation(2, at(20), CancelledBy::Merchant));
    assert_eq!(person.rung(), [Severity::Notice]);
    person.mail(cancellation(3, at(40), CancelledBy::Merchant));
    assert_eq!(person.last().cancellations, 3);
    assert_eq!(person.last().severity, Severity::Warning);
}

#[test]
fn gifts_that_were_mine_are_closed_and_a_further_one_asks_anew() {
    let mut person = Person::live();
    for number in 0..3 {
        person.mail(order(
            number,
            at(i64::from(number) * 60),
            Item::GiftCard,
            yen(5_000),
        ));
    }
    person.until(at(300));
    person.answer(at(301), Answer::Me);
    assert!(matches!(person.last().status, Status::Closed { .. }));
    let before = person.alerts.len();
    let mut fourth = order(4, at(2_700), Item::GiftCard, yen(5_000));
    if let mailward::engine::signal::SignalKind::OrderPlaced(order) = &mut fourth.kind {
        order.gift_recipient = mailward::engine::signal::GiftRecipient::Other;
    }
    person.mail(fourth);
    assert_eq!(person.alerts.len(), before + 1);
    assert_eq!(
        person.last().orders,
        1,
        "the claimed gifts are not counted again"
    );
}

#[test]
fn not_me_to_a_code_is_a_warning_and_orders_make_it_critical() {
    let mut person = Person::live();
    person.mail(code("code", at(0), CodePurpose::SignIn));
    person.answer(at(60), Answer::NotMe);
    assert_eq!(person.last().severity, Severity::Warning);
    person.mail(order(1, at(600), Item::GiftCard, yen(2_500)));
    assert_eq!(person.last().severity, Severity::Critical);
}

#[test]
fn an_accusation_can_be_taken_back_for_ten_minutes() {
    let mut early = Person::live();
    early.mail(code("code", at(0), CodePurpose::SignIn));
    early.answer(at(60), Answer::NotMe);
    early.answer(at(500), Answer::Me);
    assert!(matches!(early.last().status, Status::Closed { .. }));
    let mut late = Person::live();
    late.mail(code("code", at(0), CodePurpose::SignIn));
    late.answer(at(60), Answer::NotMe);
    late.answer(at(800), Answer::Me);
    assert!(matches!(late.last().status, Status::Open));
    assert_eq!(late.last().severity, Severity::Warning);
}

#[test]
fn a_claim_can_be_taken_back_too() {
    let mut person = Person::live();
    person.mail(code("code", at(0), CodePurpose::SignIn));
    person.answer(at(60), Answer::Me);
    person.answer(at(120), Answer::NotMe);
    assert_eq!(person.last().severity, Severity::Warning);
    assert!(matches!(person.last().status, Status::Open));
}

#[test]
fn an_answer_whose_reply_was_lost_can_be_given_again() {
    let mut person = Person::live();
    person.mail(code("code", at(0), CodePurpose::SignIn));
    person.answer(at(60), Answer::Unsure);
    let once = person.last().clone();
    assert_eq!(once.severity, Severity::Notice);
    person.answer(at(65), Answer::Unsure);
    assert_eq!(person.last(), &once, "not sure is said once");
    // A further question is another one.
    person.mail(code("other", at(200), CodePurpose::SignIn));
    person.answer(at(260), Answer::Unsure);
    assert_eq!(person.last().severity, Severity::Warning);
}

#[test]
fn an_announcement_made_twice_covers_no_more_codes_than_one() {
    let mut person = Person::live();
    for (moment, until) in [(0, 300), (5, 305)] {
        person.give(
            at(moment),
            Input::Expected {
                service: "amazon".to_owned(),
                until: at(until),
                orders: false,
            },
        );
    }
    person.mail(code("one", at(30), CodePurpose::SignIn));
    person.mail(code("two", at(60), CodePurpose::SignIn));
    assert_eq!(person.rung(), []);
    person.mail(code("three", at(90), CodePurpose::SignIn));
    assert_eq!(person.rung(), [Severity::Info]);
}

#[test]
fn an_expected_code_is_silent_but_a_reset_code_is_not() {
    let mut person = Person::live();
    person.give(
        at(0),
        Input::Expected {
            service: "amazon".to_owned(),
            until: at(300),
            orders: false,
        },
    );
    person.mail(code("mine", at(30), CodePurpose::SignIn));
    assert_eq!(person.rung(), []);
    person.mail(code("reset", at(60), CodePurpose::PasswordReset));
    assert_eq!(person.rung(), [Severity::Notice]);
}

#[test]
fn a_new_device_overrides_an_earlier_me() {
    let mut person = Person::live();
    person.mail(code("code", at(0), CodePurpose::SignIn));
    person.answer(at(20), Answer::Me);
    person.mail(sign_in("device", at(120), SignInOutcome::NewDevice));
    person.until(at(120 + 301));
    assert_eq!(person.last().severity, Severity::Warning);
    assert_eq!(person.alerts.last().unwrap().reason, Reason::NewDevice);
}

#[test]
fn a_warning_that_nobody_answers_becomes_critical_live_only() {
    let run = |mut person: Person| {
        for order in seven(Item::GiftCard, 2_500).into_iter().take(3) {
            person.mail(order);
        }
        let warning = person.alerts.last().unwrap().id.clone();
        person.give(at(130), Input::Delivered { alert: warning });
        person.until(at(130 + 299));
        assert_eq!(person.last().severity, Severity::Warning);
        person.until(at(130 + 300));
        person.last().severity
    };
    assert_eq!(run(Person::live()), Severity::Critical);
    assert_eq!(run(Person::scanned()), Severity::Warning);
}

#[test]
fn repeats_stop_with_the_answer() {
    let mut person = Person::live();
    person.mail(action("locked", at(0), MerchantActionKind::AccountLocked));
    person.until(at(3_600));
    let repeats: Vec<i64> = person
        .alerts
        .iter()
        .map(|alert| alert.at.duration_since(noon()).as_secs())
        .collect();
    assert_eq!(repeats, [0, 300, 900, 3_600]);
    person.answer(at(3_700), Answer::NotMe);
    let count = person.alerts.len();
    person.until(at(200_000));
    assert_eq!(
        person.alerts.len(),
        count,
        "{:#?}",
        person
            .alerts
            .iter()
            .skip(count)
            .map(|a| (a.at, a.severity, a.reason, a.repeat))
            .collect::<Vec<_>>()
    );
}

#[test]
fn a_catch_up_says_one_thing() {
    let mut person = Person::live();
    let folder = "home/INBOX".to_owned();
    person.give(
        at(40_000),
        Input::CatchUpBegan {
            folder: folder.clone(),
        },
    );
    for mut order in seven(Item::GiftCard, 2_500) {
        order.arrived_at = at(40_001);
        person.mail(order);
    }
    assert_eq!(person.rung(), []);
    person.give(at(40_002), Input::CatchUpEnded { folder });
    assert_eq!(person.rung(), [Severity::Warning]);
}

#[test]
fn what_a_claim_did_not_cover_is_an_incident_of_its_own() {
    let mut person = Person::live();
    let folder = "home/INBOX".to_owned();
    person.give(at(40_000), Input::CatchUpBegan { folder });
    person.mail(code("unseen", at(40_001), CodePurpose::SignIn));
    let first = person.last().id.clone();
    // She answers before anything was shown, so that the answer covers nothing.
    let answered = Input::Answered {
        incident: first.clone(),
        answer: Answer::Me,
    };
    person.give(at(40_002), answered);
    assert_ne!(person.last().id, first);
    assert_eq!(person.last().status, Status::Open);
}

#[test]
fn a_restart_in_a_catch_up_says_one_thing_too() {
    let mut person = Person::live();
    let folder = "home/INBOX".to_owned();
    let began = Input::CatchUpBegan {
        folder: folder.clone(),
    };
    person.give(at(40_000), began.clone());
    for (number, mut order) in seven(Item::GiftCard, 2_500).into_iter().enumerate() {
        if number == 4 {
            // Four of the mails are stored; the rest comes after the restart.
            person.give(at(40_002), Input::Restarted);
            assert_eq!(person.rung(), []);
            person.give(at(40_003), began.clone());
        }
        order.arrived_at = at(if number < 4 { 40_001 } else { 40_003 });
        person.mail(order);
    }
    person.give(at(40_004), Input::CatchUpEnded { folder });
    assert_eq!(person.rung(), [Severity::Warning]);
    assert_eq!(person.last().orders, 7);
}

#[test]
fn a_catch_up_that_a_restart_cut_off_holds_no_alert_for_longer_than_any_other() {
    let mut person = Person::live();
    let folder = "home/INBOX".to_owned();
    person.give(at(40_000), Input::CatchUpBegan { folder });
    for mut order in seven(Item::GiftCard, 2_500) {
        order.arrived_at = at(40_001);
        person.mail(order);
    }
    person.give(at(40_200), Input::Restarted);
    person.until(at(40_299));
    assert_eq!(person.rung(), []);
    person.until(at(40_301));
    assert_eq!(person.rung(), [Severity::Warning]);
}

#[test]
fn what_is_found_after_three_days_is_for_the_record() {
    let mut person = Person::live();
    for mut order in seven(Item::GiftCard, 2_500) {
        order.arrived_at = at(4 * 86_400);
        person.mail(order);
    }
    assert_eq!(person.loudest(), Some(Severity::Info));
}

#[test]
fn an_account_change_beside_a_code_is_a_warning() {
    let mut alone = Person::scanned();
    alone.mail(change("password", at(0), AccountProperty::Password));
    assert_eq!(alone.rung(), [Severity::Notice]);
    let mut person = Person::scanned();
    person.mail(code("code", at(-600), CodePurpose::SignIn));
    person.mail(change("password", at(0), AccountProperty::Password));
    assert_eq!(person.last().severity, Severity::Warning);
}

#[test]
fn codes_of_two_services_within_half_an_hour_are_a_notice() {
    let mut person = Person::scanned();
    person.mail(code("one", at(0), CodePurpose::SignIn));
    person.mail(of("rakuten", code("two", at(1_700), CodePurpose::SignIn)));
    assert_eq!(person.last().severity, Severity::Notice);
    let mut paying = Person::scanned();
    paying.mail(code("one", at(0), CodePurpose::SignIn));
    paying.mail(of("smbc", code("two", at(1_700), CodePurpose::Payment)));
    assert_eq!(
        paying.loudest(),
        Some(Severity::Info),
        "payment codes do not count for it"
    );
}

#[test]
fn half_an_hour_sharp_is_within_half_an_hour_whichever_mail_comes_first() {
    let loudest = |seconds: i64, turned: bool| {
        let mut mails = [
            code("one", at(0), CodePurpose::SignIn),
            of("rakuten", code("two", at(seconds), CodePurpose::SignIn)),
        ];
        if turned {
            mails.reverse();
        }
        let mut person = Person::scanned();
        for mut mail in mails {
            mail.arrived_at = at(seconds);
            person.mail(mail);
        }
        person.loudest()
    };
    for turned in [false, true] {
        assert_eq!(loudest(1_800, turned), Some(Severity::Notice), "{turned}");
        assert_eq!(loudest(1_801, turned), Some(Severity::Info), "{turned}");
    }
}

#[test]
fn a_code_with_nothing_in_waiting_is_not_looked_at_again_after_five_minutes() {
    let mut person = Person::live();
    person.mail(code("code", at(0), CodePurpose::SignIn));
    let sooner = person.wake_at.filter(|due| *due <= at(6 * 60));
    assert_eq!(sooner, None, "nobody is about to claim a warning");
}

#[test]
fn an_unanswered_question_lapses_after_three_days() {
    let mut person = Person::scanned();
    person.mail(code("code", at(0), CodePurpose::SignIn));
    person.until(at(72 * 3_600));
    assert!(matches!(person.last().status, Status::Closed { .. }));
    assert_eq!(person.rung(), [Severity::Info]);
}

#[test]
fn state_survives_being_written_down_at_any_step() {
    let mut plain = Person::live();
    let mut restored = Person::live();
    let mut mails = vec![code("code", at(-70_000), CodePurpose::SignIn)];
    mails.extend(seven(Item::GiftCard, 2_500));
    mails.push(cancellation(1, at(400), CancelledBy::Merchant));
    for mail in mails {
        plain.mail(mail.clone());
        restored.mail(mail);
        let written = serde_json::to_string(&restored.correlator).unwrap();
        restored.correlator = serde_json::from_str(&written).unwrap();
    }
    assert_eq!(plain.alerts, restored.alerts);
    assert_eq!(plain.correlator, restored.correlator);
}

#[test]
fn an_own_verified_purchase_does_not_vouch_for_a_burst_that_nobody_vouches_for() {
    let mut person = Person::live();
    for number in 1..=4 {
        let gift = order(
            number,
            at(i64::from(number) * 60),
            Item::GiftCard,
            yen(5_000),
        );
        person.mail(unverified(gift));
    }
    person.mail(order(50, at(7_200), Item::Physical, yen(1_980)));
    let alert = person.alerts.last().unwrap().id.clone();
    person.give(at(7_201), Input::Delivered { alert });
    person.until(at(9_000));
    assert_eq!(person.last().severity, Severity::Warning);
}

#[test]
fn a_bomb_of_codes_of_many_services_is_one_incident() {
    let mut person = Person::live();
    for number in 0..600 {
        let name = format!("code-{number}");
        let code = code(&name, at(number), CodePurpose::SignUp);
        person.mail(of(&format!("shop-{number}.example"), code));
    }
    assert_eq!(person.last().codes, 600);
    assert_eq!(person.last().severity, Severity::Notice);
}
