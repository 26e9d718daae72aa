//! Makes text safe to show: nothing in it may move the cursor, hide itself or turn the reading direction.

/// Text for a notification: characters that are not seen are dropped, a line feed stays.
pub fn stripped(text: &str) -> String {
    text.chars()
        .filter(|character| *character == '\n' || !is_hidden(*character))
        .collect()
}

/// Text for one line of a terminal or a log: a character that is not seen is written out, as in `\u{1b}`.
pub fn escaped(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        if is_hidden(character) {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    line
}

/// Control characters (C0, DEL, C1), line and paragraph separators, and the format characters of Unicode's
/// bidirectional algorithm (UAX #9 §2), which can show a text in an order that it does not have.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{061C}'
                | '\u{200B}'
                | '\u{200E}'
                | '\u{200F}'
                | '\u{2028}'..='\u{202E}'
                | '\u{2066}'..='\u{2069}'
                | '\u{FEFF}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_characters_go_and_the_rest_stays() {
        let hostile = "a\0b\u{1b}[31mc\u{202E}d\u{2069}e\u{9b}f\r\nご注文👨\u{200D}👩";
        assert_eq!(stripped(hostile), "ab[31mcdef\nご注文👨\u{200D}👩");
        assert_eq!(
            escaped(hostile),
            "a\\u{0}b\\u{1b}[31mc\\u{202e}d\\u{2069}e\\u{9b}f\\r\\nご注文👨\u{200D}👩"
        );
    }
}
