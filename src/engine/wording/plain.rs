//! Makes a name harmless, and measures and cuts text by the columns it takes on a terminal.

use unicode_segmentation::UnicodeSegmentation as _;

/// The longest order id that is shown.
const ORDER_ID_CHARS: usize = 40;

/// An order id as it may be shown. It comes from a mail, so only letters, digits and `-_#./` and single spaces stay,
/// at most 40 of them; a dot or slash stays between digits only, so that no id can be read as an address.
pub fn order_id(id: &str) -> String {
    let mut shown: Vec<char> = Vec::new();
    let mut rest = id.chars().take(256).peekable();
    while let Some(c) = rest.next() {
        let before = shown.last().copied();
        let keep = match c {
            'A'..='Z' | 'a'..='z' | '0'..='9' | '-' | '_' | '#' => true,
            ' ' => before.is_some_and(|c| c != ' '),
            '.' | '/' => {
                before.is_some_and(|c| c.is_ascii_digit())
                    && rest.peek().is_some_and(char::is_ascii_digit)
            }
            _ => false,
        };
        if keep && shown.len() < ORDER_ID_CHARS {
            shown.push(c);
        }
    }
    shown.into_iter().collect::<String>().trim_end().to_owned()
}

/// A name (of a service, a folder, a channel) on one line: without control, direction and invisible characters,
/// cut to `columns`.
pub fn name(name: &str, columns: usize) -> String {
    let visible: String = name
        .chars()
        .take(1000)
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|&c| !c.is_control() && !is_invisible(c))
        .collect();
    cut(visible.trim(), columns)
}

/// The columns that `text` takes on a terminal: two for a wide character, none for a combining one.
pub fn columns(text: &str) -> usize {
    text.chars().map(char_columns).sum()
}

/// `text`, cut so that it takes at most `limit` columns; an ellipsis marks the cut. What a reader takes for one
/// character (UAX #29: a letter with its marks, a flag, a face with its skin) stays whole.
pub fn cut(text: &str, limit: usize) -> String {
    if columns(text) <= limit {
        return text.to_owned();
    }
    let room = limit.saturating_sub(1);
    let mut used = 0_usize;
    let mut kept: String = text
        .graphemes(true)
        .take_while(|one| {
            used = used.saturating_add(columns(one));
            used <= room
        })
        .collect();
    if limit > 0 {
        kept.push('…');
    }
    kept
}

/// `text` with spaces after it up to `width` columns.
pub fn pad_right(text: &str, width: usize) -> String {
    let fill = width.saturating_sub(columns(text));
    format!("{text}{}", " ".repeat(fill))
}

/// `text` with spaces before it up to `width` columns.
pub fn pad_left(text: &str, width: usize) -> String {
    let fill = width.saturating_sub(columns(text));
    format!("{}{text}", " ".repeat(fill))
}

/// `text` in lines of at most `limit` columns, as far as its words allow. It breaks at spaces, and in Japanese where a
/// word of kanji, katakana or letters follows hiragana or punctuation, so that no word is torn.
pub fn wrap(text: &str, limit: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in words(text) {
        let full = columns(&line).saturating_add(columns(word.trim_end())) > limit;
        if full && !line.is_empty() {
            lines.push(line.trim_end().to_owned());
            line.clear();
        }
        line.push_str(&word);
    }
    lines.push(line.trim_end().to_owned());
    lines
}

/// The parts of a text that stay together on a line.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    for c in text.chars() {
        let starts = before == ' ' || (ends_word(before) && !ends_word(c) && c != ' ');
        match words.last_mut() {
            Some(word) if !starts => word.push(c),
            _ => words.push(c.to_string()),
        }
        before = c;
    }
    words
}

/// Hiragana and closing punctuation belong to the word before them.
fn ends_word(c: char) -> bool {
    matches!(c, 'ぁ'..='ゖ' | '、' | '。' | '」' | ')' | '?')
}

/// UAX #11: wide and full-width characters take two columns; ambiguous ones one.
fn char_columns(c: char) -> usize {
    match u32::from(c) {
        0x0300..=0x036F | 0x3099..=0x309A | 0xFE20..=0xFE2F => 0,
        _ if is_invisible(c) || c.is_control() => 0,
        0x1100..=0x115F
        | 0x2E80..=0x303E
        | 0x3041..=0xA4CF
        | 0xA960..=0xA97F
        | 0xAC00..=0xD7A3
        | 0xF900..=0xFAFF
        | 0xFE10..=0xFE19
        | 0xFE30..=0xFE6F
        | 0xFF01..=0xFF60
        | 0xFFE0..=0xFFE6
        | 0x1F300..=0x1F64F
        | 0x1F680..=0x1F6FF
        | 0x1F900..=0x1F9FF
        | 0x1FA70..=0x1FAFF
        | 0x20000..=0x3FFFD => 2,
        _ => 1,
    }
}

/// Characters that show nothing or turn the direction of what follows.
fn is_invisible(c: char) -> bool {
    matches!(
        u32::from(c),
        0x00AD
            | 0x034F
            | 0x061C
            | 0x115F..=0x1160
            | 0x17B4..=0x17B5
            | 0x180B..=0x180F
            | 0x200B..=0x200F
            | 0x2028..=0x202E
            | 0x2060..=0x206F
            | 0x3164
            | 0xFE00..=0xFE0F
            | 0xFEFF
            | 0xFFA0
            | 0xFFF0..=0xFFFB
            | 0xE0000..=0xE0FFF
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_id_cannot_carry_a_text_or_an_address() {
        assert_eq!(order_id("503-1234567-1234567"), "503-1234567-1234567");
        assert_eq!(order_id("#12.5/7 A_b"), "#12.5/7 A_b");
        assert_eq!(order_id("https://evil.example/x"), "httpsevilexamplex");
        assert_eq!(order_id("<b>\u{202e}\n1\u{1b}[31m2  3</b> "), "b131m2 3b");
        assert_eq!(order_id(&"9".repeat(5000)).len(), 40);
        assert_eq!(order_id("注文"), "");
    }

    #[test]
    fn a_name_loses_what_cannot_be_seen() {
        assert_eq!(name(" a\u{202e}b\r\nc\u{200b}\u{1b} ", 40), "ab  c");
        assert_eq!(name("受信トレイ", 7), "受信ト…");
    }

    #[test]
    fn columns_count_wide_characters_twice() {
        assert_eq!(columns("17,500円"), 8);
        assert_eq!(columns("¥17,500"), 7);
        assert_eq!(columns("か\u{3099}"), 2);
        assert_eq!(pad_right("円", 4), "円  ");
        assert_eq!(pad_left("円", 4), "  円");
    }

    #[test]
    fn a_wrapped_line_tears_no_word() {
        assert_eq!(
            wrap("読み上げ、カードの停止と再発行を頼みます。", 16),
            ["読み上げ、", "カードの停止と", "再発行を", "頼みます。"]
        );
        assert_eq!(wrap("a bcd ef", 5), ["a bcd", "ef"]);
        assert_eq!(wrap("abcdefgh ij", 5), ["abcdefgh", "ij"]);
        assert_eq!(wrap("", 5), [""]);
    }

    #[test]
    fn a_cut_never_exceeds_the_limit() {
        for limit in 0..12 {
            let text = cut("注文7件・17,500円", limit);
            assert!(columns(&text) <= limit, "{limit}: {text}");
        }
        assert_eq!(cut("注文7件", 7), "注文7件");
        assert_eq!(cut("注文7件", 6), "注文7…");
        assert_eq!(cut("か\u{3099}き", 3), "か\u{3099}…");
        for whole in [
            "\u{1f44d}\u{1f3fd}",
            "\u{1f1ef}\u{1f1f5}",
            "\u{1f469}\u{200d}\u{1f467}",
        ] {
            for limit in 1..columns(whole) {
                assert_eq!(cut(whole, limit), "…", "{whole} in {limit}");
            }
        }
    }
}
