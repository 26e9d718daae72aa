//! Folder names on the wire: modified UTF-7 (RFC 3501 §5.1.3), inside quotes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// A folder name as an argument of a command; `None` when it holds a line ending or NUL.
pub(crate) fn argument(name: &str) -> Option<String> {
    quoted(&encode(name))
}

/// A string as a quoted argument; `None` when it holds a byte that cannot be quoted (RFC 3501 §9).
pub(crate) fn quoted(text: &str) -> Option<String> {
    if text.contains(['\r', '\n', '\0']) {
        return None;
    }
    Some(format!(
        "\"{}\"",
        text.replace('\\', "\\\\").replace('"', "\\\"")
    ))
}

/// To modified UTF-7: printable ASCII as it is, `&` as `&-`, the rest as UTF-16 in base64 with `,` for `/`.
pub(crate) fn encode(name: &str) -> String {
    let mut wire = String::with_capacity(name.len());
    let mut shifted: Vec<u8> = Vec::new();
    for letter in name.chars() {
        if (' '..='~').contains(&letter) {
            unshift(&mut wire, &mut shifted);
            wire.push(letter);
            if letter == '&' {
                wire.push('-');
            }
        } else {
            let mut units = [0; 2];
            for unit in letter.encode_utf16(&mut units) {
                shifted.extend(unit.to_be_bytes());
            }
        }
    }
    unshift(&mut wire, &mut shifted);
    wire
}

fn unshift(wire: &mut String, shifted: &mut Vec<u8>) {
    if !shifted.is_empty() {
        wire.push('&');
        wire.push_str(&STANDARD_NO_PAD.encode(&shifted).replace('/', ","));
        wire.push('-');
        shifted.clear();
    }
}

/// From modified UTF-7; a name that is none is taken as it is, since some servers send UTF-8.
pub(crate) fn decode(wire: &str) -> String {
    decode_strictly(wire).unwrap_or_else(|| wire.to_owned())
}

fn decode_strictly(text: &str) -> Option<String> {
    let mut name = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((plain, shifted)) = rest.split_once('&') {
        name.push_str(plain);
        let (inside, tail) = shifted.split_once('-')?;
        if inside.is_empty() {
            name.push('&');
        } else {
            let bytes = STANDARD_NO_PAD.decode(inside.replace(',', "/")).ok()?;
            let (pairs, []) = bytes.as_chunks::<2>() else {
                return None;
            };
            let units = pairs.iter().map(|pair| u16::from_be_bytes(*pair));
            for letter in char::decode_utf16(units) {
                name.push(letter.ok()?);
            }
        }
        rest = tail;
    }
    name.push_str(rest);
    Some(name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn japanese_names_and_ampersands_are_encoded() {
        // The example of RFC 3501 §5.1.3.
        assert_eq!(
            encode("~peter/mail/台北/日本語"),
            "~peter/mail/&U,BTFw-/&ZeVnLIqe-"
        );
        assert_eq!(encode("a&b"), "a&-b");
        assert_eq!(argument("a\"b\\c").as_deref(), Some("\"a\\\"b\\\\c\""));
        assert_eq!(argument("a\r\nb").map(|it| it.contains('\n')), Some(false));
        assert_eq!(quoted("a\r\nb"), None);
    }

    proptest! {
        #[test]
        fn every_name_comes_back(name in any::<String>()) {
            let wire = encode(&name);
            prop_assert!(wire.is_ascii());
            prop_assert_eq!(decode(&wire), name);
        }

        #[test]
        fn no_text_is_too_odd_for_a_name(text in any::<String>()) {
            let _ = decode(&text);
        }
    }
}
