//! What was learned from a history, in words.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::engine::baseline::{Baseline, DAYS_AT_LEAST, ORDERS_AT_LEAST, Study};
use crate::engine::order_burst::WINDOWS;
use crate::engine::points::Points;
use crate::engine::wording::phrases::Phrases;
use crate::engine::wording::plain;

/// The longest name of a person that is printed.
const NAME_COLUMNS: usize = 40;

/// Everything that is said about one lesson.
#[derive(Debug, Clone, Copy)]
pub struct Lesson<'a> {
    /// Whose habits they are.
    pub person: &'a str,
    /// What the history says.
    pub study: &'a Study,
    /// Mails of incidents that were answered "not me".
    pub left_out: usize,
    /// What held before; `None`: the usual thresholds.
    pub before: Option<Baseline>,
    /// For the days of the history.
    pub time_zone: &'a TimeZone,
}

/// What a language says about a lesson.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Learnt<'a> {
    /// What it was learned from.
    History {
        /// First and last day; `None`: no order.
        span: Option<(Date, Date)>,
        /// Whole days between them.
        days: i64,
        /// Orders.
        orders: u32,
        /// Those that are known to be goods.
        goods: u32,
    },
    /// Mails of incidents that were answered "not me".
    LeftOut {
        /// How many.
        mails: usize,
    },
    /// Nothing changes: the history is too short.
    TooShort {
        /// Days that are needed.
        days: i64,
        /// Orders that are needed.
        orders: u32,
    },
    /// Nothing changes: what is ordinary lies well below the thresholds that hold.
    Unchanged,
    /// The new thresholds hold from now on.
    Changed {
        /// For whom.
        person: &'a str,
    },
    /// Learning never changes these.
    NeverGifts,
}

/// One window: what is ordinary in it, and its thresholds before and after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The score that 98 of 100 ordinary windows do not exceed.
    pub ordinary: Points,
    /// The threshold of a notice, before and after.
    pub notice: (Points, Points),
    /// The threshold of a warning, before and after.
    pub warning: (Points, Points),
}

/// The windows in their order. Where the history is too short, what held goes on.
pub fn rows(study: &Study, before: Option<Baseline>) -> [Row; 3] {
    let usual = WINDOWS.map(|window| (window.notice, window.warning));
    let held = before.map_or(usual, |baseline| baseline.thresholds);
    let holds = study.baseline.map_or(held, |baseline| baseline.thresholds);
    let mut rows = study.ordinary.map(|ordinary| Row {
        ordinary,
        notice: (Points::ZERO, Points::ZERO),
        warning: (Points::ZERO, Points::ZERO),
    });
    for ((row, held), holds) in rows.iter_mut().zip(held).zip(holds) {
        row.notice = (held.0, holds.0);
        row.warning = (held.1, holds.1);
    }
    rows
}

/// What it was learned from.
pub fn before_table(lesson: &Lesson<'_>, phrases: &dyn Phrases) -> Vec<String> {
    let day = |at| lesson.time_zone.to_datetime(at).date();
    let mut lines = vec![
        phrases.learnt(Learnt::History {
            span: lesson
                .study
                .span
                .map(|(since, until)| (day(since), day(until))),
            days: lesson.study.days(),
            orders: lesson.study.orders,
            goods: lesson.study.goods,
        }),
    ];
    if lesson.left_out > 0 {
        lines.push(phrases.learnt(Learnt::LeftOut {
            mails: lesson.left_out,
        }));
    }
    lines.push(String::new());
    lines
}

/// The windows, a head first; nothing where nothing was learned.
pub fn table(lesson: &Lesson<'_>, phrases: &dyn Phrases) -> Vec<Vec<String>> {
    if lesson.study.baseline.is_none() {
        return Vec::new();
    }
    let mut table = vec![phrases.learnt_columns().map(str::to_owned).to_vec()];
    for (window, row) in WINDOWS.iter().zip(rows(lesson.study, lesson.before)) {
        table.push(vec![
            phrases.window(window.length.as_mins()),
            row.ordinary.decimal().to_string(),
            change(row.notice),
            change(row.warning),
        ]);
    }
    table
}

/// What follows.
pub fn after_table(lesson: &Lesson<'_>, phrases: &dyn Phrases) -> Vec<String> {
    if lesson.study.baseline.is_none() {
        return vec![phrases.learnt(Learnt::TooShort {
            days: DAYS_AT_LEAST,
            orders: ORDERS_AT_LEAST,
        })];
    }
    let changes = rows(lesson.study, lesson.before)
        .iter()
        .any(|row| row.notice.0 != row.notice.1 || row.warning.0 != row.warning.1);
    let person = plain::name(lesson.person, NAME_COLUMNS);
    let what = if changes {
        phrases.learnt(Learnt::Changed { person: &person })
    } else {
        phrases.learnt(Learnt::Unchanged)
    };
    vec![String::new(), what, phrases.learnt(Learnt::NeverGifts)]
}

/// `3 -> 4`, or `3` where nothing changes.
fn change((from, to): (Points, Points)) -> String {
    if from == to {
        from.decimal().to_string()
    } else {
        format!("{} -> {}", from.decimal(), to.decimal())
    }
}
