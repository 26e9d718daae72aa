//! What each response means while a certain command runs.

use std::collections::VecDeque;

use jiff::Timestamp;

use crate::engine::message::RawMail;
use crate::engine::watch::input::{Header, Input, LinkError, Opened};
use crate::io::imap::gate::Gate;
use crate::io::imap::names;
use crate::io::imap::response::{Answer, Message, Response, Status};
use crate::io::imap::running::{Behind, Mail, Next, Part, Running};

/// How a server says that a folder is not there; RFC 5530 §3 has a code for it that not all of them use.
const MISSING: &[&str] = &[
    "[nonexistent]",
    "[trycreate]",
    "doesn't exist",
    "does not exist",
    "non-existent",
    "nonexistent",
    "not found",
    "no such mailbox",
    "no such folder",
    "unknown mailbox",
    "unknown folder",
    "not exist",
];

const NO_MESSAGES: &str = "it refuses to give messages";

/// The dialogue on one connection.
pub(crate) struct Talk {
    tag: String,
    running: Option<Running>,
    /// The running command came to its end before the ones that were sent earlier.
    over: bool,
    /// Commands that were sent after it: FETCH alone, of which a server may answer several (RFC 3501 §5.5).
    behind: VecDeque<Behind>,
    /// Messages in the open folder, as far as they were told.
    pub(crate) exists: Option<u32>,
    pub(crate) held: VecDeque<Mail>,
    /// Whether a rule may match a mail, by its header.
    gate: Gate,
    /// Bytes of a mail that are fetched.
    most: u64,
    /// The folder that was asked for last, by its name in UTF-8.
    pub(crate) asked: String,
}

impl Talk {
    pub(crate) fn new(gate: Gate, most: u32) -> Self {
        Self {
            gate,
            most: u64::from(most),
            asked: String::new(),
            tag: String::new(),
            running: None,
            over: false,
            behind: VecDeque::new(),
            exists: None,
            held: VecDeque::new(),
        }
    }

    /// A command was sent; behind the running one where both are FETCH.
    pub(crate) fn begin(&mut self, tag: String, running: Running) {
        if self.fetches(Running::is_fetch) && running.is_fetch() {
            self.behind.push_back(Behind {
                tag,
                running,
                over: false,
            });
            return;
        }
        self.tag = tag;
        self.running = Some(running);
        self.over = false;
        self.behind.clear();
    }

    /// The end of a command that the server brought to it before those that were sent earlier.
    pub(crate) fn ended_before(&mut self) -> Option<Input> {
        self.over.then(|| self.fetch_ended())
    }

    fn fetch_ended(&mut self) -> Input {
        let next = self.behind.pop_front();
        self.over = next.as_ref().is_some_and(|it| it.over);
        self.running = next.map(|next| {
            self.tag = next.tag;
            next.running
        });
        Input::FetchEnded
    }

    /// Whether a command runs that brings this.
    fn fetches(&self, brings: impl Fn(&Running) -> bool) -> bool {
        let behind = self.behind.iter().map(|it| &it.running);
        self.running.iter().chain(behind).any(brings)
    }

    pub(crate) fn is_free(&self) -> bool {
        self.running.is_none()
    }

    pub(crate) fn is_idle(&self) -> bool {
        matches!(self.running, Some(Running::Idle { .. }))
    }

    /// Notes that IDLE shall end; true when DONE can be sent at once.
    pub(crate) fn want_done(&mut self) -> bool {
        match &mut self.running {
            Some(Running::Idle { continued, done }) => {
                *done = true;
                *continued
            }
            Some(_) | None => false,
        }
    }

    /// What the link waits for, in the words of an error.
    pub(crate) fn name(&self) -> &'static str {
        match self.running {
            None => "nothing",
            Some(Running::Examine(_) | Running::OpenState(_) | Running::OpenLast(_)) => {
                "opening the folder"
            }
            Some(Running::Search(_) | Running::List(_) | Running::Look(_)) => {
                "looking for messages"
            }
            Some(Running::Fetch | Running::Headers) => "fetching messages",
            Some(Running::Notify) => "asking to be told of other folders",
            Some(Running::Check(_)) => "checking a folder",
            Some(Running::Noop) => "asking for news",
            Some(Running::Idle { done: true, .. }) => "ending IDLE",
            Some(Running::Idle { .. }) => "beginning IDLE",
        }
    }

    /// Takes one response.
    pub(crate) fn take(&mut self, response: Response, now: Timestamp) -> Result<Next, LinkError> {
        match response {
            Response::Continue => Ok(self.continued()),
            Response::Tagged { tag, answer } if tag == self.tag => self.ended(&answer),
            Response::Tagged { tag, answer } if self.behind.iter().any(|it| it.tag == tag) => {
                if answer.status != Status::Ok {
                    return Err(LinkError::Busy(NO_MESSAGES));
                }
                for it in self.behind.iter_mut().filter(|it| it.tag == tag) {
                    it.over = true;
                }
                Ok(Next::Wait)
            }
            Response::Status(answer) => self.status(&answer),
            Response::Exists(count) => {
                self.exists = Some(count);
                // What EXAMINE says is the state itself, no news.
                Ok(match &self.running {
                    Some(Running::Examine(_)) => Next::Wait,
                    Some(_) | None => Next::Fact(Input::Doorbell),
                })
            }
            Response::Message(message) => Ok(self.message(message, now)),
            Response::UnreadableMessage => match self.running {
                Some(Running::Fetch | Running::Headers | Running::List(_)) => {
                    Err(LinkError::Protocol("a message cannot be read"))
                }
                Some(_) | None => Ok(self.chatter()),
            },
            Response::Search(found) => {
                if let Some(Running::Search(uids) | Running::Look(uids)) = &mut self.running {
                    uids.extend(found);
                }
                Ok(self.chatter())
            }
            Response::MailboxStatus { name, facts } => {
                // A server that was asked to tells of other folders at any time.
                if self.asked.eq_ignore_ascii_case(&names::decode(&name)) && self.merge(facts) {
                    return Ok(Next::Wait);
                }
                Ok(Next::Told { name, facts })
            }
            Response::Expunged => Ok(Next::Fact(Input::Expunged)),
            Response::Tagged { .. }
            | Response::Capability(_)
            | Response::List { .. }
            | Response::Other => Ok(self.chatter()),
        }
    }

    /// Takes a folder's state for the answer to the STATUS command that runs; false when none does.
    pub(crate) fn merge(&mut self, facts: Opened) -> bool {
        let Some(Running::Check(known) | Running::OpenState(known)) = &mut self.running else {
            return false;
        };
        known.uid_next = facts.uid_next.or(known.uid_next);
        known.uid_validity = facts.uid_validity.or(known.uid_validity);
        true
    }

    /// A line of no interest, which still shows that the server lives.
    fn chatter(&self) -> Next {
        match self.running {
            Some(Running::Idle { .. }) => Next::Fact(Input::Heard),
            Some(_) | None => Next::Wait,
        }
    }

    fn continued(&mut self) -> Next {
        match &mut self.running {
            Some(Running::Idle {
                continued,
                done: true,
            }) => {
                *continued = true;
                Next::SendDone
            }
            Some(Running::Idle { continued, .. }) => {
                *continued = true;
                Next::Idling
            }
            Some(_) | None => Next::Wait,
        }
    }

    fn status(&mut self, answer: &Answer) -> Result<Next, LinkError> {
        if answer.status == Status::Bye {
            return Err(LinkError::Closed);
        }
        if answer.says(&["[notificationoverflow]"]) {
            return Ok(Next::Fact(Input::NotifyRefused));
        }
        // An untagged NO is a warning (RFC 3501 §7.1.2): it fails nothing.
        if let Some(Running::Examine(facts)) = &mut self.running {
            facts.uid_next = answer.uid_next.or(facts.uid_next);
            facts.uid_validity = answer.uid_validity.or(facts.uid_validity);
        }
        Ok(self.chatter())
    }

    fn message(&mut self, message: Message, now: Timestamp) -> Next {
        match &mut self.running {
            Some(Running::Fetch | Running::Headers) => self.mail(message, now),
            Some(Running::List(uids)) => {
                uids.extend(message.uid);
                Next::Wait
            }
            Some(Running::OpenLast(facts)) => {
                let next = message.uid.map(|uid| uid.saturating_add(1));
                facts.uid_next = facts.uid_next.max(next);
                Next::Wait
            }
            Some(_) | None => self.chatter(),
        }
    }

    /// A message that a FETCH may have asked for. Flags that changed come in the same form, with neither body nor
    /// header.
    fn mail(&mut self, message: Message, now: Timestamp) -> Next {
        let arrived_at = message.arrived_at.unwrap_or(now);
        let (Some(uid), body, header) = (message.uid, message.body, message.header) else {
            return Next::Wait;
        };
        if let Some(body) = body
            && self.fetches(|it| matches!(it, Running::Fetch))
        {
            let length = u64::try_from(body.len()).unwrap_or(u64::MAX);
            let raw = raw(body, arrived_at, message.size.unwrap_or(length).max(length));
            let wanted = self.gate.passes_over(&raw).is_none();
            // The whole takes the place of a header that waits for it, not of one that is to be handed over as it is.
            self.held
                .retain(|mail| mail.uid != uid || mail.part != Part::Awaited);
            self.held.push_back(Mail {
                uid,
                arrived_at,
                full_size: raw.full_size,
                bytes: raw.bytes,
                part: Part::Whole,
            });
            return Next::Message(Input::Fetched {
                uid,
                arrived_at,
                wanted,
            });
        }
        let Some(header) = header.filter(|_| self.fetches(|it| matches!(it, Running::Headers)))
        else {
            return Next::Wait;
        };
        let size = message.size.unwrap_or(0);
        let raw = raw(header, arrived_at, size.max(1));
        let full_size = raw.full_size;
        let (part, bytes) = self.gate.part(raw);
        self.held.push_back(Mail {
            uid,
            arrived_at,
            bytes,
            full_size,
            part,
        });
        Next::Message(Input::Headed(Header {
            uid,
            arrived_at,
            size: size.min(self.most),
            wanted: part == Part::Awaited,
        }))
    }

    /// The command came to its end.
    fn ended(&mut self, answer: &Answer) -> Result<Next, LinkError> {
        let Some(running) = self.running.take() else {
            return Ok(Next::Wait);
        };
        let ok = answer.status == Status::Ok;
        match running {
            Running::Examine(_) | Running::Check(_) if !ok && answer.says(MISSING) => {
                Ok(Next::Fact(Input::FolderMissing))
            }
            Running::Idle {
                continued: false, ..
            } if !ok => Ok(Next::Fact(Input::IdleRefused)),
            Running::Idle { .. } => Ok(Next::Fact(Input::IdleEnded)),
            Running::Examine(_) | Running::Check(_) if !ok => Ok(Next::Fact(Input::FolderRefused)),
            Running::OpenState(facts) | Running::OpenLast(facts) if !ok => {
                Ok(Next::Fact(Input::Opened(facts)))
            }
            Running::Search(_)
            | Running::List(_)
            | Running::Look(_)
            | Running::Fetch
            | Running::Headers
            | Running::Noop
                if !ok =>
            {
                Err(LinkError::Busy(NO_MESSAGES))
            }
            Running::Notify if ok => Ok(Next::Fact(Input::Notifying)),
            Running::Notify => Ok(Next::Fact(Input::NotifyRefused)),
            Running::Look(uids) => Ok(Next::Fact(Input::Present { uids })),
            Running::Examine(mut facts) => {
                // The tagged answer may carry codes too.
                facts.uid_next = facts.uid_next.or(answer.uid_next);
                Ok(match facts {
                    Opened {
                        uid_next: Some(_),
                        uid_validity: Some(_),
                    } => Next::Fact(Input::Opened(facts)),
                    Opened { .. } => Next::AskState(facts),
                })
            }
            Running::OpenState(mut facts) => Ok(match (facts.uid_next, self.exists) {
                (None, Some(0)) => {
                    facts.uid_next = Some(1);
                    Next::Fact(Input::Opened(facts))
                }
                (None, Some(last)) => Next::AskLast(facts, last),
                (Some(_), _) | (None, None) => Next::Fact(Input::Opened(facts)),
            }),
            Running::OpenLast(facts) => Ok(Next::Fact(Input::Opened(facts))),
            Running::Search(uids) | Running::List(uids) => Ok(Next::Fact(Input::Found { uids })),
            Running::Fetch | Running::Headers => Ok(Next::Fact(self.fetch_ended())),
            Running::Check(facts) => Ok(Next::Fact(Input::Checked(facts))),
            Running::Noop => Ok(Next::Fact(Input::Refreshed)),
        }
    }
}

fn raw(bytes: Vec<u8>, arrived_at: Timestamp, full_size: u64) -> RawMail {
    RawMail {
        source: String::new(),
        arrived_at,
        bytes,
        full_size,
    }
}
