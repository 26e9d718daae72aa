//! `mailward explain` and `mailward rules`: what is said about one mail and about a rule file, and what is not.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

use std::path::PathBuf;
use std::process::{Command, Output};

use mailward::io::archives;

fn mailward(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mailward"))
        .args(arguments)
        .env("XDG_CONFIG_HOME", "/nowhere")
        .env("LC_ALL", "C")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A mail of the sample story as a file of its own.
fn sample(folder: &tempfile::TempDir, number: usize) -> PathBuf {
    let story = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("samples/story.mbox");
    let mail = archives::open(&story)
        .unwrap()
        .nth(number - 1)
        .unwrap()
        .unwrap();
    let path = folder.path().join("mail.eml");
    std::fs::write(&path, mail.bytes).unwrap();
    path
}

const PINNED: [&str; 4] = [
    "--authserv-id",
    "mx.example.com",
    "--address",
    "hanako@example.com",
];

#[test]
fn an_order_is_explained_with_its_rule_evidence_and_fields() {
    let folder = tempfile::tempdir().unwrap();
    let path = sample(&folder, 6);
    let output = mailward(&[&["explain", path.to_str().unwrap()][..], &PINNED].concat());
    let text = stdout(&output);
    for expected in [
        "signal    order_placed\nrule      amazon/",
        "order_ids: 503-4100271-7300613",
        "amount: 2500",
        "item: gift_card",
        "sender    verified",
        "dmarc=pass",
        "\nnot       ",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    let unpinned = stdout(&mailward(&["explain", path.to_str().unwrap()]));
    assert!(unpinned.contains("sender    unverified"), "{unpinned}");
}

#[test]
fn redacting_leaves_out_what_names_the_person_or_the_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = sample(&folder, 6);
    let output = mailward(
        &[
            &["explain", "--redact", path.to_str().unwrap()][..],
            &PINNED,
        ]
        .concat(),
    );
    let text = stdout(&output);
    for secret in ["503-4100271", "2500", "sample-0010", "hanako"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    assert!(text.contains("order_ids: XXX-XXXXXXX-XXXXXXX"), "{text}");
    assert!(text.contains("rule      amazon/"), "{text}");
}

/// The sample's sign-in codes, which `samples/make.py` derives from the mails' numbers.
const CODES: [&str; 2] = ["703027", "704036"];

#[test]
fn the_value_of_a_code_is_never_printed() {
    let folder = tempfile::tempdir().unwrap();
    let path = sample(&folder, 3);
    let explained = mailward(&[&["explain", path.to_str().unwrap()][..], &PINNED].concat());
    assert!(
        stdout(&explained).contains("purpose: sign_in"),
        "{}",
        stdout(&explained)
    );
    let raw = String::from_utf8(std::fs::read(&path).unwrap()).unwrap();
    assert!(raw.contains("base64"), "the code lies encoded in the mail");
    let mut printed = vec![explained];
    for format in ["text", "jsonl"] {
        printed.push(mailward(
            &[
                &[
                    "scan",
                    "--signals",
                    "--format",
                    format,
                    "samples/story.mbox",
                ][..],
                &PINNED,
            ]
            .concat(),
        ));
    }
    for output in printed {
        for code in CODES {
            assert!(!stdout(&output).contains(code) && !stderr(&output).contains(code));
        }
    }
}

#[test]
fn broken_mails_are_messages_and_no_error() {
    let folder = tempfile::tempdir().unwrap();
    let broken: [(&str, &[u8]); 6] = [
        (
            "charset.eml",
            b"Subject: x\nContent-Type: text/plain; charset=\"utf-8\"\n\n\xff\xfe\x1b$B\x80",
        ),
        (
            "boundary.eml",
            b"Subject: x\nContent-Type: multipart/mixed; boundary=a\n\n--a\n--a\nContent-Type",
        ),
        ("headers.eml", b"no colon here\n\x00\x01\x02"),
        (
            "word.eml",
            b"Subject: =?utf-8?B?####?= =?none?Q?=ZZ?=\nFrom: \"\nTo:\n\n",
        ),
        ("base64.eml", b"Content-Transfer-Encoding: base64\n\n====="),
        (
            "html.eml",
            b"Content-Type: text/html\n\n<table><tr><td><!-- <b",
        ),
    ];
    for (name, bytes) in broken {
        std::fs::write(folder.path().join(name), bytes).unwrap();
        let path = folder.path().join(name);
        let output = mailward(&["explain", path.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(0), "{name}: {}", stderr(&output));
        assert!(stdout(&output).contains("signal    none"), "{name}");
    }
    let output = mailward(&["scan", "--format", "jsonl", folder.path().to_str().unwrap()]);
    assert_eq!(
        (output.status.code(), stderr(&output).as_str()),
        (Some(0), "")
    );
    assert!(
        stdout(&output).contains("\"messages\":6,\"unreadable\":0"),
        "{}",
        stdout(&output)
    );
}

#[test]
fn a_rule_file_is_sound_or_its_fault_has_a_place() {
    let good = mailward(&["rules", "test", "rules/amazon.toml"]);
    assert!(
        stdout(&good).starts_with("rules/amazon.toml: sound; "),
        "{}",
        stdout(&good)
    );
    let all = mailward(&["rules", "test"]);
    assert!(stdout(&all).contains(" packs: sound; "), "{}", stdout(&all));

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bad.toml");
    std::fs::write(&path, "id = \"acme\"\nnonsense = 1\n").unwrap();
    let bad = mailward(&["rules", "test", path.to_str().unwrap()]);
    assert_eq!(bad.status.code(), Some(65), "{}", stderr(&bad));
    assert!(stderr(&bad).contains("bad.toml:2:1: "), "{}", stderr(&bad));
    assert!(stderr(&bad).contains("\nhint: "), "{}", stderr(&bad));

    // The same file in the configured folder is an error of the configuration.
    let config = folder.path().join("mailward.conf");
    let example = include_str!("../config.example.toml").replace("/etc/mailward/rules", ".");
    std::fs::write(&config, example).unwrap();
    for command in [
        &["check"][..],
        &["rules", "list"],
        &["scan", "samples/story.mbox"],
    ] {
        let output = mailward(&[&["--config", config.to_str().unwrap()][..], command].concat());
        assert_eq!(
            output.status.code(),
            Some(78),
            "{command:?}: {}",
            stderr(&output)
        );
        assert!(
            stderr(&output).contains("bad.toml:2:1: "),
            "{command:?}: {}",
            stderr(&output)
        );
    }
}

#[test]
fn an_example_that_comes_out_otherwise_is_named() {
    let pack = include_str!("../rules/etsy.toml").replace("24.99 USD", "25 USD");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("etsy.toml");
    std::fs::write(&path, pack).unwrap();
    let output = mailward(&["rules", "test", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(65), "{}", stdout(&output));
    let said = stderr(&output);
    assert!(said.contains("1 examples do not come out"), "{said}");
    assert!(said.contains("etsy/order"), "{said}");
    assert!(said.contains("25 USD"), "{said}");
}

#[test]
fn the_services_are_listed() {
    let english = mailward(&["rules"]);
    assert!(
        stdout(&english)
            .lines()
            .any(|line| line.starts_with("amazon ")),
        "{}",
        stdout(&english)
    );
    assert_eq!(stdout(&english), stdout(&mailward(&["rules", "list"])));
}
