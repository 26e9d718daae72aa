//! E-mail as a channel: each alert is one mail, over SMTP with TLS.

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MessageBuilder};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use thiserror::Error;

use crate::engine::alert::Alert;
use crate::engine::hex;
use crate::engine::incident::Severity;
use crate::engine::printable::stripped;
use crate::io::imap::Security;
use crate::io::secrets::{SecretsError, Source, Use};

/// How long one mail may take, with the connection that it needs.
const TIME_LIMIT: Duration = Duration::from_mins(1);

/// How to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// A file of certificate authorities, PEM.
    pub ca_file: Option<PathBuf>,
    /// The login name and where its password is kept; `None` where the server wants none.
    pub login: Option<(String, Source)>,
    /// From whom.
    pub from: String,
    /// To whom; at least one.
    pub to: Vec<String>,
}

/// Why a mail was not taken. No text holds what the server wrote, which may name a person.
#[derive(Debug, Error)]
pub enum MailError {
    /// The password could not be read.
    #[error(transparent)]
    Secret(#[from] SecretsError),
    /// An address or a certificate cannot be used.
    #[error("{0} cannot be used; check the channel's configuration")]
    Unfit(&'static str),
    /// No connection, or none that can be trusted.
    #[error(
        "the mail server cannot be reached, or TLS failed; check host, port, security and ca_file"
    )]
    Unreachable,
    /// It took too long.
    #[error("the mail server did not take the mail within {} s", TIME_LIMIT.as_secs())]
    Silent,
    /// It refuses for now.
    #[error("the mail server refuses for now (code {0}); it is asked again")]
    Later(u16),
    /// It refuses.
    #[error(
        "the mail server refused the login or the mail (code {0}); check user, password, from and to"
    )]
    Refused(u16),
}

impl MailError {
    /// Whether a later attempt can end otherwise without anybody changing anything.
    pub fn retry(&self) -> bool {
        match self {
            Self::Secret(_) | Self::Unreachable | Self::Silent | Self::Later(_) => true,
            Self::Unfit(_) | Self::Refused(_) => false,
        }
    }
}

/// Sends one alert. The subject is its title.
pub async fn deliver(
    options: &Options,
    alert: &Alert,
    title: &str,
    body: &str,
) -> Result<(), MailError> {
    let mail = compose(options, alert, title, body)?;
    let transport = transport(options).await?;
    match tokio::time::timeout(TIME_LIMIT, transport.send(mail)).await {
        Err(_) => Err(MailError::Silent),
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(sort(&error)),
    }
}

fn sort(error: &lettre::transport::smtp::Error) -> MailError {
    let code = error.status().map_or(0, u16::from);
    if error.is_timeout() {
        MailError::Silent
    } else if error.is_permanent() {
        MailError::Refused(code)
    } else if error.is_transient() {
        MailError::Later(code)
    } else {
        MailError::Unreachable
    }
}

async fn transport(options: &Options) -> Result<AsyncSmtpTransport<Tokio1Executor>, MailError> {
    let tls = match options.security {
        Security::None => Tls::None,
        Security::Tls => Tls::Wrapper(trust(options).await?),
        Security::StartTls => Tls::Required(trust(options).await?),
    };
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&options.host)
        .port(options.port)
        .tls(tls)
        .timeout(Some(TIME_LIMIT));
    if let Some((user, source)) = &options.login {
        let secret = source.read_as(Use::Password).await?;
        builder = builder.credentials(Credentials::new(user.clone(), secret.expose().to_owned()));
    }
    Ok(builder.build())
}

async fn trust(options: &Options) -> Result<TlsParameters, MailError> {
    let mut builder = TlsParameters::builder(options.host.clone());
    if let Some(path) = &options.ca_file {
        let unfit = || MailError::Unfit("ca_file");
        let pem = tokio::fs::read(path).await.map_err(|_| unfit())?;
        let certificate = Certificate::from_pem(&pem).map_err(|_| unfit())?;
        builder = builder
            .certificate_store(CertificateStore::None)
            .add_root_certificate(certificate);
    }
    builder
        .build_rustls()
        .map_err(|_| MailError::Unfit("host or ca_file"))
}

/// The mail. Its Message-ID is the alert's, so that a mail that is sent twice can be told; all mails of a thread refer
/// to one id, so that a mail program shows them together.
fn compose(
    options: &Options,
    alert: &Alert,
    title: &str,
    body: &str,
) -> Result<Message, MailError> {
    let from: Address = options
        .from
        .parse()
        .map_err(|_| MailError::Unfit("the sender's address"))?;
    let domain = from.domain().to_owned();
    let thread = format!("<{}@{domain}>", id_of(&alert.thread));
    let mut builder = Message::builder()
        .from(Mailbox::new(Some("mailward".to_owned()), from))
        .date(date_of(alert.at))
        .subject(stripped(title).replace('\n', " "))
        .message_id(Some(format!("<{}@{domain}>", id_of(&alert.id))))
        .in_reply_to(thread.clone())
        .references(thread);
    for address in &options.to {
        let address: Address = address
            .parse()
            .map_err(|_| MailError::Unfit("the recipient's address"))?;
        builder = builder.to(Mailbox::new(None, address));
    }
    // RFC 3834 §5: nobody's absence note shall answer.
    builder = raw(builder, "Auto-Submitted", "auto-generated");
    if alert.severity >= Severity::Warning {
        builder = raw(builder, "Importance", "high");
    }
    builder
        .header(ContentType::TEXT_PLAIN)
        .body(stripped(body))
        .map_err(|_| MailError::Unfit("the mail"))
}

fn raw(builder: MessageBuilder, name: &'static str, value: &str) -> MessageBuilder {
    builder.raw_header(HeaderValue::new(
        HeaderName::new_from_ascii_str(name),
        value.to_owned(),
    ))
}

/// The same text has the same id, and no id can break a header.
fn id_of(text: &str) -> String {
    format!("mailward-{}", hex::name_of(text, 16))
}

fn date_of(at: Timestamp) -> std::time::SystemTime {
    at.into()
}
