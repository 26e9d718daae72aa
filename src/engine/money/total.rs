//! The total of an order mail: the amount behind a label, or nothing.

use rust_decimal::Decimal;

use crate::engine::money::Money;
use crate::engine::money::read::{Reading, first};

/// Labels of a total, the most reliable first; a rule pack may bring its own.
pub const LABELS: [&str; 70] = [
    "ご請求額",
    "ご請求金額",
    "請求金額",
    "お支払い金額",
    "お支払金額",
    "お支払い合計金額",
    "お支払合計金額",
    "ご請求合計",
    "商品金額合計",
    "お支払い合計",
    "お支払合計",
    "お支払い総額",
    "支払い金額",
    "支払金額",
    "決済金額",
    "総合計",
    "ご注文合計",
    "注文合計",
    "ご注文金額",
    "注文金額",
    "総計",
    "合計金額",
    "合計額",
    "合計",
    "grand total",
    "order total",
    "total for this order",
    "total charged",
    "amount charged",
    "total paid",
    "amount paid",
    "amount due",
    "total amount",
    "total price",
    "total",
    "gesamtbetrag",
    "gesamtsumme",
    "endbetrag",
    "endsumme",
    "bestellsumme",
    "rechnungsbetrag",
    "gesamt",
    "summe",
    "montant total",
    "total de la commande",
    "total ttc",
    "importe total",
    "total del pedido",
    "totale ordine",
    "totale complessivo",
    "totale",
    "total do pedido",
    "valor total",
    "totaalbedrag",
    "eindtotaal",
    "totaal",
    "suma całkowita",
    "łączna kwota",
    "do zapłaty",
    "razem",
    "suma",
    "summa",
    "toplam",
    "订单总额",
    "订单金额",
    "实付款",
    "总计",
    "총 결제금액",
    "결제금액",
    "합계",
];

/// How far behind its label an amount may begin, in characters.
const REACH: usize = 32;

/// The total that a folded text states. `orders` is the number of orders in the mail: as many totals under one label
/// are added up, other repetitions must agree.
pub fn total<'l>(
    text: &str,
    labels: impl IntoIterator<Item = &'l str>,
    orders: usize,
    dollar: &str,
) -> Option<Money> {
    let lower = text.to_lowercase();
    let lines: Vec<&str> = lower.lines().collect();
    for label in labels {
        let mut found: Vec<Option<Money>> = Vec::new();
        for (at, line) in lines.iter().enumerate() {
            for rest in behind_label(line, label) {
                let next = lines.get(at.saturating_add(1)).copied().unwrap_or_default();
                if let Some(reading) = amount_at_start(rest, dollar).or_else(|| {
                    is_bare(rest)
                        .then(|| amount_at_start(next, dollar))
                        .flatten()
                }) {
                    found.push(reading.money);
                }
            }
        }
        if !found.is_empty() {
            return agreed(found, orders);
        }
    }
    None
}

fn agreed(found: Vec<Option<Money>>, orders: usize) -> Option<Money> {
    let known: Vec<Money> = found.into_iter().collect::<Option<_>>()?;
    let first = known.first()?.clone();
    if known.iter().any(|money| money.currency != first.currency) {
        return None;
    }
    if orders > 1 && known.len() == orders {
        let sum = known
            .iter()
            .try_fold(Decimal::ZERO, |sum, money| sum.checked_add(money.amount))?;
        return Some(Money {
            currency: first.currency,
            amount: sum,
        });
    }
    known.iter().all(|money| *money == first).then_some(first)
}

/// What follows each occurrence of the label that is a word of its own.
fn behind_label<'x>(line: &'x str, label: &str) -> Vec<&'x str> {
    line.match_indices(label)
        .filter_map(|(at, _)| {
            let before = line.get(..at)?.chars().next_back();
            let rest = line.get(at.saturating_add(label.len())..)?;
            let is_word = |c: char| c.is_alphanumeric();
            let is_own = !before.is_some_and(is_word) && !before_is_part(line.get(..at)?);
            let runs_on =
                rest.starts_with(is_word) && !rest.starts_with(|c: char| c.is_ascii_digit());
            (is_own && !(runs_on && amount_at_start(rest, "USD").is_none())).then_some(rest)
        })
        .collect()
}

/// `sub total`, `sub-total`, `item total`: a part of the whole.
fn before_is_part(before: &str) -> bool {
    let before = before.trim_end_matches([' ', '-']);
    [
        "sub", "item", "items", "product", "shipping", "points", "coupon", "discount", "savings",
        "小計", "商品",
    ]
    .iter()
    .any(|part| before.ends_with(part))
}

/// An amount that begins the text, but for blanks, punctuation and remarks in parentheses.
fn amount_at_start(text: &str, dollar: &str) -> Option<Reading> {
    let reading = first(text, dollar)?;
    let between = text.get(..reading.start)?;
    if between.chars().count() > REACH {
        return None;
    }
    let mut depth = 0_usize;
    // A minus sign at the number is a deduction; a dash between label and number is none.
    if between.ends_with('-') {
        return None;
    }
    for c in between.chars() {
        match c {
            '(' | '[' | '【' => depth = depth.saturating_add(1),
            ')' | ']' | '】' => depth = depth.saturating_sub(1),
            c if depth == 0 && c.is_alphanumeric() => return None,
            _ => {}
        }
    }
    Some(reading)
}

/// Nothing but punctuation and remarks in parentheses: the amount may stand on the next line.
fn is_bare(rest: &str) -> bool {
    let mut depth = 0_usize;
    rest.chars().count() <= REACH
        && rest.chars().all(|c| {
            match c {
                '(' | '[' | '【' => depth = depth.saturating_add(1),
                ')' | ']' | '】' => depth = depth.saturating_sub(1),
                _ => return depth > 0 || !c.is_alphanumeric(),
            }
            true
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, orders: usize) -> Option<String> {
        total(text, LABELS, orders, "USD").map(|money| money.to_string())
    }

    #[test]
    fn the_total_and_not_a_part_of_it() {
        assert_eq!(
            read("小計: ¥2,000\n送料: ¥500\n合計: ¥2,500", 1).as_deref(),
            Some("2500 JPY")
        );
        assert_eq!(
            read(
                "Subtotal: $20.00\nSub-total $20.00\nShipping: $4.99\nTotal: $24.99",
                1
            )
            .as_deref(),
            Some("24.99 USD")
        );
        assert_eq!(read("合計\n2420 JPY", 1).as_deref(), Some("2420 JPY"));
        assert_eq!(read("合計(税込): 1,980円", 1).as_deref(), Some("1980 JPY"));
        assert_eq!(read("Total before tax: $20.00", 1), None);
        assert_eq!(read("商品合計 1,000円", 1), None);
        assert_eq!(
            read("Menge: 1\n739€\nSumme 7.39€", 1).as_deref(),
            Some("7.39 EUR")
        );
        assert_eq!(read("Summe 739€", 1), None);
    }

    #[test]
    fn several_totals_are_added_or_unknown() {
        assert_eq!(
            read("Gesamtbetrag 1,99€\nGesamtbetrag 1,99€", 2).as_deref(),
            Some("3.98 EUR")
        );
        assert_eq!(
            read("Gesamtbetrag 1,99€\nGesamtbetrag 1,99€", 1).as_deref(),
            Some("1.99 EUR")
        );
        assert_eq!(read("Total: $1.00\nTotal: $2.00", 1), None);
    }
}
