//! What is made from the program is current: completions, manual pages, the JSON Schema and the reference of the keys.
//! `MAILWARD_BLESS=1 cargo test --test generated` makes it anew.
#![cfg(feature = "demo")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::format_push_string,
    reason = "a test may panic and read its environment"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap_complete::Shell;
use mailward::cli::{completions, man, schema};
use mailward::config::editor;
use serde_json::Value;

const BEGIN: &str = "<!-- keys:begin -->\n";
const END: &str = "<!-- keys:end -->";
const EXAMPLE: &str = include_str!("../config.example.toml");

fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Compares a file with what it should hold, or writes it.
fn check(path: &str, content: &[u8]) {
    if std::env::var_os("MAILWARD_BLESS").is_some() {
        std::fs::create_dir_all(at(path).parent().unwrap()).unwrap();
        std::fs::write(at(path), content).unwrap();
        return;
    }
    let written = std::fs::read(at(path)).unwrap_or_default();
    assert!(
        written == content,
        "{path} is not current; make it anew: MAILWARD_BLESS=1 cargo test --test generated"
    );
}

#[test]
fn the_completions_are_current() {
    for (shell, name) in [
        (Shell::Bash, "mailward.bash"),
        (Shell::Zsh, "_mailward"),
        (Shell::Fish, "mailward.fish"),
    ] {
        let script = completions::script(shell);
        assert!(String::from_utf8_lossy(&script).contains("test-alert"));
        check(&format!("packaging/completions/{name}"), &script);
    }
}

#[test]
fn the_manual_pages_are_current_and_there_is_one_for_every_command() {
    let Ok(pages) = man::pages() else {
        panic!("the pages cannot be made")
    };
    let names: BTreeSet<String> = pages.iter().map(|(name, _)| name.clone()).collect();
    assert_eq!(pages[0].0, "mailward.1");
    assert!(names.contains("mailward-incidents-show.1"), "{names:?}");
    for (name, page) in &pages {
        check(&format!("packaging/man/{name}"), page);
    }
    for entry in std::fs::read_dir(at("packaging/man")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if !names.contains(name) {
            assert!(
                std::env::var_os("MAILWARD_BLESS").is_some(),
                "{name} is of a command that is gone"
            );
            std::fs::remove_file(&path).unwrap();
        }
    }
}

#[test]
fn the_schema_is_current() {
    let Ok(text) = schema::text() else {
        panic!("the schema cannot be made")
    };
    check("docs/mailward.schema.json", text.as_bytes());
}

#[test]
fn the_reference_of_the_keys_is_current() {
    let path = "docs/configuration.md";
    let document = std::fs::read_to_string(at(path)).unwrap();
    let (before, rest) = document.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let tables = reference(&editor::json_schema());
    check(
        path,
        format!("{before}{BEGIN}{tables}{END}{after}").as_bytes(),
    );
}

#[test]
fn every_key_is_described_and_no_other_one_is_allowed() {
    fn walk(schema: &Value, path: &str) {
        if let Some(keys) = schema["properties"].as_object() {
            assert_eq!(schema["additionalProperties"], false, "{path}");
            for (key, schema) in keys {
                let path = format!("{path}.{key}");
                let text = schema["description"].as_str().unwrap_or_default();
                assert!(text.ends_with('.') && text.len() > 8, "{path}: {text:?}");
                assert!(!text.contains("crate::"), "{path}: {text:?}");
                walk(schema, &path);
                walk(&schema["items"], &path);
            }
        }
    }
    walk(&editor::json_schema(), "");
}

/// `config.example.toml` shows every key; `tests/config.rs` proves that the limits in it are the defaults.
#[test]
fn the_defaults_in_the_schema_are_those_of_the_example() {
    let example: toml::Table = EXAMPLE.parse().unwrap();
    let limits = editor::json_schema()["properties"]["limits"]["properties"].clone();
    for (key, schema) in limits.as_object().unwrap() {
        let shown = serde_json::to_value(&example["limits"][key]).unwrap();
        assert_eq!(schema["default"], shown, "limits.{key}");
    }
    let folders = serde_json::to_value(&example["account"][0]["folders"]).unwrap();
    let account = &editor::json_schema()["properties"]["account"]["items"]["properties"];
    assert_eq!(account["folders"]["default"], folders);
}

/// One table for each table of the file.
fn reference(schema: &Value) -> String {
    let mut text = String::new();
    let root = schema["properties"].as_object().unwrap();
    let is_table = |schema: &Value| {
        schema["properties"].is_object() || schema["items"]["properties"].is_object()
    };
    text.push_str("## The file\n\n");
    text.push_str(&table(
        root.iter().filter(|(_, schema)| !is_table(schema)),
        schema,
    ));
    for (key, schema) in root.iter().filter(|(_, schema)| is_table(schema)) {
        let (heading, inner) = if schema["items"].is_object() {
            (format!("[[{key}]]"), &schema["items"])
        } else {
            (format!("[{key}]"), schema)
        };
        let keys = inner["properties"].as_object().unwrap();
        let about = schema["description"].as_str().unwrap();
        text.push_str(&format!("\n## `{heading}`\n\n{about}\n\n"));
        text.push_str(&table(keys.iter(), inner));
        // A table within it that the person writes has a reference of its own.
        for (within, schema) in keys.iter().filter(|(_, schema)| is_table(schema)) {
            let about = schema["description"].as_str().unwrap();
            text.push_str(&format!("\n### `[{key}.{within}]`\n\n{about}\n\n"));
            let keys = schema["properties"].as_object().unwrap();
            text.push_str(&table(keys.iter(), schema));
        }
    }
    text
}

fn table<'a>(keys: impl Iterator<Item = (&'a String, &'a Value)>, of: &Value) -> String {
    let mut text =
        "| key | type | default | example | |\n| --- | --- | --- | --- | --- |\n".to_owned();
    let required: Vec<&str> = of["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    for (key, schema) in keys {
        let about = schema["description"].as_str().unwrap();
        let default = match &schema["default"] {
            Value::Null if required.contains(&key.as_str()) => "required".to_owned(),
            Value::Null => String::new(),
            Value::Array(list) if list.is_empty() => String::new(),
            value @ (Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Object(_)) => shown(value),
        };
        let example = schema["examples"].get(0).map(shown).unwrap_or_default();
        let kind = kind(schema);
        text.push_str(&format!(
            "| `{key}` | {kind} | {default} | {example} | {about} |\n"
        ));
    }
    text
}

fn shown(value: &Value) -> String {
    // JSON and TOML write strings, numbers and lists alike.
    format!("`{value}`").replace("\",\"", "\", \"")
}

fn kind(schema: &Value) -> String {
    if schema["pattern"].is_string() {
        return "duration".to_owned();
    }
    if schema["enum"].is_array() {
        return "word".to_owned();
    }
    match schema["type"].as_str() {
        Some("array") => format!("list of {}s", kind(&schema["items"])),
        Some("integer") => "number".to_owned(),
        Some("boolean") => "true or false".to_owned(),
        Some("object") => "table".to_owned(),
        Some(other) => other.to_owned(),
        None => "any".to_owned(),
    }
}
