//! The orders as a table for a spreadsheet.

use csv::{Terminator, WriterBuilder};
use jiff::Timestamp;

use crate::engine::incident::Incident;
use crate::engine::report;
use crate::engine::report::view::cancelled_at;
use crate::engine::wording::context::Context;
use crate::engine::wording::plain;
use crate::engine::wording::table::phrases;
use crate::engine::wording::words::Words;

/// Without it Excel reads UTF-8 as the country's old encoding.
const BYTE_ORDER_MARK: &str = "\u{feff}";
/// A cell that begins with one of these is a formula to a spreadsheet; the full-width ones to some.
const FORMULA: [char; 10] = [
    '=', '+', '-', '@', '\t', '\r', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
];

/// One line an order (RFC 4180), all of them, with a byte order mark. Amounts have a point and no grouping.
pub fn text(incident: &Incident, context: &Context<'_>) -> String {
    let phrases = phrases(context.language);
    let (labels, page) = (phrases.report(), phrases.page());
    let words = Words::new(context);
    let cancelled = cancelled_at(incident);
    let [id, item, amount, at, state] = labels.columns;
    let mut writer = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .from_writer(Vec::new());
    let mut rows = vec![
        [
            page.number,
            page.service,
            id,
            item,
            amount,
            page.currency,
            at,
            state,
            page.cancelled_at,
            page.note,
        ]
        .map(str::to_owned),
    ];
    rows.extend(
        (1_usize..)
            .zip(&incident.order_list)
            .map(|(number, order)| {
                let [id, item, _, _, state] = report::cells(order, context, phrases, &labels);
                let then = order
                    .id
                    .as_deref()
                    .and_then(|id| cancelled.get(&(order.service.as_str(), id)));
                let amount = order.amount.as_ref();
                let note = if order.contradiction {
                    labels.contradiction
                } else {
                    ""
                };
                [
                    number.to_string(),
                    guarded(&words.service(&order.service)),
                    guarded(&id),
                    item,
                    amount.map_or_else(String::new, |money| money.amount.normalize().to_string()),
                    amount.map_or_else(String::new, |money| {
                        guarded(&plain::name(&money.currency, 3))
                    }),
                    local(order.at, context),
                    state,
                    then.map_or_else(String::new, |at| local(*at, context)),
                    note.to_owned(),
                ]
            }),
    );
    for row in &rows {
        // Memory takes everything that is written to it.
        if writer.write_record(row).is_err() {
            break;
        }
    }
    let bytes = writer.into_inner().unwrap_or_default();
    format!("{BYTE_ORDER_MARK}{}", String::from_utf8_lossy(&bytes))
}

/// The person's time as a spreadsheet reads it.
fn local(at: Timestamp, context: &Context<'_>) -> String {
    let at = context.time_zone.to_datetime(at);
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// A text that no spreadsheet takes for a formula.
fn guarded(text: &str) -> String {
    if text.starts_with(FORMULA) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\u{ff1d}1"] {
            assert_eq!(guarded(formula), format!("'{formula}"));
        }
        assert_eq!(guarded("503-1234567-1234567"), "503-1234567-1234567");
    }
}
