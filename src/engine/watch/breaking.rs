//! The end of a connection: what it was doing ends with it, and a message at which it keeps breaking is passed over.

use jiff::Timestamp;

use crate::engine::alert::Health;
use crate::engine::watch::folder::Blame;
use crate::engine::watch::input::LinkError;
use crate::engine::watch::online::Phase;
use crate::engine::watch::output::{Note, Output};
use crate::engine::watch::{State, Watch};

impl Watch {
    /// Ends whatever the connection was doing; a message at which it keeps breaking is passed over.
    pub(crate) fn break_off(&mut self, now: Timestamp, error: LinkError, out: &mut Vec<Output>) {
        if let State::Online(online) = &mut self.state
            && let Phase::Fetching(fetch) | Phase::Finding(fetch) = &mut online.phase
            && let Some(folder) = self.folders.get_mut(fetch.folder)
        {
            let blame = match error {
                LinkError::Protocol(_) => Some(Blame::Unreadable),
                LinkError::Network(_)
                | LinkError::Timeout(_)
                | LinkError::Closed
                | LinkError::Busy(_) => Some(Blame::Loss),
                LinkError::Tls(_)
                | LinkError::Refused { .. }
                | LinkError::Secret
                | LinkError::SignIn
                | LinkError::Unsupported(_) => None,
            };
            let (uid, alone) = fetch.suspect(folder);
            let skipped =
                blame.and_then(|blame| folder.failed(now, (uid, alone), blame, &self.policy));
            if let Some(cursor) = skipped {
                let name = folder.name.clone();
                out.push(Output::Note(Note::Skipped {
                    folder: name.clone(),
                    uid,
                }));
                // Told first, so that the cursor can be stored with the alert and never without it.
                out.push(Output::Health(Health::MessageSkipped {
                    account: self.account.clone(),
                    folder: name.clone(),
                    count: 1,
                }));
                out.push(Output::MoveCursor {
                    folder: name,
                    cursor,
                });
            }
            fetch.close(folder, out);
        }
        out.push(Output::HangUp);
    }
}
