//! From a fresh stream to an authenticated one, whichever way the server and the secret allow.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::time::timeout;
use zeroize::Zeroizing;

use crate::engine::secret::Secret;
use crate::engine::watch::input::LinkError;
use crate::io::imap::names::quoted;
use crate::io::imap::response::{Answer, Capabilities, Response, Status};
use crate::io::imap::wire::{Stream, Wire};
use crate::io::imap::{Credential, Credentials, Limits, Options, Security, connect};

/// More untagged lines than this before the login is done are no greeting but a flood.
const MOST_LINES: usize = 1000;

/// What a server says to a login that is refused for a while, not for good.
const TEMPORARY: &[&str] = &[
    "[unavailable]",
    "[inuse]",
    "[limit]",
    "[serverbug]",
    "too many",
    "temporar",
    "try again",
    "try later",
    "rate limit",
    "connection limit",
    "maximum number of connections",
    "not connected",
    "system error",
];

/// What a server says when the secret itself is wrong, whatever else it says.
const WRONG_SECRET: &[&str] = &[
    "[authenticationfailed]",
    "[authorizationfailed]",
    "[expired]",
    "invalid credentials",
];

/// A connection after the login.
pub(crate) struct Connected {
    pub(crate) wire: Wire,
    pub(crate) able: Capabilities,
    pub(crate) limits: Limits,
}

/// The result of a command: how it ended, and the capabilities that came along.
struct Done {
    status: Status,
    temporary: bool,
    able: Option<Capabilities>,
}

/// Connects and logs in. The secret is asked for anew each time: a token lives an hour.
pub(crate) async fn log_in(
    options: &Options,
    credentials: &dyn Credentials,
) -> Result<Connected, LinkError> {
    let tcp: Box<dyn Stream> = Box::new(connect::tcp(options).await?);
    let stream = match options.security {
        Security::Tls => connect::tls(options, tcp).await?,
        Security::StartTls | Security::None => tcp,
    };
    let mut login = Login::new(options, stream);
    let mut authenticated = login.greeting().await?;
    if options.security == Security::StartTls {
        if authenticated {
            return Err(LinkError::Unsupported(
                "the server is logged in before TLS began, which is not trusted",
            ));
        }
        login = login.start_tls().await?;
    }
    if login.able.is_empty() {
        login.ask_capabilities().await?;
    }
    if !authenticated {
        let secret = timeout(options.limits.step, credentials.secret())
            .await
            .map_err(|_| LinkError::Secret)?
            .map_err(|error| {
                tracing::warn!(account = options.account, %error, "no secret");
                LinkError::Secret
            })?;
        login.authenticate(&secret).await?;
        authenticated = true;
    }
    debug_assert!(authenticated, "every other way returned");
    if login.able.is_empty() {
        login.ask_capabilities().await?;
    }
    if login.able.has("ID") {
        // Some providers refuse to open a folder to a client without a name. The answer is of no interest.
        let name = concat!(
            "ID (\"name\" \"mailward\" \"version\" \"",
            env!("CARGO_PKG_VERSION"),
            "\")"
        );
        login.command(name, None).await?;
    }
    Ok(Connected {
        wire: login.wire,
        able: login.able,
        limits: options.limits.clone(),
    })
}

struct Login<'a> {
    options: &'a Options,
    wire: Wire,
    able: Capabilities,
    tags: u32,
}

impl<'a> Login<'a> {
    fn new(options: &'a Options, stream: Box<dyn Stream>) -> Self {
        let limits = &options.limits;
        Self {
            options,
            wire: Wire::new(stream, limits.literal(), limits.line),
            able: Capabilities::default(),
            tags: 0,
        }
    }

    /// Reads the greeting; true when the server needs no login (RFC 3501 §7.1.4).
    async fn greeting(&mut self) -> Result<bool, LinkError> {
        let line = timeout(self.options.limits.step, self.wire.next())
            .await
            .map_err(|_| LinkError::Timeout("the greeting"))??;
        let Response::Status(greeting) = Response::read(line) else {
            return Err(LinkError::Protocol("the greeting is not IMAP"));
        };
        self.able = greeting.capabilities().unwrap_or_default();
        match greeting.status {
            Status::Ok => Ok(false),
            Status::PreAuth => Ok(true),
            Status::Bye | Status::No | Status::Bad => {
                Err(LinkError::Busy("the server does not take connections now"))
            }
        }
    }

    /// Nothing that came in the clear is kept: neither bytes nor capabilities.
    async fn start_tls(mut self) -> Result<Self, LinkError> {
        if self.command("STARTTLS", None).await?.status != Status::Ok {
            return Err(LinkError::Unsupported(
                "the server offers no STARTTLS; use security = \"tls\" with port 993",
            ));
        }
        let stream = self
            .wire
            .into_stream()
            .ok_or(LinkError::Protocol("the server spoke before TLS began"))?;
        let stream = connect::tls(self.options, stream).await?;
        Ok(Self::new(self.options, stream))
    }

    async fn ask_capabilities(&mut self) -> Result<(), LinkError> {
        let done = self.command("CAPABILITY", None).await?;
        self.able = done.able.unwrap_or_default();
        Ok(())
    }

    async fn authenticate(&mut self, secret: &Credential) -> Result<(), LinkError> {
        let token = matches!(secret, Credential::Token(_));
        let tried = match secret {
            Credential::Password(password) => self.with_password(password).await,
            Credential::Token(secret) => self.with_token(secret).await,
        };
        let done = match tried {
            Ok(done) => done,
            // Some servers hang up on a wrong password. Whatever it was, a quick retry could lock the account.
            Err(LinkError::Closed | LinkError::Network(_) | LinkError::Timeout(_)) => {
                return Err(LinkError::Busy("the connection broke during the login"));
            }
            Err(error) => return Err(error),
        };
        match done.status {
            Status::Ok => {
                self.able = done.able.unwrap_or_default();
                Ok(())
            }
            Status::No | Status::Bad if done.temporary => {
                Err(LinkError::Busy("the login is not possible at the moment"))
            }
            Status::No | Status::Bad | Status::Bye | Status::PreAuth => {
                Err(LinkError::Refused { token })
            }
        }
    }

    async fn with_password(&mut self, password: &Secret) -> Result<Done, LinkError> {
        let user = &self.options.user;
        let plain_text = user.is_ascii() && password.expose().is_ascii();
        let arguments = quoted(user).zip(quoted(password.expose()).map(Zeroizing::new));
        if let Some((user, password)) = arguments
            && plain_text
            && !self.able.has("LOGINDISABLED")
        {
            let line = Zeroizing::new(format!("LOGIN {user} {}", password.as_str()));
            return self.command(&line, None).await;
        }
        if self.able.has("AUTH=PLAIN") {
            // RFC 4616 §2: no authorization identity, then user and password in UTF-8.
            let message = Zeroizing::new(format!("\0{user}\0{}", password.expose()));
            return self.sasl("PLAIN", &message).await;
        }
        Err(LinkError::Unsupported(
            "the server offers no way to log in with this password (neither LOGIN nor AUTHENTICATE PLAIN)",
        ))
    }

    async fn with_token(&mut self, token: &Secret) -> Result<Done, LinkError> {
        let Options {
            user, host, port, ..
        } = self.options;
        let token = token.expose();
        if self.able.has("AUTH=OAUTHBEARER") && !self.able.has("AUTH=XOAUTH2") {
            // RFC 7628 §3.1.
            let message = Zeroizing::new(format!(
                "n,a={user},\u{1}host={host}\u{1}port={port}\u{1}auth=Bearer {token}\u{1}\u{1}"
            ));
            return self.sasl("OAUTHBEARER", &message).await;
        }
        let message = Zeroizing::new(format!("user={user}\u{1}auth=Bearer {token}\u{1}\u{1}"));
        self.sasl("XOAUTH2", &message).await
    }

    async fn sasl(&mut self, mechanism: &str, message: &str) -> Result<Done, LinkError> {
        let message = Zeroizing::new(STANDARD.encode(message));
        let name = format!("AUTHENTICATE {mechanism}");
        if self.able.has("SASL-IR") {
            let line = Zeroizing::new(format!("{name} {}", message.as_str()));
            return self.command(&line, None).await;
        }
        self.command(&name, Some(&message)).await
    }

    /// Sends a command and reads up to its tagged answer. A `+` is answered with `reply` once, then with an empty
    /// line: that is how a refused token is acknowledged.
    async fn command(&mut self, line: &str, reply: Option<&str>) -> Result<Done, LinkError> {
        timeout(self.options.limits.step, self.command_inner(line, reply))
            .await
            .map_err(|_| LinkError::Timeout("logging in"))?
    }

    async fn command_inner(
        &mut self,
        line: &str,
        mut reply: Option<&str>,
    ) -> Result<Done, LinkError> {
        self.tags = self.tags.saturating_add(1);
        let tag = format!("L{}", self.tags);
        let line = Zeroizing::new(format!("{tag} {line}"));
        self.wire.send(&line).await?;
        let mut able = None;
        for _ in 0..MOST_LINES {
            let continued = match Response::read(self.wire.next().await?) {
                Response::Tagged { tag: of, answer } if of == tag.as_bytes() => {
                    return Ok(Done {
                        status: answer.status,
                        temporary: is_temporary(&answer),
                        able: answer.capabilities().or(able),
                    });
                }
                Response::Status(answer) if answer.status == Status::Bye => {
                    return Err(if is_temporary(&answer) {
                        LinkError::Busy("the server ended the connection")
                    } else {
                        LinkError::Closed
                    });
                }
                Response::Capability(names) => {
                    able = Some(names);
                    false
                }
                Response::Continue => true,
                Response::Tagged { .. }
                | Response::Status(_)
                | Response::Exists(_)
                | Response::Message(_)
                | Response::UnreadableMessage
                | Response::Search(_)
                | Response::MailboxStatus(_)
                | Response::List { .. }
                | Response::Other => false,
            };
            if continued {
                self.wire.send(reply.take().unwrap_or_default()).await?;
            }
        }
        Err(LinkError::Protocol("too many lines before the login"))
    }
}

fn is_temporary(answer: &Answer<'_>) -> bool {
    answer.says(TEMPORARY) && !answer.says(WRONG_SECRET)
}
