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

/// What lies at the link for a UID: as the session holds it.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Lies {
    Whole,
    /// A header that is enough.
    Header,
    /// A header whose body is to be asked for.
    Awaiting,
}

/// The mails that the link holds until they are handed over or discarded.
#[derive(Debug, Default)]
struct Held {
    mails: Vec<(u32, Lies)>,
    /// Headers that gave way to their bodies.
    gave_way: Vec<u32>,
}

impl Held {
    fn came(&mut self, input: &Input) {
        match input {
            Input::Fetched { uid, .. } => {
                let awaiting = (*uid, Lies::Awaiting);
                if self.mails.contains(&awaiting) {
                    self.mails.retain(|it| *it != awaiting);
                    self.gave_way.push(*uid);
                }
                self.mails.push((*uid, Lies::Whole));
            }
            Input::Headed(header) if header.wanted => {
                self.mails.push((header.uid, Lies::Awaiting));
            }
            Input::Headed(header) => self.mails.push((header.uid, Lies::Header)),
            _ => {}
        }
    }

    /// Takes the first one of this UID, as the session does.
    fn take(&mut self, uid: u32) -> Option<Lies> {
        let at = self.mails.iter().position(|it| it.0 == uid)?;
        Some(self.mails.remove(at).1)
    }

    /// Whether a body came in its place, once for each.
    fn gave_way(&mut self, uid: u32) -> bool {
        let at = self.gave_way.iter().position(|it| *it == uid);
        at.map(|at| self.gave_way.remove(at)).is_some()
    }

    fn whole(&self) -> usize {
        let whole = self.mails.iter().filter(|it| it.1 == Lies::Whole);
        whole.count()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever a server does in whatever order, and however often it says the same: catch-ups nest properly, what
    /// came is handed over or discarded exactly once, never a header whose body is awaited, and the watch never wakes
    /// in the past.
    #[test]
    fn any_order_of_facts_keeps_the_promises(
        inputs in proptest::collection::vec((any_input(), 0..400_i64), 1..200),
        headers_from in prop_oneof![Just(0_usize), Just(32)],
    ) {
        let policy = Policy { headers_from, ..Policy::default() };
        let mut room = Room::new(&[(INBOX, stored(5)), ("Junk", None)], policy);
        let mut open: Option<String> = None;
        let mut held = Held::default();
        for (input, pause) in inputs {
            room.pass(seconds(pause));
            held.came(&input);
            let hung_up = matches!(input, Input::Lost(_));
            for output in room.feed(input) {
                match output {
                    Output::CatchUpBegan { folder, .. } => {
                        prop_assert_eq!(open.replace(folder), None);
                    }
                    Output::CatchUpEnded { folder } => prop_assert_eq!(open.take(), Some(folder)),
                    Output::HandOver { uid, .. } => {
                        let taken = held.take(uid);
                        prop_assert!(matches!(taken, Some(Lies::Whole | Lies::Header)), "{:?}", taken);
                    }
                    Output::Discard { uid } => {
                        prop_assert!(held.take(uid).is_some() || held.gave_way(uid));
                    }
                    Output::HangUp => prop_assert_eq!(&open, &None),
                    _ => {}
                }
            }
            // At most the one that waits for a second one, and headers whose bodies are awaited.
            prop_assert!(held.whole() <= 20, "{:?}", held);
            prop_assert!(!hung_up || held.mails.is_empty());
            let next = room.feed(Input::Tick);
            drop(next);
            prop_assert!(room.wake_at.is_none_or(|at| at > room.now));
        }
    }
}
