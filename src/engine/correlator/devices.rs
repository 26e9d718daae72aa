//! New devices that nobody claims, and warnings that nobody answers.

use jiff::Timestamp;

use crate::engine::case::corroboration::SPENT;
use crate::engine::correlator::{Correlator, Options};
use crate::engine::fact::Fact;
use crate::engine::finding::{EvidenceKind, Finding, MEMORY};
use crate::engine::incident::{Reason, Severity};
use crate::engine::order_score;
use crate::engine::points::Points;
use crate::engine::signal::SignInOutcome;
use crate::engine::span;

/// So many further orders while a warning stays unanswered are somebody who goes on.
const GOES_ON: usize = 3;

/// So many large gifts are no errand.
const LARGE_GIFTS: usize = 3;

impl Correlator {
    /// New-device mails that stayed unclaimed.
    pub(crate) fn new_devices(&mut self, options: &Options, now: Timestamp) -> bool {
        let Some(case) = &mut self.case else {
            return false;
        };
        let (due, rest): (Vec<_>, Vec<_>) = case
            .new_devices_due
            .drain(..)
            .partition(|(_, due)| *due <= now);
        case.new_devices_due = rest;
        let accused: Vec<Finding> = due
            .iter()
            .filter_map(|(id, _)| self.log.get(id))
            .filter(|fact| fact.counts())
            .filter_map(|fact| self.unclaimed(options, now, fact))
            .collect();
        let mut changed = false;
        for finding in accused {
            changed |= self.found(now, finding);
            self.gather();
        }
        changed
    }

    /// A warning until the person's habits are known, at the provider of a watched mailbox, and beside orders there;
    /// else a notice: people do not claim one own new device in six, and an intruder's has consequences.
    fn unclaimed(&self, options: &Options, now: Timestamp, device: &Fact) -> Option<Finding> {
        let service = &device.signal.service;
        let orders: Vec<&Fact> = self
            .log
            .of_service_within(
                service,
                device.signal.at,
                span::after(device.signal.at, MEMORY),
            )
            .filter(|fact| fact.counts() && fact.order().is_some())
            .filter(|fact| fact.score > Points::ZERO && !fact.plain)
            .collect();
        let weight: Points = orders.iter().map(|fact| fact.score).sum();
        let alone = options.mailbox_services.contains(service) || !self.profile.is_known(now);
        let (level, needed) = if alone {
            (Severity::Warning, vec![EvidenceKind::Codes])
        } else if weight < SPENT {
            (Severity::Notice, vec![EvidenceKind::Codes])
        } else {
            let both = vec![EvidenceKind::Codes, EvidenceKind::Orders];
            (Severity::Warning, both)
        };
        let with_orders = needed.contains(&EvidenceKind::Orders);
        let orders = orders.into_iter().filter(|_| with_orders);
        Finding::over(
            Reason::NewDevice,
            level,
            Points::ZERO,
            "a sign-in from a new device that nobody claimed",
            needed,
            std::iter::once(device).chain(orders),
        )
    }

    /// An order after a new device that nobody claimed.
    pub(crate) fn device_beside_orders(
        &self,
        options: &Options,
        now: Timestamp,
        order: &Fact,
    ) -> Vec<Finding> {
        let devices = self
            .case
            .iter()
            .filter(|_| order.order().is_some())
            .flat_map(|case| &case.findings)
            .filter(|finding| finding.reason == Reason::NewDevice)
            .flat_map(|finding| &finding.signals)
            .filter_map(|id| self.log.get(id))
            .filter(|fact| {
                fact.counts()
                    && fact.sign_in() == Some(SignInOutcome::NewDevice)
                    && fact.signal.service == order.signal.service
            });
        devices
            .filter_map(|device| self.unclaimed(options, now, device))
            .filter(|finding| finding.level > Severity::Notice)
            .collect()
    }

    /// A warning that stays without an answer makes the incident critical. At merchants where the person orders often,
    /// and without several large gifts, only while orders go on: silence alone is somebody whose phone is in the pocket.
    pub(crate) fn falls_silent(&mut self, options: &Options) -> bool {
        let Some(case) = &mut self.case else {
            return false;
        };
        let Some(warned_at) = case.warned_at.filter(|_| {
            options.live && !case.silence && case.silence_due.is_none() && case.answers.is_empty()
        }) else {
            return false;
        };
        let orders: Vec<&Fact> = case
            .members
            .iter()
            .filter_map(|id| self.log.get(id))
            .filter(|fact| fact.order().is_some() && fact.counts())
            .collect();
        let since: usize = orders
            .iter()
            .filter(|fact| fact.received_at > warned_at && fact.score > Points::ZERO)
            .map(|fact| fact.signal.kind.order_ids().len().max(1))
            .sum();
        let large = orders
            .iter()
            .filter_map(|fact| fact.order())
            .filter(|order| order_score::is_large_gift(order))
            .count();
        let familiar = orders.iter().all(|fact| fact.familiar) && large < LARGE_GIFTS;
        case.silence = !familiar || since >= GOES_ON;
        case.silence
    }
}
