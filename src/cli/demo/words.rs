//! The demo's own words; everything else that it prints comes from the product.

use crate::engine::incident::Severity;
use crate::engine::signal::{CancelledBy, Item, SignInOutcome, SignalKind};
use crate::engine::wording::Language;

/// The demo's words in one language.
pub struct Words {
    language: Language,
    /// How the demo works, in a line.
    pub how: &'static str,
    /// Behind a mail whose sender nobody vouches for.
    pub unverified: &'static str,
    /// Behind a forged mail.
    pub forged: &'static str,
    /// The end of a day on which nothing happened.
    pub nothing_rang: &'static str,
    /// What to do after the demo.
    pub next: &'static str,
}

impl Words {
    /// The words of a language.
    pub fn of(language: Language) -> Self {
        match language {
            Language::Ja => Self {
                language,
                how: "127.0.0.1 の見本のメールサーバーを、本物のmailwardが読みます。時間は早送りです。",
                unverified: "(差出人は未確認)",
                forged: "(偽物)",
                nothing_rang: "この日、通知は一度も鳴りませんでした。",
                next: "自分のメールボックスで使うには、README の「使いはじめる」を見てください。",
            },
            Language::En => Self {
                language,
                how: "A sample mail server on 127.0.0.1, read by the real watcher. Time is sped up.",
                unverified: " (sender not confirmed)",
                forged: " (forged)",
                nothing_rang: "Nothing rang that day.",
                next: "To watch your own mailbox, see \"Getting started\" in the README.",
            },
        }
    }

    /// So many further mails that say nothing.
    pub fn further(&self, count: u32) -> String {
        match (self.language, count) {
            (Language::Ja, _) => format!("                …ほか{count}通は関係のないメール"),
            (Language::En, 1) => "                … and 1 more mail that says nothing".to_owned(),
            (Language::En, _) => {
                format!("                … and {count} more mails that say nothing")
            }
        }
    }

    /// A level, as short as it goes.
    pub fn level(&self, severity: Severity) -> &'static str {
        match (self.language, severity) {
            (Language::Ja, Severity::Info) => "質問",
            (Language::Ja, Severity::Notice) => "注意",
            (Language::Ja, Severity::Warning) => "警告",
            (Language::Ja, Severity::Critical) => "緊急",
            (Language::En, Severity::Info) => "question",
            (Language::En, Severity::Notice) => "notice",
            (Language::En, Severity::Warning) => "warning",
            (Language::En, Severity::Critical) => "critical",
        }
    }

    /// What a mail says, in two or three words.
    pub fn kind(&self, kind: &SignalKind) -> String {
        let (ja, en) = match kind {
            SignalKind::OrderPlaced(order) => {
                let amount = order
                    .amount
                    .as_ref()
                    .map(|money| format!(" {money}"))
                    .unwrap_or_default();
                return match (self.language, order.item) {
                    (Language::Ja, Item::GiftCard) => format!("注文(ギフト券){amount}"),
                    (Language::Ja, _) => format!("注文{amount}"),
                    (Language::En, Item::GiftCard) => format!("order (gift card){amount}"),
                    (Language::En, _) => format!("order{amount}"),
                };
            }
            SignalKind::OrderCancelled { by, .. } => match by {
                CancelledBy::Merchant => ("店による取消", "cancelled by the shop"),
                CancelledBy::Customer => ("本人による取消", "cancelled by you"),
                CancelledBy::Unknown => ("取消", "cancelled"),
            },
            SignalKind::OneTimeCode(_) => ("確認コード", "one-time code"),
            SignalKind::SignIn { outcome, .. } => match outcome {
                SignInOutcome::NewDevice => ("新しい端末", "new device"),
                SignInOutcome::Attempted | SignInOutcome::Blocked => {
                    ("ログインの試み", "sign-in attempt")
                }
                SignInOutcome::Succeeded => ("ログイン", "sign-in"),
            },
            SignalKind::AccountChange { .. } => ("登録情報の変更", "account change"),
            SignalKind::MerchantAction { .. } => ("店の対応", "action of the shop"),
            SignalKind::CardCharge(_) => ("カードの利用", "card charge"),
        };
        match self.language {
            Language::Ja => ja.to_owned(),
            Language::En => en.to_owned(),
        }
    }
}
