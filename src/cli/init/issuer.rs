//! Whom to call first when money is gone: asked while nothing has happened yet, and the card is at hand.

use toml_edit::InlineTable;

use crate::cli::exit::{Code, Failure};
use crate::cli::init::dialogue::Dialogue;
use crate::cli::init::options::Options;

/// The `card_issuer` to write; none where one `is_known` and nothing is given, or where nobody names one.
pub fn choose(
    dialogue: &Dialogue,
    options: &Options,
    is_known: bool,
) -> Result<Option<InlineTable>, Failure> {
    let asks = dialogue.asks && !is_known;
    let words = dialogue.words;
    let phone = match &options.card_phone {
        Some(phone) => phone.trim().to_owned(),
        None if asks => {
            dialogue.say(words.issuer, &[]);
            dialogue.line("--card-phone", words.issuer_phone, "")?
        }
        None => String::new(),
    };
    if phone.is_empty() {
        return match &options.card_phone {
            Some(_) => Err(Failure::new(
                Code::Usage,
                "--card-phone names no number",
                "write the number on the back of your card, or leave the option out",
            )),
            None => Ok(None),
        };
    }
    let name = match &options.card_issuer {
        Some(name) => name.trim().to_owned(),
        None if dialogue.asks => dialogue.line("--card-issuer", words.issuer_name, "")?,
        None => String::new(),
    };
    let name = if name.is_empty() {
        words.issuer_default.to_owned()
    } else {
        name
    };
    let mut table = InlineTable::new();
    table.insert("name", name.into());
    table.insert("phone", phone.into());
    Ok(Some(table))
}
