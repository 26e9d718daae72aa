//! Alerts as mail, through a real Exim with TLS and a login.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test may panic"
)]

use std::path::PathBuf;

use jiff::Timestamp;
use mailward::engine::alert::{Alert, Subject};
use mailward::engine::incident::{Reason, Severity};
use mailward::engine::message::{Message, RawMail};
use mailward::io::imap::Security;
use mailward::io::secrets::Source;
use mailward::io::smtp::{MailError, Options, deliver};

use crate::support::exim::{Exim, PASSWORD};

mod support;

fn options(server: &Exim, security: Security, to: &str) -> Options {
    let argv = ["printf", PASSWORD].map(str::to_owned).to_vec();
    Options {
        host: "localhost".to_owned(),
        port: match security {
            Security::Tls => server.smtps,
            Security::StartTls | Security::None => server.submission,
        },
        security,
        ca_file: Some(server.certificate()),
        login: Some(("sender".to_owned(), Source::Command(argv))),
        from: "mailward@example.net".to_owned(),
        to: vec![to.to_owned()],
    }
}

fn alert(id: &str, severity: Severity) -> Alert {
    Alert {
        id: id.to_owned(),
        thread: "abc234".to_owned(),
        at: Timestamp::from_second(1_790_000_000).unwrap(),
        severity,
        reason: Reason::Test,
        services: Vec::new(),
        repeat: 0,
        subject: Subject::Test,
    }
}

fn parsed(mail: &str) -> Message {
    // The first line is the file's own.
    let mail = mail.trim_start().split_once('\n').unwrap().1;
    Message::parse(&RawMail {
        source: "test".to_owned(),
        arrived_at: Timestamp::from_second(1_790_000_001).unwrap(),
        full_size: mail.len() as u64,
        bytes: mail.as_bytes().to_vec(),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn alerts_arrive_as_mails_of_one_thread_and_a_repeat_is_the_same_mail() {
    let Some(server) = Exim::start() else {
        return;
    };
    let title = "Amazon: 注文7件\nX-Injected: yes";
    let body = "今日、14:02から14:15まで。\nまず電話してください。\n.\n";
    for (id, security) in [
        ("one", Security::Tls),
        ("two", Security::StartTls),
        ("two", Security::Tls),
    ] {
        let options = options(&server, security, "ring@example.net");
        deliver(&options, &alert(id, Severity::Critical), title, body)
            .await
            .unwrap();
    }
    let mails = server.mails("ring", 3);
    let read: Vec<Message> = mails.iter().map(|mail| parsed(mail)).collect();
    for (mail, text) in read.iter().zip(&mails) {
        assert_eq!(mail.header.subject, "Amazon: 注文7件 X-Injected: yes");
        assert!(mail.body.text.contains("まず電話してください"), "{text}");
        assert_eq!(mail.header.from[0].address, "mailward@example.net");
        for line in [
            "Auto-Submitted: auto-generated",
            "Importance: high",
            "\nReferences: <mailward-",
        ] {
            assert!(text.contains(line), "{line}: {text}");
        }
        assert!(!text.contains("\nX-Injected"), "{text}");
        assert!(!text.contains(PASSWORD));
    }
    let id = |number: usize| read[number].header.message_id.clone().unwrap();
    assert_ne!(id(0), id(1));
    assert_eq!(id(1), id(2), "the same alert is the same mail");
    let thread = |number: usize| {
        let line = mails[number]
            .lines()
            .find(|line| line.starts_with("References:"));
        line.unwrap().to_owned()
    };
    assert_eq!(thread(0), thread(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_refusal_says_what_to_do_and_whether_to_try_again() {
    let Some(server) = Exim::start() else {
        return;
    };
    let sound = options(&server, Security::Tls, "ring@example.net");
    let send = async |options: Options| {
        let error = deliver(&options, &alert("a", Severity::Notice), "title", "body")
            .await
            .unwrap_err();
        let said = error.to_string();
        assert!(
            !said.contains("ring@") && !said.contains("wrong-horse"),
            "{said}"
        );
        error
    };
    let wrong = ["printf", "wrong-horse"].map(str::to_owned).to_vec();
    let error = send(Options {
        login: Some(("sender".to_owned(), Source::Command(wrong))),
        ..sound.clone()
    })
    .await;
    assert!(
        matches!(error, MailError::Refused(535)) && !error.retry(),
        "{error:?}"
    );
    let error = send(Options {
        login: None,
        ..sound.clone()
    })
    .await;
    assert!(matches!(error, MailError::Refused(550)), "{error:?}");
    let later = options(&server, Security::Tls, "later@example.net");
    let error = send(later).await;
    assert!(
        matches!(error, MailError::Later(_)) && error.retry(),
        "{error:?}"
    );
    let error = send(Options {
        ca_file: None,
        ..sound.clone()
    })
    .await;
    assert!(
        matches!(error, MailError::Unreachable) && error.retry(),
        "{error:?}"
    );
    let error = send(Options {
        port: 1,
        ..sound.clone()
    })
    .await;
    assert!(matches!(error, MailError::Unreachable), "{error:?}");
    // A server that only speaks in the clear gets neither login nor mail.
    let error = send(Options {
        port: server.submission,
        ..sound.clone()
    })
    .await;
    assert!(
        matches!(error, MailError::Unreachable | MailError::Silent),
        "{error:?}"
    );
    let error = send(Options {
        ca_file: Some(PathBuf::from("/nowhere/ca.pem")),
        ..sound
    })
    .await;
    assert!(
        matches!(error, MailError::Unfit(_)) && !error.retry(),
        "{error:?}"
    );
}
