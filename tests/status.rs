//! `mailward status` as a person reads it: what it says of each state of a mailbox, in both languages.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

use std::sync::{Arc, LazyLock};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use mailward::cli::arguments::Global;
use mailward::cli::status::text;
use mailward::cli::voice::Voice;
use mailward::engine::incident::Severity;
use mailward::engine::rule::RuleSet;
use mailward::engine::watch::output::{AccountState, Activity};
use mailward::engine::watch::trouble::Trouble;
use mailward::engine::wording::{Language, plain};
use mailward::io::control::outcome::{AccountLine, Pending, Status, Waiting};

/// Seconds after the moment at which the status is asked for.
fn at(seconds: i64) -> Timestamp {
    let now: Timestamp = "2026-11-22T05:00:00Z".parse().unwrap();
    now + SignedDuration::from_secs(seconds)
}

fn state(activity: Activity, contact: Option<i64>) -> AccountState {
    AccountState {
        activity,
        connected_since: None,
        last_contact: contact.map(|ago| at(-ago)),
        last_mail: None,
        last_error: None,
        trouble: None,
        next_try: None,
        blind: false,
        poll_seconds: None,
        folders_gone: Vec::new(),
    }
}

fn account(name: &str, state: Option<AccountState>) -> AccountLine {
    AccountLine {
        name: name.to_owned(),
        person: "me".to_owned(),
        folders: vec!["INBOX".to_owned()],
        state,
    }
}

fn blind(trouble: Trouble, contact: Option<i64>) -> AccountState {
    AccountState {
        blind: true,
        trouble: Some(trouble),
        last_error: Some("no connection: the name is not known".to_owned()),
        next_try: Some(at(40)),
        ..state(Activity::Waiting, contact)
    }
}

fn running(accounts: Vec<AccountLine>) -> Status {
    Status {
        watching: true,
        since: Some(at(-7_200)),
        version: "0.1.0".to_owned(),
        at: at(0),
        accounts,
        waiting: Vec::new(),
        open: Vec::new(),
    }
}

/// To compile them takes a moment.
static RULES: LazyLock<Arc<RuleSet>> = LazyLock::new(|| Arc::new(RuleSet::built_in().unwrap()));

fn voice(language: Language) -> Voice {
    let global = Global {
        config: None,
        lang: Some(language),
    };
    let mut voice = Voice::of(&global, None, Arc::clone(&RULES));
    voice.time_zone = TimeZone::get("Asia/Tokyo").unwrap();
    voice.now = at(0);
    voice
}

/// The text, after a look at what holds for every one.
fn said(status: &Status, language: Language) -> String {
    let lines = text::lines(status, &voice(language));
    for line in &lines {
        assert!(plain::columns(line) <= 80, "{line}");
        assert_eq!(line.trim_end(), line);
    }
    assert!(lines.windows(2).all(|two| two != ["", ""]), "{lines:#?}");
    lines.join("\n")
}

#[test]
fn a_quiet_watch_is_told_in_a_few_lines() {
    let home = AccountState {
        last_mail: Some(at(-10_800)),
        ..state(Activity::Idling, Some(12))
    };
    let work = AccountState {
        poll_seconds: Some(60),
        ..state(Activity::Polling, Some(40))
    };
    let status = running(vec![
        account("home", Some(home)),
        account("work", Some(work)),
    ]);
    assert_eq!(
        said(&status, Language::En),
        "mailward is running, started today at 12:00. Both mailboxes are watched.\n\n\
         Mailbox  Now                Last contact  Last mail\n\
         home     waiting for mail   12 s ago      3 h ago\n\
         work     asking every 60 s  40 s ago      none yet\n\n\
         No alert waits to be delivered.\nNo incident is open."
    );
    assert_eq!(
        said(&status, Language::Ja),
        "mailwardは動いています(今日12:00から)。2個のメールをすべて見守っています。\n\n\
         メール  いまの様子          最後の応答  最後のメール\n\
         home    新着メールを待機中  12秒前      3時間前\n\
         work    60秒ごとに確認中    40秒前      まだなし\n\n\
         送信を待っている通知はありません。\n対応中の事案はありません。"
    );
}

#[test]
fn a_blind_mailbox_is_said_first_and_with_its_next_step() {
    let status = running(vec![
        account("home", Some(state(Activity::Idling, Some(3)))),
        account("work", Some(blind(Trouble::LoginRefused, Some(1_400)))),
    ]);
    let text = said(&status, Language::En);
    assert!(
        text.lines()
            .next()
            .unwrap()
            .ends_with(" NOT watched: 1 of 2 mailboxes."),
        "{text}"
    );
    assert!(
        text.contains("\nwork     NOT WATCHED       23 min ago"),
        "{text}"
    );
    assert!(
        text.contains(
            "\nwork has not been watched for 23 min. The mail server refused the login. Next\n\
             try in 40 s.\n  Check user and password in the configuration, and that the provider allows\n  \
             IMAP; then: mailward check --online\n"
        ),
        "{text}"
    );
    let text = said(&status, Language::Ja);
    for part in [
        "2個のうち1個のメールを見守れていません。",
        "\nwork    見守れていません    23分前",
        "\nメール「work」を23分見守れていません。",
        "mailward check --online",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn a_mailbox_that_was_never_reached_says_so_and_what_was_found() {
    let status = running(vec![account("home", Some(blind(Trouble::Network, None)))]);
    let text = said(&status, Language::En);
    for part in [
        "The mailbox is NOT being watched.\n",
        "\nhome     NOT WATCHED  none yet      none yet\n",
        "\nhome is not being watched: there was no contact yet. The mail server cannot be\nreached. Next try in 40 s.\n",
        "\n  Detail: no connection: the name is not known\n",
        "then host and port:\n  mailward check --online\n",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let text = said(&status, Language::Ja);
    for part in [
        "いまはメールを見守れていません。\n",
        "まだ一度も通信できていません。",
        "\n  詳細(英語): no connection: the name is not known\n",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn every_trouble_has_a_reason_and_a_next_step() {
    for trouble in Trouble::ALL {
        for language in Language::ALL {
            for contact in [None, Some(3_000)] {
                let status = running(vec![account("home", Some(blind(trouble, contact)))]);
                let text = said(&status, language);
                let steps: Vec<&str> = text.lines().filter(|line| line.starts_with("  ")).collect();
                assert!(!steps.is_empty(), "{trouble:?}: {text}");
                for wrong in ["{", "}", "。。", "..", "None", "Some"] {
                    assert!(!text.contains(wrong), "{trouble:?}: {text}");
                }
            }
        }
    }
    let status = running(vec![account("home", Some(blind(Trouble::SignIn, None)))]);
    for language in Language::ALL {
        assert!(said(&status, language).contains(": mailward login home\n"));
    }
}

#[test]
fn a_lost_connection_is_no_alarm() {
    let waiting = AccountState {
        trouble: Some(Trouble::Closed),
        next_try: Some(at(5)),
        ..state(Activity::Waiting, Some(8))
    };
    let due = AccountState {
        next_try: Some(at(-1)),
        ..waiting.clone()
    };
    let text = said(&running(vec![account("home", Some(waiting))]), Language::En);
    assert!(text.contains("The mailbox is being connected.\n"), "{text}");
    assert!(
        text.contains("\nhome     next try in 5 s  8 s ago"),
        "{text}"
    );
    assert!(
        text.contains(
            "\nhome: The mail server closed the connection. mailward connects again by itself\n\
             and reads what came meanwhile.\n"
        ),
        "{text}"
    );
    let status = running(vec![account("home", Some(due)), account("new", None)]);
    let text = said(&status, Language::Ja);
    assert!(
        text.contains("\nhome    接続中  ") && text.contains("\nnew     準備中  "),
        "{text}"
    );
}

#[test]
fn wide_names_of_several_people_fit_the_table() {
    let names = [
        "家族みんなの古いプロバイダーのメールアドレス",
        "仕事用",
        "shopping-and-other-orders@example.com",
    ];
    let mut accounts: Vec<AccountLine> = names
        .iter()
        .map(|name| account(name, Some(blind(Trouble::Unsupported, Some(200_000)))))
        .collect();
    accounts[0].person = "山田はなこさん".to_owned();
    for language in Language::ALL {
        let text = said(&running(accounts.clone()), language);
        let table: Vec<&str> = text
            .lines()
            .skip_while(|line| !line.contains("家族"))
            .take(3)
            .collect();
        assert!(table[0].starts_with("家族みんなの… "), "{text}");
        assert!(table[0].contains("(山田はなこ…)"), "{text}");
        assert!(table[1].starts_with("仕事用 (me) "), "{text}");
        // The third column begins at the same place everywhere.
        let column = |line: &str| {
            let ago = line.find("2日前").or(line.find("2 days ago")).unwrap();
            plain::columns(&line[..ago])
        };
        assert!(
            table.iter().all(|line| column(line) == column(table[0])),
            "{text}"
        );
    }
}

#[test]
fn further_folders_are_named_and_a_missing_one_is_said() {
    let mut home = account("home", Some(state(Activity::Idling, Some(1))));
    home.folders = ["INBOX", "\\Trash", "注文"].map(str::to_owned).to_vec();
    home.state.as_mut().unwrap().folders_gone = vec!["注文".to_owned()];
    let text = said(&running(vec![home.clone()]), Language::En);
    assert!(
        text.contains("\nFolders of home: INBOX, Trash and 注文\n"),
        "{text}"
    );
    assert!(
        text.contains("\nhome: the folder 注文 cannot be opened, so mails in it are not watched."),
        "{text}"
    );
    let text = said(&running(vec![home]), Language::Ja);
    assert!(
        text.contains("\nメール「home」のフォルダー「注文」を開けないため、"),
        "{text}"
    );
}

#[test]
fn alerts_that_wait_say_for_which_channel_and_why() {
    let waiting = |alert: &str, channel: &str, attempts, next| Waiting {
        alert: alert.to_owned(),
        severity: Severity::Notice,
        at: at(-300),
        channels: vec![channel.to_owned()],
        deliveries: vec![Pending {
            channel: channel.to_owned(),
            attempts,
            next_try: at(next),
        }],
    };
    let mut status = running(vec![account(
        "home",
        Some(state(Activity::Idling, Some(1))),
    )]);
    status.waiting = vec![
        waiting("a-1", "phone", 3, 40),
        waiting("a-2", "phone", 0, -1),
        waiting("a-3", "mail", 0, 18_000),
        waiting("a-4", "desktop", 0, 0),
    ];
    let text = said(&status, Language::En);
    assert!(
        text.contains(
            "\nAlerts that wait to be delivered\n\
             \x20 desktop: 1 alert, the oldest 5 min old, on the way\n\
             \x20 mail: 1 alert, the oldest 5 min old, held back as configured for another 5 h\n\
             \x20 phone: 2 alerts, the oldest 5 min old, not taken so far; next try now. To test\n\
             \x20 it: mailward test-alert --channel phone\n"
        ),
        "{text}"
    );
    let text = said(&status, Language::Ja);
    for part in [
        "\nまだ届いていない通知\n",
        "\n  mail: 1件(最も古いものは5分前)、設定のとおり、あと5時間待ってから送ります。\n",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn where_nobody_watches_the_next_step_comes_first() {
    let mut status = running(vec![account("home", None), account("work", None)]);
    status.watching = false;
    status.since = None;
    assert_eq!(
        said(&status, Language::En),
        "Nobody is watching: mailward is not running. Start it with: mailward run\n\
         Not watched: home and work.\n\n\
         No alert waits to be delivered.\nNo incident is open."
    );
    let text = said(&status, Language::Ja);
    assert!(
        text.starts_with("いまは見守っていません。") && text.contains("見守れていないメール: home"),
        "{text}"
    );
}
