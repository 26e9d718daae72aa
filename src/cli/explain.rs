//! `mailward explain`: what one mail says, and why.

use std::collections::BTreeMap;
use std::io::Write;

use crate::cli::arguments::{Explain, Global};
use crate::cli::context;
use crate::cli::exit::{Code, Failure};
use crate::cli::scan::jsonl::SignalLine;
use crate::engine::message::{Message, RawMail};
use crate::engine::rule::{Explanation, RuleSet, Trust};
use crate::engine::signal::{SenderVerdict, Signal};
use crate::io::archives;

/// Explains each mail of the path; usually there is one.
pub fn run(global: &Global, options: &Explain, out: &mut dyn Write) -> Result<(), Failure> {
    let config = context::optional_config(global)?;
    let trust = context::trust(config.as_ref(), &options.trust)?;
    let rules = context::rules(config.as_ref())?;
    let mut explained = 0_usize;
    for mail in archives::open(&options.path)? {
        let mail = mail.map_err(|error| {
            Failure::from_error(
                Code::BadData,
                &error,
                "save the mail again, with all its headers",
            )
        })?;
        if explained > 0 {
            writeln!(out)?;
        }
        let text = explain(&rules, &mail, &trust, options.redact);
        out.write_all(text.as_bytes())?;
        explained = explained.saturating_add(1);
    }
    if explained == 0 {
        return Err(Failure::new(
            Code::BadData,
            format!("{}: no mail in it", options.path.display()),
            "save the mail with all its headers (\"save as\", \"show original\")",
        ));
    }
    Ok(())
}

fn explain(rules: &RuleSet, mail: &RawMail, trust: &Trust, redact: bool) -> String {
    let (signal, explanation) = rules.explain(&Message::parse(mail), trust);
    let Explanation {
        verdict,
        evidence,
        near_misses,
    } = explanation;
    let hide = |text: &str| {
        if redact {
            redacted(text)
        } else {
            text.to_owned()
        }
    };
    let mut lines = vec![
        format!("mail      {}", hide(&mail.source)),
        format!("arrived   {}", mail.arrived_at),
    ];
    match &signal {
        Some(signal) => {
            lines.push(format!("signal    {}", signal.kind.name()));
            lines.push(format!("rule      {}", signal.rule));
            lines.extend(fields(signal).into_iter().map(|(name, value)| {
                let value = if redact {
                    redacted_field(name, &value)
                } else {
                    value
                };
                format!("          {name}: {value}")
            }));
        }
        None => lines.push("signal    none: no rule matches".to_owned()),
    }
    lines.push(format!("sender    {}", verdict_name(verdict)));
    lines.extend(
        evidence
            .iter()
            .map(|line| format!("          {}", hide(line))),
    );
    lines.extend(
        by_reason(&near_misses)
            .into_iter()
            .map(|(why, rules)| format!("not       {}: {}", rules.join(", "), hide(why))),
    );
    if signal
        .as_ref()
        .is_some_and(|signal| signal.template_unverified)
    {
        lines.push("note      this rule was never checked against a genuine mail".to_owned());
    }
    let mut text = lines.join("\n");
    text.push('\n');
    text
}

/// The rules that came near, together where the same thing is missing; the rarest reason first, since it is the one
/// that says something about this mail.
fn by_reason(near_misses: &[(String, String)]) -> Vec<(&str, Vec<&str>)> {
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (rule, why) in near_misses {
        reasons.entry(why).or_default().push(rule);
    }
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, rules)| rules.len());
    reasons
}

fn verdict_name(verdict: SenderVerdict) -> &'static str {
    match verdict {
        SenderVerdict::Verified => "verified",
        SenderVerdict::Unverified => "unverified",
        SenderVerdict::Failed => "failed",
    }
}

/// The fields of the signal's `scan` line that are set, but for those that have lines of their own.
fn fields(signal: &Signal) -> Vec<(&'static str, String)> {
    let line = SignalLine::of(signal);
    let optional = [
        ("message_id", line.message_id.map(str::to_owned)),
        ("at", Some(line.at.to_string())),
        ("service", Some(line.service.to_owned())),
        ("marketplace", line.marketplace.map(str::to_owned)),
        (
            "order_ids",
            Some(line.order_ids.join(", ")).filter(|ids| !ids.is_empty()),
        ),
        ("amount", line.amount),
        ("currency", line.currency.map(str::to_owned)),
        ("item", line.item.map(str::to_owned)),
        ("purpose", line.purpose.map(str::to_owned)),
        ("by", line.by.map(str::to_owned)),
        ("outcome", line.outcome.map(str::to_owned)),
        ("what", line.what.map(str::to_owned)),
    ];
    optional
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| (name, value)))
        .collect()
}

fn redacted_field(name: &str, value: &str) -> String {
    match name {
        "message_id" => "[left out]".to_owned(),
        "order_ids" | "amount" => digits_hidden(value),
        _ => value.to_owned(),
    }
}

/// Hides the local part of addresses, and long numbers.
fn redacted(text: &str) -> String {
    let words: Vec<String> = text
        .split(' ')
        .map(|word| match word.rsplit_once('@') {
            Some((_, domain)) => format!("[…]@{domain}"),
            None if word.bytes().filter(u8::is_ascii_digit).count() >= 6 => digits_hidden(word),
            None => word.to_owned(),
        })
        .collect();
    words.join(" ")
}

fn digits_hidden(text: &str) -> String {
    text.chars()
        .map(|character| {
            if character.is_numeric() {
                'X'
            } else {
                character
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redaction_hides_addresses_and_numbers_but_not_domains() {
        assert_eq!(
            redacted("from hanako@example.com about 503-1234567-1234567 on port 993"),
            "from […]@example.com about XXX-XXXXXXX-XXXXXXX on port 993"
        );
        assert_eq!(redacted_field("message_id", "a@b"), "[left out]");
        assert_eq!(redacted_field("amount", "2500"), "XXXX");
        assert_eq!(
            redacted_field("at", "2026-11-22T01:02:03Z"),
            "2026-11-22T01:02:03Z"
        );
    }

    #[test]
    fn rules_that_miss_the_same_thing_share_a_line() {
        let near = |rule: &str, why: &str| (rule.to_owned(), why.to_owned());
        let misses = [
            near("a/1", "no subject"),
            near("a/2", "no subject"),
            near("a/3", "no body"),
        ];
        assert_eq!(
            by_reason(&misses),
            [("no body", vec!["a/3"]), ("no subject", vec!["a/1", "a/2"])]
        );
    }
}
