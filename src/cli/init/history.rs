//! What would have happened in the last days.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::cli::exit::Failure;
use crate::cli::init::dialogue::Dialogue;
use crate::cli::scan::progress::Progress;
use crate::cli::scan::reading::Reading;
use crate::cli::scan::{Found, account, person, replay};
use crate::config::Config;
use crate::engine::incident::Severity;
use crate::engine::rule::RuleSet;
use crate::engine::signal::SignalKind;
use crate::engine::wording::Language;
use crate::io::imap::Credential;

/// Reads the account's history and says what mailward would have done. A history that cannot be read ends nothing.
pub fn show(
    dialogue: &Dialogue,
    language: Language,
    config: &Config,
    rules: &Arc<RuleSet>,
    name: &str,
    credential: Credential,
    (days, now): (u16, Timestamp),
) -> Result<(), Failure> {
    let words = dialogue.words;
    let Some(watched) = config.account(name).filter(|_| days > 0) else {
        return Ok(());
    };
    let days_text = days.to_string();
    dialogue.say(words.history_begins, &[("days", &days_text)]);
    let since = now
        .checked_sub(SignedDuration::from_hours(
            i64::from(days).saturating_mul(24),
        ))
        .ok();
    let trust = watched.trust();
    let mut reading = Reading {
        rules,
        trust: &trust,
        since,
        progress: Progress::begin(language),
        found: Found::default(),
        places: Vec::new(),
    };
    if let Err(failure) = account::read_with(config, watched, credential, &mut reading) {
        drop(reading);
        dialogue.say(words.history_failed, &[("cause", &failure.what)]);
        return Ok(());
    }
    let mut found = reading.end();
    found.replayed = replay::replay_mails(&person(Some(config), Some(name)), &found.mails, &[]);
    let mut shops = BTreeSet::new();
    let (mut orders, mut codes) = (0_usize, 0_usize);
    for signal in found.signals() {
        match &signal.kind {
            SignalKind::OrderPlaced(order) => {
                orders = orders.saturating_add(order.order_ids.len().max(1));
                shops.insert(signal.service.as_str());
            }
            SignalKind::OneTimeCode(_) => codes = codes.saturating_add(1),
            SignalKind::OrderCancelled { .. }
            | SignalKind::SignIn { .. }
            | SignalKind::AccountChange { .. }
            | SignalKind::MerchantAction { .. }
            | SignalKind::CardCharge(_) => {}
        }
    }
    // A quiet question is no ringing.
    let rings = found
        .replayed
        .alerts
        .iter()
        .filter(|alert| alert.severity > Severity::Info)
        .count();
    let places = [
        ("days", days_text.as_str()),
        ("mails", &found.messages.to_string()),
        ("orders", &orders.to_string()),
        ("shops", &shops.len().to_string()),
        ("codes", &codes.to_string()),
        ("rings", &rings.to_string()),
        ("account", name),
    ];
    dialogue.say(words.history, &places);
    let said = if rings == 0 {
        words.history_silent
    } else {
        words.history_rings
    };
    dialogue.say(said, &places);
    Ok(())
}
