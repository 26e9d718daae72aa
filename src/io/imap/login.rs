//! From a fresh stream to an authenticated one, whichever way the server and the secret allow.

use std::net::IpAddr;

use tokio::time::timeout;
use zeroize::Zeroizing;

use crate::engine::secret::Secret;
use crate::engine::watch::input::LinkError;
use crate::io::imap::gather::gathering;
use crate::io::imap::guard::Stream;
use crate::io::imap::response::{Capabilities, Response, Status};
use crate::io::imap::wire::{LoginError, Wire};
use crate::io::imap::{Credential, Credentials, Limits, Options, SecretError, Security, connect};

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

/// What a server says when an account has too many connections, counted by user or by address.
const CROWDED: &[&str] = &[
    "too many simultaneous",
    "too many connections",
    "connection limit",
    "maximum number of connections",
];

const TOO_MANY: LinkError = LinkError::Busy(
    "it has too many connections of this account; close mail programs that are not needed",
);

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
    /// Our address on the connection.
    pub(crate) local: Option<IpAddr>,
}

/// Connects and logs in. The secret is asked for anew each time: a token lives an hour.
pub(crate) async fn log_in(
    options: &Options,
    credentials: &dyn Credentials,
) -> Result<Connected, LinkError> {
    let tcp = connect::tcp(options).await?;
    let local = tcp.local_addr().ok().map(|address| address.ip());
    let gather = options.limits.gather;
    let tcp: Box<dyn Stream> = if gather.is_zero() {
        Box::new(tcp)
    } else {
        Box::new(gathering(tcp, gather))
    };
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
                match error {
                    SecretError::Unreadable(_) => LinkError::Secret,
                    SecretError::SignIn(_) => LinkError::SignIn,
                    SecretError::Unreachable(_) => {
                        LinkError::Network("the authorization server cannot be reached")
                    }
                }
            })?;
        login = login.authenticate(&secret).await.inspect_err(|error| {
            if matches!(error, LinkError::Refused { .. }) {
                credentials.refused();
            }
        })?;
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
        login.command(name).await?;
    }
    Ok(Connected {
        wire: login.wire,
        able: login.able,
        limits: options.limits.clone(),
        local,
    })
}

struct Login<'a> {
    options: &'a Options,
    wire: Wire,
    able: Capabilities,
}

impl<'a> Login<'a> {
    fn new(options: &'a Options, stream: Box<dyn Stream>) -> Self {
        Self {
            options,
            wire: Wire::new(stream, &options.limits),
            able: Capabilities::default(),
        }
    }

    /// Reads the greeting; true when the server needs no login (RFC 3501 §7.1.4).
    async fn greeting(&mut self) -> Result<bool, LinkError> {
        let response = timeout(self.options.limits.step, self.wire.next())
            .await
            .map_err(|_| LinkError::Timeout("the greeting"))??;
        let Response::Status(mut greeting) = response else {
            return Err(LinkError::Protocol("the greeting is not IMAP"));
        };
        self.able = greeting.able.take().unwrap_or_default();
        match greeting.status {
            Status::Ok => Ok(false),
            Status::PreAuth => Ok(true),
            Status::Bye | Status::No | Status::Bad if greeting.says(CROWDED) => Err(TOO_MANY),
            Status::Bye | Status::No | Status::Bad => {
                Err(LinkError::Busy("the server does not take connections now"))
            }
        }
    }

    /// Nothing that came in the clear is kept: neither bytes nor capabilities.
    async fn start_tls(self) -> Result<Self, LinkError> {
        let stream = timeout(self.options.limits.step, self.wire.start_tls())
            .await
            .map_err(|_| LinkError::Timeout("beginning TLS"))??;
        let stream = connect::tls(self.options, stream).await?;
        Ok(Self::new(self.options, stream))
    }

    async fn ask_capabilities(&mut self) -> Result<(), LinkError> {
        self.able = self.command("CAPABILITY").await?.unwrap_or_default();
        Ok(())
    }

    async fn authenticate(self, secret: &Credential) -> Result<Self, LinkError> {
        let token = matches!(secret, Credential::Token(_));
        let limit = self.options.limits.step;
        let tried = async {
            match secret {
                Credential::Password(password) => self.with_password(password).await,
                Credential::Token(secret) => self.with_token(secret).await,
            }
        };
        let tried = timeout(limit, tried)
            .await
            .unwrap_or(Err(LoginError::Lost(LinkError::Timeout("logging in"))));
        match tried {
            Ok(login) => Ok(login),
            Err(LoginError::Refused(said)) if is_temporary(&said) && is_crowded(&said) => {
                Err(TOO_MANY)
            }
            Err(LoginError::Refused(said)) if is_temporary(&said) => {
                Err(LinkError::Busy("the login is not possible at the moment"))
            }
            Err(LoginError::Refused(_)) => Err(LinkError::Refused { token }),
            // Some servers hang up on a wrong password. Whatever it was, a quick retry could lock the account.
            Err(LoginError::Lost(
                LinkError::Closed | LinkError::Network(_) | LinkError::Timeout(_),
            )) => Err(LinkError::Busy("the connection broke during the login")),
            Err(LoginError::Lost(error)) => Err(error),
        }
    }

    async fn with_password(self, password: &Secret) -> Result<Self, LoginError> {
        let user = &self.options.user;
        let password = password.expose();
        // What LOGIN cannot quote (RFC 3501 §9).
        let plain_text = [user, password]
            .iter()
            .all(|it| it.is_ascii() && !it.contains(['\r', '\n', '\0']));
        if plain_text && !self.able.has("LOGINDISABLED") {
            let (wire, able) = self.wire.log_in(user, password).await?;
            return Ok(Self { wire, able, ..self });
        }
        if self.able.has("AUTH=PLAIN") {
            // RFC 4616 §2: no authorization identity, then user and password in UTF-8.
            let message = Zeroizing::new(format!("\0{user}\0{password}"));
            return self.sasl("PLAIN", message).await;
        }
        Err(LoginError::Lost(LinkError::Unsupported(
            "the server offers no way to log in with this password (neither LOGIN nor AUTHENTICATE PLAIN)",
        )))
    }

    async fn with_token(self, token: &Secret) -> Result<Self, LoginError> {
        let Options {
            user, host, port, ..
        } = self.options;
        let token = token.expose();
        if self.able.has("AUTH=OAUTHBEARER") && !self.able.has("AUTH=XOAUTH2") {
            // RFC 7628 §3.1.
            let message = Zeroizing::new(format!(
                "n,a={user},\u{1}host={host}\u{1}port={port}\u{1}auth=Bearer {token}\u{1}\u{1}"
            ));
            return self.sasl("OAUTHBEARER", message).await;
        }
        let message = Zeroizing::new(format!("user={user}\u{1}auth=Bearer {token}\u{1}\u{1}"));
        self.sasl("XOAUTH2", message).await
    }

    /// async-imap does not tell the capabilities that a server sends along, so they are asked for after this.
    async fn sasl(self, mechanism: &str, message: Zeroizing<String>) -> Result<Self, LoginError> {
        let at_once = self.able.has("SASL-IR");
        let wire = self.wire.authenticate(mechanism, message, at_once).await?;
        Ok(Self {
            wire,
            able: Capabilities::default(),
            ..self
        })
    }

    /// Sends a command and reads up to its tagged answer: the capabilities that came along.
    async fn command(&mut self, line: &str) -> Result<Option<Capabilities>, LinkError> {
        timeout(self.options.limits.step, self.command_inner(line))
            .await
            .map_err(|_| LinkError::Timeout("logging in"))?
    }

    async fn command_inner(&mut self, line: &str) -> Result<Option<Capabilities>, LinkError> {
        let asked = self.wire.send(line).await?;
        let mut able = None;
        loop {
            match self.wire.next().await? {
                Response::Tagged { tag, answer } if tag == asked => {
                    return Ok(answer.able.or(able));
                }
                Response::Status(answer) if answer.status == Status::Bye => {
                    return Err(if answer.says(CROWDED) {
                        TOO_MANY
                    } else if answer.says(TEMPORARY) && !answer.says(WRONG_SECRET) {
                        LinkError::Busy("the server ended the connection")
                    } else {
                        LinkError::Closed
                    });
                }
                Response::Capability(names) => able = Some(names),
                Response::Tagged { .. }
                | Response::Status(_)
                | Response::Continue
                | Response::Exists(_)
                | Response::Message(_)
                | Response::UnreadableMessage
                | Response::Search(_)
                | Response::Expunged
                | Response::MailboxStatus { .. }
                | Response::List { .. }
                | Response::Other => {}
            }
        }
    }
}

fn is_crowded(said: &str) -> bool {
    CROWDED.iter().any(|word| said.contains(word))
}

fn is_temporary(said: &str) -> bool {
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    says(TEMPORARY) && !says(WRONG_SECRET)
}
