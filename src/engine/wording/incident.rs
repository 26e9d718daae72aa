//! The words of an incident: counts and amount first, then the one next step, then when and why.

use crate::engine::advice::{PlaybookStep, Situation, playbook};
use crate::engine::alert::{Alert, IncidentFacts};
use crate::engine::incident::{Reason, Severity};
use crate::engine::wording::context::Context;
use crate::engine::wording::phrases::{Counts, Phrases};
use crate::engine::wording::table::phrases;
use crate::engine::wording::words::Words;
use crate::engine::wording::{money, plain, time};

/// A title wider than this leaves its last facts to the body; it holds orders, amount, cancellations and codes.
const TITLE_COLUMNS: usize = 66;
/// The names of the services are not cut shorter than this.
const SERVICES_COLUMNS: usize = 12;
/// How many buried orders an alert names.
const NAMED_ORDERS: usize = 5;

/// Title and body of an incident.
pub fn render(alert: &Alert, facts: &IncidentFacts, context: &Context<'_>) -> (String, String) {
    let phrases = phrases(context.language);
    let words = Words::new(context);
    let certain = is_certain(alert);
    let counts = Counts {
        orders: facts.orders,
        cancelled: facts.cancellations,
        certain,
    };

    let names: Vec<String> = alert
        .services
        .iter()
        .map(|service| plain::name(&words.service(service), 24))
        .collect();
    let services = if names.is_empty() && facts.service.is_empty() {
        phrases.mailbox().to_owned()
    } else if names.is_empty() {
        plain::name(&words.service(&facts.service), 24)
    } else {
        phrases.services(&names)
    };
    let (title, left_over) = title(
        &services,
        spoken_facts(alert, facts, counts, phrases),
        phrases,
    );

    let from = time::moment(facts.first_at, context.now, context.time_zone);
    let to = time::moment(facts.last_at, context.now, context.time_zone);
    // A phone shows about two lines of the body: what the title left out, and what to do.
    let mut lines = Vec::new();
    if !left_over.is_empty() {
        lines.push(phrases.further_facts(&left_over));
    }
    if facts.service.is_empty() && alert.reason == Reason::MailFlood {
        lines.push(phrases.look_behind_flood().to_owned());
    } else {
        lines.push(next(facts, &alert.services, certain, &words, phrases));
    }
    if !facts.named_orders.is_empty() {
        lines.push(buried(facts, phrases));
    }
    let mut sentences = vec![phrases.span(&from, &to)];
    if facts.money_at_risk && (certain || facts.cancellations > 0) {
        sentences.push(phrases.open_orders(counts));
    }
    sentences.push(phrases.reason(alert.reason).to_owned());
    if alert.severity == Severity::Critical {
        sentences.push(phrases.somebody_else().to_owned());
    }
    if alert.repeat > 0 && alert.reason != Reason::Silence {
        sentences.push(phrases.reminder().to_owned());
    }
    lines.push(sentences.join(phrases.gap()));
    (title, lines.join("\n"))
}

/// Below `critical`, only the person can say that it was somebody else.
fn is_certain(alert: &Alert) -> bool {
    alert.severity == Severity::Critical || alert.reason == Reason::NotMe
}

/// The facts in the order of their weight, each in a few words.
fn spoken_facts(
    alert: &Alert,
    facts: &IncidentFacts,
    counts: Counts,
    phrases: &dyn Phrases,
) -> Vec<String> {
    let mut spoken = Vec::new();
    if facts.orders > 0 {
        spoken.push(phrases.orders(counts, &money::format_all(&facts.amounts, phrases)));
    } else if facts.cancellations > 0 {
        spoken.push(phrases.cancellations(facts.cancellations));
    }
    if facts.locks > 0 {
        spoken.push(phrases.locks());
    }
    if facts.codes > 0 {
        spoken.push(phrases.codes(facts.codes, counts.certain));
    }
    if facts.sign_ins > 0 {
        spoken.push(phrases.sign_ins(facts.sign_ins, counts.certain));
    }
    if facts.account_changes > 0 {
        spoken.push(phrases.account_changes(facts.account_changes));
    }
    if spoken.is_empty() {
        spoken.push(phrases.bare_fact(alert.reason).to_owned());
    }
    spoken
}

/// The title with as many facts as fit, and the facts that did not.
fn title(services: &str, facts: Vec<String>, phrases: &dyn Phrases) -> (String, Vec<String>) {
    let mut kept = facts;
    let mut left_over = Vec::new();
    loop {
        let title = phrases.incident_title(services, &kept);
        let excess = plain::columns(&title).saturating_sub(TITLE_COLUMNS);
        if excess == 0 {
            left_over.reverse();
            return (title, left_over);
        }
        if kept.len() <= 1 {
            let room = plain::columns(services).saturating_sub(excess);
            let services = plain::name(services, room.max(SERVICES_COLUMNS));
            left_over.reverse();
            return (phrases.incident_title(&services, &kept), left_over);
        }
        left_over.extend(kept.pop());
    }
}

fn buried(facts: &IncidentFacts, phrases: &dyn Phrases) -> String {
    let ids: Vec<String> = facts
        .named_orders
        .iter()
        .take(NAMED_ORDERS)
        .map(|id| plain::order_id(id))
        .filter(|id| !id.is_empty())
        .collect();
    phrases.buried_orders(&ids, facts.named_orders.len().saturating_sub(ids.len()))
}

/// The one next step: the one that the correlator chose, else the playbook's first.
fn next(
    facts: &IncidentFacts,
    services: &[String],
    certain: bool,
    words: &Words<'_>,
    phrases: &dyn Phrases,
) -> String {
    if !facts.verified {
        return phrases.unverified(&words.service(&facts.service));
    }
    if facts.next_step.is_empty() {
        return phrases.no_step_left(&format!("mailward incidents show {}", facts.incident));
    }
    let first = || playbook(Situation::from(facts)).first().copied();
    let step = PlaybookStep::from_id(&facts.next_step)
        .or_else(first)
        .unwrap_or(PlaybookStep::ChangePassword);
    let issuer = words.issuer();
    let about = words.service_of_step(step, services, &facts.service);
    let service = words.service(about.unwrap_or(&facts.service));
    let page = about.and_then(|about| words.page(about, step));
    phrases.next_step(
        step,
        certain,
        &words.target(&service, page.as_deref(), &issuer),
    )
}
