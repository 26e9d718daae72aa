//! Everything that the report as a page says, in words and in the order in which it says it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::engine::advice::PlaybookStep;
use crate::engine::incident::event::Happened;
use crate::engine::incident::{Answer, Incident, OrderLine, OrderState, Reason, Severity};
use crate::engine::report::log::{self, LogLine};
use crate::engine::report::timeline::{Timeline, Tone, order_tone, timeline};
use crate::engine::report::{self, StepLine, shop};
use crate::engine::wording::context::Context;
use crate::engine::wording::page::PageLabels;
use crate::engine::wording::phrases::{Counts, Phrases, ReportLabels};
use crate::engine::wording::table::phrases;
use crate::engine::wording::words::Words;
use crate::engine::wording::{money, plain, time};

/// Rows of the table at most; a page is for reading out, the CSV file has every order.
const ROWS: usize = 300;
/// The widest name of a card issuer.
const ISSUER_COLUMNS: usize = 40;

/// The page in words.
pub struct View {
    /// The language tag: `ja`.
    pub language: &'static str,
    /// What all labels are called.
    pub labels: PageLabels,
    /// The labels that the page shares with the text.
    pub shared: ReportLabels,
    /// The incident's id.
    pub id: String,
    /// The facts in one line.
    pub title: String,
    /// When it was made.
    pub made: String,
    /// How loud.
    pub severity: Severity,
    /// The same in one word.
    pub level: &'static str,
    /// The card issuer.
    pub call: Call,
    /// Where to check, if no sender could be confirmed.
    pub unverified: Option<String>,
    /// The next open step besides the call.
    pub next: Option<StepLine>,
    /// Labels and values.
    pub facts: Vec<(&'static str, String)>,
    /// The orders by service.
    pub groups: Vec<Group>,
    /// Where not all orders are shown.
    pub cut: Option<String>,
    /// Sums: of which state, its label, the sum.
    pub sums: Vec<(Option<OrderState>, &'static str, String)>,
    /// The drawing.
    pub timeline: Option<Timeline>,
    /// The same line by line.
    pub log: Vec<LogLine>,
    /// Lines that were left out.
    pub more: usize,
    /// The playbook.
    pub steps: Vec<StepLine>,
    /// What to type to tick off a step.
    pub tick: String,
    /// Why it rang, each with its points where it has any.
    pub reasons: Vec<(&'static str, Option<String>)>,
    /// When which level was reached, and why.
    pub levels: Vec<(String, &'static str, &'static str)>,
}

/// Whom to call, and what to say.
pub struct Call {
    /// What stands above it.
    pub heading: &'static str,
    /// It is the next thing to do.
    pub urgent: bool,
    /// The issuer's name; `None` where the config has none.
    pub name: Option<String>,
    /// The number as it is to be read.
    pub number: String,
    /// The number as a telephone takes it.
    pub dial: Option<String>,
    /// What to say.
    pub say: Option<String>,
}

/// The orders of one service.
pub struct Group {
    /// Its name; `None` where there is but one.
    pub service: Option<String>,
    /// The rows.
    pub rows: Vec<Row>,
}

/// One order.
pub struct Row {
    /// Its number in the table.
    pub number: usize,
    /// Order id, item, amount, time, state.
    pub cells: [String; 5],
    /// How it looks.
    pub tone: Tone,
    /// When it was cancelled.
    pub cancelled: Option<String>,
    /// Shop and card issuer contradict each other.
    pub contradiction: bool,
}

impl View {
    /// The page of an incident.
    pub fn new(incident: &Incident, context: &Context<'_>) -> Self {
        let phrases = phrases(context.language);
        let labels = phrases.page();
        let shared = phrases.report();
        let words = Words::new(context);
        let steps = report::steps(incident, context);
        let call = call(incident, context, &steps, phrases);
        let groups = groups(incident, context, phrases, &shared);
        let (log, more) = log::lines(incident, context, phrases);
        Self {
            language: context.language.name(),
            labels,
            shared,
            id: plain::name(&incident.id.0, 12),
            title: title(incident, context, phrases),
            made: (labels.made)(&full(context.now, context, phrases)),
            severity: incident.severity,
            level: phrases.level(incident.severity),
            unverified: (!incident.verified)
                .then(|| phrases.unverified(&words.service(shop(incident)))),
            next: steps
                .iter()
                .find(|step| !step.done && step.step != PlaybookStep::CallCardIssuer)
                .cloned(),
            call,
            facts: report::facts(incident, context, phrases, &shared),
            cut: (incident.order_list.len() > ROWS).then(|| {
                let command = format!(
                    "mailward incidents report {} --format csv",
                    plain::name(&incident.id.0, 12)
                );
                (labels.cut)(ROWS, incident.order_list.len(), &command)
            }),
            groups,
            sums: report::sums(incident, phrases, &shared),
            timeline: timeline(incident, context.time_zone),
            log,
            more,
            steps,
            tick: format!(
                "mailward incidents done {} STEP",
                plain::name(&incident.id.0, 12)
            ),
            reasons: incident
                .reasons
                .iter()
                .map(|reason| {
                    let points = (!reason.points.is_zero()).then(|| {
                        format!("{} {}", reason.points.normalize(), phrases.command().points)
                    });
                    (phrases.reason(reason.rule), points)
                })
                .collect(),
            levels: incident
                .severity_history
                .iter()
                .map(|change| {
                    (
                        time::column(change.at, context.time_zone, phrases)
                            .trim_start()
                            .to_owned(),
                        phrases.level(change.severity),
                        phrases.reason(change.reason),
                    )
                })
                .collect(),
        }
    }
}

/// Date and time of day.
fn full(at: Timestamp, context: &Context<'_>, phrases: &dyn Phrases) -> String {
    let at = context.time_zone.to_datetime(at);
    format!("{} {}", phrases.long_date(at.date()), time::clock(at))
}

/// The counts as the alert states them.
fn title(incident: &Incident, context: &Context<'_>, phrases: &dyn Phrases) -> String {
    let words = Words::new(context);
    let not_me = incident.answers.last().map(|(_, answer)| *answer) == Some(Answer::NotMe);
    let certain = incident.severity == Severity::Critical || not_me;
    let names: Vec<String> = incident
        .services
        .iter()
        .map(|service| words.service(service))
        .collect();
    let services = if names.is_empty() {
        phrases.mailbox().to_owned()
    } else {
        phrases.services(&names)
    };
    let mut facts = Vec::new();
    if incident.orders > 0 {
        let counts = Counts {
            orders: incident.orders,
            cancelled: incident.cancellations,
            certain,
        };
        facts.push(phrases.orders(counts, &money::format_all(&incident.amounts, phrases)));
    } else if incident.cancellations > 0 {
        facts.push(phrases.cancellations(incident.cancellations));
    }
    if incident.codes > 0 {
        facts.push(phrases.codes(incident.codes, certain));
    }
    let changes = incident
        .events
        .iter()
        .filter(|event| matches!(event.what, Happened::AccountChange { .. }))
        .count();
    if changes > 0 {
        facts.push(phrases.account_changes(u32::try_from(changes).unwrap_or(u32::MAX)));
    }
    if facts.is_empty() {
        let reason = incident
            .reasons
            .first()
            .map_or(Reason::Question, |reason| reason.rule);
        facts.push(phrases.bare_fact(reason).to_owned());
    }
    phrases.incident_title(&services, &facts)
}

fn call(
    incident: &Incident,
    context: &Context<'_>,
    steps: &[StepLine],
    phrases: &dyn Phrases,
) -> Call {
    let labels = phrases.page();
    let first = steps.iter().find(|step| !step.done).map(|step| step.step);
    let urgent = first == Some(PlaybookStep::CallCardIssuer);
    let issuer = context.card_issuer;
    Call {
        heading: if urgent { labels.call } else { labels.issuer },
        urgent,
        name: issuer.map(|issuer| plain::name(&issuer.name, ISSUER_COLUMNS)),
        number: issuer.map_or_else(
            || labels.number_on_card.to_owned(),
            |issuer| plain::name(&issuer.phone, 24),
        ),
        dial: issuer.map(|issuer| {
            let dialled = |c: &char| c.is_ascii_digit() || *c == '+';
            issuer.phone.chars().filter(dialled).take(24).collect()
        }),
        say: (incident.orders > 0).then(|| {
            let amount = money::format_all(&incident.amounts, phrases);
            (labels.say)(incident.orders, &amount)
        }),
    }
}

/// When each order was cancelled, as far as a mail named it.
pub fn cancelled_at(incident: &Incident) -> BTreeMap<(&str, &str), Timestamp> {
    let mut moments = BTreeMap::new();
    for event in &incident.events {
        if let Happened::OrderCancelled { order_ids, .. } = &event.what {
            for id in order_ids {
                moments
                    .entry((event.service.as_str(), id.as_str()))
                    .or_insert(event.at);
            }
        }
    }
    moments
}

/// The orders by service, the first one's first; where there are too many, those that may have been charged are kept.
fn groups(
    incident: &Incident,
    context: &Context<'_>,
    phrases: &dyn Phrases,
    labels: &ReportLabels,
) -> Vec<Group> {
    let words = Words::new(context);
    let cancelled = cancelled_at(incident);
    let mut shown: Vec<&OrderLine> = incident.order_list.iter().collect();
    if shown.len() > ROWS {
        shown.sort_by_key(|order| (order_tone(order) != Tone::Risk, order.at));
        shown.truncate(ROWS);
    }
    let mut services: Vec<&str> = Vec::new();
    for order in &shown {
        if !services.contains(&order.service.as_str()) {
            services.push(&order.service);
        }
    }
    let mut number = 0_usize;
    services
        .iter()
        .map(|service| Group {
            service: (services.len() > 1).then(|| words.service(service)),
            rows: shown
                .iter()
                .filter(|order| order.service == *service)
                .map(|order| {
                    number = number.saturating_add(1);
                    let moment = order
                        .id
                        .as_deref()
                        .and_then(|id| cancelled.get(&(order.service.as_str(), id)));
                    let mut cells = report::cells(order, context, phrases, labels);
                    if let Some(at) = cells.get_mut(3) {
                        *at = at.trim_start().to_owned();
                    }
                    Row {
                        number,
                        cells,
                        tone: order_tone(order),
                        cancelled: moment
                            .map(|at| time::column(*at, context.time_zone, phrases))
                            .map(|at| (phrases.page().cancelled_then)(at.trim_start())),
                        contradiction: order.contradiction,
                    }
                })
                .collect(),
        })
        .collect()
}
