//! New devices that nobody claims, and warnings that nobody answers, of somebody whose habits are known.

use super::signals::{Person, at, of, order, sign_in, yen};
use mailward::engine::correlator::Input;
use mailward::engine::incident::{Reason, Severity};
use mailward::engine::signal::{Item, SignInOutcome, Signal};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// Somebody who has ordered goods at the shop every day for months.
fn regular() -> Person {
    let mut person = Person::live();
    for day in 2..=90_u32 {
        let goods = order(
            1_000 + day,
            at((i64::from(day) - 92) * DAY),
            Item::Physical,
            yen(2_600),
        );
        person.mail(goods);
    }
    person.until(at(-1));
    person
}

fn gift(number: u32, seconds: i64, amount: i64) -> Signal {
    order(number, at(seconds), Item::GiftCard, yen(amount))
}

/// The highest severity of the alerts about a new device.
fn of_the_device(person: &Person) -> Option<Severity> {
    let about = person
        .alerts
        .iter()
        .filter(|alert| alert.reason == Reason::NewDevice);
    about.map(|alert| alert.severity).max()
}

/// The same, after a sign-in from a new device and what came with it.
fn beside(orders: impl IntoIterator<Item = Signal>) -> Option<Severity> {
    let mut person = regular();
    let (before, after): (Vec<_>, Vec<_>) = orders.into_iter().partition(|order| order.at < at(0));
    for order in before {
        person.mail(order);
    }
    person.mail(sign_in("device", at(0), SignInOutcome::NewDevice));
    for order in after {
        person.mail(order);
    }
    person.until(at(4 * DAY));
    of_the_device(&person)
}

#[test]
fn a_new_device_is_a_warning_once_gifts_are_bought_there() {
    assert_eq!(beside([]), Some(Severity::Notice));
    assert_eq!(beside([gift(1, 2 * HOUR, 10_000)]), Some(Severity::Warning));
    // A gift weighs two points, which is enough; it may come before the device was found to be unclaimed.
    assert_eq!(beside([gift(1, 60, 10_000)]), Some(Severity::Warning));
    // What was bought before, or elsewhere, or three days later, was not bought by whoever signed in.
    assert_eq!(beside([gift(1, -HOUR, 10_000)]), Some(Severity::Notice));
    assert_eq!(
        beside([of("rakuten", gift(1, 2 * HOUR, 10_000))]),
        Some(Severity::Notice)
    );
    assert_eq!(beside([gift(1, 73 * HOUR, 10_000)]), Some(Severity::Notice));
}

#[test]
fn ordinary_goods_beside_a_new_device_are_no_warning() {
    let goods = |number: u32| {
        let seconds = i64::from(number) * 5 * HOUR;
        order(number, at(seconds), Item::Physical, yen(2_600))
    };
    assert_eq!(beside((1..=4).map(goods)), Some(Severity::Notice));
}

#[test]
fn each_new_device_has_its_own_time_to_be_claimed() {
    let mut person = regular();
    person.mail(sign_in("first", at(0), SignInOutcome::NewDevice));
    person.mail(of(
        "rakuten",
        sign_in("second", at(200), SignInOutcome::NewDevice),
    ));
    person.until(at(350));
    let found = |person: &Person| {
        let reasons = person.last().reasons.iter();
        reasons.filter(|it| it.rule == Reason::NewDevice).count()
    };
    assert_eq!(found(&person), 1);
    person.until(at(550));
    assert_eq!(found(&person), 2);
}

/// How loud it is ten minutes after a warning over gifts reached the person, who says nothing.
fn silent(
    gifts: impl IntoIterator<Item = Signal>,
    after: impl IntoIterator<Item = Signal>,
) -> Severity {
    let mut person = regular();
    for gift in gifts {
        person.mail(gift);
    }
    assert_eq!(
        person.last().severity,
        Severity::Warning,
        "{:?}",
        person.rung()
    );
    let alert = person.alerts.last().unwrap().id.clone();
    let told = person.now;
    person.give(told, Input::Delivered { alert });
    for order in after {
        person.mail(order);
    }
    person.until(at(2 * HOUR));
    person.last().severity
}

/// Six gifts in twenty minutes, none of them large.
fn gifts() -> impl Iterator<Item = Signal> {
    (1..=6).map(|number| gift(number, i64::from(number) * 200, 3_000 + i64::from(number)))
}

#[test]
fn silence_at_a_familiar_shop_counts_only_while_orders_go_on() {
    let more = |count: u32, from: i64| {
        (0..count).map(move |number| {
            let seconds = from + i64::from(number) * 30;
            order(100 + number, at(seconds), Item::Physical, yen(1_500))
        })
    };
    assert_eq!(silent(gifts(), []), Severity::Warning);
    assert_eq!(silent(gifts(), more(2, 1_230)), Severity::Warning);
    assert_eq!(silent(gifts(), more(3, 1_230)), Severity::Critical);
    // One of them came with the warning itself.
    assert_eq!(silent(gifts(), more(3, 1_200)), Severity::Warning);
}

#[test]
fn silence_over_several_large_gifts_counts_at_once() {
    let large = |count: u32| {
        (1..=4).map(move |number| {
            let amount = if number <= count { 40_000 } else { 3_000 };
            gift(number, i64::from(number) * 300, amount + i64::from(number))
        })
    };
    assert_eq!(silent(large(2), []), Severity::Warning);
    assert_eq!(silent(large(3), []), Severity::Critical);
}
