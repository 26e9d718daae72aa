//! What a kill may cut off is taken up again; what belongs together is stored together.

use crate::daemon::group::Group;
use crate::daemon::{Daemon, health};
use crate::engine::alert::Health;
use crate::engine::correlator::Input;
use crate::engine::cursor::Cursor;
use crate::io::store::change::Change;

impl Daemon {
    /// The account is read up to the present: a catch-up in which the last run was killed is over too.
    pub(crate) fn caught_up(&mut self, account: &str, group: &mut Group) {
        let person = self.people.person_of(account);
        for folder in self.people.catching_up(account) {
            let inputs = vec![Input::CatchUpEnded { folder }];
            self.join(&person, inputs, Change::default(), group);
        }
    }

    /// Ends the catch-ups of accounts that the configuration does not name any more.
    pub(crate) async fn end_catch_ups_in_vain(&mut self) {
        for (person, folder) in self.people.catching_up_in_vain() {
            let input = Input::CatchUpEnded { folder };
            self.take(&person, input, Change::default()).await;
        }
    }

    /// Stores a cursor that moved without a mail. Where a message was passed over, the alert that says so is in the
    /// same transaction: whoever is behind the message must not be able to pass unseen through a kill.
    pub(crate) async fn cursor_moved(&mut self, account: String, folder: String, cursor: Cursor) {
        let now = (self.setup.clock)();
        let is_here = |skipped: &Health| {
            matches!(skipped, Health::MessageSkipped { account: its, folder: place, .. }
                if *its == account && *place == folder)
        };
        let (here, elsewhere) = std::mem::take(&mut self.skipped)
            .into_iter()
            .partition(is_here);
        self.skipped = elsewhere;
        let here: Vec<Health> = here;
        let mut change = Change {
            cursors: vec![(account, folder, cursor)],
            ..Change::default()
        };
        for skipped in here {
            let alert = health::alert(&skipped, now);
            let channels = self.channels.for_severity(alert.severity);
            change.alerts.push((alert, channels));
        }
        self.commit(&change).await;
        self.send(now, change.alerts).await;
    }
}
