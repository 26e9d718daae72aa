//! Where alerts go.

use toml_edit::{Table, value};

use crate::cli::exit::Failure;
use crate::cli::init::dialogue::{Dialogue, missing};
use crate::cli::init::ntfy;
use crate::cli::init::options::{ChannelWord, Options};

/// The `[[channel]]` tables to add; none where `has_some` and nothing is asked for.
pub fn choose(
    dialogue: &Dialogue,
    options: &Options,
    has_some: bool,
) -> Result<Vec<Table>, Failure> {
    let words = dialogue.words;
    let mut chosen = options.channels.clone();
    if chosen.is_empty() && !has_some {
        if !dialogue.asks {
            return Err(missing(&["--channel"]));
        }
        dialogue.say(words.channels, &[]);
        while chosen.is_empty() {
            for (channel, question, default) in [
                (ChannelWord::Desktop, words.channel_desktop, true),
                (ChannelWord::Ntfy, words.channel_ntfy, true),
                (ChannelWord::Journal, words.channel_journal, false),
            ] {
                if dialogue.yes("--channel", question, default)? {
                    chosen.push(channel);
                }
            }
            if chosen.is_empty() {
                dialogue.say(words.channel_none, &[]);
            }
        }
    }
    chosen
        .into_iter()
        .map(|channel| match channel {
            ChannelWord::Ntfy => ntfy::table(dialogue, options),
            ChannelWord::Desktop | ChannelWord::Journal => {
                let mut table = Table::new();
                table.insert("kind", value(channel.kind()));
                Ok(table)
            }
        })
        .collect()
}
