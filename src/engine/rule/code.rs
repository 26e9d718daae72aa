//! Whether a mail carries a one-time code. The code itself is never taken out.

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
    let lower: String = whole.chars().map(|c| single_lower(c)).collect();
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
    !is_letter(before) && !(word.len() <= 4 && is_letter(after))
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
            .all(|b| b.is_ascii_digit() || b == b' ' || b == b'\n')
    };
    if let Some(last) = found.last_mut()
        && token.len() <= 4
        && is_digits(token)
        && is_digits(last.text)
        && text
            .get(last.end..start)
            .is_some_and(|gap| gap == " " || (gap == "\n" && token.len() == 1))
        && last
            .text
            .split([' ', '\n'])
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

/// Four to eight digits, also in groups of three or one by one; letters with digits, or capitals in two groups.
fn has_shape(text: &str) -> bool {
    let groups: Vec<&str> = text.split([' ', '\n', '-']).collect();
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match groups.as_slice() {
        [one] if is_digits(one) => (4..=8).contains(&one.len()),
        ["G" | "g", number] => is_digits(number) && number.len() == 6,
        [first, second] if is_digits(first) && is_digits(second) => {
            first.len() == 3 && second.len() == 3
        }
        groups
            if groups.len() >= 4
                && groups
                    .iter()
                    .all(|group| group.len() == 1 && is_digits(group)) =>
        {
            groups.len() <= 8
        }
        [first, second, third] if [first, second, third].iter().all(|group| is_digits(group)) => {
            [first, second, third].iter().all(|group| group.len() == 2)
        }
        [first, second] => {
            let is_group = |text: &str| {
                text.len() == 3
                    && text
                        .bytes()
                        .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
            };
            is_group(first) && is_group(second)
        }
        [one] => {
            (4..=8).contains(&one.len())
                && one
                    .bytes()
                    .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
                && one.bytes().any(|b| b.is_ascii_digit())
                && one.bytes().any(|b| b.is_ascii_uppercase())
        }
        _ => false,
    }
}

/// A decimal, a date, a time, an amount, a part of a longer id.
fn is_part_of_number(before: &str, after: &str, before_length: usize) -> bool {
    let last = before.chars().next_back();
    let first = after.chars().next();
    let second = after.chars().nth(1);
    let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    // A comma behind five digits and more is no decimal mark: `582017,10分`.
    let is_long = before_length >= 5;
    let joins_after = (matches!(first, Some('.' | '/' | ':')) || (first == Some(',') && !is_long))
        && is_digit(second);
    let joins_before =
        matches!(last, Some('.' | ',' | '/')) && is_digit(before.chars().rev().nth(1));
    let is_unit = matches!(
        first,
        Some(
            '年' | '月'
                | '日'
                | '時'
                | '分'
                | '秒'
                | '円'
                | '元'
                | '원'
                | '%'
                | '€'
                | '¥'
                | '点'
                | '件'
                | '名'
                | '人'
                | '号'
                | '@'
                | '＠'
                | 'p'
        )
    ) || matches!(
        last,
        Some('¥' | '$' | '€' | '£' | '#' | '〒' | '@' | '+' | '*' | '•' | '©' | '/' | '_' | '=')
    );
    let word = after
        .trim_start()
        .get(..4)
        .unwrap_or_default()
        .to_lowercase();
    let is_measure = [
        "jpy",
        "usd",
        "eur",
        "gbp",
        "yen",
        "point",
        "ポイント",
        "kr ",
        "zł",
        "min",
        "hour",
        "day",
        "ポイ",
    ]
    .iter()
    .any(|unit| word.starts_with(unit));
    joins_after || joins_before || is_unit || is_measure
}

/// A year, the last digits of a card, a numbered thing that is named just before.
fn is_other_number(token: &str, before: &str, after: &str) -> bool {
    let from = before.floor_char_boundary(before.len().saturating_sub(24));
    let near = before.get(from..).unwrap_or_default().to_lowercase();
    let near = near.rsplit(['\n', '。', ';']).next().unwrap_or_default();
    let is_year = token.len() == 4
        && (token.starts_with("19") || token.starts_with("20"))
        && !near
            .trim_end()
            .ends_with([':', '：', 'は', '「', '【', '[']);
    let names_other = [
        "ending in",
        "ending with",
        "末尾",
        "下4桁",
        "下四桁",
        "last four",
        "last 4",
        "endet auf",
        "endend auf",
        "se terminant",
        "terminada en",
        "注文番号",
        "ご注文番号",
        "受注番号",
        "会員番号",
        "お客様番号",
        "電話番号",
        "郵便番号",
        "予約番号",
        "伝票番号",
        "追跡番号",
        "管理番号",
        "問い合わせ番号",
        "問合せ番号",
        "order number",
        "order no",
        "order #",
        "order id",
        "booking",
        "reference",
        "ref.",
        "invoice",
        "customer number",
        "account number",
        "member number",
        "tracking",
        "ticket",
        "zip code",
        "postcode",
        "postal code",
        "bestellnummer",
        "kundennummer",
        "rechnung",
        "numéro de commande",
        "número de pedido",
        "tel.",
        "tel:",
        "phone",
        "coupon",
        "クーポン",
        "promo",
        "voucher",
        "gutschein",
        "discount",
        "割引",
        "gift card",
        "ギフト",
        "meeting id",
    ]
    .iter()
    .any(|name| near.contains(name));
    let is_copyright = after.starts_with(" all rights") || near.trim_end().ends_with("(c)");
    is_year || names_other || is_copyright || is_date_like(token) || is_promotion(token)
}

/// `SAVE20`: a word with a number behind it.
fn is_promotion(token: &str) -> bool {
    let letters = token.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = token.len().saturating_sub(letters.len());
    letters.len() >= 3
        && (1..=3).contains(&digits)
        && letters.bytes().all(|b| b.is_ascii_alphabetic())
}

/// `20261122`.
fn is_date_like(token: &str) -> bool {
    let number =
        |range: std::ops::Range<usize>| token.get(range).and_then(|part| part.parse::<u32>().ok());
    token.len() == 8
        && token.bytes().all(|b| b.is_ascii_digit())
        && (number(0..2) == Some(20) || number(0..2) == Some(19))
        && number(4..6).is_some_and(|month| (1..=12).contains(&month))
        && number(6..8).is_some_and(|day| (1..=31).contains(&day))
}

/// A line that is nothing but a code.
fn is_code_line(line: &str) -> bool {
    let inside = line.trim_matches(|c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '「' | '」'
                    | '『'
                    | '』'
                    | '【'
                    | '】'
                    | '['
                    | ']'
                    | '('
                    | ')'
                    | '<'
                    | '>'
                    | '"'
                    | '*'
                    | '.'
                    | '。'
                    | '-'
                    | '='
                    | ':'
                    | '■'
                    | '●'
                    | '▼'
            )
    });
    let is_year = inside.len() == 4 && (inside.starts_with("19") || inside.starts_with("20"));
    !is_year && has_shape(inside) && !is_date_like(inside) && !is_promotion(inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beside(text: &str) -> bool {
        let lower = text.to_lowercase();
        WEAK_WORDS.iter().any(|word| {
            lower.match_indices(word).any(|(at, _)| {
                is_word(&lower, at, word) && stands_beside(text, at, at + word.len())
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
            "© 2026 barcode company",
        ] {
            assert!(!beside(text), "{text}");
        }
    }
}
