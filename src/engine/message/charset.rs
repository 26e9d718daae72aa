//! Bytes to text when the label may lie.

use std::borrow::Cow;

use mail_parser::decoders::charsets::map::charset_decoder;

/// Decodes bytes by their declared charset, and says whether the label had to be overruled.
///
/// WHATWG decoders: `Shift_JIS` is CP932, `EUC-JP` eucJP-ms, `ISO-2022-JP` takes the vendor rows of CP50221.
pub fn decode(bytes: &[u8], declared: Option<&str>) -> (String, bool) {
    let label = declared.map(|label| label.trim().trim_matches(['"', '\'']).to_ascii_lowercase());
    // An escape sequence into JIS X 0208 never occurs in another charset's text.
    let is_jis = has_jis_escape(bytes)
        && !label
            .as_deref()
            .is_some_and(|label| label.starts_with("iso-2022"));
    if is_jis {
        return (
            with_label("iso-2022-jp", &without_double_escapes(bytes)),
            true,
        );
    }
    if let Some(label) = label.as_deref().filter(|label| !is_utf8(label)) {
        // UTF-8 with several bytes a character is hardly ever valid by chance.
        let says_seven_bit =
            label.starts_with("iso-2022") || label == "us-ascii" || label == "ascii";
        if (says_seven_bit || charset_decoder(label.as_bytes()).is_none())
            && !bytes.is_ascii()
            && let Ok(text) = std::str::from_utf8(bytes)
        {
            return (text.to_owned(), true);
        }
        if charset_decoder(label.as_bytes()).is_some() {
            let text = with_label(label, &without_double_escapes(bytes));
            if !is_mostly_broken(&text) {
                return (text, false);
            }
        }
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => (
            text.to_owned(),
            label.as_deref().is_some_and(|label| !is_utf8(label)),
        ),
        Err(_) => best_guess(bytes),
    }
}

fn is_utf8(label: &str) -> bool {
    matches!(label, "utf-8" | "utf8")
}

fn has_jis_escape(bytes: &[u8]) -> bool {
    bytes
        .windows(3)
        .any(|w| matches!(w, [0x1b, b'$', b'B' | b'@']))
}

/// Words that were cut inside an escape state meet as `ESC ( B ESC $ B`, at which the WHATWG decoder emits U+FFFD.
fn without_double_escapes(bytes: &[u8]) -> Cow<'_, [u8]> {
    const BACK_AND_FORTH: [u8; 6] = [0x1b, b'(', b'B', 0x1b, b'$', b'B'];
    if !bytes
        .windows(BACK_AND_FORTH.len())
        .any(|w| w == BACK_AND_FORTH)
    {
        return Cow::Borrowed(bytes);
    }
    let mut joined = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&first, tail)) = rest.split_first() {
        if let Some(after) = rest.strip_prefix(&BACK_AND_FORTH) {
            rest = after;
        } else {
            joined.push(first);
            rest = tail;
        }
    }
    Cow::Owned(joined)
}

fn with_label(label: &str, bytes: &[u8]) -> String {
    charset_decoder(label.as_bytes()).map_or_else(
        || String::from_utf8_lossy(bytes).into_owned(),
        |decode| decode(bytes),
    )
}

fn broken(text: &str) -> usize {
    text.chars()
        .filter(|c| *c == char::REPLACEMENT_CHARACTER)
        .count()
}

fn is_mostly_broken(text: &str) -> bool {
    broken(text).saturating_mul(20) > text.chars().count()
}

/// The candidate that breaks least; kana decide between the Japanese ones, since GBK accepts nearly anything.
fn best_guess(bytes: &[u8]) -> (String, bool) {
    let lossy = String::from_utf8_lossy(bytes).into_owned();
    if !is_mostly_broken(&lossy) {
        return (lossy, false);
    }
    let kana = |text: &str| {
        text.chars()
            .filter(|c| matches!(c, '\u{3041}'..='\u{30fc}'))
            .count()
    };
    let best = ["shift_jis", "euc-jp", "gbk", "windows-1252"]
        .iter()
        .map(|label| with_label(label, bytes))
        .filter(|text| !is_mostly_broken(text))
        .max_by_key(|text| (kana(text), std::cmp::Reverse(broken(text))));
    best.map_or((lossy, true), |text| (text, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iso_2022_jp_under_any_label() {
        let bytes = b"\x1b$BCmJ8\x1b(B";
        for label in [Some("iso-2022-jp"), Some("us-ascii"), Some("utf-8"), None] {
            assert_eq!(decode(bytes, label).0, "注文", "{label:?}");
        }
    }

    #[test]
    fn utf_8_under_a_false_label_is_read_as_utf_8() {
        assert_eq!(
            decode("注文".as_bytes(), Some("iso-2022-jp")),
            ("注文".to_owned(), true)
        );
        assert_eq!(
            decode("注文".as_bytes(), Some("none")),
            ("注文".to_owned(), true)
        );
    }

    #[test]
    fn shift_jis_that_claims_utf_8() {
        // "ご注文ありがとう" in CP932.
        let bytes = b"\x82\xb2\x92\x8d\x95\xb6\x82\xa0\x82\xe8\x82\xaa\x82\xc6\x82\xa4";
        assert_eq!(decode(bytes, Some("utf-8")).0, "ご注文ありがとう");
        assert_eq!(
            decode(bytes, Some("shift_jis")),
            ("ご注文ありがとう".to_owned(), false)
        );
    }
}
