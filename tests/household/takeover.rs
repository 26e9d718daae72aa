//! Every kind of takeover that people described, injected into ordinary lives.

use mailward::engine::money::Money;
use mailward::engine::signal::{
    AccountProperty, CancelledBy, CodePurpose, GiftRecipient, Item, MerchantActionKind, Order,
    SenderVerdict, Signal, SignalId, SignalKind,
};

use crate::diary::{Cause, DAY, Event, OFFSET, action, cancelled, change, code, order, time, yen};
use crate::random::Random;

/// A kind of takeover, by the name that docs/household.md gives it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Kind {
    Story,
    StoryBySms,
    TestOrderFirst,
    ThreeLargeGiftCards,
    FivePassesAtNight,
    FiveOfElevenYen,
    AnotherLanguage,
    AnotherMarketplace,
    Bomb,
    Filtered,
}

/// All kinds.
pub const ALL: [Kind; 10] = [
    Kind::Story,
    Kind::StoryBySms,
    Kind::TestOrderFirst,
    Kind::ThreeLargeGiftCards,
    Kind::FivePassesAtNight,
    Kind::FiveOfElevenYen,
    Kind::AnotherLanguage,
    Kind::AnotherMarketplace,
    Kind::Bomb,
    Kind::Filtered,
];

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Story => "the story",
            Self::StoryBySms => "the story by SMS",
            Self::TestOrderFirst => "test order first",
            Self::ThreeLargeGiftCards => "three large gift cards",
            Self::FivePassesAtNight => "five passes at night",
            Self::FiveOfElevenYen => "five of 11 yen",
            Self::AnotherLanguage => "another language",
            Self::AnotherMarketplace => "another marketplace",
            Self::Bomb => "bomb",
            Self::Filtered => "filtered",
        }
    }
}

/// One takeover: its mails by time.
pub struct Takeover {
    pub events: Vec<(i64, Event)>,
    verified: bool,
    prefix: String,
}

impl Takeover {
    /// A takeover of a kind that begins at about `at`.
    pub fn new(kind: Kind, at: i64, number: u64, verified: bool, random: &mut Random) -> Self {
        let mut takeover = Self {
            events: Vec::new(),
            verified,
            prefix: format!("intruder-{number}"),
        };
        match kind {
            Kind::Story => {
                takeover.mail(at - 72_000, code(CodePurpose::SignIn, false, None));
                takeover.mail(at - 71_400, code(CodePurpose::SignIn, false, None));
                takeover.story(at);
            }
            Kind::StoryBySms => takeover.story(at),
            Kind::TestOrderFirst => {
                let tea = takeover.placed(Item::Physical, Some(yen(530)));
                takeover.mail(at, SignalKind::OrderPlaced(tea));
                let mut at = at + random.between(1_200.0, 5_400.0) as i64;
                for _ in 0..8 {
                    let mut card = takeover.placed(Item::GiftCard, Some(yen(5_000)));
                    card.gift_recipient = GiftRecipient::Other;
                    takeover.mail(at, SignalKind::OrderPlaced(card));
                    at += random.between(30.0, 180.0) as i64;
                }
            }
            Kind::ThreeLargeGiftCards => {
                takeover.orders(at, 3, [60.0, 360.0], Item::GiftCard, random, |_| {
                    yen(50_000)
                });
            }
            Kind::FivePassesAtNight => {
                let midnight = (at + OFFSET).div_euclid(DAY) * DAY - OFFSET;
                let at = midnight + 3_600 + random.below(3 * 3_600) as i64;
                let prices = [1_000, 2_400, 4_800, 6_500, 9_800];
                let last = takeover.orders(at, 5, [60.0, 300.0], Item::Digital, random, |random| {
                    yen(prices[random.below(prices.len())])
                });
                let disabled = action(MerchantActionKind::PasswordDisabled);
                takeover.mail(last + 1_800, disabled);
            }
            Kind::FiveOfElevenYen => {
                let mut at = at;
                for item in 0..5 {
                    let mut thing = takeover.placed(Item::Physical, Some(yen(11)));
                    thing.item_name = Some(format!("{}-item-{item}", takeover.prefix));
                    takeover.mail(at, SignalKind::OrderPlaced(thing));
                    at += random.between(10.0, 60.0) as i64;
                }
            }
            Kind::AnotherLanguage => {
                takeover.orders(at, 9, [20.0, 180.0], Item::GiftCard, random, |random| {
                    let dollars = [25, 50, 100][random.below(3)];
                    Money {
                        currency: "USD".to_owned(),
                        amount: dollars.into(),
                    }
                });
                takeover.at_site("amazon.com");
            }
            Kind::AnotherMarketplace => {
                let price = Money {
                    currency: "USD".to_owned(),
                    amount: 20.into(),
                };
                let pass = takeover.placed(Item::Digital, Some(price));
                takeover.mail(at, SignalKind::OrderPlaced(pass));
                takeover.mail(at + 180, change(AccountProperty::Email));
                takeover.at_site("amazon.com");
            }
            Kind::Bomb => {
                let phone = takeover.placed(Item::Physical, Some(yen(71_400)));
                takeover.mail(at, SignalKind::OrderPlaced(phone));
                for number in 0..300 {
                    let at = at + 30 + i64::from(number) * 3;
                    let event = Event::Other(2_000_000 + number, at);
                    takeover.events.push((at, event));
                }
            }
            Kind::Filtered => {
                let mut at = at;
                for number in 0..4 {
                    let id = format!("503-9999999-{number:07}");
                    takeover.mail(at, cancelled(id, CancelledBy::Merchant));
                    at += random.between(60.0, 1_200.0) as i64;
                }
            }
        }
        takeover
    }

    /// When the first mail comes.
    pub fn first_at(&self) -> i64 {
        self.events.iter().map(|(at, _)| *at).min().unwrap_or(0)
    }

    /// When the last mail comes.
    pub fn last_at(&self) -> i64 {
        self.events.iter().map(|(at, _)| *at).max().unwrap_or(0)
    }

    fn story(&mut self, at: i64) {
        let mut ids = Vec::new();
        for number in 0..7 {
            let card = self.placed(Item::GiftCard, Some(yen(2_500)));
            ids.extend(card.order_ids.clone());
            self.mail(at + number * 40, SignalKind::OrderPlaced(card));
        }
        for (position, id) in ids.into_iter().take(4).enumerate() {
            let at = at + 240 + 360 + position as i64 * 30;
            self.mail(at, cancelled(id, CancelledBy::Merchant));
        }
    }

    fn orders(
        &mut self,
        at: i64,
        count: usize,
        [least, most]: [f64; 2],
        item: Item,
        random: &mut Random,
        mut price: impl FnMut(&mut Random) -> Money,
    ) -> i64 {
        let mut at = at;
        let mut latest = at;
        for _ in 0..count {
            let amount = price(random);
            let order = self.placed(item, Some(amount));
            self.mail(at, SignalKind::OrderPlaced(order));
            latest = at;
            at += random.between(least, most) as i64;
        }
        latest
    }

    fn placed(&self, item: Item, amount: Option<Money>) -> Order {
        let number = self.events.len();
        order(format!("{}-order-{number}", self.prefix), item, amount)
    }

    fn mail(&mut self, at: i64, kind: SignalKind) {
        let name = format!("{}-{}", self.prefix, self.events.len());
        let signal = Signal {
            id: SignalId(format!("mail-{name}")),
            message_id: Some(format!("{name}@example.com")),
            source: name,
            at: time(at),
            arrived_at: time(at),
            service: "amazon".to_owned(),
            marketplace: Some("amazon.co.jp".to_owned()),
            kind,
            sender: if self.verified {
                SenderVerdict::Verified
            } else {
                SenderVerdict::Unverified
            },
            rule: "amazon/household".to_owned(),
            template_unverified: false,
        };
        self.events
            .push((at, Event::Mail(Box::new(signal), Cause::Intruder)));
    }

    fn at_site(&mut self, site: &str) {
        for (_, event) in &mut self.events {
            if let Event::Mail(signal, _) = event {
                signal.marketplace = Some(site.to_owned());
            }
        }
    }
}
