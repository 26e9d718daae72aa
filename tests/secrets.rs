//! Secrets come from where the person keeps them, and from nowhere into an error.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use mailward::io::secrets::{SecretsError, Source};

const SECRET: &str = "hunter2-not-to-be-seen";

fn command(words: &[&str]) -> Source {
    Source::Command(words.iter().map(|word| (*word).to_owned()).collect())
}

fn file(folder: &Path, mode: u32) -> PathBuf {
    let path = folder.join("password");
    fs::write(&path, format!("{SECRET}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    path
}

/// The error of a source, which must not hold the secret in any form.
async fn error(source: Source) -> (SecretsError, String) {
    let error = source.read().await.unwrap_err();
    let text = error.to_string();
    assert!(!text.contains("hunter2"), "{text}");
    assert!(!format!("{error:?}").contains("hunter2"));
    (error, text)
}

#[tokio::test]
async fn a_command_runs_without_a_shell_and_without_input() {
    let read = async |words: &[&str]| command(words).read().await.unwrap().expose().to_owned();
    assert_eq!(read(&["echo", "$HOME; a b"]).await, "$HOME; a b");
    let script = "cat; echo hunter2; echo second line";
    assert_eq!(read(&["sh", "-c", script]).await, "hunter2");
    let token = Source::TokenCommand(vec!["echo".to_owned(), "ya29.token".to_owned()]);
    assert_eq!(token.read().await.unwrap().expose(), "ya29.token");
}

#[tokio::test]
async fn a_command_that_fails_shows_its_status_only() {
    let script = format!("echo {SECRET}; echo {SECRET} >&2; exit 3");
    let failing = tempfile::tempdir().unwrap();
    let path = failing.path().join("failing");
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    let (found, text) = error(command(&[path.to_str().unwrap()])).await;
    assert!(matches!(found, SecretsError::Failed { .. }), "{text}");
    assert!(text.contains("exit status: 3"), "{text}");

    let (found, text) = error(command(&["/nonexistent/pass", SECRET])).await;
    assert!(matches!(found, SecretsError::NotStarted { .. }), "{text}");
    assert!(text.contains("/nonexistent/pass"), "{text}");
    let (found, _) = error(command(&[])).await;
    assert!(matches!(found, SecretsError::NoProgram { .. }));
    let (found, _) = error(command(&["true"])).await;
    assert!(matches!(found, SecretsError::Empty { .. }));
}

#[tokio::test]
async fn a_file_must_be_for_its_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    for mode in [0o600, 0o400] {
        let source = Source::File(file(folder.path(), mode));
        assert_eq!(source.read().await.unwrap().expose(), SECRET);
        fs::remove_file(folder.path().join("password")).unwrap();
    }
    for mode in [0o644, 0o640, 0o604, 0o620] {
        let (found, text) = error(Source::File(file(folder.path(), mode))).await;
        assert!(matches!(found, SecretsError::Readable { .. }), "{text}");
        assert!(text.contains("chmod 600"), "{text}");
    }
}

#[tokio::test]
async fn what_is_no_readable_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (found, _) = error(Source::File(folder.path().to_owned())).await;
    assert!(matches!(found, SecretsError::NotAFile { .. }));

    let pipe = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let (found, _) = error(Source::File(pipe)).await;
    assert!(matches!(found, SecretsError::NotAFile { .. }));

    let (found, text) = error(Source::File(folder.path().join("none"))).await;
    assert!(matches!(found, SecretsError::Unreadable { .. }), "{text}");

    let flood = file(folder.path(), 0o600);
    fs::write(&flood, "hunter2".repeat(20_000)).unwrap();
    let (found, _) = error(Source::File(flood)).await;
    assert!(matches!(found, SecretsError::TooLong { .. }));
}

#[tokio::test]
async fn a_credential_is_a_name_and_needs_systemd() {
    for name in ["", "..", "../imap", "a/b", "/etc/shadow"] {
        let (found, _) = error(Source::Credential(name.to_owned())).await;
        assert!(matches!(found, SecretsError::NotAName { .. }), "{name}");
    }
    let (found, text) = error(Source::Credential("imap".to_owned())).await;
    assert!(matches!(found, SecretsError::NoCredentials { .. }));
    assert!(text.contains("LoadCredential=imap:"), "{text}");
}
