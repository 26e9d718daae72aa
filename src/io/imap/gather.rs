//! Lets what a server sends come together. It sends a history in pieces of a few kilobytes, and where the reader is the
//! faster one, each of them wakes it: two processes then spend more on waking each other than on the pieces.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::thread;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, BufReader, ReadBuf, join};
use tokio::net::TcpStream;

/// Bytes that are read at once.
const BUFFER: usize = 64 * 1024;

/// A read of less than this took all there was.
const LITTLE: usize = BUFFER / 2;

/// A connection from which much is read at once: after a read that took all there was, its thread rests for so long
/// before the next one. Only for a thread that has nothing else to do: a timer of the runtime may end a millisecond
/// late, which is too long. What is written goes out at once.
pub(crate) fn gathering(stream: TcpStream, rest: Duration) -> impl AsyncRead + AsyncWrite + Unpin {
    let (from, to) = stream.into_split();
    join(
        BufReader::with_capacity(BUFFER, Gathering::new(from, rest)),
        to,
    )
}

/// A stream that rests between reads.
struct Gathering<S> {
    stream: S,
    rest: Duration,
    is_due: bool,
}

impl<S> Gathering<S> {
    fn new(stream: S, rest: Duration) -> Self {
        Self {
            stream,
            rest,
            is_due: false,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Gathering<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if std::mem::take(&mut this.is_due) {
            thread::sleep(this.rest);
        }
        let before = out.filled().len();
        ready!(Pin::new(&mut this.stream).poll_read(context, out))?;
        this.is_due = out.filled().len().saturating_sub(before) < LITTLE;
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    const REST: Duration = Duration::from_micros(1);

    #[tokio::test]
    async fn all_that_came_while_it_rested_is_there_in_one_read() {
        let (ours, mut theirs) = duplex(1 << 20);
        let mut gathering = BufReader::with_capacity(BUFFER, Gathering::new(ours, REST));
        theirs.write_all(&[1]).await.unwrap();
        let mut piece = vec![0; BUFFER];
        assert_eq!(gathering.read(&mut piece).await.unwrap(), 1);
        assert!(gathering.get_ref().is_due);
        for number in 2..=20 {
            theirs.write_all(&[number; 4_000]).await.unwrap();
        }
        let length = gathering.read(&mut piece).await.unwrap();
        assert_eq!(length, BUFFER);
        assert!(!gathering.get_ref().is_due, "there may be more");
        let mut rest = vec![0; 19 * 4_000 - length];
        gathering.read_exact(&mut rest).await.unwrap();
        let sent: Vec<u8> = (2..=20).flat_map(|number| [number; 4_000]).collect();
        assert_eq!([&piece[..length], &rest].concat(), sent);
        drop(theirs);
        assert_eq!(gathering.read(&mut piece).await.unwrap(), 0);
    }
}
