//! What an alert states of its incident, and what is told weeks later.

use super::signals::{
    Person, at, cancellation, change, code, of, order, sign_in, signal, unverified, yen,
};
use mailward::engine::alert::{IncidentFacts, Subject};
use mailward::engine::correlator::Input;
use mailward::engine::incident::{Answer, OrderState, Reason, Severity, Status};
use mailward::engine::signal::{
    AccountProperty, CancelledBy, CardCharge, CodePurpose, Item, SignInOutcome, SignalKind,
};

const DAY: i64 = 86_400;

fn facts(person: &Person) -> &IncidentFacts {
    match &person.alerts.last().expect("an alert").subject {
        Subject::Incident(facts) => facts,
        other => panic!("{other:?}"),
    }
}

fn gifts(person: &mut Person, from: i64, count: u32) {
    for number in 0..count {
        let seconds = from + i64::from(number) * 40;
        let number = number + u32::try_from(from / 40).unwrap();
        person.mail(order(number, at(seconds), Item::GiftCard, yen(2_500)));
    }
}

/// The days of the reminders to check the statement.
fn reminded(person: &Person) -> Vec<u32> {
    let days = |subject: &Subject| match subject {
        Subject::StatementReminder { days, .. } => Some(*days),
        _ => None,
    };
    person
        .alerts
        .iter()
        .filter_map(|alert| days(&alert.subject))
        .collect()
}

#[test]
fn each_mail_is_counted_as_what_it_is() {
    let mut person = Person::live();
    let counts = |facts: &IncidentFacts| {
        (
            facts.codes,
            facts.sign_ins,
            facts.account_changes,
            facts.locks,
            facts.orders,
        )
    };
    person.mail(change("password", at(0), AccountProperty::Password));
    assert_eq!(counts(facts(&person)), (0, 0, 1, 0, 0));
    person.mail(code("code", at(60), CodePurpose::SignIn));
    assert_eq!(counts(facts(&person)), (1, 0, 1, 0, 0));
    person.mail(sign_in("device", at(120), SignInOutcome::NewDevice));
    person.until(at(900));
    assert_eq!(counts(facts(&person)), (1, 1, 1, 0, 0));
}

#[test]
fn an_order_is_listed_with_its_amount_and_only_a_flood_names_it_in_the_alert() {
    let mut person = Person::live();
    gifts(&mut person, 0, 3);
    assert_eq!(person.last().order_list[0].amount, yen(2_500));
    assert!(facts(&person).named_orders.is_empty());
    assert!(facts(&person).verified);
}

#[test]
fn what_nobody_vouches_for_is_told_as_that() {
    let mut person = Person::live();
    for number in 1..=3 {
        let gift = order(
            number,
            at(i64::from(number) * 40),
            Item::GiftCard,
            yen(2_500),
        );
        person.mail(unverified(gift));
    }
    assert!(!facts(&person).verified);
}

#[test]
fn an_incident_has_the_same_id_with_every_version() {
    let mut person = Person::live();
    person.mail(code("code", at(0), CodePurpose::SignIn));
    // Rebuilt from the journal, it must be found under the id that the person was told.
    assert_eq!(person.last().id.0, "5cz6vm");
}

#[test]
fn after_a_takeover_the_statement_is_brought_to_mind_three_times() {
    let mut person = Person::live();
    gifts(&mut person, 0, 7);
    person.answer(at(400), Answer::NotMe);
    assert_eq!(person.last().severity, Severity::Critical);
    person.until(at(61 * DAY));
    assert_eq!(reminded(&person), [7, 30, 60]);
}

#[test]
fn what_was_claimed_after_all_is_not_brought_to_mind() {
    let mut person = Person::live();
    gifts(&mut person, 0, 7);
    person.answer(at(400), Answer::NotMe);
    person.answer(at(500), Answer::Me);
    person.until(at(61 * DAY));
    assert_eq!(reminded(&person), [0; 0]);
}

#[test]
fn what_was_claimed_is_not_brought_to_mind_and_another_incident_is() {
    let mut person = Person::live();
    gifts(&mut person, 0, 7);
    person.answer(at(400), Answer::NotMe);
    person.give(
        at(500),
        Input::Closed {
            incident: person.last().id.clone(),
        },
    );
    gifts(&mut person, 5 * DAY, 7);
    person.answer(at(5 * DAY + 400), Answer::Me);
    person.until(at(70 * DAY));
    assert_eq!(reminded(&person), [7, 30, 60], "the first, and it alone");
}

#[test]
fn a_notice_is_not_brought_to_mind() {
    let mut person = Person::live();
    gifts(&mut person, 0, 2);
    assert_eq!(person.last().severity, Severity::Notice);
    person.until(at(61 * DAY));
    assert!(matches!(person.last().status, Status::Closed { .. }));
    assert!(reminded(&person).is_empty());
    let told = |alert: &mailward::engine::alert::Alert| alert.reason == Reason::StatementReminder;
    assert!(!person.alerts.iter().any(told));
}

#[test]
fn a_lone_code_is_a_question_about_the_newest_of_them() {
    let mut person = Person::live();
    person.mail(code("one", at(0), CodePurpose::SignIn));
    let asked = |person: &Person| match &person.alerts.last().unwrap().subject {
        Subject::Question(question) => (question.asked_about, question.service.clone()),
        other => panic!("{other:?}"),
    };
    assert_eq!(asked(&person), (at(0), "amazon".to_owned()));
    assert_eq!(person.alerts[0].reason, Reason::Question);
    person.mail(of("rakuten", code("two", at(4_000), CodePurpose::SignIn)));
    assert_eq!(asked(&person), (at(4_000), "rakuten".to_owned()));
}

#[test]
fn what_is_more_than_a_question_is_told_as_an_incident_though_a_code_is_the_newest() {
    let mut person = Person::live();
    gifts(&mut person, 0, 3);
    let rung = person.alerts.len();
    person.mail(code("code", at(300), CodePurpose::SignIn));
    person.until(at(900));
    assert!(person.alerts.len() > rung);
    for alert in &person.alerts {
        let is_question = matches!(alert.subject, Subject::Question(_));
        assert_eq!(is_question, alert.severity == Severity::Info, "{alert:?}");
    }
}

#[test]
fn an_alert_names_the_shop_with_the_orders_first_and_its_site() {
    let mut person = Person::live();
    person.mail(of("rakuten", code("code", at(0), CodePurpose::SignIn)));
    gifts(&mut person, 40, 3);
    assert_eq!(facts(&person).service, "amazon");
    let sites: Vec<(&str, &str)> = facts(&person)
        .sites
        .iter()
        .map(|(service, site)| (service.as_str(), site.as_str()))
        .collect();
    assert_eq!(sites, [("amazon", "amazon.co.jp")]);
}

#[test]
fn a_flood_makes_the_alert_name_the_orders_that_it_buries() {
    let mut person = Person::live();
    gifts(&mut person, 0, 2);
    // Each from somebody else.
    for mail in 0..60_u32 {
        let moment = at(60 + i64::from(mail) * 2);
        person.give(
            moment,
            Input::Arrived {
                at: moment,
                sender: 1_000 + mail,
            },
        );
    }
    gifts(&mut person, 200, 1);
    let reasons = &person.last().reasons;
    assert!(reasons.iter().any(|it| it.rule == Reason::MailFlood));
    assert_eq!(
        facts(&person).named_orders,
        [
            "250-0000000-0000000",
            "250-0000000-0000001",
            "250-0000000-0000005"
        ]
    );
}

#[test]
fn an_order_that_was_cancelled_and_charged_all_the_same_is_a_contradiction() {
    let mut person = Person::live();
    gifts(&mut person, 0, 3);
    person.mail(cancellation(0, at(200), CancelledBy::Merchant));
    let states = |person: &Person| -> Vec<(OrderState, bool)> {
        let lines = &person.last().order_list;
        lines
            .iter()
            .map(|line| (line.state, line.contradiction))
            .collect()
    };
    let open = (OrderState::NoCancellationSeen, false);
    assert_eq!(
        states(&person),
        [(OrderState::Cancelled, false), open, open]
    );
    for number in 0..3 {
        let charge = CardCharge {
            amount: yen(2_500),
            shop: Some("amazon".to_owned()),
            charged_at: Some(at(number * 40)),
        };
        let name = format!("charge-{number}");
        let mail = signal(&name, at(300 + number), SignalKind::CardCharge(charge));
        person.mail(of("card", mail));
    }
    let charged = (OrderState::Charged, false);
    assert_eq!(
        states(&person),
        [(OrderState::Charged, true), charged, charged]
    );
}

#[test]
fn the_same_mail_again_counts_by_its_better_witness() {
    let mut person = Person::live();
    person.mail(unverified(order(1, at(0), Item::GiftCard, yen(2_500))));
    person.mail(unverified(order(2, at(40), Item::GiftCard, yen(2_500))));
    assert!(!person.last().verified);
    let told = person.incidents.len();
    person.mail(unverified(order(2, at(40), Item::GiftCard, yen(2_500))));
    assert_eq!(person.incidents.len(), told, "it says nothing new");
    person.mail(order(2, at(40), Item::GiftCard, yen(2_500)));
    assert!(person.last().verified);
    person.mail(unverified(order(2, at(40), Item::GiftCard, yen(2_500))));
    assert!(person.last().verified, "a worse witness takes nothing away");
}
