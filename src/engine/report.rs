//! The report that a person holds in the hand when calling the card issuer: here as plain text, as a page and as tables
//! in the modules below.

pub mod csv;
pub mod drawing;
pub mod html;
pub mod json;
pub mod log;
pub mod markdown;
pub mod timeline;
pub mod view;

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::engine::advice::{PlaybookStep, Situation, playbook};
use crate::engine::incident::{Incident, OrderLine, OrderState};
use crate::engine::wording::context::Context;
use crate::engine::wording::phrases::{Phrases, ReportLabels};
use crate::engine::wording::table::phrases;
use crate::engine::wording::words::Words;
use crate::engine::wording::{StepText, money, plain, step, time};

/// How many of the steps that are left the report names.
const STEPS: usize = 2;
/// An order id wider than this has a line of its own, so that a row stays within 80 columns.
const ID_COLUMNS: usize = 22;
/// The widest amount that a column is made for.
const AMOUNT_COLUMNS: usize = 14;

/// The report on one incident: at most 80 columns but for names and addresses, no colour codes, ends with a newline.
pub fn text(incident: &Incident, context: &Context<'_>) -> String {
    let phrases = phrases(context.language);
    let labels = phrases.report();
    let mut lines = vec![format!("{} {}", labels.title, incident.id), String::new()];
    lines.extend(header(incident, context, phrases, &labels));
    lines.push(String::new());
    if incident.order_list.is_empty() {
        lines.push(labels.no_orders.to_owned());
    } else {
        lines.extend(table(incident, context, phrases, &labels));
        lines.push(String::new());
        lines.extend(totals(incident, phrases, &labels));
    }
    lines.push(String::new());
    lines.extend(next_steps(incident, context, phrases, &labels));
    lines.push(String::new());
    lines.join("\n")
}

/// A playbook step of an incident, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepLine {
    /// Which step; its id is what `mailward incidents done ID STEP` takes.
    pub step: PlaybookStep,
    /// The person ticked it off.
    pub done: bool,
    /// The words, and the official address.
    pub text: StepText,
}

/// Every playbook step of an incident, in the order in which it asks for them.
pub fn steps(incident: &Incident, context: &Context<'_>) -> Vec<StepLine> {
    let situation = Situation::of_incident(incident, context.mailbox_services);
    let words = Words::new(context);
    playbook(situation)
        .into_iter()
        .map(|which| StepLine {
            step: which,
            done: incident.steps_done.contains(which.id()),
            text: step(
                which,
                words
                    .service_of_step(which, &incident.services, shop(incident))
                    .unwrap_or(""),
                context,
            ),
        })
        .collect()
}

/// Lines of a label and its value, the values below each other.
fn labelled(pairs: &[(&str, String)]) -> Vec<String> {
    let width = pairs
        .iter()
        .map(|(label, _)| plain::columns(label))
        .max()
        .unwrap_or(0);
    pairs
        .iter()
        .map(|(label, value)| format!("{}  {value}", plain::pad_right(label, width)))
        .collect()
}

fn header(
    incident: &Incident,
    context: &Context<'_>,
    phrases: &dyn Phrases,
    labels: &ReportLabels,
) -> Vec<String> {
    labelled(&facts(incident, context, phrases, labels))
}

/// What is known at a glance: services, time, level, sender, codes, the last answer.
pub(crate) fn facts(
    incident: &Incident,
    context: &Context<'_>,
    phrases: &dyn Phrases,
    labels: &ReportLabels,
) -> Vec<(&'static str, String)> {
    let words = Words::new(context);
    let services: Vec<String> = incident
        .services
        .iter()
        .map(|service| words.service(service))
        .collect();
    let verdict = if incident.verified {
        labels.sender_verified
    } else {
        labels.sender_unverified
    };
    let mut pairs = vec![
        (labels.service, phrases.list(&services)),
        (labels.when, span(incident, context, phrases)),
        (labels.level, phrases.severity(incident.severity).to_owned()),
        (labels.sender, verdict.to_owned()),
    ];
    if let Some(zone) = context.time_zone.iana_name() {
        pairs.insert(2, (labels.zone, zone.to_owned()));
    }
    if incident.codes > 0 {
        pairs.push((labels.codes, phrases.code_count(incident.codes)));
    }
    if let Some((at, answer)) = incident.answers.last() {
        let when = time::column(*at, context.time_zone, phrases);
        pairs.push((
            labels.answer,
            format!(
                "{} ({})",
                phrases.answer_in_report(*answer),
                when.trim_start()
            ),
        ));
    }
    pairs
}

/// From the first signal to the last order.
fn span(incident: &Incident, context: &Context<'_>, phrases: &dyn Phrases) -> String {
    let zone = context.time_zone;
    let from = zone.to_datetime(incident.opened_at);
    let last = incident
        .order_list
        .iter()
        .map(|order| order.at)
        .max()
        .unwrap_or(incident.opened_at)
        .max(incident.opened_at);
    let to = zone.to_datetime(last);
    let start = format!("{} {}", phrases.long_date(from.date()), time::clock(from));
    let end = if from.date() == to.date() {
        time::clock(to)
    } else {
        format!("{} {}", phrases.long_date(to.date()), time::clock(to))
    };
    if start.ends_with(&end) {
        start
    } else {
        format!("{start} - {end}")
    }
}

fn table(
    incident: &Incident,
    context: &Context<'_>,
    phrases: &dyn Phrases,
    labels: &ReportLabels,
) -> Vec<String> {
    let rows: Vec<[String; 5]> = incident
        .order_list
        .iter()
        .map(|order| cells(order, context, phrases, labels))
        .collect();
    let widest = |column: usize, limit: usize| {
        rows.iter()
            .map(|row| row.get(column).map_or(0, |cell| plain::columns(cell)))
            .filter(|&width| width <= limit)
            .chain(labels.columns.get(column).map(|head| plain::columns(head)))
            .max()
            .unwrap_or(0)
    };
    let widths = [
        widest(0, ID_COLUMNS),
        widest(1, usize::MAX),
        widest(2, AMOUNT_COLUMNS),
        widest(3, usize::MAX),
    ];
    let number_width = rows.len().to_string().len();
    let one_service = incident.order_list.iter().all(|order| {
        incident.order_list.first().map(|first| &first.service) == Some(&order.service)
    });

    let words = Words::new(context);
    let mut lines = vec![
        labels.orders.to_owned(),
        row_line(
            &" ".repeat(number_width),
            &labels.columns.map(str::to_owned),
            widths,
        ),
    ];
    let mut service = None;
    for (index, (order, cells)) in incident.order_list.iter().zip(&rows).enumerate() {
        if !one_service && service != Some(&order.service) {
            service = Some(&order.service);
            lines.push(format!("  {}", words.service(&order.service)));
        }
        let number = plain::pad_left(&index.saturating_add(1).to_string(), number_width);
        let [id, rest @ ..] = cells;
        if plain::columns(id) > ID_COLUMNS {
            let [item, amount, at, state] = rest.clone();
            lines.push(format!("  {number}  {id}"));
            lines.push(row_line(
                &" ".repeat(number_width),
                &[String::new(), item, amount, at, state],
                widths,
            ));
        } else {
            lines.push(row_line(&number, cells, widths));
        }
        if order.contradiction {
            lines.push(format!(
                "  {}  {}",
                " ".repeat(number_width),
                labels.contradiction
            ));
        }
    }
    lines
}

/// An order in words: id, item, amount, time, state.
pub(crate) fn cells(
    order: &OrderLine,
    context: &Context<'_>,
    phrases: &dyn Phrases,
    labels: &ReportLabels,
) -> [String; 5] {
    let id = order
        .id
        .as_deref()
        .map(plain::order_id)
        .filter(|id| !id.is_empty())
        .unwrap_or_else(|| labels.no_id.to_owned());
    let amount = order.amount.as_ref().map_or_else(
        || labels.unknown_amount.to_owned(),
        |amount| money::format(&amount.currency, amount.amount, phrases),
    );
    [
        id,
        phrases.item(order.item).to_owned(),
        amount,
        time::column(order.at, context.time_zone, phrases),
        state(order.state, labels).to_owned(),
    ]
}

fn row_line(number: &str, cells: &[String; 5], widths: [usize; 4]) -> String {
    let [id, item, amount, at, state] = cells;
    let [id_width, item_width, amount_width, at_width] = widths;
    format!(
        "  {number}  {}  {}  {}  {}  {state}",
        plain::pad_right(id, id_width),
        plain::pad_right(item, item_width),
        plain::pad_left(amount, amount_width),
        plain::pad_right(at, at_width),
    )
}

/// What became of an order.
pub(crate) fn state(state: OrderState, labels: &ReportLabels) -> &'static str {
    match state {
        OrderState::Cancelled => labels.cancelled,
        OrderState::NoCancellationSeen => labels.possibly_charged,
        OrderState::Charged => labels.charged,
    }
}

fn totals(incident: &Incident, phrases: &dyn Phrases, labels: &ReportLabels) -> Vec<String> {
    let sums: Vec<(&str, String)> = sums(incident, phrases, labels)
        .into_iter()
        .map(|(_, label, sum)| (label, sum))
        .collect();
    labelled(&sums)
}

/// The sum over all orders, then over each state that occurs.
pub(crate) fn sums(
    incident: &Incident,
    phrases: &dyn Phrases,
    labels: &ReportLabels,
) -> Vec<(Option<OrderState>, &'static str, String)> {
    let all: Vec<&OrderLine> = incident.order_list.iter().collect();
    let mut sums = vec![(None, labels.total, total(&all, phrases))];
    for wanted in [
        OrderState::Cancelled,
        OrderState::NoCancellationSeen,
        OrderState::Charged,
    ] {
        let some: Vec<&OrderLine> = incident
            .order_list
            .iter()
            .filter(|order| order.state == wanted)
            .collect();
        if !some.is_empty() {
            sums.push((Some(wanted), state(wanted, labels), total(&some, phrases)));
        }
    }
    sums
}

fn total(orders: &[&OrderLine], phrases: &dyn Phrases) -> String {
    let mut sums: BTreeMap<String, Decimal> = BTreeMap::new();
    let mut unknown = false;
    for order in orders {
        match &order.amount {
            Some(amount) => {
                let sum = sums.entry(amount.currency.clone()).or_default();
                *sum = sum.saturating_add(amount.amount);
            }
            None => unknown = true,
        }
    }
    let count = u32::try_from(orders.len()).unwrap_or(u32::MAX);
    phrases.total(count, &money::format_all(&sums, phrases), unknown)
}

/// The first steps that are left, with number and address.
fn next_steps(
    incident: &Incident,
    context: &Context<'_>,
    phrases: &dyn Phrases,
    labels: &ReportLabels,
) -> Vec<String> {
    let open: Vec<StepLine> = steps(incident, context)
        .into_iter()
        .filter(|step| !step.done)
        .take(STEPS)
        .collect();
    if open.is_empty() {
        return vec![labels.all_done.to_owned()];
    }
    let mut lines = vec![labels.steps.to_owned()];
    if !incident.verified {
        let service = Words::new(context).service(shop(incident));
        let check = phrases.unverified(&service);
        lines.extend(
            plain::wrap(&check, 76)
                .iter()
                .map(|line| format!("  {line}")),
        );
    }
    for (index, StepLine { text, .. }) in open.into_iter().enumerate() {
        lines.push(format!("  {}. {}", index.saturating_add(1), text.title));
        let described = plain::wrap(&text.text, 74);
        lines.extend(described.iter().map(|line| format!("     {line}")));
        lines.extend(text.link.map(|link| format!("     {link}")));
    }
    lines
}

/// The service with the first order that may have been charged, else the first order, else the first service.
pub fn shop(incident: &Incident) -> &str {
    let orders = &incident.order_list;
    orders
        .iter()
        .find(|order| order.state != OrderState::Cancelled)
        .or(orders.first())
        .map(|order| order.service.as_str())
        .or(incident.services.first().map(String::as_str))
        .unwrap_or("")
}
