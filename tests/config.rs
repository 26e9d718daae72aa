//! The configuration: the example loads and shows every key, defaults stand, and it is found where it should lie.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::missing_panics_doc,
    reason = "a test may panic"
)]

use std::path::Path;
use std::process::Command;

use mailward::config::{ChannelKind, Config, parse};
use mailward::engine::incident::Severity;
use mailward::engine::wording::Language;
use mailward::io::imap::Security;
use mailward::io::secrets::Source;

const EXAMPLE: &str = include_str!("../config.example.toml");

/// A sound configuration.
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

fn load(text: &str) -> Config {
    parse::parse(text, Path::new("/somewhere/mailward.toml"))
        .unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn the_example_loads_with_the_values_that_it_shows() {
    let config = load(EXAMPLE);
    assert_eq!(config.language, Some(Language::Ja));
    assert_eq!(config.quiet_hours, Some((60, 360)));
    assert_eq!(config.card_issuer.unwrap().phone, "0120-000-000");
    assert_eq!(
        config.limits,
        mailward::config::Limits::default(),
        "the example shows the defaults"
    );
    let account = &config.accounts[0];
    assert_eq!((account.port, account.security), (993, Security::Tls));
    assert_eq!(account.person, "hanako");
    assert_eq!(account.authserv_ids, ["mx.example.com"]);
    assert!(matches!(&account.secret, Source::Command(argv) if argv.len() == 3));
    let kinds: Vec<_> = config
        .channels
        .iter()
        .map(|channel| &channel.kind)
        .collect();
    assert_eq!(kinds, [&ChannelKind::Desktop, &ChannelKind::Journal]);
}

/// The reader itself names the keys that it knows; each of them must stand in the example.
#[test]
fn the_example_documents_every_key() {
    let mut keys = Vec::new();
    for unknown in [
        SOUND.replace("language", "nonsense"),
        SOUND.replace("host =", "nonsense ="),
        SOUND.replace("kind =", "nonsense ="),
        SOUND.replace("[[account]]", "[limits]\nnonsense = 1\n[[account]]"),
        SOUND.replace("[[account]]", "[card_issuer]\nnonsense = 1\n[[account]]"),
        SOUND.replace("[[account]]", "[heartbeat]\nnonsense = 1\n[[account]]"),
    ] {
        let error = parse::parse(&unknown, Path::new("x.toml")).unwrap_err();
        let hint = error.hint();
        assert!(hint.starts_with("the keys known here are "), "{hint}");
        keys.extend(hint.split('`').skip(1).step_by(2).map(str::to_owned));
    }
    assert!(keys.len() > 30, "only {keys:?}");
    for key in keys {
        let documented = EXAMPLE.lines().any(|line| {
            let line = line.trim_start_matches("# ");
            line.starts_with(&format!("{key} ="))
                || line == format!("[{key}]")
                || line == format!("[[{key}]]")
                || (line.contains("= {") && line.contains(&format!(" {key} =")))
        });
        assert!(documented, "config.example.toml does not show `{key}`");
    }
}

#[test]
fn what_is_left_out_has_its_default() {
    let config = load(SOUND);
    let account = &config.accounts[0];
    assert_eq!((account.port, account.security), (993, Security::Tls));
    assert_eq!(
        (account.person.as_str(), account.folders.join(" ")),
        ("me", "INBOX \\Junk \\Trash \\Archive \\All".to_owned())
    );
    assert_eq!(
        account.addresses,
        ["hanako@example.com"],
        "addresses are compared in lower case"
    );
    assert_eq!(
        account.secret,
        Source::File("/somewhere/secret".into()),
        "relative to the file"
    );
    assert_eq!(config.channels[0].name, "journal");
    assert_eq!(config.channels[0].min_severity, Severity::Info);
    assert_eq!(config.quiet_hours, None);
    let starttls = load(&SOUND.replace("user =", "security = \"starttls\"\nuser ="));
    assert_eq!(starttls.accounts[0].port, 143);
}

#[test]
fn no_encryption_is_for_loopback_only() {
    for host in ["localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]"] {
        let text = SOUND.replace(
            "imap.example.com\"",
            &format!("{host}\"\nsecurity = \"none\""),
        );
        assert_eq!(load(&text).accounts[0].security, Security::None, "{host}");
    }
}

#[test]
fn no_configuration_at_all_says_where_it_was_looked_for() {
    let home = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_mailward"))
        .arg("check")
        .env("XDG_CONFIG_HOME", home.path())
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(78), "{stderr}");
    assert!(
        stderr.contains(
            &home
                .path()
                .join("mailward/mailward.toml")
                .display()
                .to_string()
        ),
        "{stderr}"
    );
    assert!(stderr.contains("/etc/mailward/mailward.toml"), "{stderr}");
}

#[test]
fn the_configuration_is_found_in_the_users_folder() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("mailward");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(
        folder.join("mailward.toml"),
        SOUND.replace("journal", "pigeon"),
    )
    .unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_mailward"))
        .arg("check")
        .env("XDG_CONFIG_HOME", home.path())
        .output()
        .unwrap();
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("unknown channel kind")
    );
}

#[cfg(unix)]
#[test]
fn check_looks_at_the_secrets_place_but_not_at_the_secret() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mailward.toml");
    let secret = folder.path().join("secret");
    std::fs::write(&file, SOUND).unwrap();
    let run = || {
        Command::new(env!("CARGO_BIN_EXE_mailward"))
            .args(["check", "--config"])
            .arg(&file)
            .output()
            .unwrap()
    };
    assert_eq!(run().status.code(), Some(78), "the file is not there");

    std::fs::write(&secret, "hunter2\n").unwrap();
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o644)).unwrap();
    let open = run();
    assert_eq!(open.status.code(), Some(78), "others can read it");
    assert!(
        String::from_utf8(open.stderr)
            .unwrap()
            .contains("chmod 600")
    );

    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o600)).unwrap();
    let sound = run();
    let stdout = String::from_utf8(sound.stdout).unwrap();
    assert_eq!(sound.status.code(), Some(0));
    assert!(
        stdout.contains("home: hanako@example.com at imap.example.com:993 (tls)"),
        "{stdout}"
    );
    assert!(stdout.contains("no authserv_ids"), "{stdout}");
    assert!(!stdout.contains("hunter2"));
}
