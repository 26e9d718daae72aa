//! One message to a web server, and what its answer means for the message.

use std::path::PathBuf;
use std::time::Duration;

use hyper::Method;
use jiff::SignedDuration;

use crate::io::connect::Patience;
use crate::io::http::{Answer, Client, HttpError, Request, Url};
use crate::io::secrets::SecretsError;

/// How long the steps of one request may take; all of them together stay below what the outbox waits for.
pub const PATIENCE: Patience = Patience {
    connect: Duration::from_secs(10),
    attempt: Duration::from_millis(250),
    step: Duration::from_secs(20),
};

/// The longest answer that is read, in bytes.
const LONGEST_ANSWER: usize = 64 * 1024;

/// How long a server is left alone that says "too many requests" without saying for how long.
const BUSY_WAIT: Duration = Duration::from_mins(1);

/// Why a message was not taken. No text holds a path, a header or anything that the server wrote.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    /// A secret could not be read.
    #[error(transparent)]
    Secret(#[from] SecretsError),
    /// No answer came.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// What the secret holds is no address.
    #[error("the address of the web server cannot be read; it must be https://host/path")]
    Address,
    /// The server wants to be left alone for a while.
    #[error("the server is busy (status {status}); it is asked again in {} s", wait.as_secs())]
    Busy {
        /// The status code.
        status: u16,
        /// For how long.
        wait: Duration,
    },
    /// The server has a fault of its own.
    #[error("the server has a fault (status {status}); it is asked again")]
    Fault {
        /// The status code.
        status: u16,
    },
    /// The server does not know who asks.
    #[error(
        "the server refused the token or the topic (status {status}); check the channel's secret"
    )]
    Denied {
        /// The status code.
        status: u16,
    },
    /// The server does not take it, now or later.
    #[error("the server did not take the message (status {status}); check the channel's address")]
    Refused {
        /// The status code.
        status: u16,
    },
}

impl PostError {
    /// Whether a later attempt can end otherwise without anybody changing anything.
    pub fn retry(&self) -> bool {
        match self {
            Self::Secret(_) | Self::Http(_) | Self::Busy { .. } | Self::Fault { .. } => true,
            Self::Address | Self::Denied { .. } | Self::Refused { .. } => false,
        }
    }

    /// Whether to try again, and for how long the server asked to be left alone.
    pub fn advice(&self) -> (bool, Option<SignedDuration>) {
        let wait = self
            .wait()
            .and_then(|wait| SignedDuration::try_from(wait).ok());
        (self.retry(), wait)
    }

    /// For how long the server asked to be left alone.
    pub fn wait(&self) -> Option<Duration> {
        match self {
            Self::Busy { wait, .. } => Some(*wait),
            Self::Secret(_)
            | Self::Http(_)
            | Self::Address
            | Self::Fault { .. }
            | Self::Denied { .. }
            | Self::Refused { .. } => None,
        }
    }
}

/// A client that trusts the platform's roots, or only those of a file.
pub fn client(ca_file: Option<&PathBuf>) -> Client {
    Client {
        ca_file: ca_file.cloned(),
        patience: PATIENCE,
    }
}

/// Sends a message; what the server answers where it took it.
pub async fn send(
    client: &Client,
    method: Method,
    url: &Url,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
) -> Result<Vec<u8>, PostError> {
    let request = Request {
        method,
        headers,
        body,
    };
    let answer = client.ask(url, request).await?;
    verdict(&answer)?;
    Ok(answer.body(LONGEST_ANSWER, PATIENCE.step).await?)
}

/// What a status code means for what was asked.
pub fn verdict(answer: &Answer) -> Result<(), PostError> {
    let status = answer.status();
    match status {
        200..=299 => Ok(()),
        429 | 503 => Err(PostError::Busy {
            status,
            wait: answer.retry_after().unwrap_or(BUSY_WAIT),
        }),
        401 | 403 => Err(PostError::Denied { status }),
        408 | 425 | 500..=599 => Err(PostError::Fault { status }),
        _ => Err(PostError::Refused { status }),
    }
}
