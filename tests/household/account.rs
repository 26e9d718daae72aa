//! A year of codes, sign-ins and account changes: the person's own, and stray ones.

use mailward::engine::signal::{AccountProperty, CodePurpose, MerchantActionKind, SignInOutcome};

use crate::diary::{Cause, DAY, Diary, Event, action, change, code, sign_in};

impl Diary<'_> {
    /// Everything about accounts in the year that begins at `start`.
    pub fn sign_in_for_a_year(&mut self, start: i64) {
        let shopper = self.shopper.clone();
        let alone = shopper.sign_in_codes * (1.0 - self.common.code_for_order);
        for at in self.moments(start, alone) {
            let (service, act) = (self.service(), self.act());
            self.own_code(at, &service, CodePurpose::SignIn, false, act);
        }
        for at in self.moments(start, shopper.amazon_sign_ins) {
            let act = self.act();
            self.amazon_sign_in(at, act);
        }
        for at in self.moments(start, shopper.new_devices) {
            let (service, act) = (self.service(), self.act());
            self.new_device(at, &service, act);
        }
        for at in self.moments(start, shopper.device_moves) {
            self.device_move(at);
        }
        for at in self.moments(start, shopper.sign_ups) {
            let service = format!("shop-{}.example", 1_000 + self.fresh());
            let act = self.act();
            self.own_code(at, &service, CodePurpose::SignUp, false, act);
        }
        for at in self.moments(start, shopper.password_resets) {
            self.reset(at);
        }
        for at in self.moments(start, shopper.stray_codes) {
            self.stray(at);
        }
        self.changes(start);
    }

    /// A service that sends codes; the first is used most.
    fn service(&mut self) -> String {
        let weights: Vec<f64> = (1..=self.common.code_services)
            .map(|rank| 1.0 / rank as f64)
            .collect();
        format!("service-{}", self.random.pick(&weights))
    }

    /// Amazon, or one of the services that send codes.
    fn account(&mut self) -> String {
        if self.random.chance(self.common.at_amazon) {
            "amazon".to_owned()
        } else {
            self.service()
        }
    }

    /// Place and device as the mail names them: one of three usual ones, or a new one.
    fn origin(&mut self, service: &str) -> Option<String> {
        if !self.random.chance(self.common.origin_stated) {
            return None;
        }
        Some(if self.random.chance(self.common.new_origin) {
            format!("{service}-new-{}", self.fresh())
        } else {
            format!("{service}-usual-{}", self.random.below(3))
        })
    }

    /// A code that the person asked for, sometimes sent again, sometimes announced.
    pub fn own_code(
        &mut self,
        at: i64,
        service: &str,
        purpose: CodePurpose,
        knows_password: bool,
        act: Cause,
    ) {
        let signing_in = purpose == CodePurpose::SignIn;
        if signing_in && self.random.chance(self.common.expects) {
            let event = Event::Expect {
                service: service.to_owned(),
                seconds: 600,
                orders: false,
            };
            self.events.push((at - 45, event));
        }
        let origin = self.origin(service);
        if signing_in && self.random.chance(self.common.failed_first) {
            let kind = sign_in(SignInOutcome::Blocked, false, origin.clone());
            self.mail(at - 100, service, kind, act);
        }
        self.mail(
            at,
            service,
            code(purpose, knows_password, origin.clone()),
            act,
        );
        let mut last = at;
        if self.random.chance(self.common.code_again) {
            let more = self.random.chance(self.common.code_once_more);
            for _ in 0..=usize::from(more) {
                last += self.minutes(self.common.code_again_after);
                let kind = code(purpose, knows_password, origin.clone());
                self.mail(last, service, kind, act);
            }
        }
        if signing_in && self.random.chance(self.common.new_device_after_code) {
            let kind = sign_in(SignInOutcome::NewDevice, false, origin);
            self.mail(last + 60, service, kind, act);
        }
    }

    /// Amazon words it "someone who knows your password", also to oneself.
    fn amazon_sign_in(&mut self, at: i64, act: Cause) {
        if self.random.chance(self.common.amazon_as_code) {
            self.own_code(at, "amazon", CodePurpose::SignIn, true, act);
        } else {
            let origin = self.origin("amazon");
            let kind = sign_in(SignInOutcome::Attempted, true, origin);
            self.mail(at, "amazon", kind, act);
        }
    }

    fn new_device(&mut self, at: i64, service: &str, act: Cause) {
        let origin = self
            .random
            .chance(self.common.origin_stated)
            .then(|| format!("{service}-new-{}", self.number_of_origin()));
        let kind = sign_in(SignInOutcome::NewDevice, false, origin);
        self.mail(at, service, kind, act);
    }

    /// A new phone or computer: several services within hours.
    fn device_move(&mut self, at: i64) {
        let [least, most] = self.common.device_move_services;
        let count = least + self.random.below(most - least + 1);
        let spread = self.common.device_move_spread * 60.0;
        for rank in 0..count {
            let act = self.act();
            let service = match rank {
                0 => "amazon".to_owned(),
                _ => format!("service-{}", rank - 1),
            };
            let at = at + self.random.between(0.0, spread) as i64;
            let mails = self.random.pick(&self.common.device_move_mails);
            if mails != 1 {
                let knows_password = service == "amazon";
                self.own_code(at, &service, CodePurpose::SignIn, knows_password, act);
            }
            if mails != 0 {
                self.new_device(at + 60, &service, act);
            }
        }
    }

    /// A forgotten password.
    fn reset(&mut self, at: i64) {
        let (service, act) = (self.account(), self.act());
        self.own_code(at, &service, CodePurpose::PasswordReset, false, act);
        if self.random.chance(self.common.reset_then_changed) {
            let kind = change(AccountProperty::Password);
            self.mail(at + 180, &service, kind, act);
        }
    }

    /// Somebody else mistyped an address, at a service that the person does not use.
    fn stray(&mut self, at: i64) {
        let service = format!("stranger-{}.example", self.fresh());
        let purpose = match self.random.pick(&self.common.stray_purposes) {
            0 => CodePurpose::SignUp,
            1 => CodePurpose::SignIn,
            _ => CodePurpose::PasswordReset,
        };
        self.mail(at, &service, code(purpose, false, None), Cause::Stray);
        if self.random.chance(self.common.stray_again) {
            let later = at + self.minutes(self.common.code_again_after);
            self.mail(later, &service, code(purpose, false, None), Cause::Stray);
        }
    }

    fn changes(&mut self, start: i64) {
        let shopper = self.shopper.clone();
        for (rate, what) in [
            (shopper.change_password, AccountProperty::Password),
            (shopper.change_email_or_phone / 2.0, AccountProperty::Email),
            (shopper.change_email_or_phone / 2.0, AccountProperty::Phone),
            (shopper.change_two_factor, AccountProperty::TwoFactor),
            (shopper.change_address, AccountProperty::Address),
            (
                shopper.change_payment_method,
                AccountProperty::PaymentMethod,
            ),
        ] {
            for at in self.moments(start, rate) {
                let (service, act) = (self.account(), self.act());
                if self.random.chance(self.common.change_with_code) {
                    let purpose = CodePurpose::AccountChange;
                    self.own_code(at - 120, &service, purpose, false, act);
                }
                self.mail(at, &service, change(what), act);
            }
        }
        for at in self.moments(start, self.common.account_locked) {
            let (service, act) = (self.account(), self.act());
            let kind = action(MerchantActionKind::AccountLocked);
            self.mail(at, &service, kind, act);
        }
    }

    /// Newsletters, friends, work: counted, and nothing else.
    fn other_mail(&mut self, start: i64) {
        for at in self.moments(start, self.shopper.other_mails) {
            let sender = if self.random.chance(self.common.stranger_mails) {
                1_000_000 + self.fresh() as u32
            } else {
                self.random.below(self.shopper.other_senders) as u32
            };
            self.events.push((at, Event::Other(sender, at)));
        }
    }

    /// Outages of the watcher, and moving house.
    pub fn upheavals(&mut self, start: i64) {
        for at in self.moments(start, self.common.outages) {
            let hours = self.random.log_normal(self.common.outage_hours).min(72.0);
            let until = at + (hours * 3_600.0) as i64;
            self.events.push((at, Event::Outage(until)));
        }
        if self.random.chance(self.common.house_moves) {
            self.home += 1;
        }
    }

    /// A whole life: years of orders and sign-ins from local midnight of a first of January on.
    pub fn live(&mut self, start: i64, years: usize) {
        for year in 0..years as i64 {
            let start = start + year * 365 * DAY;
            self.upheavals(start);
            self.shop_for_a_year(start);
            self.sign_in_for_a_year(start);
            self.other_mail(start);
        }
    }

    fn number_of_origin(&mut self) -> u64 {
        self.random.bits() % 1_000_000
    }
}
