//! Answers come to the same whichever way they come, and say what they did.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use mailward::config::parse;
use mailward::daemon::ledger;
use mailward::daemon::people::People;
use mailward::engine::correlator::Input;
use mailward::engine::incident::{Answer, Closing, Incident, Severity, Status};
use mailward::io::store::Store;
use mailward::io::store::change::Change;
use regex::Regex;

use crate::house::House;

/// An incident without the moments at which things were done to it.
fn timeless(mut incident: Incident) -> Incident {
    for change in &mut incident.severity_history {
        change.at = Timestamp::UNIX_EPOCH;
    }
    for (at, _) in &mut incident.answers {
        *at = Timestamp::UNIX_EPOCH;
    }
    if let Status::Closed { at, .. } = &mut incident.status {
        *at = Timestamp::UNIX_EPOCH;
    }
    incident
}

/// A minute may begin between two commands.
fn timeless_words(said: &str) -> String {
    let time = Regex::new(r"\d\d:\d\d").unwrap();
    time.replace_all(said, "HH:MM").into_owned()
}

/// A copy of the state as another house's.
fn twin(house: &House) -> House {
    let twin = House::new();
    for name in ["mailward.db", "mailward.db-wal"] {
        let from = house.state_folder().join(name);
        if from.exists() {
            std::fs::copy(from, twin.state_folder().join(name)).unwrap();
        }
    }
    twin
}

#[test]
fn the_same_incident_comes_of_it_with_and_without_a_daemon() {
    // Two orders of twenty hours after the codes: a notice.
    let origin = House::with_mails(6, SignedDuration::from_secs(20));
    let id = origin.incident().id.0;
    assert_eq!(origin.incident().severity, Severity::Notice);
    let deeds: [&[&[&str]]; 6] = [
        &[&["answer", &id, "me"]],
        &[&["answer", &id, "not-me"]],
        &[&["answer", &id, "unsure"], &["answer", &id, "not-me"]],
        &[&["answer", &id, "me"], &["answer", &id, "not-me"]],
        &[
            &["incidents", "done", &id, "call-card-issuer"],
            &["incidents", "close", &id],
            &["incidents", "done", &id, "police"],
        ],
        &[&["expect", "amazon"], &["answer", &id, "unsure"]],
    ];
    let mut outcomes = BTreeMap::new();
    for deed in deeds {
        let mut online = twin(&origin);
        let offline = twin(&origin);
        online.start();
        for arguments in deed {
            let said = online.run(arguments).fine();
            let alone = offline.run(arguments).fine();
            assert_eq!(
                timeless_words(&alone),
                timeless_words(&said),
                "{arguments:?}"
            );
        }
        online.stop();
        let incident = timeless(online.incident());
        assert_eq!(timeless(offline.incident()), incident, "{deed:?}");
        assert_eq!(offline.alerts(), online.alerts(), "{deed:?}");
        outcomes.insert(format!("{deed:?}"), format!("{incident:?}"));
    }
    let different: std::collections::BTreeSet<&String> = outcomes.values().collect();
    assert_eq!(different.len(), 6, "each deed has an outcome of its own");
}

#[test]
fn an_alert_that_an_answer_rings_without_a_daemon_waits_for_its_start() {
    let mut house = House::with_mails(6, SignedDuration::from_secs(20));
    let id = house.incident().id.0;
    let before = house.alerts();
    house.run(&["answer", &id, "not-me"]).fine();
    assert_eq!(house.incident().severity, Severity::Critical);
    assert_eq!(house.alerts(), before + 1);
    house.start();
    house.until(|| house.log().contains(" critical [amazon]"));
}

#[test]
fn each_answer_says_what_follows_in_both_languages() {
    let house = House::with_mails(6, SignedDuration::from_secs(20));
    let id = house.incident().id.0;
    let unsure = house.run(&["answer", &id, "unsure"]).fine();
    assert!(
        unsure.contains("you are not sure") && unsure.contains("Amazon"),
        "{unsure}"
    );
    let not_me = house.run(&["answer", &id, "not-me"]).fine();
    assert!(
        not_me.contains("this was not you")
            && not_me.contains("First call Example Card (0120-000-000)")
            && not_me.contains(&format!("mailward incidents show {id}")),
        "{not_me}"
    );
    let me = house.run(&["answer", &id, "me"]).fine();
    assert_eq!(
        me,
        format!("Thank you: {id} is closed. What you were shown counts as your own from now on.\n")
    );
    let again = house.run(&["--lang", "ja", "answer", &id, "me"]).fine();
    assert_eq!(
        again,
        format!("変更はありません。{id}はすでに閉じています。\n")
    );
    let reopened = house.run(&["--lang", "ja", "answer", &id, "not-me"]).fine();
    assert!(
        reopened.starts_with(&format!(
            "閉じていた{id}を、もう一度開きました。\n「自分ではない」と記録しました。"
        )),
        "{reopened}"
    );
    assert!(
        reopened.contains("まずExample Card(0120-000-000)に電話"),
        "{reopened}"
    );
}

#[test]
fn an_answer_that_comes_too_late_says_so_and_fails() {
    let house = House::with_mails(6, SignedDuration::from_mins(40));
    let id = house.incident().id;
    house.happened(
        Timestamp::now() - SignedDuration::from_mins(11),
        Input::Answered {
            incident: id.clone(),
            answer: Answer::NotMe,
        },
    );
    let late = house.run(&["answer", &id.0, "me"]);
    assert_eq!(late.code(), 65);
    assert!(
        late.stdout()
            .starts_with("Nothing changed: \"not me\" was answered more than ten minutes ago")
            && late
                .stdout()
                .contains(&format!("mailward incidents close {id}")),
        "{}",
        late.stdout()
    );
    assert_eq!(house.incident().status, Status::Open);
    // Within the ten minutes it is taken back.
    let house = House::with_mails(6, SignedDuration::from_mins(40));
    house.happened(
        Timestamp::now() - SignedDuration::from_mins(9),
        Input::Answered {
            incident: id.clone(),
            answer: Answer::NotMe,
        },
    );
    house.run(&["answer", &house.incident().id.0, "me"]).fine();
    assert!(matches!(house.incident().status, Status::Closed { .. }));
}

#[test]
fn an_unknown_incident_is_refused_with_the_open_ones_at_hand() {
    let mut house = House::with_mails(6, SignedDuration::from_secs(20));
    let id = house.incident().id.0;
    for daemon in [false, true] {
        if daemon {
            house.start();
        }
        for arguments in [
            &["answer", "zzzzzz", "me"][..],
            &["incidents", "show", "zzzzzz"],
            &["incidents", "close", "zzzzzz"],
            &["incidents", "done", "zzzzzz", "police"],
        ] {
            let said = house.run(arguments).failed(65);
            assert_eq!(
                said,
                format!(
                    "error: there is no incident \"zzzzzz\"\nhint: open: {id} (notice, amazon)\n"
                )
            );
        }
        let said = house.run(&["incidents", "done", &id, "panic"]).failed(65);
        assert!(
            said.contains("hint: the steps are call-card-issuer, change-password"),
            "{said}"
        );
        // As a person may type it.
        house
            .run(&["incidents", "show", &format!(" {} ", id.to_uppercase())])
            .fine();
    }
}

#[test]
fn a_code_that_was_expected_a_moment_too_late_is_answered_by_it() {
    let house = House::with_mails(1, SignedDuration::from_secs(20));
    let asked = house.incident();
    assert_eq!(asked.status, Status::Open);
    let said = house.run(&["expect", "amazon"]).fine();
    assert!(
        said.ends_with(&format!("This also answers the question {}.\n", asked.id)),
        "{said}"
    );
    let closed = house.incident().status;
    assert!(
        matches!(
            closed,
            Status::Closed {
                why: Closing::Acknowledged,
                ..
            }
        ),
        "{closed:?}"
    );
}

#[test]
fn a_step_of_a_closed_incident_can_still_be_ticked_off() {
    let house = House::with_mails(15, SignedDuration::from_secs(20));
    let id = house.incident().id.0;
    house.run(&["incidents", "close", &id]).fine();
    let before = house.incident();
    let said = house.run(&["incidents", "done", &id, "statements"]).fine();
    assert!(said.starts_with("Ticked off: "), "{said}");
    let said = house.run(&["incidents", "done", &id, "statements"]).fine();
    assert!(said.starts_with("Already ticked off: "), "{said}");
    let mut after = house.incident();
    assert!(after.steps_done.remove("statements"));
    assert_eq!(after, before, "nothing else changed");
    let said = house.run(&["incidents", "close", &id]).fine();
    assert_eq!(said, format!("Nothing changed: {id} is closed already.\n"));
}

/// The correlator lets go of old mails, so its picture of a closed incident may have lost orders by then.
#[test]
fn a_record_that_comes_with_a_step_stands_whatever_the_correlator_still_knows() {
    let house = House::with_mails(16, SignedDuration::from_mins(5));
    let id = house.incident().id;
    house.run(&["incidents", "close", &id.0]).fine();
    let mut record = house.incident();
    record.orders = 99;
    let now = Timestamp::now();
    let config = parse::load(&house.config()).unwrap();
    let (store, _) = Store::open(&house.state_file(), now).unwrap();
    let mut people = People::restore(&config, &store).unwrap();
    let mut change = Change {
        incidents: vec![record.clone()],
        ..Change::default()
    };
    let input = Input::StepDone {
        incident: id,
        step: "statements".to_owned(),
    };
    ledger::enter(&mut people, "me", now, vec![input], &mut change, |_| {
        Vec::new()
    });
    assert_eq!(change.incidents, [record]);
    assert_eq!(change.inputs.len(), 1, "the correlator was told");
}
