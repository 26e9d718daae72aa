//! The account on a Dovecot of the benchmark's own.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::dovecot::Dovecot;

/// Writes a configuration into a folder; its file.
pub fn write_config(folder: &Path, server: &Dovecot) -> PathBuf {
    let secret = folder.join("password");
    fs::write(&secret, "secret").unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
    let file = folder.join("mailward.toml");
    let text = format!(
        "language = \"en\"\n[[channel]]\nkind = \"journal\"\n\
         [[account]]\nname = \"home\"\nhost = \"localhost\"\nport = {}\nsecurity = \"tls\"\nca_file = \"{}\"\n\
         user = \"hanako\"\naddresses = [\"hanako@example.com\"]\nauthserv_ids = [\"mx.example.com\"]\n\
         password_file = \"password\"\n",
        server.imaps,
        server.certificate().display(),
    );
    fs::write(&file, text).unwrap();
    file
}
