//! Goes through the lines of a header.

use std::iter;

use memchr::memchr;

/// The lines, each with its ending; the last one may have none.
pub fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    iter::from_fn(move || {
        let end = memchr(b'\n', rest).map_or(rest.len(), |at| at.saturating_add(1));
        let (line, behind) = rest.split_at_checked(end)?;
        rest = behind;
        (!line.is_empty()).then_some(line)
    })
}

/// Whether a line goes on with the field of the line before it (RFC 5322 §2.2.3).
pub fn is_folded(line: &[u8]) -> bool {
    matches!(line, [b' ' | b'\t', ..])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn lines_are_what_lies_between_line_feeds(text in "([a-z: \t\r\n]|\n\n){0,60}") {
            let bytes = text.as_bytes();
            let expected: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
            prop_assert_eq!(lines(bytes).collect::<Vec<_>>(), expected);
        }
    }
}
