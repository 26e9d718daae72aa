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
use mailward::engine::watch::input::{Header, Input, LinkError, Opened};
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
        any::<(bool, bool)>().prop_map(|(idle, notify)| Input::Connected { idle, notify }),
        opened.clone().prop_map(Input::Opened),
        opened.prop_map(Input::Checked),
        Just(Input::FolderMissing),
        Just(Input::FolderRefused),
        proptest::collection::vec(1..20_u32, 0..6).prop_map(|uids| Input::Found { uids }),
        (1..20_u32, 1_790_000_000_i64..1_796_000_000, any::<bool>()).prop_map(
            |(uid, at, wanted)| Input::Fetched {
                uid,
                arrived_at: Timestamp::from_second(at).unwrap(),
                wanted,
            }
        ),
        (1..20_u32, 1_790_000_000_i64..1_796_000_000, any::<bool>()).prop_map(
            |(uid, at, wanted)| Input::Headed(Header {
                uid,
                arrived_at: Timestamp::from_second(at).unwrap(),
                size: 5_000_000,
                wanted,
            })
        ),
        Just(Input::Expunged),
        proptest::collection::vec(1..20_u32, 0..6).prop_map(|uids| Input::Present { uids }),
        proptest::collection::vec(1..20_u32, 0..6).prop_map(|gone| Input::Sought { gone }),
        Just(Input::Notifying),
        Just(Input::NotifyRefused),
        proptest::option::of(1..20_u32).prop_map(|uid_next| Input::Told {
            folder: "Junk".to_owned(),
            facts: Opened {
                uid_validity: None,
                uid_next
            },
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
        let mut headers: std::collections::BTreeSet<u32> = std::collections::BTreeSet::new();
        for (input, pause) in inputs {
            room.pass(seconds(pause));
            // The whole message takes the place of its header.
            let came = match &input {
                Input::Fetched { uid, .. } => {
                    headers.remove(uid);
                    Some(*uid)
                }
                Input::Headed(header) => {
                    headers.insert(header.uid);
                    Some(header.uid)
                }
                _ => None,
            };
            if let Some(uid) = came.filter(|uid| !held.contains(uid)) {
                held.push(uid);
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
                        headers.remove(&uid);
                    }
                    Output::HangUp => prop_assert_eq!(&open, &None),
                    _ => {}
                }
            }
            // At most the one that waits for a second one, and headers whose bodies are awaited.
            let whole = held.iter().filter(|uid| !headers.contains(uid)).count();
            prop_assert!(whole <= 20, "{:?}", held);
            prop_assert!(!hung_up || held.is_empty());
            let next = room.feed(Input::Tick);
            drop(next);
            prop_assert!(room.wake_at.is_none_or(|at| at > room.now));
        }
    }
}
