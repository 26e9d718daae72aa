//! `mailward answer`: it was me, it was not, I am not sure; says what follows.

use std::io::Write;

use crate::cli::arguments::{AnswerWord, Global};
use crate::cli::desk;
use crate::cli::exit::{Code, Failure};
use crate::cli::voice::Voice;
use crate::engine::incident::{Answer, Incident, IncidentId};
use crate::engine::report;
use crate::engine::wording::command::{self, Said};
use crate::io::control::outcome::{Answered, Effect, Outcome};
use crate::io::control::protocol::Request;

/// Gives the answer and prints what follows.
pub fn run(
    global: &Global,
    incident: String,
    answer: AnswerWord,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let voice = Voice::new(global)?;
    let request = Request::Answer {
        incident: IncidentId(incident),
        answer: match answer {
            AnswerWord::Me => Answer::Me,
            AnswerWord::NotMe => Answer::NotMe,
            AnswerWord::Unsure => Answer::Unsure,
        },
    };
    let Outcome::Answered(answered) = desk::ask(global, request)? else {
        return Err(desk::unexpected());
    };
    writeln!(out, "{}", text(&answered, &voice))?;
    match answered.effect {
        Effect::Acknowledged
        | Effect::Recorded
        | Effect::Reopened
        | Effect::Joined
        | Effect::AlreadyClosed => Ok(()),
        // What was asked for is not so: a script must be able to tell.
        Effect::TooLate | Effect::Forgotten => Err(Failure::silent(Code::BadData)),
    }
}

fn text(answered: &Answered, voice: &Voice) -> String {
    let id = &answered.incident.id;
    let elsewhere = answered.goes_on_in.as_ref();
    match answered.effect {
        Effect::Acknowledged => voice.said(Said::Acknowledged {
            id,
            rest: elsewhere.map(|rest| &rest.id),
        }),
        Effect::Recorded => follows(answered.answer, &answered.incident, voice),
        Effect::Reopened => format!(
            "{}\n{}",
            voice.said(Said::Reopened { id }),
            follows(answered.answer, &answered.incident, voice)
        ),
        Effect::Joined => {
            let into = elsewhere.unwrap_or(&answered.incident);
            format!(
                "{}\n{}",
                voice.said(Said::Joined { id, into: &into.id }),
                follows(answered.answer, into, voice)
            )
        }
        Effect::TooLate => voice.said(Said::TooLate { id }),
        Effect::AlreadyClosed => voice.said(Said::AlreadyClosed { id }),
        Effect::Forgotten => voice.said(Said::Forgotten { id }),
    }
}

/// What an answer that counts means for the incident.
fn follows(answer: Answer, incident: &Incident, voice: &Voice) -> String {
    let id = &incident.id;
    let level = voice.phrases.level(incident.severity);
    if answer == Answer::Unsure {
        let service = voice.service(report::shop(incident));
        return voice.said(Said::Unsure {
            id,
            level,
            service: &service,
        });
    }
    let next = voice.with(incident, |context| {
        command::next_step(incident, context, voice.phrases)
    });
    let next = next.unwrap_or_else(|| voice.phrases.report().all_done.to_owned());
    voice.said(Said::NotMe {
        id,
        level,
        next: &next,
    })
}
