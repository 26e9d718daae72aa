//! Japanese: why it rang.

use crate::engine::incident::Reason;

/// Why it rang, in one sentence.
pub(crate) fn sentence(reason: Reason) -> &'static str {
    match reason {
        Reason::Question => "ご自身の操作か、まだ確認できていません。",
        Reason::CodeWatch => "確認できていないコードやログインが続いています。",
        Reason::OrderBurst => "短い時間に注文が続きました。",
        Reason::OverallBurst => "いくつかの店で、短い時間に注文が続きました。",
        Reason::GiftDrip => "1日のうちに、ギフト券やデジタル商品の注文が続きました。",
        Reason::CardTesting => "注文と取消が短い間に繰り返されました。",
        Reason::MerchantCancellation => "店が、問題があったとして注文を取り消しました。",
        Reason::MerchantLock => "店がアカウントを停止したか、パスワードを無効にしました。",
        Reason::AccountChange => "登録情報が変わりました。",
        Reason::NewDevice => "新しい端末からのログインが、まだ確認できていません。",
        Reason::MailFlood => "メールが急に増え、注文のメールが埋もれるおそれがあります。",
        Reason::MailDeletion => "注文のメールが、届いてすぐに消されました。",
        Reason::NotMe => "「自分ではない」と回答がありました。",
        Reason::Unsure => "「わからない」と回答がありました。",
        Reason::Silence => "まだ回答がありません。",
        Reason::StatementReminder => "カードの明細を確認する時期です。",
        Reason::Health => "mailward自身についてのお知らせです。",
        Reason::Test => "これはテストです。",
    }
}

/// A fact for a title without any count.
pub(crate) fn bare_fact(reason: Reason) -> &'static str {
    match reason {
        Reason::MailFlood => "メールの急増",
        Reason::MailDeletion => "注文メールの削除",
        Reason::MerchantLock => "アカウントの停止",
        Reason::AccountChange => "登録情報の変更",
        Reason::NewDevice => "新しい端末からのログイン",
        Reason::Question
        | Reason::CodeWatch
        | Reason::OrderBurst
        | Reason::OverallBurst
        | Reason::GiftDrip
        | Reason::CardTesting
        | Reason::MerchantCancellation
        | Reason::NotMe
        | Reason::Unsure
        | Reason::Silence
        | Reason::StatementReminder
        | Reason::Health
        | Reason::Test => "確認が必要な動き",
    }
}
