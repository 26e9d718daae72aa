//! Amounts as people write them: 17,500円, ¥17,500, $175.00.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::engine::wording::phrases::Phrases;

/// One amount with its currency.
pub fn format(currency: &str, amount: Decimal, phrases: &dyn Phrases) -> String {
    let digits = digits(amount, minor_units(currency));
    match currency {
        "JPY" => phrases.yen(&digits),
        "USD" => signed("$", &digits),
        "EUR" => signed("€", &digits),
        "GBP" => signed("£", &digits),
        _ => {
            let code: String = currency
                .chars()
                .filter(char::is_ascii_alphanumeric)
                .take(3)
                .collect();
            format!("{digits} {code}").trim_end().to_owned()
        }
    }
}

/// Several currencies, enumerated; empty where nothing is known.
pub fn format_all(amounts: &BTreeMap<String, Decimal>, phrases: &dyn Phrases) -> String {
    let parts: Vec<String> = amounts
        .iter()
        .map(|(currency, amount)| format(currency, *amount, phrases))
        .collect();
    phrases.list(&parts)
}

/// ISO 4217: how many digits follow the point.
fn minor_units(currency: &str) -> u32 {
    match currency {
        "JPY" | "KRW" | "VND" | "CLP" | "ISK" => 0,
        _ => 2,
    }
}

/// Digits in groups of three. An amount with a finer part than its currency has is shown with that part.
fn digits(amount: Decimal, minor_units: u32) -> String {
    let exact = amount.normalize();
    let written = if exact.scale() > minor_units {
        exact.to_string()
    } else {
        let mut padded = exact;
        padded.rescale(minor_units);
        padded.to_string()
    };
    let (sign, number) = written
        .strip_prefix('-')
        .map_or(("", written.as_str()), |number| ("-", number));
    let (whole, fraction) = number
        .split_once('.')
        .map_or((number, None), |(whole, fraction)| (whole, Some(fraction)));
    let mut grouped = sign.to_owned();
    for (index, digit) in whole.chars().enumerate() {
        let left = whole.len().saturating_sub(index);
        if index > 0 && left.is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if let Some(fraction) = fraction {
        grouped.push('.');
        grouped.push_str(fraction);
    }
    grouped
}

/// A sign of a currency before the digits, behind a minus.
pub fn signed(sign: &str, digits: &str) -> String {
    digits.strip_prefix('-').map_or_else(
        || format!("{sign}{digits}"),
        |digits| format!("-{sign}{digits}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::wording::context::Language;
    use crate::engine::wording::table::phrases;

    fn en(currency: &str, amount: &str) -> String {
        format(currency, amount.parse().unwrap(), phrases(Language::En))
    }

    #[test]
    fn amounts_read_as_people_write_them() {
        assert_eq!(en("JPY", "17500"), "¥17,500");
        assert_eq!(en("JPY", "17500.00"), "¥17,500");
        assert_eq!(en("JPY", "999"), "¥999");
        assert_eq!(en("JPY", "1234567"), "¥1,234,567");
        assert_eq!(en("USD", "175"), "$175.00");
        assert_eq!(en("USD", "-1175.5"), "-$1,175.50");
        assert_eq!(en("EUR", "0.005"), "€0.005");
        assert_eq!(en("KRW", "150000"), "150,000 KRW");
        assert_eq!(en("C<b>HF", "20"), "20.00 CbH");
        assert_eq!(
            format("JPY", "17500".parse().unwrap(), phrases(Language::Ja)),
            "17,500円"
        );
    }

    #[test]
    fn several_currencies_are_never_added_up() {
        let amounts = BTreeMap::from([
            ("JPY".to_owned(), Decimal::from(2500)),
            ("USD".to_owned(), Decimal::new(2499, 2)),
        ]);
        assert_eq!(
            format_all(&amounts, phrases(Language::En)),
            "¥2,500 and $24.99"
        );
        assert_eq!(
            format_all(&amounts, phrases(Language::Ja)),
            "2,500円と$24.99"
        );
        assert_eq!(format_all(&BTreeMap::new(), phrases(Language::En)), "");
    }
}
