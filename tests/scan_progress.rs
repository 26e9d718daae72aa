//! How far a scan is shows on a terminal, and nowhere else.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::string_slice,
    reason = "a test may panic"
)]

use std::fs;
use std::process::{Command, Stdio};

/// Runs a shell line in a pseudo-terminal of util-linux's `script`; what the terminal saw. `None` where it is not
/// installed.
fn in_a_terminal(line: &str, more: &[(&str, &str)]) -> Option<String> {
    let output = Command::new("script")
        .args(["--quiet", "--return", "--command", line, "/dev/null"])
        .env("XDG_CONFIG_HOME", "/nowhere")
        .env("TERM", "xterm-256color")
        .env_remove("NO_COLOR")
        .envs(more.iter().copied())
        .stdin(Stdio::null())
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output();
    if output.is_err() {
        assert!(
            mailward::io::environment::variable("MAILWARD_REAL_SERVERS").is_none(),
            "script is not installed (util-linux)"
        );
        eprintln!("skipped: script is not installed (util-linux)");
    }
    let output = output.ok()?;
    let seen = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{seen}");
    Some(seen)
}

fn program() -> &'static str {
    env!("CARGO_BIN_EXE_mailward")
}

/// A colour: CSI, parameters, `m` (ECMA-48 §8.3.117).
fn has_colour(text: &str) -> bool {
    text.split('\u{1b}').skip(1).any(|rest| {
        let end = rest.find(|c: char| c.is_ascii_alphabetic());
        rest.starts_with('[') && end.is_some_and(|end| rest[end..].starts_with('m'))
    })
}

#[test]
fn a_terminal_sees_the_bar_and_the_pipe_gets_nothing_but_lines() {
    let folder = tempfile::tempdir().unwrap();
    let piped = folder.path().join("out");
    for (language, words, estimate) in [("en", " mails [", " left"), ("ja", "通 [", "残り 00:0")]
    {
        let line = format!(
            "{} --lang {language} scan --format jsonl --signals samples/story.mbox > {}",
            program(),
            piped.display()
        );
        let Some(seen) = in_a_terminal(&line, &[]) else {
            return;
        };
        assert!(seen.contains(words), "{seen:?}");
        assert!(seen.contains('%'), "{seen:?}");
        assert!(seen.contains(estimate), "{seen:?}");
        let text = fs::read_to_string(&piped).unwrap();
        assert!(text.lines().count() > 10);
        for line in text.lines() {
            serde_json::from_str::<serde_json::Value>(line).unwrap();
        }
    }
}

#[test]
fn the_bar_goes_before_the_results_come_and_has_no_colour() {
    for more in [&[][..], &[("NO_COLOR", "1")]] {
        let line = format!("{} --lang en scan samples/story.mbox", program());
        let Some(seen) = in_a_terminal(&line, more) else {
            return;
        };
        let bar = seen.rfind(" mails [").unwrap();
        let results = seen.find("2026-11-").unwrap();
        assert!(bar < results, "{seen:?}");
        // The line is cleared: whoever looks at the screen afterwards sees results only.
        assert!(seen[bar..results].contains("\u{1b}[2K"), "{seen:?}");
        assert!(!has_colour(&seen), "{seen:?}");
    }
}

#[test]
fn an_error_in_the_middle_stands_on_a_line_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let mails = folder.path().join("mails");
    fs::create_dir(&mails).unwrap();
    fs::write(mails.join("a.eml"), "Subject: one\n\none\n").unwrap();
    fs::write(mails.join("b.eml"), "").unwrap();
    let line = format!("{} --lang en scan {}", program(), mails.display());
    let Some(seen) = in_a_terminal(&line, &[]) else {
        return;
    };
    let error = seen.find("cannot be read: b.eml").expect("no error");
    let before = seen[..error].trim_end_matches("\u{1b}[2K");
    assert!(
        before.is_empty() || before.ends_with(['\n', '\r']),
        "{seen:?}"
    );
}

#[test]
fn nothing_shows_where_nobody_looks() {
    let output = Command::new(program())
        .args(["scan", "--format", "jsonl", "samples/story.mbox"])
        .env("XDG_CONFIG_HOME", "/nowhere")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success());
    assert_eq!(output.stderr, b"");
    assert!(!output.stdout.contains(&0x1b));
}
