//! Japanese: the state of the watcher.

use crate::engine::alert::{Health, Missed};
use crate::engine::wording::plain::name;

/// Title and body.
pub(crate) fn text(health: &Health, when: Option<&str>) -> (String, String) {
    match health {
        Health::LoginRefused {
            account,
            sign_in: true,
        } => (
            format!("メール「{}」にサインインが必要です", name(account, 20)),
            format!(
                "いまは見守れていません。次を実行してください: mailward login {}",
                name(account, 40)
            ),
        ),
        Health::LoginRefused {
            account,
            sign_in: false,
        } => (
            format!("メール「{}」にログインできません", name(account, 24)),
            "いまは見守れていません。mailwardの設定のパスワードを確かめてください。".to_owned(),
        ),
        Health::Blind {
            account, refused, ..
        } => (
            match when {
                Some(when) => format!("メール「{}」と{when}から通信できません", name(account, 16)),
                None => format!("メール「{}」とまだ通信できていません", name(account, 20)),
            },
            if *refused {
                "いまは見守れていません。メールサーバーが接続を受け付けません。理由を見るには: mailward status"
            } else {
                "いまは見守れていません。このパソコンのインターネット接続を確かめてください。"
            }
            .to_owned(),
        ),
        Health::FolderGone { account, folder } => (
            format!(
                "メール「{}」のフォルダー「{}」を開けません",
                name(account, 14),
                name(folder, 14)
            ),
            "このフォルダーは見守れていません。mailwardの設定のフォルダー名を直してください。"
                .to_owned(),
        ),
        Health::MessageSkipped {
            account,
            folder,
            count,
        } => (
            format!(
                "メール「{}」で{count}通を読めませんでした",
                name(account, 20)
            ),
            format!(
                "フォルダー「{}」の新しいメールを、ご自身で見てください。",
                name(folder, 24)
            ),
        ),
        Health::ChannelFailed { channel } => (
            format!("「{}」に通知を送れません", name(channel, 24)),
            format!(
                "この通知先を確かめてください: mailward test-alert --channel {}",
                name(channel, 40)
            ),
        ),
        Health::StoreFailed => (
            "mailwardが状態を保存できません".to_owned(),
            "通知が重なったり遅れたりすることがあります。ディスクの空きを確かめてください。"
                .to_owned(),
        ),
        Health::ClockWrong => (
            "このパソコンの時計が合っていません".to_owned(),
            "2000年より前になっています。いまは見守れていません。日付と時刻を合わせてください。"
                .to_owned(),
        ),
        Health::Unreachable => (
            "mailwardに回答が届きません".to_owned(),
            "メールは見守っています。ただし、mailward answer と mailward status は使えません。理由はmailwardのログにあります。"
                .to_owned(),
        ),
        Health::Recovered {
            account, missed, ..
        } => (
            format!("メール「{}」の見守りを再開しました", name(account, 20)),
            match when {
                Some(when) => {
                    format!("{when}から通信が切れていました。{}", caught_up(*missed))
                }
                None => "何もする必要はありません。".to_owned(),
            },
        ),
    }
}

/// What came meanwhile.
fn caught_up(missed: Option<Missed>) -> String {
    match missed {
        None => "その間のメールも読みます。何もする必要はありません。".to_owned(),
        Some(Missed { mails: 0, .. }) => {
            "その間に届いたメールはありません。何もする必要はありません。".to_owned()
        }
        Some(Missed { mails, signals: 0 }) => format!(
            "その間の{mails}通を読みました。注文、確認コード、登録情報の変更のメールはありません。何もする必要はありません。"
        ),
        Some(Missed { mails: 1, .. }) => {
            "その間の1通を読みました。注文や確認コードなどのメールです。気になる点があれば別にお知らせします。"
                .to_owned()
        }
        Some(Missed { mails, signals }) => format!(
            "その間の{mails}通を読みました。うち{signals}通は注文や確認コードなどのメールです。気になる点があれば別にお知らせします。"
        ),
    }
}
