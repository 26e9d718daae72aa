//! The mails of the scenarios, written down for a moment of the scenario's time.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use mailward::demo::compose::{Charset, Letter, Stamp, compose};

/// Whose mailbox it is.
pub const USER: &str = "hanako@example.com";

/// The server whose stamps are believed.
pub const AUTHSERV_ID: &str = "mx.example.com";

/// A mail without its time.
#[derive(Clone)]
pub struct Draft {
    from: String,
    subject: String,
    text: String,
    /// The part of the Message-ID that tells it from all others of the scenario.
    name: String,
}

impl Draft {
    fn new(from: &str, subject: &str, text: String, name: &str) -> Self {
        Self {
            from: from.to_owned(),
            subject: subject.to_owned(),
            text,
            name: name.to_owned(),
        }
    }

    /// The mail as it lies in the mailbox.
    pub fn sent(&self, at: Timestamp) -> Vec<u8> {
        self.sent_to(USER, at)
    }

    /// The same in another one's mailbox.
    pub fn sent_to(&self, to: &str, at: Timestamp) -> Vec<u8> {
        let domain = self.from.rsplit_once('@').unwrap().1;
        compose(&Letter {
            from_name: domain.to_owned(),
            from_address: self.from.clone(),
            to: to.to_owned(),
            subject: self.subject.clone(),
            text: self.text.clone(),
            html: None,
            charset: Charset::Utf8,
            date: at.to_zoned(TimeZone::get("Asia/Tokyo").unwrap()),
            message_id: format!("{}.{}@{domain}", at.as_second(), self.name),
            stamp: Stamp::Pass,
            authserv_id: AUTHSERV_ID.to_owned(),
        })
        .unwrap()
    }
}

/// A sign-in code that somebody asked for who knows the password.
pub fn code(number: u32) -> Draft {
    Draft::new(
        "account-update@amazon.co.jp",
        "amazon.co.jp: サインイン試行",
        format!(
            "お客様のパスワードを知っている誰かがサインインしようとしています。\n\
             ご本人の場合の確認コードは次のとおりです。\n{}\n",
            482_913 + number
        ),
        &format!("code-{number}"),
    )
}

/// A code with which a password is set anew.
pub fn reset_code() -> Draft {
    Draft::new(
        "account-update@amazon.co.jp",
        "Amazon パスワードアシスタンス",
        "次のワンタイムパスワードをお使いください。\n482913\n誰にも教えないでください。\n"
            .to_owned(),
        "reset",
    )
}

/// An order of one gift card of 2,500 yen.
pub fn gift(number: u32) -> Draft {
    Draft::new(
        "auto-confirm@amazon.co.jp",
        "注文済み: 「Amazonギフトカード Eメールタイプ」",
        format!(
            "ご注文ありがとうございます。\n\n注文番号\n503-{:07}-7716045\n\n* Amazonギフトカード Eメールタイプ\n  数量: 1\n  2500 JPY\n\n合計\n2500 JPY\n",
            4_820_000 + number
        ),
        &format!("gift-{number}"),
    )
}

/// The shop cancels such an order because of a problem.
pub fn cancelled(number: u32) -> Draft {
    Draft::new(
        "account-info@amazon.co.jp",
        "Amazon.co.jpでのご注文につきまして",
        format!(
            "ご注文 #503-{:07}-7716045 の処理中に問題が発生したため、キャンセルいたしました。\n代金の請求は行われておりません。\n\nアカウントスペシャリスト\n",
            4_820_000 + number
        ),
        &format!("cancelled-{number}"),
    )
}

/// The shop has disabled the password.
pub fn password_disabled() -> Draft {
    Draft::new(
        "account-update@amazon.co.jp",
        "Amazonアカウントに関する重要なお知らせ",
        "第三者による利用の可能性があります。アカウントを保護するためパスワードを無効にしました。\n"
            .to_owned(),
        "disabled",
    )
}

/// Somebody signed in from a device that the shop does not know.
pub fn new_device() -> Draft {
    Draft::new(
        "account-update@amazon.co.jp",
        "Amazonセキュリティ警告: サインインが検出されました",
        "お客様のアカウントへのサインインが検出されました。\nデバイス: Chrome Windows\n付近: Chiba, Japan\n"
            .to_owned(),
        "device",
    )
}

/// The account's mail address is another one now.
pub fn email_changed() -> Draft {
    Draft::new(
        "account-update@amazon.co.jp",
        "Eメールアドレスが変更されました",
        "アカウントのEメールアドレスが変更されました。\n".to_owned(),
        "changed",
    )
}

/// A mail that says nothing, each from another sender.
pub fn letter(number: u32) -> Draft {
    Draft::new(
        &format!("yumi@letters{number}.example"),
        "土曜日のこと",
        "駅前の喫茶店に10時でどうでしょう。\n".to_owned(),
        &format!("letter-{number}"),
    )
}
