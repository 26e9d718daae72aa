//! Further folders, and mails that go away at once, with a clock that the test moves.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm,
    missing_docs,
    reason = "a test may panic, and looks at a few outputs only"
)]

use mailward::engine::watch::input::{Input, Opened};
use mailward::engine::watch::output::{Note, Output};
use mailward::engine::watch::policy::Policy;

use crate::support::room::{
    INBOX, Room, connected, ended, facts, from, minutes, open, seconds, stored,
};

mod support;

#[test]
fn other_folders_are_checked_between_two_idles_and_opened_only_for_news() {
    let junk = "Junk";
    let mut room = Room::new(&[(INBOX, stored(5)), (junk, stored(9))], Policy::default());
    room.feed(Input::Tick);
    assert_eq!(room.feed(connected()), [open(INBOX)]);
    room.feed(facts(1, 5));
    assert_eq!(room.feed(Input::FetchEnded), [ended(), open(junk)]);
    room.feed(facts(1, 9));
    assert_eq!(room.feed(Input::FetchEnded).last(), Some(&open(INBOX)));
    assert_eq!(room.feed(facts(1, 5)), [from(5)]);
    assert_eq!(room.feed(Input::FetchEnded), [Output::Idle]);
    assert_eq!(room.sleep(), (seconds(45), vec![Output::Done]));
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

#[test]
fn a_server_that_tells_of_other_folders_is_asked_once_more_and_then_left_to_tell() {
    let junk = "Junk";
    let mut room = Room::new(&[(INBOX, stored(5)), (junk, stored(9))], Policy::default());
    room.feed(Input::Tick);
    room.feed(Input::Connected {
        idle: true,
        notify: true,
    });
    room.feed(facts(1, 5));
    room.feed(Input::FetchEnded);
    room.feed(facts(1, 9));
    room.feed(Input::FetchEnded);
    room.feed(facts(1, 5));
    assert_eq!(room.feed(Input::FetchEnded), [Output::Notify]);
    let same = Opened {
        uid_validity: None,
        uid_next: Some(9),
    };
    let check = Output::Check {
        folder: junk.to_owned(),
    };
    assert_eq!(room.feed(Input::Notifying), [check]);
    assert_eq!(room.feed(Input::Checked(same)), [Output::Idle]);
    let told = |uid_next| Input::Told {
        folder: junk.to_owned(),
        facts: Opened {
            uid_validity: None,
            uid_next: Some(uid_next),
        },
    };
    // A mail that was only read or deleted there is no news.
    assert_eq!(room.feed(told(9)), []);
    assert_eq!(room.feed(told(10)), [Output::Done]);
    room.feed(Input::IdleEnded);
    assert_eq!(room.feed(Input::FetchEnded), [open(junk)]);
    room.feed(facts(1, 10));
    room.feed(Input::FetchEnded);
    room.feed(facts(1, 5));
    assert_eq!(room.feed(Input::FetchEnded), [Output::Idle]);
    // As a rule nothing is asked for before IDLE is renewed.
    assert_eq!(room.sleep().0, minutes(5));
}

#[test]
fn a_server_that_refuses_to_tell_or_stops_telling_is_asked_every_45_seconds() {
    let mut room = Room::new(
        &[(INBOX, stored(5)), ("Junk", stored(9))],
        Policy::default(),
    );
    room.feed(Input::Tick);
    room.feed(Input::Connected {
        idle: true,
        notify: true,
    });
    for next in [5, 9, 5] {
        room.feed(facts(1, next));
        room.feed(Input::FetchEnded);
    }
    let out = room.feed(Input::NotifyRefused);
    assert_eq!(out, [Output::Note(Note::NoNotify), Output::Idle]);
    assert_eq!(room.sleep(), (seconds(45), vec![Output::Done]));
}

/// A room that idles and got two mails just now that a rule may match.
fn with_two_fresh_mails() -> Room {
    let mut room = Room::idle(&[(INBOX, stored(5))]);
    room.feed(Input::Doorbell);
    room.feed(Input::IdleEnded);
    for uid in [5, 6] {
        room.feed(Input::Fetched {
            uid,
            arrived_at: room.now,
            wanted: true,
        });
    }
    assert_eq!(room.feed(Input::FetchEnded).last(), Some(&Output::Idle));
    room
}

#[test]
fn a_mail_that_is_gone_from_every_folder_within_a_minute_has_vanished() {
    let mut room = with_two_fresh_mails();
    room.pass(seconds(20));
    assert_eq!(room.feed(Input::Expunged), [Output::Done]);
    assert_eq!(room.feed(Input::IdleEnded), [from(7)]);
    let look = Output::Look { uids: vec![5, 6] };
    assert_eq!(room.feed(Input::FetchEnded), [look]);
    let seek = Output::Seek {
        folder: INBOX.to_owned(),
        uids: vec![5],
    };
    assert_eq!(room.feed(Input::Present { uids: vec![6] }), [seek]);
    let vanished = Output::Vanished {
        folder: INBOX.to_owned(),
        uid: 5,
    };
    assert_eq!(
        room.feed(Input::Sought { gone: vec![5] }),
        [vanished, open(INBOX)]
    );
    // What is still there is looked after once more, since INBOX was closed meanwhile.
    room.feed(facts(1, 7));
    let look = Output::Look { uids: vec![6] };
    assert_eq!(room.feed(Input::FetchEnded), [look]);
    assert_eq!(room.feed(Input::Present { uids: vec![6] }), [Output::Idle]);
}

#[test]
fn a_mail_that_was_moved_to_another_folder_has_not_vanished() {
    let mut room = with_two_fresh_mails();
    room.feed(Input::Expunged);
    room.feed(Input::IdleEnded);
    room.feed(Input::FetchEnded);
    room.feed(Input::Present { uids: vec![6] });
    assert_eq!(room.feed(Input::Sought { gone: vec![] }), [open(INBOX)]);
}

#[test]
fn a_mail_that_is_deleted_after_a_minute_is_no_fact_and_costs_nothing() {
    let mut room = with_two_fresh_mails();
    room.pass(seconds(61));
    assert_eq!(room.feed(Input::Expunged), []);
}

#[test]
fn after_a_restart_a_fresh_mail_is_looked_after_as_soon_as_the_folder_is_open() {
    let mut room = Room::new(&[(INBOX, stored(7))], Policy::default());
    let arrived_at = room.now.checked_sub(seconds(30)).unwrap();
    room.watch.remember(room.now, INBOX, 6, arrived_at);
    room.feed(Input::Tick);
    room.feed(connected());
    room.feed(facts(1, 7));
    let out = room.feed(Input::FetchEnded);
    assert_eq!(out.last(), Some(&Output::Look { uids: vec![6] }));
}

#[test]
fn what_is_moved_into_a_further_folder_long_after_its_arrival_is_no_news() {
    let archive = "\\Archive";
    let mut room = Room::new(
        &[(INBOX, stored(5)), (archive, stored(9))],
        Policy::default(),
    );
    room.feed(Input::Tick);
    room.feed(connected());
    room.feed(facts(1, 5));
    room.feed(Input::FetchEnded);
    room.feed(facts(1, 10));
    let arrived_at = room.now.checked_sub(minutes(73 * 60)).unwrap();
    let old = Input::Fetched {
        uid: 9,
        arrived_at,
        wanted: true,
    };
    assert_eq!(room.feed(old), [Output::Discard { uid: 9 }]);
    let out = room.feed(Input::FetchEnded);
    let moved = matches!(&out[0], Output::MoveCursor { cursor, .. } if cursor.next_uid == 10);
    assert!(moved, "it is accounted for all the same: {out:?}");
}

#[test]
fn a_use_that_the_server_has_no_folder_for_is_nothing_to_tell_and_one_that_is_gone_is() {
    let junk = "\\Junk";
    for (cursor, told) in [(None, 0), (stored(9), 1)] {
        let mut room = Room::new(&[(INBOX, stored(5)), (junk, cursor)], Policy::default());
        room.feed(Input::Tick);
        room.feed(connected());
        room.feed(facts(1, 5));
        room.feed(Input::FetchEnded);
        let out = room.feed(Input::FolderMissing);
        let health = out.iter().filter(|it| matches!(it, Output::Health(_)));
        assert_eq!(health.count(), told, "{out:?}");
    }
}
