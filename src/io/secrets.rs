//! Reads passwords and tokens from where the person keeps them, anew at each connect.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use thiserror::Error;
use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, Command};
use zeroize::Zeroizing;

use crate::engine::secret::Secret;
use crate::io::oauth::access::Access;
use crate::io::oauth::error::OAuthError;
use crate::io::oauth::registration::Registration;
use crate::io::process_group::Group;
use crate::io::{clock, environment};

mod private;

/// How long a command may take: a person may have to touch a key.
const TIME_LIMIT: Duration = Duration::from_secs(30);
/// Longer than any token that a server takes, in bytes.
const LONGEST: u64 = 64 * 1024;

/// Where a secret is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// `password_command`: a program with its arguments, run without a shell.
    Command(Vec<String>),
    /// `password_file`: a file that only its owner can read.
    File(PathBuf),
    /// `password_credential`: the name of a systemd credential.
    Credential(String),
    /// `token_command`: like a password command; what it prints is an OAuth access token.
    TokenCommand(Vec<String>),
    /// `oauth`: mailward's own sign-in at the provider; an access token, as it is good now.
    OAuth(Box<Registration>),
}

/// What a channel's secret is for: the first word of its keys in the config.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// `password_…`.
    Password,
    /// `token_…`.
    Token,
    /// `url_…`.
    Url,
    /// `inbox_token_…`.
    InboxToken,
    /// A header's `{ command, file, credential }`.
    Header,
}

impl Use {
    /// The config key that names a source for this use.
    pub fn key(self, source: &Source) -> &'static str {
        match (self, source) {
            (_, Source::OAuth(_)) => source.key(),
            (Self::Password, source) => source.key(),
            (Self::Token, Source::Command(_) | Source::TokenCommand(_)) => "token_command",
            (Self::Token, Source::File(_)) => "token_file",
            (Self::Token, Source::Credential(_)) => "token_credential",
            (Self::Url, Source::Command(_) | Source::TokenCommand(_)) => "url_command",
            (Self::Url, Source::File(_)) => "url_file",
            (Self::Url, Source::Credential(_)) => "url_credential",
            (Self::InboxToken, Source::Command(_) | Source::TokenCommand(_)) => {
                "inbox_token_command"
            }
            (Self::InboxToken, Source::File(_)) => "inbox_token_file",
            (Self::InboxToken, Source::Credential(_)) => "inbox_token_credential",
            (Self::Header, Source::Command(_) | Source::TokenCommand(_)) => "command in headers",
            (Self::Header, Source::File(_)) => "file in headers",
            (Self::Header, Source::Credential(_)) => "credential in headers",
        }
    }
}

/// Why a secret could not be read. No text holds any part of it.
#[derive(Debug, Error)]
pub enum SecretsError {
    /// The command is an empty list.
    #[error(
        "{key} is an empty list; write the program and its arguments, as in [\"pass\", \"show\", \"mail\"]"
    )]
    NoProgram {
        /// The config key.
        key: &'static str,
    },
    /// The program could not be started.
    #[error(
        "{key}: could not start {program:?}: {source}; give its full path, and run it by hand once"
    )]
    NotStarted {
        /// The config key.
        key: &'static str,
        /// The program.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// The program said that it failed. What it wrote is not shown: it may hold the secret.
    #[error("{key}: {program:?} failed ({status}); run it by hand as the same user to see why")]
    Failed {
        /// The config key.
        key: &'static str,
        /// The program.
        program: String,
        /// Its exit status.
        status: String,
    },
    /// The program did not end in time.
    #[error(
        "{key}: {program:?} did not end within {} s; it must not ask anything on a terminal",
        TIME_LIMIT.as_secs()
    )]
    TooSlow {
        /// The config key.
        key: &'static str,
        /// The program.
        program: String,
    },
    /// A file could not be read.
    #[error("{key}: could not read {}: {source}; check that the file is there and belongs to the user that runs mailward", path.display())]
    Unreadable {
        /// The config key.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is a folder, a pipe or a device.
    #[error("{key}: {} is not a regular file; name the file that holds the secret", path.display())]
    NotAFile {
        /// The config key.
        key: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// Others may read it.
    #[error("{key}: {} has mode {mode:04o}, so others can read it; run: chmod 600 {}", path.display(), path.display())]
    Readable {
        /// The config key.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It belongs to somebody else.
    #[error("{key}: {} belongs to user {owner}, not to the user that runs mailward; run chown on it", path.display())]
    ForeignOwner {
        /// The config key.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// The owner's user id.
        owner: u32,
    },
    /// systemd handed over no credentials.
    #[error(
        "password_credential: $CREDENTIALS_DIRECTORY is not set; add LoadCredential={name}:/path to the unit"
    )]
    NoCredentials {
        /// The credential's name.
        name: String,
    },
    /// A name that would lead out of the folder of credentials.
    #[error(
        "password_credential: {name:?} is not a name; write only the name from LoadCredential=, without a folder"
    )]
    NotAName {
        /// What was written.
        name: String,
    },
    /// There was nothing in it.
    #[error("{key}: the first line is empty; it must hold the secret and nothing else")]
    Empty {
        /// The config key.
        key: &'static str,
    },
    /// More than any secret.
    #[error(
        "{key}: more than {LONGEST} bytes came; the first line must hold the secret and nothing else"
    )]
    TooLong {
        /// The config key.
        key: &'static str,
    },
    /// There is no token of OAuth.
    #[error(transparent)]
    OAuth(#[from] OAuthError),
    /// Not text.
    #[error("{key}: the secret is not UTF-8 text; print it as text on the first line")]
    NotText {
        /// The config key.
        key: &'static str,
    },
}

impl Source {
    /// Reads the secret of a mailbox: the first line, without its line end.
    pub async fn read(&self) -> Result<Secret, SecretsError> {
        self.read_under(self.key()).await
    }

    /// The same for a secret of a channel; an error names the key of its use.
    pub async fn read_as(&self, r#use: Use) -> Result<Secret, SecretsError> {
        self.read_under(r#use.key(self)).await
    }

    async fn read_under(&self, key: &'static str) -> Result<Secret, SecretsError> {
        let bytes = match self {
            Self::Command(command) | Self::TokenCommand(command) => {
                output(key, command, TIME_LIMIT).await?
            }
            Self::File(path) => contents(key, path, Check::Private)?,
            Self::Credential(name) => contents(key, &credential(name)?, Check::None)?,
            Self::OAuth(registration) => {
                let access = Access::new(registration.as_ref().clone(), clock::system());
                return Ok(access.token().await?);
            }
        };
        first_line(key, &bytes)
    }

    /// The config key that names this source.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Command(_) => "password_command",
            Self::File(_) => "password_file",
            Self::Credential(_) => "password_credential",
            Self::TokenCommand(_) => "token_command",
            Self::OAuth(_) => "oauth",
        }
    }
}

/// What must hold of a file before it is read.
#[derive(Clone, Copy)]
enum Check {
    /// Nothing: systemd made it, and its owner and mode depend on the unit.
    None,
    /// It belongs to this user or root, and nobody else can open it.
    Private,
}

/// What a program prints. It gets no input and no terminal, and it ends with everything that it started.
async fn output(
    key: &'static str,
    command: &[String],
    limit: Duration,
) -> Result<Zeroizing<Vec<u8>>, SecretsError> {
    let Some((program, arguments)) = command.split_first() else {
        return Err(SecretsError::NoProgram { key });
    };
    let program = || program.clone();
    let not_started = |source| SecretsError::NotStarted {
        key,
        program: program(),
        source,
    };
    let mut child = Command::new(program())
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(not_started)?;
    let group = Group::of(&child);
    let ended = tokio::time::timeout(limit, printed(&mut child)).await;
    drop(group);
    let (bytes, status) = ended
        .map_err(|_| SecretsError::TooSlow {
            key,
            program: program(),
        })?
        .map_err(not_started)?;
    if too_long(&bytes) {
        return Err(SecretsError::TooLong { key });
    }
    if !status.success() {
        return Err(SecretsError::Failed {
            key,
            program: program(),
            status: status.to_string(),
        });
    }
    Ok(bytes)
}

/// Reads up to the limit, then waits for the end. A program that prints more is not waited for.
async fn printed(child: &mut Child) -> io::Result<(Zeroizing<Vec<u8>>, std::process::ExitStatus)> {
    let mut bytes = buffer();
    if let Some(stdout) = child.stdout.take() {
        let mut limited = stdout.take(LONGEST.saturating_add(1));
        limited.read_to_end(&mut bytes).await?;
    }
    let status = child.wait().await?;
    Ok((bytes, status))
}

/// The whole of a file that only its owner can read.
pub(crate) fn private_contents(
    key: &'static str,
    path: &Path,
) -> Result<Zeroizing<Vec<u8>>, SecretsError> {
    contents(key, path, Check::Private)
}

fn contents(
    key: &'static str,
    path: &Path,
    check: Check,
) -> Result<Zeroizing<Vec<u8>>, SecretsError> {
    let unreadable = |source| SecretsError::Unreadable {
        key,
        path: path.to_owned(),
        source,
    };
    // Not to wait for a writer where the path is a pipe.
    let flags = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or(0);
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(flags)
        .open(path)
        .map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(SecretsError::NotAFile {
            key,
            path: path.to_owned(),
        });
    }
    match check {
        Check::None => {}
        Check::Private => private::check(key, path, &metadata)?,
    }
    let mut bytes = buffer();
    let mut limited: io::Take<File> = file.take(LONGEST.saturating_add(1));
    limited.read_to_end(&mut bytes).map_err(unreadable)?;
    if too_long(&bytes) {
        return Err(SecretsError::TooLong { key });
    }
    Ok(bytes)
}

fn credential(name: &str) -> Result<PathBuf, SecretsError> {
    if name.is_empty() || name == "." || name == ".." || name.contains('/') {
        return Err(SecretsError::NotAName {
            name: name.to_owned(),
        });
    }
    environment::variable("CREDENTIALS_DIRECTORY")
        .map(|folder| Path::new(&folder).join(name))
        .ok_or_else(|| SecretsError::NoCredentials {
            name: name.to_owned(),
        })
}

/// Large enough from the start: a vector that grows leaves copies of what it held.
fn buffer() -> Zeroizing<Vec<u8>> {
    let capacity = usize::try_from(LONGEST).unwrap_or(0).saturating_add(64);
    Zeroizing::new(Vec::with_capacity(capacity))
}

fn too_long(bytes: &[u8]) -> bool {
    u64::try_from(bytes.len()).is_ok_and(|length| length > LONGEST)
}

fn first_line(key: &'static str, bytes: &[u8]) -> Result<Secret, SecretsError> {
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or(bytes);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let text = std::str::from_utf8(line).map_err(|_| SecretsError::NotText { key })?;
    if text.is_empty() {
        return Err(SecretsError::Empty { key });
    }
    Ok(Secret::new(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn sh(script: &str) -> Vec<String> {
        ["sh", "-c", script].map(str::to_owned).to_vec()
    }

    #[tokio::test]
    async fn a_command_that_hangs_is_ended_with_what_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let pid = folder.path().join("pid");
        let script = format!("sleep 600 & echo $! > {}; wait", pid.display());
        let error = output("password_command", &sh(&script), Duration::from_millis(300))
            .await
            .unwrap_err();
        assert!(matches!(error, SecretsError::TooSlow { .. }), "{error}");
        let pid = fs::read_to_string(pid).unwrap();
        let stat = PathBuf::from("/proc").join(pid.trim()).join("stat");
        // Killed, and perhaps not yet reaped by its new parent.
        let gone = (0..200).any(|_| {
            let stat = fs::read_to_string(&stat).unwrap_or_default();
            std::thread::yield_now();
            stat.is_empty() || stat.contains(") Z ")
        });
        assert!(gone);
    }

    #[tokio::test]
    async fn a_command_that_floods_is_ended() {
        let error = output("token_command", &sh("yes secret"), Duration::from_secs(20))
            .await
            .unwrap_err();
        assert!(matches!(error, SecretsError::TooLong { .. }), "{error}");
    }

    #[test]
    fn the_first_line_is_the_secret() {
        let read = |bytes: &[u8]| first_line("password_file", bytes);
        for (bytes, secret) in [
            (&b"hunter2"[..], "hunter2"),
            (b"hunter2\n", "hunter2"),
            (b"hunter2\r\nlogin: hanako\n", "hunter2"),
            (b" two words \n", " two words "),
        ] {
            assert_eq!(read(bytes).unwrap().expose(), secret);
        }
        assert!(matches!(read(b""), Err(SecretsError::Empty { .. })));
        assert!(matches!(read(b"\nx"), Err(SecretsError::Empty { .. })));
        assert!(matches!(read(b"\xff\n"), Err(SecretsError::NotText { .. })));
    }
}
