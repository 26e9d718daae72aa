//! `scan --learn`: what is learned is shown, stored with and without a daemon, and lasts.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use mailward::config::parse;
use mailward::daemon::people::People;
use mailward::engine::baseline::Baseline;
use mailward::engine::order_burst::WINDOWS;
use mailward::engine::points::Points;
use mailward::io::control::client::Client;
use mailward::io::control::protocol::{RefusalKind, Request};
use mailward::io::store::Store;
use serde_json::Value;

use crate::house::{House, USER, account};

/// The confirmation of an order of goods, as a mail of an mbox.
fn order(number: usize, at: Timestamp, message_id: &str) -> String {
    let date = at.strftime("%a, %d %b %Y %H:%M:%S +0000");
    let arrived = at.strftime("%a %b %e %H:%M:%S %Y");
    format!(
        "From MAILER-DAEMON {arrived}\n\
         Authentication-Results: mx.example.com; dmarc=pass header.from=amazon.com\n\
         From: Amazon.com <auto-confirm@amazon.com>\nTo: {USER}\n\
         Subject: Your Amazon.com order #112-3344556-{number:07}\nDate: {date}\n\
         Message-ID: <{message_id}>\n\n\
         Hello Hanako,\nThank you for your order. We will let you know once it ships.\n\n\
         Order #112-3344556-{number:07}\nOrder Total: ${}.31\nArriving: Monday, November 23\n\n",
        number + 20
    )
}

/// Every third day up to yesterday three orders, four minutes apart; the first ones with these Message-IDs.
fn history(house: &House, visits: usize, message_ids: &[String]) -> PathBuf {
    let mut text = String::new();
    for number in 0..visits * 3 {
        let days = i64::try_from(3 * (visits - number / 3)).unwrap();
        let minutes = i64::try_from(number % 3 * 4).unwrap();
        let at = Timestamp::now() - SignedDuration::from_hours(24 * days)
            + SignedDuration::from_mins(minutes);
        let own = format!("order-{number}@amazon.com");
        let message_id = message_ids.get(number).unwrap_or(&own);
        write!(text, "{}", order(number, at, message_id)).unwrap();
    }
    let path = house.folder.path().join("history.mbox");
    fs::write(&path, text).unwrap();
    path
}

fn stored(house: &House) -> Option<Baseline> {
    let config = parse::load(&house.config()).unwrap();
    let (store, _) = Store::open(&house.state_file(), Timestamp::now()).unwrap();
    People::restore(&config, &store).unwrap().baseline_of("me")
}

fn learned_line(text: &str) -> Value {
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.last().unwrap()["type"], "summary");
    let [line] = lines
        .iter()
        .filter(|line| line["type"] == "learned")
        .cloned()
        .collect::<Vec<_>>()
        .try_into()
        .unwrap();
    line
}

/// The thresholds of ten minutes.
fn ten_minutes(baseline: Option<Baseline>) -> Option<(Points, Points)> {
    baseline.map(|baseline| baseline.thresholds[0])
}

const RAISED: Option<(Points, Points)> = Some((Points::whole(4), Points::whole(6)));

#[test]
fn what_is_learned_without_a_daemon_is_shown_stored_and_kept_by_the_daemon() {
    let mut house = House::new();
    let history = history(&house, 30, &[]);
    let path = history.to_str().unwrap();
    let said = house.run(&["scan", "--learn", path]).fine();
    for part in [
        "History: 90 orders, 90 of them known to be goods, ",
        " (87 days).\n",
        "Window  Ordinary  Notice from  Warning from\n10 min  3         3 -> 4       5 -> 6\n60 min  3         6            9\n24 h    3         12           18\n",
        "Stored: these thresholds hold for me from now on.\n",
        "Gift cards, digital goods and codes ring as before.\n",
    ] {
        assert!(said.contains(part), "{part:?} is not in\n{said}");
    }
    assert_eq!(ten_minutes(stored(&house)), RAISED);
    // A daemon that starts and stops, then one that is killed.
    house.start();
    house.stop();
    assert_eq!(ten_minutes(stored(&house)), RAISED);
    house.start();
    house.kill();
    assert_eq!(ten_minutes(stored(&house)), RAISED);
    let again = house.run(&["--lang", "ja", "scan", "--learn", path]).fine();
    for part in [
        "履歴: 注文90件(うち、届く品物とわかるもの90件)、",
        "10分    3             4               6\n",
        "変更はありません。ふだんの買い方は、いまの基準に収まっています。",
    ] {
        assert!(again.contains(part), "{part:?} is not in\n{again}");
    }
}

#[test]
fn what_is_learned_while_the_daemon_runs_outlives_its_kill() {
    let mut house = House::new();
    let history = history(&house, 30, &[]);
    house.start();
    let path = history.to_str().unwrap();
    let said = house
        .run(&["scan", "--learn", "--format", "jsonl", path])
        .fine();
    let line = learned_line(&said);
    assert_eq!(
        (
            &line["person"],
            &line["orders"],
            &line["goods"],
            &line["days"]
        ),
        (
            &Value::from("me"),
            &Value::from(90),
            &Value::from(90),
            &Value::from(87)
        )
    );
    assert_eq!(
        (&line["stored"], &line["left_out"]),
        (&Value::from(true), &Value::from(0))
    );
    assert_eq!(
        line["windows"][0],
        serde_json::json!({"minutes": 10, "ordinary": 3.0,
            "notice": {"from": 3.0, "to": 4.0}, "warning": {"from": 5.0, "to": 6.0}})
    );
    house.kill();
    assert_eq!(ten_minutes(stored(&house)), RAISED);
}

#[test]
fn a_short_history_changes_nothing_and_makes_no_state() {
    let house = House::new();
    let history = history(&house, 9, &[]);
    let path = history.to_str().unwrap();
    let said = house.run(&["scan", "--learn", path]).fine();
    assert!(
        said.contains("History: 27 orders, 27 of them known to be goods, ")
            && said.contains("Nothing changes: 60 days and 30 orders are needed")
            && !said.contains("Window"),
        "{said}"
    );
    assert!(!house.state_file().exists());
    let line = learned_line(
        &house
            .run(&["scan", "--learn", "--format", "jsonl", path])
            .fine(),
    );
    assert_eq!(line["stored"], false);
    assert_eq!(
        line["windows"][0]["notice"],
        serde_json::json!({"from": 3.0, "to": 3.0})
    );
}

#[test]
fn mails_of_incidents_that_were_not_the_persons_are_left_out() {
    let mut house = House::with_mails(6, SignedDuration::from_secs(20));
    let incident = house.incident();
    assert!(incident.messages.len() > 1);
    let history = history(&house, 30, &incident.messages);
    let path = history.to_str().unwrap();
    let count = |house: &House| {
        learned_line(
            &house
                .run(&["scan", "--learn", "--format", "jsonl", path])
                .fine(),
        )
    };
    let before = count(&house);
    assert_eq!(
        (&before["orders"], &before["left_out"]),
        (&Value::from(90), &Value::from(0))
    );
    house.run(&["answer", &incident.id.0, "not-me"]).fine();
    for daemon in [false, true] {
        if daemon {
            house.start();
        }
        let after = count(&house);
        assert_eq!(after["left_out"], incident.messages.len());
        assert_eq!(after["orders"], 90 - incident.messages.len());
    }
    let said = house.run(&["scan", "--learn", path]).fine();
    assert!(
        said.contains("of incidents that were answered \"not me\".\n"),
        "{said}"
    );
}

#[test]
fn thresholds_that_no_history_can_teach_are_refused() {
    let mut house = House::new();
    house.start();
    let mut client = Client::connect(&[house.socket()]).unwrap().unwrap();
    let at = Timestamp::now();
    let mut baseline = Baseline {
        since: at,
        until: at,
        orders: 1_000,
        thresholds: WINDOWS.map(|window| (window.notice, window.warning)),
    };
    baseline.thresholds[0].0 = Points::whole(1_000);
    let request = Request::Learn {
        baseline,
        person: None,
    };
    let refusal = client.ask(&request).unwrap().unwrap_err();
    assert_eq!(refusal.kind, RefusalKind::Unknown);
    house.stop();
    assert_eq!(stored(&house), None);
}

#[test]
fn whose_history_it_is_must_be_said_where_several_are_watched() {
    let house = House::new();
    let person = |name: &str| account(name, 1, &format!("person = \"{name}\"\n"));
    house.configure(&format!("{}{}", person("hanako"), person("taro")));
    let history = history(&house, 30, &[]);
    let path = history.to_str().unwrap();
    let said = house.run(&["scan", "--learn", path]).failed(64);
    assert!(
        said.contains("\nhint: name an account of that person with --account"),
        "{said}"
    );
    house
        .run(&["scan", "--learn", "--account", "taro", path])
        .fine();
    let config = parse::load(&house.config()).unwrap();
    let (store, _) = Store::open(&house.state_file(), Timestamp::now()).unwrap();
    let people = People::restore(&config, &store).unwrap();
    assert_eq!(ten_minutes(people.baseline_of("taro")), RAISED);
    assert_eq!(people.baseline_of("hanako"), None);
}
