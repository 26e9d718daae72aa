//! What an incident says of its own points: which rule, which window, which mails.

use super::signals::{Person, action, at, cancellation, change, code, order, yen};
use mailward::engine::given::Given;
use mailward::engine::incident::{Answer, Reason, ReasonPoints};
use mailward::engine::signal::{CancelledBy, CodePurpose, Item, MerchantActionKind};
use rust_decimal::Decimal;

fn gifts(seconds: impl IntoIterator<Item = i64>) -> Person {
    let mut person = Person::scanned();
    for (number, seconds) in (1..).zip(seconds) {
        person.mail(order(number, at(seconds), Item::GiftCard, yen(5_000)));
    }
    person
}

fn burst(person: &Person) -> ReasonPoints {
    let reasons = &person.last().reasons;
    let burst = reasons.iter().find(|it| it.rule == Reason::OrderBurst);
    burst.expect("a burst").clone()
}

#[test]
fn the_points_of_a_burst_are_those_of_the_mails_in_its_window() {
    let person = gifts([0, 60, 120]);
    let burst = burst(&person);
    let window = burst.window.expect("a window");
    assert!(burst.points >= window.threshold);
    let sum: Decimal = burst.mails.iter().map(|mail| mail.points).sum();
    assert_eq!(sum, burst.points);
    let moments: Vec<_> = burst.mails.iter().map(|mail| mail.at).collect();
    assert_eq!(moments, [at(0), at(60), at(120)], "by their time");
    assert_eq!(burst.mails[0].order_ids, ["250-0000000-0000001"]);
    for mail in &burst.mails {
        let parts: Decimal = mail.parts.iter().map(|part| part.points).sum();
        assert_eq!(parts, mail.points);
        assert!(mail.parts.iter().any(|part| part.given == Given::Order));
    }
}

#[test]
fn a_mail_that_left_the_window_is_not_among_those_that_are_counted() {
    let hour = burst(&gifts([0, 1_800, 3_599]));
    assert_eq!(hour.window.expect("a window").minutes, 60);
    assert_eq!(hour.mails.len(), 3);
    let later = burst(&gifts([0, 3_000, 3_300, 3_600]));
    let moments: Vec<_> = later.mails.iter().map(|mail| mail.at).collect();
    assert_eq!(
        moments,
        [at(3_000), at(3_300), at(3_600)],
        "the first is an hour old"
    );
}

#[test]
fn the_word_of_the_shop_has_one_reason() {
    let mut person = Person::scanned();
    for number in 1..=2 {
        let seconds = i64::from(number) * 20;
        person.mail(cancellation(number, at(seconds), CancelledBy::Merchant));
    }
    person.mail(action("held", at(60), MerchantActionKind::OrderHeld));
    let reasons = &person.last().reasons;
    let given: Vec<Given> = reasons
        .iter()
        .flat_map(|reason| &reason.mails)
        .flat_map(|mail| &mail.parts)
        .map(|part| part.given)
        .collect();
    assert!(given.contains(&Given::Cancelled), "{given:?}");
    assert!(
        given
            .iter()
            .all(|it| matches!(it, Given::Cancelled | Given::Held)),
        "{given:?}"
    );
}

#[test]
fn the_heaviest_reason_comes_first_and_a_question_is_none() {
    let mut person = Person::scanned();
    person.mail(code("code", at(0), CodePurpose::SignIn));
    assert_eq!(person.last().reasons, [], "a question weighs nothing");
    for number in 1..=3 {
        let gift = order(
            number,
            at(i64::from(number) * 60),
            Item::GiftCard,
            yen(5_000),
        );
        person.mail(gift);
    }
    person.mail(change(
        "password",
        at(300),
        mailward::engine::signal::AccountProperty::Password,
    ));
    let points: Vec<Decimal> = person
        .last()
        .reasons
        .iter()
        .map(|reason| reason.points)
        .collect();
    assert!(points.len() >= 2, "{points:?}");
    assert!(points.is_sorted_by(|one, other| one >= other), "{points:?}");
}

#[test]
fn an_accusation_is_a_reason_though_it_has_no_points() {
    let mut person = Person::scanned();
    person.mail(code("code", at(0), CodePurpose::SignIn));
    person.answer(at(60), Answer::NotMe);
    let reasons = &person.last().reasons;
    let accusation = reasons.iter().find(|it| it.rule == Reason::NotMe);
    let accusation = accusation.expect("the accusation");
    assert_eq!(accusation.points, Decimal::ZERO);
    assert_eq!(accusation.window, None);
    assert_eq!(accusation.mails, []);
}
