//! Japanese: the labels of the report.

use crate::engine::signal::Item;
use crate::engine::wording::phrases::ReportLabels;

/// The labels of the report.
pub(crate) const LABELS: ReportLabels = ReportLabels {
    title: "mailward 報告書",
    service: "サービス",
    when: "日時",
    zone: "タイムゾーン",
    level: "緊急度",
    answer: "あなたの回答",
    sender: "差出人",
    sender_verified: "確認済み",
    sender_unverified: "未確認(店の公式アプリで確かめてください)",
    codes: "コード",
    orders: "注文",
    no_orders: "注文はまだ見つかっていません。",
    columns: ["注文番号", "内容", "金額", "日時", "状態"],
    no_id: "(番号なし)",
    unknown_amount: "不明",
    cancelled: "取消",
    possibly_charged: "請求の可能性あり",
    charged: "請求済み",
    contradiction: "店は「請求なし」と連絡。それでも確認してください",
    total: "合計",
    steps: "すること",
    all_done: "手順はすべて済んでいます。",
};

/// What was bought.
pub(crate) fn item(item: Item) -> &'static str {
    match item {
        Item::GiftCard => "ギフト券",
        Item::Digital => "デジタル商品",
        Item::Physical => "商品",
        Item::Subscription => "定期購入",
        Item::Unknown => "記載なし",
    }
}
