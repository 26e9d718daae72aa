//! The form in which text is matched: NFKC, without characters that nobody sees, one space between words.

use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfkc_quick};

/// The matching form of a text, at most `limit` bytes of it (cut at a character).
///
/// Full-width digits become ASCII, half-width kana full-width; zero-width, bidi and padding characters vanish, dashes
/// become `-`, runs of blanks one space; lines are trimmed and empty ones dropped.
pub fn fold(text: &str, limit: usize) -> String {
    if text.len() < limit && is_folded(text) {
        return text.to_owned();
    }
    folded(text, limit)
}

fn folded(text: &str, limit: usize) -> String {
    let mut folded = String::with_capacity(text.len().min(limit));
    if text.is_ascii() || is_nfkc_quick(text.chars()) == IsNormalized::Yes {
        push_visible(text.chars(), &mut folded, limit);
    } else {
        push_visible(text.nfkc(), &mut folded, limit);
    }
    while folded.ends_with([' ', '\n']) {
        folded.pop();
    }
    folded
}

/// Whether a text is in this form already, as most names and subjects in ASCII are.
fn is_folded(text: &str) -> bool {
    let mut last = b' ';
    let stays = text.bytes().all(|byte| {
        let stays = byte.is_ascii_graphic() || byte == b' ' && last != b' ';
        last = byte;
        stays
    });
    stays && last != b' '
}

/// The same on one line: for subjects, names and everything that is hashed.
pub fn fold_line(text: &str, limit: usize) -> String {
    fold(text, limit).replace('\n', " ")
}

fn push_visible(chars: impl Iterator<Item = char>, folded: &mut String, limit: usize) {
    let mut gap: Option<char> = None;
    for c in chars {
        match seen_as(c) {
            Seen::Nothing => {}
            Seen::Gap(new) => {
                if gap != Some('\n') {
                    gap = Some(new);
                }
            }
            Seen::Char(c) => {
                if folded.len().saturating_add(c.len_utf8()).saturating_add(1) > limit {
                    return;
                }
                if let Some(gap) = gap.take()
                    && !folded.is_empty()
                {
                    folded.push(gap);
                }
                folded.push(c);
            }
        }
    }
}

enum Seen {
    Nothing,
    Gap(char),
    Char(char),
}

fn seen_as(c: char) -> Seen {
    match c {
        '!'..='~' => Seen::Char(c),
        ' ' | '\t' | '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => {
            Seen::Gap(' ')
        }
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Seen::Gap('\n'),
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' => Seen::Char('-'),
        // Soft hyphen, grapheme joiner, Arabic letter mark, Hangul fillers, zero-width and bidi marks, variation
        // selectors, byte-order mark, tags: nobody sees them, and senders use them to pad or to hide words.
        '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{17b4}'
        | '\u{17b5}'
        | '\u{180b}'..='\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{e0000}'..='\u{e0fff}' => Seen::Nothing,
        c if c.is_control() => Seen::Nothing,
        c => Seen::Char(c),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn full_width_digits_and_padding_fold_away() {
        assert_eq!(
            fold(
                "認証コード：４８２\u{200b}９１３\u{34f} \u{200c} \u{2007}\u{ad}",
                100
            ),
            "認証コード:482913"
        );
        assert_eq!(fold("503−1234567‐1234567", 100), "503-1234567-1234567");
        assert_eq!(
            fold("\u{202b}249-1234567-1234567", 100),
            "249-1234567-1234567"
        );
    }

    #[test]
    fn blank_lines_and_runs_of_spaces_collapse() {
        assert_eq!(fold("  a \t b \r\n \r\n\r\n  c  ", 100), "a b\nc");
        assert_eq!(fold_line("a\nb", 100), "a b");
    }

    #[test]
    fn the_limit_cuts_at_a_character() {
        assert_eq!(fold("あいう", 7), "あい");
        assert_eq!(fold("", 7), "");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_stays_as_it_is_would_have_been_left_so(text in "[ a\t\n~é]{0,6}", limit in 0..9_usize) {
            prop_assert_eq!(fold(&text, limit), folded(&text, limit));
        }
    }
}
