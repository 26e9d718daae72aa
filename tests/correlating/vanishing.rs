//! What happens to the mailbox itself: mails that vanish as soon as they are there, and what a flood buries.

use super::signals::{Person, action, at, cancellation, change, code, order, signal, yen};
use mailward::engine::correlator::Input;
use mailward::engine::incident::{Reason, Severity};
use mailward::engine::signal::{
    AccountProperty, CancelledBy, CardCharge, CodePurpose, Item, Signal, SignalKind,
};

/// A mail comes, and is gone so many seconds later.
fn vanishes(person: &mut Person, mail: Signal, seconds: i64) {
    let gone = mail.arrived_at + jiff::SignedDuration::from_secs(seconds);
    let signal = mail.id.clone();
    person.mail(mail);
    person.give(gone, Input::Deleted { signal });
}

fn goods(number: u32, seconds: i64) -> Signal {
    order(number, at(seconds), Item::Physical, yen(1_980))
}

fn is_told(person: &Person) -> bool {
    let reasons = person.incidents.last().map(|incident| &incident.reasons);
    reasons.is_some_and(|reasons| reasons.iter().any(|it| it.rule == Reason::MailDeletion))
}

#[test]
fn two_orders_that_vanish_within_a_minute_of_their_coming_are_told() {
    let mut person = Person::live();
    vanishes(&mut person, goods(1, 0), 60);
    assert!(!is_told(&person), "one may be a slip of the hand");
    vanishes(&mut person, goods(2, 7_200), 60);
    assert!(is_told(&person));
    assert!(person.last().severity >= Severity::Notice);
}

#[test]
fn what_is_deleted_after_a_minute_was_read() {
    let mut person = Person::live();
    vanishes(&mut person, goods(1, 0), 61);
    vanishes(&mut person, goods(2, 7_200), 61);
    assert!(!is_told(&person));
}

#[test]
fn the_mails_that_vanish_are_those_of_orders_and_of_the_account() {
    let pair = |mails: [Signal; 2]| {
        let mut person = Person::live();
        for mail in mails {
            vanishes(&mut person, mail, 10);
        }
        is_told(&person)
    };
    assert!(pair([
        cancellation(1, at(0), CancelledBy::Merchant),
        cancellation(2, at(600), CancelledBy::Merchant),
    ]));
    assert!(pair([
        cancellation(1, at(0), CancelledBy::Customer),
        cancellation(2, at(600), CancelledBy::Customer),
    ]));
    assert!(pair([
        change("one", at(0), AccountProperty::Password),
        change("two", at(600), AccountProperty::Email),
    ]));
    assert!(pair([
        code("one", at(0), CodePurpose::SignIn),
        code("two", at(600), CodePurpose::SignIn),
    ]));
    let charge = |name, seconds| {
        let charge = CardCharge {
            amount: yen(2_500),
            shop: None,
            charged_at: None,
        };
        signal(name, at(seconds), SignalKind::CardCharge(charge))
    };
    assert!(!pair([charge("one", 0), charge("two", 600)]));
}

#[test]
fn two_mails_that_vanish_more_than_a_day_apart_are_two_slips() {
    let apart = |seconds: i64| {
        let mut person = Person::live();
        vanishes(&mut person, goods(1, 0), 10);
        vanishes(&mut person, goods(2, seconds), 10);
        is_told(&person)
    };
    assert!(apart(86_000));
    assert!(!apart(86_500));
}

#[test]
fn mails_that_stayed_do_not_count_beside_one_that_vanished() {
    let mut person = Person::live();
    person.mail(goods(1, 0));
    person.mail(action(
        "held",
        at(60),
        mailward::engine::signal::MerchantActionKind::OrderHeld,
    ));
    vanishes(&mut person, goods(2, 120), 10);
    assert!(!is_told(&person));
}

/// Thirty-one mails of as many strangers within a minute.
fn flood(person: &mut Person, from: i64) {
    for number in 0..31_u32 {
        let at = at(from + i64::from(number));
        person.give(at, Input::Arrived { at, sender: number });
    }
}

#[test]
fn a_flood_buries_orders_and_what_is_about_the_account_and_nothing_that_was_claimed() {
    let mut person = Person::live();
    person.mail(code("claimed", at(0), CodePurpose::SignIn));
    person.answer(at(60), mailward::engine::incident::Answer::Me);
    person.mail(goods(1, 600));
    let charge = CardCharge {
        amount: yen(2_500),
        shop: None,
        charged_at: None,
    };
    person.mail(signal("charge", at(700), SignalKind::CardCharge(charge)));
    flood(&mut person, 1_200);
    let reasons = person.last().reasons.iter();
    let mut buried = reasons.filter(|it| it.rule == Reason::MailFlood);
    let signals: Vec<&str> = buried
        .next()
        .map(|it| it.signals.iter().map(|id| id.0.as_str()).collect())
        .unwrap_or_default();
    assert_eq!(signals, ["id-order-1"]);
}
