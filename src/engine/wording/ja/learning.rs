//! Japanese: what was learned from a history.

use crate::engine::wording::learning::Learnt;

/// Window, what is ordinary in it, thresholds of a notice and of a warning.
pub(crate) const COLUMNS: [&str; 4] = ["時間", "ふだんの点数", "注意になる点数", "警告になる点数"];

/// The length of a window.
pub(crate) fn window(minutes: i64) -> String {
    match minutes {
        ..120 => format!("{minutes}分"),
        _ => format!("{}時間", minutes.div_euclid(60)),
    }
}

/// A sentence about what was learned.
pub(crate) fn sentence(learnt: Learnt<'_>) -> String {
    match learnt {
        Learnt::History { span: None, .. } => "履歴に注文はありません。".to_owned(),
        Learnt::History {
            span: Some((since, until)),
            days,
            orders,
            goods,
        } => format!(
            "履歴: 注文{orders}件(うち、届く品物とわかるもの{goods}件)、{since}から{until}まで({days}日間)。"
        ),
        Learnt::LeftOut { mails } => {
            format!("「自分ではない」と回答した事案のメール{mails}通は、使っていません。")
        }
        Learnt::TooShort { days, orders } => format!(
            "変更はありません。ふだんの買い方を知るには、{days}日間と{orders}件の注文が必要です。"
        ),
        Learnt::Unchanged => {
            "変更はありません。ふだんの買い方は、いまの基準に収まっています。".to_owned()
        }
        Learnt::Changed { person } => {
            format!("保存しました。これからは、{person}さんの品物の注文にこの基準を使います。")
        }
        Learnt::NeverGifts => {
            "この基準は、届く品物だけのものです。ギフト券、デジタル商品、確認コードの通知は変わりません。".to_owned()
        }
    }
}
