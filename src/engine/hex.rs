//! Bytes as hex digits, and texts as the digits of their SHA-256: names that say nothing.

use sha2::{Digest as _, Sha256};

/// Two lower-case digits a byte.
pub fn digits(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

/// The first `length` bytes of a text's SHA-256, as digits.
pub fn name_of(text: &str, length: usize) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digits(digest.get(..length).unwrap_or(&digest))
}
