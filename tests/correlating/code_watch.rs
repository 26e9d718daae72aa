//! What codes and sign-ins that nobody asked for are worth, one piece of evidence after the other.

use super::signals::{Person, at, noon, order, sign_in, signal};
use jiff::Timestamp;
use mailward::engine::correlator::Input;
use mailward::engine::given::Given;
use mailward::engine::incident::{Answer, Reason, Severity};
use mailward::engine::signal::{Code, CodePurpose, Item, SignInOutcome, Signal, SignalKind};

const DAY: i64 = 86_400;

/// A sign-in code of somebody who knows the password, from a place: worth two points by itself.
fn knowing(name: &str, at: Timestamp, origin: Option<&str>) -> Signal {
    signal(
        name,
        at,
        SignalKind::OneTimeCode(Code {
            purpose: CodePurpose::SignIn,
            knows_password: true,
            origin: origin.map(str::to_owned),
        }),
    )
}

/// What the open incident says that its codes are worth.
fn given(person: &Person) -> Vec<(Given, i64)> {
    let reasons = &person.last().reasons;
    let codes = reasons.iter().filter(|it| it.rule == Reason::CodeWatch);
    codes
        .flat_map(|reason| &reason.parts)
        .map(|part| (part.given, i64::try_from(part.points).unwrap()))
        .collect()
}

/// Somebody who has claimed a code from Osaka.
fn at_home_in_osaka() -> Person {
    let mut person = Person::scanned();
    person.mail(knowing("own", at(-20 * DAY), Some("Osaka")));
    person.answer(at(-20 * DAY + 60), Answer::Me);
    person
}

#[test]
fn a_failed_sign_in_counts_before_a_code_and_not_behind_it() {
    let failed = |name, seconds| sign_in(name, at(seconds), SignInOutcome::Attempted);
    let mut before = Person::scanned();
    before.mail(failed("failed", 0));
    before.mail(knowing("code", at(600), None));
    assert_eq!(before.last().severity, Severity::Notice);
    assert_eq!(
        given(&before),
        [(Given::KnowsPassword, 2), (Given::FailedSignIn, 2)]
    );
    let mut behind = Person::scanned();
    behind.mail(knowing("code", at(0), None));
    behind.mail(failed("failed", 600));
    assert_eq!(behind.loudest(), Some(Severity::Info));
    let mut blocked = Person::scanned();
    blocked.mail(sign_in("blocked", at(0), SignInOutcome::Blocked));
    blocked.mail(knowing("code", at(600), None));
    assert_eq!(blocked.last().severity, Severity::Notice);
}

#[test]
fn three_codes_count_within_a_quarter_of_an_hour_and_not_at_its_end() {
    let loudest = |last: i64| {
        let mut person = Person::scanned();
        for (number, seconds) in [0, 450, last].into_iter().enumerate() {
            person.mail(knowing(&format!("code-{number}"), at(seconds), None));
        }
        person.loudest()
    };
    assert_eq!(loudest(899), Some(Severity::Notice));
    assert_eq!(loudest(900), Some(Severity::Info));
}

#[test]
fn a_new_device_counts_within_half_an_hour_of_the_code_it_follows() {
    let given_at = |seconds: i64| {
        let mut person = Person::scanned();
        person.mail(knowing("code", at(0), None));
        person.mail(sign_in("device", at(seconds), SignInOutcome::NewDevice));
        person.last().severity
    };
    assert!(given_at(1_800) > given_at(1_801));
}

#[test]
fn the_usual_place_takes_a_point_and_another_place_gives_one() {
    let of = |places: &[&str]| {
        let mut person = at_home_in_osaka();
        person.mail(sign_in("failed", at(0), SignInOutcome::Attempted));
        for (number, place) in places.iter().enumerate() {
            let seconds = 600 + 1_000 * i64::try_from(number).unwrap();
            person.mail(knowing(&format!("code-{number}"), at(seconds), Some(place)));
        }
        given(&person)
    };
    let both = [(Given::KnowsPassword, 2), (Given::FailedSignIn, 2)];
    assert_eq!(
        of(&["Osaka"]),
        [&both[..], &[(Given::UsualPlace, -1)]].concat()
    );
    assert_eq!(
        of(&["Lagos"]),
        [&both[..], &[(Given::OtherPlace, 1)]].concat()
    );
    assert_eq!(
        of(&["Osaka", "Lagos"]),
        [&both[..], &[(Given::OtherPlace, 1)]].concat(),
        "the usual place does not speak for a code from elsewhere"
    );
}

#[test]
fn orders_in_between_do_not_take_a_code_out_of_sight() {
    let mut person = Person::scanned();
    person.mail(sign_in("failed", at(0), SignInOutcome::Attempted));
    for number in 1..=20 {
        let mut order = order(number, at(i64::from(number)), Item::Physical, None);
        order.service = format!("shop-{number}.example");
        person.mail(order);
    }
    person.mail(knowing("code", at(600), None));
    assert_eq!(
        given(&person),
        [(Given::KnowsPassword, 2), (Given::FailedSignIn, 2)]
    );
}

#[test]
fn a_warning_from_codes_waits_five_minutes_for_an_answer() {
    let mut person = Person::live();
    person.mail(sign_in("failed", at(-60), SignInOutcome::Attempted));
    person.mail(knowing("code", at(0), None));
    let reset = signal(
        "reset",
        at(60),
        SignalKind::OneTimeCode(Code {
            purpose: CodePurpose::PasswordReset,
            knows_password: false,
            origin: None,
        }),
    );
    person.mail(reset);
    assert_eq!(person.last().severity, Severity::Notice);
    person.until(at(359));
    assert_eq!(person.last().severity, Severity::Notice);
    person.until(at(360));
    assert_eq!(person.last().severity, Severity::Warning);
}

#[test]
fn what_does_not_ring_is_in_the_record_all_the_same() {
    let mut person = Person::scanned();
    let mut silent = 0;
    for number in 1..=7 {
        let rung = person.alerts.len();
        let gift = order(number, at(i64::from(number) * 40), Item::GiftCard, None);
        person.mail(gift);
        if number > 1 {
            assert_eq!(person.last().orders, number);
            let open = person.correlator.open_incident(&person.options);
            assert_eq!(open.as_ref(), Some(person.last()));
        }
        silent += usize::from(number > 1 && person.alerts.len() == rung);
    }
    assert!(silent > 0, "each of them rang");
    assert_eq!(person.correlator.held(), 7);
}

#[test]
fn the_folders_of_a_catch_up_are_named_until_it_ends() {
    let mut person = Person::live();
    let folder = "home/INBOX".to_owned();
    let began = Input::CatchUpBegan {
        folder: folder.clone(),
    };
    person.give(noon(), began);
    let named: Vec<&str> = person.correlator.catching_up().collect();
    assert_eq!(named, ["home/INBOX"]);
    person.give(at(1), Input::CatchUpEnded { folder });
    assert_eq!(person.correlator.catching_up().count(), 0);
}
