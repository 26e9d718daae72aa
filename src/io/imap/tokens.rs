//! Splits one response of an IMAP server into words, forgiving whatever can be forgiven.

use std::borrow::Cow;

/// One word of a response (RFC 3501 §4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    /// `(`
    Open,
    /// `)`
    Close,
    /// Anything up to a space or parenthesis; brackets hold together: `BODY[HEADER.FIELDS (TO)]`.
    Atom(&'a [u8]),
    /// A quoted string or a literal.
    Text(Cow<'a, [u8]>),
}

/// Walks over a response. It ends at the first byte that makes no sense.
#[derive(Debug, Clone)]
pub(crate) struct Tokens<'a> {
    rest: &'a [u8],
}

impl<'a> Tokens<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// What has not been read, without leading spaces: the text of a status response.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest.trim_ascii()
    }

    /// The next word as an atom.
    pub(crate) fn atom(&mut self) -> Option<&'a [u8]> {
        match self.next()? {
            Token::Atom(atom) => Some(atom),
            Token::Open | Token::Close | Token::Text(_) => None,
        }
    }

    /// The next word as a number.
    pub(crate) fn number<N: std::str::FromStr>(&mut self) -> Option<N> {
        number(self.atom()?)
    }

    /// Passes over one value: a word, or everything up to the matching parenthesis.
    pub(crate) fn skip_value(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.next()? {
                Token::Open => depth = depth.saturating_add(1),
                Token::Close => depth = depth.checked_sub(1)?,
                Token::Atom(_) | Token::Text(_) => {}
            }
            if depth == 0 {
                return Some(());
            }
        }
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.rest.split_at_checked(length)?;
        self.rest = tail;
        Some(head)
    }

    fn quoted(&mut self) -> Option<Token<'a>> {
        self.take(1)?;
        let mut plain = true;
        let mut escaped = false;
        let length = self.rest.iter().position(|byte| {
            let end = *byte == b'"' && !escaped;
            escaped = *byte == b'\\' && !escaped;
            plain &= !escaped;
            end
        })?;
        let inside = self.take(length)?;
        self.take(1)?;
        if plain {
            return Some(Token::Text(Cow::Borrowed(inside)));
        }
        let mut text = Vec::with_capacity(inside.len());
        let mut bytes = inside.iter();
        while let Some(byte) = bytes.next() {
            let byte = if *byte == b'\\' {
                bytes.next()
            } else {
                Some(byte)
            };
            text.extend(byte);
        }
        Some(Token::Text(Cow::Owned(text)))
    }

    fn literal(&mut self) -> Option<Token<'a>> {
        let end = self.rest.iter().position(|byte| *byte == b'\n')?;
        let head = self.rest.get(..end)?;
        let length = literal_length(head)?;
        self.take(end.saturating_add(1))?;
        Some(Token::Text(Cow::Borrowed(self.take(length)?)))
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        self.rest = self.rest.trim_ascii_start();
        match self.rest.first()? {
            b'(' => self.take(1).map(|_| Token::Open),
            b')' => self.take(1).map(|_| Token::Close),
            b'"' => self.quoted(),
            b'{' => self.literal(),
            b'~' if self.rest.get(1) == Some(&b'{') => {
                self.take(1)?;
                self.literal()
            }
            _ => {
                // A keyword among the flags may hold a lonely bracket; only these items hold real ones.
                let sections = [&b"BODY"[..], b"BINARY"].iter().any(|name| {
                    self.rest
                        .get(..name.len())
                        .is_some_and(|head| head.eq_ignore_ascii_case(name))
                });
                let mut depth = 0_usize;
                let length = self
                    .rest
                    .iter()
                    .position(|byte| match byte {
                        b'[' if sections => {
                            depth = depth.saturating_add(1);
                            false
                        }
                        b']' => {
                            depth = depth.saturating_sub(1);
                            false
                        }
                        b'\r' | b'\n' => true,
                        b' ' | b'(' | b')' => depth == 0,
                        _ => false,
                    })
                    .unwrap_or(self.rest.len());
                self.take(length.max(1)).map(Token::Atom)
            }
        }
    }
}

/// The length that a line announces at its end: `{12}`, `{12+}`, `~{12}`. The line ending may still be there.
pub(crate) fn literal_length(line: &[u8]) -> Option<usize> {
    let line = line.trim_ascii_end().strip_suffix(b"}")?;
    let line = line.strip_suffix(b"+").unwrap_or(line);
    let open = line.iter().rposition(|byte| *byte == b'{')?;
    number(line.get(open.saturating_add(1)..)?)
}

/// A decimal number; no sign, no space.
pub(crate) fn number<N: std::str::FromStr>(digits: &[u8]) -> Option<N> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_literals_and_brackets_are_words_of_their_own() {
        let bytes =
            b"UID 7 \"a \\\"b\\\\\" BODY[HEADER.FIELDS (TO)]<0> {3}\r\n(\")) FLAGS ([odd %])";
        let words: Vec<Token<'_>> = Tokens::new(bytes).take(7).collect();
        assert_eq!(words[0], Token::Atom(b"UID"));
        assert_eq!(words[2], Token::Text(Cow::Borrowed(b"a \"b\\")));
        assert_eq!(words[3], Token::Atom(b"BODY[HEADER.FIELDS (TO)]<0>"));
        assert_eq!(words[4], Token::Text(Cow::Borrowed(b"(\")")));
        assert_eq!(words[5], Token::Close);
    }

    #[test]
    fn a_number_that_is_too_large_or_signed_is_none() {
        assert_eq!(number::<u32>(b"4294967296"), None);
        assert_eq!(number::<u32>(b"+1"), None);
        assert_eq!(number::<u32>(b""), None);
        assert_eq!(literal_length(b"x {99999999999999999999999}\r\n"), None);
        assert_eq!(literal_length(b"x {12+}\r\n"), Some(12));
    }
}
