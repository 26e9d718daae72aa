//! Documents name only what there is: every command, key and file in them is held against the program.
#![cfg(feature = "demo")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::CommandFactory as _;
use clap::error::ErrorKind;
use mailward::cli::arguments::Arguments;
use mailward::config::{editor, parse};
use serde_json::Value;

/// Words with an underscore that documents name and that are no keys.
const OTHER_WORDS: &[&str] = &[
    "message_id",
    "order_ids",
    "statement_reminder",
    "sign_ins",
    "account_changes",
    "invalid_scope",
];

/// Documents whose words in code are of rules, not of the configuration.
const ABOUT_RULES: &[&str] = &["docs/rules.md", "docs/household.md"];

/// What completes a part of a configuration that a document shows.
const ACCOUNT: &str = "\n[[account]]\nname = \"test\"\nhost = \"imap.example.com\"\nuser = \"a\"\naddresses = [\"a@example.com\"]\npassword_file = \"p\"\n";
const CHANNEL: &str = "\n[[channel]]\nkind = \"journal\"\nname = \"test\"\n";

struct Document {
    name: String,
    text: String,
}

struct Block {
    language: String,
    text: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn documents() -> Vec<Document> {
    let mut names: Vec<PathBuf> = ["README.md", "README.ja.md", "CONTRIBUTING.md"]
        .map(PathBuf::from)
        .to_vec();
    for entry in std::fs::read_dir(root().join("docs")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|it| it == "md") {
            names.push(path.strip_prefix(root()).unwrap().to_owned());
        }
    }
    names.sort();
    assert!(names.len() > 6);
    names
        .into_iter()
        .map(|name| Document {
            text: std::fs::read_to_string(root().join(&name)).unwrap(),
            name: name.display().to_string(),
        })
        .collect()
}

impl Document {
    /// Its fenced blocks, and its text without them.
    fn split(&self) -> (Vec<Block>, String) {
        let mut blocks = Vec::new();
        let mut prose = String::new();
        let mut open: Option<Block> = None;
        for line in self.text.lines() {
            match (&mut open, line.trim_start().strip_prefix("```")) {
                (None, Some(language)) => {
                    open = Some(Block {
                        language: language.trim().to_owned(),
                        text: String::new(),
                    });
                }
                (Some(_), Some(_)) => blocks.extend(open.take()),
                (Some(block), None) => {
                    block.text.push_str(line);
                    block.text.push('\n');
                }
                (None, None) => {
                    prose.push_str(line);
                    prose.push('\n');
                }
            }
        }
        assert!(open.is_none(), "{}: a block is not closed", self.name);
        (blocks, prose)
    }

    /// What stands between backticks in the text.
    fn code(&self) -> Vec<String> {
        let (_, prose) = self.split();
        let parts = prose
            .lines()
            .flat_map(|line| line.split('`').skip(1).step_by(2));
        parts.map(str::to_owned).collect()
    }

    /// The targets of its links and pictures.
    fn links(&self) -> Vec<String> {
        let (_, prose) = self.split();
        let parts = prose.split("](").skip(1);
        parts
            .filter_map(|rest| rest.split_once(')'))
            .map(|(target, _)| target.to_owned())
            .collect()
    }
}

/// The arguments of each call of mailward in a line of shell.
fn calls(line: &str) -> Vec<Vec<String>> {
    let line = line.split(" # ").next().unwrap().trim();
    let mut calls = Vec::new();
    for part in line.split(['|', ';']).flat_map(|part| part.split("&&")) {
        let part = part.trim().trim_start_matches("sudo ");
        let rest = ["mailward ", "cargo run --release -- "]
            .iter()
            .find_map(|prefix| part.strip_prefix(prefix));
        if let Some(rest) = rest {
            calls.push(words(rest));
        }
    }
    calls
}

fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut quoted = false;
    let mut word = String::new();
    for character in text.chars() {
        match character {
            '"' => quoted = !quoted,
            ' ' if !quoted => {
                words.extend(Some(std::mem::take(&mut word)).filter(|it| !it.is_empty()));
            }
            other => word.push(other),
        }
    }
    words.extend(Some(word).filter(|it| !it.is_empty()));
    words
}

/// `me|not-me` is as many calls as it has alternatives; a word in capitals stands for a value.
fn variants(call: &[String]) -> Vec<Vec<String>> {
    let mut all = vec![vec!["mailward".to_owned()]];
    for word in call {
        let word = word.trim_matches(['[', ']']);
        let values: Vec<String> = match word {
            "SHELL" => vec!["bash".to_owned()],
            "DURATION" => vec!["10m".to_owned()],
            "DATE" => vec!["2026-01-31".to_owned()],
            "..." | "…" => continue,
            word => word
                .split(['|', '\\'])
                .filter(|it| !it.is_empty())
                .map(str::to_owned)
                .collect(),
        };
        all = all
            .iter()
            .flat_map(|call| {
                values
                    .iter()
                    .map(|value| [call.clone(), vec![value.clone()]].concat())
            })
            .collect();
    }
    all
}

/// What the program says against a call; a text may name a command without its arguments.
fn objection(call: &[String], must_be_whole: bool) -> Option<String> {
    let error = Arguments::command().try_get_matches_from(call).err()?;
    let is_help = matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    );
    let is_cut_short = matches!(
        error.kind(),
        ErrorKind::MissingRequiredArgument
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
            | ErrorKind::MissingSubcommand
    );
    let is_fine = is_help || is_cut_short && !must_be_whole;
    (!is_fine).then(|| format!("{call:?}: {error}"))
}

#[test]
fn every_command_in_a_document_is_one_of_the_program() {
    let mut wrong = Vec::new();
    let mut seen = 0_usize;
    for document in documents() {
        let (blocks, _) = document.split();
        let lines = blocks
            .iter()
            .filter(|it| it.language == "sh")
            .flat_map(|it| it.text.lines());
        let whole = lines.flat_map(calls).map(|call| (call, true));
        // In the text a `|` parts alternatives; in a block it is a pipe.
        let named = document.code();
        let named = named
            .iter()
            .filter_map(|code| code.strip_prefix("mailward "));
        let named = named.map(|rest| (words(rest), false));
        for (call, must_be_whole) in whole.chain(named) {
            for call in variants(&call) {
                seen += 1;
                let objection = objection(&call, must_be_whole);
                wrong.extend(objection.map(|it| format!("{}: {it}", document.name)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 40, "{seen}");
}

#[test]
fn every_configuration_in_a_document_loads() {
    let mut seen = 0_usize;
    for document in documents() {
        if ABOUT_RULES.contains(&document.name.as_str()) {
            continue;
        }
        for block in document.split().0 {
            if block.language != "toml" {
                continue;
            }
            let mut text = block.text.clone();
            for (table, missing) in [("[[account]]", ACCOUNT), ("[[channel]]", CHANNEL)] {
                if !text.contains(table) {
                    text.push_str(missing);
                }
            }
            seen += 1;
            if let Err(error) = parse::parse(&text, Path::new("/somewhere/mailward.toml")) {
                panic!("{}: {error}\n{text}", document.name);
            }
        }
    }
    assert!(seen > 0);
}

/// Every key of the file, in whichever table.
fn keys(schema: &Value, into: &mut BTreeSet<String>) {
    for inner in [schema, &schema["items"]] {
        for (key, below) in inner["properties"].as_object().into_iter().flatten() {
            into.insert(key.clone());
            keys(below, into);
        }
    }
}

#[test]
fn every_key_in_a_document_is_one_of_the_configuration() {
    let mut known = BTreeSet::new();
    keys(&editor::json_schema(), &mut known);
    let mut wrong = Vec::new();
    for document in documents() {
        if ABOUT_RULES.contains(&document.name.as_str()) {
            continue;
        }
        for code in document.code() {
            let key = code.split_once(" = ").map_or(code.as_str(), |(key, _)| key);
            let is_word = key.chars().all(|it| it.is_ascii_lowercase() || it == '_');
            let is_key = is_word && (key.contains('_') || code.contains(" = "));
            if is_key && !known.contains(key) && !OTHER_WORDS.contains(&key) && key != "template" {
                wrong.push(format!("{}: `{code}`", document.name));
            }
        }
    }
    assert!(wrong.is_empty(), "no such key:\n{}", wrong.join("\n"));
}

#[test]
fn every_file_in_a_document_is_there() {
    const FOLDERS: &[&str] = &[
        "tests/",
        "docs/",
        "src/",
        "systemd/",
        "packaging/",
        "samples/",
        "demo/",
        "rules/",
        "benches/",
    ];
    let mut wrong = Vec::new();
    for document in documents() {
        let folder = root().join(&document.name).parent().unwrap().to_owned();
        for link in document.links() {
            let path = link.split('#').next().unwrap();
            if !path.is_empty() && !link.contains("://") && !folder.join(path).exists() {
                wrong.push(format!("{}: {link}", document.name));
            }
        }
        for code in document.code() {
            let path = code.split(' ').next().unwrap();
            let named =
                FOLDERS.iter().any(|folder| path.starts_with(folder)) && !path.contains('*');
            if named && !root().join(path).exists() {
                wrong.push(format!("{}: `{code}`", document.name));
            }
        }
    }
    assert!(wrong.is_empty(), "no such file:\n{}", wrong.join("\n"));
}

/// A line of shell without its comment, in whichever language that is.
fn uncommented(text: &str) -> String {
    let lines = text
        .lines()
        .map(|line| line.split(" # ").next().unwrap().trim_end());
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn both_readmes_have_the_same_shape() {
    let all = documents();
    let find = |name: &str| all.iter().find(|it| it.name == name).unwrap();
    let (english, japanese) = (find("README.md"), find("README.ja.md"));
    let headings = |document: &Document| -> Vec<usize> {
        let (_, prose) = document.split();
        let marks = prose.lines().filter(|line| line.starts_with('#'));
        marks
            .map(|line| line.chars().take_while(|it| *it == '#').count())
            .collect()
    };
    assert_eq!(headings(english), headings(japanese));
    let blocks = |document: &Document| -> Vec<(String, String)> {
        let blocks = document.split().0.into_iter();
        blocks
            .map(|block| match block.language.as_str() {
                // Pictures of the demo, each in its own language.
                "text" => (block.language, String::new()),
                _ => (block.language, uncommented(&block.text)),
            })
            .collect()
    };
    assert_eq!(blocks(english), blocks(japanese));
    let links = |document: &Document| -> Vec<String> {
        let links = document.links().into_iter();
        links
            .map(|link| link.split('#').next().unwrap().to_owned())
            .filter(|link| !link.starts_with("README"))
            .collect()
    };
    assert_eq!(links(english), links(japanese));
}

#[test]
fn a_wrong_name_would_be_found() {
    assert!(objection(&["mailward", "frobnicate"].map(str::to_owned), false).is_some());
    assert!(objection(&["mailward", "answer", "a"].map(str::to_owned), true).is_some());
    assert!(objection(&["mailward", "answer"].map(str::to_owned), false).is_none());
    let found = calls("sudo mailward status --json | head  # what");
    assert_eq!(found, [["status", "--json"]]);
    let both = variants(&["answer", "ID", "me|unsure"].map(str::to_owned));
    assert_eq!(both.len(), 2);
}
