//! Each bad configuration names its place, what was expected and the next step, and exits with 78.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::missing_panics_doc,
    reason = "a test may panic"
)]

use std::process::{Command, Output};

/// A sound configuration; each case breaks one thing in it.
const SOUND: &str = r#"language = "en"
time_zone = "Asia/Tokyo"

[[account]]
name = "home"
host = "imap.example.com"
user = "hanako@example.com"
addresses = ["Hanako@Example.com"]
password_file = "secret"

[[channel]]
kind = "journal"
"#;

fn check(text: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mailward.toml");
    std::fs::write(&file, text).unwrap();
    Command::new(env!("CARGO_BIN_EXE_mailward"))
        .args(["check", "--config"])
        .arg(&file)
        .env_remove("CREDENTIALS_DIRECTORY")
        .output()
        .unwrap()
}

/// (what is replaced, by what, line and column of the complaint, a word of it, a word of the hint)
const BAD: &[(&str, &str, &str, &str, &str)] = &[
    (
        "language = \"en\"",
        "langage = \"en\"",
        "1:1",
        "unknown key `langage`",
        "`language`",
    ),
    (
        "language = \"en\"",
        "language = \"de\"",
        "1:12",
        "expected ja or en",
        "language = \"ja\"",
    ),
    (
        "language = \"en\"",
        "language = 7",
        "1:12",
        "found integer, expected a string",
        "double quotes",
    ),
    (
        "language = \"en\"",
        "language = \"en",
        "1:15",
        "not valid TOML",
        "toml.io",
    ),
    (
        "Asia/Tokyo",
        "Asia/Tokio",
        "2:13",
        "unknown time zone",
        "Asia/Tokyo",
    ),
    (
        "\n[[account]]",
        "quiet_hours = \"1-6\"\n[[account]]",
        "3:15",
        "expected HH:MM-HH:MM",
        "01:00-06:00",
    ),
    (
        "host = \"imap.example.com\"\n",
        "",
        "4:1",
        "the key `host` is missing",
        "add host =",
    ),
    (
        "host = \"imap.example.com\"",
        "host = \"\"",
        "6:8",
        "`host` is empty",
        "fill `host` in",
    ),
    (
        "host =",
        "prot = 1\nhost =",
        "6:1",
        "unknown key `prot`",
        "`port`",
    ),
    (
        "host =",
        "port = 99999\nhost =",
        "6:8",
        "expected u16",
        "numbers stand bare",
    ),
    (
        "host =",
        "port = 0\nhost =",
        "6:8",
        "port 0",
        "leave the key out",
    ),
    (
        "host =",
        "security = \"ssl\"\nhost =",
        "6:12",
        "expected tls, starttls or none",
        "security = \"tls\"",
    ),
    (
        "host =",
        "security = \"none\"\nhost =",
        "6:12",
        "loopback only",
        "security = \"tls\"",
    ),
    (
        "host =",
        "folders = []\nhost =",
        "6:11",
        "no folder",
        "INBOX",
    ),
    (
        "[\"Hanako@Example.com\"]",
        "[]",
        "8:13",
        "no addresses",
        "addresses = [",
    ),
    (
        "addresses = [\"Hanako@Example.com\"]\n",
        "",
        "4:1",
        "no addresses",
        "addresses = [",
    ),
    (
        "Hanako@Example.com",
        "Hanako",
        "8:14",
        "not a mail address",
        "bare address",
    ),
    (
        "password_file = \"secret\"\n",
        "",
        "4:1",
        "no password source",
        "password_command",
    ),
    (
        "password_file = \"secret\"",
        "password = \"hunter2\"",
        "9:1",
        "`password` cannot stand",
        "password_command",
    ),
    (
        "password_file =",
        "password_credential = \"a\"\npassword_file =",
        "9:23",
        "second password source",
        "keep one",
    ),
    (
        "password_file = \"secret\"",
        "password_command = \"hunter2\"",
        "9:20",
        "found string",
        "[ ]",
    ),
    (
        "password_file = \"secret\"",
        "password_command = []",
        "9:20",
        "the command is empty",
        "no shell",
    ),
    (
        "password_file = \"secret\"",
        "password_credential = \"../x\"",
        "9:23",
        "not a credential name",
        "password_credential =",
    ),
    (
        "kind = \"journal\"",
        "kind = \"ntfy\"\ntopic = \"a b\"",
        "13:9",
        "not the name of a topic",
        "openssl rand",
    ),
    (
        "kind = \"journal\"",
        "kind = \"ntfy\"\nserver = \"https://ntfy.example.com/x\"\ntopic = \"t\"",
        "13:10",
        "has a path",
        "only the host",
    ),
    (
        "kind = \"journal\"",
        "kind = \"ntfy\"\nserver = \"http://ntfy.example.com\"\ntopic = \"t\"\ntoken_file = \"x\"",
        "13:10",
        "in the clear",
        "https://",
    ),
    (
        "kind = \"journal\"",
        "kind = \"ntfy\"\ntopic = \"t\"\ninbox_topic = \"t\"",
        "14:15",
        "topic that alerts go to",
        "name of its own",
    ),
    (
        "kind = \"journal\"",
        "kind = \"ntfy\"\ntopic = \"t\"\ntoken_file = \"a\"\ntoken_credential = \"b\"",
        "15:20",
        "second source of the token",
        "keep one",
    ),
    (
        "kind = \"journal\"",
        "kind = \"journal\"\ntopic = \"t\"",
        "13:9",
        "does not belong to a channel of kind journal",
        "config.example.toml",
    ),
    (
        "kind = \"journal\"",
        "kind = \"webhook\"\nurl = \"gopher://secret-host/\"",
        "13:7",
        "not an address of a web server",
        "https://",
    ),
    (
        "kind = \"journal\"",
        "kind = \"webhook\"\nurl = \"https://h/\"\nformat = \"xml\"",
        "14:10",
        "unknown format",
        "docs/channels.md",
    ),
    (
        "kind = \"journal\"",
        "kind = \"webhook\"\nurl = \"https://h/\"\nheaders = { Host = \"x\" }",
        "14:20",
        "cannot be set",
        "Authorization",
    ),
    (
        "kind = \"journal\"",
        "kind = \"email\"\nhost = \"h\"\nfrom = \"a@b.example\"\nto = [\"HANAKO+alerts@example.com\"]",
        "15:7",
        "is watched itself",
        "another provider",
    ),
    (
        "kind = \"journal\"",
        "kind = \"command\"\ncommand = []",
        "13:11",
        "the command is empty",
        "no shell",
    ),
    (
        "kind = \"journal\"",
        "kind = \"command\"\ncommand = [\"x\"]\ntimeout = \"1h\"",
        "14:11",
        "longer than 100 s",
        "elsewhere",
    ),
    (
        "kind = \"journal\"",
        "kind = \"journal\"\nprivacy = \"none\"",
        "13:11",
        "unknown privacy",
        "full",
    ),
    (
        "kind = \"journal\"",
        "kind = \"pigeon\"",
        "12:8",
        "unknown channel kind",
        "desktop",
    ),
    (
        "kind = \"journal\"",
        "kind = \"journal\"\nmin_severity = \"loud\"",
        "13:16",
        "expected info, notice",
        "min_severity",
    ),
    (
        "[[channel]]\nkind = \"journal\"",
        "",
        "1:1",
        "no channel",
        "[[channel]]",
    ),
    (
        "[[channel]]",
        "[[channel]]\nkind = \"journal\"\n[[channel]]",
        "13:1",
        "two channels",
        "name =",
    ),
    (
        "\n[[account]]",
        "[limits]\nlook_back = \"3 days\"\n[[account]]",
        "4:13",
        "not a duration",
        "72h",
    ),
    (
        "\n[[account]]",
        "[limits]\nbackoff_first = \"9m\"\nbackoff_longest = \"1m\"\n[[account]]",
        "5:19",
        "shorter",
        "larger",
    ),
    (
        "\n[[account]]",
        "[limits]\nidle_renewal = \"29m\"\n[[account]]",
        "4:16",
        "at most 25m",
        "5m",
    ),
    (
        "\n[[account]]",
        "[limits]\nfetch_kib = 1\n[[account]]",
        "4:13",
        "out of range",
        "256",
    ),
];

#[test]
fn a_bad_configuration_names_its_place_and_the_next_step() {
    for (from, to, place, what, hint) in BAD {
        let text = SOUND.replacen(from, to, 1);
        assert_ne!(text, SOUND, "{from}");
        let output = check(&text);
        let stderr = String::from_utf8(output.stderr).unwrap();
        let lines: Vec<&str> = stderr.lines().collect();
        assert_eq!(output.status.code(), Some(78), "{to}: {stderr}");
        assert!(
            output.stdout.is_empty(),
            "{to}: results without a sound configuration"
        );
        assert!(lines[0].starts_with("error: "), "{to}: {stderr}");
        assert!(
            lines[0].contains(&format!("mailward.toml:{place}: ")),
            "{to}: {stderr}"
        );
        assert!(lines[0].contains(what), "{to}: {stderr}");
        let hinted = lines.last().unwrap();
        assert!(
            hinted.starts_with("hint: ") && hinted.contains(hint),
            "{to}: {stderr}"
        );
        assert!(
            !stderr.contains("hunter2"),
            "{to}: the password is in the message"
        );
        assert!(
            !stderr.contains('\u{1b}'),
            "{to}: colour without a terminal"
        );
    }
}

#[test]
fn two_accounts_need_two_names() {
    let account = SOUND.split("\n\n").nth(1).unwrap();
    let text = format!("{SOUND}\n{account}\n");
    let stderr = String::from_utf8(check(&text).stderr).unwrap();
    assert!(
        stderr.contains(":15:8: two accounts are named \"home\""),
        "{stderr}"
    );
}
