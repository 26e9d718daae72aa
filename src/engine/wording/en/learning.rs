//! English: what was learned from a history.

use crate::engine::wording::en::plural::count;
use crate::engine::wording::learning::Learnt;

/// Window, what is ordinary in it, thresholds of a notice and of a warning.
pub(crate) const COLUMNS: [&str; 4] = ["Window", "Ordinary", "Notice from", "Warning from"];

/// The length of a window.
pub(crate) fn window(minutes: i64) -> String {
    match minutes {
        ..120 => format!("{minutes} min"),
        _ => format!("{} h", minutes.div_euclid(60)),
    }
}

/// A sentence about what was learned.
pub(crate) fn sentence(learnt: Learnt<'_>) -> String {
    match learnt {
        Learnt::History { span: None, .. } => "History: no orders.".to_owned(),
        Learnt::History {
            span: Some((since, until)),
            days,
            orders,
            goods,
        } => format!(
            "History: {}, {goods} of them known to be goods, {since} to {until} ({}).",
            count(orders, "order", "orders"),
            count(u32::try_from(days).unwrap_or(0), "day", "days"),
        ),
        Learnt::LeftOut { mails } => format!(
            "Left out: {} of incidents that were answered \"not me\".",
            count(u32::try_from(mails).unwrap_or(u32::MAX), "mail", "mails")
        ),
        Learnt::TooShort { days, orders } => format!(
            "Nothing changes: {days} days and {orders} orders are needed to tell what is ordinary."
        ),
        Learnt::Unchanged => {
            "Nothing changes: what is ordinary leaves the thresholds where they are.".to_owned()
        }
        Learnt::Changed { person } => {
            format!("Stored: these thresholds hold for {person} from now on.")
        }
        Learnt::NeverGifts => {
            "They are for goods only. Gift cards, digital goods and codes ring as before."
                .to_owned()
        }
    }
}
