//! What comes from the mailboxes: mails, and what happens to them and to the watch itself.

use tracing::{debug, info};

use crate::daemon::group::Group;
use crate::daemon::{Daemon, Seen, fresh};
use crate::engine::alert::Health;
use crate::engine::correlator::Input;
use crate::engine::rule;
use crate::engine::watch::folder::is_this_use;
use crate::engine::watch::output::Activity;
use crate::io::fault::{Point, pass};
use crate::io::imap;
use crate::io::store::change::Change;

impl Daemon {
    /// What a watched mailbox tells.
    pub(crate) async fn mailbox(&mut self, event: imap::Event, group: &mut Group) {
        match event {
            imap::Event::Mail(mail) => self.mail(*mail, group),
            imap::Event::Vanished { account, source } => {
                self.settle(group).await;
                let now = (self.setup.clock)();
                if let Some(signal) = self.fresh.take(&source, now) {
                    info!(account, "a mail was deleted as soon as it was there");
                    let person = self.people.person_of(&account);
                    let input = Input::Deleted { signal };
                    self.take(&person, input, Change::default()).await;
                }
            }
            imap::Event::CursorMoved {
                account,
                folder,
                cursor,
                stored,
            } => {
                if self.skipped.is_empty() {
                    let change = Change {
                        cursors: vec![(account, folder, cursor)],
                        ..Change::default()
                    };
                    group.add(change, Some(stored));
                } else {
                    self.settle(group).await;
                    self.cursor_moved(account, folder, cursor).await;
                    let _ = stored.send(());
                }
            }
            imap::Event::CatchUpBegan {
                account, folder, ..
            } => {
                let person = self.people.person_of(&account);
                let folder = format!("{account}/{folder}");
                let inputs = vec![Input::CatchUpBegan { folder }];
                self.join(&person, inputs, Change::default(), group);
            }
            imap::Event::CatchUpEnded { account, folder } => {
                let person = self.people.person_of(&account);
                let folder = format!("{account}/{folder}");
                let inputs = vec![Input::CatchUpEnded { folder }];
                self.join(&person, inputs, Change::default(), group);
            }
            imap::Event::Health(skipped @ Health::MessageSkipped { .. }) => {
                self.skipped.push(skipped);
            }
            imap::Event::Health(health) => {
                self.settle(group).await;
                let health = self.unseen.told(health);
                self.tell_health(&health).await;
            }
            imap::Event::State { account, state } => {
                info!(account, state = ?state.activity, "account");
                let activity = state.activity;
                if activity == Activity::Idling {
                    self.witness(Seen::Watching);
                }
                self.people.set_state(&account, state);
                if matches!(activity, Activity::Idling | Activity::Polling) {
                    self.caught_up(&account, group);
                }
            }
        }
    }

    /// One mail: classified and correlated, to be stored with its cursor in one transaction, acknowledged, and only then
    /// sent.
    fn mail(&mut self, mail: imap::Fetched, group: &mut Group) {
        pass(Point::MailFetched);
        let trust = self.people.trust_of(&mail.account);
        let signal = if mail.passed_over.is_some() {
            None
        } else {
            rule::signal_with_dkim(&self.setup.rules, &mail.raw, &trust, &mail.dkim_domains)
        };
        pass(Point::MailClassified);
        let counts = fresh::counts_arrivals(&self.setup.config, &mail.account, &mail.folder);
        let is_trash = is_this_use(&mail.folder, "Trash");
        let change = Change {
            cursors: vec![(mail.account.clone(), mail.folder, mail.cursor)],
            ..Change::default()
        };
        if let Some(signal) = &signal {
            self.unseen.signal(&mail.account);
            info!(
                account = mail.account,
                kind = signal.kind.name(),
                service = signal.service,
                sender = ?signal.sender,
                rule = signal.rule,
                "signal"
            );
        }
        self.witness(Seen::Mail(signal.as_ref()));
        let person = self.people.person_of(&mail.account);
        let mut inputs = Vec::new();
        if counts {
            inputs.push(Input::Arrived {
                at: mail.raw.arrived_at,
                sender: mail
                    .passed_over
                    .unwrap_or_else(|| rule::sender_hash(&mail.raw.bytes)),
            });
        }
        if let Some(signal) = signal {
            let now = (self.setup.clock)();
            self.fresh.note(&signal, &mail.raw.source, now);
            let deleted = (is_trash && self.fresh.is_fresh(&signal, now))
                .then(|| signal.id.clone())
                .map(|signal| Input::Deleted { signal });
            inputs.push(Input::Signal(Box::new(signal)));
            inputs.extend(deleted);
        }
        debug!(source = mail.raw.source, "read");
        if inputs.is_empty() {
            group.add(change, Some(mail.stored));
        } else {
            self.join(&person, inputs, change, group);
            group.add(Change::default(), Some(mail.stored));
        }
    }
}
