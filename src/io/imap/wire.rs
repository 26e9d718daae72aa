//! Lines and literals to and from an IMAP server, within limits.
//!
//! A response is given out only when it is complete, so that it is read once; what a server announces is refused
//! before memory is set aside for it.

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use zeroize::Zeroize;

use crate::engine::watch::input::LinkError;
use crate::io::imap::tokens::literal_length;

/// A stream to a server: TCP, TLS over it, or memory in a test.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// How much a buffer keeps between two responses.
const KEPT: usize = 4096;

/// How much is read at once: a TLS record holds at most 16 KiB.
const BLOCK: usize = 16 * 1024;

/// How far the first response in the buffer was looked at.
#[derive(Debug, Clone, Copy, Default)]
struct Progress {
    /// Where its present line begins.
    line: usize,
    /// Up to where that line has no ending.
    scanned: usize,
    /// The length of its lines so far, without literals.
    lines: usize,
}

/// A server's responses, one by one, and a client's commands.
pub(crate) struct Wire {
    stream: Box<dyn Stream>,
    buffer: Vec<u8>,
    /// How much of the buffer was given out as the last response.
    given: usize,
    progress: Progress,
    /// The largest literal.
    literal_limit: usize,
    /// The longest run of lines, without literals.
    line_limit: usize,
}

impl Wire {
    pub(crate) fn new(stream: Box<dyn Stream>, literal_limit: usize, line_limit: usize) -> Self {
        Self {
            stream,
            buffer: Vec::new(),
            given: 0,
            progress: Progress::default(),
            literal_limit,
            line_limit,
        }
    }

    /// The stream below, if the server sent nothing that was not read: what stands in the clear before TLS begins
    /// may come from anybody.
    pub(crate) fn into_stream(mut self) -> Option<Box<dyn Stream>> {
        self.drop_given();
        self.buffer.is_empty().then_some(self.stream)
    }

    /// Sends one line, in one piece: small pieces would each wait for the peer's delayed acknowledgement.
    pub(crate) async fn send(&mut self, line: &str) -> Result<(), LinkError> {
        let mut bytes = Vec::with_capacity(line.len().saturating_add(2));
        bytes.extend_from_slice(line.as_bytes());
        bytes.extend_from_slice(b"\r\n");
        let sent = async {
            self.stream.write_all(&bytes).await?;
            self.stream.flush().await
        }
        .await;
        bytes.zeroize();
        sent.map_err(|error| lost(&error))
    }

    /// The next complete response. Nothing is lost when the future is dropped before it is ready.
    pub(crate) async fn next(&mut self) -> Result<&[u8], LinkError> {
        self.drop_given();
        let length = loop {
            if let Some(length) = self.complete()? {
                break length;
            }
            self.fill().await?;
        };
        self.given = length;
        Ok(self.buffer.get(..length).unwrap_or_default())
    }

    fn drop_given(&mut self) {
        self.buffer.drain(..self.given.min(self.buffer.len()));
        self.given = 0;
        if self.buffer.is_empty() && self.buffer.capacity() > KEPT {
            self.buffer = Vec::new();
        }
    }

    async fn fill(&mut self) -> Result<(), LinkError> {
        if self.buffer.capacity().saturating_sub(self.buffer.len()) < KEPT {
            let more = if self.buffer.is_empty() { KEPT } else { BLOCK };
            self.buffer.reserve(more);
        }
        match self.stream.read_buf(&mut self.buffer).await {
            Ok(0) => Err(LinkError::Closed),
            Ok(_) => Ok(()),
            Err(error) => Err(lost(&error)),
        }
    }

    /// The length of the first response in the buffer, once it is all there.
    fn complete(&mut self) -> Result<Option<usize>, LinkError> {
        let Progress {
            mut line,
            mut scanned,
            mut lines,
        } = self.progress;
        loop {
            if line > self.buffer.len() {
                break;
            }
            let from = line.max(scanned);
            let rest = self.buffer.get(from..).unwrap_or_default();
            let Some(end) = rest.iter().position(|byte| *byte == b'\n') else {
                scanned = self.buffer.len();
                if lines.saturating_add(scanned.saturating_sub(line)) > self.line_limit {
                    return Err(LinkError::Protocol("a line is too long"));
                }
                break;
            };
            let end = from.saturating_add(end).saturating_add(1);
            let text = self.buffer.get(line..end).unwrap_or_default();
            lines = lines.saturating_add(text.len());
            if lines > self.line_limit {
                return Err(LinkError::Protocol("a line is too long"));
            }
            let literal = may_hold_literals(&self.buffer)
                .then(|| literal_length(text))
                .flatten();
            let Some(length) = literal else {
                self.progress = Progress::default();
                return Ok(Some(end));
            };
            if length > self.literal_limit {
                return Err(LinkError::Protocol("a literal is too large"));
            }
            line = end.saturating_add(length);
        }
        self.progress = Progress {
            line,
            scanned,
            lines,
        };
        Ok(None)
    }
}

/// Human text may end in braces too, so only responses with data are looked at for literals.
fn may_hold_literals(response: &[u8]) -> bool {
    let Some(rest) = response.strip_prefix(b"* ") else {
        return false;
    };
    let word = rest
        .split(u8::is_ascii_whitespace)
        .next()
        .unwrap_or_default();
    ![&b"OK"[..], b"NO", b"BAD", b"BYE", b"PREAUTH"]
        .iter()
        .any(|status| word.eq_ignore_ascii_case(status))
}

/// Names the kind of a failed read or write; the error's own text may hold anything.
fn lost(error: &std::io::Error) -> LinkError {
    use std::io::ErrorKind;
    let kind = error.kind();
    if matches!(kind, ErrorKind::UnexpectedEof | ErrorKind::BrokenPipe) {
        LinkError::Closed
    } else if matches!(
        kind,
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted
    ) {
        LinkError::Network("the connection was reset")
    } else if kind == ErrorKind::InvalidData {
        LinkError::Tls("a record was broken")
    } else {
        LinkError::Network("reading or writing failed")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio::io::AsyncWriteExt;

    use super::*;

    /// Everything that a wire gives out when the bytes come in these pieces, and why it ended.
    async fn read(pieces: Vec<Vec<u8>>, literal: usize, line: usize) -> (Vec<Vec<u8>>, LinkError) {
        let (ours, mut theirs) = tokio::io::duplex(1 << 20);
        let mut wire = Wire::new(Box::new(ours), literal, line);
        let writing = async move {
            for piece in pieces {
                theirs.write_all(&piece).await.unwrap();
                tokio::task::yield_now().await;
            }
        };
        let reading = async {
            let mut responses = Vec::new();
            loop {
                match wire.next().await {
                    Ok(response) => responses.push(response.to_vec()),
                    Err(error) => return (responses, error),
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

    #[test]
    fn a_literal_over_the_limit_is_refused_before_a_byte_of_it_comes() {
        let announced = b"* 1 FETCH (BODY[] {400000000}\r\n".to_vec();
        let (responses, error) = block_on(read(vec![announced], 1000, 1000));
        assert!(responses.is_empty());
        assert_eq!(error, LinkError::Protocol("a literal is too large"));
    }

    #[test]
    fn many_small_literals_do_not_make_a_response_without_end() {
        let pieces = vec![b"* 1 FETCH (X {1}\r\na".repeat(100)];
        let (_, error) = block_on(read(pieces, 1000, 1000));
        assert_eq!(error, LinkError::Protocol("a line is too long"));
    }

    #[test]
    fn braces_in_human_text_announce_nothing() {
        let pieces = vec![b"* OK see {5}\r\nA1 NO {3}\r\n+ {2}\r\n* 1 EXISTS\n".to_vec()];
        let (responses, error) = block_on(read(pieces, 1000, 1000));
        assert_eq!(responses.len(), 4);
        assert_eq!(error, LinkError::Closed);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn however_the_bytes_are_cut_the_responses_are_the_same(
            bodies in proptest::collection::vec("[a-z{}0-9 \r\n]{0,40}", 1..6),
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
            let (responses, error) = block_on(read(pieces, 1000, 1000));
            prop_assert_eq!(responses, expected);
            prop_assert_eq!(error, LinkError::Closed);
        }
    }
}
