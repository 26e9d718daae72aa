//! The command line's end of the control socket.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::io::control::protocol::{Reply, Request, parse_reply};

/// How long to wait for a reply; the daemon itself gives up before that and says why.
const REPLY_TIME: Duration = Duration::from_secs(75);

/// Bytes of a reply at most: all incidents of many years fit in.
const REPLY_LIMIT: u64 = 256 * 1024 * 1024;

/// Why a daemon could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The socket is there, and this user may not open it.
    #[error("{}: this user may not talk to the mailward that listens there", path.display())]
    Denied {
        /// The socket.
        path: PathBuf,
    },
    /// The connection failed.
    #[error("{}: the connection to mailward failed", path.display())]
    Io {
        /// The socket.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// What came is no reply of this version.
    #[error("{}: what listens there does not speak this mailward's language; is it another version?", path.display())]
    Foreign {
        /// The socket.
        path: PathBuf,
    },
    /// It ended before it replied.
    #[error("{}: mailward ended before it replied", path.display())]
    Ended {
        /// The socket.
        path: PathBuf,
    },
}

/// A connection to a running daemon.
#[derive(Debug)]
pub struct Client {
    stream: BufReader<UnixStream>,
    path: PathBuf,
}

impl Client {
    /// Connects to the first place at which a daemon listens; `None` where there is none.
    pub fn connect(places: &[PathBuf]) -> Result<Option<Self>, ClientError> {
        for path in places {
            match UnixStream::connect(path) {
                Ok(stream) => {
                    return Ok(Some(Self {
                        stream: BufReader::new(stream),
                        path: path.clone(),
                    }));
                }
                Err(error) if is_absent(&error) => {}
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                    return Err(ClientError::Denied { path: path.clone() });
                }
                Err(source) => {
                    return Err(ClientError::Io {
                        path: path.clone(),
                        source,
                    });
                }
            }
        }
        Ok(None)
    }

    /// The socket.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Sends a request and waits for its reply.
    pub fn ask(&mut self, request: &Request) -> Result<Reply, ClientError> {
        self.send(request)?;
        self.set_patience(Some(REPLY_TIME))?;
        self.next_reply()?.ok_or_else(|| ClientError::Ended {
            path: self.path.clone(),
        })
    }

    /// Sends a request whose replies go on; they are read with [`Self::next_reply`].
    pub fn follow(&mut self, request: &Request) -> Result<(), ClientError> {
        self.send(request)?;
        self.set_patience(None)
    }

    /// The next reply; `None` where the daemon ended the connection.
    pub fn next_reply(&mut self) -> Result<Option<Reply>, ClientError> {
        let mut line = Vec::new();
        (&mut self.stream)
            .take(REPLY_LIMIT)
            .read_until(b'\n', &mut line)
            .map_err(|source| self.failed(source))?;
        if line.is_empty() {
            return Ok(None);
        }
        parse_reply(&line)
            .map(Some)
            .ok_or_else(|| ClientError::Foreign {
                path: self.path.clone(),
            })
    }

    fn send(&mut self, request: &Request) -> Result<(), ClientError> {
        let line = request
            .line()
            .map_err(|error| self.failed(io::Error::other(error)))?;
        match self.stream.get_mut().write_all(&line) {
            // Who is turned away at the door finds the reason in the reply.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => written.map_err(|source| self.failed(source)),
        }
    }

    fn set_patience(&self, patience: Option<Duration>) -> Result<(), ClientError> {
        self.stream
            .get_ref()
            .set_read_timeout(patience)
            .map_err(|source| self.failed(source))
    }

    fn failed(&self, source: io::Error) -> ClientError {
        ClientError::Io {
            path: self.path.clone(),
            source,
        }
    }
}

/// Nobody listens: no socket, a socket that a killed daemon left, or a path that no socket can have.
fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::InvalidInput
    )
}
