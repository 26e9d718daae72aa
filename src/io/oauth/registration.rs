//! Where an account's tokens come from, and for which program they are made.

use std::path::PathBuf;

use crate::io::http::Url;
use crate::io::secrets::Source;

/// The `oauth` of an account, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// The account's name.
    pub account: String,
    /// The id under which the provider knows the program.
    pub client_id: String,
    /// The client's secret, where the provider gave one.
    pub client_secret: Option<Source>,
    /// Where a code is asked for (RFC 8628 §3.1).
    pub device_authorization_url: Url,
    /// Where tokens are asked for (RFC 6749 §3.2).
    pub token_url: Url,
    /// What the tokens are for: words with spaces between them (RFC 6749 §3.3).
    pub scope: String,
    /// The only roots to trust at both addresses, PEM; the platform's when absent.
    pub ca_file: Option<PathBuf>,
    /// The folder in which the tokens are kept; absent where the system names none.
    pub folder: Option<PathBuf>,
}
