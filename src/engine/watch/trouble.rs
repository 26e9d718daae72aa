//! What keeps a watch from its mailbox, by what a person can do about it.

use serde::{Deserialize, Serialize};

use crate::engine::watch::input::LinkError;

/// The kind of a [`LinkError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// The server cannot be reached.
    Network,
    /// It does not answer in time.
    Timeout,
    /// Its certificate or its TLS was not accepted.
    Tls,
    /// It closed the connection.
    Closed,
    /// It refused user and password.
    LoginRefused,
    /// It refused an access token.
    TokenRefused,
    /// It refuses for now.
    Busy,
    /// The secret could not be had.
    Secret,
    /// The person has to sign in at the provider.
    SignIn,
    /// Its answers cannot be used.
    Protocol,
    /// It does not offer what the configuration asks for.
    Unsupported,
}

impl Trouble {
    /// Every kind.
    pub const ALL: [Self; 11] = [
        Self::Network,
        Self::Timeout,
        Self::Tls,
        Self::Closed,
        Self::LoginRefused,
        Self::TokenRefused,
        Self::Busy,
        Self::Secret,
        Self::SignIn,
        Self::Protocol,
        Self::Unsupported,
    ];
}

impl From<LinkError> for Trouble {
    fn from(error: LinkError) -> Self {
        match error {
            LinkError::Network(_) => Self::Network,
            LinkError::Timeout(_) => Self::Timeout,
            LinkError::Tls(_) => Self::Tls,
            LinkError::Closed => Self::Closed,
            LinkError::Refused { token: false } => Self::LoginRefused,
            LinkError::Refused { token: true } => Self::TokenRefused,
            LinkError::Busy(_) => Self::Busy,
            LinkError::Secret => Self::Secret,
            LinkError::SignIn => Self::SignIn,
            LinkError::Protocol(_) => Self::Protocol,
            LinkError::Unsupported(_) => Self::Unsupported,
        }
    }
}
