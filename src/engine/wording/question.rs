//! The words of a question: what arrived, was it you, what to do if not.

use jiff::SignedDuration;

use crate::engine::advice::Page;
use crate::engine::alert::Question;
use crate::engine::wording::context::Context;
use crate::engine::wording::table::phrases;
use crate::engine::wording::words::Words;
use crate::engine::wording::{plain, time};

/// The widest title; a long name of a service is cut for it.
const TITLE_COLUMNS: usize = 66;
/// No name is cut shorter than this.
const NAME_COLUMNS: usize = 10;
/// "Right now" covers this long.
const FRESH: SignedDuration = SignedDuration::from_mins(10);

/// Title and body of a question.
pub fn render(question: &Question, context: &Context<'_>) -> (String, String) {
    let phrases = phrases(context.language);
    let words = Words::new(context);
    let when = time::moment(question.asked_about, context.now, context.time_zone);
    let service = words.service(&question.service);
    let moment = phrases.moment(&when);
    let title = title_within(TITLE_COLUMNS, &service, |name| {
        phrases.question_title(name, question.what, &moment)
    });

    let age = context.now.duration_since(question.asked_about);
    let ask = phrases.question_ask(question.what, age <= FRESH);
    let next = if question.verified {
        // A "no" always leads to the password: it is what the asker has or wants.
        let page = (context.official_page)(&question.service, Page::Password);
        let issuer = words.issuer();
        phrases.question_next(
            question.what,
            &words.target(&service, page.as_deref(), &issuer),
        )
    } else {
        phrases.unverified(&service)
    };
    (title, format!("{ask}\n{next}"))
}

fn title_within(limit: usize, service: &str, title: impl Fn(&str) -> String) -> String {
    let whole = title(service);
    let excess = plain::columns(&whole).saturating_sub(limit);
    if excess == 0 {
        return whole;
    }
    let room = plain::columns(service).saturating_sub(excess);
    title(&plain::name(service, room.max(NAME_COLUMNS)))
}
