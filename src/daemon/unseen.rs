//! What came into a mailbox while the person had been told that nobody could see it.

use std::collections::BTreeMap;

use crate::engine::alert::{Health, Missed};

/// The accounts that cannot be seen, with the signals that were read there since that was told.
#[derive(Debug, Default)]
pub(crate) struct Unseen(BTreeMap<String, u32>);

impl Unseen {
    /// A mail of this account is a signal.
    pub(crate) fn signal(&mut self, account: &str) {
        if let Some(signals) = self.0.get_mut(account) {
            *signals = signals.saturating_add(1);
        }
    }

    /// Takes what a watch tells of itself; its recovery then says what the mails were, too.
    pub(crate) fn told(&mut self, health: Health) -> Health {
        match health {
            Health::LoginRefused { ref account, .. } | Health::Blind { ref account, .. } => {
                self.0.insert(account.clone(), 0);
                health
            }
            Health::Recovered {
                account,
                since,
                missed,
            } => {
                let signals = self.0.remove(&account).unwrap_or(0);
                Health::Recovered {
                    account,
                    since,
                    missed: missed.map(|missed| Missed { signals, ..missed }),
                }
            }
            Health::FolderGone { .. }
            | Health::MessageSkipped { .. }
            | Health::ChannelFailed { .. }
            | Health::StoreFailed
            | Health::ClockWrong
            | Health::Unreachable => health,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account() -> String {
        "home".to_owned()
    }

    fn recovered(signals: u32) -> Health {
        Health::Recovered {
            account: account(),
            since: jiff::Timestamp::UNIX_EPOCH,
            missed: Some(Missed { mails: 5, signals }),
        }
    }

    #[test]
    fn only_what_came_between_blindness_and_sight_is_counted() {
        let mut unseen = Unseen::default();
        unseen.signal("home");
        unseen.told(Health::Blind {
            account: account(),
            since: None,
            refused: false,
        });
        unseen.signal("home");
        unseen.signal("work");
        unseen.signal("home");
        assert_eq!(unseen.told(recovered(0)), recovered(2));
        unseen.signal("home");
        assert_eq!(unseen.told(recovered(0)), recovered(0));
    }
}
