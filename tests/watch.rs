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
    CLOSED, INBOX, Room, began, connected, ended, exactly, facts, from, headers, mail, minutes,
    moved, open, seconds, stored,
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
    let first: Vec<u32> = (5..505).collect();
    assert_eq!(room.feed(Input::Found { uids }), [headers(&first)]);
    assert!(matches!(
        &room.feed(Input::FetchEnded)[..],
        [Output::FetchHeaders(_)]
    ));
    let last: Vec<u32> = (1005..1205).collect();
    assert_eq!(room.feed(Input::FetchEnded), [headers(&last)]);
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
    assert_eq!(
        room.feed(Input::FetchEnded),
        [mail(5, 6), mail(6, 7), mail(7, 8), exactly(&[8, 9])]
    );
    assert_eq!(room.fetched(9), []);
    assert_eq!(room.fetched(8), [mail(8, 9), mail(9, 10)]);
    assert_eq!(room.feed(Input::FetchEnded), [exactly(&[11, 12])]);
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
    assert_eq!(room.feed(Input::FetchEnded), [mail(5, 6), exactly(&[6, 8])]);
    let out = room.feed(CLOSED);
    assert!(!out.contains(&mail(7, 8)), "{out:?}");
    assert_eq!(room.sleep().1, [Output::Connect]);
    room.feed(connected());
    assert_eq!(
        room.feed(facts(1, 9)),
        [began(false), Output::List { from: 6 }]
    );
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
