//! Logging in: every way, and every way to be refused. No secret is ever shown.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test may panic"
)]

use std::io::Write;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mailward::engine::alert::Health;
use mailward::engine::watch::output::Activity;
use mailward::io::imap::folders::FolderFound;
use mailward::io::imap::probe::probe;
use mailward::io::imap::{Credentials, Options, QUIET_TARGETS, Security};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::support::account::{Password, Token, Watched, plain};
use crate::support::script::{Peer, serve};
use crate::support::watching::stored;

mod support;

fn start(port: u16, credentials: impl Credentials + 'static) -> Watched {
    Watched::start(plain(port), credentials, stored())
}

fn refused() -> Health {
    Health::LoginRefused {
        account: "home".to_owned(),
        sign_in: false,
    }
}

/// The rest of a session in which nothing is new.
async fn go_on(mut peer: Peer) {
    peer.open(4, 5).await;
    peer.fetch("5:*", &[]).await;
    peer.idle().await;
    peer.wait_for_end().await;
}

#[tokio::test]
async fn quotes_and_backslashes_in_a_password_arrive_as_they_are() {
    let port = serve(|mut peer, _| async move {
        peer.say("* OK [CAPABILITY IMAP4rev1 IDLE] hi").await;
        let line = peer.line().await;
        assert_eq!(line, r#"A0001 LOGIN "hanako" "a\"b\\c d""#);
        peer.say("A0001 OK in").await;
        peer.answer("CAPABILITY", "* CAPABILITY IMAP4rev1 IDLE")
            .await;
        go_on(peer).await;
    })
    .await;
    start(port, Password(r#"a"b\c d"#))
        .until(Activity::Idling)
        .await;
}

#[tokio::test]
async fn a_password_beyond_ascii_goes_through_authenticate_plain() {
    let port = serve(|mut peer, _| async move {
        peer.say("* OK [CAPABILITY IMAP4rev1 IDLE AUTH=PLAIN] hi")
            .await;
        assert_eq!(peer.line().await, "A0001 AUTHENTICATE PLAIN");
        peer.say("+ ").await;
        let message = STANDARD.decode(peer.line().await).unwrap();
        assert_eq!(message, "\0hanako\0合言葉".as_bytes());
        peer.say("A0001 OK in").await;
        peer.answer("CAPABILITY", "* CAPABILITY IMAP4rev1 IDLE")
            .await;
        go_on(peer).await;
    })
    .await;
    start(port, Password("合言葉"))
        .until(Activity::Idling)
        .await;
}

#[tokio::test]
async fn where_login_is_disabled_authenticate_plain_is_used_with_an_initial_response() {
    let port = serve(|mut peer, _| async move {
        peer.say("* OK [CAPABILITY IMAP4rev1 IDLE LOGINDISABLED SASL-IR AUTH=PLAIN] hi")
            .await;
        let line = peer.line().await;
        let message = line.strip_prefix("A0001 AUTHENTICATE PLAIN ").unwrap();
        assert_eq!(STANDARD.decode(message).unwrap(), b"\0hanako\0secret");
        peer.say("A0001 OK in").await;
        peer.answer("CAPABILITY", "* CAPABILITY IMAP4rev1 IDLE ID")
            .await;
        peer.answer("ID (\"name\" \"mailward\"", "* ID NIL").await;
        go_on(peer).await;
    })
    .await;
    start(port, Password("secret"))
        .until(Activity::Idling)
        .await;
}

#[tokio::test]
async fn a_server_without_any_usable_way_is_named_as_such() {
    let port = serve(|mut peer, _| async move {
        peer.say("* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] hi")
            .await;
        peer.wait_for_end().await;
    })
    .await;
    let mut watched = start(port, Password("secret"));
    watched.until(Activity::Waiting).await;
    let error = watched.states.last().unwrap().last_error.clone().unwrap();
    assert!(error.contains("no way to log in"), "{error}");
}

#[tokio::test]
async fn a_refused_token_is_acknowledged_with_an_empty_line_and_asked_for_again() {
    let port = serve(|mut peer, number| async move {
        peer.say("* OK [CAPABILITY IMAP4rev1 IDLE AUTH=XOAUTH2] hi")
            .await;
        assert_eq!(peer.line().await, "A0001 AUTHENTICATE XOAUTH2");
        peer.say("+").await;
        let message = STANDARD.decode(peer.line().await).unwrap();
        assert_eq!(
            message,
            b"user=hanako\x01auth=Bearer ya29.token\x01\x01".to_vec()
        );
        if number == 0 {
            peer.say("+ eyJzdGF0dXMiOiI0MDEifQ==").await;
            assert_eq!(peer.line().await, "");
            peer.say("A0001 NO AUTHENTICATE failed").await;
            return;
        }
        peer.say("A0001 OK in").await;
        peer.answer("CAPABILITY", "* CAPABILITY IMAP4rev1 IDLE")
            .await;
        go_on(peer).await;
    })
    .await;
    let mut watched = start(port, Token("ya29.token"));
    let told = watched.until(Activity::Idling).await;
    assert!(
        told.iter().all(|it| !format!("{it:?}").contains("Health")),
        "{told:?}"
    );
}

#[tokio::test]
async fn oauthbearer_is_used_where_it_is_the_only_one() {
    let port = serve(|mut peer, _| async move {
        peer.say("* OK [CAPABILITY IMAP4rev1 IDLE AUTH=OAUTHBEARER SASL-IR] hi")
            .await;
        let line = peer.line().await;
        let message = line
            .strip_prefix("A0001 AUTHENTICATE OAUTHBEARER ")
            .unwrap();
        let message = String::from_utf8(STANDARD.decode(message).unwrap()).unwrap();
        assert!(
            message.starts_with("n,a=hanako,\u{1}host=127.0.0.1\u{1}"),
            "{message}"
        );
        assert!(
            message.ends_with("\u{1}auth=Bearer t\u{1}\u{1}"),
            "{message}"
        );
        peer.say("A0001 OK in").await;
        peer.answer("CAPABILITY", "* CAPABILITY IMAP4rev1 IDLE")
            .await;
        go_on(peer).await;
    })
    .await;
    start(port, Token("t")).until(Activity::Idling).await;
}

#[tokio::test]
async fn the_person_is_told_at_the_second_refusal_and_when_it_is_over() {
    let port = serve(|mut peer, number| async move {
        if number < 2 {
            peer.say("* OK [CAPABILITY IMAP4rev1 IDLE] hi").await;
            let tag = peer.command("LOGIN").await;
            peer.say(&format!("{tag} NO [AUTHENTICATIONFAILED] no"))
                .await;
            return;
        }
        peer.log_in("IDLE").await;
        go_on(peer).await;
    })
    .await;
    let mut watched = start(port, Password("secret"));
    assert_eq!(watched.health().await, refused());
    let tries = watched
        .states
        .iter()
        .filter(|it| it.activity == Activity::Connecting)
        .count();
    assert_eq!(tries, 2);
    assert!(matches!(watched.health().await, Health::Recovered { .. }));
}

#[tokio::test]
async fn refusals_that_pass_are_never_told_as_a_wrong_password() {
    let port = serve(|mut peer, number| async move {
        let refusals = [
            "NO [UNAVAILABLE] internal error",
            "NO [ALERT] Too many simultaneous connections. (Failure)",
            "NO [LIMIT] LOGIN Rate limit hit.",
            "BAD User is authenticated but not connected.",
        ];
        if let Some(refusal) = refusals.get(number) {
            peer.say("* OK [CAPABILITY IMAP4rev1 IDLE] hi").await;
            let tag = peer.command("LOGIN").await;
            peer.say(&format!("{tag} {refusal}")).await;
            return;
        }
        if number == refusals.len() {
            peer.say("* BYE [UNAVAILABLE] too many connections").await;
            return;
        }
        peer.log_in("IDLE").await;
        go_on(peer).await;
    })
    .await;
    let mut watched = start(port, Password("secret"));
    let told = watched.until(Activity::Idling).await;
    assert!(
        !told.iter().any(|it| format!("{it:?}").contains("Health")),
        "{told:?}"
    );
    let errors: Vec<String> = watched
        .states
        .iter()
        .filter_map(|it| it.last_error.clone())
        .collect();
    assert!(errors.iter().all(|it| it.contains("for now")), "{errors:?}");
}

#[tokio::test]
async fn words_injected_before_tls_begins_end_the_connection() {
    let port = serve(|mut peer, _| async move {
        peer.say("* OK [CAPABILITY IMAP4rev1 STARTTLS] hi").await;
        let tag = peer.command("STARTTLS").await;
        peer.say(&format!(
            "{tag} OK begin\n* OK [CAPABILITY IMAP4rev1] injected"
        ))
        .await;
        assert_eq!(
            peer.line().await,
            "",
            "nothing may be said after the injection"
        );
    })
    .await;
    let options = Options {
        security: Security::StartTls,
        ..plain(port)
    };
    let mut watched = Watched::start(options, Password("secret"), stored());
    watched.until(Activity::Waiting).await;
    let error = watched.states.last().unwrap().last_error.clone().unwrap();
    assert!(error.contains("spoke before TLS"), "{error}");
}

#[tokio::test]
async fn a_server_without_starttls_gets_no_password() {
    let port = serve(|mut peer, _| async move {
        peer.say("* OK [CAPABILITY IMAP4rev1] hi").await;
        let tag = peer.command("STARTTLS").await;
        peer.say(&format!("{tag} BAD what")).await;
        assert_eq!(peer.line().await, "");
    })
    .await;
    let options = Options {
        security: Security::StartTls,
        ..plain(port)
    };
    let mut watched = Watched::start(options, Password("secret"), stored());
    watched.until(Activity::Waiting).await;
    let error = watched.states.last().unwrap().last_error.clone().unwrap();
    assert!(error.contains("no STARTTLS"), "{error}");
}

#[tokio::test]
async fn a_probe_lists_folders_by_their_names() {
    let port = serve(|mut peer, _| async move {
        peer.log_in("IDLE").await;
        peer.answer(
            "LIST \"\" \"*\"",
            "* LIST (\\HasNoChildren) \"/\" INBOX
            * LIST (\\All \\HasNoChildren) \"/\" \"[Gmail]/&MFkweTBmMG4w4TD8MOs-\"
            * LIST () NIL {4}
            a\"b&",
        )
        .await;
        peer.wait_for_end().await;
    })
    .await;
    let found = probe(&plain(port), &Password("secret")).await.unwrap();
    assert!(found.idle);
    let names: Vec<&str> = found.folders.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["INBOX", "[Gmail]/すべてのメール", "a\"b&"]);
    assert_eq!(
        found.folders[1],
        FolderFound {
            name: "[Gmail]/すべてのメール".to_owned(),
            attributes: vec!["\\all".to_owned(), "\\hasnochildren".to_owned()],
        }
    );
}

/// Everything that is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn no_password_and_no_mail_text_is_logged_at_trace_or_told_in_an_error() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .finish();
    // The runtime of this test has one thread, so that every task logs here.
    let _guard = tracing::subscriber::set_default(subscriber);
    let port = serve(|mut peer, number| async move {
        match number {
            0 => {
                peer.say("* OK [CAPABILITY IMAP4rev1 IDLE] hi").await;
                let tag = peer.command("LOGIN").await;
                // Servers echo what they do not like.
                peer.say(&format!(
                    "{tag} NO wrong password hunter2-secret for hanako"
                ))
                .await;
            }
            1 => {
                peer.log_in("IDLE").await;
                peer.open(5, 6).await;
                peer.command("UID FETCH").await;
                peer.say("* 5 FETCH (UID 5 BODY[]<0> (your code is 938271))")
                    .await;
                peer.wait_for_end().await;
            }
            _ => {
                peer.log_in("IDLE").await;
                peer.open(5, 6).await;
                peer.answer("UID FETCH 5:* (UID)", "* 5 FETCH (UID 5)")
                    .await;
                peer.fetch("5", &[(5, "Subject: your code is 938271")])
                    .await;
                peer.idle().await;
                peer.say("* BYE your code is 938271, hunter2-secret").await;
                peer.wait_for_end().await;
            }
        }
    })
    .await;
    let mut watched = start(port, Password("hunter2-secret"));
    assert_eq!(watched.mail().await, "Subject: your code is 938271");
    watched.until(Activity::Idling).await;
    watched.until(Activity::Waiting).await;
    let told = format!("{:?}", watched.states);
    watched.stop().await;
    tracing::trace!("the log works");
    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("the log works"));
    for text in [&logged, &told] {
        assert!(
            !text.contains("hunter2") && !text.contains("938271"),
            "{text}"
        );
    }
}

#[test]
fn libraries_that_print_logins_and_mails_are_silenced_whatever_level_is_asked_for() {
    let log = Log::default();
    let mut filter = EnvFilter::new("trace,async_imap=trace");
    for directive in QUIET_TARGETS {
        filter = filter.add_directive(directive.parse().unwrap());
    }
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(log.clone())
        .finish();
    tracing::subscriber::with_default(subscriber, || {
        tracing::error!(target: "async_imap::imap_stream", "LOGIN hanako hunter2");
        tracing::trace!(target: "async_imap", "LOGIN hanako hunter2");
        tracing::warn!(target: "imap_proto::core", "LOGIN hanako hunter2");
        tracing::trace!(target: "mailward::io::imap", "the log works");
    });
    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("the log works"));
    assert!(!logged.contains("hunter2"), "{logged}");
}
