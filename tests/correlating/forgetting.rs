//! What is left of a person when something is forgotten.

use std::collections::BTreeSet;

use super::signals::{Person, at, code, of, order, yen};
use mailward::engine::correlator::Input;
use mailward::engine::forgetting::Forgetting;
use mailward::engine::incident::{Answer, IncidentId, Reason, Severity, Status};
use mailward::engine::signal::{CodePurpose, Item};

/// Somebody with a claimed code of Amazon, and announcements at two services.
fn somebody() -> Person {
    let mut person = Person::live();
    person.mail(code("claimed", at(0), CodePurpose::SignIn));
    person.answer(at(60), Answer::Me);
    for service in ["amazon", "rakuten"] {
        let announced = Input::Expected {
            service: service.to_owned(),
            until: at(4_000),
            orders: false,
        };
        person.give(at(3_900), announced);
    }
    person
}

/// Somebody with a claimed code, and its incident.
fn claimed() -> (Person, IncidentId) {
    let mut person = Person::live();
    person.mail(code("code", at(0), CodePurpose::SignIn));
    person.answer(at(60), Answer::Me);
    let incident = person.last().id.clone();
    (person, incident)
}

fn nothing() -> BTreeSet<IncidentId> {
    BTreeSet::new()
}

#[test]
fn a_service_is_forgotten_with_its_announcements_and_no_other() {
    let mut person = somebody();
    person.mail(of("rakuten", code("kept", at(3_905), CodePurpose::SignIn)));
    assert_eq!(person.correlator.held(), 2);
    let amazon = Forgetting::Service("amazon".to_owned());
    person.correlator.forget(&amazon, &nothing());
    assert_eq!(person.correlator.held(), 1);
    let before = person.alerts.len();
    person.mail(of("rakuten", code("more", at(3_910), CodePurpose::SignIn)));
    assert_eq!(person.alerts.len(), before, "that one is still announced");
    person.mail(code("asked", at(3_915), CodePurpose::SignIn));
    assert_eq!(person.alerts.len(), before + 1);
}

#[test]
fn what_happened_before_a_moment_is_forgotten_and_announcements_stay() {
    let mut person = somebody();
    assert!(person.correlator.holds_of_before(at(1)));
    assert!(!person.correlator.holds_of_before(at(-1)));
    person
        .correlator
        .forget(&Forgetting::Before(at(1)), &nothing());
    assert_eq!(person.correlator.held(), 0);
    assert!(!person.correlator.holds_of_before(at(1)));
    let before = person.alerts.len();
    person.mail(code("announced", at(3_910), CodePurpose::SignIn));
    assert_eq!(person.alerts.len(), before);
}

#[test]
fn what_is_going_on_stays_when_all_is_forgotten() {
    let mut person = somebody();
    for number in 1..=3 {
        let gift = order(
            number,
            at(5_000 + i64::from(number) * 40),
            Item::GiftCard,
            yen(2_500),
        );
        person.mail(gift);
    }
    let folder = "home/INBOX".to_owned();
    person.give(at(5_200), Input::CatchUpBegan { folder });
    let open = person.correlator.open_incident(&person.options).unwrap();
    assert_eq!(open.severity, Severity::Warning);
    assert_eq!(person.correlator.open_members().len(), 3);
    assert!(!person.correlator.holds_of_before(at(-1)));
    person.correlator.forget(&Forgetting::All, &nothing());
    assert_eq!(
        person.correlator.open_incident(&person.options),
        Some(open),
        "the open incident"
    );
    assert_eq!(person.correlator.held(), 3, "its mails and no others");
    assert_eq!(person.correlator.catching_up().count(), 1);
    assert!(
        !person.correlator.holds_of_before(at(9_000)),
        "what is open is not of before"
    );
}

#[test]
fn a_closed_incident_that_is_gone_cannot_be_disputed() {
    let dispute = |forgotten: bool| {
        let (mut person, closed) = claimed();
        if forgotten {
            let gone = BTreeSet::from([closed.clone()]);
            person.correlator.forget(&Forgetting::All, &gone);
        } else {
            // Another one goes.
            let gone = BTreeSet::from([IncidentId("other".to_owned())]);
            person
                .correlator
                .forget(&Forgetting::Service("rakuten".to_owned()), &gone);
        }
        let answer = Input::Answered {
            incident: closed,
            answer: Answer::NotMe,
        };
        person.give(at(120), answer);
        person.last().status == Status::Open
    };
    assert!(dispute(false));
    assert!(!dispute(true));
}

#[test]
fn what_was_outlived_is_forgotten_but_for_what_is_open() {
    let mut person = somebody();
    person.give(at(4_500), Input::Outlived { before: at(0) });
    assert_eq!(person.correlator.held(), 0);
    person.mail(code("open", at(5_000), CodePurpose::SignIn));
    person.mail(of("rakuten", code("later", at(9_000), CodePurpose::SignIn)));
    let open = person.correlator.open_members().len();
    person.give(at(9_100), Input::Outlived { before: at(9_050) });
    assert_eq!(person.correlator.held(), open);
    assert!(open > 0);
}

#[test]
fn an_incident_whose_mails_are_all_forgotten_is_not_opened_again() {
    let (mut person, closed) = claimed();
    let amazon = Forgetting::Service("amazon".to_owned());
    person.correlator.forget(&amazon, &nothing());
    let answer = Input::Answered {
        incident: closed,
        answer: Answer::NotMe,
    };
    person.give(at(120), answer);
    assert!(person.correlator.open_incident(&person.options).is_none());
}

#[test]
fn reminders_go_with_their_incident_and_no_others() {
    let reminded = |gone: bool| {
        let mut person = Person::live();
        for number in 1..=7 {
            let seconds = i64::from(number) * 40;
            person.mail(order(number, at(seconds), Item::GiftCard, yen(2_500)));
        }
        person.answer(at(400), Answer::NotMe);
        let incident = person.last().id.clone();
        let closed = Input::Closed {
            incident: incident.clone(),
        };
        person.give(at(500), closed);
        let incident = if gone {
            incident
        } else {
            IncidentId("other".to_owned())
        };
        person
            .correlator
            .forget(&Forgetting::All, &BTreeSet::from([incident]));
        person.until(at(61 * 86_400));
        let reminder = Reason::StatementReminder;
        person
            .alerts
            .iter()
            .filter(|it| it.reason == reminder)
            .count()
    };
    assert_eq!(reminded(true), 0);
    assert_eq!(reminded(false), 3);
}

#[test]
fn what_came_after_the_moment_is_not_outlived() {
    let mut person = Person::live();
    person.mail(order(1, at(0), Item::Physical, yen(1_980)));
    person.give(at(60), Input::Outlived { before: at(-1) });
    assert_eq!(person.correlator.held(), 1);
    person.give(at(70), Input::Outlived { before: at(0) });
    assert_eq!(person.correlator.held(), 0);
}

#[test]
fn what_is_done_about_a_closed_incident_is_kept_when_all_is_forgotten() {
    let (mut person, incident) = claimed();
    person.correlator.forget(&Forgetting::All, &nothing());
    let step = "change-password".to_owned();
    person.give(at(120), Input::StepDone { incident, step });
    assert!(person.last().steps_done.contains("change-password"));
}

/// The same life, in which all is forgotten in between or not.
fn the_same_either_way(live: impl Fn(&mut Person, &dyn Fn(&mut Person))) {
    let lived = |forgets: bool| {
        let mut person = Person::live();
        live(&mut person, &|person| {
            if forgets {
                person.correlator.forget(&Forgetting::All, &nothing());
            }
        });
        let rung = person.alerts.iter().map(|it| (it.at, it.severity));
        (rung.collect::<Vec<_>>(), person.incidents.last().cloned())
    };
    let (rung, incident) = lived(false);
    assert!(!rung.is_empty());
    assert_eq!(lived(true), (rung, incident));
}

fn gifts(person: &mut Person, from: i64) {
    for number in 1..=3 {
        let seconds = from + i64::from(number) * 40;
        person.mail(order(number, at(seconds), Item::GiftCard, yen(2_500)));
    }
}

#[test]
fn nothing_is_held_back_for_longer_because_all_was_forgotten() {
    the_same_either_way(|person, forgotten| {
        let folder = "home/INBOX".to_owned();
        person.give(at(0), Input::CatchUpBegan { folder });
        gifts(person, 0);
        forgotten(person);
        person.until(at(86_400));
    });
}

#[test]
fn a_screen_that_is_idle_still_is_when_all_was_forgotten() {
    the_same_either_way(|person, forgotten| {
        person.give(at(0), Input::Screen { idle: true });
        forgotten(person);
        person.mail(code("code", at(7_200), CodePurpose::SignIn));
        person.mail(code("more", at(7_300), CodePurpose::SignIn));
        person.mail(code("most", at(7_400), CodePurpose::SignIn));
    });
}
