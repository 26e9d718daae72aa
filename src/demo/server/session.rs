//! One client's session: what each command means in each state (RFC 3501 §3). No I/O.

use std::num::NonZeroU32;
use std::sync::Arc;

use imap_codec::ResponseCodec;
use imap_codec::encode::Encoder;
use imap_codec::imap_types::auth::AuthMechanism;
use imap_codec::imap_types::command::{Command, CommandBody};
use imap_codec::imap_types::core::{NonEmptyVec, Tag, Text};
use imap_codec::imap_types::response::{Capability, Code, Data, Response, Status};

use crate::demo::server::mailbox::Mailbox;
use crate::engine::secret::Secret;

/// Who may log in.
#[derive(Debug, Clone)]
pub struct Login {
    /// The user name.
    pub user: String,
    /// The password.
    pub password: Secret,
}

/// A session over one mailbox.
pub(crate) struct Session {
    pub(crate) mailbox: Arc<Mailbox>,
    login: Login,
    pub(crate) state: State,
}

/// RFC 3501 §3, without the logout state, which is the end of the connection.
pub(crate) enum State {
    NotAuthenticated,
    Authenticated,
    Selected(View),
}

/// The folder as this client knows it: numbers stay what they are until the client is told.
pub(crate) struct View {
    pub(crate) uids: Vec<NonZeroU32>,
    pub(crate) read_only: bool,
}

/// What the connection does after the answer has been sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Reads the next command.
    Continue,
    /// Pushes changes until DONE, then completes this tag.
    Idle(String),
    /// Asks for the SASL PLAIN response, then completes this tag.
    AskPassword(String),
    /// Closes the connection.
    Close,
}

/// How a command ended: the code and the text of its tagged response.
pub(crate) enum Ending {
    Ok(Option<Code<'static>>, &'static str),
    No(&'static str),
    Bad(&'static str),
}

impl Session {
    pub(crate) fn new(mailbox: Arc<Mailbox>, login: Login) -> Self {
        Self {
            mailbox,
            login,
            state: State::NotAuthenticated,
        }
    }

    /// Carries out a command and appends the whole answer to `out`.
    pub(crate) fn handle(&mut self, command: &Command<'_>, out: &mut Vec<u8>) -> Next {
        let tag = command.tag.inner();
        let ending = match (&command.body, &self.state) {
            (CommandBody::Capability, _) => {
                put(out, Data::Capability(capabilities()));
                Ending::Ok(None, "that is all")
            }
            (CommandBody::Noop, _) => Ending::Ok(None, "done"),
            (CommandBody::Logout, _) => {
                bye(out, "good-bye");
                finish(out, Some(tag), Ending::Ok(None, "logged out"));
                return Next::Close;
            }
            (CommandBody::Login { username, password }, State::NotAuthenticated) => {
                self.log_in(username.as_ref(), password.declassify().as_ref())
            }
            (
                CommandBody::Authenticate {
                    mechanism: AuthMechanism::Plain,
                    initial_response,
                },
                State::NotAuthenticated,
            ) => match initial_response {
                Some(response) => self.authenticate_plain(response.declassify()),
                None => return Next::AskPassword(tag.to_owned()),
            },
            (CommandBody::Authenticate { .. }, State::NotAuthenticated) => {
                Ending::No("only PLAIN is offered")
            }
            (CommandBody::Login { .. } | CommandBody::Authenticate { .. }, _) => {
                Ending::Bad("already logged in")
            }
            (_, State::NotAuthenticated) => Ending::Bad("log in first"),
            (CommandBody::Idle, State::Authenticated | State::Selected(_)) => {
                return Next::Idle(tag.to_owned());
            }
            (_, State::Authenticated | State::Selected(_)) => {
                self.authenticated(&command.body, out)
            }
        };
        // RFC 3501 §7.4.1: numbers may not change while FETCH, STORE or SEARCH by number is in progress.
        let by_number = matches!(
            command.body,
            CommandBody::Fetch { uid: false, .. }
                | CommandBody::Store { uid: false, .. }
                | CommandBody::Search { uid: false, .. }
        );
        self.tell_changes(!by_number, out);
        finish(out, Some(tag), ending);
        Next::Continue
    }

    /// Takes the SASL PLAIN response (RFC 4616) and completes `tag`.
    pub(crate) fn answer_plain(&mut self, tag: &str, response: &[u8], out: &mut Vec<u8>) {
        let ending = self.authenticate_plain(response);
        finish(out, Some(tag), ending);
    }

    /// Tells the client what has changed since it was last told.
    pub(crate) fn tell_changes(&mut self, expunges: bool, out: &mut Vec<u8>) {
        let State::Selected(view) = &mut self.state else {
            return;
        };
        let current = self.mailbox.uids();
        if expunges {
            let mut number = NonZeroU32::MIN;
            view.uids.retain(|uid| {
                let stays = current.binary_search(uid).is_ok();
                if stays {
                    number = number.saturating_add(1);
                } else {
                    put(out, Data::Expunge(number));
                }
                stays
            });
        }
        let last = view.uids.last().copied();
        let known = view.uids.len();
        view.uids
            .extend(current.into_iter().filter(|uid| Some(*uid) > last));
        if view.uids.len() > known {
            put(out, Data::Exists(count(view.uids.len())));
        }
    }

    fn log_in(&mut self, user: &[u8], password: &[u8]) -> Ending {
        if user != self.login.user.as_bytes() || password != self.login.password.expose().as_bytes()
        {
            return Ending::No("wrong user name or password");
        }
        self.state = State::Authenticated;
        Ending::Ok(Some(Code::Capability(capabilities())), "logged in")
    }

    fn authenticate_plain(&mut self, response: &[u8]) -> Ending {
        let mut parts = response.split(|byte| *byte == 0);
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(_), Some(user), Some(password), None) => self.log_in(user, password),
            _ => Ending::Bad("that is no PLAIN response"),
        }
    }
}

/// The first line of a connection.
pub(crate) fn greet(out: &mut Vec<u8>) {
    finish(
        out,
        None,
        Ending::Ok(Some(Code::Capability(capabilities())), "mailward demo"),
    );
}

/// Says that the connection ends.
pub(crate) fn bye(out: &mut Vec<u8>, why: &'static str) {
    put_status(
        out,
        Status::Bye {
            code: None,
            text: text(why),
        },
    );
}

/// Completes a command, or says something untagged.
pub(crate) fn finish(out: &mut Vec<u8>, tag: Option<&str>, ending: Ending) {
    let tag = tag.and_then(|tag| Tag::try_from(tag).ok());
    put_status(
        out,
        match ending {
            Ending::Ok(code, words) => Status::Ok {
                tag,
                code,
                text: text(words),
            },
            Ending::No(words) => Status::No {
                tag,
                code: None,
                text: text(words),
            },
            Ending::Bad(words) => Status::Bad {
                tag,
                code: None,
                text: text(words),
            },
        },
    );
}

/// Appends an untagged response.
pub(crate) fn put(out: &mut Vec<u8>, data: Data<'_>) {
    let response = Response::Data(data);
    out.extend(ResponseCodec::default().encode(&response).dump());
}

/// Says something untagged with a code.
pub(crate) fn put_ok(out: &mut Vec<u8>, code: Code<'_>, words: &'static str) {
    put_status(
        out,
        Status::Ok {
            tag: None,
            code: Some(code),
            text: text(words),
        },
    );
}

/// A length as the protocol counts.
pub(crate) fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

fn put_status(out: &mut Vec<u8>, status: Status<'_>) {
    let response = Response::Status(status);
    out.extend(ResponseCodec::default().encode(&response).dump());
}

fn capabilities() -> NonEmptyVec<Capability<'static>> {
    let mut all = vec![
        Capability::Imap4Rev1,
        Capability::Idle,
        Capability::SaslIr,
        Capability::LiteralPlus,
        Capability::Auth(AuthMechanism::Plain),
    ];
    all.extend(Capability::try_from("UNSELECT"));
    NonEmptyVec::try_from(all).unwrap_or_else(|_| NonEmptyVec::from(Capability::Imap4Rev1))
}

fn text(words: &'static str) -> Text<'static> {
    Text::try_from(words).unwrap_or_else(|_| Text::unvalidated("-"))
}

#[cfg(test)]
mod tests {
    use imap_codec::CommandCodec;
    use imap_codec::decode::Decoder;
    use imap_codec::imap_types::response::Response;
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;

    fn session() -> Session {
        let mailbox = Arc::new(Mailbox::new(NonZeroU32::MAX));
        // The last date is one that the protocol cannot say.
        let dates = [Timestamp::UNIX_EPOCH, Timestamp::MAX, Timestamp::MIN];
        for (size, date) in [0, 1, 70].into_iter().zip(dates) {
            mailbox.deliver(b"A: b\r\n\r\n\0\xff".repeat(size), date);
        }
        let mut session = Session::new(
            mailbox,
            Login {
                user: String::new(),
                password: Secret::new(String::new()),
            },
        );
        session.state = State::Authenticated;
        session
    }

    fn one_of(words: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
        prop::sample::select(words)
    }

    /// Commands that a client may give, many of them foolish.
    fn line() -> impl Strategy<Value = String> {
        let set = || one_of(&["1:*", "*", "4294967295:*", "1", "3:2", "2,9,1:1"]);
        let item = one_of(&[
            "BODY[]",
            "BODY.PEEK[]<0.10>",
            "BODY[TEXT]<4294967295.4294967295>",
            "BODY[HEADER.FIELDS (A)]",
            "BODY[HEADER.FIELDS.NOT (A)]<3.1>",
            "BODY[1.2]",
            "ENVELOPE",
            "INTERNALDATE",
            "RFC822",
            "RFC822.HEADER",
            "RFC822.SIZE",
            "RFC822.TEXT",
            "UID",
            "FLAGS",
        ]);
        let items = prop_oneof![
            one_of(&["ALL", "FULL", "FAST"]).prop_map(str::to_owned),
            prop::collection::vec(item, 1..5).prop_map(|all| format!("({})", all.join(" "))),
        ];
        let keys = prop::collection::vec(
            one_of(&[
                "ALL",
                "NOT SEEN",
                "OR SEEN UID 1:*",
                "SINCE 1-Jan-0001",
                "BEFORE 31-Dec-9999",
                "LARGER 4294967295",
                "2:*",
                "SUBJECT x",
                "(NEW DELETED)",
            ]),
            1..4,
        );
        let flags = one_of(&[
            "+FLAGS (\\Deleted)",
            "-FLAGS.SILENT (\\Seen x)",
            "FLAGS ()",
            "+FLAGS \\Seen",
        ]);
        let uid = || one_of(&["", "UID "]);
        prop_oneof![
            (uid(), set(), items).prop_map(|(uid, set, items)| format!("{uid}FETCH {set} {items}")),
            (uid(), set(), flags).prop_map(|(uid, set, flags)| format!("{uid}STORE {set} {flags}")),
            (uid(), keys).prop_map(|(uid, keys)| format!("{uid}SEARCH {}", keys.join(" "))),
            one_of(&[
                "SELECT INBOX",
                "SELECT INBOX",
                "EXAMINE inbox",
                "CLOSE",
                "UNSELECT",
                "EXPUNGE",
                "CHECK",
                "NOOP",
                "LIST \"\" *",
                "LIST \"\" \"\"",
                "LSUB \"\" %",
                "LIST INBOX INBOX%",
                "STATUS INBOX (MESSAGES UNSEEN)",
                "IDLE",
                "LOGOUT",
            ])
            .prop_map(str::to_owned),
        ]
        .prop_map(|command| format!("t {command}\r\n"))
    }

    proptest! {
        #[test]
        fn no_sequence_of_commands_fails_the_session(lines in prop::collection::vec(line(), 1..40)) {
            let mut session = session();
            for line in std::iter::once("t SELECT INBOX\r\n".to_owned()).chain(lines) {
                if let Ok((_, command)) = CommandCodec::default().decode(line.as_bytes()) {
                    let mut out = Vec::new();
                    let next = session.handle(&command, &mut out);
                    let mut rest = out.as_slice();
                    while !rest.is_empty() {
                        let (left, response) = ResponseCodec::default().decode(rest).unwrap();
                        if left.is_empty() && next == Next::Continue {
                            let tagged = matches!(&response, Response::Status(status) if status.tag().is_some());
                            prop_assert!(tagged, "no tagged response to {line}");
                        }
                        rest = left;
                    }
                }
            }
        }

        #[test]
        fn no_bytes_fail_the_decoder(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut session = session();
            if let Ok((_, command)) = CommandCodec::default().decode(&bytes) {
                let _ = session.handle(&command, &mut Vec::new());
            }
        }
    }
}
