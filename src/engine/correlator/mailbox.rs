//! What happens to the mailbox itself: floods, and mails that vanish as soon as they are there.

use jiff::{SignedDuration, Timestamp};

use crate::engine::correlator::Correlator;
use crate::engine::fact::Fact;
use crate::engine::finding::{EvidenceKind, Finding};
use crate::engine::incident::{Reason, Severity};
use crate::engine::points::Points;
use crate::engine::signal::SignalId;
use crate::engine::span;

/// What a flood buries came within this time before it.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// A mail that is gone within this time of its arrival was not read by a person.
const AT_ONCE: SignedDuration = SignedDuration::from_secs(60);

/// So many order and security mails that vanish at once within a day are worth a notice.
const VANISHED: usize = 2;

impl Correlator {
    /// Counts a mail; the first of a flood brings every order and security mail of the last day before the person.
    pub(crate) fn mail_arrived(&mut self, now: Timestamp, at: Timestamp, sender: u32) -> bool {
        if !self.flood.arrived(at, sender) {
            return false;
        }
        let buried: Vec<&Fact> = self
            .log
            .within(span::before(at, DAY), at)
            .filter(|fact| fact.counts() && matters(fact))
            .collect();
        let finding = Finding {
            reason: Reason::MailFlood,
            level: Severity::Notice,
            points: Points::ZERO,
            reached: None,
            parts: Vec::new(),
            note: "far more mail than usual, from many new senders".to_owned(),
            needed: [EvidenceKind::Mailbox].into(),
            signals: buried.iter().map(|fact| fact.signal.id.clone()).collect(),
            first_at: at,
            last_at: at,
        };
        let news = self.found(now, finding);
        self.gather();
        news
    }

    /// Takes everything in that joins the open incident.
    pub(crate) fn gather(&mut self) {
        if let Some(case) = &mut self.case {
            case.gather(&self.log, None);
        }
    }

    /// A mail was moved to Trash or expunged.
    pub(crate) fn mail_deleted(&mut self, now: Timestamp, id: &SignalId) -> bool {
        let Some(fact) = self.log.get_mut(id) else {
            return false;
        };
        if now > span::after(fact.signal.arrived_at, AT_ONCE) {
            return false;
        }
        fact.deleted_at_once = true;
        let at = fact.signal.at;
        let vanished: Vec<&Fact> = self
            .log
            .within(span::before(at, DAY), span::after(at, DAY))
            .filter(|fact| fact.deleted_at_once && fact.counts() && matters(fact))
            .collect();
        if vanished.len() < VANISHED {
            return false;
        }
        let finding = Finding::over(
            Reason::MailDeletion,
            Severity::Notice,
            Points::ZERO,
            "order or security mails vanished as soon as they were there",
            [EvidenceKind::Mailbox],
            vanished,
        );
        let news = finding.is_some_and(|finding| self.found(now, finding));
        self.gather();
        news
    }
}

/// Orders, cancellations and everything about the account.
fn matters(fact: &Fact) -> bool {
    fact.order().is_some() || !fact.signal.kind.order_ids().is_empty() || fact.joins_any_service()
}
