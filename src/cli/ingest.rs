//! `mailward ingest --sms`: a text message from a phone, on the standard input.

use std::io::{Read as _, Write};

use crate::cli::arguments::{Global, Ingest};
use crate::cli::desk;
use crate::cli::exit::{Code, Failure};
use crate::cli::voice::Voice;
use crate::io::control::outcome::Outcome;
use crate::io::control::protocol::{Request, Unlogged};

/// Longer than any text message: one of 255 parts has less than 40,000 characters (3GPP TS 23.040 §9.2.3.24.1).
const LONGEST: u64 = 40_000;

/// Hands the message to the daemon, else to the store, and says what it was taken for.
pub fn run(global: &Global, options: Ingest, out: &mut dyn Write) -> Result<(), Failure> {
    let Ingest {
        sms: _,
        from,
        person,
    } = options;
    let voice = Voice::new(global)?;
    let request = Request::Ingest {
        text: Unlogged::new(text()?),
        sender: from,
        person,
    };
    let Outcome::Ingested(ingested) = desk::ask(global, request)? else {
        return Err(desk::unexpected());
    };
    let service = ingested.service.map(|service| voice.service(&service));
    writeln!(out, "{}", voice.phrases.ingested(service.as_deref()))?;
    Ok(())
}

fn text() -> Result<String, Failure> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .take(LONGEST.saturating_add(1))
        .read_to_end(&mut bytes)?;
    // What was read is not repeated: a code stands in it.
    if bytes.len() > usize::try_from(LONGEST).unwrap_or(usize::MAX) {
        return Err(Failure::new(
            Code::BadData,
            "the standard input holds more than a text message",
            "hand over one message at a time",
        ));
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    if text.trim().is_empty() {
        return Err(Failure::new(
            Code::BadData,
            "the standard input holds no text message",
            "write for example: printf %s \"$MESSAGE\" | mailward ingest --sms --from \"$SENDER\"",
        ));
    }
    Ok(text)
}
