//! Names that come near a mistyped one.

/// How many changed letters still count as near.
const DISTANCE: usize = 2;

/// How many names are proposed.
const PROPOSALS: usize = 5;

/// The candidates that come near: those that begin with `typed` or hold it, and those that differ in two letters at
/// most; the nearest first.
pub fn near<'a>(typed: &str, candidates: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let typed = typed.to_lowercase();
    let mut found: Vec<(usize, &str)> = candidates
        .filter_map(|candidate| {
            let lower = candidate.to_lowercase();
            let distance = distance(&typed, &lower);
            let holds = typed.chars().count() >= 3 && lower.contains(&typed);
            // A short name is near only if most of it is right.
            let close = distance <= DISTANCE && distance < typed.chars().count().div_ceil(2);
            (holds || close).then_some((distance, candidate))
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found
        .into_iter()
        .map(|(_, candidate)| candidate)
        .take(PROPOSALS)
        .collect()
}

/// Levenshtein's distance, in characters; long texts are cut off.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (done, character) in one.chars().take(64).enumerate() {
        let mut diagonal = done;
        let mut left = done.saturating_add(1);
        let mut next = vec![left];
        for (wanted, above) in other.iter().zip(row.iter().skip(1)) {
            let replaced = diagonal.saturating_add(usize::from(*wanted != character));
            left = replaced
                .min(above.saturating_add(1))
                .min(left.saturating_add(1));
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_levenshteins() {
        for (one, other, expected) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("kitten", "sitting", 3),
            ("amazon", "amzaon", 2),
            ("楽天", "楽典", 1),
        ] {
            assert_eq!(distance(one, other), expected, "{one} {other}");
        }
    }

    #[test]
    fn near_names_come_nearest_first_and_far_ones_not_at_all() {
        let names = ["amazon", "apple", "google", "rakuten", "yahoo-japan"];
        let near = |typed| near(typed, names.into_iter());
        assert_eq!(near("amazn"), ["amazon"]);
        assert_eq!(near("Goggle"), ["google"]);
        assert_eq!(near("yahoo"), ["yahoo-japan"]);
        assert!(near("xyzzy").is_empty());
        assert!(near("x").is_empty());
        assert!(near("").is_empty());
    }
}
