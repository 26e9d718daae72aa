//! schema.org orders in a mail: JSON-LD and microdata.

use std::str::FromStr as _;

use rust_decimal::Decimal;
use serde_json::Value;

use crate::engine::message::fold::fold_line;
use crate::engine::money::Money;

/// Most orders and most levels that are looked at.
const ORDER_LIMIT: usize = 30;
const DEPTH_LIMIT: usize = 4;

/// An order as its markup states it (schema.org/Order).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderMarkup {
    /// `orderNumber`.
    pub number: Option<String>,
    /// `orderStatus` without its namespace: `OrderProcessing`; a missing one means that the order was placed.
    pub status: Option<String>,
    /// `price` and `priceCurrency` of the order itself.
    pub amount: Option<Money>,
}

impl OrderMarkup {
    /// Whether the markup says that the order was placed just now.
    pub fn is_placed(&self) -> bool {
        matches!(self.status.as_deref(), None | Some("OrderProcessing"))
    }

    /// Whether it says that the order was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.status.as_deref() == Some("OrderCancelled")
    }
}

/// The orders in a mail's JSON-LD scripts. An order inside another thing (a parcel's) is none.
pub fn orders_of_json_ld(scripts: &[String]) -> Vec<OrderMarkup> {
    let mut orders = Vec::new();
    for script in scripts {
        if let Ok(value) = serde_json::from_str::<Value>(script.trim()) {
            collect(&value, 0, &mut orders);
        }
    }
    orders
}

fn collect(value: &Value, depth: usize, orders: &mut Vec<OrderMarkup>) {
    if depth > DEPTH_LIMIT || orders.len() >= ORDER_LIMIT {
        return;
    }
    match value {
        Value::Array(items) => items
            .iter()
            .for_each(|item| collect(item, depth.saturating_add(1), orders)),
        Value::Object(object) => {
            if let Some(graph) = object.get("@graph") {
                collect(graph, depth.saturating_add(1), orders);
            }
            let is_order = match object.get("@type") {
                Some(Value::String(kind)) => last_part(kind) == "Order",
                Some(Value::Array(kinds)) => kinds
                    .iter()
                    .filter_map(Value::as_str)
                    .any(|kind| last_part(kind) == "Order"),
                _ => false,
            };
            if is_order {
                let text = |key: &str| match object.get(key) {
                    Some(Value::String(text)) => Some(fold_line(text, 128)),
                    Some(Value::Number(number)) => Some(number.to_string()),
                    Some(Value::Object(inner)) => {
                        inner.get("@id").and_then(Value::as_str).map(str::to_owned)
                    }
                    _ => None,
                };
                orders.push(OrderMarkup {
                    number: text("orderNumber").filter(|number| !number.is_empty()),
                    status: text("orderStatus").map(|status| last_part(&status).to_owned()),
                    amount: money(text("price"), text("priceCurrency")),
                });
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The orders in microdata, given as (`@type` or property, value) in the order of the page.
pub fn orders_of_microdata(properties: &[(String, String)]) -> Vec<OrderMarkup> {
    let is_type = |wanted: &str| {
        properties
            .iter()
            .any(|(name, value)| name == "@type" && last_part(value) == wanted)
    };
    let mut orders: Vec<OrderMarkup> = Vec::new();
    if is_type("ParcelDelivery") {
        return orders;
    }
    let (mut price, mut currency) = (None, None);
    for (name, value) in properties {
        if name == "@type" && last_part(value) == "Order" && orders.len() < ORDER_LIMIT {
            orders.push(OrderMarkup {
                number: None,
                status: None,
                amount: None,
            });
            (price, currency) = (None, None);
        }
        let Some(order) = orders.last_mut() else {
            continue;
        };
        match name.as_str() {
            "orderNumber" if order.number.is_none() => {
                order.number = Some(fold_line(value, 128)).filter(|number| !number.is_empty());
            }
            "orderStatus" if order.status.is_none() => {
                order.status = Some(last_part(value).to_owned());
            }
            "price" if price.is_none() => price = Some(value.clone()),
            "priceCurrency" if currency.is_none() => currency = Some(value.clone()),
            _ => {}
        }
        if order.amount.is_none() {
            order.amount = money(price.clone(), currency.clone());
        }
    }
    orders
}

fn last_part(name: &str) -> &str {
    name.trim().rsplit(['/', ':', '#']).next().unwrap_or(name)
}

fn money(price: Option<String>, currency: Option<String>) -> Option<Money> {
    let currency =
        currency.filter(|code| code.len() == 3 && code.bytes().all(|b| b.is_ascii_alphabetic()))?;
    let amount = Decimal::from_str(price?.trim()).ok()?;
    Some(Money {
        currency: currency.to_ascii_uppercase(),
        amount,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_and_not_a_parcel_s_order() {
        let scripts = vec![
            r#"{"@context":"http://schema.org","@type":"Order","orderNumber":"A-1","orderStatus":"http://schema.org/OrderProcessing","price":"24.99","priceCurrency":"USD"}"#.to_owned(),
            r#"[{"@type":"ParcelDelivery","partOfOrder":{"@type":"Order","orderNumber":"A-2"}}]"#.to_owned(),
            "{broken".to_owned(),
        ];
        let orders = orders_of_json_ld(&scripts);
        assert_eq!(orders.len(), 1);
        assert!(orders[0].is_placed());
        assert_eq!(orders[0].number.as_deref(), Some("A-1"));
        assert_eq!(orders[0].amount.as_ref().unwrap().to_string(), "24.99 USD");
    }

    #[test]
    fn microdata_in_the_order_of_the_page() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let orders = orders_of_microdata(&[
            pair("@type", "http://schema.org/Order"),
            pair("orderNumber", "B-7"),
            pair("orderStatus", "http://schema.org/OrderCancelled"),
        ]);
        assert!(orders[0].is_cancelled() && !orders[0].is_placed());
    }
}
