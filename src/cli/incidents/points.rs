//! What each point of an incident was given for, mail by mail.

use rust_decimal::Decimal;

use crate::cli::incidents::aligned;
use crate::cli::voice::Voice;
use crate::engine::incident::{Incident, MailPoints, PartPoints, ReasonPoints};
use crate::engine::wording::plain;

/// Columns that order numbers may take.
const ID_COLUMNS: usize = 44;

/// A heading, then for each rule its window and the mails in it; nothing where no rule counts points.
pub fn lines(incident: &Incident, voice: &Voice) -> Vec<String> {
    let counted = |reason: &&ReasonPoints| !reason.mails.is_empty() || !reason.parts.is_empty();
    let mut lines: Vec<String> = incident
        .reasons
        .iter()
        .filter(counted)
        .flat_map(|reason| of_reason(reason, voice))
        .collect();
    if !lines.is_empty() {
        lines.insert(0, voice.phrases.command().each_point.to_owned());
        lines.push(String::new());
    }
    lines
}

fn of_reason(reason: &ReasonPoints, voice: &Voice) -> Vec<String> {
    let points = voice.phrases.command().points;
    let mut head = format!(
        "  {}: {} {points}",
        reason.rule.name(),
        number(reason.points)
    );
    if let Some(window) = &reason.window {
        let length = voice.phrases.window(i64::from(window.minutes));
        let reached = voice.phrases.reached(&length, &number(window.threshold));
        head = format!("{head} ({reached})");
    }
    let mut lines = vec![head];
    if !reason.parts.is_empty() {
        lines.push(format!("    {}", parts(&reason.parts, voice)));
    }
    let rows: Vec<Vec<String>> = reason
        .mails
        .iter()
        .map(|mail| {
            vec![
                format!("    {}", voice.column(mail.at)),
                ids(mail),
                number(mail.points),
                parts(&mail.parts, voice),
            ]
        })
        .collect();
    lines.extend(aligned(&rows));
    lines
}

/// "gift card +1, same amount +0.5".
fn parts(parts: &[PartPoints], voice: &Voice) -> String {
    let named: Vec<String> = parts
        .iter()
        .map(|part| {
            let sign = if part.points.is_sign_negative() {
                ""
            } else {
                "+"
            };
            let words = voice.phrases.given(part.given);
            format!("{words} {sign}{}", number(part.points))
        })
        .collect();
    named.join(", ")
}

fn ids(mail: &MailPoints) -> String {
    if mail.order_ids.is_empty() {
        return "-".to_owned();
    }
    let ids: Vec<String> = mail
        .order_ids
        .iter()
        .map(|id| plain::order_id(id))
        .collect();
    plain::cut(&ids.join(", "), ID_COLUMNS)
}

fn number(points: Decimal) -> String {
    points.normalize().to_string()
}
