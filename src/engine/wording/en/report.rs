//! English: the labels of the report.

use crate::engine::signal::Item;
use crate::engine::wording::phrases::ReportLabels;

/// The labels of the report.
pub(crate) const LABELS: ReportLabels = ReportLabels {
    title: "mailward report",
    service: "Service",
    when: "When",
    zone: "Time zone",
    level: "Level",
    answer: "Your answer",
    sender: "Sender",
    sender_verified: "confirmed",
    sender_unverified: "not confirmed; check in the shop's own app",
    codes: "Codes",
    orders: "Orders",
    no_orders: "No orders seen so far.",
    columns: ["Order number", "What", "Amount", "Time", "State"],
    no_id: "(no number)",
    unknown_amount: "unknown",
    cancelled: "cancelled",
    possibly_charged: "possibly charged",
    charged: "charged",
    contradiction: "the shop says not charged: check anyway",
    total: "Total",
    steps: "What to do",
    all_done: "Every step is ticked off.",
};

/// What was bought.
pub(crate) fn item(item: Item) -> &'static str {
    match item {
        Item::GiftCard => "gift card",
        Item::Digital => "digital goods",
        Item::Physical => "goods",
        Item::Subscription => "subscription",
        Item::Unknown => "not stated",
    }
}
