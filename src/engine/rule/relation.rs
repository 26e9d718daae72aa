//! How a mail's sender stands to a service.

use crate::engine::authentication::domain::{is_aligned, normalised, organisational};
use crate::engine::message::Message;
use crate::engine::rule::pack::{DomainPattern, Pack};

/// Domains of services that hide an address: they rewrite From and keep the original sender readable in it.
const RELAYS: [&str; 12] = [
    "privaterelay.appleid.com",
    "icloud.com",
    "duck.com",
    "simplelogin.co",
    "simplelogin.com",
    "simplelogin.fr",
    "slmail.me",
    "aleeas.com",
    "passmail.net",
    "passinbox.com",
    "mozmail.com",
    "relay.firefox.com",
];

/// The sender's standing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Relation {
    /// The From domain is one of the service's own.
    Own {
        /// The From domain.
        domain: String,
    },
    /// The From domain sends for the service.
    ThirdParty,
    /// A relay or a mailing list rewrote From; this is the service's domain that it names.
    Rewritten {
        /// The original From domain.
        domain: String,
    },
    /// The pack is for any sender.
    Any {
        /// The From domain.
        domain: String,
    },
    /// A forwarder of text messages; the service is the one that the message names.
    Forwarder,
    /// The From domain belongs to a relative of the service.
    Sibling,
    /// The From domain is none that the service knows.
    Foreign,
    /// There is no From domain.
    Nobody,
}

/// The sender of a mail as all packs see it.
#[derive(Debug)]
pub(crate) struct Sender {
    /// The From domain, normalised; empty where there is none.
    pub domain: String,
    /// The From local part, lower case.
    pub local: String,
    /// Local part and display name of a rewritten From, lower case; empty for others.
    rewritten: String,
    /// The mail comes from one of the person's own addresses.
    pub is_own: bool,
}

impl Sender {
    /// The sender that the first From names.
    pub(crate) fn of(message: &Message, own: &[String]) -> Self {
        let Some(from) = message.header.from.first() else {
            return Self {
                domain: String::new(),
                local: String::new(),
                rewritten: String::new(),
                is_own: false,
            };
        };
        let is_own = own
            .iter()
            .any(|own| own.eq_ignore_ascii_case(&from.address));
        let domain = normalised(from.domain());
        let local = from.local_part().to_owned();
        let name = from.name.to_lowercase();
        let is_relay =
            RELAYS.contains(&domain.as_str()) && (domain != "icloud.com" || local.contains("_at_"));
        // A list that rewrites From says so ("… via X") and writes from its own domain.
        let is_list = name.contains(" via ")
            && message.header.list_id.as_deref().is_some_and(|id| {
                let id = id
                    .rsplit('<')
                    .next()
                    .unwrap_or(id)
                    .trim_end_matches('>')
                    .to_lowercase();
                is_aligned(&normalised(&id), &domain)
            });
        let rewritten = if is_relay || is_list {
            format!("{local} {name}")
        } else {
            String::new()
        };
        Self {
            domain,
            local,
            rewritten,
            is_own,
        }
    }

    /// Whether a relay or a list rewrote From.
    pub(crate) fn is_rewritten(&self) -> bool {
        !self.rewritten.is_empty()
    }

    /// How the sender stands to a pack's service.
    pub(crate) fn relation(&self, pack: &Pack) -> Relation {
        if self.domain.is_empty() {
            return Relation::Nobody;
        }
        if pack.forwards_sms {
            let is_forwarder = self.is_own || pack.owns(&self.domain);
            return if is_forwarder {
                Relation::Forwarder
            } else {
                Relation::Foreign
            };
        }
        if pack.generic {
            return Relation::Any {
                domain: self.domain.clone(),
            };
        }
        if pack.owns(&self.domain) {
            return Relation::Own {
                domain: self.domain.clone(),
            };
        }
        if pack
            .third_parties
            .iter()
            .any(|pattern| pattern.covers(&self.domain))
        {
            return Relation::ThirdParty;
        }
        if pack
            .siblings
            .iter()
            .any(|pattern| pattern.covers(&self.domain))
        {
            return Relation::Sibling;
        }
        if self.is_rewritten() {
            let longest = pack
                .domains
                .iter()
                .map(DomainPattern::name)
                .filter(|name| names_domain(&self.rewritten, name))
                .max_by_key(|name| name.len());
            if let Some(domain) = longest {
                return Relation::Rewritten {
                    domain: domain.to_owned(),
                };
            }
        }
        Relation::Foreign
    }

    /// The registrable domain that a relay's address spells: `orders_at_teahouse_example_9c1d2e@…`.
    pub(crate) fn relayed_domain(&self) -> Option<String> {
        let (_, rest) = self.rewritten.split_once("_at_")?;
        let rest = rest.split(' ').next()?;
        let labels: Vec<&str> = rest.split(['_', '.']).collect();
        // Behind the domain stand ids of digits and letters.
        let is_id =
            |label: &&&str| label.len() >= 6 && label.contains(|c: char| c.is_ascii_digit());
        let ids = labels.iter().rev().take_while(is_id).count();
        let domain = labels.get(..labels.len().saturating_sub(ids))?.join(".");
        organisational(&domain).map(str::to_owned)
    }

    /// The local part of the original sender of a rewritten From, where it can be read.
    pub(crate) fn original_local(&self) -> Option<&str> {
        let (local, _) = self
            .rewritten
            .split_once("_at_")
            .or_else(|| self.rewritten.split_once(".at."))?;
        Some(local)
    }
}

/// `transaction_at_notice_aliexpress_com_1a2b` and `"auto-confirm@amazon.co.jp [via Relay]"` name their domains.
fn names_domain(rewritten: &str, domain: &str) -> bool {
    let spelled = |text: &str| {
        rewritten.match_indices(text).any(|(at, _)| {
            let before = rewritten
                .get(..at)
                .and_then(|text| text.chars().next_back());
            let after = rewritten
                .get(at.saturating_add(text.len())..)
                .and_then(|text| text.chars().next());
            let goes_on =
                after.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.'));
            let starts = before.is_some_and(|c| matches!(c, '@' | '_' | '.' | ' ' | '(' | '<'));
            starts && !goes_on
        })
    };
    spelled(domain) || spelled(&domain.replace('.', "_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relay_names_the_original_domain() {
        assert!(names_domain(
            "transaction_at_notice_aliexpress_com_0a1b_0a1b ",
            "notice.aliexpress.com"
        ));
        assert!(names_domain(
            "x \"auto-confirm@amazon.co.jp [via relay]\"",
            "amazon.co.jp"
        ));
        assert!(!names_domain(
            "auto-confirm_at_amazon_com_evil_net_0a",
            "amazon.co"
        ));
        assert!(!names_domain("x notamazon.co.jp", "amazon.co.jp"));
        assert!(!names_domain("x amazon.co.jp.evil.net", "amazon.co.jp"));
    }
}
