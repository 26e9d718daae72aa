//! The command line: exit codes, the three lines of an error, what goes to stdout and what to stderr.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Runs the program without any configuration in reach.
fn mailward(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mailward"));
    command
        .args(arguments)
        .env("XDG_CONFIG_HOME", "/nowhere")
        .env("LC_ALL", "C")
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn a_wrong_command_line_exits_with_64_and_help_with_0() {
    for wrong in [
        &["scan"][..],
        &["frobnicate"],
        &["scan", "--format", "xml", "samples"],
        &["scan", "--since", "soon", "samples"],
        &["--lang", "de", "rules"],
        &["scan", "--account", "home", "samples"],
    ] {
        let output = mailward(wrong);
        assert_eq!(code(&output), 64, "{wrong:?}: {}", stderr(&output));
        assert!(output.stdout.is_empty(), "{wrong:?}");
        assert!(!output.stderr.is_empty(), "{wrong:?}");
    }
    for fine in [&["--help"][..], &["scan", "--help"], &["--version"]] {
        let output = mailward(fine);
        assert_eq!(code(&output), 0, "{fine:?}");
        assert!(output.stderr.is_empty(), "{fine:?}");
    }
}

#[test]
fn a_missing_input_exits_with_66_before_anything_is_printed() {
    for missing in [
        &["scan", "samples/story.mbox", "/nowhere/x.mbox"][..],
        &["explain", "/nowhere/x.eml"],
        &[
            "scan",
            "--answers",
            "/nowhere/a.jsonl",
            "samples/story.mbox",
        ],
        &["rules", "test", "/nowhere/x.toml"],
    ] {
        let output = mailward(missing);
        assert_eq!(code(&output), 66, "{missing:?}: {}", stderr(&output));
        assert!(output.stdout.is_empty(), "{missing:?}");
        assert!(
            stderr(&output).starts_with("error: /nowhere/"),
            "{}",
            stderr(&output)
        );
        assert!(stderr(&output).contains("\nhint: "), "{}", stderr(&output));
    }
}

#[test]
fn bad_answers_exit_with_65_and_name_the_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("answers.jsonl");
    let good = r#"{"message_id":"<a@b>","answer":"not-me","at":"2026-11-22T01:02:03Z"}"#;
    for (bad, what) in [
        ("nonsense", ":3:"),
        (
            r#"{"answer":"me","at":"2026-11-22T01:02:03Z"}"#,
            "exactly one of incident and message_id",
        ),
        (
            r#"{"incident":"a","message_id":"b","answer":"me","at":"2026-11-22T01:02:03Z"}"#,
            "exactly one of",
        ),
        (
            r#"{"incident":"a","answer":"maybe","at":"2026-11-22T01:02:03Z"}"#,
            "unknown variant",
        ),
        (r#"{"incident":"a","answer":"me","at":"yesterday"}"#, ":3:"),
        (
            r#"{"incident":"a","answer":"me","when":"2026-11-22T01:02:03Z"}"#,
            "unknown field `when`",
        ),
    ] {
        std::fs::write(&path, format!("{good}\n\n{bad}\n")).unwrap();
        let output = mailward(&[
            "scan",
            "--answers",
            path.to_str().unwrap(),
            "samples/story.mbox",
        ]);
        assert_eq!(code(&output), 65, "{bad}");
        let text = stderr(&output);
        assert!(
            text.contains("answers.jsonl:3:") && text.contains(what),
            "{bad}: {text}"
        );
        assert!(text.contains("hint: a line looks like {"), "{text}");
    }
    std::fs::write(&path, good).unwrap();
    assert_eq!(
        code(&mailward(&[
            "scan",
            "--answers",
            path.to_str().unwrap(),
            "samples/story.mbox"
        ])),
        0
    );
}

#[test]
fn an_unreadable_mail_is_counted_and_told_on_stderr() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.eml"), "").unwrap();
    std::fs::write(folder.path().join("b.eml"), "Subject: b\n\n").unwrap();
    let output = mailward(&["scan", "--format", "jsonl", folder.path().to_str().unwrap()]);
    assert_eq!(code(&output), 0);
    let summary: serde_json::Value =
        serde_json::from_str(stdout(&output).lines().last().unwrap()).unwrap();
    assert_eq!(
        (summary["messages"].as_u64(), summary["unreadable"].as_u64()),
        (Some(2), Some(1))
    );
    assert_eq!(
        stderr(&output),
        "cannot be read: a.eml: the file is empty\n"
    );
}

#[test]
fn since_leaves_out_what_is_older() {
    let count = |arguments: &[&str]| {
        let output = mailward(arguments);
        let summary: serde_json::Value =
            serde_json::from_str(stdout(&output).lines().last().unwrap()).unwrap();
        summary["messages"].as_u64().unwrap()
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("two.mbox");
    let old = "From a Mon Jan 12 01:00:00 2004\nSubject: old\n\n\n";
    // Far in the future, so that the test does not age.
    let new = "From a Sat Jan 12 01:00:00 2999\nSubject: new\n\n\n";
    std::fs::write(&path, format!("{old}{new}")).unwrap();
    let path = path.to_str().unwrap();
    assert_eq!(count(&["scan", "--format", "jsonl", path]), 2);
    assert_eq!(
        count(&["scan", "--format", "jsonl", "--since", "90d", path]),
        1
    );
    assert_eq!(
        count(&["scan", "--format", "jsonl", "--since", "36500d", path]),
        2
    );
}

#[test]
fn an_account_is_chosen_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mailward.toml");
    let example =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("config.example.toml"))
            .unwrap();
    std::fs::write(&file, example.replace("\nrules =", "\n# rules =")).unwrap();
    let file = file.to_str().unwrap();
    let right = mailward(&[
        "--config",
        file,
        "scan",
        "--account",
        "home",
        "samples/story.mbox",
    ]);
    assert_eq!(code(&right), 0, "{}", stderr(&right));
    let wrong = mailward(&[
        "--config",
        file,
        "scan",
        "--account",
        "office",
        "samples/story.mbox",
    ]);
    assert_eq!(code(&wrong), 64);
    assert!(
        stderr(&wrong).contains("hint: the accounts are home"),
        "{}",
        stderr(&wrong)
    );
}

#[test]
fn a_named_configuration_must_be_sound_even_for_a_scan() {
    let output = mailward(&[
        "--config",
        "/nowhere/mailward.toml",
        "scan",
        "samples/story.mbox",
    ]);
    assert_eq!(code(&output), 78);
    assert!(
        stderr(&output).contains("caused by: "),
        "{}",
        stderr(&output)
    );
}

#[test]
fn the_language_is_the_flags_else_the_locales() {
    let english = stdout(&mailward(&["scan", "samples/story.mbox"]));
    assert!(english.contains("17 mails (0 unreadable)"), "{english}");
    let japanese = stdout(&mailward(&["--lang", "ja", "scan", "samples/story.mbox"]));
    assert!(japanese.contains("メール 17 通"), "{japanese}");
    let output = command(&["scan", "samples/story.mbox"])
        .env("LC_ALL", "ja_JP.UTF-8")
        .output()
        .unwrap();
    assert_eq!(
        stdout(&output)
            .lines()
            .last()
            .map(|line| line.starts_with("メール")),
        Some(true)
    );
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut child = command(&["rules", "list", "--help"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let status = child.wait().unwrap();
    assert!(status.code().is_some_and(|code| code == 0), "{status}");

    let mut child = command(&["scan", "--format", "jsonl", "samples/story.mbox"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((code(&output), stderr(&output).as_str()), (0, ""));
}

#[test]
fn an_empty_file_is_no_mail_to_explain() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["x.mbox", "x.eml"] {
        let path = folder.path().join(name);
        std::fs::write(&path, "").unwrap();
        let output = mailward(&["explain", path.to_str().unwrap()]);
        assert_eq!(code(&output), 65, "{name}");
        assert!(stderr(&output).contains("hint: "), "{name}");
    }
}

#[test]
fn a_mail_that_says_nothing_is_explained_as_that() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.eml");
    std::fs::write(
        &path,
        "From: a@example.com\nSubject: lunch\nDate: Sun, 22 Nov 2026 01:02:03 +0000\n\nbody\n",
    )
    .unwrap();
    let output = mailward(&["explain", path.to_str().unwrap()]);
    let text = stdout(&output);
    assert_eq!(code(&output), 0);
    assert!(
        text.contains("mail      x.eml\narrived   2026-11-22T01:02:03Z\nsignal    none"),
        "{text}"
    );
    assert!(text.contains("\nsender    unverified"), "{text}");
}
