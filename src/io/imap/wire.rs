//! A connection: the login through async-imap, then commands out and responses in over the stream alone.

use async_imap::error::Error;
use async_imap::{Authenticator, Client, Session};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::AsyncWriteExt;
use zeroize::Zeroizing;

use crate::engine::watch::input::LinkError;
use crate::io::imap::Limits;
use crate::io::imap::guard::{Guard, Stream};
use crate::io::imap::readable;
use crate::io::imap::response::{Capabilities, Response, Status};

/// A server's responses, one by one, and a client's commands.
pub(crate) struct Wire {
    line: Line,
    /// Commands so far, but for those of the login.
    tags: u32,
    /// A command is on its way out. When the future that sends it is dropped, the server has half of it.
    sending: bool,
}

enum Line {
    /// Before the login; for good where the server greets with PREAUTH, since only a login makes a session.
    Client(Box<Client<Guard>>),
    /// After it. What async-imap holds for a session is more than everything else of a connection that idles.
    Bare(Box<Guard>),
}

/// Why a login failed.
pub(crate) enum LoginError {
    /// The server said NO or BAD: what it said, in lower case. Never to be shown.
    Refused(String),
    /// The link failed.
    Lost(LinkError),
}

impl Wire {
    pub(crate) fn new(stream: Box<dyn Stream>, limits: &Limits) -> Self {
        Self {
            line: Line::Client(Box::new(Client::new(Guard::new(stream, limits)))),
            tags: 0,
            sending: false,
        }
    }

    /// The next response. Nothing is lost when the future is dropped before it is ready.
    pub(crate) async fn next(&mut self) -> Result<Response, LinkError> {
        self.check_sent()?;
        // Nothing more is the end of the stream.
        match &mut self.line {
            Line::Client(client) => {
                let response = client.read_response().await.map_err(|it| lost(&it))?;
                let response = response.ok_or(LinkError::Closed)?;
                Ok(Response::from(response.parsed()))
            }
            Line::Bare(guard) => {
                let read = |whole: &[u8]| readable::read(whole, |parsed| Response::from(parsed));
                let response = guard.response(read).await.map_err(|it| lost(&it))?;
                let response = response.ok_or(LinkError::Closed)?;
                response.ok_or(LinkError::Protocol("an answer cannot be read"))
            }
        }
    }

    /// Sends a command: its tag.
    pub(crate) async fn send(&mut self, command: &str) -> Result<String, LinkError> {
        self.check_sent()?;
        self.sending = true;
        self.tags = self.tags.saturating_add(1);
        let tag = format!("C{}", self.tags);
        write(self.guard(), &format!("{tag} {command}\r\n")).await?;
        self.sending = false;
        Ok(tag)
    }

    /// Runs a command to its end and hands `take` every response before that. Says whether the server did it.
    pub(crate) async fn run(
        &mut self,
        command: &str,
        mut take: impl FnMut(Response) + Send,
    ) -> Result<bool, LinkError> {
        let asked = self.send(command).await?;
        loop {
            let response = self.next().await?;
            if let Response::Tagged { tag, answer } = &response
                && *tag == asked
            {
                return Ok(answer.status == Status::Ok);
            }
            if let Response::Status(answer) = &response
                && answer.status == Status::Bye
            {
                return Err(LinkError::Closed);
            }
            take(response);
        }
    }

    /// Sends the line that ends IDLE (RFC 2177 §3).
    pub(crate) async fn send_done(&mut self) -> Result<(), LinkError> {
        self.check_sent()?;
        self.sending = true;
        write(self.guard(), "DONE\r\n").await?;
        self.sending = false;
        Ok(())
    }

    fn guard(&mut self) -> &mut Guard {
        match &mut self.line {
            Line::Client(client) => client.get_mut(),
            Line::Bare(guard) => guard,
        }
    }

    /// Asks for TLS: the stream to put it over. Nothing that came in the clear is kept.
    pub(crate) async fn start_tls(self) -> Result<Box<dyn Stream>, LinkError> {
        let mut client = self.into_client()?;
        match client.run_command_and_check_ok("STARTTLS", None).await {
            Ok(()) => client
                .into_inner()
                .into_stream()
                .ok_or(LinkError::Protocol("the server spoke before TLS began")),
            Err(Error::No(_) | Error::Bad(_)) => Err(LinkError::Unsupported(
                "the server offers no STARTTLS; use security = \"tls\" with port 993",
            )),
            Err(error) => Err(failed(error)),
        }
    }

    /// LOGIN: the session, with its capabilities where the server told them.
    pub(crate) async fn log_in(
        self,
        user: &str,
        password: &str,
    ) -> Result<(Self, Capabilities), LoginError> {
        let tags = self.tags;
        let client = self.into_client().map_err(LoginError::Lost)?;
        let (session, able) = client
            .login_with_capabilities(user, password)
            .await
            .map_err(|(error, _)| refused(error))?;
        let able = able.map(|names| names.iter().collect());
        Ok((Self::logged_in(session, tags), able.unwrap_or_default()))
    }

    /// AUTHENTICATE with this message, sent along with the command (RFC 4959) or when the server asks for it.
    pub(crate) async fn authenticate(
        self,
        mechanism: &str,
        message: Zeroizing<String>,
        at_once: bool,
    ) -> Result<Self, LoginError> {
        let tags = self.tags;
        let client = self.into_client().map_err(LoginError::Lost)?;
        let (command, message) = if at_once {
            let message = Zeroizing::new(STANDARD.encode(message.as_bytes()));
            (format!("{mechanism} {}", message.as_str()), None)
        } else {
            (mechanism.to_owned(), Some(message))
        };
        let command = Zeroizing::new(command);
        client
            .authenticate(command.as_str(), Once(message))
            .await
            .map(|session| Self::logged_in(session, tags))
            .map_err(|(error, _)| refused(error))
    }

    /// The guard gave async-imap one response at a time, so nothing that the server sent is left in there.
    fn logged_in(mut session: Session<Guard>, tags: u32) -> Self {
        let guard = std::mem::replace(session.as_mut(), Guard::none());
        Self {
            line: Line::Bare(Box::new(guard.of_whole_commands())),
            tags,
            sending: false,
        }
    }

    fn into_client(self) -> Result<Client<Guard>, LinkError> {
        match self.line {
            Line::Client(client) => Ok(*client),
            Line::Bare(_) => Err(LinkError::Protocol("logged in already")),
        }
    }

    fn check_sent(&self) -> Result<(), LinkError> {
        if self.sending {
            return Err(LinkError::Network("a command was sent in part"));
        }
        Ok(())
    }
}

/// Gives its message once. Whatever the server asks after that is a refusal, to be acknowledged with an empty line.
struct Once(Option<Zeroizing<String>>);

impl Authenticator for Once {
    type Response = Zeroizing<String>;

    fn process(&mut self, _challenge: &[u8]) -> Self::Response {
        self.0.take().unwrap_or_default()
    }
}

async fn write(stream: &mut Guard, line: &str) -> Result<(), LinkError> {
    let written = async {
        stream.write_all(line.as_bytes()).await?;
        stream.flush().await
    };
    written.await.map_err(|error| lost(&error))
}

fn refused(error: Error) -> LoginError {
    if let Error::No(said) | Error::Bad(said) = error {
        LoginError::Refused(said.to_lowercase())
    } else {
        LoginError::Lost(failed(error))
    }
}

/// An error of async-imap without its text, which may hold anything that the server sent.
fn failed(error: Error) -> LinkError {
    match error {
        Error::Io(error) => lost(&error),
        Error::ConnectionLost => LinkError::Closed,
        Error::No(_) | Error::Bad(_) | Error::Parse(_) | Error::Validate(_) | Error::Append | _ => {
            LinkError::Protocol("it is no answer to what was asked")
        }
    }
}

/// Names the kind of a failed read or write; the error's own text may hold anything.
fn lost(error: &std::io::Error) -> LinkError {
    use std::io::ErrorKind;
    let ours = error.get_ref().and_then(|inner| inner.downcast_ref());
    if let Some(error) = ours {
        return *error;
    }
    let kind = error.kind();
    if matches!(kind, ErrorKind::UnexpectedEof | ErrorKind::BrokenPipe) {
        LinkError::Closed
    } else if matches!(
        kind,
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted
    ) {
        LinkError::Network("the connection was reset")
    } else if kind == ErrorKind::InvalidData {
        LinkError::Tls("a record was broken")
    } else {
        LinkError::Network("reading or writing failed")
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;

    use super::*;
    use crate::io::imap::response::Status;

    #[tokio::test]
    async fn half_a_command_is_the_end_of_the_connection() {
        let (ours, mut theirs) = tokio::io::duplex(4);
        let mut wire = Wire::new(Box::new(ours), &Limits::default());
        tokio::select! {
            biased;
            _ = wire.send("NOOP") => panic!("nobody reads it"),
            () = std::future::ready(()) => {}
        }
        theirs.write_all(b"C1 O").await.unwrap();
        let cut = LinkError::Network("a command was sent in part");
        assert_eq!(wire.next().await.unwrap_err(), cut);
        assert_eq!(wire.send("NOOP").await.unwrap_err(), cut);
        assert_eq!(wire.send_done().await.unwrap_err(), cut);
    }

    #[tokio::test]
    async fn a_response_is_not_lost_when_the_wait_for_it_is_dropped() {
        let (ours, mut theirs) = tokio::io::duplex(1000);
        let mut wire = Wire::new(Box::new(ours), &Limits::default());
        let mut bytes = b"* 5 FETCH (UID 5 BODY[] {6}\r\nnewest)\r\n* BYE gone\r\n".chunks(7);
        let response = loop {
            theirs.write_all(bytes.next().unwrap()).await.unwrap();
            tokio::select! {
                biased;
                response = wire.next() => break response.unwrap(),
                () = std::future::ready(()) => {}
            }
        };
        assert!(matches!(response, Response::Message(it) if it.body.as_deref() == Some(b"newest")));
        for rest in bytes {
            theirs.write_all(rest).await.unwrap();
        }
        let response = wire.next().await.unwrap();
        assert!(matches!(response, Response::Status(it) if it.status == Status::Bye));
        drop(theirs);
        assert_eq!(wire.next().await.unwrap_err(), LinkError::Closed);
    }
}
