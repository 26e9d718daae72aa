//! An amount of money as a mail states it.

pub mod read;
pub mod total;

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// An amount with its ISO 4217 currency code. An amount that cannot be read for certain is no `Money` at all.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Money {
    /// ISO 4217 code, upper case: `JPY`, `USD`.
    pub currency: String,
    /// The amount in the currency's main unit: 2500 (yen), 24.99 (dollars).
    pub amount: Decimal,
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount.normalize(), self.currency)
    }
}
