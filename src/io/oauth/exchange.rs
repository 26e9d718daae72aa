//! Carries the requests of the oauth2 crate over our own HTTP and TLS.

use std::time::Duration;

use futures::future::BoxFuture;
use oauth2::{AsyncHttpClient, HttpRequest, HttpResponse};
use thiserror::Error;

use crate::io::connect::Patience;
use crate::io::http::{Client, HttpError, Request, Url};
use crate::io::oauth::registration::Registration;

/// How long each step of a request may take: a login waits for it.
const STEP: Duration = Duration::from_secs(15);
/// Longer than any answer with tokens, in bytes.
const LONGEST: usize = 256 * 1024;

/// Why there is no answer of OAuth.
#[derive(Debug, Clone, Copy, Error)]
pub(crate) enum ExchangeError {
    /// There is none at all.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The server says that it cannot answer now.
    #[error("the server is in trouble")]
    Trouble,
}

/// One server.
pub(crate) struct Exchange(Client);

impl Exchange {
    pub(crate) fn with(registration: &Registration) -> Self {
        Self(Client {
            ca_file: registration.ca_file.clone(),
            patience: Patience {
                connect: Duration::from_secs(10),
                attempt: Duration::from_millis(250),
                step: STEP,
            },
        })
    }

    async fn carry(&self, request: HttpRequest) -> Result<HttpResponse, ExchangeError> {
        let (head, body) = request.into_parts();
        let url = Url::parse(&head.uri.to_string()).map_err(|_| HttpError::Protocol)?;
        let headers = head.headers.iter().map(|(name, value)| {
            let value = value.to_str().map_err(|_| HttpError::Header)?;
            Ok((name.to_string(), value.to_owned()))
        });
        let request = Request {
            method: head.method,
            headers: headers.collect::<Result<_, HttpError>>()?,
            body,
        };
        let answer = self.0.ask(&url, request).await?;
        // A proxy's page is no answer of OAuth, and "too many requests" passes.
        let status = answer.status();
        if status >= 500 || status == 429 {
            return Err(ExchangeError::Trouble);
        }
        let body = answer.body(LONGEST, STEP).await?;
        oauth2::http::Response::builder()
            .status(status)
            .body(body)
            .map_err(|_| HttpError::Protocol.into())
    }
}

impl<'c> AsyncHttpClient<'c> for Exchange {
    type Error = ExchangeError;
    type Future = BoxFuture<'c, Result<HttpResponse, ExchangeError>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.carry(request))
    }
}
