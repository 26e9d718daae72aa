//! Japanese: what `mailward status` says.

use crate::engine::watch::trouble::Trouble;
use crate::engine::wording::overview::{Doing, Overview, OverviewLabels, Queue};

/// The labels.
pub(crate) const LABELS: OverviewLabels = OverviewLabels {
    columns: ["メール", "いまの様子", "最後の応答", "最後のメール"],
    not_yet: "まだなし",
    nothing_waits: "送信を待っている通知はありません。",
    waiting: "まだ届いていない通知",
    nothing_open: "対応中の事案はありません。",
    open: "対応中の事案",
    show: "内容を見て回答するには: mailward incidents show ID",
};

/// A cell, line or sentence.
pub(crate) fn said(said: &Overview<'_>) -> String {
    match *said {
        Overview::Unwatched { accounts } => format!("見守れていないメール: {accounts}"),
        Overview::Running {
            since,
            all,
            blind,
            underway,
        } => format!(
            "mailwardは動いています({since}から)。{}",
            watched(all, blind, underway)
        ),
        Overview::Ago(seconds) => format!("{}前", lasting(seconds)),
        Overview::Doing(doing) => cell(doing),
        Overview::Blind {
            account,
            lasting: span,
            trouble,
            next_try,
        } => {
            let watched = match span {
                Some(span) => format!("メール「{account}」を{}見守れていません。", lasting(span)),
                None => {
                    format!("メール「{account}」を見守れていません。まだ一度も通信できていません。")
                }
            };
            let why = trouble.map_or("", reason);
            let next = next_try.map_or_else(String::new, |seconds| {
                format!("{}後にもう一度接続します。", lasting(seconds))
            });
            format!("{watched}{why}{next}")
        }
        Overview::Interrupted { account, trouble } => format!(
            "メール「{account}」: {}自動で接続し直し、その間に届いたメールも読みます。",
            reason(trouble)
        ),
        Overview::Remedy { account, trouble } => remedy(account, trouble),
        Overview::Detail(text) => format!("詳細(英語): {text}"),
        Overview::FolderGone { account, folder } => format!(
            "メール「{account}」のフォルダー「{folder}」を開けないため、このフォルダーは見守れていません。設定のフォルダー名を直してください。名前を確かめるには: mailward check --online"
        ),
        Overview::Folders { account, folders } => {
            format!("メール「{account}」のフォルダー: {folders}")
        }
        Overview::Sending(queue) => format!("{}、送信中です。", queued(queue)),
        Overview::Held { queue, next_try } => format!(
            "{}、設定のとおり、あと{}待ってから送ります。",
            queued(queue),
            lasting(next_try)
        ),
        Overview::Failing { queue, next_try } => format!(
            "{}、まだ送れていません。{}もう一度送ります。確かめるには: mailward test-alert --channel {}",
            queued(queue),
            soon(next_try),
            queue.channel
        ),
    }
}

fn watched(all: usize, blind: usize, underway: usize) -> String {
    match (all, blind, underway) {
        (0, ..) => "見守るメールが設定されていません。".to_owned(),
        (1, 0, 0) => "メールを見守っています。".to_owned(),
        (_, 0, 0) => format!("{all}個のメールをすべて見守っています。"),
        (1, 0, _) => "メールサーバーに接続しています。".to_owned(),
        (_, 0, _) => format!("{all}個のうち{underway}個のメールは、接続しているところです。"),
        (1, ..) => "いまはメールを見守れていません。".to_owned(),
        _ if blind == all => format!("{all}個のメールをどれも見守れていません。"),
        _ => format!("{all}個のうち{blind}個のメールを見守れていません。"),
    }
}

fn cell(doing: Doing) -> String {
    match doing {
        Doing::Beginning => "準備中".to_owned(),
        Doing::Mail => "新着メールを待機中".to_owned(),
        Doing::Poll(None) => "定期的に確認中".to_owned(),
        Doing::Poll(Some(every)) => format!("{}ごとに確認中", lasting(every)),
        Doing::Reading => "メールを読み取り中".to_owned(),
        Doing::Connecting => "接続中".to_owned(),
        Doing::NextTry(seconds) => format!("{}後に再接続", lasting(seconds)),
        Doing::Unwatched => "見守れていません".to_owned(),
        Doing::Stopped => "停止".to_owned(),
    }
}

fn reason(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::Network => "メールサーバーにつながりません。",
        Trouble::Timeout => "メールサーバーから応答がありません。",
        Trouble::Tls => "メールサーバーの証明書または暗号化を確認できません。",
        Trouble::Closed => "メールサーバーが接続を切りました。",
        Trouble::LoginRefused => "メールサーバーにログインできません。",
        Trouble::TokenRefused => "メールサーバーがログイン用のトークンを受け付けません。",
        Trouble::Busy => "メールサーバーがいまは接続を受け付けません。",
        Trouble::Secret => "パスワードを読み取れません。",
        Trouble::SignIn => "プロバイダーへのサインインがまだか、期限が切れています。",
        Trouble::Protocol => "メールサーバーの応答を読み取れません。",
        Trouble::Unsupported => "メールサーバーが設定の方式に対応していません。",
    }
}

fn remedy(account: &str, trouble: Option<Trouble>) -> String {
    match trouble {
        None | Some(Trouble::Network | Trouble::Timeout) => {
            "このパソコンのインターネット接続と、設定のホスト名、ポートを確かめてください: mailward check --online".to_owned()
        }
        Some(Trouble::Tls) => {
            "設定のホスト名を、プロバイダーの案内と見比べてください: mailward check --online".to_owned()
        }
        Some(Trouble::Closed | Trouble::Protocol | Trouble::Unsupported) => {
            "サーバーの対応状況を見るには: mailward check --online".to_owned()
        }
        Some(Trouble::LoginRefused) => {
            "設定のユーザー名とパスワード、プロバイダーでIMAPが使えることを確かめてください: mailward check --online".to_owned()
        }
        Some(Trouble::TokenRefused) => format!(
            "もう一度サインインしてください: mailward login {account} (token_command のときは、トークンを更新してください)"
        ),
        Some(Trouble::Busy) => {
            "同じメールを使うソフトが多いときは減らしてください。それ以外は、待てば直ります。".to_owned()
        }
        Some(Trouble::Secret) => {
            "設定のパスワードの読み取り元を確かめてください: mailward check".to_owned()
        }
        Some(Trouble::SignIn) => format!("サインインしてください: mailward login {account}"),
    }
}

fn queued(queue: Queue<'_>) -> String {
    format!(
        "{}: {}件(最も古いものは{}前)",
        queue.channel,
        queue.alerts,
        lasting(queue.oldest)
    )
}

fn soon(seconds: i64) -> String {
    if seconds > 0 {
        format!("{}後に", lasting(seconds))
    } else {
        "いま".to_owned()
    }
}

fn lasting(seconds: i64) -> String {
    match seconds {
        ..100 => format!("{}秒", seconds.max(0)),
        100..7_200 => format!("{}分", seconds.div_euclid(60)),
        7_200..172_800 => format!("{}時間", seconds.div_euclid(3_600)),
        _ => format!("{}日", seconds.div_euclid(86_400)),
    }
}
