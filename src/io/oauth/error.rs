//! Why there is no token. No text holds a token, a code or a secret, nor what a server wrote.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::io::http::HttpError;
use crate::io::secrets::SecretsError;

/// What stands in the way.
#[derive(Debug, Error)]
pub enum OAuthError {
    /// Nobody has signed in yet, or for another client id or server.
    #[error("account {account:?} is not signed in yet; run: mailward login {account}")]
    NotSignedIn {
        /// The account.
        account: String,
    },
    /// The provider takes the refresh token no more, or gave none.
    #[error(
        "the provider accepts the sign-in of account {account:?} no more; run: mailward login {account}"
    )]
    SignedOut {
        /// The account.
        account: String,
    },
    /// The person said no.
    #[error("the sign-in was declined; run it again and allow the access to the mailbox")]
    Declined,
    /// The code was not typed in time.
    #[error("the code was not typed in time; run it again for a new one")]
    Expired,
    /// The provider does not let this client do that.
    #[error("the provider refused the client ({code}); check client_id, its secret and scope")]
    Refused {
        /// The error code, of those that RFC 6749 and RFC 8628 name.
        code: &'static str,
    },
    /// The provider gives no token for this scope in this flow.
    #[error(
        "the provider gives no token for this scope by a device code; docs/providers.md says what works there instead"
    )]
    Scope,
    /// No answer, or one that says to come back later.
    #[error("the authorization server cannot be reached: {0}; it is asked again")]
    Unreachable(#[from] HttpError),
    /// The server is in trouble.
    #[error("the authorization server is in trouble; it is asked again")]
    Trouble,
    /// An answer that is not one of OAuth.
    #[error(
        "the authorization server sent an answer that cannot be used; check device_authorization_url and token_url"
    )]
    Answer,
    /// There is no place to keep tokens.
    #[error("there is no place to keep tokens; set HOME, XDG_STATE_HOME or STATE_DIRECTORY")]
    NoFolder,
    /// The tokens cannot be kept.
    #[error("{}: the tokens cannot be written: {source}; check the folder's owner and the disk", path.display())]
    NotKept {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The tokens or the client's secret cannot be read.
    #[error(transparent)]
    Secret(#[from] Box<SecretsError>),
}

impl OAuthError {
    /// Only a person can mend it, by signing in again.
    pub fn needs_sign_in(&self) -> bool {
        matches!(self, Self::NotSignedIn { .. } | Self::SignedOut { .. })
    }

    /// It may pass by itself.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Trouble)
    }
}
