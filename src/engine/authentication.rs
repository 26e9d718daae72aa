//! Whether the From domain sent this mail: what the person's own provider stamped, and what we verified ourselves.

pub mod domain;
pub mod gates;
pub mod provider;
pub mod results;

use crate::engine::authentication::domain::{is_aligned, normalised};
use crate::engine::authentication::results::{AuthenticationResults, MethodResult};
use crate::engine::message::Message;

/// What authentication says of the From domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// DMARC pass, or DKIM pass aligned with From.
    Pass,
    /// A pinned header says `dmarc=fail` and nothing contradicts it.
    Fail,
    /// Nothing, or a contradiction.
    Unknown,
}

/// The outcome and what it rests on, one sentence each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authentication {
    /// The outcome.
    pub outcome: Outcome,
    /// The evidence; it names ids, methods and domains, never a local part.
    pub evidence: Vec<String>,
}

/// Judges the From domain by the `Authentication-Results` fields with a pinned authserv-id (RFC 8601 §2.5), else by
/// the DKIM signatures that this program verified itself.
///
/// SPF and ARC never count. A position in the header never counts: several providers stamp nothing on a mail that
/// fails, so the topmost field may be the sender's own.
pub fn authenticate(message: &Message, authserv_ids: &[String]) -> Authentication {
    let mut evidence = Vec::new();
    let Some(from) = message
        .header
        .from
        .first()
        .map(|mailbox| normalised(mailbox.domain()))
    else {
        evidence.push("there is no From address".to_owned());
        return Authentication {
            outcome: Outcome::Unknown,
            evidence,
        };
    };
    if authserv_ids.is_empty() && !message.header.authentication_results.is_empty() {
        evidence.push(
            "no authserv-id is pinned, so no Authentication-Results field is believed".to_owned(),
        );
    }
    let mut found = Found::default();
    for value in &message.header.authentication_results {
        let Some(parsed) = AuthenticationResults::parse(value) else {
            evidence
                .push("an Authentication-Results field is malformed and was ignored".to_owned());
            continue;
        };
        let id = parsed.authserv_id.as_deref().unwrap_or("-");
        if !provider::is_pinned(id, authserv_ids) {
            evidence.push(format!(
                "the Authentication-Results of {id} are not pinned and were ignored"
            ));
            continue;
        }
        for result in &parsed.results {
            found.take(id, result, &from, &mut evidence);
        }
    }
    let outcome = found.outcome(&mut evidence);
    if outcome == Outcome::Unknown
        && !found.says_anything()
        && let Some(domain) = message
            .dkim_domains
            .iter()
            .find(|domain| is_aligned(domain, &from))
    {
        evidence.push(format!(
            "our own check of the DKIM signature of {domain} passed; it is aligned with {from}"
        ));
        return Authentication {
            outcome: Outcome::Pass,
            evidence,
        };
    }
    Authentication { outcome, evidence }
}

/// What the pinned fields say, counted by what matters.
#[derive(Debug, Default)]
struct Found {
    dmarc_pass: bool,
    dmarc_fail: bool,
    dmarc_other: bool,
    /// Aligned signing domains that passed, and that failed.
    dkim_pass: Vec<String>,
    dkim_fail: Vec<String>,
}

impl Found {
    fn take(&mut self, id: &str, result: &MethodResult, from: &str, evidence: &mut Vec<String>) {
        match result.method.as_str() {
            "dmarc" => {
                let claimed = result
                    .property("header", "from")
                    .map(|value| normalised(domain_of(value)));
                let is_ours = claimed.as_deref() == Some(from);
                match result.result.as_str() {
                    "pass" if is_ours => {
                        self.dmarc_pass = true;
                        evidence.push(format!("{id} says dmarc=pass for {from}"));
                    }
                    "pass" => evidence.push(format!(
                        "{id} says dmarc=pass, but not for the From domain {from}"
                    )),
                    // A failure needs no named domain: there is one From, and nobody forges a failure.
                    "fail" if is_ours || claimed.is_none() => {
                        self.dmarc_fail = true;
                        evidence.push(format!("{id} says dmarc=fail for {from}"));
                    }
                    other => {
                        self.dmarc_other = true;
                        evidence.push(format!("{id} says dmarc={}", plain(other)));
                    }
                }
            }
            "dkim" => {
                let domain = result
                    .property("header", "d")
                    .or_else(|| result.property("header", "i"))
                    .map(|value| normalised(domain_of(value)));
                let Some(domain) = domain.filter(|domain| is_aligned(domain, from)) else {
                    return;
                };
                match result.result.as_str() {
                    "pass" => {
                        evidence.push(format!(
                            "{id} says dkim=pass for {domain}, aligned with {from}"
                        ));
                        self.dkim_pass.push(domain);
                    }
                    "fail" | "policy" | "permerror" => {
                        evidence.push(format!(
                            "{id} says dkim={} for {domain}",
                            plain(&result.result)
                        ));
                        self.dkim_fail.push(domain);
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }

    fn says_anything(&self) -> bool {
        self.dmarc_pass
            || self.dmarc_fail
            || self.dmarc_other
            || !self.dkim_pass.is_empty()
            || !self.dkim_fail.is_empty()
    }

    fn outcome(&self, evidence: &mut Vec<String>) -> Outcome {
        let is_contradictory = self.dmarc_fail && (self.dmarc_pass || !self.dkim_pass.is_empty())
            || self
                .dkim_pass
                .iter()
                .any(|domain| self.dkim_fail.contains(domain));
        if is_contradictory {
            evidence.push("the pinned results contradict each other".to_owned());
            Outcome::Unknown
        } else if self.dmarc_pass || !self.dkim_pass.is_empty() {
            Outcome::Pass
        } else if self.dmarc_fail {
            Outcome::Fail
        } else {
            Outcome::Unknown
        }
    }
}

fn domain_of(value: &str) -> &str {
    value.rsplit_once('@').map_or(value, |(_, domain)| domain)
}

/// A keyword for the evidence: a header may hold anything.
fn plain(word: &str) -> String {
    word.chars()
        .filter(char::is_ascii_alphanumeric)
        .take(16)
        .collect()
}
