//! The account as far as it is known.

use std::path::{Path, PathBuf};

use crate::config::{Account, accounts};
use crate::engine::secret::Secret;
use crate::io::certificate::Fingerprint;
use crate::io::imap::{Credential, Security};
use crate::io::secrets::Source;

/// An account that is being set up.
pub struct Draft {
    /// The person's address.
    pub address: String,
    /// Its name in the configuration.
    pub name: String,
    /// Whose it is, where that was said.
    pub person: Option<String>,
    /// The server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// The login name.
    pub user: String,
    /// An authority of one's own.
    pub ca_file: Option<PathBuf>,
    /// The only certificate to trust.
    pub certificate: Option<Fingerprint>,
    /// Where the secret comes from.
    pub secret: Source,
    /// The secret was typed and has to be written into the file that `secret` names.
    pub typed: Option<Secret>,
    /// Whose stamps are believed.
    pub authserv_ids: Vec<String>,
}

impl Draft {
    /// As the program would configure it.
    pub fn account(&self) -> Account {
        Account {
            name: self.name.clone(),
            person: self
                .person
                .clone()
                .unwrap_or_else(|| accounts::DEFAULT_PERSON.to_owned()),
            host: self.host.clone(),
            port: self.port,
            security: self.security,
            ca_file: self.ca_file.clone(),
            certificate: self.certificate,
            user: self.user.clone(),
            addresses: vec![self.address.to_lowercase()],
            authserv_ids: self.authserv_ids.clone(),
            secret: self.secret.clone(),
            folders: accounts::DEFAULT_FOLDERS.map(str::to_owned).to_vec(),
        }
    }

    /// The typed secret as what a login takes.
    pub fn typed(&self) -> Option<Credential> {
        self.typed.clone().map(Credential::Password)
    }
}

/// The file for a typed password, beside the configuration.
pub fn password_file(config: &Path, name: &str) -> PathBuf {
    let plain: String = name
        .chars()
        .map(|it| {
            if it.is_alphanumeric() || it == '-' {
                it
            } else {
                '_'
            }
        })
        .collect();
    config.with_file_name(format!("{plain}.password"))
}
