//! When to fetch, renew and look back, with a clock that the test moves.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm,
    missing_docs,
    reason = "a test may panic, and looks at a few outputs only"
)]

use jiff::SignedDuration;
use mailward::engine::watch::input::{Input, Opened};
use mailward::engine::watch::output::{Note, Output};
use mailward::engine::watch::policy::Policy;

use crate::support::room::{
    CLOSED, INBOX, Room, began, ended, exactly, facts, from, mail, minutes, moved, open, stored,
};

mod support;

#[test]
fn a_doorbell_ends_idle_and_only_the_uid_decides_what_is_new() {
    let mut room = Room::idle(&[(INBOX, stored(5))]);
    assert_eq!(room.feed(Input::Doorbell), [Output::Done]);
    assert_eq!(room.feed(Input::Doorbell), []);
    assert_eq!(room.feed(Input::IdleEnded), [from(5)]);
    assert_eq!(room.fetched(4), [Output::Discard { uid: 4 }]);
    assert_eq!(room.fetched(5), []);
    assert_eq!(room.feed(Input::FetchEnded), [mail(5, 6), Output::Idle]);
    assert_eq!(room.feed(Input::Doorbell), [Output::Done]);
    assert_eq!(room.feed(Input::IdleEnded), [from(6)]);
}

#[test]
fn idle_is_renewed_after_five_minutes_without_a_byte_and_after_25_in_any_case() {
    let mut room = Room::idle(&[(INBOX, stored(5))]);
    assert_eq!(room.sleep(), (minutes(5), vec![Output::Done]));
    assert_eq!(room.feed(Input::IdleEnded), [from(5)]);
    assert_eq!(room.feed(Input::FetchEnded), [Output::Idle]);
    let began = room.now;
    loop {
        room.pass(minutes(2));
        if room.wake_at.unwrap() <= room.now {
            break;
        }
        assert_eq!(room.feed(Input::Heard), []);
    }
    assert_eq!(room.wake_at.unwrap().duration_since(began), minutes(25));
}

#[test]
fn several_mails_at_once_are_a_catch_up_and_one_is_not() {
    let mut room = Room::idle(&[(INBOX, stored(5))]);
    room.feed(Input::Doorbell);
    room.feed(Input::IdleEnded);
    assert_eq!(room.fetched(5), []);
    assert_eq!(room.fetched(6), [began(false), mail(5, 6), mail(6, 7)]);
    assert_eq!(room.fetched(7), [mail(7, 8)]);
    assert_eq!(room.feed(Input::FetchEnded), [ended(), Output::Idle]);
}

#[test]
fn a_first_start_looks_back_72_hours_in_one_catch_up_over_all_batches() {
    let policy = Policy {
        batch: 2,
        ..Policy::default()
    };
    let mut room = Room::new(&[(INBOX, None)], policy);
    room.feed(Input::Tick);
    room.feed(Input::Connected { idle: true });
    let since = room
        .now
        .checked_sub(SignedDuration::from_hours(72))
        .unwrap();
    assert_eq!(
        room.feed(facts(1, 90)),
        [began(true), Output::Search { since }]
    );
    let uids = vec![80, 70, 60];
    assert_eq!(room.feed(Input::Found { uids }), [exactly(&[60, 70])]);
    // The search knows days only; what is a minute too old is not wanted.
    let arrived_at = since.checked_sub(minutes(1)).unwrap();
    let old = Input::Fetched {
        uid: 60,
        arrived_at,
    };
    assert_eq!(room.feed(old), [Output::Discard { uid: 60 }]);
    assert_eq!(room.fetched(70), [mail(70, 71)]);
    assert_eq!(room.feed(Input::FetchEnded), [exactly(&[80])]);
    assert_eq!(room.fetched(80), [mail(80, 81)]);
    assert_eq!(
        room.feed(Input::FetchEnded),
        [moved(1, 90), ended(), Output::Idle]
    );
}

#[test]
fn a_look_back_that_was_cut_short_goes_on_as_a_first_start_without_repeating() {
    let mut room = Room::new(&[(INBOX, None)], Policy::default());
    room.feed(Input::Tick);
    room.feed(Input::Connected { idle: true });
    room.feed(facts(1, 90));
    room.feed(Input::Found { uids: vec![60, 70] });
    assert_eq!(room.fetched(60), [mail(60, 61)]);
    assert_eq!(room.feed(CLOSED), [ended(), Output::HangUp]);
    assert_eq!(room.sleep().1, [Output::Connect]);
    room.feed(Input::Connected { idle: true });
    assert!(room.feed(facts(1, 91)).contains(&began(true)));
    let uids = vec![60, 70];
    assert_eq!(room.feed(Input::Found { uids }), [exactly(&[70])]);
    room.fetched(70);
    assert_eq!(
        room.feed(Input::FetchEnded),
        [moved(1, 91), ended(), Output::Idle]
    );
}

#[test]
fn another_uidvalidity_reads_back_and_a_missing_one_does_not() {
    let mut room = Room::idle(&[(INBOX, stored(5))]);
    room.feed(CLOSED);
    room.sleep();
    room.feed(Input::Connected { idle: true });
    let nothing = Input::Opened(Opened::default());
    assert_eq!(room.feed(nothing), [began(false), from(5)]);
    room.feed(CLOSED);
    room.sleep();
    room.feed(Input::Connected { idle: true });
    let out = room.feed(facts(2, 3));
    assert!(
        matches!(out[0], Output::Note(Note::NewValidity { .. })),
        "{out:?}"
    );
    assert!(matches!(out[2], Output::Search { .. }), "{out:?}");
    assert_eq!(
        room.feed(Input::Found { uids: vec![] }),
        [moved(2, 3), ended(), Output::Idle]
    );
}

#[test]
fn a_uidnext_that_goes_back_reads_back() {
    let mut room = Room::new(&[(INBOX, stored(50))], Policy::default());
    room.feed(Input::Tick);
    room.feed(Input::Connected { idle: true });
    let out = room.feed(facts(1, 10));
    assert!(
        matches!(out[0], Output::Note(Note::UidNextWentBack { .. })),
        "{out:?}"
    );
    assert!(matches!(out[2], Output::Search { .. }), "{out:?}");
    let uids = vec![8, 9];
    assert_eq!(room.feed(Input::Found { uids }), [exactly(&[8, 9])]);
}

#[test]
fn a_long_absence_is_listed_and_fetched_in_batches() {
    let mut room = Room::new(&[(INBOX, stored(5))], Policy::default());
    room.feed(Input::Tick);
    room.feed(Input::Connected { idle: true });
    assert_eq!(
        room.feed(facts(1, 2005)),
        [began(false), Output::List { from: 5 }]
    );
    let uids: Vec<u32> = (4..1205).collect();
    let first: Vec<u32> = (5..505).collect();
    assert_eq!(room.feed(Input::Found { uids }), [exactly(&first)]);
    assert!(matches!(
        &room.feed(Input::FetchEnded)[..],
        [Output::Fetch(_)]
    ));
    let last: Vec<u32> = (1005..1205).collect();
    assert_eq!(room.feed(Input::FetchEnded), [exactly(&last)]);
    assert_eq!(room.feed(Input::FetchEnded), [ended(), Output::Idle]);
}

#[test]
fn a_server_that_rings_after_every_fetch_does_not_keep_the_watch_from_idling() {
    let mut room = Room::idle(&[(INBOX, stored(5))]);
    room.feed(Input::Doorbell);
    assert_eq!(room.feed(Input::IdleEnded), [from(5)]);
    for _ in 0..3 {
        assert_eq!(room.feed(Input::Doorbell), []);
        assert_eq!(room.feed(Input::FetchEnded), [from(5)]);
    }
    room.feed(Input::Doorbell);
    assert_eq!(room.feed(Input::FetchEnded), [Output::Idle]);
}

#[test]
fn other_folders_are_checked_between_two_idles_and_opened_only_for_news() {
    let junk = "Junk";
    let mut room = Room::new(&[(INBOX, stored(5)), (junk, stored(9))], Policy::default());
    room.feed(Input::Tick);
    assert_eq!(room.feed(Input::Connected { idle: true }), [open(INBOX)]);
    room.feed(facts(1, 5));
    assert_eq!(room.feed(Input::FetchEnded), [ended(), open(junk)]);
    room.feed(facts(1, 9));
    assert_eq!(room.feed(Input::FetchEnded).last(), Some(&open(INBOX)));
    assert_eq!(room.feed(facts(1, 5)), [from(5)]);
    assert_eq!(room.feed(Input::FetchEnded), [Output::Idle]);
    assert_eq!(room.sleep(), (minutes(1), vec![Output::Done]));
    room.feed(Input::IdleEnded);
    let check = Output::Check {
        folder: junk.to_owned(),
    };
    assert_eq!(room.feed(Input::FetchEnded), [check]);
    let same = Opened {
        uid_validity: Some(1),
        uid_next: Some(9),
    };
    assert_eq!(room.feed(Input::Checked(same)), [Output::Idle]);
    room.sleep();
    room.feed(Input::IdleEnded);
    room.feed(Input::FetchEnded);
    let more = Opened {
        uid_next: Some(10),
        ..same
    };
    assert_eq!(room.feed(Input::Checked(more)), [open(junk)]);
    assert_eq!(room.feed(facts(1, 10)), [from(9)]);
    // A ring for INBOX cannot be heard meanwhile: it is opened and read again before IDLE.
    assert_eq!(room.feed(Input::FetchEnded), [open(INBOX)]);
    assert_eq!(room.feed(facts(1, 5)), [from(5)]);
}
