//! The topic on an ntfy server: long enough that nobody guesses it, shown as text and to be scanned.

use std::io::IsTerminal as _;

use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;
use toml_edit::{Table, value};

use crate::cli::exit::{Code, Failure};
use crate::cli::init::dialogue::Dialogue;
use crate::cli::init::options::Options;

/// The `[[channel]]` table, after the topic was shown.
pub fn table(dialogue: &Dialogue, options: &Options) -> Result<Table, Failure> {
    let server = options.ntfy_server.trim_end_matches('/');
    let topic = match &options.ntfy_topic {
        Some(topic) => topic.clone(),
        None => random_topic()?,
    };
    let url = format!("{server}/{topic}");
    dialogue.say(dialogue.words.ntfy_topic, &[("url", &url)]);
    if std::io::stderr().is_terminal() {
        // A topic that is too long for a QR code is still there as text.
        if let Ok(code) = QrCode::new(&url) {
            let drawn = code
                .render::<Dense1x2>()
                .dark_color(Dense1x2::Light)
                .light_color(Dense1x2::Dark)
                .build();
            dialogue.say("{code}", &[("code", &drawn)]);
        }
    }
    let mut table = Table::new();
    table.insert("kind", value("ntfy"));
    table.insert("server", value(server));
    table.insert("topic", value(topic));
    Ok(table)
}

/// 128 bits in hexadecimal digits: whoever knows the topic can read the alerts.
fn random_topic() -> Result<String, Failure> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|error| {
        Failure::new(
            Code::Unavailable,
            format!("the system gives no random numbers: {error}"),
            "name a topic with --ntfy-topic",
        )
    })?;
    let number = u128::from_be_bytes(bytes);
    Ok(format!("mailward-{number:032x}"))
}
