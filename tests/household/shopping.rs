//! A year of orders, and what becomes of them.

use mailward::engine::signal::{
    CancelledBy, CodePurpose, GiftRecipient, Item, MerchantActionKind, Order, SignalKind,
};

use crate::diary::{Cause, DAY, Diary, Event, action, cancelled, charge, code, order, yen};

/// Where goods are bought.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Main,
    Other,
    Rakuten,
}

impl Diary<'_> {
    /// All orders of the year that begins at `start`, local midnight of the first of January.
    pub fn shop_for_a_year(&mut self, start: i64) {
        let shopper = self.shopper.clone();
        for at in self.moments(start, shopper.main_checkouts) {
            self.visit(at, Place::Main);
        }
        for at in self.moments(start, shopper.other_checkouts) {
            self.visit(at, Place::Other);
        }
        for at in self.moments(start, shopper.rakuten_checkouts) {
            self.visit(at, Place::Rakuten);
        }
        for _ in 0..self.random.count(shopper.marathons) {
            self.marathon(start);
        }
        for _ in 0..self.random.count(shopper.sale_days) {
            self.sale_day(start);
        }
        for at in self.moments(start, shopper.digital_visits) {
            self.books(at);
        }
        for _ in 0..self.random.count(shopper.gift_occasions) {
            let at = self.gift_moment(start);
            self.gifts(at);
        }
        for at in self.moments(start, shopper.top_ups) {
            let act = self.act();
            let recipient = if self.random.chance(self.common.gift_own_stated) {
                GiftRecipient::Own
            } else {
                GiftRecipient::Unknown
            };
            let amount = self.gift_amount();
            self.gift(at, amount, recipient, act);
        }
        for _ in 0..self.random.count(shopper.subscription_batches) {
            self.subscriptions(start);
        }
    }

    /// A visit at a shop: one checkout, sometimes one more for what was forgotten.
    fn visit(&mut self, at: i64, place: Place) {
        let act = self.act();
        let shop = self.shop(place);
        let mut at = at;
        self.checkout(at, place, &shop, None, act);
        while self.random.chance(self.common.again_in_visit) {
            at += self.minutes(self.common.again_after);
            self.checkout(at, place, &shop, None, act);
        }
    }

    fn shop(&mut self, place: Place) -> String {
        match place {
            Place::Main => "amazon".to_owned(),
            Place::Rakuten => "rakuten".to_owned(),
            Place::Other if self.random.chance(self.common.new_shop) => {
                format!("shop-{}.example", 1_000 + self.fresh())
            }
            Place::Other => format!(
                "shop-{}.example",
                self.random.below(self.common.other_shops)
            ),
        }
    }

    /// One payment: one order mail, or several where the shop splits it.
    fn checkout(&mut self, at: i64, place: Place, shop: &str, amount: Option<i64>, act: Cause) {
        self.codes_before(at, place, shop, act);
        let split = place == Place::Main && self.random.chance(self.common.split);
        let parts = if split {
            2 + self.random.pick(&self.common.split_parts)
        } else {
            1
        };
        if parts > 1 && self.random.chance(self.common.split_in_one_mail) {
            let mut goods = self.goods(place, amount);
            for _ in 1..parts {
                goods.order_ids.push(self.order_id());
            }
            self.placed(at, place, shop, goods, act);
            return;
        }
        let mut at = at;
        for _ in 0..parts {
            let goods = self.goods(place, amount);
            self.placed(at, place, shop, goods, act);
            let gap = self.random.log_normal(self.common.split_gap_seconds);
            at += (gap as i64).max(1);
        }
    }

    fn codes_before(&mut self, at: i64, place: Place, shop: &str, act: Cause) {
        let paying = if place == Place::Main {
            self.common.payment_code_main
        } else {
            self.common.payment_code_other
        };
        if self.random.chance(paying) {
            let before = self.minutes(self.common.payment_code_before);
            let again = self.random.chance(self.common.payment_code_again);
            if again {
                let earlier = before + self.minutes(self.common.code_again_after);
                let kind = code(CodePurpose::Payment, false, None);
                self.mail(at - earlier, "card-issuer", kind, act);
            }
            let kind = code(CodePurpose::Payment, false, None);
            self.mail(at - before, "card-issuer", kind, act);
        }
        let with_code =
            self.shopper.sign_in_codes * self.common.code_for_order / self.shopper.other_checkouts;
        if place == Place::Other && self.random.chance(with_code) {
            let before = 120 + self.random.below(480) as i64;
            self.own_code(at - before, shop, CodePurpose::SignIn, false, act);
        }
    }

    fn goods(&mut self, place: Place, amount: Option<i64>) -> Order {
        let physical = if place == Place::Main {
            self.common.main_item_physical
        } else {
            self.common.other_item_physical
        };
        let item = if self.random.chance(physical) {
            Item::Physical
        } else {
            Item::Unknown
        };
        let amount = amount.unwrap_or_else(|| {
            let yen = self.random.log_normal(self.common.amount);
            (yen as i64).max(100)
        });
        let amount = self
            .random
            .chance(self.common.amount_known)
            .then(|| yen(amount));
        let id = self.order_id();
        let mut goods = order(id, item, amount);
        if self.random.chance(self.common.item_named) {
            goods.item_name = Some(format!("item-{}", self.fresh()));
        }
        if self.random.chance(self.common.postal_address_stated) {
            goods.postal_address = Some(self.address());
        }
        goods
    }

    fn address(&mut self) -> String {
        if self.random.chance(self.common.postal_address_other) {
            format!("relative-{}", self.random.below(self.common.relatives))
        } else {
            format!("home-{}", self.home)
        }
    }

    /// The order's mail, and what follows it.
    fn placed(&mut self, at: i64, place: Place, shop: &str, goods: Order, act: Cause) {
        let ids = goods.order_ids.clone();
        let amount = goods.amount.clone();
        let item = goods.item;
        self.mail(at, shop, SignalKind::OrderPlaced(goods), act);
        if place == Place::Rakuten && self.random.chance(self.common.shop_confirms_again) {
            let after = self.minutes(self.common.shop_confirms_after);
            let again = Order {
                order_ids: ids.clone(),
                ..order(String::new(), Item::Unknown, amount.clone())
            };
            let seller = format!("seller-{}.example", self.random.below(200));
            self.mail(at + after, &seller, SignalKind::OrderPlaced(again), act);
        }
        if let Some(amount) = amount
            && self.random.chance(self.common.card_charge_mail)
        {
            let hours = self.random.log_normal(self.common.card_charge_after_hours);
            let after = (hours * 3_600.0) as i64;
            self.mail(at + after, "card-issuer", charge(amount, shop), act);
        }
        for id in ids {
            self.fate(at, place, shop, item, id, act);
        }
    }

    /// What becomes of an order: mostly nothing that a mail would say.
    fn fate(&mut self, at: i64, place: Place, shop: &str, item: Item, id: String, act: Cause) {
        let problem = self.common.problem_cancellation;
        if self.random.chance(self.common.cancelled_by_customer) {
            let after = self.minutes(self.common.cancelled_after);
            let again = item != Item::GiftCard && self.random.chance(self.common.ordered_again);
            self.mail(at + after, shop, cancelled(id, CancelledBy::Customer), act);
            if again {
                let later = at + after + self.minutes(self.common.again_after);
                let goods = self.goods(place, None);
                self.placed(later, place, shop, goods, act);
            }
        } else if self.random.chance(self.common.sold_out) {
            let hours = self.random.log_normal(self.common.sold_out_after_hours);
            let later = at + (hours * 3_600.0) as i64;
            self.mail(later, shop, cancelled(id, CancelledBy::Unknown), act);
        } else if self.random.chance(problem) {
            let later = at + self.minutes(self.common.cancelled_after);
            self.mail(later, shop, cancelled(id, CancelledBy::Merchant), act);
        } else if self.random.chance(self.common.order_held) {
            let later = at + self.minutes(self.common.again_after);
            self.mail(later, shop, action(MerchantActionKind::OrderHeld), act);
        }
    }

    /// 楽天マラソン: many shops in few evenings, for the points.
    fn marathon(&mut self, start: i64) {
        let month = self.random.below(12) as i64;
        let first = start + (month * 30 + 3) * DAY;
        let shops = self.random.count(self.shopper.marathon_shops).max(2);
        let act = self.act();
        for evening in 0..self.common.marathon_evenings {
            let day = first + evening as i64 * 3 * DAY;
            let mut at = day + 20 * 3_600 + self.random.below(2 * 3_600) as i64;
            let evenings = self.common.marathon_evenings;
            let today = (shops + evenings - 1 - evening) / evenings;
            for _ in 0..today {
                let thousand = self.random.chance(self.common.marathon_thousand);
                let amount = thousand.then_some(1_000);
                self.checkout(at, Place::Rakuten, "rakuten", amount, act);
                at += self.minutes(self.common.marathon_gap);
            }
        }
    }

    /// Prime Day, Black Friday or New Year.
    fn sale_day(&mut self, start: i64) {
        let day = match self.random.below(3) {
            0 => 192 + self.random.below(5),
            1 => 326 + self.random.below(8),
            _ => self.random.below(3),
        };
        let mut at = self.moment_of_day(start + day as i64 * DAY);
        for _ in 0..self.random.count(self.shopper.sale_checkouts) {
            self.visit(at, Place::Main);
            at += self.minutes(self.common.sale_gap);
        }
    }

    /// E-books: one press of a button is one order.
    fn books(&mut self, at: i64) {
        let act = self.act();
        let mut at = at;
        let mut amount = self.book_price();
        loop {
            let item = if self.random.chance(self.common.digital_recognised) {
                Item::Digital
            } else {
                Item::Unknown
            };
            let id = self.order_id();
            let mut book = order(id, item, Some(yen(amount)));
            if self.random.chance(self.common.item_named) {
                book.item_name = Some(format!("item-{}", self.fresh()));
            }
            self.placed(at, Place::Main, "amazon", book, act);
            if !self.random.chance(self.common.digital_again) {
                break;
            }
            at += if self.random.chance(self.common.digital_again_at_once) {
                self.minutes(self.common.digital_gap_at_once)
            } else {
                self.minutes(self.common.digital_gap_read)
            };
            if !self.random.chance(self.common.digital_same_price) {
                amount = self.book_price();
            }
        }
    }

    fn book_price(&mut self) -> i64 {
        let prices = &self.common.digital_amounts;
        prices[self.random.below(prices.len())]
    }

    /// A moment for gifts: mostly at year's end, in spring or in mid-summer.
    fn gift_moment(&mut self, start: i64) -> i64 {
        if !self.random.chance(self.common.season_share) {
            return self.moment(start);
        }
        // 10 December to 5 January, 10 March to 10 April, 10 June to 15 July; days of the year from 0.
        let seasons = [(343, 27), (68, 32), (160, 36)];
        let lengths = seasons.map(|(_, length)| length as f64);
        let (first, length) = seasons[self.random.pick(&lengths)];
        let day = (first + self.random.below(length)) % 365;
        self.moment_of_day(start + day as i64 * DAY)
    }

    /// Gift cards for somebody: one, or some for nephews and nieces.
    fn gifts(&mut self, at: i64) {
        let act = self.act();
        let count = 1 + self.random.pick(&self.common.gift_count);
        if count > 1 && self.random.chance(self.common.expect_orders) {
            let event = Event::Expect {
                service: "amazon".to_owned(),
                seconds: 3_600,
                orders: true,
            };
            self.events.push((at - 60, event));
        }
        let mut at = at;
        let mut amount = self.gift_amount();
        for _ in 0..count {
            let recipient = if self.random.chance(self.common.gift_recipient_stated) {
                GiftRecipient::Other
            } else {
                GiftRecipient::Unknown
            };
            self.gift(at, amount, recipient, act);
            at += self.minutes(self.common.gift_gap);
            if !self.random.chance(self.common.gift_same_amount) {
                amount = self.gift_amount();
            }
        }
    }

    fn gift_amount(&mut self) -> i64 {
        self.common.gift_amounts[self.random.pick(&self.common.gift_weights)]
    }

    fn gift(&mut self, at: i64, amount: i64, recipient: GiftRecipient, act: Cause) {
        let item = if self.random.chance(self.common.gift_recognised) {
            Item::GiftCard
        } else {
            Item::Unknown
        };
        let id = self.order_id();
        let mut card = order(id, item, Some(yen(amount)));
        card.gift_recipient = recipient;
        self.placed(at, Place::Main, "amazon", card, act);
    }

    /// A scheduled batch; the shop sends it at any hour.
    fn subscriptions(&mut self, start: i64) {
        let act = self.act();
        let mut at = start + (self.random.unit() * 365.0 * DAY as f64) as i64;
        let size = 1 + self.random.count(self.shopper.subscription_size - 1.0);
        let marked = self.random.chance(self.common.subscription_marked);
        for _ in 0..size {
            let mut goods = self.goods(Place::Main, None);
            goods.item = Item::Subscription;
            goods.scheduled = marked;
            if !marked {
                goods.item = Item::Physical;
            }
            self.placed(at, Place::Main, "amazon", goods, act);
            at += (self.random.log_normal(self.common.split_gap_seconds) as i64).max(1);
        }
    }
}
