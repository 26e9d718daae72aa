//! The commands of a session that has logged in: the list of folders, and the mails of the open one.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::num::NonZeroU32;

use imap_codec::imap_types::command::CommandBody;
use imap_codec::imap_types::core::{NonEmptyVec, QuotedChar};
use imap_codec::imap_types::fetch::{
    MacroOrMessageDataItemNames, MessageDataItem, MessageDataItemName,
};
use imap_codec::imap_types::flag::{Flag, FlagNameAttribute, FlagPerm, StoreResponse, StoreType};
use imap_codec::imap_types::mailbox::{ListMailbox, Mailbox as Name};
use imap_codec::imap_types::response::{Code, Data};
use imap_codec::imap_types::search::SearchKey;
use imap_codec::imap_types::sequence::SequenceSet;
use imap_codec::imap_types::status::{StatusDataItem, StatusDataItemName};

use crate::demo::server::mailbox::MailFlag;
use crate::demo::server::sequence::{Numbered, numbered, select};
use crate::demo::server::session::{Ending, Session, State, View, count, put, put_ok};
use crate::demo::server::{fetch, search};

const ALL_FLAGS: [MailFlag; 5] = [
    MailFlag::Answered,
    MailFlag::Deleted,
    MailFlag::Draft,
    MailFlag::Flagged,
    MailFlag::Seen,
];

impl Session {
    /// Carries out a command that needs a login.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the enum is the codec's and grows with its features"
    )]
    pub(crate) fn authenticated(&mut self, body: &CommandBody<'_>, out: &mut Vec<u8>) -> Ending {
        match body {
            CommandBody::Select { mailbox } => self.open(mailbox, false, out),
            CommandBody::Examine { mailbox } => self.open(mailbox, true, out),
            CommandBody::List {
                reference,
                mailbox_wildcard,
            } => {
                list(reference, mailbox_wildcard, false, out);
                Ending::Ok(None, "that is all")
            }
            CommandBody::Lsub {
                reference,
                mailbox_wildcard,
            } => {
                list(reference, mailbox_wildcard, true, out);
                Ending::Ok(None, "that is all")
            }
            CommandBody::Status {
                mailbox,
                item_names,
            } => self.status(mailbox, item_names, out),
            CommandBody::Subscribe { .. } | CommandBody::Unsubscribe { .. } => {
                Ending::Ok(None, "INBOX is always subscribed")
            }
            CommandBody::Create { .. }
            | CommandBody::Delete { .. }
            | CommandBody::Rename { .. }
            | CommandBody::Append { .. }
            | CommandBody::Copy { .. }
            | CommandBody::Move { .. } => {
                Ending::No("there is one folder, and only the story fills it")
            }
            CommandBody::Check
            | CommandBody::Close
            | CommandBody::Unselect
            | CommandBody::Expunge
            | CommandBody::Search { .. }
            | CommandBody::Fetch { .. }
            | CommandBody::Store { .. } => self.selected(body, out),
            _ => Ending::Bad("not understood"),
        }
    }

    /// Carries out a command that needs an open folder.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the enum is the codec's and grows with its features"
    )]
    fn selected(&mut self, body: &CommandBody<'_>, out: &mut Vec<u8>) -> Ending {
        let State::Selected(view) = &self.state else {
            return Ending::Bad("open a folder first");
        };
        match body {
            CommandBody::Check => Ending::Ok(None, "done"),
            CommandBody::Unselect => {
                self.state = State::Authenticated;
                Ending::Ok(None, "closed")
            }
            CommandBody::Close => {
                if !view.read_only {
                    self.mailbox.expunge_deleted(&view.uids);
                }
                self.state = State::Authenticated;
                Ending::Ok(None, "closed")
            }
            CommandBody::Expunge | CommandBody::Store { .. } if view.read_only => {
                Ending::No("opened read-only")
            }
            CommandBody::Expunge => {
                self.mailbox.expunge_deleted(&view.uids);
                Ending::Ok(None, "done")
            }
            CommandBody::Search { criteria, uid, .. } => self.search(view, criteria, *uid, out),
            CommandBody::Fetch {
                sequence_set,
                macro_or_item_names,
                uid,
            } => self.fetch(view, sequence_set, macro_or_item_names, *uid, out),
            CommandBody::Store {
                sequence_set,
                kind,
                response,
                flags,
                uid,
            } => {
                let mails = select(sequence_set, *uid, &view.uids);
                let flags = known_flags(flags);
                for mail in mails {
                    self.store(mail, *kind, &flags);
                    if *response == StoreResponse::Answer {
                        self.tell_flags(mail, *uid, out);
                    }
                }
                Ending::Ok(None, "done")
            }
            _ => Ending::Bad("not understood"),
        }
    }

    fn open(&mut self, name: &Name<'_>, read_only: bool, out: &mut Vec<u8>) -> Ending {
        // RFC 3501 §6.3.1: whatever was open is closed, even where the new folder cannot be opened.
        self.state = State::Authenticated;
        let Name::Inbox = name else {
            return Ending::No("there is only INBOX");
        };
        let uids = self.mailbox.uids();
        put(out, Data::Flags(ALL_FLAGS.map(fetch::flag_name).to_vec()));
        put(out, Data::Exists(count(uids.len())));
        put(out, Data::Recent(0));
        let permanent = if read_only { &[][..] } else { &ALL_FLAGS[..] };
        let permanent = permanent
            .iter()
            .map(|flag| FlagPerm::Flag(fetch::flag_name(*flag)))
            .collect();
        put_ok(out, Code::PermanentFlags(permanent), "flags that stay");
        put_ok(
            out,
            Code::UidValidity(self.mailbox.uid_validity()),
            "UIDs are valid",
        );
        // A mail that arrives between the two reads has a UID below this one and is told by the next EXISTS.
        let next = uids
            .last()
            .map_or(NonZeroU32::MIN, |last| last.saturating_add(1))
            .max(self.mailbox.next_uid());
        put_ok(out, Code::UidNext(next), "the next UID");
        self.state = State::Selected(View { uids, read_only });
        if read_only {
            Ending::Ok(Some(Code::ReadOnly), "opened")
        } else {
            Ending::Ok(Some(Code::ReadWrite), "opened")
        }
    }

    fn status(&self, name: &Name<'_>, asked: &[StatusDataItemName], out: &mut Vec<u8>) -> Ending {
        let Name::Inbox = name else {
            return Ending::No("there is only INBOX");
        };
        let items: Vec<StatusDataItem> = asked
            .iter()
            .filter_map(|item| match item {
                StatusDataItemName::Messages => {
                    Some(StatusDataItem::Messages(count(self.mailbox.uids().len())))
                }
                StatusDataItemName::Recent => Some(StatusDataItem::Recent(0)),
                StatusDataItemName::UidNext => {
                    Some(StatusDataItem::UidNext(self.mailbox.next_uid()))
                }
                StatusDataItemName::UidValidity => {
                    Some(StatusDataItem::UidValidity(self.mailbox.uid_validity()))
                }
                StatusDataItemName::Unseen => Some(StatusDataItem::Unseen(count(
                    self.mailbox.count_without(MailFlag::Seen),
                ))),
                StatusDataItemName::Deleted | StatusDataItemName::DeletedStorage => None,
            })
            .collect();
        put(
            out,
            Data::Status {
                mailbox: Name::Inbox,
                items: Cow::Owned(items),
            },
        );
        Ending::Ok(None, "done")
    }

    fn search(
        &self,
        view: &View,
        criteria: &SearchKey<'_>,
        by_uid: bool,
        out: &mut Vec<u8>,
    ) -> Ending {
        let mails = numbered(&view.uids);
        let mut found = Vec::new();
        if let Some(last) = mails.last().copied() {
            for one in mails {
                let Some(mail) = self.mailbox.mail(one.uid) else {
                    continue;
                };
                match search::matches(criteria, &mail, one, last) {
                    Ok(true) => found.push(if by_uid { one.uid } else { one.sequence }),
                    Ok(false) => {}
                    Err(search::NotOffered) => {
                        return Ending::No(
                            "only flags, dates, sizes, numbers and UIDs are searched",
                        );
                    }
                }
            }
        }
        put(out, Data::Search(found));
        Ending::Ok(None, "done")
    }

    fn fetch(
        &self,
        view: &View,
        set: &SequenceSet,
        asked: &MacroOrMessageDataItemNames<'_>,
        by_uid: bool,
        out: &mut Vec<u8>,
    ) -> Ending {
        let mut names = fetch::item_names(asked);
        if by_uid && !names.contains(&MessageDataItemName::Uid) {
            names.insert(0, MessageDataItemName::Uid);
        }
        let reads = !view.read_only && names.iter().any(fetch::sets_seen);
        for one in select(set, by_uid, &view.uids) {
            let Some(before) = self.mailbox.mail(one.uid) else {
                continue;
            };
            let newly_read = reads && !before.flags.contains(&MailFlag::Seen);
            if newly_read {
                self.store(one, StoreType::Add, &BTreeSet::from([MailFlag::Seen]));
                if !names.contains(&MessageDataItemName::Flags) {
                    names.push(MessageDataItemName::Flags);
                }
            }
            let Some(mail) = self.mailbox.mail(one.uid) else {
                continue;
            };
            let items: Result<Vec<MessageDataItem<'_>>, _> =
                names.iter().map(|name| fetch::item(name, &mail)).collect();
            let Ok(items) = items else {
                return Ending::No("the structure of a mail and its parts are not offered");
            };
            if let Ok(items) = NonEmptyVec::try_from(items) {
                let seq = one.sequence;
                put(out, Data::Fetch { seq, items });
            }
        }
        Ending::Ok(None, "done")
    }

    fn store(&self, mail: Numbered, kind: StoreType, flags: &BTreeSet<MailFlag>) {
        self.mailbox.change_flags(mail.uid, |current| match kind {
            StoreType::Replace => current.clone_from(flags),
            StoreType::Add => current.extend(flags),
            StoreType::Remove => current.retain(|flag| !flags.contains(flag)),
        });
    }

    fn tell_flags(&self, one: Numbered, with_uid: bool, out: &mut Vec<u8>) {
        let Some(mail) = self.mailbox.mail(one.uid) else {
            return;
        };
        let mut items = NonEmptyVec::from(MessageDataItem::Flags(fetch::flags(&mail)));
        if with_uid {
            let both = vec![
                MessageDataItem::Uid(mail.uid),
                MessageDataItem::Flags(fetch::flags(&mail)),
            ];
            items = NonEmptyVec::try_from(both).unwrap_or(items);
        }
        let seq = one.sequence;
        put(out, Data::Fetch { seq, items });
    }
}

fn known_flags(flags: &[Flag<'_>]) -> BTreeSet<MailFlag> {
    flags
        .iter()
        .filter_map(|flag| match flag {
            Flag::Answered => Some(MailFlag::Answered),
            Flag::Deleted => Some(MailFlag::Deleted),
            Flag::Draft => Some(MailFlag::Draft),
            Flag::Flagged => Some(MailFlag::Flagged),
            Flag::Seen => Some(MailFlag::Seen),
            Flag::Extension(_) | Flag::Keyword(_) => None,
        })
        .collect()
}

/// LIST and LSUB over a single folder. An empty pattern asks for the separator (RFC 3501 §6.3.8).
fn list(reference: &Name<'_>, pattern: &ListMailbox<'_>, subscribed: bool, out: &mut Vec<u8>) {
    let reference = match reference {
        Name::Inbox => b"INBOX".to_vec(),
        Name::Other(name) => name.as_ref().to_vec(),
    };
    let pattern = match pattern {
        ListMailbox::Token(token) => token.as_ref().to_vec(),
        ListMailbox::String(string) => string.as_ref().to_vec(),
    };
    let delimiter = QuotedChar::try_from('/').ok();
    if pattern.is_empty() && !subscribed {
        if let Ok(mailbox) = Name::try_from("") {
            put(
                out,
                Data::List {
                    items: vec![FlagNameAttribute::Noselect],
                    delimiter,
                    mailbox,
                },
            );
        }
        return;
    }
    let whole = [reference, pattern].concat();
    let mut parts = whole.splitn(2, |byte| matches!(byte, b'*' | b'%'));
    let start = parts.next().unwrap_or_default();
    let wild = parts.next().is_some();
    let inbox: &[u8] = b"INBOX";
    let named = if wild {
        inbox
            .get(..start.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(start))
    } else {
        inbox.eq_ignore_ascii_case(start)
    };
    if !named {
        return;
    }
    let mailbox = Name::Inbox;
    let items = Vec::new();
    put(
        out,
        if subscribed {
            Data::Lsub {
                items,
                delimiter,
                mailbox,
            }
        } else {
            Data::List {
                items,
                delimiter,
                mailbox,
            }
        },
    );
}
