//! What an answer and an announcement do to what is open and to what is closed.

use super::signals::{Person, at, cancellation, code, of, order, yen};
use jiff::Timestamp;
use mailward::engine::correlator::Input;
use mailward::engine::incident::{Answer, IncidentId, Severity, Status};
use mailward::engine::signal::{CancelledBy, CodePurpose, Item};

/// The person says that they are about to sign in.
fn expect(person: &mut Person, service: &str, now: Timestamp) {
    let input = Input::Expected {
        service: service.to_owned(),
        until: now + jiff::SignedDuration::from_mins(5),
        orders: false,
    };
    person.give(now, input);
}

fn gift(number: u32, seconds: i64) -> mailward::engine::signal::Signal {
    order(number, at(seconds), Item::GiftCard, yen(2_500))
}

#[test]
fn gifts_that_were_claimed_and_then_disputed_count_again() {
    let mut person = Person::live();
    for number in 1..=3 {
        person.mail(gift(number, i64::from(number) * 40));
    }
    person.answer(at(200), Answer::Me);
    assert!(matches!(person.last().status, Status::Closed { .. }));
    let closed = person.last().id.clone();
    person.answer(at(260), Answer::NotMe);
    assert_eq!(person.last().id, closed);
    assert_eq!(person.last().status, Status::Open);
    assert_eq!(person.last().orders, 3);
    // Disputed orders are critical with the first word of the shop.
    person.mail(cancellation(1, at(300), CancelledBy::Merchant));
    assert_eq!(person.last().severity, Severity::Critical);
}

#[test]
fn a_dispute_over_what_is_closed_joins_what_is_open() {
    let mut person = Person::live();
    person.mail(code("code", at(0), CodePurpose::SignIn));
    person.answer(at(60), Answer::Me);
    let closed = person.last().id.clone();
    person.mail(of("rakuten", code("other", at(4_000), CodePurpose::SignIn)));
    let open = person.last().id.clone();
    assert_ne!(open, closed);
    let answer = Input::Answered {
        incident: closed,
        answer: Answer::NotMe,
    };
    person.give(at(4_060), answer);
    assert_eq!(person.last().id, open);
    assert_eq!(person.last().codes, 2);
    assert_eq!(person.last().severity, Severity::Warning);
    assert_eq!(person.last().opened_at, at(0));
}

#[test]
fn an_announced_code_stays_announced_when_the_question_beside_it_is_disputed() {
    let mut person = Person::live();
    expect(&mut person, "amazon", at(0));
    person.mail(code("announced", at(30), CodePurpose::SignIn));
    assert_eq!(person.rung(), []);
    person.mail(code("second", at(40), CodePurpose::SignIn));
    person.mail(code("third", at(50), CodePurpose::SignIn));
    person.answer(at(60), Answer::Me);
    person.answer(at(70), Answer::NotMe);
    let messages = &person.last().messages;
    assert!(
        !messages.iter().any(|message| message.contains("announced")),
        "{messages:?}"
    );
}

#[test]
fn an_announcement_answers_the_question_that_came_just_before() {
    let mut person = Person::live();
    person.mail(code("code", at(0), CodePurpose::SignIn));
    assert_eq!(person.rung(), [Severity::Info]);
    expect(&mut person, "amazon", at(20));
    assert!(matches!(person.last().status, Status::Closed { .. }));
}

#[test]
fn an_announcement_leaves_a_question_open_that_it_answers_in_part() {
    let mut person = Person::live();
    person.mail(code("code", at(0), CodePurpose::SignIn));
    person.mail(of("smbc", code("payment", at(5), CodePurpose::Payment)));
    assert_eq!(person.last().severity, Severity::Info);
    expect(&mut person, "amazon", at(20));
    assert_eq!(person.last().status, Status::Open);
}

#[test]
fn an_announcement_does_not_close_more_than_a_question() {
    let mut person = Person::live();
    person.mail(code("one", at(0), CodePurpose::SignIn));
    person.mail(of("rakuten", code("two", at(5), CodePurpose::SignIn)));
    assert_eq!(person.last().severity, Severity::Notice);
    expect(&mut person, "amazon", at(20));
    expect(&mut person, "rakuten", at(21));
    assert_eq!(person.last().status, Status::Open);
}

#[test]
fn not_sure_is_a_notice_first_and_then_a_warning() {
    let mut person = Person::live();
    person.mail(code("code", at(0), CodePurpose::SignIn));
    person.answer(at(60), Answer::Unsure);
    assert_eq!(person.last().severity, Severity::Notice);
    let mut louder = Person::live();
    for number in 1..=2 {
        louder.mail(gift(number, i64::from(number) * 40));
    }
    assert_eq!(louder.last().severity, Severity::Notice);
    louder.answer(at(100), Answer::Unsure);
    assert_eq!(louder.last().severity, Severity::Warning);
}

#[test]
fn what_was_called_foreign_for_ten_minutes_cannot_be_claimed_any_more() {
    let claimed_after = |seconds: i64| {
        let mut person = Person::live();
        person.mail(code("code", at(0), CodePurpose::SignIn));
        person.answer(at(60), Answer::NotMe);
        person.answer(at(60 + seconds), Answer::Me);
        matches!(person.last().status, Status::Closed { .. })
    };
    assert!(claimed_after(600));
    assert!(!claimed_after(601));
}

#[test]
fn a_step_is_ticked_off_in_the_incident_it_belongs_to_open_or_closed() {
    let mut person = Person::live();
    for number in 1..=3 {
        person.mail(gift(number, i64::from(number) * 40));
    }
    let tick = |person: &mut Person, now, incident: &IncidentId, step: &str| {
        let (incident, step) = (incident.clone(), step.to_owned());
        person.give(at(now), Input::StepDone { incident, step });
    };
    let open = person.last().id.clone();
    tick(&mut person, 200, &open, "password");
    assert!(person.last().steps_done.contains("password"));
    person.give(
        at(210),
        Input::Closed {
            incident: open.clone(),
        },
    );
    tick(&mut person, 220, &open, "card");
    assert!(person.last().steps_done.contains("card"));
    let told = person.incidents.len();
    let other = IncidentId("other".to_owned());
    tick(&mut person, 230, &other, "orders");
    assert_eq!(person.incidents.len(), told, "there is no such incident");
}
