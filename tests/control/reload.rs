//! A new configuration for a running daemon, and its end, on a real connection.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;

use crate::house::{House, account};
use crate::server::Server;

fn status(house: &House) -> Value {
    serde_json::from_str(&house.run(&["status", "--json"]).fine()).unwrap()
}

/// A house whose daemon idles on the server.
fn watching() -> (House, Server) {
    let mut house = House::new();
    let server = Server::start(&house);
    house.configure(&account("home", server.address.port(), ""));
    house.start();
    house.until(|| {
        house
            .log()
            .contains("account account=\"home\" state=Idling")
    });
    (house, server)
}

#[test]
fn a_mail_becomes_an_alert_for_who_follows_and_an_answer_closes_it() {
    let (mut house, server) = watching();
    let mut follower = house
        .command(&[
            "--lang", "ja", "alerts", "--follow", "--json", "--after", "0",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(follower.stdout.take().unwrap());
    // Whether it comes before the mail or after it: it asks for every alert from the first on.
    let mut line = String::new();
    server.deliver(0);
    lines.read_line(&mut line).unwrap();
    let alert: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(alert["severity"], "info", "{line}");
    assert!(
        alert["title"].as_str().unwrap().starts_with("Amazon"),
        "{line}"
    );
    let id = alert["incident"].as_str().unwrap().to_owned();

    let text = house.run(&["status"]).fine();
    assert!(
        text.starts_with("mailward is running, started today at "),
        "{text}"
    );
    assert!(
        text.contains(" The mailbox is watched.\n")
            && text.contains("\nhome     waiting for mail  "),
        "{text}"
    );
    assert!(
        text.contains(" s ago  ") && text.contains(&format!("  {id}  question  ")),
        "{text}"
    );
    let account = &status(&house)["accounts"][0]["state"];
    assert_eq!(account["activity"], "idling");
    assert!(account["last_mail"].is_string(), "{account}");

    // Who asks for it hears besides what still waits for an answer.
    let mut screen = house
        .command(&["alerts", "--follow", "--json", "--standing", "--after", "0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut told = BufReader::new(screen.stdout.take().unwrap());
    let mut next = || -> Value {
        let mut line = String::new();
        told.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    };
    let first = next();
    assert_eq!(first["incident"], id.as_str());
    let keys: Vec<&str> = first["buttons"]
        .as_array()
        .unwrap()
        .iter()
        .map(|button| button["key"].as_str().unwrap())
        .collect();
    assert_eq!(keys, ["not-me", "me", "details"]);
    let page = first["page"].as_str().unwrap();
    assert!(page.starts_with("https://www.amazon.co.jp/"), "{page}");
    let standing = next();
    assert_eq!(standing["seq"], first["seq"]);
    assert_eq!(standing["standing"][0], first);

    house.run(&["answer", &id, "me"]).fine();
    let settled = next();
    assert_eq!(settled["standing"], serde_json::json!([]));
    assert_eq!(settled["seq"], first["seq"]);
    drop(told);
    screen.kill().unwrap();
    screen.wait().unwrap();
    let text = house.run(&["--lang", "ja", "status"]).fine();
    assert!(text.ends_with("対応中の事案はありません。\n"), "{text}");

    let (took, code) = house.stop();
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert_eq!(code, Some(0));
    let ended = follower.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(69));
    assert!(String::from_utf8_lossy(&ended.stderr).contains("mailward has ended"));
}

#[test]
fn a_reload_keeps_the_connection_of_an_account_that_did_not_change() {
    let (house, server) = watching();
    let port = server.address.port();
    let before = status(&house);
    let home = |status: &Value| status["accounts"][0]["state"]["connected_since"].clone();
    assert!(home(&before).is_string());

    let second = account("second", port, "person = \"taro\"\n");
    house.configure(&format!(
        "[[channel]]\nkind = \"journal\"\nname = \"other\"\n{}{second}",
        account("home", port, "")
    ));
    let said = house.run(&["reload"]).fine();
    assert_eq!(
        said,
        "The configuration was read again: 1 account unchanged, 1 started, 0 stopped.\n"
    );
    house.until(|| {
        house
            .log()
            .contains("account account=\"second\" state=Idling")
    });
    assert_eq!(home(&status(&house)), home(&before));
    let told = house.run(&["test-alert", "--yes"]).fine();
    assert_eq!(
        told,
        "journal: the test alert was sent.\nother: the test alert was sent.\n"
    );

    // Now the first one changes, and the second one goes; by signal.
    house.configure(&account("home", port, "person = \"hanako\"\n"));
    house.signal(Signal::HUP);
    house.until(|| {
        house
            .log()
            .contains("the configuration was read again kept=0 started=1 stopped=1")
    });
    house.until(|| status(&house)["accounts"][0]["state"]["activity"] == "idling");
    let after = status(&house);
    assert_eq!(after["accounts"].as_array().unwrap().len(), 1);
    assert_eq!(after["accounts"][0]["person"], "hanako");
    assert_ne!(home(&after), home(&before));
    // What comes now is the new person's.
    server.deliver(0);
    house.until(|| !house.incidents().is_empty());
    assert_eq!(house.incident().person, "hanako");
}

#[test]
fn a_broken_configuration_is_refused_and_the_old_one_goes_on() {
    let (house, server) = watching();
    let before = status(&house);
    let good = fs::read_to_string(house.config()).unwrap();
    for (broken, what) in [
        ("[[account", "not valid TOML"),
        ("language = \"de\"\n", "no account to watch"),
        ("", "no account to watch"),
    ] {
        fs::write(house.config(), broken).unwrap();
        let client = house.folder.path().join("client.toml");
        fs::write(&client, &good).unwrap();
        // The command's own configuration is sound: what is refused is the daemon's.
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_mailward"))
            .arg("--config")
            .arg(&client)
            .arg("reload")
            .env("STATE_DIRECTORY", house.state_folder())
            .env_remove("RUNTIME_DIRECTORY")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(78), "{text}");
        assert!(
            text.contains("mailward.toml") && text.contains(what),
            "{text}"
        );
        assert!(text.contains("\nhint: "), "{text}");
    }
    let refused = house
        .log()
        .matches("the new configuration was refused")
        .count();
    assert_eq!(refused, 3);
    house.signal(Signal::HUP);
    house.until(|| {
        house
            .log()
            .matches("the new configuration was refused")
            .count()
            == 4
    });
    // A folder of rules that is not there is as bad.
    fs::write(house.config(), format!("rules = \"nowhere\"\n{good}")).unwrap();
    house.signal(Signal::HUP);
    house.until(|| house.log().contains("the folder of rules cannot be read"));

    fs::write(house.config(), &good).unwrap();
    let after = status(&house);
    assert_eq!(
        after["accounts"][0]["state"]["connected_since"],
        before["accounts"][0]["state"]["connected_since"]
    );
    server.deliver(0);
    house.until(|| !house.incidents().is_empty());
}
