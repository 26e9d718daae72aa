//! Reads an mbox as a stream (RFC 4155, with the `>From ` quoting of mboxrd).

use std::io::{BufRead, Read};

use jiff::Timestamp;

use crate::engine::message::RawMail;
use crate::io::archives::{FETCH_LIMIT, UnreadableMail};
use crate::io::{arrival, dates};

/// A line is read in pieces of at most this many bytes, so that one endless line needs no more memory than that.
const PIECE: u64 = 64 * 1024;

/// The mails of one mbox.
pub struct Mbox<R> {
    reader: R,
    name: String,
    /// How many mails began so far.
    count: u64,
    /// The separator line of the mail that comes next, once it was read.
    separator: Option<Vec<u8>>,
    ended: bool,
}

impl<R: BufRead> Mbox<R> {
    /// Reads from the start of an mbox; `name` goes into each mail's source.
    pub fn new(reader: R, name: &str) -> Self {
        Self {
            reader,
            name: name.to_owned(),
            count: 0,
            separator: None,
            ended: false,
        }
    }

    /// The next mail. `without_date` is the arrival of a mail that carries no date at all.
    pub fn next(&mut self, without_date: Timestamp) -> Option<Result<RawMail, UnreadableMail>> {
        if self.ended {
            return None;
        }
        match self.read_mail(without_date) {
            Ok(Some(mail)) => Some(Ok(mail)),
            Ok(None) => {
                self.ended = true;
                None
            }
            // Behind a read error the place of the next mail is unknown.
            Err(error) => {
                self.ended = true;
                Some(Err(UnreadableMail {
                    mail: self.source(),
                    what: error.to_string(),
                }))
            }
        }
    }

    fn source(&self) -> String {
        format!("{}#{}", self.name, self.count)
    }

    fn read_mail(&mut self, without_date: Timestamp) -> std::io::Result<Option<RawMail>> {
        let mut piece = Vec::new();
        let separator = if let Some(line) = self.separator.take() {
            line
        } else if self.read_piece(&mut piece)? {
            std::mem::take(&mut piece)
        } else {
            return Ok(None);
        };
        self.count = self.count.saturating_add(1);
        let mut bytes = Vec::new();
        let mut full_size = 0_u64;
        let mut at_line_start = true;
        while self.read_piece(&mut piece)? {
            if at_line_start && separator_date(&piece).is_some() {
                self.separator = Some(std::mem::take(&mut piece));
                break;
            }
            let content = if at_line_start {
                unquoted(&piece)
            } else {
                &piece
            };
            at_line_start = piece.ends_with(b"\n");
            full_size = full_size.saturating_add(u64::try_from(content.len()).unwrap_or(u64::MAX));
            let room = FETCH_LIMIT.saturating_sub(bytes.len());
            bytes.extend_from_slice(content.get(..room).unwrap_or(content));
        }
        let arrived_at = arrival::of(&bytes, separator_date(&separator)).unwrap_or(without_date);
        Ok(Some(RawMail {
            source: self.source(),
            arrived_at,
            bytes,
            full_size,
        }))
    }

    /// The next line, or the next piece of a long one. `false` at the end.
    fn read_piece(&mut self, piece: &mut Vec<u8>) -> std::io::Result<bool> {
        piece.clear();
        let read = self.reader.by_ref().take(PIECE).read_until(b'\n', piece)?;
        Ok(read > 0)
    }
}

/// Whether what comes next is an mbox. Takes up to five bytes from the reader.
pub fn begins_with_from(reader: &mut impl Read) -> std::io::Result<bool> {
    let mut start = Vec::new();
    reader.take(5).read_to_end(&mut start)?;
    Ok(start == b"From ")
}

/// The date of a `From ` line. A line of a body that merely begins with the word has none. An empty line before it is
/// not asked for: some writers leave it out.
fn separator_date(line: &[u8]) -> Option<Timestamp> {
    let rest = line.strip_prefix(b"From ")?;
    let rest = std::str::from_utf8(rest.get(..1_000).unwrap_or(rest)).ok()?;
    // The address may be missing, may be `-` and may hold spaces between quotes; the date is what follows it.
    let rest = rest.trim();
    let date = rest.split_once(' ').map_or(rest, |(_, date)| date);
    dates::parse(date).or_else(|| dates::parse(rest))
}

/// mboxrd: a line of `>`s and `From ` was written with one `>` more.
fn unquoted(line: &[u8]) -> &[u8] {
    let Some(inner) = line.strip_prefix(b">") else {
        return line;
    };
    let quotes = inner.iter().take_while(|byte| **byte == b'>').count();
    match inner.get(quotes..) {
        Some(rest) if rest.starts_with(b"From ") => inner,
        Some(_) | None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Vec<RawMail> {
        let mut mbox = Mbox::new(text, "x.mbox");
        let mut mails = Vec::new();
        while let Some(mail) = mbox.next(Timestamp::UNIX_EPOCH) {
            mails.push(mail.unwrap());
        }
        mails
    }

    #[test]
    fn mails_are_split_counted_and_unquoted() {
        let mails = read(
            b"From a@example.com Sun Nov 22 01:00:00 2026\nSubject: 1\n\n>From here\n>>From there\n>not quoted\nFrom now on\n\n\
              From - Sun Nov 22 02:00:00 2026\nSubject: 2\n\nno newline",
        );
        let texts: Vec<_> = mails
            .iter()
            .map(|mail| String::from_utf8_lossy(&mail.bytes).into_owned())
            .collect();
        assert_eq!(
            texts,
            [
                "Subject: 1\n\nFrom here\n>From there\n>not quoted\nFrom now on\n\n",
                "Subject: 2\n\nno newline"
            ]
        );
        assert_eq!(mails[1].source, "x.mbox#2");
        assert_eq!(mails[1].arrived_at, "2026-11-22T02:00:00Z".parse().unwrap());
    }

    #[test]
    fn carriage_returns_do_not_hide_the_next_mail() {
        let mails = read(b"From a Sun Nov 22 01:00:00 2026\r\nSubject: 1\r\n\r\nx\r\n\r\nFrom a Sun Nov 22 02:00:00 2026\r\nSubject: 2\r\n\r\n");
        assert_eq!(mails.len(), 2);
    }

    #[test]
    fn a_separator_in_the_middle_of_a_long_line_is_none() {
        let mut text = b"From a Sun Nov 22 01:00:00 2026\n\n".to_vec();
        text.extend(vec![b'x'; usize::try_from(PIECE).unwrap()]);
        text.extend(b"From a Sun Nov 22 02:00:00 2026\n");
        assert_eq!(read(&text).len(), 1);
    }
}
