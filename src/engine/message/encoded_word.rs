//! RFC 2047 subjects as they are really sent: split inside characters and escape states.

use mail_parser::decoders::base64::base64_decode;

use crate::engine::message::charset::decode;

/// Decodes an unstructured header value. Adjacent encoded words of one charset are decoded as one byte stream.
pub fn decode_unstructured(raw: &[u8]) -> String {
    let mut text = String::new();
    // The words that wait to be decoded together.
    let mut pending: Option<(String, Vec<u8>)> = None;
    let mut plain: Vec<u8> = Vec::new();
    let mut rest = raw;
    while let Some((&first, tail)) = rest.split_first() {
        if let Some((word, after)) = encoded_word(rest) {
            // White space between two encoded words is not part of the text (RFC 2047 §6.2).
            let is_adjacent = plain.iter().all(u8::is_ascii_whitespace);
            match &mut pending {
                Some((charset, bytes))
                    if is_adjacent && charset.eq_ignore_ascii_case(&word.charset) =>
                {
                    bytes.extend_from_slice(&word.bytes);
                }
                _ => {
                    flush_word(&mut pending, &mut text);
                    if !is_adjacent || text.is_empty() {
                        flush_plain(&mut plain, &mut text);
                    }
                    pending = Some((word.charset, word.bytes));
                }
            }
            plain.clear();
            rest = after;
        } else {
            if pending.is_some() && !first.is_ascii_whitespace() {
                flush_word(&mut pending, &mut text);
            }
            plain.push(first);
            rest = tail;
        }
    }
    flush_word(&mut pending, &mut text);
    flush_plain(&mut plain, &mut text);
    text
}

struct Word {
    charset: String,
    bytes: Vec<u8>,
}

fn flush_word(pending: &mut Option<(String, Vec<u8>)>, text: &mut String) {
    if let Some((charset, bytes)) = pending.take() {
        text.push_str(&decode(&bytes, Some(&charset)).0);
    }
}

fn flush_plain(plain: &mut Vec<u8>, text: &mut String) {
    if !plain.is_empty() {
        text.push_str(&decode(plain, None).0);
        plain.clear();
    }
}

/// `=?charset?B|Q?data?=` at the start of `input`, with what follows it.
fn encoded_word(input: &[u8]) -> Option<(Word, &[u8])> {
    let input = input.strip_prefix(b"=?")?;
    let (charset, input) = until(input, b'?', 64)?;
    let (encoding, input) = until(input, b'?', 1)?;
    let (data, input) = until(input, b'?', 4096)?;
    let input = input.strip_prefix(b"=")?;
    // RFC 2231 §5 allows `charset*language`.
    let charset = charset.split(|b| *b == b'*').next()?;
    let charset = std::str::from_utf8(charset).ok()?.to_owned();
    let bytes = match encoding {
        b"B" | b"b" => base64_lenient(data),
        b"Q" | b"q" => quoted(data),
        _ => return None,
    };
    Some((Word { charset, bytes }, input))
}

fn until(input: &[u8], stop: u8, limit: usize) -> Option<(&[u8], &[u8])> {
    let at = input
        .iter()
        .take(limit.saturating_add(1))
        .position(|b| *b == stop)?;
    let (before, after) = input.split_at_checked(at)?;
    Some((before, after.split_first()?.1))
}

/// Base64 without regard to padding and foreign characters.
pub fn base64_lenient(data: &[u8]) -> Vec<u8> {
    let mut clean: Vec<u8> = data
        .iter()
        .copied()
        .filter(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'))
        .collect();
    if clean.len() % 4 == 1 {
        clean.pop();
    }
    while !clean.len().is_multiple_of(4) {
        clean.push(b'=');
    }
    base64_decode(&clean).unwrap_or_default()
}

fn quoted(data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(data.len());
    let mut rest = data;
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        match (first, tail) {
            (b'_', _) => bytes.push(b' '),
            (b'=', [high, low, after @ ..]) => {
                if let (Some(high), Some(low)) = (hex(*high), hex(*low)) {
                    bytes.push(high << 4 | low);
                    rest = after;
                } else {
                    bytes.push(first);
                }
            }
            _ => bytes.push(first),
        }
    }
    bytes
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_split_over_two_words_is_whole() {
        // "注文" in UTF-8 is e6 b3 a8 e6 96 87; cut after four bytes.
        assert_eq!(
            decode_unstructured(b"=?UTF-8?B?5rOo5g==?=\r\n =?utf-8?Q?=96=87?= x"),
            "注文 x"
        );
    }

    #[test]
    fn an_escape_state_split_over_two_words_is_whole() {
        // ESC $ B C m | J 8 ESC ( B, with no escape in the second word.
        assert_eq!(
            decode_unstructured(b"=?ISO-2022-JP?B?GyRCQ20=?= =?iso-2022-jp?B?SjgbKEI=?="),
            "注文"
        );
        // The same with correct escapes in both words.
        assert_eq!(
            decode_unstructured(b"=?ISO-2022-JP?B?GyRCQ20bKEI=?= =?ISO-2022-JP?B?GyRCSjgbKEI=?="),
            "注文"
        );
    }

    #[test]
    fn plain_text_around_words_keeps_its_blanks() {
        assert_eq!(
            decode_unstructured(b"Re: =?utf-8?q?a_b?= c =?broken"),
            "Re: a b c =?broken"
        );
        assert_eq!(decode_unstructured("生の注文".as_bytes()), "生の注文");
    }
}
