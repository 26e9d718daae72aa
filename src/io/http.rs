//! One HTTP request at a time, over the same TCP and TLS as the mailboxes: no pool, no redirects, no proxy.
//!
//! hyper speaks the protocol. A response is read piece by piece, so that a stream of messages can be followed as well as
//! a short answer. Neither an error nor a log names more of an address than its host: paths often are secrets.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{HOST, USER_AGENT};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;

use crate::io::connect::{self, ConnectError, Patience};

/// The largest header of a response, in bytes.
const HEADER_LIMIT: usize = 64 * 1024;

/// An `http` or `https` address.
#[derive(Clone, PartialEq, Eq)]
pub struct Url {
    secure: bool,
    host: String,
    port: u16,
    /// Path and query as they stand in a request.
    target: String,
}

/// A text that is no address of a web server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an address of a web server, expected https://host/path")]
pub struct UrlError;

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// There is no connection.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The server took too long.
    #[error("no answer within the limit: {0}")]
    Timeout(&'static str),
    /// A header cannot be sent.
    #[error("a header holds a character that no header may hold")]
    Header,
    /// The server did not speak HTTP, or closed the connection.
    #[error("the answer broke off or is no HTTP")]
    Protocol,
}

/// What to ask with.
#[derive(Debug, Clone)]
pub struct Client {
    /// PEM file of the only roots to trust; the platform's when absent.
    pub ca_file: Option<PathBuf>,
    /// How long each step may take; the answer's first line counts as one.
    pub patience: Patience,
}

/// What to ask.
#[derive(Clone, Default)]
pub struct Request {
    /// `GET`, `POST`, `PUT`.
    pub method: hyper::Method,
    /// Further headers: names and values, which may be secrets.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// An answer whose body is still to come.
pub struct Answer {
    response: hyper::Response<Incoming>,
    /// Drives the connection as long as the answer is read.
    _connection: Driven,
}

impl Url {
    /// Reads an address; one without a path gets `/`.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let uri: hyper::Uri = text.trim().parse().map_err(|_| UrlError)?;
        let secure = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            Some(_) | None => return Err(UrlError),
        };
        let authority = uri.authority().ok_or(UrlError)?;
        // Names and passwords in an address end up in logs; a header is the place for them.
        if authority.as_str().contains('@') {
            return Err(UrlError);
        }
        let host = authority.host().trim_matches(['[', ']']).to_owned();
        if host.is_empty() {
            return Err(UrlError);
        }
        let target = uri.path_and_query().map_or("/", |target| target.as_str());
        Ok(Self {
            secure,
            port: authority
                .port_u16()
                .unwrap_or(if secure { 443 } else { 80 }),
            host,
            target: target.to_owned(),
        })
    }

    /// The host name.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether it is `https`.
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// The same server with another path and query.
    pub fn with_target(&self, target: &str) -> Result<Self, UrlError> {
        let uri: hyper::Uri = target.parse().map_err(|_| UrlError)?;
        let target = uri.path_and_query().ok_or(UrlError)?.as_str().to_owned();
        Ok(Self {
            target,
            ..self.clone()
        })
    }

    /// The server without path and query: `https://host`. For somebody who is to ask it, never for a log.
    pub fn root(&self) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        format!("{scheme}://{}", self.authority())
    }

    /// Path and query.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// `host:port` as a Host header has it.
    fn authority(&self) -> String {
        let host = if self.host.contains(':') {
            format!("[{}]", self.host)
        } else {
            self.host.clone()
        };
        match (self.secure, self.port) {
            (true, 443) | (false, 80) => host,
            (_, port) => format!("{host}:{port}"),
        }
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/…", self.root())
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Asks; the answer is there as soon as its header is.
    pub async fn ask(&self, url: &Url, request: Request) -> Result<Answer, HttpError> {
        let patience = &self.patience;
        let addresses = connect::look_up(&url.host, url.port, patience).await?;
        let stream = connect::tcp(addresses, patience).await?;
        if url.secure {
            let ca_file = self.ca_file.as_deref();
            let stream = connect::tls(&url.host, ca_file, stream, patience).await?;
            exchange(stream, url, request, patience.step).await
        } else {
            exchange(stream, url, request, patience.step).await
        }
    }
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    url: &Url,
    request: Request,
    limit: Duration,
) -> Result<Answer, HttpError> {
    let mut built = hyper::Request::builder()
        .method(request.method)
        .uri(&url.target)
        .header(HOST, url.authority())
        .header(USER_AGENT, concat!("mailward/", env!("CARGO_PKG_VERSION")));
    for (name, value) in &request.headers {
        built = built.header(name, value);
    }
    let built = built
        .body(Full::new(Bytes::from(request.body)))
        .map_err(|_| HttpError::Header)?;
    let asked = async {
        let (mut sender, connection) = http1::Builder::new()
            .max_buf_size(HEADER_LIMIT)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|_| HttpError::Protocol)?;
        let connection = Driven(tokio::spawn(async move {
            // What breaks is seen by the one who reads.
            let _ = connection.await;
        }));
        let response = sender
            .send_request(built)
            .await
            .map_err(|_| HttpError::Protocol)?;
        Ok::<_, HttpError>((response, connection))
    };
    let (response, connection) = timeout(limit, asked)
        .await
        .map_err(|_| HttpError::Timeout("the answer to a request"))??;
    Ok(Answer {
        response,
        _connection: connection,
    })
}

/// The task of a connection, which ends with whoever reads from it.
struct Driven(tokio::task::JoinHandle<()>);

impl Drop for Driven {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Answer {
    /// The status code.
    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// Whether the server did what it was asked: a status of 200 to 299.
    pub fn is_success(&self) -> bool {
        self.response.status().is_success()
    }

    /// A header, where it stands there and is ASCII.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name)?.to_str().ok()
    }

    /// How long the server asks to be left alone (RFC 9110 §10.2.3); a date is not understood and is `None`.
    pub fn retry_after(&self) -> Option<Duration> {
        let seconds = self.header("retry-after")?.trim().parse().ok()?;
        Some(Duration::from_secs(seconds))
    }

    /// The next piece of the body, `None` at its end. Waits as long as it takes: a stream of messages is quiet for long.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, HttpError> {
        loop {
            let Some(frame) = self.response.frame().await else {
                return Ok(None);
            };
            let frame = frame.map_err(|_| HttpError::Protocol)?;
            if let Ok(data) = frame.into_data() {
                return Ok(Some(data.to_vec()));
            }
        }
    }

    /// The whole body, cut at a limit.
    pub async fn body(mut self, most: usize, limit: Duration) -> Result<Vec<u8>, HttpError> {
        let read = async {
            let mut body = Vec::new();
            while let Some(piece) = self.next().await? {
                let left = most.saturating_sub(body.len());
                body.extend(piece.into_iter().take(left));
                if body.len() >= most {
                    break;
                }
            }
            Ok(body)
        };
        timeout(limit, read)
            .await
            .map_err(|_| HttpError::Timeout("the rest of an answer"))?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_never_shown_whole() {
        let url = Url::parse("https://hc-ping.com/secret-path?x=1").unwrap();
        assert_eq!(
            (url.host(), url.target()),
            ("hc-ping.com", "/secret-path?x=1")
        );
        assert!(url.is_secure() && !format!("{url:?}").contains("secret"));
        assert_eq!(url.authority(), "hc-ping.com");
        let url = Url::parse("http://[::1]:8080").unwrap();
        assert_eq!(
            (url.host(), url.authority().as_str()),
            ("::1", "[::1]:8080")
        );
        assert_eq!(url.target(), "/");
        assert_eq!(url.with_target("/a?b").unwrap().target(), "/a?b");
        for bad in [
            "",
            "hc-ping.com",
            "ftp://a/",
            "https://",
            "https:///x",
            "https://user:password@a/",
            "https://a b/",
        ] {
            assert_eq!(Url::parse(bad), Err(UrlError), "{bad}");
        }
    }
}
