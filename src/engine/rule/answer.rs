//! Subjects of answers and forwarded mails: they speak of old events.

/// Marks of an answer or a forwarded mail at the start of a subject, in lower case.
const ANSWER_MARKS: [&str; 24] = [
    "re", "fw", "fwd", "wg", "aw", "sv", "vs", "vb", "rv", "tr", "rif", "r", "i", "enc", "res",
    "ref", "antw", "odp", "pd", "ynt", "転送", "返信", "答复", "转发",
];

/// Whether a subject (in lower case) begins with `re:`, `fwd:` and alike, also `re[2]:`.
pub(crate) fn is_answer(subject: &str) -> bool {
    let Some((mark, _)) = subject.split_once(':') else {
        return false;
    };
    let mark = mark
        .trim()
        .split(['[', '(', '^'])
        .next()
        .unwrap_or_default()
        .trim();
    ANSWER_MARKS.contains(&mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_known_by_their_mark() {
        for subject in [
            "re: ordered: x",
            "fwd: y",
            "wg: z",
            "re[2]: x",
            "転送: 注文済み",
        ] {
            assert!(is_answer(subject), "{subject}");
        }
        for subject in [
            "ordered: x",
            "注文済み: 「re: x」",
            "regarding your order: x",
            "",
        ] {
            assert!(!is_answer(subject), "{subject}");
        }
    }
}
