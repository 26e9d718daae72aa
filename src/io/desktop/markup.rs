//! What a notification server can be given to show.

use crate::engine::printable::stripped;

/// A title: one line of plain text; no server reads markup in it.
pub(crate) fn title(text: &str) -> String {
    stripped(text).replace('\n', " ")
}

/// A body, escaped where the server reads markup (Desktop Notifications Specification 1.2 §4).
pub(crate) fn body(text: &str, reads_markup: bool) -> String {
    let text = stripped(text);
    if !reads_markup {
        return text;
    }
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_escaped_once_and_only_for_who_reads_markup() {
        let hostile = "R&D <Sale!> &amp; \"x\"\u{202E}\0";
        assert_eq!(body(hostile, true), "R&amp;D &lt;Sale!&gt; &amp;amp; \"x\"");
        assert_eq!(body(hostile, false), "R&D <Sale!> &amp; \"x\"");
        assert_eq!(title("a\n<b>\u{1b}"), "a <b>");
    }
}
