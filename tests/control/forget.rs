//! `mailward forget`: what goes, what stays, and that the bytes are gone.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use jiff::{SignedDuration, Timestamp};
use mailward::config::parse;
use mailward::daemon::people::People;
use mailward::engine::correlator::Input;
use mailward::engine::cursor::Cursor;
use mailward::engine::signal::{
    GiftRecipient, Item, Order, SenderVerdict, Signal, SignalId, SignalKind,
};
use mailward::io::store::Store;
use mailward::io::store::change::Change;
use mailward::io::store::error::StoreError;

use crate::house::{House, account};
use crate::server::Server;

/// The whole story, and its incident closed by hand.
fn closed_story() -> House {
    let house = House::with_mails(14, SignedDuration::from_secs(20));
    let id = house.incident().id.0;
    // The alerts of the story wait for a daemon; they are delivered first.
    deliver_all(&house);
    house.run(&["incidents", "close", &id]).fine();
    deliver_all(&house);
    house
}

/// Marks every alert as delivered, as a daemon would have.
fn deliver_all(house: &House) {
    let connection = rusqlite::Connection::open(house.state_file()).unwrap();
    connection
        .execute(
            "UPDATE deliveries SET state = 'delivered', settled_at = '2026-11-22T00:00:00Z'",
            [],
        )
        .unwrap();
}

fn order(number: u32, service: &str, at: Timestamp) -> Signal {
    Signal {
        id: SignalId(format!("{service}-{number}")),
        message_id: Some(format!("{service}.{number}@shop.example")),
        source: "home/INBOX;uid=1".to_owned(),
        at,
        arrived_at: at,
        service: service.to_owned(),
        marketplace: None,
        kind: SignalKind::OrderPlaced(Order {
            order_ids: vec![format!("{service}-order-{number}")],
            amount: None,
            item: Item::Physical,
            item_name: None,
            gift_recipient: GiftRecipient::Unknown,
            postal_address: None,
            scheduled: false,
        }),
        sender: SenderVerdict::Verified,
        rule: format!("{service}/order"),
        template_unverified: false,
    }
}

/// What the files of the state hold of these texts.
fn found_in_files(house: &House, texts: &BTreeSet<String>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut read = 0;
    for entry in fs::read_dir(house.state_folder()).unwrap() {
        let path = entry.unwrap().path();
        let Ok(bytes) = fs::read(&path) else { continue };
        read += 1;
        let text = String::from_utf8_lossy(&bytes);
        found.extend(texts.iter().filter(|it| text.contains(*it)).cloned());
    }
    assert!(read > 1, "there are files to be searched");
    found
}

/// Everything that names what happened: message ids, order numbers, the incident.
fn traces(house: &House) -> BTreeSet<String> {
    let mut traces = BTreeSet::new();
    for incident in house.incidents() {
        traces.extend(incident.messages.iter().cloned());
        traces.extend(incident.order_list.iter().filter_map(|it| it.id.clone()));
        traces.extend(
            incident
                .reasons
                .iter()
                .flat_map(|it| it.signals.iter().map(|id| id.0.clone())),
        );
        traces.insert(incident.id.0);
    }
    traces
}

fn signals(house: &House) -> Vec<String> {
    let reader = Store::open_read_only(&house.state_file()).unwrap();
    let mut found = Vec::new();
    reader
        .replay(0, |entry| {
            if let Input::Signal(signal) = entry.input {
                found.push(signal.id.0);
            }
            Ok::<(), StoreError>(())
        })
        .unwrap();
    found
}

fn remember_cursor(house: &House) -> Cursor {
    let cursor = Cursor {
        uid_validity: 7,
        next_uid: 99,
    };
    let (mut store, _) = Store::open(&house.state_file(), Timestamp::now()).unwrap();
    let change = Change {
        cursors: vec![("home".to_owned(), "INBOX".to_owned(), cursor)],
        ..Change::default()
    };
    store.commit(&change).unwrap();
    cursor
}

fn cursor(house: &House) -> Option<Cursor> {
    let reader = Store::open_read_only(&house.state_file()).unwrap();
    reader.cursors("home").unwrap().get("INBOX").copied()
}

/// What is stored of a person: the format and the state.
type State = Option<(String, String)>;

/// The state as it is stored, and as it is made again from the journal.
fn states(house: &House) -> (State, State) {
    let config = parse::load(&house.config()).unwrap();
    let now = Timestamp::now();
    let (store, _) = Store::open(&house.state_file(), now).unwrap();
    let stored = People::restore(&config, &store).unwrap().written("me");
    rusqlite::Connection::open(house.state_file())
        .unwrap()
        .execute("UPDATE correlator_states SET json = '{}x'", [])
        .unwrap();
    let made_again = People::restore(&config, &store).unwrap().written("me");
    (stored, made_again)
}

#[test]
fn without_a_daemon_every_byte_goes_and_the_cursor_stays() {
    let house = closed_story();
    let cursor_before = remember_cursor(&house);
    let traces = traces(&house);
    assert!(traces.len() > 20, "{traces:?}");
    assert_eq!(found_in_files(&house, &traces), traces);
    let alerts = house.alerts();
    let count = signals(&house).len();
    let said = house.run(&["forget", "--all", "--yes"]).fine();
    let expected = format!("Forgotten: {count} signals, 1 closed incident.");
    assert!(said.starts_with(&expected), "{said}");
    assert_eq!(found_in_files(&house, &traces), BTreeSet::new());
    assert_eq!(cursor(&house), Some(cursor_before));
    assert_eq!(house.alerts(), 0);

    // What comes next goes on where the numbers were.
    house.read(
        &crate::house::mails("takeover")[..1],
        SignedDuration::from_secs(1),
    );
    let reader = Store::open_read_only(&house.state_file()).unwrap();
    let seqs: Vec<i64> = reader
        .alerts(0, 10)
        .unwrap()
        .iter()
        .map(|it| it.0)
        .collect();
    assert_eq!(seqs, [i64::try_from(alerts).unwrap() + 1]);
    drop(reader);
    let (stored, made_again) = states(&house);
    assert_eq!(stored, made_again);
}

#[test]
fn with_a_daemon_every_byte_goes_and_nothing_is_read_again() {
    let mut house = House::new();
    let server = Server::start(&house);
    house.configure(&account("home", server.address.port(), ""));
    house.start();
    let next = |uid| move |house: &House| cursor(house).is_some_and(|it| it.next_uid == uid);
    house.until(|| house.log().contains("Idling"));
    for number in [0, 1] {
        server.deliver(number);
    }
    house.until(|| next(3)(&house));
    let delivered = || {
        house
            .run(&["status", "--json"])
            .stdout()
            .contains("\"waiting\":[]")
    };
    house.until(delivered);
    let incidents = house.incidents();
    assert!(!incidents.is_empty());
    for incident in &incidents {
        house.run(&["incidents", "close", &incident.id.0]).fine();
    }
    house.until(delivered);
    let traces = traces(&house);
    assert_eq!(found_in_files(&house, &traces), traces);
    let said = house
        .run(&["forget", "--all", "--yes", "--lang", "ja"])
        .fine();
    assert!(
        said.starts_with("消しました: 記録2件、閉じた事案"),
        "{said}"
    );
    // The daemon holds the files open.
    assert_eq!(found_in_files(&house, &traces), BTreeSet::new());
    house.stop();
    house.start();
    house.until(|| house.log().matches("Idling").count() > 1);
    server.deliver(2);
    house.until(|| next(4)(&house));
    assert!(signals(&house).len() <= 1, "{:?}", signals(&house));
    assert!(
        house.incidents().iter().all(|incident| incident.codes == 0),
        "the codes were read again"
    );
}

#[test]
fn an_open_incident_is_not_torn() {
    let house = House::with_mails(14, SignedDuration::from_secs(20));
    deliver_all(&house);
    let before = house.incident();
    let count = signals(&house).len();
    let said = house.run(&["forget", "--all", "--yes"]).fine();
    assert!(
        said.contains(&format!("{} is not over and stays whole", before.id)),
        "{said}"
    );
    assert_eq!(house.incident(), before);
    let left = signals(&house).len();
    assert!(left > 10 && left <= count, "{left} of {count}");
    // It goes on as before: the answer counts the same orders.
    let id = before.id.0.clone();
    house.run(&["answer", &id, "not-me"]).fine();
    let after = house.incident();
    assert_eq!(
        (after.orders, after.cancellations, after.codes),
        (before.orders, before.cancellations, before.codes)
    );
    let (stored, made_again) = states(&house);
    assert_eq!(stored, made_again);
    deliver_all(&house);
    house.run(&["incidents", "close", &id]).fine();
    deliver_all(&house);
    let said = house.run(&["forget", "--all", "--yes"]).fine();
    assert!(said.contains("1 closed incident."), "{said}");
    assert!(house.incidents().is_empty());
    assert!(signals(&house).is_empty());
}

#[test]
fn an_incident_whose_alert_still_waits_stays_until_it_is_told() {
    let house = House::with_mails(3, SignedDuration::from_secs(20));
    let id = house.incident().id.0;
    house.run(&["answer", &id, "me"]).fine();
    let said = house.run(&["forget", "--all", "--yes"]).fine();
    assert!(said.contains(&format!("{id} is not over")), "{said}");
    assert_eq!(house.incidents().len(), 1);
    deliver_all(&house);
    house.run(&["forget", "--all", "--yes"]).fine();
    assert!(house.incidents().is_empty());
}

#[test]
fn one_service_goes_and_the_others_stay() {
    let house = closed_story();
    let now = Timestamp::now();
    let day = SignedDuration::from_hours(24);
    for (number, service) in [(1, "rakuten"), (2, "rakuten"), (3, "yodobashi")] {
        let at = now - day * i32::try_from(number).unwrap() * 3;
        house.happened(at, Input::Signal(Box::new(order(number, service, at))));
    }
    deliver_all(&house);
    let amazon = traces(&house);
    let rakuten: BTreeSet<String> = ["rakuten.1@shop.example", "rakuten-order-2", "rakuten-1"]
        .map(ToOwned::to_owned)
        .into();
    assert_eq!(found_in_files(&house, &rakuten), rakuten);
    let said = house
        .run(&["forget", "--service", "rakuten", "--yes"])
        .fine();
    assert!(said.starts_with("Forgotten: 2 signals, 0 closed"), "{said}");
    assert_eq!(found_in_files(&house, &rakuten), BTreeSet::new());
    assert_eq!(found_in_files(&house, &amazon), amazon);
    let (stored, made_again) = states(&house);
    assert_eq!(stored, made_again);

    let said = house
        .run(&["forget", "--service", "amazon", "--yes"])
        .fine();
    assert!(said.contains("1 closed incident."), "{said}");
    assert_eq!(found_in_files(&house, &amazon), BTreeSet::new());
    assert_eq!(signals(&house), ["yodobashi-3"]);
}

#[test]
fn what_is_of_before_a_day_goes() {
    let house = House::new();
    for (number, at) in [
        (1, "2026-03-01T00:00:00Z"),
        (2, "2026-05-31T14:59:59Z"),
        (3, "2026-05-31T15:00:00Z"),
    ] {
        let at: Timestamp = at.parse().unwrap();
        house.happened(at, Input::Signal(Box::new(order(number, "rakuten", at))));
    }
    // The first of June begins in Tokyo at 15:00 of the day before.
    let said = house
        .run(&["forget", "--before", "2026-06-01", "--yes"])
        .fine();
    assert!(said.starts_with("Forgotten: 2 signals"), "{said}");
    assert_eq!(signals(&house), ["rakuten-3"]);
    let (stored, made_again) = states(&house);
    assert_eq!(stored, made_again);
}

#[test]
fn nothing_is_forgotten_without_a_yes() {
    let house = closed_story();
    let before = signals(&house);
    let said = house.run(&["forget", "--all"]).failed(64);
    assert!(said.contains("hint: add --yes"), "{said}");
    assert_eq!(signals(&house), before);
    let on_a_terminal = |line: &str| {
        let mut command = house.command(&["forget", "--all"]);
        let mut words = vec![command.get_program().to_string_lossy().into_owned()];
        words.extend(
            command
                .get_args()
                .map(|it| it.to_string_lossy().into_owned()),
        );
        let mut script = Command::new("script");
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => script.env(name, value),
                None => script.env_remove(name),
            };
        }
        command.stdin(std::process::Stdio::null());
        let typed = house.folder.path().join("typed");
        fs::write(&typed, format!("{line}\n")).unwrap();
        let ended = script
            .args(["-qec", &words.join(" "), "/dev/null"])
            .stdin(fs::File::open(typed).unwrap())
            .output()
            .unwrap();
        String::from_utf8(ended.stdout).unwrap()
    };
    let said = on_a_terminal("n");
    assert!(said.contains("To be forgotten: "), "{said}");
    assert!(said.contains("Nothing was forgotten."), "{said}");
    assert_eq!(signals(&house), before);
    let said = on_a_terminal("y");
    assert!(said.contains("Forgotten: "), "{said}");
    assert!(signals(&house).is_empty());
}

#[test]
fn what_cannot_be_forgotten_is_refused() {
    let house = closed_story();
    let before = signals(&house);
    for (arguments, code) in [
        (&["forget", "--yes"][..], 64),
        (&["forget", "--all", "--service", "amazon", "--yes"], 64),
        (&["forget", "--before", "yesterday", "--yes"], 64),
        (&["forget", "--before", "2999-01-01", "--yes"], 64),
        (&["forget", "--service", "amazn", "--yes"], 65),
        (&["forget", "--service", "any", "--yes"], 65),
    ] {
        house.run(arguments).failed(code);
    }
    assert_eq!(signals(&house), before);
}

#[test]
fn a_damaged_file_that_was_set_aside_is_named() {
    let house = closed_story();
    let aside = house
        .state_folder()
        .join("mailward.db.damaged-20260101T000000Z");
    fs::write(&aside, "an old file").unwrap();
    let said = house.run(&["forget", "--all", "--yes"]).fine();
    assert!(said.contains(&aside.display().to_string()), "{said}");
    assert!(aside.exists());
}
