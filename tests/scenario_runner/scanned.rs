//! A scenario as `mailward scan --answers` sees it.

use std::io::Write as _;

use mailward::cli::scan::answers;
use mailward::cli::scan::replay::{self, Replayed, ScannedMail};
use serde_json::json;

use crate::scenario_runner::live::Run;
use crate::scenario_runner::script::Script;
use crate::scenario_runner::timeline::{self, What};

/// Scans one person's mails, with the answers that were given live, read from a file.
pub fn scan(script: &Script, person: &str, live: &Run) -> Replayed {
    let mut mails: Vec<ScannedMail> = timeline::of(script, person)
        .into_iter()
        .filter_map(|moment| match moment.what {
            What::Mail(mail) => Some((mail.at, mail.sender, mail.says)),
            What::Answer { .. }
            | What::Expect { .. }
            | What::CatchUp(..)
            | What::Clock(_)
            | What::Suspend(_)
            | What::Crash
            | What::Delivered
            | What::Close
            | What::Deleted(_)
            | What::Screen(_)
            | What::Done(_) => None,
        })
        .collect();
    mails.sort_by_key(|(at, ..)| *at);
    let mut file = tempfile::NamedTempFile::new().unwrap();
    for (at, incident, about, answer) in &live.answers {
        let line = match about {
            Some(message) => json!({"message_id": message, "answer": answer, "at": at}),
            None => json!({"incident": incident, "answer": answer, "at": at}),
        };
        writeln!(file, "{line}").unwrap();
    }
    let answers = answers::load(file.path()).unwrap_or_else(|failure| panic!("{failure:?}"));
    assert_eq!(answers.len(), live.answers.len());
    replay::replay_mails(&script.options_of(person, false), &mails, &answers)
}
