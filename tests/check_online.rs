//! `mailward check --online` against a real Dovecot: what is right, and what each trouble says and exits with.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Output};

use crate::dovecot::Dovecot;
use crate::dovecot::loopback::free_port;

#[path = "support/dovecot.rs"]
mod dovecot;

/// A folder with a configuration and a password file.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// An account table; `more` are further keys.
    fn account(&self, name: &str, port: u16, password: &str, more: &str) -> String {
        let file = self.0.path().join(format!("{name}.secret"));
        fs::write(&file, password).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        format!(
            "[[account]]\nname = \"{name}\"\nhost = \"127.0.0.1\"\nport = {port}\nuser = \"hanako\"\n\
             addresses = [\"hanako@example.com\"]\nauthserv_ids = [\"mx.example.com\"]\n\
             password_file = \"{}\"\n{more}\n",
            file.display()
        )
    }

    fn check(&self, language: &str, accounts: &str) -> Output {
        let config = self.0.path().join("mailward.toml");
        let channel = "[[channel]]\nkind = \"journal\"\n";
        fs::write(
            &config,
            format!("language = \"{language}\"\n{channel}{accounts}"),
        )
        .unwrap();
        Command::new(env!("CARGO_BIN_EXE_mailward"))
            .arg("--config")
            .arg(&config)
            .args(["check", "--online"])
            .env("XDG_STATE_HOME", self.0.path())
            .output()
            .unwrap()
    }
}

fn said(output: &Output) -> (i32, String) {
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(!text.contains("guess"), "{text}");
    (output.status.code().unwrap(), text)
}

/// The mailbox as its server stamps it.
fn mail(stamped_by: &str) -> String {
    format!(
        "Authentication-Results: {stamped_by}; dmarc=pass header.from=example.com\r\n\
         From: Shop <shop@example.com>\r\nTo: hanako@example.com\r\nSubject: hello\r\n\
         Message-ID: <{stamped_by}>\r\n\r\nhello\r\n"
    )
}

fn trusted(server: &Dovecot) -> String {
    format!("ca_file = \"{}\"", server.certificate().display())
}

#[test]
fn a_sound_account_shows_its_folders_idle_certificate_and_stamps() {
    let Some(server) = Dovecot::start() else {
        return;
    };
    server.deliver("hanako", &mail("mx.example.com"));
    server.append("hanako", "Orders", &mail("mx.example.com"));
    let place = Place::new();
    let account = place.account("home", server.imaps, "secret", &trusted(&server));
    let (code, text) = said(&place.check("en", &account));
    assert_eq!(code, 0, "{text}");
    for part in [
        "\nonline         home\n               The certificate ",
        "INBOX",
        "Orders",
        " IDLE ",
        "mx.example.com (1)",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let (code, text) = said(&place.check("ja", &account));
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("証明書"), "{text}");
}

#[test]
fn stamps_of_another_name_than_the_configured_one_are_pointed_out() {
    let Some(server) = Dovecot::start() else {
        return;
    };
    server.deliver("hanako", &mail("other.example.com"));
    let place = Place::new();
    let account = place.account("home", server.imaps, "secret", &trusted(&server));
    let (code, text) = said(&place.check("en", &account));
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("other.example.com (1)"), "{text}");
    assert!(
        text.trim_end()
            .lines()
            .last()
            .unwrap()
            .contains("mx.example.com"),
        "{text}"
    );
}

#[test]
fn a_wrong_password_exits_with_77_and_says_what_to_check() {
    let Some(server) = Dovecot::start() else {
        return;
    };
    let place = Place::new();
    let account = place.account("home", server.imaps, "guess", &trusted(&server));
    let (code, text) = said(&place.check("en", &account));
    assert_eq!(code, 77, "{text}");
    assert!(
        text.ends_with(
            "The server refused the login of hanako. Check login name and password, and that IMAP is allowed in your provider's settings.\n"
        ),
        "{text}"
    );
    let (code, text) = said(&place.check("ja", &account));
    assert_eq!(code, 77, "{text}");
    assert!(text.contains("ログイン名とパスワード"), "{text}");
}

#[test]
fn an_unknown_certificate_exits_with_69_and_shows_its_fingerprint_and_no_login_was_tried() {
    let Some(server) = Dovecot::start() else {
        return;
    };
    let place = Place::new();
    let account = place.account("home", server.imaps, "secret", "");
    let (code, text) = said(&place.check("en", &account));
    assert_eq!(code, 69, "{text}");
    assert!(
        text.contains("The certificate of 127.0.0.1 is not trusted; its SHA-256 fingerprint is "),
        "{text}"
    );
    assert!(text.contains("run `mailward init` again"), "{text}");
    assert!(!text.contains("IDLE"), "{text}");
    let shown = text.split("fingerprint is ").nth(1).unwrap();
    let fingerprint: String = shown
        .chars()
        .filter(char::is_ascii_hexdigit)
        .take(64)
        .collect();
    let known = Command::new("openssl")
        .args(["x509", "-noout", "-fingerprint", "-sha256", "-in"])
        .arg(server.certificate())
        .output()
        .unwrap();
    let known = String::from_utf8(known.stdout).unwrap();
    let known = known.split('=').nth(1).unwrap().trim().replace(':', "");
    assert_eq!(fingerprint.to_lowercase(), known.to_lowercase());
    // Accepted, it is right; another one's is not.
    let pinned = place.account(
        "home",
        server.imaps,
        "secret",
        &format!("certificate_sha256 = \"{fingerprint}\""),
    );
    let (code, text) = said(&place.check("en", &pinned));
    assert_eq!(code, 0, "{text}");
    let other = format!("certificate_sha256 = \"{}\"", "0".repeat(64));
    let other = place.account("home", server.imaps, "secret", &other);
    let (code, text) = said(&place.check("en", &other));
    assert_eq!(code, 69, "{text}");
    assert!(
        text.contains("another certificate than the accepted one"),
        "{text}"
    );
}

#[test]
fn an_unreachable_server_exits_with_69_and_the_others_are_asked_all_the_same() {
    let Some(server) = Dovecot::start() else {
        return;
    };
    let place = Place::new();
    let port = free_port();
    let accounts = place.account("gone", port, "secret", "")
        + &place.account("home", server.imaps, "secret", &trusted(&server));
    let (code, text) = said(&place.check("en", &accounts));
    assert_eq!(code, 69, "{text}");
    assert!(
        text.contains(&format!(
            "127.0.0.1 port {port} was not reached: no connection: the server does not answer on this port. Check the name of the server and the network.\n"
        )),
        "{text}"
    );
    let home = text.split("online         home\n").nth(1).unwrap();
    assert!(home.contains(" IDLE "), "{text}");
    // The first trouble decides what it exits with.
    let accounts = place.account("wrong", server.imaps, "guess", &trusted(&server))
        + &place.account("gone", port, "secret", "");
    assert_eq!(said(&place.check("en", &accounts)).0, 77);
}
