//! Domains that are made to be taken for a service's own.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use unicode_security::confusable_detection::skeleton;

use crate::engine::authentication::domain::organisational;

/// Words that turn a brand in a domain into a claim: `amazon-login`, `secure-paypal`.
const CLAIMS: [&str; 30] = [
    "account",
    "accounts",
    "alert",
    "billing",
    "card",
    "center",
    "co",
    "com",
    "customer",
    "help",
    "id",
    "info",
    "jp",
    "login",
    "mail",
    "member",
    "notice",
    "online",
    "order",
    "orders",
    "pay",
    "payment",
    "secure",
    "security",
    "service",
    "signin",
    "support",
    "update",
    "verify",
    "verification",
];
/// Shorter brands are words of their own in too many names.
const BRAND_LENGTH: usize = 5;

/// A brand as it stands in a service's domains, with its skeleton.
#[derive(Debug)]
pub(crate) struct Brand {
    label: String,
    skeleton: String,
    /// The service's domains, with dots and with hyphens for dots.
    domains: Vec<Spelling>,
}

/// A domain in the ways in which a longer name swallows it.
#[derive(Debug)]
struct Spelling {
    plain: String,
    inside: String,
    hyphened: String,
    /// The dots in `inside`: a name with fewer cannot hold it.
    dots: usize,
}

impl Spelling {
    fn of(domain: &str) -> Self {
        Self {
            plain: domain.to_owned(),
            inside: format!(".{domain}."),
            hyphened: domain.replace('.', "-"),
            dots: dots(domain).saturating_add(2),
        }
    }
}

fn dots(domain: &str) -> usize {
    domain.bytes().filter(|byte| *byte == b'.').count()
}

impl Brand {
    /// The brands in a service's domains: the first labels of their organisational domains.
    pub(crate) fn of<'d>(domains: impl Iterator<Item = &'d str>) -> Vec<Self> {
        let mut brands: Vec<Self> = Vec::new();
        for domain in domains {
            let Some(organisation) = organisational(domain) else {
                continue;
            };
            let label = organisation.split('.').next().unwrap_or_default();
            match brands.iter_mut().find(|brand| brand.label == label) {
                Some(brand) => brand.domains.push(Spelling::of(organisation)),
                None => brands.push(Self {
                    label: label.to_owned(),
                    skeleton: folded_skeleton(label),
                    domains: vec![Spelling::of(organisation)],
                }),
            }
        }
        brands
    }

    /// Whether a foreign From domain imitates the brand.
    pub(crate) fn is_imitated_by(&self, suspect: &Suspect) -> bool {
        if suspect.label == self.label || self.label.len() < 4 {
            return self.label.len() >= 4 && self.is_swallowed_by(suspect);
        }
        if suspect.skeleton == self.skeleton || self.is_swallowed_by(suspect) {
            return true;
        }
        if self.label.len() >= BRAND_LENGTH.saturating_add(1)
            && is_one_slip_apart(&suspect.skeleton, &self.skeleton)
        {
            return true;
        }
        let mut tokens = suspect.label.split('-');
        self.label.len() >= BRAND_LENGTH
            && suspect.label.contains('-')
            && tokens
                .clone()
                .any(|token| folded_skeleton(token) == self.skeleton)
            && tokens.any(|token| CLAIMS.contains(&token))
    }

    /// `amazon.co.jp.evil.example` and `amazon-co-jp.example`.
    fn is_swallowed_by(&self, suspect: &Suspect) -> bool {
        self.domains.iter().any(|domain| {
            let first = domain.plain.as_bytes().first();
            let begins = suspect.domain.as_bytes().first() == first
                || suspect.label.as_bytes().first() == first;
            if !begins && suspect.dots < domain.dots {
                return false;
            }
            let rest = suspect.domain.strip_prefix(domain.plain.as_str());
            rest.is_some_and(|rest| rest.starts_with(['.', '-']))
                || (suspect.dots >= domain.dots && suspect.domain.contains(&domain.inside))
                || suspect.label.starts_with(&domain.hyphened)
        })
    }
}

/// A From domain that no service owns.
#[derive(Debug)]
pub(crate) struct Suspect {
    /// The whole domain in ASCII.
    domain: String,
    dots: usize,
    /// The first label of its organisational domain, in Unicode.
    label: String,
    skeleton: String,
}

impl Suspect {
    /// The suspect of a normalised domain.
    pub(crate) fn new(domain: &str) -> Self {
        let organisation = organisational(domain).unwrap_or(domain);
        let label = organisation.split('.').next().unwrap_or_default();
        let (label, _) = idna::domain_to_unicode(label);
        Self {
            domain: domain.to_owned(),
            dots: dots(domain),
            skeleton: folded_skeleton(&label),
            label,
        }
    }
}

/// Sender domains that are remembered; in a mailbox most mails come from a few hundred of them.
const REMEMBERED: usize = 512;
/// Longer names are no domain (RFC 1035 §2.3.4) and are not remembered.
const DOMAIN_LENGTH: usize = 253;

/// Which pack each of the latest foreign domains imitates, by its place; to compare one with all brands takes longer
/// than everything else that is asked about a header.
#[derive(Debug, Default)]
pub(crate) struct Resembling(Mutex<BTreeMap<String, Option<usize>>>);

impl Resembling {
    /// The place of the pack that the domain imitates, found by `find` where nobody asked before.
    pub(crate) fn of(
        &self,
        domain: &str,
        find: impl FnOnce(&Suspect) -> Option<usize>,
    ) -> Option<usize> {
        if domain.len() > DOMAIN_LENGTH {
            return find(&Suspect::new(domain));
        }
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = known().get(domain) {
            return *place;
        }
        let place = find(&Suspect::new(domain));
        let mut known = known();
        // Rare enough to begin anew instead of keeping an order.
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(domain.to_owned(), place);
        place
    }
}

/// The skeleton (UTS #39) in lower case, taken twice since it maps `0` to a capital.
fn folded_skeleton(label: &str) -> String {
    let once: String = skeleton(&label.to_lowercase())
        .collect::<String>()
        .to_lowercase();
    skeleton(&once)
        .collect::<String>()
        .to_lowercase()
        .replace("vv", "w")
}

/// One character more, less, another, or two exchanged.
fn is_one_slip_apart(one: &str, other: &str) -> bool {
    // A slip changes at most two characters; what is the same before and behind them is the rest of both names.
    let slip = if one.is_ascii() && other.is_ascii() {
        2
    } else {
        8
    };
    let before = one
        .bytes()
        .zip(other.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    let behind = one
        .bytes()
        .rev()
        .zip(other.bytes().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let longer = one.len().max(other.len());
    if (before == 0 && behind == 0)
        || before.saturating_add(behind).saturating_add(slip) < longer
        || one.len().abs_diff(other.len()) > 4
    {
        return false;
    }
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    if one.len().abs_diff(other.len()) > 1 || one == other {
        return false;
    }
    let same = one.iter().zip(&other).take_while(|(a, b)| a == b).count();
    let rest = |text: &[char], skip: usize| {
        text.get(same.saturating_add(skip)..)
            .unwrap_or_default()
            .to_vec()
    };
    let swapped = || {
        let mut tail = rest(&one, 0);
        if tail.len() < 2 {
            return false;
        }
        tail.swap(0, 1);
        tail == rest(&other, 0)
    };
    rest(&one, 1) == rest(&other, 1)
        || rest(&one, 1) == rest(&other, 0)
        || rest(&one, 0) == rest(&other, 1)
        || swapped()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn imitates(domain: &str, service: &[&str]) -> bool {
        let domain = crate::engine::authentication::domain::normalised(domain);
        let suspect = Suspect::new(&domain);
        Brand::of(service.iter().copied())
            .iter()
            .any(|brand| brand.is_imitated_by(&suspect))
    }

    #[test]
    fn look_alikes() {
        for domain in [
            "amaz0n.co.jp",
            "arnazon.com",
            "аmazon.com",
            "amazοn.co.jp",
            "xn--mazon-3ve.com",
            "amazom.co.jp",
            "amzaon.com",
            "amazonn.com",
            "amazon.co.jp.evil.example",
            "amazon-co-jp.example",
            "amazon-login.example",
            "secure-amazon.net",
            "mail.amazon.com.evil.example",
        ] {
            assert!(
                imitates(domain, &["amazon.co.jp", "amazon.com"]),
                "{domain}"
            );
        }
        assert!(imitates("paypa1.com", &["paypal.com"]));
    }

    #[test]
    fn names_of_their_own() {
        for domain in [
            "amazing.com",
            "amazonia-travel.example",
            "example.com",
            "zon.com",
            "amazon-forest.example",
        ] {
            assert!(
                !imitates(domain, &["amazon.co.jp", "amazon.com"]),
                "{domain}"
            );
        }
        assert!(!imitates("lime.com", &["line.com"]));
        assert!(!imitates("targets.example", &["au.com"]));
    }
}
