//! `mailward incidents report`: every form of it, where it goes, and what a ticked step and the years do to it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use jiff::{SignedDuration, Timestamp};
use mailward::engine::alert::Subject;
use mailward::engine::correlator::Input;
use mailward::engine::incident::Status;
use mailward::io::store::Store;

use crate::house::House;

/// A form's name, and how it begins.
const FORMS: [(&str, &str); 4] = [
    ("html", "<!DOCTYPE html>"),
    ("markdown", "# Amazon: 7 orders"),
    ("csv", "\u{feff}No.,Service,"),
    ("json", "{"),
];

#[test]
fn every_form_goes_to_stdout_or_into_a_file_for_the_person_alone() {
    let mut house = House::with_mails(16, SignedDuration::from_secs(20));
    let id = house.incident().id.0;
    for daemon in [false, true] {
        if daemon {
            house.start();
        }
        for (form, beginning) in FORMS {
            let report = ["incidents", "report", &id, "--format", form];
            let printed = house.run(&report).fine();
            assert!(printed.starts_with(beginning), "{form}: {printed}");
            assert!(printed.contains("503-"), "{form}: an order number");

            let file = house.folder.path().join(format!("report.{form}"));
            // Whoever could read what was there before reads nothing of this.
            fs::write(&file, "before").unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
            let output = file.to_str().unwrap();
            let written = [&report[..], &["--output", output]].concat();
            assert_eq!(house.run(&written).fine(), "", "{form}");
            let mode = fs::metadata(&file).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{form}");
            let text = fs::read_to_string(&file).unwrap();
            assert!(text.starts_with(beginning), "{form}: {text}");
            assert!(
                text.ends_with(printed.get(printed.len() - 20..).unwrap()),
                "{form}"
            );
        }
    }
    let page = house.run(&["incidents", "report", &id]).fine();
    assert!(page.starts_with("<!DOCTYPE html>"), "a page by itself");
}

#[test]
fn a_report_of_nothing_or_to_nowhere_says_what_to_do() {
    let house = House::with_mails(16, SignedDuration::from_secs(20));
    let id = house.incident().id.0;
    let file = house.folder.path().join("report.html");
    let output = file.to_str().unwrap();
    let unknown = house.run(&["incidents", "report", "zzzzzz", "--output", output]);
    let known = house.run(&["incidents", "show", "zzzzzz"]);
    assert_eq!(unknown.code(), known.code());
    let said = unknown.stderr();
    assert!(
        said.starts_with("error: there is no incident \"zzzzzz\"\nhint: open: ")
            && said.contains(&id),
        "{said}"
    );
    assert!(!file.exists());
    let nowhere = house.folder.path().join("absent/report.html");
    let nowhere = nowhere.to_str().unwrap();
    let said = house
        .run(&["incidents", "report", &id, "--output", nowhere])
        .failed(74);
    assert!(
        said.contains(&format!("{nowhere}: the report cannot be written"))
            && said.contains("leave --output out"),
        "{said}"
    );
}

/// The next step that the newest alert names.
fn next_step(house: &House) -> String {
    let reader = Store::open_read_only(&house.state_file()).unwrap();
    let alerts = reader.alerts(0, 1_000).unwrap();
    let (_, alert) = alerts.into_iter().next_back().unwrap();
    let Subject::Incident(facts) = alert.subject else {
        panic!("{:?}", alert.subject);
    };
    facts.next_step
}

#[test]
fn a_ticked_step_is_not_the_next_one_of_the_next_alert() {
    for ticked in [
        &[][..],
        &["call-card-issuer"],
        &["call-card-issuer", "change-password"],
    ] {
        let house = House::with_mails(6, SignedDuration::from_secs(20));
        let id = house.incident().id.0;
        assert_eq!(next_step(&house), "call-card-issuer");
        for step in ticked {
            house.run(&["incidents", "done", &id, step]).fine();
        }
        let alerts = house.alerts();
        house.run(&["answer", &id, "not-me"]).fine();
        assert_eq!(house.alerts(), alerts + 1);
        let next = match ticked.len() {
            0 => "call-card-issuer",
            1 => "change-password",
            _ => "sign-out-everywhere",
        };
        assert_eq!(next_step(&house), next);
    }
}

#[test]
fn an_incident_whose_mails_are_forgotten_keeps_its_orders_whatever_is_said_later() {
    let hours = SignedDuration::from_hours;
    let house = House::with_mails(16, hours(20 * 24));
    let id = house.incident().id;
    let now = Timestamp::now();
    house.happened(
        now - hours(19 * 24),
        Input::Closed {
            incident: id.clone(),
        },
    );
    house.happened(
        now - hours(24),
        Input::Outlived {
            before: now - hours(9 * 24),
        },
    );
    let before = house.incident();
    assert!(matches!(before.status, Status::Closed { .. }));
    assert_eq!(before.order_list.len(), 7);

    house
        .run(&["incidents", "done", &id.0, "statements"])
        .fine();
    let ticked = house.incident();
    assert_eq!(ticked.order_list, before.order_list);
    assert!(ticked.steps_done.contains("statements"));

    let late = house.run(&["answer", &id.0, "not-me"]);
    assert!(
        late.stdout()
            .contains("was closed too long ago to be opened again"),
        "{}{}",
        late.stdout(),
        late.stderr()
    );
    assert_eq!(house.incident(), ticked);
}
