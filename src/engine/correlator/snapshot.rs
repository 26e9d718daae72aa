//! The incident as the report, the alerts and the store see it.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use sha2::{Digest, Sha256};

use crate::engine::advice::{self, Situation};
use crate::engine::alert::IncidentFacts;
use crate::engine::case::Case;
use crate::engine::charges;
use crate::engine::correlator::{Correlator, Options, reasons};
use crate::engine::fact::Fact;
use crate::engine::incident::event::Event;
use crate::engine::incident::{Incident, IncidentId, OrderLine, OrderState, Reason};
use crate::engine::signal::{MerchantActionKind, SenderVerdict, SignalId, SignalKind};

/// Letters and digits of an incident id: none that look alike.
const ALPHABET: [char; 32] = [
    'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'j', 'k', 'm', 'n', 'p', 'q', 'r', 's', 't', 'u', 'v',
    'w', 'x', 'y', 'z', '2', '3', '4', '5', '6', '7', '8', '9', '0',
];

/// The id of the incident that this signal opens: six letters and digits.
pub fn incident_id(first: &SignalId) -> IncidentId {
    let digest = Sha256::digest(first.0.as_bytes());
    let id = digest
        .iter()
        .take(6)
        .filter_map(|byte| ALPHABET.get(usize::from(byte % 32)))
        .collect();
    IncidentId(id)
}

impl Correlator {
    /// A snapshot of an incident.
    pub(crate) fn snapshot(&self, options: &Options, case: &Case) -> Incident {
        let members = self.members(case);
        let order_list = self.order_list(case, &members);
        let named = cancelled(&members);
        let cancelled = order_list
            .iter()
            .filter_map(|line| Some((line.service.as_str(), line.id.as_deref()?)))
            .filter(|key| named.contains_key(key))
            .count();
        Incident {
            id: case.id.clone(),
            person: options.person.clone(),
            severity: case.severity,
            status: case.status.clone(),
            opened_at: case.opened_at,
            services: services(&members),
            sites: sites(&members),
            orders: count(order_list.len()),
            cancellations: count(
                cancelled.saturating_add(loose_cancellations(&members, &order_list)),
            ),
            codes: count(members.iter().filter(|fact| fact.code().is_some()).count()),
            amounts: amounts(&members),
            order_list,
            events: members
                .iter()
                .filter_map(|fact| Event::of(&fact.signal))
                .collect(),
            reasons: reasons::of(case, &self.log),
            messages: members
                .iter()
                .filter_map(|fact| fact.signal.message_id.clone())
                .collect(),
            severity_history: case.history.clone(),
            answers: case.answers.clone(),
            verified: members
                .iter()
                .any(|fact| fact.signal.sender == SenderVerdict::Verified),
            steps_done: case.steps_done.clone(),
        }
    }

    /// The counts that an alert states.
    pub(crate) fn facts(
        &self,
        options: &Options,
        case: &Case,
        incident: &Incident,
    ) -> IncidentFacts {
        let members = self.members(case);
        let number = |wanted: fn(&Fact) -> bool| {
            count(
                members
                    .iter()
                    .filter(|fact| wanted(fact) && fact.counts())
                    .count(),
            )
        };
        let situation = Situation::of_incident(incident, &options.mailbox_services);
        let flooded = case
            .findings
            .iter()
            .any(|finding| finding.reason == Reason::MailFlood);
        let named_orders = incident
            .order_list
            .iter()
            .filter(|_| flooded)
            .filter_map(|line| line.id.clone())
            .collect();
        IncidentFacts {
            incident: case.id.clone(),
            first_at: case.opened_at,
            last_at: case.latest_at,
            orders: incident.orders,
            cancellations: incident.cancellations,
            codes: number(|fact| fact.code().is_some()),
            sign_ins: number(|fact| fact.sign_in().is_some() && fact.is_code_or_sign_in()),
            account_changes: number(|fact| fact.account_change().is_some()),
            locks: number(|fact| {
                matches!(
                    fact.merchant_action(),
                    Some(MerchantActionKind::AccountLocked | MerchantActionKind::PasswordDisabled)
                )
            }),
            amounts: incident.amounts.clone(),
            money_at_risk: situation.money_at_risk,
            // Where nothing is claimed, nothing needs a witness.
            verified: incident.verified || members.is_empty(),
            mailbox_signs: situation.mailbox_signs,
            service: first_service(&members),
            sites: incident.sites.clone(),
            next_step: advice::next_step(situation, &case.steps_done)
                .map_or_else(String::new, |step| step.id().to_owned()),
            named_orders,
        }
    }

    /// The members by event time, as far as they still count or were claimed with this incident.
    fn members(&self, case: &Case) -> Vec<&Fact> {
        let mut members: Vec<&Fact> = case
            .members
            .iter()
            .filter_map(|id| self.log.get(id))
            .collect();
        members.sort_by_key(|fact| fact.key());
        members
    }

    fn order_list(&self, case: &Case, members: &[&Fact]) -> Vec<OrderLine> {
        let charged: BTreeSet<SignalId> = charges::pairs(&self.log, &case.members)
            .into_iter()
            .map(|(order, _)| order.signal.id.clone())
            .collect();
        let cancelled = cancelled(members);
        let mut lines: Vec<OrderLine> = Vec::new();
        let mut seen: BTreeSet<(String, String)> = BTreeSet::new();
        for fact in members {
            let Some(order) = fact.order() else { continue };
            let service = &fact.signal.service;
            let ids: Vec<Option<String>> = if order.order_ids.is_empty() {
                vec![None]
            } else {
                order.order_ids.iter().cloned().map(Some).collect()
            };
            let single = ids.len() == 1;
            for id in ids {
                if let Some(id) = &id
                    && !seen.insert((service.clone(), id.clone()))
                {
                    continue;
                }
                let cancellation = id
                    .as_ref()
                    .and_then(|id| cancelled.get(&(service.as_str(), id.as_str())).copied());
                let was_charged = charged.contains(&fact.signal.id);
                lines.push(OrderLine {
                    service: service.clone(),
                    at: fact.signal.at,
                    amount: order.amount.clone().filter(|_| single),
                    item: order.item,
                    state: match (was_charged, cancellation) {
                        (true, _) => OrderState::Charged,
                        (false, Some(_)) => OrderState::Cancelled,
                        (false, None) => OrderState::NoCancellationSeen,
                    },
                    contradiction: was_charged && cancellation == Some(true),
                    id,
                });
            }
        }
        lines
    }
}

/// The orders that a cancellation names, each with whether it says that nothing is charged.
fn cancelled<'a>(members: &[&'a Fact]) -> BTreeMap<(&'a str, &'a str), bool> {
    let mut cancelled = BTreeMap::new();
    for fact in members {
        if let SignalKind::OrderCancelled {
            order_ids,
            says_not_charged,
            ..
        } = &fact.signal.kind
        {
            for id in order_ids {
                *cancelled
                    .entry((fact.signal.service.as_str(), id.as_str()))
                    .or_default() |= says_not_charged;
            }
        }
    }
    cancelled
}

/// Cancellations of orders whose confirmation was never seen, and cancellations that name no order.
fn loose_cancellations(members: &[&Fact], orders: &[OrderLine]) -> usize {
    let known: BTreeSet<(&str, &str)> = orders
        .iter()
        .filter_map(|line| Some((line.service.as_str(), line.id.as_deref()?)))
        .collect();
    let mut unknown: BTreeSet<(&str, &str)> = BTreeSet::new();
    let mut nameless = 0_usize;
    for fact in members {
        let SignalKind::OrderCancelled { order_ids, .. } = &fact.signal.kind else {
            continue;
        };
        if order_ids.is_empty() {
            nameless = nameless.saturating_add(1);
        }
        for id in order_ids {
            let key = (fact.signal.service.as_str(), id.as_str());
            if !known.contains(&key) {
                unknown.insert(key);
            }
        }
    }
    nameless.saturating_add(unknown.len())
}

/// The sum of the known amounts of all orders; a second confirmation of the same orders adds nothing.
fn amounts(members: &[&Fact]) -> BTreeMap<String, Decimal> {
    let mut sums: BTreeMap<String, Decimal> = BTreeMap::new();
    let mut seen: BTreeSet<(&str, &str)> = BTreeSet::new();
    for fact in members {
        let Some(order) = fact.order() else { continue };
        let mut new = order.order_ids.is_empty();
        for id in &order.order_ids {
            new |= seen.insert((fact.signal.service.as_str(), id.as_str()));
        }
        if let Some(money) = order.amount.as_ref().filter(|_| new) {
            let sum = sums.entry(money.currency.clone()).or_default();
            *sum = sum.saturating_add(money.amount);
        }
    }
    sums
}

fn services(members: &[&Fact]) -> Vec<String> {
    let services: BTreeSet<&String> = members.iter().map(|fact| &fact.signal.service).collect();
    services.into_iter().cloned().collect()
}

/// The first site of each service that has several, orders before everything else.
fn sites(members: &[&Fact]) -> BTreeMap<String, String> {
    let mut sites = BTreeMap::new();
    let (orders, others): (Vec<&&Fact>, Vec<&&Fact>) =
        members.iter().partition(|fact| fact.order().is_some());
    for fact in orders.into_iter().chain(others) {
        if let Some(site) = &fact.signal.marketplace {
            sites
                .entry(fact.signal.service.clone())
                .or_insert_with(|| site.clone());
        }
    }
    sites
}

/// The service whose password comes first: the one with orders, else the one of the first member.
fn first_service(members: &[&Fact]) -> String {
    members
        .iter()
        .find(|fact| fact.order().is_some())
        .or(members.first())
        .map(|fact| fact.signal.service.clone())
        .unwrap_or_default()
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
