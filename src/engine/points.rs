//! Points in hundredths, so that sums are exact.

use std::iter::Sum;
use std::ops::Add;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A number of points. One order is one point, 100 hundredths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Points(i64);

impl Points {
    /// No points.
    pub const ZERO: Self = Self(0);

    /// From hundredths: `Points::hundredths(150)` is one and a half.
    pub const fn hundredths(hundredths: i64) -> Self {
        Self(hundredths)
    }

    /// From whole points.
    pub const fn whole(points: i32) -> Self {
        Self((points as i64).saturating_mul(100))
    }

    /// So many times as much.
    #[must_use]
    pub const fn times(self, factor: i32) -> Self {
        Self(self.0.saturating_mul(factor as i64))
    }

    /// So many tenths of it.
    #[must_use]
    pub const fn tenths(self, tenths: i64) -> Self {
        Self(self.0.saturating_mul(tenths) / 10)
    }

    /// The same number below zero.
    #[must_use]
    pub const fn negated(self) -> Self {
        Self(self.0.saturating_neg())
    }

    /// As a decimal number of points.
    pub fn decimal(self) -> Decimal {
        Decimal::new(self.0, 2).normalize()
    }
}

impl Add for Points {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sum for Points {
    fn sum<I: Iterator<Item = Self>>(points: I) -> Self {
        points.fold(Self::ZERO, Self::add)
    }
}
