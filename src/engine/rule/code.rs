//! Whether a mail carries a one-time code. The code itself is never taken out.

use crate::engine::rule::code_shape::{
    has_shape, is_code_line, is_other_number, is_part_of_number,
};
use crate::engine::rule::view::View;

/// How far behind its word a code may stand, in bytes.
const REACH: usize = 120;
/// The same for a code that is a line of its own.
const LINE_REACH: usize = 700;
/// How far before its word a code may stand, in bytes: `482913 is your … code`.
const BACK_REACH: usize = 48;

/// Words for any code, enough where subject and sender have already said what kind of mail this is.
const WEAK_WORDS: [&str; 22] = [
    "code",
    "コード",
    "番号",
    "パスワード",
    "otp",
    "pin",
    "password",
    "验证码",
    "驗證碼",
    "코드",
    "번호",
    "codice",
    "código",
    "codigo",
    "kod",
    "passwort",
    "mot de passe",
    "contraseña",
    "senha",
    "hasło",
    "wachtwoord",
    "密码",
];

/// Whether subject, text or preview line hold a code beside any word for one.
pub(crate) fn holds_code(view: &View<'_>) -> bool {
    holds(view, &WEAK_WORDS) || holds(view, view.code_words())
}

/// Whether a code stands beside one of the words that mean a one-time code and nothing else.
pub(crate) fn holds_one_time_code(view: &View<'_>) -> bool {
    holds(view, view.code_words())
}

fn holds<W: AsRef<str>>(view: &View<'_>, words: &[W]) -> bool {
    let message = view.message;
    let lines = message.body.text.as_str();
    let subject = message.header.subject.as_str();
    let preheader = message.body.preheader.as_str();
    // The subject's word may announce a code that stands alone in the text.
    let whole = format!("{subject}\n{preheader}\n{lines}");
    // Some letters change their length in lower case; then positions in the two texts would differ.
    let lower: String = whole.chars().map(single_lower).collect();
    words.iter().any(|word| {
        let word = word.as_ref();
        lower.match_indices(word).any(|(at, _)| {
            is_word(&lower, at, word) && stands_beside(&whole, at, at.saturating_add(word.len()))
        })
    })
}

fn single_lower(c: char) -> char {
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(lower), None) if lower.len_utf8() == c.len_utf8() => lower,
        _ => c,
    }
}

/// `pin` must not be a part of `shipping`, `code` not of `barcode`.
fn is_word(text: &str, at: usize, word: &str) -> bool {
    if !word.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return true;
    }
    let before = text.get(..at).and_then(|text| text.chars().next_back());
    let after = text
        .get(at.saturating_add(word.len())..)
        .and_then(|text| text.chars().next());
    let is_letter = |c: Option<char>| c.is_some_and(|c| c.is_alphabetic() && c.len_utf8() < 3);
    let goes_on = word.len() <= 4 && is_letter(after);
    !is_letter(before) && !goes_on
}

fn stands_beside(text: &str, start: usize, end: usize) -> bool {
    let after = window_after(text, end, REACH);
    if tokens(after).iter().any(|token| token.is_code(text, end)) {
        return true;
    }
    let far = window_after(text, end, LINE_REACH);
    if far.lines().skip(1).any(is_code_line) {
        return true;
    }
    let from = text.floor_char_boundary(start.saturating_sub(BACK_REACH));
    let before = text.get(from..start).unwrap_or_default();
    let found = tokens(before);
    let number = found
        .iter()
        .rev()
        .find(|token| token.text.contains(|c: char| c.is_ascii_digit()));
    number.is_some_and(|token| token.is_code(text, from) && leads_to_word(before, token))
}

fn window_after(text: &str, from: usize, length: usize) -> &str {
    let end = text.floor_char_boundary(from.saturating_add(length));
    text.get(from..end).unwrap_or_default()
}

/// `482913 is your`, `482913 が`, `[482913]`: what stands between a code and the word behind it.
fn leads_to_word(before: &str, token: &Token<'_>) -> bool {
    let between = before.get(token.end..).unwrap_or_default().to_lowercase();
    !between.contains(['\n', '。', '!', '?'])
        && (between.trim().is_empty()
            || [
                " is ", "が", "は", "を", "ist ", "est ", "es ", "è ", "é ", "to ", "是", "(",
                "：", ":", "-", "]", "】",
            ]
            .iter()
            .any(|link| between.contains(link)))
}

/// A run of digits and capitals that could be a code.
#[derive(Debug)]
struct Token<'t> {
    text: &'t str,
    start: usize,
    end: usize,
}

/// The runs of digits and letters, hyphens inside; single digits with blanks between them are one run.
fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut found: Vec<Token<'_>> = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), '\n')]) {
        let is_part = c.is_ascii_alphanumeric() || (c == '-' && start.is_some());
        match (start, is_part) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                let end = text.get(from..at).map_or(at, |token| {
                    from.saturating_add(token.trim_end_matches('-').len())
                });
                push(text, from, end, &mut found);
                start = None;
            }
            _ => {}
        }
    }
    found
}

/// Adds a run, joined with the one before where only a blank lies between two short groups of digits.
fn push<'t>(text: &'t str, start: usize, end: usize, found: &mut Vec<Token<'t>>) {
    let Some(token) = text.get(start..end) else {
        return;
    };
    let is_digits = |text: &str| {
        text.bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b' ' | b'\n' | b'-'))
    };
    if let Some(last) = found.last_mut()
        && token.len() <= 4
        && is_digits(token)
        && is_digits(last.text)
        && text
            .get(last.end..start)
            .is_some_and(|gap| is_gap(gap, token.len()))
        && last
            .text
            .split([' ', '\n', '-'])
            .filter(|group| !group.is_empty())
            .all(|group| group.len() == token.len())
        && let Some(joined) = text.get(last.start..end)
    {
        last.text = joined;
        last.end = end;
        return;
    }
    found.push(Token {
        text: token,
        start,
        end,
    });
}

/// What may stand between the groups of one code: a blank; a hyphen with blanks between two groups of three; line ends
/// and a hyphen between single digits, as table cells give them.
fn is_gap(gap: &str, group_length: usize) -> bool {
    match group_length {
        1 => gap.len() <= 3 && gap.trim_matches([' ', '\n']).trim_matches('-').is_empty(),
        3 => gap == " " || gap == " - ",
        _ => gap == " ",
    }
}

impl Token<'_> {
    /// Whether this is a code; `base` is where the window began in `whole`.
    fn is_code(&self, whole: &str, base: usize) -> bool {
        let start = base.saturating_add(self.start);
        let end = base.saturating_add(self.end);
        let before = whole.get(..start).unwrap_or_default();
        let after = whole.get(end..).unwrap_or_default();
        has_shape(self.text)
            && !is_part_of_number(before, after, self.text.len())
            && !is_other_number(self.text, before, after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beside(text: &str) -> bool {
        let lower = text.to_lowercase();
        WEAK_WORDS.iter().any(|word| {
            lower.match_indices(word).any(|(at, _)| {
                is_word(&lower, at, word) && stands_beside(text, at, at.saturating_add(word.len()))
            })
        })
    }

    #[test]
    fn codes_as_they_are_written() {
        for text in [
            "認証コード：482913です".replace('：', ":").as_str(),
            "your verification code is: 482913",
            "2985 is your Uber verification code",
            "482913が認証コードです",
            "Slack confirmation code: ABC-DEF",
            "your code: 123 456",
            "code\n4 8 2 9 1 3\n",
            "Use the code below to sign in.\nIt expires in 10 minutes.\n482913\n",
            "G-482913 is your Google verification code",
            "Steam guard code\nT0L0F\n",
            "確認コード「5831」",
            "code 421-980.",
            "code 421 - 980.",
            "code\n4\n2\n1\n-\n9\n8\n0\n",
            "code 4 2 1 - 9 8 0",
        ] {
            assert!(beside(text), "{text}");
        }
    }

    #[test]
    fn numbers_that_are_no_codes() {
        for text in [
            "never share your verification code with anyone",
            "code expires on 2026/11/22 at 12:03",
            "your zip code 90210",
            "card ending in 1234, security code not stored",
            "注文番号 12345678",
            "郵便番号 123-4567",
            "promo code SAVE20",
            "電話番号 03-1234-5678",
            "パスワードを変更しました。2026年11月22日",
            "discount code: your price 4500 JPY",
            "code of conduct, pages 1 - 3",
            "code of 10 - 20 letters",
            "© 2026 barcode company",
        ] {
            assert!(!beside(text), "{text}");
        }
    }
}
