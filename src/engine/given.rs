//! What a point was given for, and by which window: the reasons that a person can read.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::engine::points::Points;

/// What points of one order, or of the merchant's word, were given for. The names are part of the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Given {
    /// It is an order.
    Order,
    /// A gift card or digital goods.
    GiftOrDigital,
    /// A gift to an address that is not the person's.
    GiftToOther,
    /// A postal address that was never seen.
    NewAddress,
    /// The first order ever at this shop.
    FirstHere,
    /// The person's quiet hours.
    QuietHours,
    /// So small an amount that somebody may be trying out a card.
    SmallAmount,
    /// So large a gift that it is a prize.
    LargeGift,
    /// The same amount as shortly before.
    SameAmount,
    /// A further part of a checkout, instead of everything else.
    SplitCheckout,
    /// Further orders that the same mail names.
    FurtherOrders,
    /// The merchant cancelled over a problem.
    Cancelled,
    /// The merchant holds an order.
    Held,
    /// The wording says that somebody knows the password.
    KnowsPassword,
    /// A reset or account-change code.
    ResetCode,
    /// A payment code.
    PaymentCode,
    /// Two payment codes within 30 min.
    TwoPaymentCodes,
    /// Two services within 30 min.
    TwoServices,
    /// Three codes within 15 min.
    ThreeCodes,
    /// A failed sign-in before the code.
    FailedSignIn,
    /// A new device right after a code.
    NewDevice,
    /// Another place or device than usual.
    OtherPlace,
    /// The usual place and device.
    UsualPlace,
    /// The screen was idle.
    ScreenIdle,
}

impl Given {
    /// A short English note; also what English says.
    pub fn note(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::GiftOrDigital => "gift card or digital",
            Self::GiftToOther => "gift to another address",
            Self::NewAddress => "new postal address",
            Self::FirstHere => "first order here",
            Self::QuietHours => "quiet hours",
            Self::SmallAmount => "small amount",
            Self::LargeGift => "large gift",
            Self::SameAmount => "same amount",
            Self::SplitCheckout => "part of one checkout",
            Self::FurtherOrders => "further orders in the same mail",
            Self::Cancelled => "cancelled by the shop",
            Self::Held => "held by the shop",
            Self::KnowsPassword => "somebody knows the password",
            Self::ResetCode => "a reset or account-change code",
            Self::PaymentCode => "a payment code",
            Self::TwoPaymentCodes => "two payment codes within 30 min",
            Self::TwoServices => "two services within 30 min",
            Self::ThreeCodes => "three codes within 15 min",
            Self::FailedSignIn => "a failed sign-in before the code",
            Self::NewDevice => "a new device right after a code",
            Self::OtherPlace => "another place or device than usual",
            Self::UsualPlace => "the usual place and device",
            Self::ScreenIdle => "the screen was idle",
        }
    }
}

/// Some points, and what for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// What for.
    pub given: Given,
    /// How many.
    pub points: Points,
}

/// Which window reached its threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    /// The length of the window.
    pub minutes: u32,
    /// Its end; it covers what came after `until` less its length.
    pub until: Timestamp,
    /// The score at which it speaks.
    pub threshold: Points,
}

/// Adds points to a list, those of one kind together.
pub fn add(parts: &mut Vec<Part>, given: Given, points: Points) {
    match parts.iter_mut().find(|part| part.given == given) {
        Some(part) => part.points = part.points + points,
        None if points == Points::ZERO => {}
        None => parts.push(Part { given, points }),
    }
}

/// The sum of all parts.
pub fn sum(parts: &[Part]) -> Points {
    parts.iter().map(|part| part.points).sum()
}
