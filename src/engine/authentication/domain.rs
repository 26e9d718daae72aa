//! Domain names: one spelling, and when two of them belong together.

/// The domain in its ASCII form (IDNA), lower case, without a trailing dot; as it is where it is no domain name.
pub fn normalised(domain: &str) -> String {
    let domain = domain.trim().trim_end_matches('.');
    idna::domain_to_ascii(domain).unwrap_or_else(|_| domain.to_ascii_lowercase())
}

/// The organisational domain by the Public Suffix List: `amazon.co.jp` of `bounces.amazon.co.jp`.
pub fn organisational(domain: &str) -> Option<&str> {
    psl::domain_str(domain)
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
    }

    #[test]
    fn one_spelling() {
        assert_eq!(normalised("Amazon.CO.JP."), "amazon.co.jp");
        assert_eq!(normalised("ｅxample.com"), "example.com");
    }
}
