//! The mails of a storm: of ten, seven order gift cards, two bring a code, and one says nothing.

use jiff::Timestamp;

use crate::mails;

/// How many mails there are, and how many of them are a signal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    pub mails: u32,
    pub signals: u32,
}

impl Count {
    /// Of so many mailboxes that get so many each.
    pub fn of(mailboxes: u32, each: u32) -> Self {
        let mut count = Self::default();
        for number in 0..mailboxes * each {
            count.mails += 1;
            count.signals += u32::from(is_signal(number));
        }
        count
    }

    /// As the server writes it.
    pub fn read(line: &str) -> Self {
        let mut numbers = line.split(' ').map(|it| it.parse().expect("a number"));
        Self {
            mails: numbers.next().expect("mails"),
            signals: numbers.next().expect("signals"),
        }
    }

    pub fn add(&mut self, more: Self) {
        self.mails += more.mails;
        self.signals += more.signals;
    }
}

/// Whether a rule makes a signal of this mail.
pub fn is_signal(number: u32) -> bool {
    number % 10 != 9
}

/// Whether a rule makes a signal of this everyday mail.
pub fn is_daily_signal(number: u32) -> bool {
    number % 10 == 7
}

/// The mails of a quiet time: of ten, one brings a code, and the others say nothing.
pub fn daily(number: u32, user: &str, at: Timestamp) -> Vec<u8> {
    let draft = if is_daily_signal(number) {
        mails::code(number)
    } else {
        mails::letter(number)
    };
    draft.sent_to(user, at)
}

/// A mail for a mailbox; `batch` tells apart those of the same number.
pub fn mail(number: u32, batch: u32, user: &str, at: Timestamp) -> Vec<u8> {
    let unique = number + batch * 20_000;
    let draft = match number % 10 {
        9 => mails::letter(unique),
        7 | 8 => mails::code(unique),
        _ => mails::gift(unique),
    };
    draft.sent_to(user, at)
}
