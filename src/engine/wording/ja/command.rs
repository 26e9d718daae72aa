//! Japanese: what the commands say.

use crate::engine::incident::{Closing, Severity, Status};
use crate::engine::wording::command::{CommandLabels, Said, SaidOfForgetting};

/// The labels.
pub(crate) const LABELS: CommandLabels = CommandLabels {
    why: "理由",
    each_point: "点数の内訳",
    history: "緊急度の推移",
    steps: "すべての手順",
    points: "点",
    between: "、",
    tick_hint: "済んだ手順に印をつけるには:",
};

/// What a command says.
pub(crate) fn said(said: &Said<'_>) -> String {
    match said {
        Said::Acknowledged { id, rest: None } => format!(
            "回答を受け取り、{id}を閉じました。お知らせした内容は、ご自身の操作として扱います。"
        ),
        Said::Acknowledged {
            id,
            rest: Some(rest),
        } => format!(
            "回答を受け取り、{id}を閉じました。まだお知らせしていない分は、{rest}として残っています。"
        ),
        Said::NotMe { id, level, next } => format!(
            "「自分ではない」と記録しました。{id}の緊急度は「{level}」です。\n{next}\nすべての手順: mailward incidents show {id}"
        ),
        Said::Unsure { id, level, service } => format!(
            "「わからない」と記録しました。{id}は緊急度「{level}」のまま見守ります。\n\
             {service}の公式アプリで確かめてから、もう一度お答えください: mailward answer {id} me|not-me"
        ),
        Said::Reopened { id } => format!("閉じていた{id}を、もう一度開きました。"),
        Said::Joined { id, into } => {
            format!("閉じていた{id}の内容を、対応中の{into}に加えました。")
        }
        Said::TooLate { id } => format!(
            "変更はありません。「自分ではない」という回答から10分以上たっているため、その回答のままです。\
             ご自身の操作だったときは、閉じてください: mailward incidents close {id}"
        ),
        Said::AlreadyClosed { id } => {
            format!("変更はありません。{id}はすでに閉じています。")
        }
        Said::Forgotten { id } => format!(
            "変更はありません。{id}は閉じてから時間がたっているため、もう一度開くことができません。\
             ほかの人が使っているおそれがあれば、いますぐパスワードを変えてください。"
        ),
        Said::CodesExpected {
            service,
            until,
            closed,
        } => {
            let of = service.unwrap_or("すべてのサービス");
            let expected = format!(
                "{until}まで、{of}のログイン用コードはご自身のものとして扱います。パスワード再設定のコードは、いつもどおり確認します。"
            );
            match closed {
                Some(id) => format!("{expected}質問{id}への回答にもなりました。"),
                None => expected,
            }
        }
        Said::OrdersExpected { service, until } => format!(
            "{until}まで、{service}の注文の緊急度を1段下げます。知らない宛先へのギフトは、いつもどおりお知らせします。"
        ),
        Said::Closed { id } => {
            format!("{id}を閉じました。新しい動きがあれば、新しい事案としてお知らせします。")
        }
        Said::StepDone {
            title,
            changed,
            next,
        } => {
            let done = if *changed {
                format!("「{title}」を済みにしました。")
            } else {
                format!("「{title}」は、すでに済みになっています。")
            };
            match next {
                Some(next) => format!("{done}次は「{next}」です。"),
                None => format!("{done}手順はすべて済んでいます。"),
            }
        }
        Said::NoIncidents => "事案はまだありません。".to_owned(),
        Said::NoAlerts => "通知はまだありません。".to_owned(),
        Said::NobodyWatches => {
            "いまは見守っていません。mailwardが動いていないためです。始めるには: mailward run"
                .to_owned()
        }
        Said::Tested { channel } => format!("{channel}: テスト通知を送りました。"),
        Said::NotTested { channel, why } => {
            format!("{channel}: テスト通知を送れませんでした: {why}")
        }
        Said::Forget(said) => forgetting(said),
        Said::Reloaded {
            kept,
            started,
            stopped,
        } => format!(
            "設定を読み直しました。アカウント: そのまま{kept}件、開始{started}件、終了{stopped}件。"
        ),
    }
}

fn forgetting(said: &SaidOfForgetting<'_>) -> String {
    match said {
        SaidOfForgetting::Counted {
            done,
            signals,
            incidents,
        } => format!(
            "{}: 記録{signals}件、閉じた事案{incidents}件。それらの通知と回答も一緒に消えます。メールをどこまで読んだかは残ります。",
            if *done {
                "消しました"
            } else {
                "消すもの"
            },
        ),
        SaidOfForgetting::KeptWhole { id } => format!(
            "{id}はまだ終わっていないので、記録ごとそのまま残ります。閉じてからもう一度消してください: mailward incidents close {id}"
        ),
        SaidOfForgetting::StillSetAside { path } => format!(
            "{path}は壊れて別に置かれた状態ファイルで、中身がまだ残っています。手で消してください。"
        ),
        SaidOfForgetting::Really => "元に戻せません。消しますか? [y/N]".to_owned(),
        SaidOfForgetting::Nothing => "何も消していません。".to_owned(),
    }
}

/// A severity as one word.
pub(crate) fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "質問",
        Severity::Notice => "注意",
        Severity::Warning => "警告",
        Severity::Critical => "緊急",
    }
}

/// Whether an incident is open, or why it is closed.
pub(crate) fn status(status: &Status) -> &'static str {
    match status {
        Status::Open => "対応中",
        Status::Closed {
            why: Closing::Acknowledged,
            ..
        } => "終了(ご自身の操作)",
        Status::Closed {
            why: Closing::Quiet,
            ..
        } => "終了(動きなし)",
        Status::Closed {
            why: Closing::ByHand,
            ..
        } => "終了(手動)",
    }
}
