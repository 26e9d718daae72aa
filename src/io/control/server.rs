//! The daemon's end of the control socket: lets peers in, reads their requests, writes the replies.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{
    DirBuilderExt as _, FileTypeExt as _, MetadataExt as _, PermissionsExt as _,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{
    AsyncBufRead, AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite,
    AsyncWriteExt as _, BufReader,
};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{debug, warn};

use crate::io::control::peer::{Access, Peer};
use crate::io::control::place::Place;
use crate::io::control::protocol::{
    REQUEST_LIMIT, Refusal, RefusalKind, Reply, Request, reply_line,
};

/// Connections at a time; a further one is told so.
const CONNECTIONS: usize = 32;

/// How long a peer may take to send a line, also between two requests.
const LINE_TIME: Duration = Duration::from_secs(30);

/// How long the daemon may take to reply; it is busy for longer only while it cannot write its state.
const REPLY_TIME: Duration = Duration::from_mins(1);

/// How long a peer may take to read a line.
const WRITE_TIME: Duration = Duration::from_secs(10);

/// Replies that may wait for a peer that follows the alerts.
const REPLIES: usize = 256;

/// After a failed accept (too many open files) accepting again at once would spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A request, and where its replies go.
#[derive(Debug)]
pub struct Call {
    /// What is asked.
    pub request: Request,
    /// Takes one reply; of a request that streams, as many as there are until it is closed.
    pub replies: mpsc::Sender<Reply>,
}

/// Why there is no control socket.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// Another daemon, with another state file, listens there.
    #[error("{}: another mailward listens there; set RUNTIME_DIRECTORY for this one", path.display())]
    InUse {
        /// The socket.
        path: PathBuf,
    },
    /// Something that is no socket has its name.
    #[error("{}: this is no socket; move it away", path.display())]
    NotASocket {
        /// The file.
        path: PathBuf,
    },
    /// The system refused.
    #[error("{}: could not {what}; check the folder's owner and mode", path.display())]
    Io {
        /// The socket or its folder.
        path: PathBuf,
        /// What was tried.
        what: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

/// A socket that is listened on. It is removed when it is dropped.
#[derive(Debug)]
pub struct ControlSocket {
    listener: UnixListener,
    access: Access,
    name: Name,
}

/// The socket's name in the file system, and which file it is.
#[derive(Debug)]
struct Name {
    path: PathBuf,
    file: (u64, u64),
}

impl ControlSocket {
    /// Listens at a place; its folder is made (0700) where it is missing. A socket that nobody listens on any more is
    /// replaced. Must be called in a runtime.
    pub fn open(place: &Place) -> Result<Self, ControlError> {
        let path = &place.path;
        let failed = |what| {
            move |source| ControlError::Io {
                path: path.clone(),
                what,
                source,
            }
        };
        if let Some(folder) = path.parent() {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)
                .map_err(failed("make the folder"))?;
        }
        look_at_old(path)?;
        // Bound under another name and renamed, so that no moment shows the socket with the umask's mode.
        let fresh = path.with_extension(format!("{}.new", std::process::id()));
        let _ = fs::remove_file(&fresh);
        let listener = UnixListener::bind(&fresh).map_err(failed("make the socket"))?;
        let mode = if place.for_group { 0o660 } else { 0o600 };
        let metadata = fs::set_permissions(&fresh, Permissions::from_mode(mode))
            .and_then(|()| fs::rename(&fresh, path))
            .and_then(|()| fs::metadata(path))
            .map_err(|source| {
                let _ = fs::remove_file(&fresh);
                failed("put the socket in its place")(source)
            })?;
        Ok(Self {
            listener,
            access: Access {
                uid: rustix::process::geteuid().as_raw(),
                gid: place.for_group.then(|| metadata.gid()),
            },
            name: Name {
                path: path.clone(),
                file: (metadata.dev(), metadata.ino()),
            },
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.name.path
    }

    /// Hands the requests of all peers to `calls` until `stop` is cancelled, then removes the socket.
    pub async fn serve(self, calls: mpsc::Sender<Call>, stop: CancellationToken) {
        let free = Arc::new(Semaphore::new(CONNECTIONS));
        let peers = TaskTracker::new();
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => break,
                accepted = self.listener.accept() => accepted,
            };
            let Ok((stream, _)) = accepted else {
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            };
            let refused = self.refusal_of(&stream);
            let (place, refused) = match (Arc::clone(&free).try_acquire_owned(), refused) {
                (Ok(place), refused) => (Some(place), refused),
                (Err(_), refused) => (None, Some(refused.unwrap_or_else(too_many))),
            };
            let (calls, stop) = (calls.clone(), stop.clone());
            peers.spawn(async move {
                let talk = async {
                    match refused {
                        Some(refusal) => turn_away(stream, refusal).await,
                        None => converse(stream, &calls).await,
                    }
                };
                tokio::select! {
                    () = stop.cancelled() => {}
                    result = talk => if let Err(error) = result {
                        debug!(kind = ?error.kind(), "a peer of the control socket went away");
                    },
                }
                drop(place);
            });
        }
        peers.close();
        peers.wait().await;
    }

    fn refusal_of(&self, stream: &UnixStream) -> Option<Refusal> {
        let peer = stream.peer_cred().ok().map(|cred| Peer {
            uid: cred.uid(),
            gid: cred.gid(),
        });
        if peer.is_some_and(|peer| self.access.lets_in(peer)) {
            return None;
        }
        warn!(
            uid = peer.map(|peer| peer.uid),
            "a foreign user on the control socket was refused"
        );
        Some(Refusal::new(
            RefusalKind::Forbidden,
            "this user may not talk to this mailward",
            "run the command as the user whose mailward it is",
        ))
    }
}

impl Drop for Name {
    fn drop(&mut self) {
        let ours = fs::metadata(&self.path)
            .is_ok_and(|metadata| (metadata.dev(), metadata.ino()) == self.file);
        if ours {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Whether the name is free, or a socket that nobody listens on.
fn look_at_old(path: &Path) -> Result<(), ControlError> {
    match fs::symlink_metadata(path) {
        Err(_) => Ok(()),
        Ok(metadata) if !metadata.file_type().is_socket() => Err(ControlError::NotASocket {
            path: path.to_owned(),
        }),
        Ok(_) => match std::os::unix::net::UnixStream::connect(path) {
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Ok(()),
            Ok(_) | Err(_) => Err(ControlError::InUse {
                path: path.to_owned(),
            }),
        },
    }
}

fn too_many() -> Refusal {
    Refusal::new(
        RefusalKind::Busy,
        format!("{CONNECTIONS} others are talking to this mailward"),
        "try again in a moment, or end a `mailward alerts --follow`",
    )
}

async fn turn_away(mut stream: UnixStream, refusal: Refusal) -> io::Result<()> {
    write(&mut stream, Err(refusal)).await
}

/// One peer, from its first line to its last. A line that is no request ends it.
async fn converse<S: AsyncRead + AsyncWrite>(
    stream: S,
    calls: &mpsc::Sender<Call>,
) -> io::Result<()> {
    let (reader, writer) = tokio::io::split(stream);
    let (mut reader, mut writer) = (BufReader::new(reader), writer);
    loop {
        let request = match timeout(LINE_TIME, read_line(&mut reader)).await {
            Err(_) => return Ok(()),
            Ok(line) => match line? {
                Line::End => return Ok(()),
                Line::TooLong => Err(Refusal::too_long()),
                Line::Whole(line) => Request::parse(&line),
            },
        };
        let request = match request {
            Ok(request) => request,
            Err(refusal) => return write(&mut writer, Err(refusal)).await,
        };
        let streams = request.streams();
        let (replies, mut answers) = mpsc::channel(REPLIES);
        let call = Call { request, replies };
        if calls.send(call).await.is_err() {
            return write(&mut writer, Err(ending())).await;
        }
        if streams {
            return follow(&mut reader, &mut writer, answers).await;
        }
        let reply = match timeout(REPLY_TIME, answers.recv()).await {
            Ok(reply) => reply.unwrap_or_else(|| Err(ending())),
            Err(_) => Err(Refusal::new(
                RefusalKind::Busy,
                "mailward does not reply",
                "see its log; it waits while its state file cannot be written",
            )),
        };
        write(&mut writer, reply).await?;
    }
}

/// Passes replies on until either side has enough.
async fn follow<R, W>(
    reader: &mut R,
    writer: &mut W,
    mut answers: mpsc::Receiver<Reply>,
) -> io::Result<()>
where
    R: AsyncBufRead + Unpin,
    W: AsyncWrite + Unpin,
{
    loop {
        tokio::select! {
            reply = answers.recv() => match reply {
                Some(reply) => write(writer, reply).await?,
                None => return Ok(()),
            },
            // A peer that follows has nothing more to say: its end of file, or a word too many, ends it.
            _ = reader.read_u8() => return Ok(()),
        }
    }
}

fn ending() -> Refusal {
    Refusal::new(
        RefusalKind::Busy,
        "mailward is just ending",
        "try again in a moment",
    )
}

enum Line {
    Whole(Vec<u8>),
    TooLong,
    /// The peer sends nothing more; a line without its end is none.
    End,
}

async fn read_line<R: AsyncBufRead + Unpin>(reader: &mut R) -> io::Result<Line> {
    let mut line = Vec::new();
    reader
        .take(REQUEST_LIMIT)
        .read_until(b'\n', &mut line)
        .await?;
    if line.last() == Some(&b'\n') {
        return Ok(Line::Whole(line));
    }
    let limit = usize::try_from(REQUEST_LIMIT).unwrap_or(usize::MAX);
    Ok(if line.len() >= limit {
        Line::TooLong
    } else {
        Line::End
    })
}

async fn write<W: AsyncWrite + Unpin>(writer: &mut W, reply: Reply) -> io::Result<()> {
    let line = reply_line(reply).map_err(io::Error::other)?;
    match timeout(WRITE_TIME, writer.write_all(&line)).await {
        Ok(written) => written,
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::DuplexStream;

    use super::*;
    use crate::io::control::outcome::Outcome;
    use crate::io::control::protocol::parse_reply;

    /// A peer of a daemon that replies to every request but `reload` with an empty list, and to that never.
    fn peer() -> DuplexStream {
        let (near, far) = tokio::io::duplex(1024);
        let (calls, mut taken) = mpsc::channel::<Call>(4);
        tokio::spawn(async move {
            let _ = converse(far, &calls).await;
        });
        tokio::spawn(async move {
            let mut held = Vec::new();
            while let Some(call) = taken.recv().await {
                if call.request == Request::Reload {
                    held.push(call);
                } else {
                    let _ = call.replies.send(Ok(Outcome::Incidents(Vec::new()))).await;
                }
            }
        });
        near
    }

    async fn all(mut stream: DuplexStream) -> Vec<Reply> {
        let mut text = Vec::new();
        stream.read_to_end(&mut text).await.unwrap();
        text.split_inclusive(|byte| *byte == b'\n')
            .map(|line| parse_reply(line).unwrap())
            .collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_may_ask_often_but_not_be_silent() {
        let mut stream = peer();
        for _ in 0..3 {
            stream
                .write_all(b"{\"v\":1,\"do\":\"incidents\"}\n")
                .await
                .unwrap();
        }
        // The rest of a line never comes: the clock runs on to the limit, and the connection ends.
        stream.write_all(b"{\"v\":1,").await.unwrap();
        let replies = all(stream).await;
        assert_eq!(replies, vec![Ok(Outcome::Incidents(Vec::new())); 3]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_daemon_that_does_not_reply_is_said_to_be_busy() {
        let mut stream = peer();
        stream
            .write_all(b"{\"v\":1,\"do\":\"reload\"}\n")
            .await
            .unwrap();
        let replies = all(stream).await;
        let [Err(refusal)] = replies.as_slice() else {
            panic!("{replies:?}")
        };
        assert_eq!(refusal.kind, RefusalKind::Busy);
    }

    #[tokio::test(start_paused = true)]
    async fn a_line_without_end_is_cut_off_with_one_error() {
        let (mut reader, mut writer) = tokio::io::split(peer());
        let sent = tokio::spawn(async move {
            // The daemon's end closes before all of it is taken.
            while writer.write_all(&[b'x'; 1024]).await.is_ok() {}
        });
        let mut text = Vec::new();
        reader.read_to_end(&mut text).await.unwrap();
        sent.await.unwrap();
        assert_eq!(parse_reply(&text), Some(Err(Refusal::too_long())));
    }

    #[tokio::test(start_paused = true)]
    async fn a_bad_line_gets_one_error_and_ends_the_talk() {
        let mut stream = peer();
        stream
            .write_all(b"nonsense\n{\"v\":1,\"do\":\"incidents\"}\n")
            .await
            .unwrap();
        let replies = all(stream).await;
        let [Err(refusal)] = replies.as_slice() else {
            panic!("{replies:?}")
        };
        assert_eq!(refusal.kind, RefusalKind::BadRequest);
    }
}
