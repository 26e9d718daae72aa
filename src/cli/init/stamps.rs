//! Whose marks on mails are to be believed: the provider's known ones, else what stands on recent mails.

use std::collections::BTreeMap;

use crate::cli::exit::Failure;
use crate::cli::init::dialogue::{Dialogue, missing};
use crate::cli::init::options::Options;
use crate::engine::authentication::provider;
use crate::engine::authentication::results::AuthenticationResults;
use crate::engine::message::{Message, RawMail};
use crate::engine::rule::{RuleSet, Trust};
use crate::engine::wording::setup::fill;

/// Fewer mails prove nothing.
const AT_LEAST: usize = 3;

/// The authserv-ids to pin.
pub fn choose(
    dialogue: &Dialogue,
    options: &Options,
    host: &str,
    provider_name: Option<&str>,
    headers: &[RawMail],
    rules: &RuleSet,
) -> Result<Vec<String>, Failure> {
    let words = dialogue.words;
    if options.no_authserv_id || !options.authserv_ids.is_empty() {
        return Ok(options.authserv_ids.clone());
    }
    let known = provider::authserv_ids(host);
    if !known.is_empty() {
        let name = provider_name.unwrap_or(host);
        dialogue.say(words.stamps_known, &[("provider", name)]);
        return Ok(known);
    }
    let (seen, all) = seen(headers, rules);
    let Some((id, count)) = seen
        .into_iter()
        .max_by_key(|(_, count)| *count)
        .filter(|(_, count)| *count >= AT_LEAST && count.saturating_mul(2) > all)
    else {
        dialogue.say(words.stamps_none, &[]);
        return Ok(Vec::new());
    };
    let places = [
        ("id", id.as_str()),
        ("count", &count.to_string()),
        ("all", &all.to_string()),
    ];
    dialogue.say(words.stamps_seen, &places);
    if !dialogue.asks {
        return Err(missing(&[&format!(
            "--authserv-id {id} or --no-authserv-id"
        )]));
    }
    let question = fill(words.stamps_accept, &places);
    let accepted = dialogue.yes("--authserv-id", &question, true)?;
    Ok(if accepted { vec![id] } else { Vec::new() })
}

/// How often the topmost field of an id vouches for a sender, and on how many mails of known services. A field further
/// down may be anybody's.
pub fn seen(headers: &[RawMail], rules: &RuleSet) -> (BTreeMap<String, usize>, usize) {
    let trust = Trust::default();
    let mut all = 0_usize;
    let mut ids = BTreeMap::new();
    for raw in headers {
        let message = Message::parse_header(raw);
        if !rules.wants_body(&message, &trust) {
            continue;
        }
        all = all.saturating_add(1);
        let Some(topmost) = message.header.authentication_results.first() else {
            continue;
        };
        let Some(field) = AuthenticationResults::parse(topmost) else {
            continue;
        };
        let vouches = field
            .results
            .iter()
            .any(|it| (it.method == "dmarc" || it.method == "dkim") && it.result == "pass");
        if vouches {
            let id = field.authserv_id.unwrap_or_else(|| "-".to_owned());
            let count: &mut usize = ids.entry(id).or_default();
            *count = count.saturating_add(1);
        }
    }
    (ids, all)
}
