//! What a mail must have besides a passed authentication before it may count as verified.

use jiff::SignedDuration;

use crate::engine::message::Message;

/// How far the Date may lie from the arrival: an old genuine mail that is sent again proves nothing about today.
const DATE_LIMIT: SignedDuration = SignedDuration::from_hours(48);

/// Why the mail may not count as verified although its sender is authentic; empty where nothing stands against it.
///
/// A second From or Subject can be prepended to a signed mail without breaking its signature, and a genuine mail to
/// somebody else can be sent on to anybody.
pub fn objections(message: &Message, addresses: &[String]) -> Vec<String> {
    let mut objections = Vec::new();
    let counts = message.header.counts;
    for (name, count) in [
        ("From", counts.from),
        ("Subject", counts.subject),
        ("Date", counts.date),
    ] {
        if count != 1 {
            objections.push(format!("there are {count} {name} fields instead of one"));
        }
    }
    if message.header.from.len() > 1 {
        objections.push("From names several authors".to_owned());
    }
    let is_ours = |address: &String| {
        addresses
            .iter()
            .any(|own| own.eq_ignore_ascii_case(address))
    };
    if !addresses.is_empty() && !message.header.recipients.iter().any(is_ours) {
        objections.push("none of the account's addresses is in To or Cc".to_owned());
    }
    match message.header.date {
        None => objections.push("the Date cannot be read".to_owned()),
        Some(date) if date.duration_until(message.arrived_at).abs() > DATE_LIMIT => {
            objections.push("the Date is more than 48 hours from the arrival".to_owned());
        }
        Some(_) => {}
    }
    objections
}
