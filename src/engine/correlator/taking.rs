//! Takes a signal in and looks at everything that it can have changed.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::engine::case::Case;
use crate::engine::code_watch;
use crate::engine::correlator::quiet::is_quiet;
use crate::engine::correlator::{
    Correlator, MEMBERS_AT_MOST, Options, SCREEN_IDLE, UNCLAIMED_AFTER, snapshot,
};
use crate::engine::fact::{Clearing, Fact};
use crate::engine::finding::Finding;
use crate::engine::incident::IncidentId;
use crate::engine::merchant_watch::{self, Asked};
use crate::engine::order_burst::{self, Tuning};
use crate::engine::order_score;
use crate::engine::signal::{SenderVerdict, SignInOutcome, Signal, SignalId};
use crate::engine::span;

/// Codes from this long before a change are looked through for the one that it was made with.
const CODES_SINCE: SignedDuration = SignedDuration::from_mins(60);

impl Correlator {
    pub(crate) fn take_signal(
        &mut self,
        options: &Options,
        now: Timestamp,
        signal: Signal,
    ) -> bool {
        if signal.sender == SenderVerdict::Failed {
            return false;
        }
        if self.log.contains(&signal.id) {
            return self.upgrade(now, options, &signal);
        }
        let quiet = is_quiet(options, signal.at);
        let mut fact = self.profile.appraise(signal, now, quiet);
        if let Some(expectation) = self
            .expectations
            .iter_mut()
            .find(|expectation| expectation.covers(&fact))
        {
            expectation.used = expectation.used.saturating_add(1);
            fact.cleared = Some(Clearing::Expected);
        }
        fact.screen_idle = self
            .screen_idle_since
            .is_some_and(|since| span::after(since, SCREEN_IDLE) <= now);
        fact.announced = self.is_announced(&fact);
        fact.score = order_score::merchant_word(&self.log, &fact);
        let id = fact.signal.id.clone();
        self.log.insert(fact);
        let changed = self.consider(options, now, &id);
        if self.log.is_due() {
            self.forget_old();
        }
        changed
    }

    /// Forgets what lies behind the horizon, but the newest members of the open incident stay.
    pub(crate) fn forget_old(&mut self) {
        let mut members: Vec<_> = self
            .case
            .iter()
            .flat_map(|case| case.members.iter())
            .filter_map(|id| Some(self.log.get(id)?.key()))
            .collect();
        members.sort();
        let surplus = members.len().saturating_sub(MEMBERS_AT_MOST);
        let kept = members
            .into_iter()
            .skip(surplus)
            .map(|(_, id)| id)
            .collect();
        for fact in self.log.prune(&kept) {
            self.profile.learn_forgotten(&fact);
        }
    }

    /// The same mail again, from a better witness: its verdict counts from now on.
    pub(crate) fn upgrade(&mut self, now: Timestamp, options: &Options, signal: &Signal) -> bool {
        match self.log.get_mut(&signal.id) {
            Some(fact) if fact.signal.sender < signal.sender => {
                fact.signal.sender = signal.sender;
                self.consider(options, now, &signal.id.clone())
            }
            Some(_) | None => false,
        }
    }

    /// Looks at everything that a fact can have changed.
    pub(crate) fn consider(&mut self, options: &Options, now: Timestamp, id: &SignalId) -> bool {
        let Some(fact) = self.log.get(id).cloned() else {
            return false;
        };
        let (service, at) = (fact.signal.service.clone(), fact.signal.at);
        let mut ends = BTreeSet::from([at]);
        if fact.order().is_some() {
            ends.extend(order_score::rescore(&mut self.log, &service, at));
        }
        if fact.is_merchant_cancellation() {
            order_score::rescore_cancellations(&mut self.log, &service);
        }
        if !fact.counts() {
            return false;
        }
        let expected: Vec<(String, Timestamp)> = self
            .expectations
            .iter()
            .filter(|expectation| expectation.orders)
            .map(|expectation| (expectation.service.clone(), expectation.until))
            .collect();
        let tuning = Tuning {
            physical: self.baseline.map(|baseline| baseline.windows()),
            expected_orders: &expected,
        };
        let mut findings: Vec<Finding> = ends
            .into_iter()
            .flat_map(|end| order_burst::findings(&self.log, &service, end, tuning))
            .collect();
        findings.extend(code_watch::findings(
            &self.log,
            &service,
            at,
            self.asked(options, now).until,
        ));
        let asked = self.asked(options, now);
        findings.extend(merchant_watch::findings(&self.log, &service, at, asked));
        findings.extend(self.device_beside_orders(options, now, &fact));
        let mut changed = false;
        for finding in findings {
            changed |= self.found(now, finding);
        }
        if fact.asks() {
            let case = self.case_over(id, at);
            changed |= case.members.insert(fact.signal.id.clone());
            case.admit(&fact);
            if options.live && fact.sign_in() == Some(SignInOutcome::NewDevice) {
                let due = span::after(now, UNCLAIMED_AFTER);
                case.new_devices_due.push((fact.signal.id.clone(), due));
            }
        }
        let waits = merchant_watch::waits(&self.log, &service, at, asked)
            || code_watch::waits(&self.log, &service, at, asked.until);
        if waits && let Some(case) = &mut self.case {
            case.rechecks
                .push((id.clone(), span::after(now, UNCLAIMED_AFTER)));
        }
        if let Some(case) = &mut self.case {
            let before = case.members.len();
            case.gather(&self.log, Some(id));
            changed |= case.members.len() > before || case.members.contains(id);
        }
        changed
    }

    /// Looks once more at changes beside codes that could still be claimed until now.
    pub(crate) fn recheck(&mut self, options: &Options, now: Timestamp) -> bool {
        let Some(case) = &mut self.case else {
            return false;
        };
        let (due, rest): (Vec<_>, Vec<_>) =
            case.rechecks.drain(..).partition(|(_, due)| *due <= now);
        case.rechecks = rest;
        let mut changed = false;
        for (id, _) in due {
            let Some(fact) = self.log.get(&id).cloned() else {
                continue;
            };
            let asked = self.asked(options, now);
            let service = &fact.signal.service;
            let mut findings = merchant_watch::findings(&self.log, service, fact.signal.at, asked);
            findings.extend(code_watch::findings(
                &self.log,
                service,
                fact.signal.at,
                asked.until,
            ));
            for finding in findings {
                changed |= self.found(now, finding);
            }
            self.gather();
        }
        changed
    }

    /// Whether the person has claimed the code that this change of the account was made with.
    fn is_announced(&self, change: &Fact) -> bool {
        let at = change.signal.at;
        self.log
            .of_service_within(&change.signal.service, span::before(at, CODES_SINCE), at)
            .any(|code| {
                code.cleared == Some(Clearing::Claimed) && merchant_watch::made_with(code, change)
            })
    }

    /// What was asked until now. In a scan nobody is asked, so that every code counts as unclaimed.
    fn asked(&self, options: &Options, now: Timestamp) -> Asked {
        if options.live {
            Asked {
                until: span::before(now, UNCLAIMED_AFTER),
                knows_habits: self.profile.is_known(now),
            }
        } else {
            Asked {
                until: Timestamp::MAX,
                knows_habits: false,
            }
        }
    }

    /// Takes a finding into the open incident, or opens one; says whether anything is new in it.
    pub(crate) fn found(&mut self, now: Timestamp, mut finding: Finding) -> bool {
        finding.level = finding.level_at(now);
        let first = finding
            .signals
            .iter()
            .filter_map(|id| self.log.get(id))
            .min_by_key(|fact| fact.key())
            .cloned();
        let id = first.as_ref().map_or_else(
            || SignalId(format!("{}-{}", finding.reason.name(), finding.first_at)),
            |fact| fact.signal.id.clone(),
        );
        let at = finding.first_at;
        self.case_over(&id, at);
        self.case
            .as_mut()
            .is_some_and(|case| case.add_finding(finding, &self.log))
    }

    /// The open incident, or a new one that this signal opens.
    pub(crate) fn case_over(&mut self, id: &SignalId, at: Timestamp) -> &mut Case {
        let closed = &self.closed;
        self.case.get_or_insert_with(|| {
            // What a claim did not cover may open an incident of its own with the mail that opened the claimed one.
            let is_free = |id: &IncidentId| closed.iter().all(|case| case.id != *id);
            let again = (1..=closed.len()).map(|turn| SignalId(format!("{}+{turn}", id.0)));
            let free = std::iter::once(id.clone())
                .chain(again)
                .map(|id| snapshot::incident_id(&id))
                .find(is_free);
            Case::open(free.unwrap_or_else(|| snapshot::incident_id(id)), at)
        })
    }
}
