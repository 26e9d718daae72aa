//! What every text must be, whatever it says.

/// Whether a text could stand on a screen: nothing empty, left over or doubled.
pub(crate) fn assert_sound(text: &str, what: &str) {
    assert!(!text.trim().is_empty(), "empty: {what}");
    for wrong in [
        "{", "}", "  ", "。。", "、、", "、。", "..", ",,", " ,", " .", "??", "??", "))", "()",
        "()", ": :", "::", ". .", "None)", "Some(", "\n\n", "!", "!", " 0 ",
    ] {
        assert!(!text.contains(wrong), "{wrong:?} in {what}: {text}");
    }
    for line in text.lines() {
        assert_eq!(line.trim(), line, "{what}");
    }
}
