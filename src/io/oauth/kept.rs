//! The tokens of an account between two runs: one file each in the state folder, which only its owner can read.

use std::fmt::Write as _;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::engine::secret::Secret;
use crate::io::oauth::error::OAuthError;
use crate::io::oauth::flow::Tokens;
use crate::io::oauth::registration::Registration;
use crate::io::private_file;
use crate::io::secrets::{self, SecretsError};

/// What stands in the file. Client and server stand there too, so that a token is never shown to another one.
#[derive(Serialize, Deserialize)]
struct Line<T> {
    client_id: T,
    token_server: T,
    access_token: T,
    refresh_token: Option<T>,
    expires_at: Option<Timestamp>,
}

/// The file of an account.
pub fn path(registration: &Registration) -> Result<PathBuf, OAuthError> {
    let folder = registration.folder.as_deref().ok_or(OAuthError::NoFolder)?;
    Ok(folder.join(format!("oauth-{}.json", safe(&registration.account))))
}

/// A name that is no path and hides nothing: another byte than a letter, a digit, `-` or `_` is written as `%2F`.
fn safe(name: &str) -> String {
    let mut text = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

/// The tokens of this client at this server.
pub fn read(registration: &Registration) -> Result<Tokens, OAuthError> {
    let path = path(registration)?;
    let nothing = || OAuthError::NotSignedIn {
        account: registration.account.clone(),
    };
    let bytes = match secrets::private_contents("oauth", &path) {
        Ok(bytes) => bytes,
        Err(SecretsError::Unreadable { source, .. })
            if source.kind() == io::ErrorKind::NotFound =>
        {
            return Err(nothing());
        }
        Err(error) => return Err(Box::new(error).into()),
    };
    // A file that cannot be read any more is mended by signing in.
    let line: Line<String> = serde_json::from_slice(&bytes).map_err(|_| nothing())?;
    let access = Secret::new(line.access_token);
    let refresh = line.refresh_token.map(Secret::new);
    if line.client_id != registration.client_id
        || line.token_server != registration.token_url.root()
    {
        return Err(nothing());
    }
    Ok(Tokens {
        access,
        refresh,
        expires_at: line.expires_at,
    })
}

/// Keeps tokens in the place of earlier ones, at once and whole.
pub fn write(registration: &Registration, tokens: &Tokens) -> Result<(), OAuthError> {
    let path = path(registration)?;
    put(&path, registration, tokens).map_err(|source| OAuthError::NotKept { path, source })
}

fn put(path: &Path, registration: &Registration, tokens: &Tokens) -> io::Result<()> {
    let root = registration.token_url.root();
    let line = Line {
        client_id: registration.client_id.as_str(),
        token_server: root.as_str(),
        access_token: tokens.access.expose(),
        refresh_token: tokens.refresh.as_ref().map(Secret::expose),
        expires_at: tokens.expires_at,
    };
    let bytes = Zeroizing::new(serde_json::to_vec(&line)?);
    if let Some(folder) = path.parent() {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
    }
    private_file::replace(path, &bytes)
}

#[cfg(test)]
mod tests {
    use super::safe;

    #[test]
    fn a_name_never_leads_out_of_the_folder() {
        assert_eq!(safe("home-1_b"), "home-1_b");
        assert_eq!(safe("../a/b"), "%2E%2E%2Fa%2Fb");
        assert_eq!(safe("家"), "%E5%AE%B6");
        assert_ne!(safe("a%2F"), safe("a/"));
    }
}
