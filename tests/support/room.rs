//! A watch with a clock that the test moves, and short names for its commands.
#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::unnecessary_wraps,
    reason = "a test may panic, and not every test uses all of it"
)]

use jiff::{SignedDuration, Timestamp};
use mailward::engine::cursor::Cursor;
use mailward::engine::step::Step;
use mailward::engine::watch::Watch;
use mailward::engine::watch::input::{Header, Input, LinkError, Opened};
use mailward::engine::watch::output::{Output, Uids};
use mailward::engine::watch::policy::Policy;

pub const INBOX: &str = "INBOX";
pub const CLOSED: Input = Input::Lost(LinkError::Closed);

/// A watch, its clock, and what it asked for last.
pub struct Room {
    /// The machine.
    pub watch: Watch,
    /// The clock.
    pub now: Timestamp,
    /// What it asked for last.
    pub wake_at: Option<Timestamp>,
}

pub fn stored(next_uid: u32) -> Option<Cursor> {
    Some(Cursor {
        uid_validity: 1,
        next_uid,
    })
}

pub fn facts(uid_validity: u32, uid_next: u32) -> Input {
    Input::Opened(Opened {
        uid_validity: Some(uid_validity),
        uid_next: Some(uid_next),
    })
}

pub fn connected() -> Input {
    Input::Connected {
        idle: true,
        notify: false,
    }
}

pub fn headers(uids: &[u32]) -> Output {
    Output::FetchHeaders(Uids::Exactly(uids.to_vec()))
}

pub fn headers_from(uid: u32) -> Output {
    Output::FetchHeaders(Uids::From(uid))
}

pub fn began(first_start: bool) -> Output {
    Output::CatchUpBegan {
        folder: INBOX.to_owned(),
        first_start,
    }
}

pub fn ended() -> Output {
    Output::CatchUpEnded {
        folder: INBOX.to_owned(),
    }
}

pub fn open(folder: &str) -> Output {
    Output::Open {
        folder: folder.to_owned(),
    }
}

pub fn mail(uid: u32, next_uid: u32) -> Output {
    Output::HandOver {
        folder: INBOX.to_owned(),
        uid,
        cursor: Cursor {
            uid_validity: 1,
            next_uid,
        },
    }
}

pub fn moved(uid_validity: u32, next_uid: u32) -> Output {
    Output::MoveCursor {
        folder: INBOX.to_owned(),
        cursor: Cursor {
            uid_validity,
            next_uid,
        },
    }
}

pub fn from(uid: u32) -> Output {
    Output::Fetch(Uids::From(uid))
}

pub fn exactly(uids: &[u32]) -> Output {
    Output::Fetch(Uids::Exactly(uids.to_vec()))
}

impl Room {
    pub fn new(folders: &[(&str, Option<Cursor>)], policy: Policy) -> Self {
        let now = "2026-11-22T03:00:00Z".parse().unwrap();
        let folders = folders
            .iter()
            .map(|(name, cursor)| ((*name).to_owned(), *cursor));
        Self {
            watch: Watch::new("home".to_owned(), folders, policy, 1, now),
            now,
            wake_at: None,
        }
    }

    /// Feeds one fact; the reports for `status` are left out.
    pub fn feed(&mut self, input: Input) -> Vec<Output> {
        let Step { outputs, wake_at } = self.watch.step(self.now, input);
        self.wake_at = wake_at;
        let told = |it: &Output| !matches!(it, Output::Report(_));
        outputs.into_iter().filter(told).collect()
    }

    pub fn fetched(&mut self, uid: u32) -> Vec<Output> {
        let arrived_at = self.now;
        self.feed(Input::Fetched {
            uid,
            arrived_at,
            wanted: false,
        })
    }

    pub fn headed(&mut self, uid: u32, wanted: bool) -> Vec<Output> {
        self.feed(Input::Headed(Header {
            uid,
            arrived_at: self.now,
            size: 1_000,
            wanted,
        }))
    }

    /// Moves the clock to the next wake and ticks; how long that was.
    pub fn sleep(&mut self) -> (SignedDuration, Vec<Output>) {
        let at = self.wake_at.expect("nothing to wait for");
        assert!(at > self.now, "a wake in the past would spin");
        let slept = at.duration_since(self.now);
        self.now = at;
        (slept, self.feed(Input::Tick))
    }

    pub fn pass(&mut self, time: SignedDuration) {
        self.now = self.now.checked_add(time).unwrap();
    }

    /// From the beginning to IDLE, with nothing new.
    pub fn idle(folders: &[(&str, Option<Cursor>)]) -> Self {
        let mut room = Self::new(folders, Policy::default());
        assert_eq!(room.feed(Input::Tick), [Output::Connect]);
        room.come_back();
        room
    }

    /// From a connect that was asked for to IDLE, with nothing new.
    pub fn come_back(&mut self) -> Vec<Output> {
        assert_eq!(self.feed(connected()), [open(INBOX)]);
        assert_eq!(self.feed(facts(1, 5)), [began(false), from(5)]);
        let out = self.feed(Input::FetchEnded);
        assert_eq!(out.first(), Some(&ended()));
        assert_eq!(out.last(), Some(&Output::Idle));
        out
    }
}

pub fn minutes(count: i64) -> SignedDuration {
    SignedDuration::from_mins(count)
}

pub fn seconds(count: i64) -> SignedDuration {
    SignedDuration::from_secs(count)
}
