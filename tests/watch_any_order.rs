//! What the watch promises whatever a server does in whatever order.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm,
    missing_docs,
    reason = "a test may panic, and looks at a few outputs only"
)]

use jiff::Timestamp;
use mailward::engine::watch::input::{Input, LinkError, Opened};
use mailward::engine::watch::output::Output;
use mailward::engine::watch::policy::Policy;
use proptest::prelude::*;

use crate::support::room::{CLOSED, INBOX, Room, seconds, stored};

mod support;

fn any_input() -> impl Strategy<Value = Input> {
    let opened = (
        proptest::option::of(1..3_u32),
        proptest::option::of(1..20_u32),
    )
        .prop_map(|(uid_validity, uid_next)| Opened {
            uid_validity,
            uid_next,
        });
    prop_oneof![
        Just(Input::Tick),
        any::<bool>().prop_map(|idle| Input::Connected { idle }),
        opened.clone().prop_map(Input::Opened),
        opened.prop_map(Input::Checked),
        Just(Input::FolderMissing),
        Just(Input::FolderRefused),
        proptest::collection::vec(1..20_u32, 0..6).prop_map(|uids| Input::Found { uids }),
        (1..20_u32, 0..2_000_000_000_i64).prop_map(|(uid, at)| Input::Fetched {
            uid,
            arrived_at: Timestamp::from_second(at).unwrap()
        }),
        Just(Input::FetchEnded),
        Just(Input::NotStored),
        Just(Input::Doorbell),
        Just(Input::Heard),
        Just(Input::IdleRefused),
        Just(Input::IdleEnded),
        Just(Input::Refreshed),
        Just(Input::Resumed),
        Just(CLOSED),
        Just(Input::Lost(LinkError::Protocol("x"))),
        Just(Input::Lost(LinkError::Refused { token: true })),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever a server does in whatever order: catch-ups nest properly, a message is handed over or discarded
    /// exactly once, and the watch never wakes in the past.
    #[test]
    fn any_order_of_facts_keeps_the_promises(inputs in proptest::collection::vec((any_input(), 0..400_i64), 1..200)) {
        let mut room = Room::new(&[(INBOX, stored(5)), ("Junk", None)], Policy::default());
        let mut open: Option<String> = None;
        let mut held: Vec<u32> = Vec::new();
        for (input, pause) in inputs {
            room.pass(seconds(pause));
            if let Input::Fetched { uid, .. } = &input {
                held.push(*uid);
            }
            let hung_up = matches!(input, Input::Lost(_));
            for output in room.feed(input) {
                match output {
                    Output::CatchUpBegan { folder, .. } => {
                        prop_assert_eq!(open.replace(folder), None);
                    }
                    Output::CatchUpEnded { folder } => prop_assert_eq!(open.take(), Some(folder)),
                    Output::HandOver { uid, .. } | Output::Discard { uid } => {
                        let at = held.iter().position(|it| *it == uid);
                        prop_assert!(at.is_some());
                        held.remove(at.unwrap());
                    }
                    Output::HangUp => prop_assert_eq!(&open, &None),
                    _ => {}
                }
            }
            // At most the one that waits for a second one.
            prop_assert!(held.len() <= 1, "{:?}", held);
            prop_assert!(!hung_up || held.is_empty());
            let next = room.feed(Input::Tick);
            drop(next);
            prop_assert!(room.wake_at.is_none_or(|at| at > room.now));
        }
    }
}
