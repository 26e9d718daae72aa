//! Domain names: one spelling, and when two of them belong together.

/// The domain in its ASCII form (IDNA), lower case, without a trailing dot; as it is where it is no domain name.
pub fn normalised(domain: &str) -> String {
    let domain = domain.trim().trim_end_matches('.');
    idna::domain_to_ascii(domain).unwrap_or_else(|_| domain.to_ascii_lowercase())
}

/// Names under which anybody can register and which the Public Suffix List lacks: two of their customers must never
/// count as one organisation.
const UNLISTED_SUFFIXES: [&str; 1] = ["com.be"];

/// The organisational domain by the Public Suffix List: `amazon.co.jp` of `bounces.amazon.co.jp`.
pub fn organisational(domain: &str) -> Option<&str> {
    let organisation = psl::domain_str(domain)?;
    if !UNLISTED_SUFFIXES.contains(&organisation) {
        return Some(organisation);
    }
    // One label more than the suffix.
    let above = domain.strip_suffix(organisation)?.strip_suffix('.')?;
    let label = above.rsplit('.').next()?;
    let length = label
        .len()
        .saturating_add(1)
        .saturating_add(organisation.len());
    domain.get(domain.len().saturating_sub(length)..)
}

/// Relaxed alignment (RFC 7489 §3.1): both normalised domains have one organisational domain.
pub fn is_aligned(one: &str, other: &str) -> bool {
    match (organisational(one), organisational(other)) {
        (Some(one), Some(other)) => one == other,
        _ => !one.is_empty() && one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alignment_stops_at_a_public_suffix() {
        assert!(is_aligned("bounces.amazon.co.jp", "amazon.co.jp"));
        assert!(!is_aligned("amazon.co.jp", "evil.co.jp"));
        assert!(!is_aligned("co.jp", "amazon.co.jp"));
        assert!(!is_aligned("amazonses.com", "amazon.com"));
        assert!(!is_aligned("", ""));
        assert_eq!(organisational("mail.amazon.com.be"), Some("amazon.com.be"));
        assert!(!is_aligned("evil.com.be", "amazon.com.be"));
        assert_eq!(organisational("com.be"), None);
    }

    #[test]
    fn one_spelling() {
        assert_eq!(normalised("Amazon.CO.JP."), "amazon.co.jp");
        assert_eq!(normalised("ｅxample.com"), "example.com");
    }
}
