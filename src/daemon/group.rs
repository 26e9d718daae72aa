//! What came at nearly the same moment, in one transaction: a sync of the disk costs the same for one mail as for many.

use tokio::sync::{mpsc, oneshot};
use tracing::debug;

use crate::daemon::Daemon;
use crate::engine::correlator::Input;
use crate::engine::incident::Status;
use crate::io::fault::{Point, pass};
use crate::io::imap;
use crate::io::store::change::Change;

/// Events that share a transaction at most. Nobody waits for others to come: only what lies ready is taken along.
const AT_MOST: usize = 256;

/// What is to be stored together, and who waits for that.
#[derive(Default)]
pub(crate) struct Group {
    change: Change,
    stored: Vec<oneshot::Sender<()>>,
}

impl Group {
    /// Takes in what followed from one event, and who is to be told once it is stored.
    pub(crate) fn add(&mut self, change: Change, stored: Option<oneshot::Sender<()>>) {
        self.change.append(change);
        self.stored.extend(stored);
    }
}

impl Daemon {
    /// Takes an event of a mailbox and those that lie ready behind it.
    pub(crate) async fn mailboxes(
        &mut self,
        first: imap::Event,
        events: &mut mpsc::Receiver<imap::Event>,
    ) {
        let mut group = Group::default();
        self.mailbox(first, &mut group).await;
        for _ in 1..AT_MOST {
            let Ok(event) = events.try_recv() else {
                break;
            };
            self.mailbox(event, &mut group).await;
        }
        self.settle(&mut group).await;
    }

    /// Gives many people one input each.
    pub(crate) async fn take_each(
        &mut self,
        people: impl IntoIterator<Item = String>,
        input: &Input,
    ) {
        let mut group = Group::default();
        for (number, person) in people.into_iter().enumerate() {
            if number.is_multiple_of(AT_MOST) {
                self.settle(&mut group).await;
            }
            self.join(&person, vec![input.clone()], Change::default(), &mut group);
        }
        self.settle(&mut group).await;
    }

    /// Steps a person's correlator; what follows is stored with the group.
    pub(crate) fn join(
        &mut self,
        person: &str,
        inputs: Vec<Input>,
        mut change: Change,
        group: &mut Group,
    ) {
        let now = (self.setup.clock)();
        if self.absorb(person, now, inputs, &mut change) {
            pass(Point::Correlated);
            group.add(change, None);
        }
    }

    /// Stores a group, then sends what it brought, then tells those who wait.
    pub(crate) async fn settle(&mut self, group: &mut Group) {
        let Group { change, stored } = std::mem::take(group);
        let now = (self.setup.clock)();
        self.commit(&change).await;
        self.follow_up(now, change).await;
        if !stored.is_empty() {
            debug!(events = stored.len(), "stored");
        }
        for stored in stored {
            let _ = stored.send(());
            pass(Point::MailAcknowledged);
        }
    }

    /// What is to be done once a change is stored.
    pub(crate) async fn follow_up(&mut self, now: jiff::Timestamp, change: Change) {
        if change.inputs.is_empty() && change.alerts.is_empty() {
            return;
        }
        pass(Point::BeforeSending);
        self.send(now, change.alerts).await;
        self.settle_answered(now, &change.incidents).await;
        for incident in &change.incidents {
            if matches!(incident.status, Status::Closed { .. }) {
                self.channels.settle(&incident.id.0);
                self.desk.followers.settled();
            }
        }
    }
}
