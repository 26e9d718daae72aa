//! What makes a warning critical: evidence of another kind, that has to do with it.

use std::collections::BTreeSet;

use crate::engine::case::Case;
use crate::engine::fact::{Fact, FactLog};
use crate::engine::finding::{EvidenceKind, MEMORY};
use crate::engine::incident::{Reason, Severity};
use crate::engine::points::Points;
use crate::engine::signal::{CancelledBy, MerchantActionKind, SenderVerdict, SignalId, SignalKind};
use crate::engine::span;

/// Orders of a person whose habits are known that weigh so much are no coincidence beside codes and new devices: one of
/// digital goods, or a gift. People do sign in where they buy, and buy with a new telephone.
pub(crate) const SPENT: Points = Points::whole(2);

/// What a case has to know of the person.
#[derive(Debug, Clone, Copy)]
pub struct Person<'a> {
    /// Enough was seen of their shopping to tell a coincidence from evidence.
    pub is_known: bool,
    /// The services of the watched mailboxes themselves.
    pub mailboxes: &'a [String],
}

impl Case {
    /// The kind of evidence that corroborates a warning without having been needed for it.
    ///
    /// A verified sender must stand behind a rule that fired or behind the corroborator: the person's own verified purchase beside a
    /// burst that nobody vouches for proves nothing.
    pub(crate) fn corroborated(
        &self,
        members: &[&Fact],
        log: &FactLog,
        person: Person<'_>,
    ) -> Option<Reason> {
        let is_verified = |fact: &Fact| fact.signal.sender == SenderVerdict::Verified;
        let anchors: BTreeSet<&SignalId> = self.anchors().collect();
        let vouched = anchors
            .iter()
            .copied()
            .filter_map(|id| log.get(id))
            .any(|fact| fact.counts() && is_verified(fact));
        self.findings
            .iter()
            .filter(|finding| finding.level >= Severity::Warning)
            .find_map(|finding| {
                let lacks = |kind| !finding.needed.contains(&kind);
                if vouched && self.silence && lacks(EvidenceKind::Silence) {
                    return Some(Reason::Silence);
                }
                if self.said_not_me() && lacks(EvidenceKind::NotMe) {
                    return Some(Reason::NotMe);
                }
                let services: BTreeSet<&String> = finding
                    .signals
                    .iter()
                    .filter_map(|id| log.get(id))
                    .map(|fact| &fact.signal.service)
                    .collect();
                let spent: Points = members
                    .iter()
                    .filter(|fact| fact.order().is_some() && is_related(fact, &services, person))
                    .map(|fact| fact.score)
                    .sum();
                let coincidence = person.is_known && spent < SPENT;
                members.iter().find_map(|fact| {
                    let (kind, reason) = corroborator(fact)?;
                    let near = fact.signal.at >= span::before(finding.first_at, MEMORY)
                        && fact.signal.at <= span::after(finding.last_at, MEMORY);
                    let vouched = vouched || is_verified(fact) && kind != EvidenceKind::Orders;
                    let related = || {
                        anchors.contains(&fact.signal.id)
                            || is_related(fact, &services, person)
                                && !(kind == EvidenceKind::Orders && coincidence)
                    };
                    (near && vouched && lacks(kind) && related()).then_some(reason)
                })
            })
    }
}

/// Whether a fact has to do with what a rule found at these services. Of a person whose habits are known, a code, a
/// change or an order of another service is a coincidence, and so is a single order of goods, unless it is loud itself
/// or either is of the mailbox.
fn is_related(fact: &Fact, services: &BTreeSet<&String>, person: Person<'_>) -> bool {
    if !person.is_known {
        return true;
    }
    let service = &fact.signal.service;
    let plain_order = fact.order().is_some() && fact.plain;
    let mut mailboxes = person.mailboxes.iter();
    let near = services.contains(service)
        || person.mailboxes.contains(service)
        || mailboxes.any(|mailbox| services.contains(mailbox));
    near && !plain_order
}

/// What a fact corroborates as, with the reason to name when it makes an incident critical.
pub(crate) fn corroborator(fact: &Fact) -> Option<(EvidenceKind, Reason)> {
    match &fact.signal.kind {
        SignalKind::OrderPlaced(_) if fact.score > Points::ZERO && !fact.is_ordinary_order() => {
            Some((EvidenceKind::Orders, Reason::OrderBurst))
        }
        SignalKind::OneTimeCode(_) => Some((EvidenceKind::Codes, Reason::CodeWatch)),
        SignalKind::SignIn { .. } if fact.is_code_or_sign_in() => {
            Some((EvidenceKind::Codes, Reason::CodeWatch))
        }
        SignalKind::AccountChange { .. } => {
            Some((EvidenceKind::AccountChange, Reason::AccountChange))
        }
        SignalKind::OrderCancelled {
            by: CancelledBy::Merchant,
            ..
        } => Some((EvidenceKind::Merchant, Reason::MerchantCancellation)),
        SignalKind::MerchantAction {
            what: MerchantActionKind::AccountLocked | MerchantActionKind::PasswordDisabled,
        } => Some((EvidenceKind::Merchant, Reason::MerchantLock)),
        SignalKind::OrderPlaced(_)
        | SignalKind::OrderCancelled { .. }
        | SignalKind::SignIn { .. }
        | SignalKind::MerchantAction { .. }
        | SignalKind::CardCharge(_) => None,
    }
}
