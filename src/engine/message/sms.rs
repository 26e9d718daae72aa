//! A text message as a mail, so that it goes the way of every other message.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::engine::message::RawMail;
use crate::engine::message::fold::fold_line;

/// The From address of text messages that the person's phone handed over; the pack `sms` knows it.
pub const SMS_ADDRESS: &str = "sms@mailward.invalid";

/// The mail that stands for a text message. `sender` is the phone number or name that the phone shows.
pub fn mail_of_sms(sender: Option<&str>, text: &str, arrived_at: Timestamp) -> RawMail {
    let sender = fold_line(sender.unwrap_or("unknown"), 64).replace(['\r', '\n'], " ");
    let date = arrived_at
        .to_zoned(TimeZone::UTC)
        .strftime("%a, %d %b %Y %H:%M:%S +0000");
    let mail = format!(
        "From: {SMS_ADDRESS}\r\nDate: {date}\r\nSubject: SMS from {sender}\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}\r\n"
    );
    let bytes = mail.into_bytes();
    RawMail {
        source: "sms".to_owned(),
        arrived_at,
        full_size: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
        bytes,
    }
}
