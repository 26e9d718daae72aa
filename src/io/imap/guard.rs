//! Stands between the network and whoever reads IMAP: refuses what is over a limit, and gives out whole responses, one by one.
//!
//! async-imap sets memory aside for whatever literal a server announces, and is lost at the first line that it cannot
//! parse. So it gets a response only when it is complete, within the limits, and readable.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use memchr::memchr;
use tokio::io::{AsyncRead, AsyncWrite, BufWriter, ReadBuf};
use tokio_util::io::poll_read_buf;

use crate::engine::watch::input::LinkError;
use crate::io::imap::Limits;
use crate::io::imap::readable::{holds_data, literal_length, readable};

/// A stream to a server: TCP, TLS over it, or memory in a test.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// async-imap writes a command in four pieces, which shall leave as one.
const COMMAND: usize = 1024;

/// How much is read at once.
const BLOCK: usize = 8 * 1024;

/// From so much that was given out on, what is behind it moves up; for less it is not worth the while.
const GIVEN: usize = 2 * BLOCK;

/// Opening parentheses in a response. imap-proto calls itself for each, down to the end of the stack; what a watcher
/// asks for has two.
const MOST_LISTS: usize = 32;

/// The stream that async-imap works on.
pub(crate) struct Guard {
    stream: BufWriter<Box<dyn Stream>>,
    /// What was read and was not given out, behind what was.
    buffer: Vec<u8>,
    /// Where it begins.
    start: usize,
    progress: Progress,
    /// What is being given out, and how much of it was.
    response: Vec<u8>,
    given: usize,
    /// Responses since something was sent.
    lines: u32,
    line_limit: usize,
    literal_limit: usize,
    lines_limit: u32,
}

/// How far the first response in the buffer was looked at.
#[derive(Debug, Clone, Copy, Default)]
struct Progress {
    /// Where its present line begins.
    line: usize,
    /// Up to where that line has no ending.
    scanned: usize,
    /// The length of its lines so far, without literals.
    lines: usize,
    /// The length of its literals so far.
    literals: usize,
    /// Its opening parentheses so far.
    lists: usize,
}

impl Guard {
    pub(crate) fn new(stream: Box<dyn Stream>, limits: &Limits) -> Self {
        Self {
            stream: BufWriter::with_capacity(COMMAND, stream),
            buffer: Vec::new(),
            start: 0,
            progress: Progress::default(),
            response: Vec::new(),
            given: 0,
            lines: 0,
            line_limit: limits.line,
            literal_limit: limits.literal(),
            lines_limit: limits.lines,
        }
    }

    /// Stands where there is no server any more.
    pub(crate) fn none() -> Self {
        let nothing: Box<dyn Stream> = Box::new(tokio::io::empty());
        Self::new(nothing, &Limits::default()).of_whole_commands()
    }

    /// From now on every command is written in one piece, and none is kept until it is whole.
    pub(crate) fn of_whole_commands(self) -> Self {
        Self {
            stream: BufWriter::with_capacity(0, self.stream.into_inner()),
            ..self
        }
    }

    /// What `read` makes of the next response as a whole; `None` at the end of the stream. Nothing is lost when the
    /// future is dropped before it is ready.
    pub(crate) async fn response<T>(
        &mut self,
        read: impl Fn(&[u8]) -> T + Send,
    ) -> io::Result<Option<T>> {
        let length = poll_fn(|context| self.poll_whole(context)).await?;
        if length == 0 {
            return Ok(None);
        }
        let read = read(self.first(length));
        self.give_out(length);
        Ok(Some(read))
    }

    /// Sees to it that a response, or the rest of one, lies ready; nothing does at the end of the stream.
    fn poll_response(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Never the bytes of two responses at once: whatever is not read yet is still here.
        while self.given >= self.response.len() {
            self.response = Vec::new();
            self.given = 0;
            let length = ready!(self.poll_whole(context))?;
            if length == 0 {
                break;
            }
            self.response = readable(self.first(length).to_vec());
            self.give_out(length);
        }
        Poll::Ready(Ok(()))
    }

    /// The length of the first response, as soon as all of it was read; 0 at the end of the stream.
    fn poll_whole(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        loop {
            if let Some(length) = self.complete().map_err(io::Error::other)? {
                return Poll::Ready(Ok(length));
            }
            if self.start >= GIVEN {
                self.buffer.drain(..self.start.min(self.buffer.len()));
                self.start = 0;
            }
            self.buffer.reserve(BLOCK);
            let stream = Pin::new(&mut self.stream);
            let read = poll_read_buf(stream, context, &mut self.buffer);
            // Of thousands that idle none keeps room for what may come.
            if self.buffer.is_empty() {
                self.buffer = Vec::new();
            }
            if ready!(read)? == 0 {
                return Poll::Ready(Ok(0));
            }
        }
    }

    fn unread(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or_default()
    }

    fn first(&self, length: usize) -> &[u8] {
        let unread = self.unread();
        unread.get(..length).unwrap_or(unread)
    }

    /// The first response is taken.
    fn give_out(&mut self, length: usize) {
        self.start = self.start.saturating_add(length);
        if self.start >= self.buffer.len() {
            self.buffer.clear();
            self.start = 0;
        }
    }

    /// The stream below, if the server sent nothing that was not read: what stands in the clear before TLS begins
    /// may come from anybody.
    pub(crate) fn into_stream(self) -> Option<Box<dyn Stream>> {
        let all_given = self.buffer.is_empty() && self.given >= self.response.len();
        all_given.then(|| self.stream.into_inner())
    }

    /// The length of the first response, once it is all there; then the next one is looked for.
    fn complete(&mut self) -> Result<Option<usize>, LinkError> {
        let length = self.look_on()?;
        if length.is_some() {
            self.progress = Progress::default();
            self.lines = self.lines.saturating_add(1);
            if self.lines > self.lines_limit {
                return Err(LinkError::Protocol("too many lines"));
            }
        }
        Ok(length)
    }

    /// Looks at what was not looked at yet: the length of the first response, where its end was found.
    fn look_on(&mut self) -> Result<Option<usize>, LinkError> {
        const TOO_LONG: LinkError = LinkError::Protocol("a line is too long");
        let mut at = self.progress;
        let unread = self.unread();
        while at.line <= unread.len() {
            let from = at.line.max(at.scanned);
            let rest = unread.get(from..).unwrap_or_default();
            let Some(end) = memchr(b'\n', rest) else {
                at.scanned = unread.len();
                let partial = at.scanned.saturating_sub(at.line);
                if at.lines.saturating_add(partial) > self.line_limit {
                    return Err(TOO_LONG);
                }
                break;
            };
            let end = from.saturating_add(end).saturating_add(1);
            let text = unread.get(at.line..end).unwrap_or_default();
            at.lines = at.lines.saturating_add(text.len());
            if at.lines > self.line_limit {
                return Err(TOO_LONG);
            }
            let mut literal = None;
            // Human text may hold braces and parentheses of no meaning.
            if holds_data(unread) {
                let lists = text.split(|byte| *byte == b'(').skip(1).count();
                at.lists = at.lists.saturating_add(lists);
                if at.lists > MOST_LISTS {
                    return Err(LinkError::Protocol("an answer is nested too deeply"));
                }
                literal = literal_length(text);
            }
            let Some(length) = literal else {
                return Ok(Some(end));
            };
            at.literals = at.literals.saturating_add(length);
            if at.literals > self.literal_limit {
                return Err(LinkError::Protocol("a literal is too large"));
            }
            at.line = end.saturating_add(length);
        }
        self.progress = at;
        Ok(None)
    }
}

impl AsyncRead for Guard {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_response(context))?;
        let rest = this.response.get(this.given..).unwrap_or_default();
        let piece = rest.get(..out.remaining()).unwrap_or(rest);
        out.put_slice(piece);
        this.given = this.given.saturating_add(piece.len());
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Guard {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.lines = 0;
        Pin::new(&mut this.stream).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}

/// async-imap wants to be able to print its stream, which holds mails and secrets.
impl std::fmt::Debug for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guard").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    use super::*;

    fn guard(literal: usize, line: usize) -> (Guard, DuplexStream) {
        let (ours, theirs) = duplex(1 << 20);
        let mut guard = Guard::new(Box::new(ours), &Limits::default());
        guard.literal_limit = literal;
        guard.line_limit = line;
        (guard, theirs)
    }

    /// Everything that a guard gives out when the bytes come in these pieces, read by read, and why it ended.
    async fn read(pieces: Vec<Vec<u8>>, limit: usize) -> (Vec<Vec<u8>>, Option<LinkError>) {
        let (mut guard, mut theirs) = guard(limit, limit);
        let writing = async move {
            for piece in pieces {
                theirs.write_all(&piece).await.unwrap();
                tokio::task::yield_now().await;
            }
        };
        let reading = async {
            let mut given = Vec::new();
            loop {
                let mut block = [0; 4096];
                match guard.read(&mut block).await {
                    Ok(0) => return (given, None),
                    Ok(length) => given.push(block[..length].to_vec()),
                    Err(error) => {
                        let error = error.get_ref().unwrap().downcast_ref().copied();
                        return (given, error);
                    }
                }
            }
        };
        tokio::join!(writing, reading).1
    }

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap()
            .block_on(future)
    }

    fn refused(bytes: &[u8]) -> LinkError {
        let (given, error) = block_on(read(vec![bytes.to_vec()], 1000));
        assert!(given.is_empty());
        error.unwrap()
    }

    #[test]
    fn a_literal_over_the_limit_is_refused_before_a_byte_of_it_comes() {
        const TOO_LARGE: LinkError = LinkError::Protocol("a literal is too large");
        for announced in [
            "{400000000}",
            "{400000000+}",
            "~{400000000}",
            "{9999999999999999999999}",
        ] {
            let line = format!("* 1 FETCH (BODY[] {announced}\r\n");
            assert_eq!(refused(line.as_bytes()), TOO_LARGE, "{announced}");
        }
        // Nor may many of them be more than one of them may.
        let halves = format!("* 1 FETCH (X {{600}}\r\n{} Y {{600}}\r\n", "x".repeat(600));
        assert_eq!(refused(halves.as_bytes()), TOO_LARGE);
    }

    #[test]
    fn many_small_literals_do_not_make_a_response_without_end() {
        let line = b"* 1 FETCH X {1}\r\na".repeat(100);
        assert_eq!(refused(&line), LinkError::Protocol("a line is too long"));
    }

    #[test]
    fn lists_in_lists_never_reach_a_parser_that_calls_itself_for_each() {
        let deep = format!("* 1 FETCH (BODYSTRUCTURE {}\r\n", "(".repeat(900));
        let error = LinkError::Protocol("an answer is nested too deeply");
        assert_eq!(refused(deep.as_bytes()), error);
        // As deep as is let through, in the shapes in which a parser may try several ways for each list.
        for inside in [
            "",
            "\"text\" \"plain\" NIL NIL NIL \"7BIT\" 1 1",
            "\"a\" \"b\"",
            "NIL",
        ] {
            for item in ["BODYSTRUCTURE", "BODY", "ENVELOPE", "X"] {
                let open = "(".repeat(MOST_LISTS - 1);
                let close = ")".repeat(MOST_LISTS);
                let deep = format!("* 1 FETCH ({item} {open}{inside}{close}\r\n");
                let (given, error) = block_on(read(vec![deep.into_bytes()], 1000));
                assert_eq!((given.len(), error), (1, None));
            }
        }
    }

    #[test]
    fn braces_in_human_text_announce_nothing() {
        let pieces = vec![b"* OK see {5}\r\nA1 NO {3}\r\n+ {2}\r\n* 1 EXISTS\n".to_vec()];
        let (given, error) = block_on(read(pieces, 1000));
        assert_eq!((given.len(), error), (4, None));
    }

    #[test]
    fn responses_are_counted_from_command_to_command() {
        block_on(async {
            let (mut guard, mut theirs) = guard(1000, 1000);
            guard.lines_limit = 2;
            theirs
                .write_all(&b"* 1 EXISTS\r\n".repeat(5))
                .await
                .unwrap();
            let mut block = [0; 12];
            for _ in 0..2 {
                guard.read_exact(&mut block).await.unwrap();
            }
            guard.write_all(b"A1 NOOP\r\n").await.unwrap();
            for _ in 0..2 {
                guard.read_exact(&mut block).await.unwrap();
            }
            assert!(guard.read(&mut block).await.is_err());
        });
    }

    #[test]
    fn a_command_in_pieces_leaves_as_one_when_it_is_flushed() {
        block_on(async {
            let (mut guard, mut theirs) = guard(1000, 1000);
            for piece in ["A1", " ", "NOOP", "\r\n"] {
                guard.write_all(piece.as_bytes()).await.unwrap();
            }
            guard.flush().await.unwrap();
            let mut block = [0; 100];
            let length = theirs.read(&mut block).await.unwrap();
            assert_eq!(&block[..length], b"A1 NOOP\r\n");
        });
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn however_the_bytes_are_cut_the_responses_are_the_same(
            bodies in proptest::collection::vec("[a-z{}0-9 (\r\n]{0,40}", 1..6),
            cuts in proptest::collection::vec(1..30_usize, 1..60),
        ) {
            let expected: Vec<Vec<u8>> = bodies
                .iter()
                .map(|body| format!("* 1 FETCH (BODY[] {{{}}}\r\n{body} X {{0}}\r\n)\r\n", body.len()).into_bytes())
                .collect();
            let mut rest = &expected.concat()[..];
            let mut pieces = Vec::new();
            for cut in cuts {
                let (piece, tail) = rest.split_at(cut.min(rest.len()));
                pieces.push(piece.to_vec());
                rest = tail;
            }
            pieces.push(rest.to_vec());
            let (given, error) = block_on(read(pieces, 1000));
            prop_assert_eq!(given, expected);
            prop_assert_eq!(error, None);
        }
    }
}
