//! What happened, line by line: what came one after another without a break is one line.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;

use crate::engine::incident::Incident;
use crate::engine::incident::event::Happened;
use crate::engine::money::Money;
use crate::engine::wording::context::Context;
use crate::engine::wording::phrases::{Counts, Phrases};
use crate::engine::wording::words::Words;
use crate::engine::wording::{money, time};

/// Lines at most; the table has every order.
const LINES: usize = 40;

/// A line: when, and what happened then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// A moment or a span in the person's zone.
    pub when: String,
    /// In words.
    pub what: String,
}

/// Something, as often as it happened without anything else in between.
struct Run {
    first: Timestamp,
    last: Timestamp,
    what: What,
    service: String,
    times: usize,
    amounts: BTreeMap<String, Decimal>,
}

#[derive(PartialEq)]
enum What {
    Ordered,
    Happened(Happened),
    Answered(String),
}

/// Every line, and how many runs were left out.
pub fn lines(
    incident: &Incident,
    context: &Context<'_>,
    phrases: &dyn Phrases,
) -> (Vec<LogLine>, usize) {
    let runs = runs(incident, phrases);
    let more = runs.len().saturating_sub(LINES);
    let words = Words::new(context);
    let lines = runs
        .iter()
        .take(LINES)
        .map(|run| {
            let mut what = said(run, phrases);
            if incident.services.len() > 1 && !run.service.is_empty() {
                what = format!("{}: {what}", words.service(&run.service));
            }
            LogLine {
                when: when(run, context, phrases),
                what,
            }
        })
        .collect();
    (lines, more)
}

fn runs(incident: &Incident, phrases: &dyn Phrases) -> Vec<Run> {
    let run = |at, what, service: &str, times, amount: Option<&Money>| Run {
        first: at,
        last: at,
        what,
        service: service.to_owned(),
        times,
        amounts: amount
            .map(|money| (money.currency.clone(), money.amount))
            .into_iter()
            .collect(),
    };
    let orders = incident.order_list.iter().map(|order| {
        let amount = order.amount.as_ref();
        run(order.at, What::Ordered, &order.service, 1, amount)
    });
    let events = incident.events.iter().map(|event| {
        let (what, times, amount) = counted(&event.what);
        let what = What::Happened(what);
        run(event.at, what, &event.service, times, amount)
    });
    let answers = incident.answers.iter().map(|(at, answer)| {
        let answer = phrases.answer_in_report(*answer).to_owned();
        run(*at, What::Answered(answer), "", 1, None)
    });
    let mut all: Vec<Run> = orders.chain(events).chain(answers).collect();
    all.sort_by_key(|run| run.first);
    let mut runs: Vec<Run> = Vec::new();
    for next in all {
        match runs.last_mut() {
            Some(run) if run.what == next.what && run.service == next.service => {
                run.last = next.last;
                run.times = run.times.saturating_add(next.times);
                for (currency, amount) in next.amounts {
                    let sum = run.amounts.entry(currency).or_default();
                    *sum = sum.saturating_add(amount);
                }
            }
            _ => runs.push(next),
        }
    }
    runs
}

/// What happened without what tells two of a kind apart, how often, and for how much.
fn counted(what: &Happened) -> (Happened, usize, Option<&Money>) {
    match what {
        Happened::OrderCancelled { order_ids, by, .. } => {
            let any = Happened::OrderCancelled {
                order_ids: Vec::new(),
                by: *by,
                says_not_charged: false,
            };
            (any, order_ids.len().max(1), None)
        }
        Happened::CardCharge { amount } => {
            (Happened::CardCharge { amount: None }, 1, amount.as_ref())
        }
        Happened::OneTimeCode { .. }
        | Happened::SignIn { .. }
        | Happened::AccountChange { .. }
        | Happened::MerchantAction { .. } => (what.clone(), 1, None),
    }
}

fn said(run: &Run, phrases: &dyn Phrases) -> String {
    let page = phrases.page();
    let amount = money::format_all(&run.amounts, phrases);
    match &run.what {
        What::Ordered => {
            let counts = Counts {
                orders: u32::try_from(run.times).unwrap_or(u32::MAX),
                cancelled: 0,
                certain: false,
            };
            phrases.orders(counts, &amount)
        }
        What::Happened(what) if amount.is_empty() => (page.happened)(what, run.times),
        What::Happened(what) => {
            let happened = (page.happened)(what, run.times);
            format!("{happened}{}({amount})", phrases.gap())
        }
        What::Answered(answer) => (page.answered)(answer),
    }
}

fn when(run: &Run, context: &Context<'_>, phrases: &dyn Phrases) -> String {
    let zone = context.time_zone;
    let (first, last) = (zone.to_datetime(run.first), zone.to_datetime(run.last));
    let start = time::column(run.first, zone, phrases);
    let start = start.trim_start();
    if first.date() != last.date() {
        let end = time::column(run.last, zone, phrases);
        return format!("{start} – {}", end.trim_start());
    }
    let (from, to) = (time::clock(first), time::clock(last));
    if from == to {
        start.to_owned()
    } else {
        format!("{start}–{to}")
    }
}
