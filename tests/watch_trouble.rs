//! When to retry, complain and recover, with a clock that the test moves.
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
use mailward::engine::alert::{Health, Missed};
use mailward::engine::watch::input::{Input, LinkError, Opened};
use mailward::engine::watch::output::{Activity, Note, Output};
use mailward::engine::watch::policy::Policy;

use crate::support::room::{
    CLOSED, INBOX, Room, began, connected, ended, exactly, facts, from, mail, minutes, open,
    seconds, stored,
};

mod support;

#[test]
fn waits_grow_to_80_seconds_and_connects_that_lead_nowhere_are_one_a_minute() {
    let mut room = Room::new(&[(INBOX, stored(5))], Policy::default());
    room.feed(Input::Tick);
    let mut longest = SignedDuration::ZERO;
    for _ in 0..12 {
        room.feed(Input::Lost(LinkError::Network("")));
        let before = room.now;
        while !room.sleep().1.contains(&Output::Connect) {}
        longest = longest.max(room.now.duration_since(before));
    }
    assert!((seconds(40)..=seconds(80)).contains(&longest), "{longest}");

    // The login works, opening the folder does not.
    let mut room = Room::new(&[(INBOX, stored(5))], Policy::default());
    room.feed(Input::Tick);
    let start = room.now;
    for _ in 0..20 {
        room.feed(connected());
        room.feed(CLOSED);
        while !room.sleep().1.contains(&Output::Connect) {}
    }
    assert!(room.now.duration_since(start) >= minutes(18));
}

#[test]
fn after_a_good_session_the_first_retry_comes_within_two_seconds() {
    let mut room = Room::idle(&[(INBOX, stored(5))]);
    for _ in 0..30 {
        room.pass(minutes(3));
        assert_eq!(room.feed(Input::Heard), []);
    }
    assert_eq!(room.feed(CLOSED), [Output::HangUp]);
    let (slept, out) = room.sleep();
    assert!(slept <= seconds(2), "{slept}");
    assert_eq!(out, [Output::Connect]);
}

#[test]
fn a_refused_login_is_retried_slowly_and_told_once_at_the_second_refusal() {
    let mut room = Room::new(&[(INBOX, stored(5))], Policy::default());
    room.feed(Input::Tick);
    let refusal = Input::Lost(LinkError::Refused { token: false });
    assert_eq!(room.feed(refusal.clone()), [Output::HangUp]);
    let mut told = Vec::new();
    let start = room.now;
    for _ in 0..30 {
        loop {
            let (_, out) = room.sleep();
            told.extend(
                out.iter()
                    .filter(|it| matches!(it, Output::Health(_)))
                    .cloned(),
            );
            if out.contains(&Output::Connect) {
                break;
            }
        }
        told.extend(
            room.feed(refusal.clone())
                .into_iter()
                .filter(|it| matches!(it, Output::Health(_))),
        );
    }
    // 7.5 to 60 minutes each: no provider locks an account for that.
    let spent = room.now.duration_since(start);
    assert!(spent >= minutes(14 * 60), "{spent}");
    assert_eq!(told.len(), 1, "{told:?}");
    // Sight returns.
    while !room.sleep().1.contains(&Output::Connect) {}
    let out = room.come_back();
    assert!(
        out.iter()
            .any(|it| matches!(it, Output::Health(Health::Recovered { .. })))
    );
}

#[test]
fn a_first_start_tells_a_refused_login_at_once() {
    let mut room = Room::new(&[(INBOX, None)], Policy::default());
    room.feed(Input::Tick);
    let refusal = Input::Lost(LinkError::Refused { token: false });
    let told = Output::Health(Health::LoginRefused {
        account: "home".to_owned(),
        sign_in: false,
    });
    assert_eq!(room.feed(refusal), [Output::HangUp, told]);
}

#[test]
fn blindness_is_told_once_after_15_minutes_and_so_is_its_end() {
    let mut room = Room::idle(&[(INBOX, stored(5))]);
    let last_seen = room.now;
    room.feed(CLOSED);
    let mut told = Vec::new();
    while room.now.duration_since(last_seen) < minutes(60) {
        let (_, out) = room.sleep();
        for output in out {
            match output {
                Output::Connect => drop(room.feed(Input::Lost(LinkError::Timeout("x")))),
                Output::Health(health) => told.push((room.now, health)),
                _ => {}
            }
        }
    }
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].0.duration_since(last_seen), minutes(15));
    let blind = Health::Blind {
        account: "home".to_owned(),
        since: Some(last_seen),
        refused: false,
    };
    assert_eq!(told[0].1, blind);
    while !room.sleep().1.contains(&Output::Connect) {}
    assert_eq!(room.feed(connected()), [open(INBOX)]);
    assert_eq!(room.feed(facts(1, 8)), [began(false), from(5)]);
    for uid in 5..8 {
        assert_eq!(room.fetched(uid), [mail(uid, uid + 1)]);
    }
    // It says what came in between.
    let recovered = Output::Health(Health::Recovered {
        account: "home".to_owned(),
        since: last_seen,
        missed: Some(Missed {
            mails: 3,
            signals: 0,
        }),
    });
    assert_eq!(
        room.feed(Input::FetchEnded),
        [ended(), recovered, Output::Idle]
    );
}

#[test]
fn a_server_that_refuses_for_15_minutes_is_told_as_refusing_not_as_out_of_reach() {
    let mut room = Room::idle(&[(INBOX, stored(5))]);
    room.feed(CLOSED);
    let mut told = Vec::new();
    while told.is_empty() {
        for output in room.sleep().1 {
            match output {
                Output::Connect => {
                    drop(room.feed(Input::Lost(LinkError::Busy("too many connections"))));
                }
                Output::Health(health) => told.push(health),
                _ => {}
            }
        }
    }
    let refuses = |it: &Health| matches!(it, Health::Blind { refused: true, .. });
    assert!(told.iter().all(refuses), "{told:?}");
}

#[test]
fn a_quiet_night_in_idle_is_not_blind() {
    let mut room = Room::idle(&[(INBOX, stored(5))]);
    let start = room.now;
    let mut renewals = 0;
    while room.now.duration_since(start) < SignedDuration::from_hours(24) {
        let (_, out) = room.sleep();
        assert_eq!(out, [Output::Done]);
        assert_eq!(room.feed(Input::IdleEnded), [from(5)]);
        assert_eq!(room.feed(Input::FetchEnded), [Output::Idle]);
        renewals += 1;
    }
    assert_eq!(renewals, 288);
}

#[test]
fn a_clock_that_jumps_connects_at_once_from_any_state() {
    let mut room = Room::idle(&[(INBOX, stored(5))]);
    room.pass(SignedDuration::from_hours(8));
    let jumped = [Output::HangUp, Output::Note(Note::Resumed), Output::Connect];
    assert_eq!(room.feed(Input::Resumed), jumped);
    room.come_back();
    room.feed(CLOSED);
    // Back by a day, as when a wrong clock is set: no timer may wait for tomorrow.
    room.pass(SignedDuration::from_hours(-24));
    assert_eq!(
        room.feed(Input::Resumed),
        [Output::Note(Note::Resumed), Output::Connect]
    );
    room.come_back();
}

#[test]
fn a_mail_that_was_not_stored_comes_again_from_the_stored_cursor() {
    let mut room = Room::idle(&[(INBOX, stored(5))]);
    room.feed(Input::Doorbell);
    room.feed(Input::IdleEnded);
    room.fetched(5);
    room.fetched(6);
    room.feed(Input::FetchEnded);
    let folder = INBOX.to_owned();
    let cursor = stored(6).unwrap();
    assert_eq!(room.feed(Input::Stored { folder, cursor }), []);
    let out = room.feed(Input::NotStored);
    assert_eq!(out, [Output::HangUp, Output::ForgetUnstored]);
    assert_eq!(room.sleep().1, [Output::Connect]);
    room.feed(connected());
    assert_eq!(room.feed(facts(1, 7)), [began(false), from(6)]);
}

#[test]
fn a_folder_that_is_gone_is_told_once_and_found_again() {
    let mut room = Room::new(
        &[(INBOX, stored(5)), ("Junk", stored(9))],
        Policy::default(),
    );
    room.feed(Input::Tick);
    room.feed(connected());
    room.feed(facts(1, 5));
    room.feed(Input::FetchEnded);
    let gone = Output::Health(Health::FolderGone {
        account: "home".to_owned(),
        folder: "Junk".to_owned(),
    });
    assert_eq!(room.feed(Input::FolderMissing), [gone.clone(), open(INBOX)]);
    room.feed(facts(1, 5));
    room.feed(Input::FetchEnded);
    for _ in 0..10 {
        room.sleep();
        room.feed(Input::IdleEnded);
        room.feed(Input::FetchEnded);
        assert_eq!(room.feed(Input::FolderMissing), [Output::Idle]);
    }
    room.sleep();
    room.feed(Input::IdleEnded);
    room.feed(Input::FetchEnded);
    let back = Opened {
        uid_validity: Some(1),
        uid_next: Some(9),
    };
    assert_eq!(room.feed(Input::Checked(back)), [open("Junk")]);
}

#[test]
fn without_any_folder_the_account_is_blind_and_says_so() {
    let mut room = Room::new(&[(INBOX, stored(5))], Policy::default());
    room.feed(Input::Tick);
    room.feed(connected());
    let out = room.feed(Input::FolderMissing);
    assert!(
        matches!(out[0], Output::Health(Health::FolderGone { .. })),
        "{out:?}"
    );
    assert_eq!(out[1], Output::HangUp);
    assert!(room.wake_at.is_some());
}

#[test]
fn stop_ends_everything_in_any_state() {
    let mut room = Room::idle(&[(INBOX, stored(5))]);
    assert_eq!(room.feed(Input::Stop), [Output::Logout, Output::Finished]);
    assert_eq!(room.wake_at, None);
    assert_eq!(room.feed(CLOSED), []);
    assert_eq!(room.feed(Input::Stop), []);
}

#[test]
fn the_state_for_status_says_why_and_until_when() {
    let mut room = Room::idle(&[(INBOX, stored(5))]);
    let step = room.watch.step(room.now, CLOSED);
    let state = step.outputs.iter().find_map(|it| match it {
        Output::Report(state) => Some(state.clone()),
        _ => None,
    });
    let state = state.unwrap();
    assert_eq!(state.activity, Activity::Waiting);
    assert_eq!(
        state.last_error.as_deref(),
        Some("the server closed the connection")
    );
    assert_eq!(state.last_contact, Some(room.now));
    assert!(state.next_try > Some(room.now));
}

/// Connects, finds mail 5 and 6, and fails at 5 whenever it is asked for; how long until it is passed over.
fn until_passed_over(error: LinkError) -> (usize, SignedDuration) {
    let mut room = Room::new(&[(INBOX, stored(5))], Policy::default());
    room.feed(Input::Tick);
    let start = room.now;
    for tries in 1..1000 {
        room.feed(connected());
        let mut out = room.feed(facts(1, 7));
        if out.contains(&(Output::List { from: 5 })) {
            out = room.feed(Input::Found { uids: vec![5, 6] });
            assert_eq!(out, [exactly(&[5])]);
        }
        let out = room.feed(Input::Lost(error));
        let moved = out
            .iter()
            .position(|it| matches!(it, Output::MoveCursor { cursor, .. } if cursor.next_uid == 6));
        if let Some(moved) = moved {
            let told = out
                .iter()
                .position(|it| matches!(it, Output::Health(Health::MessageSkipped { .. })));
            // Before the cursor, so that both are stored together.
            assert!(told.is_some_and(|told| told < moved), "{out:?}");
            return (tries, room.now.duration_since(start));
        }
        while !room.sleep().1.contains(&Output::Connect) {}
    }
    panic!("never");
}

#[test]
fn an_unreadable_message_is_passed_over_at_the_third_try() {
    let (tries, _) = until_passed_over(LinkError::Protocol("x"));
    assert_eq!(tries, 3);
}

#[test]
fn a_message_at_which_the_server_hangs_up_is_passed_over_only_after_minutes() {
    for error in [
        LinkError::Closed,
        LinkError::Busy("x"),
        LinkError::Timeout("x"),
    ] {
        let (tries, time) = until_passed_over(error);
        assert!(tries >= 6, "{error:?}: {tries}");
        assert!(
            (minutes(10)..minutes(40)).contains(&time),
            "{error:?}: {time}"
        );
    }
}
