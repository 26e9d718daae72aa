//! `mailward scan --learn`: what is ordinary for the person, stored and shown.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rust_decimal::prelude::ToPrimitive as _;
use serde::Serialize;

use crate::cli::arguments::Global;
use crate::cli::desk;
use crate::cli::exit::{Code, Failure};
use crate::cli::incidents::aligned;
use crate::cli::scan::Found;
use crate::config::Config;
use crate::engine::baseline::{self, Baseline, Study};
use crate::engine::incident::{Answer, Incident};
use crate::engine::order_burst::WINDOWS;
use crate::engine::points::Points;
use crate::engine::signal::Signal;
use crate::engine::wording::learning::{self, Lesson as Words};
use crate::engine::wording::{Language, table};
use crate::io::control::outcome::Outcome;
use crate::io::control::protocol::Request;

/// What was learned, and what became of it.
#[derive(Debug)]
pub struct Lesson {
    /// Whose habits they are.
    pub person: String,
    /// What the history says.
    pub study: Study,
    /// Mails that were left out: they belong to incidents that were answered "not me".
    pub left_out: usize,
    /// What held before; `None`: the usual thresholds.
    pub before: Option<Baseline>,
}

/// Whose history it is: that of the named account, or of the only person.
pub fn whose(config: &Config, account: Option<&str>) -> Result<String, Failure> {
    // An account that is not there is refused by what needs its addresses.
    let named = account.and_then(|name| config.account(name));
    if let Some(account) = named {
        return Ok(account.person.clone());
    }
    let people: BTreeSet<&str> = config
        .accounts
        .iter()
        .map(|account| account.person.as_str())
        .collect();
    let mut people = people.into_iter();
    match (people.next(), people.next()) {
        (Some(only), None) => Ok(only.to_owned()),
        _ => Err(Failure::new(
            Code::Usage,
            "several people are watched, and it is not said whose history this is",
            "name an account of that person with --account",
        )),
    }
}

/// Learns from what was found and stores it, by way of the daemon where one runs.
pub fn learn(global: &Global, person: String, found: &Found) -> Result<Lesson, Failure> {
    let stored = incidents(global)?;
    let mine = stored.iter().filter(|incident| incident.person == person);
    let not_mine = Denied::of(mine.chain(&found.replayed.incidents));
    let (denied, signals): (Vec<&Signal>, Vec<&Signal>) =
        found.signals().partition(|signal| not_mine.holds(signal));
    let signals: Vec<Signal> = signals.into_iter().cloned().collect();
    let study = baseline::study(&signals);
    let mut before = None;
    if let Some(baseline) = study.baseline {
        let request = Request::Learn {
            baseline,
            person: Some(person.clone()),
        };
        let Outcome::Learned(learned) = desk::ask(global, request)? else {
            return Err(desk::unexpected());
        };
        before = learned.before;
    }
    Ok(Lesson {
        person,
        study,
        left_out: denied.len(),
        before,
    })
}

/// All incidents so far; none before the first start.
fn incidents(global: &Global) -> Result<Vec<Incident>, Failure> {
    if !desk::state_file()?.exists() && desk::daemon()?.is_none() {
        return Ok(Vec::new());
    }
    let Outcome::Incidents(incidents) = desk::ask(global, Request::Incidents)? else {
        return Err(desk::unexpected());
    };
    Ok(incidents)
}

/// The mails of incidents that were answered "not me": what a stranger did is nobody's habit.
#[derive(Default)]
struct Denied<'a> {
    messages: BTreeSet<&'a str>,
    signals: BTreeSet<&'a str>,
}

impl<'a> Denied<'a> {
    fn of(incidents: impl Iterator<Item = &'a Incident>) -> Self {
        let mut denied = Self::default();
        for incident in incidents {
            let last = incident.answers.last().map(|(_, answer)| *answer);
            if last != Some(Answer::NotMe) {
                continue;
            }
            denied
                .messages
                .extend(incident.messages.iter().map(String::as_str));
            let signals = incident.reasons.iter().flat_map(|reason| &reason.signals);
            denied.signals.extend(signals.map(|id| id.0.as_str()));
        }
        denied
    }

    fn holds(&self, signal: &Signal) -> bool {
        let by_message = signal
            .message_id
            .as_deref()
            .is_some_and(|id| self.messages.contains(id));
        by_message || self.signals.contains(signal.id.0.as_str())
    }
}

impl Lesson {
    /// As a person reads it.
    pub fn lines(&self, language: Language, time_zone: &TimeZone) -> Vec<String> {
        let phrases = table::phrases(language);
        let words = Words {
            person: &self.person,
            study: &self.study,
            left_out: self.left_out,
            before: self.before,
            time_zone,
        };
        let mut lines = learning::before_table(&words, phrases);
        lines.extend(aligned(&learning::table(&words, phrases)));
        lines.extend(learning::after_table(&words, phrases));
        lines
    }
}

/// A `learned` line.
#[derive(Serialize)]
pub struct LearnedLine<'a> {
    r#type: &'static str,
    person: &'a str,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
    days: i64,
    orders: u32,
    goods: u32,
    left_out: usize,
    stored: bool,
    windows: Vec<WindowEntry>,
}

#[derive(Serialize)]
struct WindowEntry {
    minutes: i64,
    ordinary: f64,
    notice: Change,
    warning: Change,
}

#[derive(Serialize)]
struct Change {
    from: f64,
    to: f64,
}

impl<'a> LearnedLine<'a> {
    /// The line of a lesson.
    pub fn of(lesson: &'a Lesson) -> Self {
        let study = &lesson.study;
        let rows = learning::rows(study, lesson.before);
        Self {
            r#type: "learned",
            person: &lesson.person,
            since: study.span.map(|(since, _)| since),
            until: study.span.map(|(_, until)| until),
            days: study.days(),
            orders: study.orders,
            goods: study.goods,
            left_out: lesson.left_out,
            stored: study.baseline.is_some(),
            windows: WINDOWS
                .iter()
                .zip(rows)
                .map(|(window, row)| WindowEntry {
                    minutes: window.length.as_mins(),
                    ordinary: number(row.ordinary),
                    notice: change(row.notice),
                    warning: change(row.warning),
                })
                .collect(),
        }
    }
}

fn change((from, to): (Points, Points)) -> Change {
    Change {
        from: number(from),
        to: number(to),
    }
}

fn number(points: Points) -> f64 {
    points.decimal().to_f64().unwrap_or(0.0)
}
