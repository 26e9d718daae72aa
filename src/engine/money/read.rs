//! Reads one amount out of text, in the ways in which mails write money.

use std::str::FromStr as _;
use std::sync::LazyLock;

use regex::Regex;
use rust_decimal::Decimal;

use crate::engine::money::Money;

/// An amount in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The amount; `None` where something that looks like money cannot be read for certain.
    pub money: Option<Money>,
    /// The byte at which it begins.
    pub start: usize,
    /// The byte behind it.
    pub end: usize,
}

const NUMBER: &str = r"\d(?:[\d.,'’]|[ \x{202f}]\d{3}\b)*";

/// Currency marks before a number. The longer ones stand first.
const BEFORE: [(&str, &str); 44] = [
    ("us$", "USD"),
    ("ca$", "CAD"),
    ("cdn$", "CAD"),
    ("c$", "CAD"),
    ("au$", "AUD"),
    ("a$", "AUD"),
    ("nz$", "NZD"),
    ("s$", "SGD"),
    ("hk$", "HKD"),
    ("nt$", "TWD"),
    ("mx$", "MXN"),
    ("r$", "BRL"),
    ("$", "$"),
    ("¥", "¥"),
    ("€", "EUR"),
    ("£", "GBP"),
    ("₹", "INR"),
    ("₩", "KRW"),
    ("₺", "TRY"),
    ("jpy", "JPY"),
    ("usd", "USD"),
    ("eur", "EUR"),
    ("gbp", "GBP"),
    ("inr", "INR"),
    ("rs.", "INR"),
    ("rs", "INR"),
    ("krw", "KRW"),
    ("cny", "CNY"),
    ("rmb", "CNY"),
    ("aed", "AED"),
    ("sar", "SAR"),
    ("egp", "EGP"),
    ("try", "TRY"),
    ("tl", "TRY"),
    ("pln", "PLN"),
    ("sek", "SEK"),
    ("cad", "CAD"),
    ("aud", "AUD"),
    ("brl", "BRL"),
    ("mxn", "MXN"),
    ("sgd", "SGD"),
    ("chf", "CHF"),
    ("twd", "TWD"),
    ("kr", "kr"),
];

/// Currency marks after a number.
const AFTER: [(&str, &str); 34] = [
    ("円", "JPY"),
    ("(円)", "JPY"),
    ("jpy", "JPY"),
    ("yen", "JPY"),
    ("usドル", "USD"),
    ("ドル", "USD"),
    ("usd", "USD"),
    ("€", "EUR"),
    ("eur", "EUR"),
    ("euro", "EUR"),
    ("£", "GBP"),
    ("gbp", "GBP"),
    ("zł", "PLN"),
    ("zl", "PLN"),
    ("pln", "PLN"),
    ("sek", "SEK"),
    ("kr", "kr"),
    ("원", "KRW"),
    ("krw", "KRW"),
    ("元", "CNY"),
    ("cny", "CNY"),
    ("chf", "CHF"),
    ("tl", "TRY"),
    ("try", "TRY"),
    ("₺", "TRY"),
    ("inr", "INR"),
    ("aed", "AED"),
    ("cad", "CAD"),
    ("aud", "AUD"),
    ("brl", "BRL"),
    ("mxn", "MXN"),
    ("sgd", "SGD"),
    ("twd", "TWD"),
    ("¥", "¥"),
];

static AMOUNT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let marks = |marks: &[(&str, &str)]| {
        let mut names: Vec<String> = marks.iter().map(|(mark, _)| regex::escape(mark)).collect();
        names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        names.join("|")
    };
    let expression = format!(
        r"(?i)(?:(?P<before>{})\s?-?(?P<first>{NUMBER}))|(?:(?P<second>{NUMBER})\s?(?P<after>{}))",
        marks(&BEFORE),
        marks(&AFTER),
    );
    Regex::new(&expression).ok()
});

/// The first amount in a folded text. `dollar` is the currency of a bare `$` (also of `¥` and `kr`, by its country).
pub fn first(text: &str, dollar: &str) -> Option<Reading> {
    all(text, dollar).next()
}

/// All amounts in a folded text.
pub fn all<'t>(text: &'t str, dollar: &'t str) -> impl Iterator<Item = Reading> + 't {
    AMOUNT.iter().flat_map(move |regex| {
        regex.captures_iter(text).filter_map(move |found| {
            let whole = found.get(0)?;
            let (table, mark, number): (&[(&str, &str)], _, _) =
                match (found.name("before"), found.name("after")) {
                    (Some(mark), _) => (&BEFORE, mark, found.name("first")?),
                    (None, Some(mark)) => (&AFTER, mark, found.name("second")?),
                    (None, None) => return None,
                };
            if !stands_alone(text, whole.start(), whole.end(), mark.as_str()) {
                return None;
            }
            let mark = mark.as_str().to_lowercase();
            let (_, currency) = table.iter().find(|(name, _)| *name == mark)?;
            let currency = match (*currency, dollar) {
                ("$", "JPY" | "EUR" | "GBP" | "PLN" | "SEK" | "INR" | "TRY" | "AED") => "USD",
                ("$", dollar) => dollar,
                ("¥" | "CNY", "TWD") => "TWD",
                ("¥", "CNY") => "CNY",
                ("¥", _) => "JPY",
                ("kr", "DKK") => "DKK",
                ("kr", "NOK") => "NOK",
                ("kr", _) => "SEK",
                (other, _) => other,
            };
            let money = amount(number.as_str(), currency).map(|amount| Money {
                currency: currency.to_owned(),
                amount,
            });
            Some(Reading {
                money,
                start: whole.start(),
                end: whole.end(),
            })
        })
    })
}

/// A letter mark must not be the end or the start of a word, and a number not a part of a longer one.
fn stands_alone(text: &str, start: usize, end: usize, mark: &str) -> bool {
    let before = text.get(..start).and_then(|text| text.chars().next_back());
    let after = text.get(end..).and_then(|text| text.chars().next());
    let is_word = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let has_letters = mark.chars().any(|c| c.is_ascii_alphabetic());
    let number_runs_on = before.is_some_and(|c| c.is_ascii_digit() || matches!(c, '.' | ','));
    let begins_in_word = is_word(before)
        && text
            .get(start..)
            .is_some_and(|t| t.starts_with(|c: char| c.is_ascii_alphanumeric()));
    let ends_in_word = has_letters
        && is_word(after)
        && text
            .get(..end)
            .is_some_and(|t| t.ends_with(|c: char| c.is_ascii_alphabetic()));
    !number_runs_on && !begins_in_word && !ends_in_word
}

/// Digits after the decimal mark that a currency is written with (ISO 4217).
fn minor_digits(currency: &str) -> usize {
    match currency {
        "JPY" | "KRW" => 0,
        _ => 2,
    }
}

/// Currencies whose shops write whole amounts without a decimal mark.
fn is_written_whole(currency: &str) -> bool {
    matches!(
        currency,
        "JPY" | "KRW" | "INR" | "SEK" | "DKK" | "NOK" | "TWD" | "TRY" | "CNY" | "AED" | "MXN"
    )
}

/// A number as it is written, or `None` where its marks can be read in two ways.
fn amount(written: &str, currency: &str) -> Option<Decimal> {
    let written: String = written
        .trim_end_matches(['.', ',', '\'', '’'])
        .chars()
        .filter(|c| !matches!(c, ' ' | '\'' | '’' | '\u{202f}'))
        .collect();
    let last_mark = written.rfind(['.', ',']);
    let Some(at) = last_mark else {
        // "739€" may be 7.39 whose decimal mark was lost on the way from HTML to plain text.
        if !is_written_whole(currency) && written.len() >= 3 {
            return None;
        }
        return Decimal::from_str(&written).ok();
    };
    let (whole, fraction) = written.split_at_checked(at)?;
    let mark = fraction.chars().next()?;
    let fraction = fraction.get(mark.len_utf8()..)?;
    let is_decimal = match fraction.len() {
        1 | 2 => !whole.contains(mark),
        _ => false,
    };
    if is_decimal {
        if minor_digits(currency) == 0 && fraction.chars().any(|c| c != '0') {
            return None;
        }
        return Decimal::from_str(&format!("{}.{fraction}", ungrouped(whole)?))
            .ok()
            .map(|amount| amount.normalize());
    }
    if fraction.len() != 3 || whole.contains(if mark == '.' { ',' } else { '.' }) {
        return None;
    }
    Decimal::from_str(&ungrouped(&written)?).ok()
}

/// Digits without their thousands marks; groups hold three digits (or two, as in India), all marks are the same.
fn ungrouped(written: &str) -> Option<String> {
    let mut groups = written.split(['.', ',']);
    let first = groups.next()?;
    let rest: Vec<&str> = groups.collect();
    let has_one_mark = !(written.contains('.') && written.contains(','));
    let is_grouped = rest.last().is_none_or(|last| last.len() == 3)
        && rest.iter().all(|group| matches!(group.len(), 2 | 3))
        && (rest.is_empty() || matches!(first.len(), 1..=3));
    (has_one_mark && is_grouped && !first.is_empty()).then(|| format!("{first}{}", rest.concat()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        match first(text, "USD") {
            None => "nothing".to_owned(),
            Some(Reading { money: None, .. }) => "unknown".to_owned(),
            Some(Reading {
                money: Some(money), ..
            }) => money.to_string(),
        }
    }

    #[test]
    fn money_as_it_is_written() {
        for (text, expected) in [
            ("¥2,500", "2500 JPY"),
            ("¥ 2,500", "2500 JPY"),
            ("2,500円", "2500 JPY"),
            ("JPY 2500", "2500 JPY"),
            ("2420 JPY", "2420 JPY"),
            ("¥2,500.00", "2500 JPY"),
            ("¥2,500.50", "unknown"),
            ("$24.99", "24.99 USD"),
            ("US$1,024.99", "1024.99 USD"),
            ("$1,024", "1024 USD"),
            ("$25", "25 USD"),
            ("1.024,99 €", "1024.99 EUR"),
            ("EUR 24,99", "24.99 EUR"),
            ("7.39€", "7.39 EUR"),
            ("739€", "unknown"),
            ("4799zł", "unknown"),
            ("143.97zł", "143.97 PLN"),
            ("1 024,99 kr", "1024.99 SEK"),
            ("₹1,00,499.00", "100499 INR"),
            ("C$5.00", "5 CAD"),
            ("12,3456円", "unknown"),
            ("1,2.3 €", "unknown"),
            ("12345678", "nothing"),
            ("krypton 12", "nothing"),
            ("x12 eurojackpot", "nothing"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn a_dollar_is_of_its_country() {
        assert_eq!(
            first("$5.00", "CAD").unwrap().money.unwrap().currency,
            "CAD"
        );
        assert_eq!(
            first("$5.00", "JPY").unwrap().money.unwrap().currency,
            "USD"
        );
    }
}
