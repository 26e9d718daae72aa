//! The scenarios: what happens, when, to which of the person's accounts.

use jiff::{SignedDuration, Timestamp};
use mailward::demo::story::{Happening, Story};
use mailward::engine::incident::Answer;
use mailward::engine::wording::Language;

use crate::crash::mails::{
    Draft, cancelled, code, email_changed, gift, letter, new_device, password_disabled, reset_code,
};

/// A scenario.
pub struct Life {
    pub name: &'static str,
    pub accounts: usize,
    pub moments: Vec<Moment>,
    /// How many alerts it is about, so that a scenario in which nothing happens is noticed.
    pub alerts: std::ops::RangeInclusive<usize>,
}

pub struct Moment {
    pub at: Timestamp,
    pub what: What,
}

pub enum What {
    /// A mail arrives in an account.
    Mail(usize, Vec<u8>),
    /// While nobody watches, mails arrive in the first account.
    Away(Vec<(Timestamp, Vec<u8>)>),
    /// The person answers the latest incident.
    Answer(Answer),
    /// The person announces a sign-in.
    Expect,
    /// The person closes the latest incident.
    Close,
    /// Time passes.
    Time,
}

impl What {
    /// Whether it comes over the control socket.
    pub fn is_request(&self) -> bool {
        matches!(self, Self::Answer(_) | Self::Expect | Self::Close)
    }
}

/// When the scenarios begin: noon of a working day in Tokyo.
pub fn noon() -> Timestamp {
    "2026-11-18T03:00:00Z".parse().unwrap()
}

fn at(seconds: i64) -> Timestamp {
    noon() + SignedDuration::from_secs(seconds)
}

fn mail(seconds: i64, draft: &Draft) -> Moment {
    mail_to(0, seconds, draft)
}

fn mail_to(account: usize, seconds: i64, draft: &Draft) -> Moment {
    Moment {
        at: at(seconds),
        what: What::Mail(account, draft.sent(at(seconds))),
    }
}

fn then(seconds: i64, what: What) -> Moment {
    Moment {
        at: at(seconds),
        what,
    }
}

/// A story that comes with the program.
fn built_in(name: &'static str, alerts: std::ops::RangeInclusive<usize>) -> Life {
    let story = Story::built_in(name).unwrap().unwrap();
    let zone = jiff::tz::TimeZone::get("Asia/Tokyo").unwrap();
    let moments = story.moments(Language::Ja, noon(), &zone).unwrap();
    let last = moments.last().unwrap().at + story.tail();
    let mut moments: Vec<Moment> = moments
        .into_iter()
        .map(|moment| Moment {
            at: moment.at,
            what: match moment.what {
                Happening::Mail(mail) => What::Mail(0, mail.bytes),
                Happening::Answer(answer) => What::Answer(answer),
            },
        })
        .collect();
    moments.push(Moment {
        at: last,
        what: What::Time,
    });
    Life {
        name,
        accounts: 1,
        moments,
        alerts,
    }
}

/// The story, at whose end the person says "not me".
pub fn story() -> Life {
    let mut life = built_in("takeover", 8..=20);
    let last = life.moments.last().unwrap().at;
    for (minutes, what) in [
        (1, What::Answer(Answer::NotMe)),
        (2, What::Expect),
        (30, What::Time),
    ] {
        life.moments.push(Moment {
            at: last + SignedDuration::from_mins(minutes),
            what,
        });
    }
    life
}

/// Ten others, each of another kind.
pub fn others() -> Vec<Life> {
    let life = |name, accounts, alerts, moments| Life {
        name,
        accounts,
        moments,
        alerts,
    };
    vec![
        built_in("five-orders", 4..=12),
        built_in("ordinary-day", 0..=0),
        life(
            "not me, then orders",
            1,
            4..=8,
            vec![
                mail(0, &code(1)),
                then(60, What::Answer(Answer::NotMe)),
                mail(3_600, &gift(1)),
                mail(3_640, &gift(2)),
                then(3_720, What::Time),
                mail(3_800, &cancelled(1)),
                then(3_900, What::Time),
            ],
        ),
        life(
            "me, then a new device that nobody claims",
            1,
            3..=8,
            vec![
                mail(0, &code(1)),
                then(30, What::Answer(Answer::Me)),
                mail(600, &code(2)),
                mail(700, &new_device()),
                then(900, What::Time),
                then(1_010, What::Time),
                then(1_400, What::Time),
                then(2_000, What::Answer(Answer::Unsure)),
            ],
        ),
        life(
            "announced twice, the third code asks",
            1,
            1..=3,
            vec![
                then(0, What::Expect),
                mail(60, &code(1)),
                mail(120, &code(2)),
                mail(180, &code(3)),
                then(240, What::Answer(Answer::Me)),
                then(300, What::Time),
            ],
        ),
        life(
            "not sure",
            1,
            2..=6,
            vec![
                mail(0, &code(1)),
                then(60, What::Answer(Answer::Unsure)),
                mail(120, &reset_code()),
                then(400, What::Time),
                then(500, What::Answer(Answer::Unsure)),
                then(600, What::Close),
                mail(700, &letter(1)),
            ],
        ),
        life(
            "cancellations before their orders, in two accounts",
            2,
            3..=10,
            vec![
                mail(0, &code(1)),
                mail_to(1, 600, &cancelled(3)),
                mail(605, &cancelled(4)),
                mail(610, &cancelled(1)),
                mail(615, &gift(1)),
                mail_to(1, 615, &gift(1)),
                mail_to(1, 650, &gift(2)),
                mail(655, &gift(3)),
                then(700, What::Time),
                then(800, What::Time),
            ],
        ),
        life(
            "away while it happens: one alert",
            1,
            2..=3,
            vec![
                mail(0, &letter(1)),
                then(
                    30_000,
                    What::Away(
                        (1..=7)
                            .map(|number| {
                                let sent = at(7_200 + i64::from(number) * 40);
                                (sent, gift(number).sent(sent))
                            })
                            .collect(),
                    ),
                ),
                then(30_310, What::Time),
            ],
        ),
        life(
            "the shop's own word, a changed address, an order",
            1,
            3..=8,
            vec![
                mail(0, &email_changed()),
                mail(300, &password_disabled()),
                mail(400, &letter(1)),
                mail(86_000, &gift(1)),
                then(86_100, What::Time),
            ],
        ),
        life(
            "a warning that nobody answers: silence, repeats, reminders",
            1,
            6..=14,
            vec![
                mail(0, &gift(1)),
                mail(40, &gift(2)),
                mail(80, &gift(3)),
                then(400, What::Time),
                then(1_000, What::Time),
                then(3_700, What::Time),
                then(20_000, What::Time),
                then(7 * 86_400 + 4_000, What::Time),
                then(9 * 86_400, What::Time),
            ],
        ),
    ]
}
