//! `mailward demo`, as somebody sees it who has just cloned the repository.
#![cfg(feature = "demo")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

/// Runs the demo in a home folder of its own, without a desktop.
fn demo(home: &Path, language: &str, story: &str) -> Output {
    let tmp = home.join("tmp");
    std::fs::create_dir_all(&tmp).unwrap();
    Command::new(env!("CARGO_BIN_EXE_mailward"))
        .args(["--lang", language, "demo", "--fast", "--story", story])
        .env_clear()
        .env("HOME", home)
        .env("TMPDIR", &tmp)
        .output()
        .unwrap()
}

fn printed(language: &str, story: &str) -> String {
    let home = tempfile::tempdir().unwrap();
    let output = demo(home.path(), language, story);
    assert!(output.status.success(), "{output:?}");
    assert!(
        output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let left: Vec<_> = walk(home.path());
    assert!(left.is_empty(), "left behind: {left:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Every file below a folder.
fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(walk(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// The order numbers in the report.
fn orders(text: &str) -> BTreeSet<&str> {
    let report = text.split("────").last().unwrap();
    report
        .split_whitespace()
        .filter(|word| word.len() == 19 && word.matches('-').count() == 2)
        .collect()
}

/// The lines on which an alert of this level begins.
fn count(text: &str, level: &str) -> usize {
    text.lines()
        .filter(|line| line.starts_with(&format!("  {level}  ")))
        .count()
}

#[test]
fn the_takeover_asks_rings_and_ends_with_the_report() {
    for (language, question, notice, critical, charged, step) in [
        (
            "ja",
            "質問",
            "注意",
            "緊急",
            "請求の可能性あり",
            "カード会社に電話する",
        ),
        (
            "en",
            "question",
            "notice",
            "critical",
            "possibly charged",
            "Call the card issuer",
        ),
    ] {
        let text = printed(language, "takeover");
        assert_eq!(count(&text, question), 2, "{text}");
        assert_eq!(count(&text, notice), 1, "{text}");
        assert!(count(&text, critical) >= 2, "{text}");
        assert_eq!(orders(&text).len(), 7, "{text}");
        let rows = text
            .lines()
            .filter(|line| line.trim_end().ends_with(charged))
            .count();
        assert_eq!(rows, 3, "{text}");
        assert!(text.contains(step), "{text}");
        assert!(
            !text.contains('\u{1b}'),
            "no colour where nobody looks: {text}"
        );
        for code in ["482913", "170365"] {
            assert!(!text.contains(code), "the code {code} was printed");
        }
    }
}

#[test]
fn five_orders_and_two_cancellations_are_five_and_two() {
    let text = printed("en", "five-orders");
    assert_eq!(orders(&text).len(), 5, "{text}");
    let cancelled = text
        .lines()
        .filter(|line| line.ends_with("  cancelled"))
        .count();
    assert_eq!(cancelled, 2, "{text}");
}

#[test]
fn an_ordinary_day_is_silent() {
    let text = printed("en", "ordinary-day");
    assert!(text.contains("Nothing rang that day."), "{text}");
    for level in ["question", "notice", "warning", "critical"] {
        assert_eq!(count(&text, level), 0, "{text}");
    }
    assert!(printed("ja", "ordinary-day").contains("通知は一度も鳴りませんでした"));
}

#[test]
fn the_mail_bomb_names_the_order_that_it_buries() {
    let text = printed("en", "mail-bomb");
    assert!(text.contains("far more mail than usual"), "{text}");
    assert!(
        text.contains("Orders of the last 24 hours: 112-8840261-5179930"),
        "{text}"
    );
}

#[test]
fn a_story_that_is_not_there_or_broken_is_named_with_its_place() {
    let home = tempfile::tempdir().unwrap();
    let missing = demo(home.path(), "en", "nowhere.toml");
    assert_eq!(missing.status.code(), Some(66), "{missing:?}");
    let path = home.path().join("broken.toml");
    std::fs::write(&path, "person = \"a@example.com\"\nperhaps = 1\n").unwrap();
    let broken = demo(home.path(), "en", path.to_str().unwrap());
    assert_eq!(broken.status.code(), Some(65), "{broken:?}");
    let said = String::from_utf8_lossy(&broken.stderr).into_owned();
    assert!(said.contains("broken.toml:2:1"), "{said}");
}
