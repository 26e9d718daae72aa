//! A letter as bytes: RFC 5322 headers, RFC 2047 words, MIME bodies, and the stamp of the receiving server.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use encoding_rs::ISO_2022_JP;
use jiff::Zoned;
use jiff::fmt::rfc2822;

/// RFC 2047 §2: a line with an encoded word has at most 76 characters, of which `Subject: ` takes nine.
const MAX_WORD: usize = 67;

/// RFC 2045 §6.8: a line of base64 has at most 76 characters.
const BASE64_LINE: usize = 76;

/// A letter before it is written down.
#[derive(Clone)]
pub struct Letter {
    /// The sender's display name.
    pub from_name: String,
    /// The sender's address.
    pub from_address: String,
    /// The recipient's address.
    pub to: String,
    /// The subject, decoded.
    pub subject: String,
    /// The plain text; lines end in LF.
    pub text: String,
    /// The same as HTML, where the sender sends both.
    pub html: Option<String>,
    /// The charset of subject and bodies.
    pub charset: Charset,
    /// When it was sent, in the time zone that the Date header shows.
    pub date: Zoned,
    /// The Message-ID without angle brackets.
    pub message_id: String,
    /// What the receiving server found out about the sender.
    pub stamp: Stamp,
    /// The name of the receiving server (RFC 8601 authserv-id).
    pub authserv_id: String,
}

/// A charset that mails of the stories come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Charset {
    /// What nearly everybody sends, in base64.
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    /// What some Japanese senders still send, in 7 bits.
    #[serde(rename = "iso-2022-jp")]
    Iso2022Jp,
}

/// What the receiving server found out about the sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stamp {
    /// DKIM, SPF and DMARC pass for the From domain.
    #[default]
    Pass,
    /// All of them fail: a forgery.
    Fail,
    /// The server says nothing.
    None,
}

/// The characters that the letter's charset cannot carry.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text cannot be written in ISO-2022-JP; use charset = \"utf-8\"")]
pub struct NotInCharset;

/// Writes a letter down, with CRLF line ends.
pub fn compose(letter: &Letter) -> Result<Vec<u8>, NotInCharset> {
    let mut out = String::new();
    let domain = letter
        .from_address
        .rsplit_once('@')
        .map_or(letter.from_address.as_str(), |(_, domain)| domain);
    let date = rfc2822::to_string(&letter.date).unwrap_or_else(|_| {
        letter
            .date
            .timestamp()
            .strftime("%a, %d %b %Y %T +0000")
            .to_string()
    });
    let host = &letter.authserv_id;
    let mut header = |name: &str, value: &str| {
        // Writing to a string cannot fail.
        let _ = write!(out, "{name}: {value}\r\n");
    };
    header(
        "Received",
        &format!("from mail.{domain} by {host} with ESMTPS;\r\n\t{date}"),
    );
    match letter.stamp {
        Stamp::Pass => header(
            "Authentication-Results",
            &format!(
                "{host};\r\n\tdkim=pass header.d={domain};\r\n\tspf=pass smtp.mailfrom=bounces.{domain};\r\n\tdmarc=pass header.from={domain}"
            ),
        ),
        Stamp::Fail => header(
            "Authentication-Results",
            &format!(
                "{host};\r\n\tdkim=none;\r\n\tspf=fail smtp.mailfrom={domain};\r\n\tdmarc=fail header.from={domain}"
            ),
        ),
        Stamp::None => {}
    }
    header("Date", &date);
    header("Message-ID", &format!("<{}>", letter.message_id));
    let name = phrase(&letter.from_name, letter.charset)?;
    // An encoded word has a line to itself, so that none becomes too long.
    let fold = if letter.from_name.is_ascii() {
        " "
    } else {
        "\r\n "
    };
    header("From", &format!("{name}{fold}<{}>", letter.from_address));
    header("To", &letter.to);
    header("Subject", &unstructured(&letter.subject, letter.charset)?);
    header("MIME-Version", "1.0");
    match &letter.html {
        None => out.push_str(&part("text/plain", &letter.text, letter.charset)?),
        Some(html) => {
            let boundary = format!("=_{}", letter.message_id.replace('@', "_"));
            let _ = write!(
                out,
                "Content-Type: multipart/alternative; boundary=\"{boundary}\"\r\n\r\n"
            );
            for (kind, body) in [("text/plain", &letter.text), ("text/html", html)] {
                let part = part(kind, body, letter.charset)?;
                let _ = write!(out, "--{boundary}\r\n{part}\r\n");
            }
            let _ = write!(out, "--{boundary}--\r\n");
        }
    }
    Ok(out.into_bytes())
}

/// The headers and the content of one MIME part.
fn part(kind: &str, body: &str, charset: Charset) -> Result<String, NotInCharset> {
    let body = body.replace("\r\n", "\n").replace('\n', "\r\n");
    let (charset, encoding, content) = match charset {
        Charset::Utf8 => {
            let encoded = STANDARD.encode(body.as_bytes());
            let mut lines = String::new();
            let mut left = encoded.as_str();
            while !left.is_empty() {
                let (line, rest) = left.split_at_checked(BASE64_LINE).unwrap_or((left, ""));
                lines.push_str(line);
                lines.push_str("\r\n");
                left = rest;
            }
            ("UTF-8", "base64", lines)
        }
        Charset::Iso2022Jp => {
            // Escape sequences may not run over a line end, so each line is encoded by itself.
            let mut lines = String::new();
            for line in body.split_inclusive("\r\n") {
                let text = line.trim_end_matches("\r\n");
                lines.push_str(&iso_2022_jp(text)?);
                if text.len() < line.len() {
                    lines.push_str("\r\n");
                }
            }
            ("ISO-2022-JP", "7bit", lines)
        }
    };
    Ok(format!(
        "Content-Type: {kind}; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{content}"
    ))
}

/// A display name: quoted where it is ASCII, else encoded words.
fn phrase(name: &str, charset: Charset) -> Result<String, NotInCharset> {
    if name.is_ascii() {
        let escaped = name.replace('\\', "\\\\").replace('"', "\\\"");
        return Ok(format!("\"{escaped}\""));
    }
    words(name, charset)
}

fn unstructured(text: &str, charset: Charset) -> Result<String, NotInCharset> {
    if text.is_ascii() {
        return Ok(text.to_owned());
    }
    words(text, charset)
}

/// Encoded words (RFC 2047), none of which splits a character.
fn words(text: &str, charset: Charset) -> Result<String, NotInCharset> {
    let mut done: Vec<String> = Vec::new();
    let mut chunk = String::new();
    let mut written = String::new();
    for character in text.chars() {
        chunk.push(character);
        let longer = word(&chunk, charset)?;
        if longer.len() > MAX_WORD && !written.is_empty() {
            done.push(std::mem::take(&mut written));
            chunk.clear();
            chunk.push(character);
            written = word(&chunk, charset)?;
        } else {
            written = longer;
        }
    }
    done.push(written);
    Ok(done.join("\r\n "))
}

fn word(chunk: &str, charset: Charset) -> Result<String, NotInCharset> {
    Ok(match charset {
        Charset::Utf8 => format!("=?UTF-8?B?{}?=", STANDARD.encode(chunk)),
        Charset::Iso2022Jp => {
            format!("=?ISO-2022-JP?B?{}?=", STANDARD.encode(iso_2022_jp(chunk)?))
        }
    })
}

/// ISO-2022-JP is ASCII bytes throughout, so the result is a string. It ends in the ASCII state.
fn iso_2022_jp(text: &str) -> Result<String, NotInCharset> {
    let (bytes, _, unmappable) = ISO_2022_JP.encode(text);
    if unmappable {
        return Err(NotInCharset);
    }
    String::from_utf8(bytes.into_owned()).map_err(|_| NotInCharset)
}

#[cfg(test)]
mod tests {
    use mail_parser::MessageParser;

    use super::*;

    fn letter() -> Letter {
        Letter {
            from_name: "Amazon.co.jp".to_owned(),
            from_address: "auto-confirm@amazon.co.jp".to_owned(),
            to: "hanako@example.com".to_owned(),
            subject: "注文済み: 「Amazonギフトカード Eメールタイプ」と、とても長い品名をもうひとつ"
                .to_owned(),
            text: "ご注文ありがとうございます。\n合計\n2500 JPY\n".to_owned(),
            html: None,
            charset: Charset::Utf8,
            date: "2026-11-22T10:02:03+09:00[Asia/Tokyo]".parse().unwrap(),
            message_id: "1.demo@amazon.co.jp".to_owned(),
            stamp: Stamp::Pass,
            authserv_id: "mx.example.com".to_owned(),
        }
    }

    fn check_reads_back(letter: &Letter) {
        let bytes = compose(letter).unwrap();
        assert!(
            !bytes
                .windows(2)
                .any(|pair| pair[1] == b'\n' && pair[0] != b'\r')
        );
        let header = String::from_utf8_lossy(&bytes).into_owned();
        let header = header.split("\r\n\r\n").next().unwrap();
        assert!(header.lines().all(|line| line.len() <= 78), "{header}");
        let mail = MessageParser::default().parse(&bytes).unwrap();
        assert_eq!(mail.subject(), Some(letter.subject.as_str()));
        let text = mail.body_text(0).unwrap().replace("\r\n", "\n");
        assert_eq!(text, letter.text);
        let html = mail.html_body.first().and_then(|_| mail.body_html(0));
        if let Some(expected) = &letter.html {
            assert_eq!(html.unwrap().replace("\r\n", "\n"), *expected);
        }
        let from = mail.from().unwrap().first().unwrap();
        assert_eq!(from.name(), Some(letter.from_name.as_str()));
        assert_eq!(from.address(), Some(letter.from_address.as_str()));
        assert_eq!(mail.message_id(), Some(letter.message_id.as_str()));
        assert_eq!(
            mail.date().unwrap().to_timestamp(),
            letter.date.timestamp().as_second()
        );
    }

    #[test]
    fn every_form_reads_back() {
        check_reads_back(&letter());
        check_reads_back(&Letter {
            charset: Charset::Iso2022Jp,
            from_name: "株式会社まちの新聞".to_owned(),
            ..letter()
        });
        check_reads_back(&Letter {
            html: Some("<p>合計 <b>￥2,500</b></p>\n".to_owned()),
            subject: "Ordered: \"Amazon.com eGift Card\"".to_owned(),
            ..letter()
        });
    }

    #[test]
    fn iso_2022_jp_is_seven_bits_and_really_that() {
        let bytes = compose(&Letter {
            charset: Charset::Iso2022Jp,
            ..letter()
        })
        .unwrap();
        assert!(bytes.is_ascii());
        assert!(bytes.windows(3).any(|escape| escape == b"\x1b$B"));
    }

    #[test]
    fn what_the_charset_cannot_carry_is_an_error() {
        let emoji = Letter {
            charset: Charset::Iso2022Jp,
            text: "🎁".to_owned(),
            ..letter()
        };
        assert_eq!(compose(&emoji), Err(NotInCharset));
    }

    #[test]
    fn the_stamp_names_the_from_domain_and_the_pinned_server() {
        let text = |stamp| {
            let bytes = compose(&Letter { stamp, ..letter() }).unwrap();
            String::from_utf8(bytes).unwrap()
        };
        assert!(text(Stamp::Pass).contains("Authentication-Results: mx.example.com;"));
        assert!(text(Stamp::Pass).contains("dmarc=pass header.from=amazon.co.jp"));
        assert!(text(Stamp::Fail).contains("dmarc=fail"));
        assert!(!text(Stamp::None).contains("Authentication-Results"));
    }
}
