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
use mailward::engine::watch::input::{Input, LinkError, Opened};
use mailward::engine::watch::output::{Note, Output};
use mailward::engine::watch::policy::Policy;

use crate::support::room::{
    CLOSED, INBOX, Room, began, connected, ended, exactly, facts, from, headers, mail, minutes,
    moved, stored,
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
fn of_a_list_the_cursor_stands_before_the_first_mail_that_is_awaited() {
    let mut room = Room::new(&[(INBOX, None)], Policy::default());
    room.feed(Input::Tick);
    room.feed(connected());
    room.feed(facts(1, 90));
    let uids = vec![60, 70, 80];
    assert_eq!(room.feed(Input::Found { uids }), [exactly(&[60, 70, 80])]);
    assert_eq!(room.fetched(70), [mail(70, 60)]);
    assert_eq!(room.fetched(60), [mail(60, 71)]);
    assert_eq!(room.fetched(80), [mail(80, 81)]);
}

#[test]
fn a_first_start_looks_back_72_hours_in_one_catch_up_over_all_batches() {
    let policy = Policy {
        batch: 2,
        ..Policy::default()
    };
    let mut room = Room::new(&[(INBOX, None)], policy);
    room.feed(Input::Tick);
    room.feed(connected());
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
        wanted: true,
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
    room.feed(connected());
    room.feed(facts(1, 90));
    room.feed(Input::Found { uids: vec![60, 70] });
    assert_eq!(room.fetched(60), [mail(60, 61)]);
    assert_eq!(room.feed(CLOSED), [ended(), Output::HangUp]);
    assert_eq!(room.sleep().1, [Output::Connect]);
    room.feed(connected());
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
    room.feed(connected());
    let nothing = Input::Opened(Opened::default());
    assert_eq!(room.feed(nothing), [began(false), from(5)]);
    room.feed(CLOSED);
    room.sleep();
    room.feed(connected());
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
    room.feed(connected());
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
    room.feed(connected());
    assert_eq!(
        room.feed(facts(1, 2005)),
        [began(false), Output::List { from: 5 }]
    );
    let uids: Vec<u32> = (4..1205).collect();
    let [first, second, last] =
        [5..505, 505..1005, 1005..1205].map(|batch| headers(&batch.collect::<Vec<u32>>()));
    // One batch is asked for ahead of the answers, never more.
    assert_eq!(room.feed(Input::Found { uids }), [first, second]);
    assert_eq!(room.feed(Input::FetchEnded), [last]);
    assert_eq!(room.feed(Input::FetchEnded), []);
    assert_eq!(room.feed(Input::FetchEnded), [ended(), Output::Idle]);
}

#[test]
fn of_many_mails_only_the_wanted_bodies_are_fetched_and_all_are_handed_over_in_order() {
    let policy = Policy {
        headers_from: 3,
        bodies_at_once: 2,
        bodies_bytes: 2_500,
        ..Policy::default()
    };
    let mut room = Room::new(&[(INBOX, stored(5))], policy);
    room.feed(Input::Tick);
    room.feed(connected());
    room.feed(facts(1, 14));
    let uids: Vec<u32> = (5..13).collect();
    assert_eq!(
        room.feed(Input::Found { uids: uids.clone() }),
        [headers(&uids)]
    );
    // Out of order, as a server may; 8, 9, 11 and 12 may match a rule, and 10 is gone by now.
    for (uid, wanted) in [
        (9, true),
        (5, false),
        (6, false),
        (8, true),
        (7, false),
        (12, true),
        (11, true),
    ] {
        assert_eq!(room.headed(uid, wanted), []);
    }
    // A header cannot be handed over before what stands below it: no cursor may pass a mail that is still to come.
    // The bodies are asked for first, so that the server works while the mails are handed over.
    assert_eq!(
        room.feed(Input::FetchEnded),
        [
            exactly(&[8, 9]),
            exactly(&[11, 12]),
            mail(5, 6),
            mail(6, 7),
            mail(7, 8)
        ]
    );
    assert_eq!(room.fetched(9), []);
    assert_eq!(room.fetched(8), [mail(8, 9), mail(9, 10)]);
    assert_eq!(room.feed(Input::FetchEnded), []);
    // One of the bodies never comes: the mail was deleted meanwhile.
    assert_eq!(room.fetched(12), []);
    assert_eq!(
        room.feed(Input::FetchEnded),
        [
            Output::Discard { uid: 11 },
            mail(12, 13),
            ended(),
            Output::Idle
        ]
    );
}

#[test]
fn a_catch_up_that_breaks_off_between_headers_and_bodies_goes_on_at_the_first_missing_body() {
    let policy = Policy {
        headers_from: 1,
        ..Policy::default()
    };
    let mut room = Room::new(&[(INBOX, stored(5))], policy);
    room.feed(Input::Tick);
    room.feed(connected());
    room.feed(facts(1, 9));
    room.feed(Input::Found {
        uids: vec![5, 6, 7, 8],
    });
    for (uid, wanted) in [(5, false), (6, true), (7, false), (8, true)] {
        room.headed(uid, wanted);
    }
    assert_eq!(room.feed(Input::FetchEnded), [exactly(&[6, 8]), mail(5, 6)]);
    let out = room.feed(CLOSED);
    assert!(!out.contains(&mail(7, 8)), "{out:?}");
    assert_eq!(room.sleep().1, [Output::Connect]);
    room.feed(connected());
    assert_eq!(
        room.feed(facts(1, 9)),
        [began(false), Output::List { from: 6 }]
    );
}

/// A catch-up over mails 5 to 10 in batches of two headers and one body.
fn in_small_batches() -> Room {
    let policy = Policy {
        batch: 2,
        headers_from: 1,
        bodies_at_once: 1,
        ..Policy::default()
    };
    let mut room = Room::new(&[(INBOX, stored(5))], policy);
    room.feed(Input::Tick);
    room.feed(connected());
    room.feed(facts(1, 11));
    let uids = (5..11).collect();
    assert_eq!(
        room.feed(Input::Found { uids }),
        [headers(&[5, 6]), headers(&[7, 8])]
    );
    room
}

#[test]
fn what_a_later_command_brings_first_is_handed_over_in_its_turn() {
    let mut room = in_small_batches();
    for (uid, wanted) in [(8, true), (7, false), (6, false)] {
        assert_eq!(room.headed(uid, wanted), []);
    }
    // 5 is gone. 7 and 8 wait for the end of their own command, whose other headers may still come.
    assert_eq!(room.feed(Input::FetchEnded), [exactly(&[8]), mail(6, 7)]);
    assert_eq!(room.fetched(8), []);
    assert_eq!(
        room.feed(Input::FetchEnded),
        [headers(&[9, 10]), mail(7, 8), mail(8, 9)]
    );
    assert_eq!(room.feed(Input::FetchEnded), []);
    assert_eq!(room.headed(9, false), []);
    assert_eq!(
        room.feed(Input::FetchEnded),
        [mail(9, 10), ended(), Output::Idle]
    );
}

#[test]
fn with_two_commands_on_their_way_a_break_costs_nothing_and_the_first_is_to_blame() {
    let mut room = in_small_batches();
    for uid in 5..9 {
        room.headed(uid, false);
    }
    assert_eq!(
        room.feed(Input::FetchEnded),
        [headers(&[9, 10]), mail(5, 6), mail(6, 7)]
    );
    // The second command broke off, though all that it asked for came.
    room.feed(Input::Lost(LinkError::Protocol("a line is too long")));
    assert_eq!(room.sleep().1, [Output::Connect]);
    room.feed(connected());
    assert_eq!(
        room.feed(facts(1, 11)),
        [began(false), Output::List { from: 7 }]
    );
    // After an answer that could not be read each message is asked for alone, and nothing ahead of it.
    assert_eq!(
        room.feed(Input::Found {
            uids: (7..11).collect()
        }),
        [exactly(&[7])]
    );
    assert_eq!(room.fetched(7), [mail(7, 8)]);
    assert_eq!(room.feed(Input::FetchEnded), [exactly(&[8])]);
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
