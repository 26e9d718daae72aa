//! Which runs of digits and letters look like a code, and which are another number.

/// Four to eight digits, also in groups of three or one by one; letters with digits, or capitals in two groups.
pub(crate) fn has_shape(text: &str) -> bool {
    let groups: Vec<&str> = text
        .split([' ', '\n', '-'])
        .filter(|group| !group.is_empty())
        .collect();
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
pub(crate) fn is_part_of_number(before: &str, after: &str, before_length: usize) -> bool {
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
pub(crate) fn is_other_number(token: &str, before: &str, after: &str) -> bool {
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
    let is_amount = ["JPY", "USD", "EUR", "GBP", "yen"]
        .iter()
        .any(|currency| after.trim_start().starts_with(currency));
    is_year
        || names_other
        || is_amount
        || is_copyright
        || is_date_like(token)
        || is_promotion(token)
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
pub(crate) fn is_code_line(line: &str) -> bool {
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
