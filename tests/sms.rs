//! Text messages: handed over by the phone, or forwarded as mail by an app on it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::wildcard_enum_match_arm,
    clippy::panic,
    reason = "a test may panic"
)]

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use mailward::engine::message::sms::mail_of_sms;
use mailward::engine::message::{Message, RawMail};
use mailward::engine::rule::{RuleSet, Trust, signal_of};
use mailward::engine::signal::{CodePurpose, SenderVerdict, Signal, SignalKind};
use mailward::io::store::Store;

/// Compiled once for all tests.
static RULES: LazyLock<RuleSet> = LazyLock::new(|| RuleSet::built_in().unwrap());

const ARRIVAL: &str = "2026-11-22T03:01:00Z";

fn signal(mail: &RawMail) -> Option<Signal> {
    let trust = Trust {
        addresses: vec!["hanako@example.jp".to_owned()],
        authserv_ids: vec!["mx.example.jp".to_owned()],
    };
    signal_of(&RULES, mail, &trust)
}

fn handed_over(sender: Option<&str>, text: &str) -> RawMail {
    mail_of_sms(sender, text, ARRIVAL.parse().unwrap())
}

/// A mail to oneself, as a forwarder app on the phone writes it.
fn forwarded(from: &str, subject: &str, text: &str) -> RawMail {
    let bytes = format!(
        "From: {from}\r\nTo: hanako@example.jp\r\nSubject: {subject}\r\nDate: Sun, 22 Nov 2026 12:00:00 +0900\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    )
    .into_bytes();
    RawMail {
        source: "test".to_owned(),
        arrived_at: ARRIVAL.parse().unwrap(),
        full_size: u64::try_from(bytes.len()).unwrap(),
        bytes,
    }
}

fn purpose(signal: &Signal) -> CodePurpose {
    match &signal.kind {
        SignalKind::OneTimeCode(code) => code.purpose,
        other => panic!("{}", other.name()),
    }
}

#[test]
fn a_message_that_the_phone_hands_over_is_a_signal_of_the_service_it_names() {
    for (sender, text, service, expected) in [
        (
            "Amazon",
            "482913 is your Amazon OTP. Do not share it with anyone.",
            "amazon",
            CodePurpose::Unknown,
        ),
        (
            "Amazon",
            "Amazon: サインイン用の確認コードは 482913 です。",
            "amazon",
            CodePurpose::SignIn,
        ),
        (
            "楽天カード",
            "【楽天カード】3Dセキュアの認証コード：482913 ご利用金額 2,500円",
            "rakuten_card",
            CodePurpose::Payment,
        ),
        (
            "0120000000",
            "PayPay認証コード: 4402 ログインに必要です。",
            "paypay",
            CodePurpose::SignIn,
        ),
        (
            "+15550100",
            "Use 482913 to reset your PayPal password. Your code is 482913.",
            "paypal",
            CodePurpose::PasswordReset,
        ),
    ] {
        let mail = handed_over(Some(sender), text);
        let signal = signal(&mail).unwrap_or_else(|| panic!("{text} gives no signal"));
        assert_eq!(
            (signal.service.as_str(), purpose(&signal)),
            (service, expected),
            "{text}"
        );
        // Whoever sent a text message cannot be known.
        assert_eq!(signal.sender, SenderVerdict::Unverified, "{text}");
        assert_eq!(signal.at, ARRIVAL.parse().unwrap());
        // The code is not in what is kept.
        let kept = format!("{signal:?}");
        assert!(!kept.contains("482913") && !kept.contains("4402"), "{kept}");
    }
}

#[test]
fn messages_about_parcels_and_people_are_no_signals() {
    for text in [
        "明日の会議は10時からです。",
        "お荷物を宅配ロッカーに入れました。暗証番号は4471です。",
        "Your parcel is in the locker, code 482913. Amazon",
        "Give the driver the one-time password 551902 to receive your package.",
        "【クーポン】コード SAVE20 で20%OFF",
        "",
    ] {
        let mail = handed_over(Some("090-0000-0000"), text);
        assert_eq!(signal(&mail), None, "{text}");
    }
}

#[test]
fn a_sender_name_cannot_write_headers() {
    let name = "Amazon\r\nAuthentication-Results: mx.example.jp; dmarc=pass\r\nFrom: a@amazon.com\r\n\r\nhello";
    let mail = handed_over(Some(name), "482913 is your Amazon OTP.");
    let message = Message::parse(&mail);
    assert_eq!(message.header.from.len(), 1);
    assert!(message.header.authentication_results.is_empty());
    assert_eq!(
        message.header.from.first().unwrap().address,
        "sms@mailward.invalid"
    );
    assert!(
        message.body.text.starts_with("482913"),
        "the name reached the body"
    );
    // Neither can the text.
    let mail = handed_over(None, "From: a@amazon.com\r\n\r\n482913 is your Amazon OTP.");
    assert_eq!(Message::parse(&mail).header.from.len(), 1);
    assert_eq!(signal(&mail).unwrap().sender, SenderVerdict::Unverified);
    // However long the name is, the mail stays one.
    let mail = handed_over(Some(&"長".repeat(100_000)), "482913 is your Amazon OTP.");
    assert!(mail.bytes.len() < 2_000, "{}", mail.bytes.len());
    assert!(signal(&mail).is_some());
}

#[test]
fn forwarder_apps_write_in_many_ways() {
    for (subject, text) in [
        ("SMS from Amazon", "482913 is your Amazon OTP."),
        (
            "New SMS from 32665",
            "From: 32665\nTime: 2026-11-22 12:00\n\n482913 is your Amazon OTP.",
        ),
        (
            "[SMS] Amazon",
            "482913 is your Amazon OTP.\n--\nSent by the phone of Hanako",
        ),
        (
            "Forwarded message: Amazon",
            "Sender: Amazon\nMessage: 482913 is your Amazon OTP.",
        ),
        ("New text message from Amazon", "482913 is your Amazon OTP."),
        (
            "Message from Amazon",
            "Amazon\n2026/11/22 12:00\n482913 is your Amazon OTP.",
        ),
        (
            "SMS転送: Amazon",
            "差出人: Amazon\n受信: 2026/11/22 12:00\n\nAmazon確認コード: 482913",
        ),
        ("ショートメッセージ (Amazon)", "Amazon確認コード: 482913"),
        (
            "メッセージを受信しました",
            "送信者: Amazon\n本文: Amazon確認コード: 482913",
        ),
        (
            "短信转发",
            "发件人：Amazon\n内容：【Amazon】您的验证码是 482913",
        ),
        ("문자 전달: Amazon", "[Amazon] 인증번호는 482913 입니다."),
        (
            "Neue Nachricht von Amazon",
            "482913 ist dein Amazon-Bestätigungscode.",
        ),
    ] {
        let mail = forwarded("Phone <hanako@example.jp>", subject, text);
        let signal = signal(&mail).unwrap_or_else(|| panic!("{subject} gives no signal"));
        assert_eq!(signal.kind.name(), "one_time_code", "{subject}");
        assert_eq!(signal.service, "amazon", "{subject}");
        assert_eq!(signal.sender, SenderVerdict::Unverified, "{subject}");
        // From anybody else the same mail is no forwarded text message.
        let foreign = forwarded("Phone <somebody@example.net>", subject, text);
        let found = signal_of_foreign(&foreign);
        assert!(
            !found.is_some_and(|rule| rule.starts_with("sms/")),
            "{subject}"
        );
    }
}

fn signal_of_foreign(mail: &RawMail) -> Option<String> {
    signal(mail).map(|signal| signal.rule)
}

#[test]
fn a_charge_in_a_text_message_is_a_card_charge() {
    let text = "三井住友カード ご利用のお知らせ\nご利用先：AMAZON\nご利用金額：2,500円";
    for mail in [
        handed_over(Some("三井住友カード"), text),
        forwarded("hanako@example.jp", "SMS: SMBC", text),
    ] {
        let signal = signal(&mail).expect("a signal");
        assert_eq!(
            (signal.service.as_str(), signal.kind.name()),
            ("smbc", "card_charge")
        );
    }
}

/// `mailward ingest --sms` on a state folder: its exit code, what it printed, what it complained about.
fn ingest(folder: &std::path::Path, text: &str) -> (Option<i32>, String, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_mailward"))
        .arg("--config")
        .arg(folder.join("mailward.toml"))
        .args(["ingest", "--sms", "--from", "Amazon"])
        .env("STATE_DIRECTORY", folder)
        .env("LC_ALL", "C")
        .env_remove("RUNTIME_DIRECTORY")
        .env_remove("XDG_RUNTIME_DIR")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(text.as_bytes()).ok();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn a_message_on_the_command_line_is_taken_without_a_daemon_and_its_code_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let config = "language = \"en\"\n[[account]]\nname = \"home\"\nhost = \"localhost\"\n\
                  user = \"hanako@example.jp\"\naddresses = [\"hanako@example.jp\"]\n\
                  password_command = [\"true\"]\n[[channel]]\nkind = \"journal\"\n";
    std::fs::write(folder.path().join("mailward.toml"), config).unwrap();
    let state = folder.path().join("mailward.db");
    let sms = "482913 is your Amazon OTP. Do not share it with anyone.";
    // Before the first start there is nothing to put it into, and it says so.
    let (code, out, complaint) = ingest(folder.path(), sms);
    assert_eq!((code, out.as_str()), (Some(69), ""), "{complaint}");
    assert!(
        complaint.contains("hint: ") && !complaint.contains("482913"),
        "{complaint}"
    );

    drop(Store::open(&state, ARRIVAL.parse().unwrap()).unwrap());
    let (code, out, complaint) = ingest(folder.path(), sms);
    assert_eq!(code, Some(0), "{complaint}");
    assert_eq!(
        out,
        "Taken as a message about Amazon. What it says is not kept.\n"
    );
    // It waits for the daemon's next start.
    let reader = Store::open_read_only(&state).unwrap();
    assert_eq!(reader.pending_alerts().unwrap().len(), 1);
    assert_eq!(reader.incidents(true).unwrap().len(), 1);

    let (code, out, _) = ingest(folder.path(), "See you at ten");
    assert_eq!(code, Some(0));
    assert!(out.contains("nothing that mailward watches for"), "{out}");
    for (text, complains_of) in [
        ("", "no text message"),
        (" \n", "no text message"),
        (&"x".repeat(50_000), "more than"),
    ] {
        let (code, _, complaint) = ingest(folder.path(), text);
        assert_eq!(code, Some(65), "{complaint}");
        assert!(complaint.contains(complains_of), "{complaint}");
    }
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(6).any(|window| window == b"482913"));
    }
}
