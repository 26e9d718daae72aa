//! What the commands print, in both languages, with and without a daemon.

use std::io::Write as _;
use std::process::{Command, Stdio};

use jiff::SignedDuration;
use serde_json::Value;

use crate::house::House;

fn json(line: &str) -> Value {
    serde_json::from_str(line).unwrap()
}

/// The whole story, read a moment ago.
fn after_the_story() -> House {
    House::with_mails(16, SignedDuration::from_secs(20))
}

#[test]
fn incidents_are_listed_and_shown_in_both_languages() {
    let mut house = after_the_story();
    let id = house.incident().id.0;
    house
        .run(&["incidents", "done", &id, "call-card-issuer"])
        .fine();
    for daemon in [false, true] {
        if daemon {
            house.start();
        }
        let english = house.run(&["incidents"]).fine();
        assert!(
            english.starts_with(&format!("{id}  critical  "))
                && english.ends_with(
                    "  open  Amazon  7 orders, ¥17,500, 4 cancelled; 2 one-time codes\n"
                ),
            "{english}"
        );
        assert_eq!(house.run(&["incidents", "list"]).fine(), english);
        let japanese = house.run(&["--lang", "ja", "incidents"]).fine();
        assert!(
            japanese.starts_with(&format!("{id}  緊急  "))
                && japanese
                    .ends_with("  対応中  Amazon  注文7件・17,500円(うち4件取消)、確認コード2件\n"),
            "{japanese}"
        );
        for (language, parts) in [
            (
                "en",
                [
                    "mailward report ",
                    "\nWhy\n",
                    "  order-burst            The orders came close together. [7 order mails and 4",
                    "\nLevels\n",
                    "\nEvery step (open)\n  [x] call-card-issuer         Call the card issuer\n  [ ] change-password",
                ],
            ),
            (
                "ja",
                [
                    "mailward 報告書 ",
                    "\n理由\n",
                    "  order-burst            短い時間に注文が続きました。 [7 order mails and 4",
                    "\n緊急度の推移\n",
                    "\nすべての手順 (対応中)\n  [x] call-card-issuer         カード会社に電話する\n  [ ] change-password",
                ],
            ),
        ] {
            let shown = house
                .run(&["--lang", language, "incidents", "show", &id])
                .fine();
            for part in parts {
                assert!(shown.contains(part), "{part:?} is not in\n{shown}");
            }
        }
    }
}

#[test]
fn the_reason_for_every_point_can_be_read() {
    let house = after_the_story();
    let incident = house.incident();
    let shown = house
        .run(&["incidents", "show", &incident.id.0, "--json"])
        .fine();
    let shown = json(&shown);
    assert_eq!(shown["v"], 1);
    assert_eq!(shown["id"], incident.id.0);
    assert_eq!(shown["orders"], 7);
    let reasons = shown["reasons"].as_array().unwrap();
    assert!(!reasons.is_empty());
    for reason in reasons {
        assert!(!reason["note"].as_str().unwrap().is_empty(), "{reason}");
        assert!(
            !reason["signals"].as_array().unwrap().is_empty(),
            "{reason}"
        );
        assert!(reason["points"].is_string(), "{reason}");
    }
    // Every point of a window is one of a mail's, and every one of those has its reason.
    let number = |value: &Value| value.as_str().unwrap().parse::<f64>().unwrap();
    let mut explained = 0;
    for reason in reasons {
        let threshold = &reason["window"]["threshold"];
        let mails = reason["mails"].as_array().unwrap();
        let parts = reason["parts"].as_array().unwrap();
        if mails.is_empty() && parts.is_empty() {
            assert_eq!(reason["points"], "0", "{reason}");
            continue;
        }
        explained += 1;
        assert!(number(threshold) <= number(&reason["points"]), "{reason}");
        let mut sum: f64 = parts.iter().map(|part| number(&part["points"])).sum();
        for mail in mails {
            let parts = mail["parts"].as_array().unwrap();
            let of_mail: f64 = parts.iter().map(|part| number(&part["points"])).sum();
            assert!((of_mail - number(&mail["points"])).abs() < 1e-9, "{mail}");
            sum += of_mail;
        }
        assert!((sum - number(&reason["points"])).abs() < 1e-9, "{reason}");
    }
    assert!(explained > 0);
    let steps = shown["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 13);
    assert_eq!(steps[0]["id"], "call-card-issuer");
    assert!(steps[1]["link"].as_str().unwrap().starts_with("https://"));
    // The text names every rule and note that the record holds.
    let text = house.run(&["incidents", "show", &incident.id.0]).fine();
    for reason in reasons {
        assert!(text.contains(reason["rule"].as_str().unwrap()), "{reason}");
        assert!(text.contains(reason["note"].as_str().unwrap()), "{reason}");
    }
    assert!(
        text.contains("\nEvery point\n  order-burst: ")
            && text.contains("order +1, gift card or digital +1, same amount +0.5\n"),
        "{text}"
    );
    let japanese = house
        .run(&["--lang", "ja", "incidents", "show", &incident.id.0])
        .fine();
    assert!(
        japanese.contains("\n点数の内訳\n  order-burst: ")
            && japanese.contains("注文 +1, ギフト券・デジタル商品 +1, 同じ金額 +0.5\n"),
        "{japanese}"
    );
    let listed = house.run(&["incidents", "list", "--json"]).fine();
    assert_eq!(json(&listed)["severity"], "critical");
}

#[test]
fn status_without_a_daemon_says_that_nobody_watches_and_fails() {
    let house = House::new();
    let nothing = house.run(&["status"]);
    assert_eq!(nothing.code(), 69, "{}", nothing.stderr());
    assert_eq!(nothing.stderr(), "");
    assert_eq!(
        nothing.stdout(),
        "Nobody is watching: mailward is not running. Start it with: mailward run\n\
         Not watched: home.\n\n\
         No alert waits to be delivered.\nNo incident is open.\n"
    );
    house.read(
        &crate::house::mails("takeover")[..1],
        SignedDuration::from_secs(20),
    );
    let waiting = house.run(&["--lang", "ja", "status"]);
    assert_eq!(waiting.code(), 69);
    let id = house.incident().id.0;
    for part in [
        "いまは見守っていません。",
        "まだ届いていない通知\n",
        "  journal: 1件(最も古いものは",
        &format!("  {id}  質問  "),
        "\n\n対応中の事案\n",
    ] {
        assert!(waiting.stdout().contains(part), "{}", waiting.stdout());
    }
    let line = house.run(&["status", "--json"]);
    assert_eq!(line.code(), 69);
    let status = json(&line.stdout());
    assert_eq!(
        (&status["v"], &status["watching"]),
        (&Value::from(1), &Value::from(false))
    );
    assert_eq!(status["accounts"][0]["state"], Value::Null);
    assert_eq!(status["waiting"][0]["channels"][0], "journal");
    assert_eq!(
        status["waiting"][0]["deliveries"][0]["channel"], "journal",
        "{status}"
    );
    assert_eq!(status["accounts"][0]["folders"][0], "INBOX");
    assert_eq!(status["open"][0]["id"], id);
}

#[test]
fn a_missing_state_is_said_and_not_made() {
    let house = House::new();
    for arguments in [
        &["incidents"][..],
        &["incidents", "show", "abcdef"],
        &["answer", "abcdef", "me"],
        &["expect", "amazon"],
        &["alerts"],
    ] {
        let said = house.run(arguments).failed(69);
        assert!(
            said.contains("there is no state file yet")
                && said.contains("\nhint: start `mailward run`"),
            "{said}"
        );
        assert!(!house.state_file().exists(), "{arguments:?}");
    }
}

#[test]
fn alerts_are_listed_with_their_words() {
    let house = after_the_story();
    let text = house.run(&["alerts"]).fine();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), house.alerts());
    assert!(
        lines[0].contains("  question  Amazon sent a sign-in code "),
        "{text}"
    );
    assert!(
        lines[lines.len() - 1].contains("  critical  Amazon: 7 orders, ¥17,500"),
        "{text}"
    );
    let text = house.run(&["--lang", "ja", "alerts", "--json"]).fine();
    let mut before = 0;
    for line in text.lines().map(json) {
        let seq = line["seq"].as_i64().unwrap();
        assert!(seq > before, "in order");
        before = seq;
        assert_eq!(line["v"], 1);
        assert_eq!(line["incident"], house.incident().id.0);
        for key in [
            "id",
            "thread",
            "at",
            "severity",
            "reason",
            "title",
            "body",
            "answer_hint",
        ] {
            assert!(line[key].is_string(), "{key}: {line}");
        }
    }
    let said = house
        .run(&["--lang", "ja", "alerts", "--follow"])
        .failed(69);
    assert!(
        said.starts_with("error: いまは見守っていません。"),
        "{said}"
    );
    assert_eq!(house.run(&["alerts", "--after", "3"]).code(), 64);
}

#[test]
fn what_is_expected_must_have_a_name_that_is_known() {
    let mut house = House::with_mails(1, SignedDuration::from_secs(20));
    for daemon in [false, true] {
        if daemon {
            house.start();
        }
        for (arguments, hint) in [
            (&["expect", "amazn"][..], "hint: did you mean amazon?"),
            (&["expect", "rakuten2"], "hint: did you mean rakuten"),
            (
                &["expect", "xyzzy"],
                "hint: `mailward rules` lists the services",
            ),
            (&["expect", "any", "--orders"], "hint: name the shop"),
            (
                &["expect", "amazon", "--for", "25h"],
                "hint: write for example --for 10m",
            ),
            (
                &["expect", "amazon", "--for", "0s"],
                "hint: write for example --for 10m",
            ),
            (
                &["expect", "amazon", "--person", "taro"],
                "hint: name one with --person: me",
            ),
        ] {
            let said = house.run(arguments).failed(65);
            assert!(said.contains(hint), "{arguments:?}: {said}");
        }
        assert_eq!(house.run(&["expect", "amazon", "--for", "soon"]).code(), 64);
        for (arguments, said) in [
            (
                &["expect", "any"][..],
                "Sign-in codes of every service count as yours until ",
            ),
            (
                &["expect", "shop.example.com"],
                "Sign-in codes of example.com count as yours",
            ),
            (
                &["expect", "amazon.co.jp", "--orders"],
                "Orders at Amazon ring one level lower until ",
            ),
            (
                &["--lang", "ja", "expect", "AMAZON", "--for", "30m"],
                "まで、Amazonのログイン用コードは",
            ),
            (
                &["--lang", "ja", "expect", "amazon", "--orders"],
                "まで、Amazonの注文の緊急度を1段下げます。",
            ),
        ] {
            let printed = house.run(arguments).fine();
            assert!(printed.contains(said), "{arguments:?}: {printed}");
        }
    }
}

#[test]
fn who_expects_it_is_asked_where_there_are_several() {
    let house = House::with_mails(1, SignedDuration::from_secs(20));
    house.configure(&format!(
        "{}{}",
        crate::house::account("home", 1, ""),
        crate::house::account("office", 1, "person = \"taro\"\n")
    ));
    let said = house.run(&["expect", "amazon"]).failed(65);
    assert!(
        said.contains("hint: name one with --person: me, taro"),
        "{said}"
    );
    house.run(&["expect", "amazon", "--person", "taro"]).fine();
    // Its owner is not in the configuration any more.
    house.configure(&crate::house::account("office", 1, "person = \"taro\"\n"));
    let id = house.incident().id.0;
    let said = house.run(&["answer", &id, "me"]).failed(65);
    assert!(
        said.contains("is me's, whom the configuration does not name any more"),
        "{said}"
    );
}

/// A terminal of the program's own, on which `typed` is typed.
fn on_terminal(house: &House, arguments: &str, typed: &str) -> (Option<i32>, String) {
    let plain = house.command(&[]);
    let command = format!(
        "'{}' --config '{}' {arguments}",
        plain.get_program().to_string_lossy(),
        house.config().display()
    );
    let mut child = Command::new("script")
        .args(["-qefc", &command, "/dev/null"])
        .env("STATE_DIRECTORY", house.state_folder())
        .env_remove("RUNTIME_DIRECTORY")
        .env_remove("XDG_RUNTIME_DIR")
        .env_remove("DBUS_SESSION_BUS_ADDRESS")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(typed.as_bytes()).unwrap();
    let ended = child.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&ended.stdout).replace('\r', "");
    (ended.status.code(), text)
}

#[test]
fn on_a_terminal_a_test_alert_asks_whether_it_arrived() {
    let mut house = House::new();
    for daemon in [false, true] {
        if daemon {
            house.start();
        }
        let (code, text) = on_terminal(&house, "test-alert", "what?\ny\n");
        assert!(
            text.contains("journal: did you see the test alert? [y/n] "),
            "{text}"
        );
        assert!(
            text.contains("journal: confirmed, alerts arrive here.\n"),
            "{text}"
        );
        assert_eq!(code, Some(0), "{text}");
        let (code, text) = on_terminal(&house, "--lang ja test-alert", "n\n");
        assert!(
            text.contains("journal: テスト通知は届きましたか? [y/n] "),
            "{text}"
        );
        assert!(text.contains("届いていません。"), "{text}");
        assert_eq!(code, Some(69), "{text}");
        let (code, text) = on_terminal(&house, "test-alert --yes", "");
        assert!(!text.contains("did you see"), "{text}");
        assert_eq!(code, Some(0), "{text}");
        // Without a terminal it says how to confirm.
        let ended = house.run(&["test-alert"]);
        assert_eq!(ended.code(), 0);
        assert!(
            ended
                .stderr()
                .contains("in a terminal: mailward test-alert"),
            "{}",
            ended.stderr()
        );
    }
}

#[test]
fn a_test_alert_reports_each_channel() {
    let mut house = House::new();
    house.configure(&format!(
        "[[channel]]\nkind = \"desktop\"\n{}",
        crate::house::account("home", 1, "")
    ));
    for daemon in [false, true] {
        if daemon {
            house.start();
        }
        // There is no session bus.
        let both = house.run(&["test-alert"]);
        assert_eq!(both.code(), 69, "{}", both.stderr());
        let text = both.stdout();
        assert!(
            text.contains("journal: the test alert was sent.\n"),
            "{text}"
        );
        assert!(
            text.contains("desktop: the test alert could not be sent: no desktop session"),
            "{text}"
        );
        let one = house
            .run(&[
                "--lang",
                "ja",
                "test-alert",
                "--yes",
                "--channel",
                "journal",
            ])
            .fine();
        assert!(
            one.ends_with("journal: テスト通知を送りました。\n"),
            "{one}"
        );
        let said = house.run(&["test-alert", "--channel", "pager"]).failed(65);
        assert!(
            said.contains("hint: the channels are desktop, journal"),
            "{said}"
        );
    }
    // It is no alert that is tried again.
    assert!(
        house
            .run(&["status"])
            .fine()
            .contains("No alert waits to be delivered.")
    );
}

#[test]
fn a_command_that_only_reads_needs_no_configuration() {
    let house = after_the_story();
    let id = house.incident().id.0;
    let without = |arguments: &[&str]| {
        let mut command = house.command(&[]);
        let output = Command::new(command.get_program())
            .args(arguments)
            .env("STATE_DIRECTORY", house.state_folder())
            .env("XDG_CONFIG_HOME", "/nowhere")
            .env("LC_ALL", "C")
            .env_remove("RUNTIME_DIRECTORY")
            .output()
            .unwrap();
        command.env_clear();
        output
    };
    for arguments in [&["incidents"][..], &["incidents", "show", &id], &["alerts"]] {
        let output = without(arguments);
        assert!(output.status.success(), "{output:?}");
    }
    // A step of the correlator does: the person's zone and quiet hours.
    assert_eq!(without(&["answer", &id, "me"]).status.code(), Some(78));
}

#[test]
fn a_state_of_a_newer_version_is_refused_by_every_command() {
    let house = House::with_mails(1, SignedDuration::from_secs(20));
    let id = house.incident().id.0;
    rusqlite::Connection::open(house.state_file())
        .unwrap()
        .pragma_update(None, "user_version", 99)
        .unwrap();
    for arguments in [
        &["answer", &id, "me"][..],
        &["incidents"],
        &["expect", "amazon"],
        &["forget", "--all", "--yes"],
        &["run"],
    ] {
        let said = house.run(arguments).failed(65);
        assert!(said.contains("schema version 99"), "{said}");
        assert!(said.contains("hint: install the newer mailward"), "{said}");
    }
}
