//! The words of a question: what arrived, was it you, what to do if not.

use jiff::SignedDuration;

use crate::engine::advice::Page;
use crate::engine::alert::Question;
use crate::engine::wording::context::Context;
use crate::engine::wording::table::phrases;
use crate::engine::wording::words::Words;
use crate::engine::wording::{plain, time};

/// "Right now" covers this long.
const FRESH: SignedDuration = SignedDuration::from_mins(10);

/// Title and body of a question.
pub fn render(question: &Question, context: &Context<'_>) -> (String, String) {
    let phrases = phrases(context.language);
    let words = Words::new(context);
    let when = time::moment(question.asked_about, context.now, context.time_zone);
    let service = words.service(&question.service);
    let title = phrases.question_title(
        &plain::name(&service, 20),
        question.what,
        &phrases.moment(&when),
    );

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
