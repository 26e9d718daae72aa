//! A web server of the person's as a channel: each alert is one POST.

use std::path::PathBuf;

use hyper::Method;

use crate::engine::payload::Format;
use crate::io::http::Url;
use crate::io::post::{self, PostError};
use crate::io::secrets::{Source, Use};

/// How to reach it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Where to post.
    pub address: Address,
    /// Further headers.
    pub headers: Vec<(String, HeaderValue)>,
    /// A file of certificate authorities, PEM.
    pub ca_file: Option<PathBuf>,
    /// What it takes.
    pub format: Format,
}

/// An address, which often is a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// From the config.
    Plain(Url),
    /// From where secrets are kept.
    Secret(Source),
}

/// What stands in a header.
#[derive(Clone, PartialEq, Eq)]
pub enum HeaderValue {
    /// From the config.
    Plain(String),
    /// From where secrets are kept, after a word such as `Bearer `.
    Secret {
        /// What stands before it.
        prefix: String,
        /// Where it is kept.
        source: Source,
    },
}

impl std::fmt::Debug for HeaderValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A person may have written a secret in the open all the same.
        f.write_str("[redacted]")
    }
}

/// Posts one alert.
pub async fn deliver(options: &Options, body: Vec<u8>) -> Result<(), PostError> {
    let read;
    let url = match &options.address {
        Address::Plain(url) => url,
        Address::Secret(source) => {
            let secret = source.read_as(Use::Url).await?;
            read = Url::parse(secret.expose()).map_err(|_| PostError::Address)?;
            &read
        }
    };
    let mut headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
    for (name, value) in &options.headers {
        let value = match value {
            HeaderValue::Plain(value) => value.clone(),
            HeaderValue::Secret { prefix, source } => {
                let secret = source.read_as(Use::Header).await?;
                format!("{prefix}{}", secret.expose())
            }
        };
        headers.push((name.clone(), value));
    }
    let client = post::client(options.ca_file.as_ref());
    post::send(&client, Method::POST, url, headers, body).await?;
    Ok(())
}
