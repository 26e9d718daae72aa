//! Cuts what a client sends into whole commands, literals included, within fixed limits.

use std::io;

use imap_codec::CommandCodec;
use imap_codec::decode::{CommandDecodeError, Decoder};
use imap_codec::imap_types::core::{LiteralMode, Tag};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// The longest command in bytes with its literals. Nothing that this server understands comes near it.
const MAX_COMMAND: usize = 64 * 1024;

/// The most literals in one command: each one makes the command be parsed again from its start.
const MAX_LITERALS: usize = 16;

/// A stream with what was read from it and not yet used. Reading is cancel safe.
pub(crate) struct CommandReader<S> {
    stream: S,
    unread: Vec<u8>,
    /// The rest of a line that was too long is still to come.
    skipping: bool,
}

/// What came from the client.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Received {
    /// A whole command, which `CommandCodec` can decode.
    Command(Vec<u8>),
    /// Something that is no command: the tag, where one can be made out.
    Garbage(Option<String>),
    /// The command is too long; the client has not been asked for the rest.
    TooLong(Option<String>),
    /// The client is sending more than will be read: the connection cannot go on.
    Flood,
    /// The client has closed the connection.
    Closed,
}

/// One line, which may belong to a command, to IDLE or to a login.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// With its line ending.
    Whole(Vec<u8>),
    /// Over the limit: its first bytes. The rest is skipped.
    TooLong(Vec<u8>),
    /// The connection is closed.
    Closed,
}

impl<S: AsyncRead + AsyncWrite + Unpin> CommandReader<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self {
            stream,
            unread: Vec::new(),
            skipping: false,
        }
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await?;
        self.stream.flush().await
    }

    pub(crate) async fn close(&mut self) -> io::Result<()> {
        self.stream.shutdown().await
    }

    /// Reads one command; asks for its literals where the client waits to be asked.
    pub(crate) async fn command(&mut self) -> io::Result<Received> {
        let mut command = match self.line().await? {
            Line::Whole(line) => line,
            Line::TooLong(start) => return Ok(Received::TooLong(tag_of(&start))),
            Line::Closed => return Ok(Received::Closed),
        };
        for _ in 0..=MAX_LITERALS {
            let (length, mode) = match CommandCodec::default().decode(&command) {
                Ok(_) => return Ok(Received::Command(command)),
                Err(CommandDecodeError::LiteralFound { length, mode, .. }) => (length, mode),
                Err(CommandDecodeError::Incomplete | CommandDecodeError::Failed) => {
                    return Ok(Received::Garbage(tag_of(&command)));
                }
            };
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            if length.saturating_add(command.len()) > MAX_COMMAND {
                // RFC 7888 §4: a literal that was not asked for is on its way whether it is wanted or not.
                return Ok(match mode {
                    LiteralMode::Sync => Received::TooLong(tag_of(&command)),
                    LiteralMode::NonSync => Received::Flood,
                });
            }
            if mode == LiteralMode::Sync {
                self.send(b"+ go on\r\n").await?;
            }
            if !self.literal(length, &mut command).await? {
                return Ok(Received::Closed);
            }
            match self.line().await? {
                Line::Whole(rest) => command.extend_from_slice(&rest),
                Line::TooLong(_) => return Ok(Received::TooLong(tag_of(&command))),
                Line::Closed => return Ok(Received::Closed),
            }
        }
        Ok(Received::Garbage(tag_of(&command)))
    }

    /// Reads up to the next line feed.
    pub(crate) async fn line(&mut self) -> io::Result<Line> {
        loop {
            if let Some(end) = self.unread.iter().position(|byte| *byte == b'\n') {
                let line = self.take(end.saturating_add(1));
                if std::mem::take(&mut self.skipping) {
                    continue;
                }
                return Ok(if line.len() > MAX_COMMAND {
                    Line::TooLong(line)
                } else {
                    Line::Whole(line)
                });
            }
            if self.skipping {
                self.unread.clear();
            } else if self.unread.len() > MAX_COMMAND {
                self.skipping = true;
                return Ok(Line::TooLong(std::mem::take(&mut self.unread)));
            }
            if !self.fill().await? {
                return Ok(Line::Closed);
            }
        }
    }

    /// Appends `length` bytes to `command`; false where the connection ends before.
    async fn literal(&mut self, length: usize, command: &mut Vec<u8>) -> io::Result<bool> {
        while self.unread.len() < length {
            if !self.fill().await? {
                return Ok(false);
            }
        }
        let bytes = self.take(length);
        command.extend_from_slice(&bytes);
        Ok(true)
    }

    async fn fill(&mut self) -> io::Result<bool> {
        Ok(self.stream.read_buf(&mut self.unread).await? > 0)
    }

    fn take(&mut self, length: usize) -> Vec<u8> {
        let rest = self.unread.split_off(length.min(self.unread.len()));
        std::mem::replace(&mut self.unread, rest)
    }
}

/// The first word, where it can be a tag, so that even nonsense gets an answer with its name on it.
fn tag_of(command: &[u8]) -> Option<String> {
    let word = command.split(u8::is_ascii_whitespace).next()?;
    let word = std::str::from_utf8(word).ok()?;
    (word.len() <= 64 && Tag::try_from(word).is_ok()).then(|| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything that a reader makes of `sent`, and what it answered in between.
    async fn read_all(sent: &[u8]) -> (Vec<Received>, Vec<u8>) {
        let (mut client, server) = tokio::io::duplex(1 << 20);
        client.write_all(sent).await.unwrap();
        client.shutdown().await.unwrap();
        let mut reader = CommandReader::new(server);
        let mut received = Vec::new();
        loop {
            match reader.command().await.unwrap() {
                Received::Closed => break,
                Received::Flood => {
                    received.push(Received::Flood);
                    break;
                }
                one @ (Received::Command(_) | Received::Garbage(_) | Received::TooLong(_)) => {
                    received.push(one);
                }
            }
        }
        drop(reader);
        let mut answered = Vec::new();
        client.read_to_end(&mut answered).await.unwrap();
        (received, answered)
    }

    #[tokio::test]
    async fn a_long_line_is_skipped_and_the_next_command_is_read() {
        let mut sent = b"a1 LOGIN ".to_vec();
        sent.extend(std::iter::repeat_n(b'x', 100_000));
        sent.extend_from_slice(b"\r\na2 NOOP\r\n");
        let (received, _) = read_all(&sent).await;
        assert_eq!(
            received,
            [
                Received::TooLong(Some("a1".to_owned())),
                Received::Command(b"a2 NOOP\r\n".to_vec())
            ]
        );
    }

    #[tokio::test]
    async fn literals_of_both_kinds_become_part_of_the_command() {
        let sent = b"a LOGIN {4}\r\nuser {4+}\r\npass\r\n";
        let (received, answered) = read_all(sent).await;
        assert_eq!(received, [Received::Command(sent.to_vec())]);
        assert_eq!(answered, b"+ go on\r\n");
    }

    #[tokio::test]
    async fn a_large_literal_is_not_asked_for() {
        let (received, answered) = read_all(b"a LOGIN {4000000000}\r\nb NOOP\r\n").await;
        assert_eq!(
            received,
            [
                Received::TooLong(Some("a".to_owned())),
                Received::Command(b"b NOOP\r\n".to_vec())
            ]
        );
        assert!(answered.is_empty());
        let (received, _) = read_all(b"a LOGIN {4000000000+}\r\nxxxx").await;
        assert_eq!(received, [Received::Flood]);
    }

    #[tokio::test]
    async fn endless_literals_are_garbage() {
        let sent = b"a LOGIN {0+}\r\n".repeat(40);
        let (received, _) = read_all(&sent).await;
        assert!(
            received
                .iter()
                .all(|one| matches!(one, Received::Garbage(_)))
        );
    }

    #[tokio::test]
    async fn nonsense_is_garbage_with_the_tag_where_there_is_one() {
        let (received, _) =
            read_all(b"\r\na1 NONSENSE\r\n\x00\xff\xfe\r\na2 NOOP\n{}\r\nz\r\n").await;
        let tag = |name: &str| Received::Garbage(Some(name.to_owned()));
        let none = Received::Garbage(None);
        assert_eq!(received.len(), 6);
        assert_eq!(received[0], none);
        assert_eq!(received[1], tag("a1"));
        assert_eq!(received[2], none);
        assert_eq!(received[3], tag("a2"));
        assert_eq!(received[4], none);
        assert_eq!(received[5], tag("z"));
    }

    #[tokio::test]
    async fn an_early_close_in_a_literal_is_no_command() {
        let (received, _) = read_all(b"a LOGIN {10+}\r\nab").await;
        assert!(received.is_empty());
    }
}
