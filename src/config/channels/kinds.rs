//! The options of the kinds that have some.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use toml::Spanned;

use crate::config::channels::{needed, people, person, recipient};
use crate::config::error::Fault;
use crate::config::schema::{Channel, Header, HeaderSecret};
use crate::config::values::{filled, resolve};
use crate::config::{Account, accounts};
use crate::engine::ntfy::Topic;
use crate::engine::payload::Format;
use crate::io::http::Url;
use crate::io::imap::Security;
use crate::io::ntfy::{self, Inbox};
use crate::io::secrets::Source;
use crate::io::smtp;
use crate::io::webhook::{self, Address, HeaderValue};

/// The public server.
const NTFY_SERVER: &str = "https://ntfy.sh";

/// Headers that the request has already, or that would change where it ends (RFC 9112).
const OWN_HEADERS: [&str; 6] = [
    "host",
    "content-length",
    "content-type",
    "transfer-encoding",
    "connection",
    "user-agent",
];

pub(crate) fn ntfy(
    table: Channel,
    span: &Range<usize>,
    folder: &Path,
    accounts: &[Arc<Account>],
) -> Result<ntfy::Options, Fault> {
    let token = secret(
        "token",
        table.token_command,
        table.token_file,
        table.token_credential,
        folder,
    )?;
    let server = match table.server {
        Some(text) => server(&text, token.is_some())?,
        None => Url::parse(NTFY_SERVER)
            .map_err(|error| Fault::new(span.clone(), error.to_string(), "write server = \"…\""))?,
    };
    let topic = needed(table.topic, span, "topic", "\"a-name-that-nobody-guesses\"")?;
    let inbox_token = secret(
        "inbox_token",
        table.inbox_token_command,
        table.inbox_token_file,
        table.inbox_token_credential,
        folder,
    )?;
    let named = table.person.as_ref().map(Spanned::span);
    let person = person(table.person, accounts)?;
    let inbox = match table.inbox_topic {
        Some(inbox) if person.is_none() && people(accounts).len() > 1 => {
            return Err(Fault::new(
                inbox.span(),
                "several people are watched, and it is not said whose phone posts here",
                "add person = \"…\" to this channel",
            ));
        }
        Some(inbox) if inbox.get_ref() == topic.get_ref() => {
            return Err(Fault::new(
                inbox.span(),
                "text messages cannot arrive on the topic that alerts go to",
                "give inbox_topic a name of its own",
            ));
        }
        Some(inbox) => Some(Inbox {
            topic: self::topic(&inbox)?,
            person,
            token: inbox_token,
        }),
        None => {
            if let Some(span) = named {
                return Err(Fault::new(
                    span,
                    "`person` says whose text messages arrive on inbox_topic, which is missing",
                    "add inbox_topic = \"…\", or leave person out",
                ));
            }
            None
        }
    };
    Ok(ntfy::Options {
        server,
        topic: self::topic(&topic)?,
        token,
        ca_file: table.ca_file.map(|path| resolve(path.get_ref(), folder)),
        answers: table.answers.is_none_or(Spanned::into_inner),
        inbox,
    })
}

/// The server's root. Neither a path nor a token in the clear.
fn server(text: &Spanned<String>, has_token: bool) -> Result<Url, Fault> {
    let url = Url::parse(text.get_ref()).map_err(|error| {
        Fault::new(
            text.span(),
            error.to_string(),
            "write for example server = \"https://ntfy.example.com\"",
        )
    })?;
    if url.target() != "/" {
        return Err(Fault::new(
            text.span(),
            "the server's address has a path; ntfy lives at the root of its host",
            "write only the host here, and the topic in topic = \"…\"",
        ));
    }
    if has_token && !url.is_secure() && !accounts::is_loopback(url.host()) {
        return Err(Fault::new(
            text.span(),
            "http:// would send the token in the clear",
            "write https://, or leave the token out",
        ));
    }
    Ok(url)
}

fn topic(name: &Spanned<String>) -> Result<Topic, Fault> {
    // The name is the password of a public topic, so it is not quoted.
    Topic::parse(name.get_ref()).ok_or_else(|| {
        Fault::new(
            name.span(),
            "not the name of a topic, expected 1 to 64 letters, digits, - and _",
            "`openssl rand -hex 16` prints one that nobody guesses",
        )
    })
}

pub(crate) fn webhook(
    table: Channel,
    span: &Range<usize>,
    folder: &Path,
) -> Result<webhook::Options, Fault> {
    let kept = secret(
        "url",
        table.url_command,
        table.url_file,
        table.url_credential,
        folder,
    )?;
    let address = match (table.url, kept) {
        (None, Some(source)) => Address::Secret(source),
        // Such an address holds a secret as a rule, so it is not quoted.
        (Some(url), None) => Address::Plain(Url::parse(url.get_ref()).map_err(|error| {
            Fault::new(
                url.span(),
                error.to_string(),
                "write for example url = \"https://example.com/hook\"",
            )
        })?),
        (Some(url), Some(_)) => {
            return Err(Fault::new(
                url.span(),
                "a second address, expected exactly one of url, url_command, url_file, url_credential",
                "keep one of them",
            ));
        }
        (None, None) => {
            return Err(Fault::new(
                span.clone(),
                "the webhook has no address, expected exactly one of url, url_command, url_file, url_credential",
                "add for example url_file = \"~/.config/mailward/webhook-url\"",
            ));
        }
    };
    let format = match &table.format {
        None => Format::Json,
        Some(name) => Format::from_name(name.get_ref()).ok_or_else(|| {
            Fault::new(
                name.span(),
                "unknown format, expected json, slack, discord or gotify",
                "leave the key out for mailward's own JSON; docs/channels.md lists its fields",
            )
        })?,
    };
    Ok(webhook::Options {
        address,
        headers: headers(table.headers, folder)?,
        ca_file: table.ca_file.map(|path| resolve(path.get_ref(), folder)),
        format,
    })
}

fn headers(
    table: Option<Spanned<BTreeMap<String, Spanned<Header>>>>,
    folder: &Path,
) -> Result<Vec<(String, HeaderValue)>, Fault> {
    let mut headers = Vec::new();
    for (name, value) in table.map(Spanned::into_inner).unwrap_or_default() {
        let span = value.span();
        let token = !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        if !token || OWN_HEADERS.contains(&name.to_lowercase().as_str()) {
            return Err(Fault::new(
                span,
                "this header cannot be set",
                "write for example headers = { Authorization = { prefix = \"Bearer \", file = \"…\" } }",
            ));
        }
        let value = match value.into_inner() {
            Header::Plain(text) => HeaderValue::Plain(text),
            Header::Secret(HeaderSecret {
                prefix,
                command,
                file,
                credential,
            }) => {
                let spanned = |text: String| Spanned::new(span.clone(), text);
                let source = secret(
                    "header",
                    command.map(|argv| Spanned::new(span.clone(), argv)),
                    file.map(spanned),
                    credential.map(spanned),
                    folder,
                )?;
                let Some(source) = source else {
                    return Err(Fault::new(
                        span,
                        "the header has no source, expected exactly one of command, file, credential",
                        "write for example { prefix = \"Bearer \", file = \"~/.config/mailward/token\" }",
                    ));
                };
                HeaderValue::Secret {
                    prefix: prefix.unwrap_or_default(),
                    source,
                }
            }
        };
        headers.push((name, value));
    }
    Ok(headers)
}

pub(crate) fn email(
    table: Channel,
    span: &Range<usize>,
    folder: &Path,
    accounts: &[Arc<Account>],
) -> Result<smtp::Options, Fault> {
    let host = filled(
        needed(table.host, span, "host", "\"smtp.example.net\"")?,
        "host",
    )?;
    let security = accounts::security(table.security.as_ref(), &host)?;
    let port = match (table.port.map(Spanned::into_inner), security) {
        (Some(port), _) => port,
        // RFC 8314 §3.3, RFC 6409 §3.1, RFC 5321 §4.5.4.2.
        (None, Security::Tls) => 465,
        (None, Security::StartTls) => 587,
        (None, Security::None) => 25,
    };
    let password = secret(
        "password",
        table.password_command,
        table.password_file,
        table.password_credential,
        folder,
    )?;
    let login = match (table.user, password) {
        (Some(user), Some(password)) => Some((filled(user, "user")?, password)),
        (None, None) => None,
        (Some(user), None) => {
            return Err(Fault::new(
                user.span(),
                "the login has no password source",
                "add password_command, password_file or password_credential",
            ));
        }
        (None, Some(_)) => {
            return Err(Fault::new(
                span.clone(),
                "the password has no login name",
                "add user = \"…\"",
            ));
        }
    };
    let from = needed(table.from, span, "from", "\"mailward@example.net\"")?;
    let to = needed(table.to, span, "to", "[\"you@example.net\"]")?;
    if to.get_ref().is_empty() {
        return Err(Fault::new(
            to.span(),
            "nobody is written to",
            "write for example to = [\"you@example.net\"]",
        ));
    }
    Ok(smtp::Options {
        host,
        port,
        security,
        ca_file: table.ca_file.map(|path| resolve(path.get_ref(), folder)),
        login,
        from: accounts::address(&from)?,
        to: to
            .get_ref()
            .iter()
            .map(|address| recipient(address, accounts))
            .collect::<Result<_, _>>()?,
    })
}

/// Where a secret is kept: in one place at most.
fn secret(
    what: &str,
    command: Option<Spanned<Vec<String>>>,
    file: Option<Spanned<String>>,
    credential: Option<Spanned<String>>,
    folder: &Path,
) -> Result<Option<Source>, Fault> {
    let places = [
        command.as_ref().map(Spanned::span),
        file.as_ref().map(Spanned::span),
        credential.as_ref().map(Spanned::span),
    ];
    if let Some(second) = places.into_iter().flatten().nth(1) {
        return Err(Fault::new(
            second,
            format!("a second source of the {what}, expected one command, file or credential"),
            "keep one of them",
        ));
    }
    if let Some(argv) = command {
        return accounts::command(argv, Source::Command).map(Some);
    }
    if let Some(name) = credential {
        return accounts::credential(name).map(Some);
    }
    file.map(|path| {
        let text = filled(path, "file")?;
        Ok(Source::File(resolve(&text, folder)))
    })
    .transpose()
}
