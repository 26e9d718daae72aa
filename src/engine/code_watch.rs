//! Codes and sign-ins that nobody claimed: how suspicious they are together.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::engine::fact::{Fact, FactLog};
use crate::engine::finding::{EvidenceKind, Finding};
use crate::engine::given::{self, Given, Part};
use crate::engine::incident::{Reason, Severity};
use crate::engine::points::Points;
use crate::engine::signal::{CodePurpose, SignInOutcome, SignalKind};
use crate::engine::span;

/// Unanswered codes count together over this time.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Two services, two payment codes, or a new device after a code: within this time.
const HALF_HOUR: SignedDuration = SignedDuration::from_mins(30);

/// Where a range of the log begins after its first moment, so that half an hour sharp is within it on both sides.
const JUST_MORE: SignedDuration = SignedDuration::from_secs(30 * 60 + 1);

/// Three codes of one service within this time are more than an impatient resend.
const QUARTER: SignedDuration = SignedDuration::from_mins(15);

/// A bomb of codes bounds the work for each of them: so many services and moments are judged anew beside a late code ...
const BESIDE: usize = 16;

/// ... and so many codes are looked at together. Long before that, all the evidence there can be is there.
const TOGETHER: usize = 64;

/// From here on every channel is told.
const NOTICE: Points = Points::whole(3);

/// From here on it is a warning.
const WARNING: Points = Points::whole(6);

/// Everything that codes and sign-ins of a service around a moment say together, and what they add to those of other
/// services around it. Codes that came in after `asked_until` can still be claimed: they are no warning yet.
pub fn findings(
    log: &FactLog,
    service: &str,
    around: Timestamp,
    asked_until: Timestamp,
) -> Vec<Finding> {
    let beside: BTreeSet<&str> = log
        .within(
            span::before(around, JUST_MORE),
            span::after(around, HALF_HOUR),
        )
        .filter(|fact| fact.counts() && fact.is_code_or_sign_in())
        .rev()
        .take(BESIDE)
        .map(|fact| fact.signal.service.as_str())
        .chain([service])
        .collect();
    beside
        .into_iter()
        .filter_map(|service| loudest(log, service, around, asked_until))
        .collect()
}

/// The loudest of the moments whose day, or the half hour around it, holds this one.
fn loudest(
    log: &FactLog,
    service: &str,
    around: Timestamp,
    asked_until: Timestamp,
) -> Option<Finding> {
    let ends: Vec<Timestamp> = log
        .of_service_within(
            service,
            span::before(around, JUST_MORE),
            span::after(span::after(around, DAY), HALF_HOUR),
        )
        .filter(|fact| fact.counts() && fact.is_code_or_sign_in())
        .map(|fact| fact.signal.at)
        .collect();
    let after = ends.len().saturating_sub(BESIDE);
    ends.into_iter()
        .skip(after)
        .filter_map(|end| judge(log, service, end, asked_until))
        .fold(None, |best, finding| Finding::join(best, Some(finding)))
}

fn judge(log: &FactLog, service: &str, end: Timestamp, asked_until: Timestamp) -> Option<Finding> {
    let open: Vec<&Fact> = log
        .of_service_within(service, span::before(end, DAY), end)
        .filter(|fact| fact.counts() && fact.is_code_or_sign_in())
        .rev()
        .take(TOGETHER)
        .collect();
    let elsewhere: Vec<&Fact> = other_services(log, service, &open);
    let evidence = evidence(&open, &elsewhere);
    let points = given::sum(&evidence);
    let claimable = points >= WARNING && unclaimed(&open, &elsewhere, asked_until) < WARNING;
    let (level, threshold) = if points >= WARNING && !claimable {
        (Severity::Warning, WARNING)
    } else if points >= NOTICE {
        (Severity::Notice, NOTICE)
    } else {
        return None;
    };
    let notes: Vec<&str> = evidence.iter().map(|part| part.given.note()).collect();
    Finding::over(
        Reason::CodeWatch,
        level,
        points,
        notes.join(", "),
        [EvidenceKind::Codes],
        open.into_iter().chain(elsewhere),
    )
    .map(|finding| Finding {
        parts: evidence,
        ..finding.reaching(DAY, end, threshold)
    })
}

/// The points of what nobody can be about to claim any more.
fn unclaimed(open: &[&Fact], elsewhere: &[&Fact], asked_until: Timestamp) -> Points {
    let asked = |facts: &[&'_ Fact]| -> Vec<Fact> {
        facts
            .iter()
            .filter(|fact| fact.received_at <= asked_until)
            .map(|fact| (*fact).clone())
            .collect()
    };
    let (open, elsewhere) = (asked(open), asked(elsewhere));
    let open: Vec<&Fact> = open.iter().collect();
    let elsewhere: Vec<&Fact> = elsewhere.iter().collect();
    given::sum(&evidence(&open, &elsewhere))
}

/// Whether there is a warning in waiting: the codes can still be claimed.
pub fn waits(log: &FactLog, service: &str, around: Timestamp, asked_until: Timestamp) -> bool {
    let later = findings(log, service, around, Timestamp::MAX);
    later
        .iter()
        .any(|finding| finding.level >= Severity::Warning)
        && findings(log, service, around, asked_until)
            .iter()
            .all(|finding| finding.level < Severity::Warning)
}

/// Each kind of evidence once, over all unanswered codes and sign-ins of the service.
fn evidence(open: &[&Fact], elsewhere: &[&Fact]) -> Vec<Part> {
    let mut found = Vec::new();
    let mut add = |holds: bool, given: Given, points: i32| {
        if holds {
            found.push(Part {
                given,
                points: Points::whole(points),
            });
        }
    };
    let purposes = |wanted: &[CodePurpose]| -> Vec<Timestamp> {
        open.iter()
            .filter(|fact| fact.code().is_some_and(|purpose| wanted.contains(&purpose)))
            .map(|fact| fact.signal.at)
            .collect()
    };
    let payments = purposes(&[CodePurpose::Payment]);
    let codes: Vec<Timestamp> = open
        .iter()
        .filter(|fact| fact.code().is_some())
        .map(|fact| fact.signal.at)
        .collect();
    let knows = open
        .iter()
        .any(|fact| knows_password(fact) && !fact.ordinary_wording);
    add(knows, Given::KnowsPassword, 2);
    let resets = purposes(&[CodePurpose::PasswordReset, CodePurpose::AccountChange]);
    add(!resets.is_empty(), Given::ResetCode, 3);
    add(!payments.is_empty(), Given::PaymentCode, 1);
    add(within(&payments, 2, HALF_HOUR), Given::TwoPaymentCodes, 2);
    add(!elsewhere.is_empty(), Given::TwoServices, 3);
    add(within(&codes, 3, QUARTER), Given::ThreeCodes, 2);
    add(
        follows(open, is_failed_sign_in, |fact| fact.code().is_some(), DAY),
        Given::FailedSignIn,
        2,
    );
    add(
        follows(
            open,
            |fact| fact.code().is_some(),
            |fact| fact.sign_in() == Some(SignInOutcome::NewDevice),
            HALF_HOUR,
        ),
        Given::NewDevice,
        3,
    );
    let origins: Vec<i8> = open.iter().map(|fact| fact.origin_points).collect();
    add(origins.contains(&1), Given::OtherPlace, 1);
    add(
        !origins.contains(&1) && origins.contains(&-1),
        Given::UsualPlace,
        -1,
    );
    add(
        open.iter().any(|fact| fact.screen_idle),
        Given::ScreenIdle,
        1,
    );
    add(open.iter().any(|fact| fact.quiet), Given::QuietHours, 1);
    found
}

/// Codes and sign-ins of other services within half an hour of one of these; payment codes do not count for it.
fn other_services<'a>(log: &'a FactLog, service: &str, open: &[&Fact]) -> Vec<&'a Fact> {
    let own: Vec<Timestamp> = open
        .iter()
        .filter(|fact| fact.code() != Some(CodePurpose::Payment))
        .map(|fact| fact.signal.at)
        .collect();
    let (Some(first), Some(last)) = (own.iter().min(), own.iter().max()) else {
        return Vec::new();
    };
    log.within(
        span::before(*first, JUST_MORE),
        span::after(*last, HALF_HOUR),
    )
    .filter(|fact| fact.signal.service != service)
    .filter(|fact| fact.counts() && fact.is_code_or_sign_in())
    .filter(|fact| fact.code() != Some(CodePurpose::Payment))
    .filter(|fact| {
        own.iter()
            .any(|at| span::between(*at, fact.signal.at) <= HALF_HOUR)
    })
    .collect()
}

/// Whether the mail says that somebody knows the password.
pub fn knows_password(fact: &Fact) -> bool {
    match &fact.signal.kind {
        SignalKind::OneTimeCode(code) => code.knows_password,
        SignalKind::SignIn { knows_password, .. } => *knows_password,
        SignalKind::OrderPlaced(_)
        | SignalKind::OrderCancelled { .. }
        | SignalKind::AccountChange { .. }
        | SignalKind::MerchantAction { .. }
        | SignalKind::CardCharge(_) => false,
    }
}

fn is_failed_sign_in(fact: &Fact) -> bool {
    matches!(
        fact.sign_in(),
        Some(SignInOutcome::Attempted | SignInOutcome::Blocked)
    )
}

/// Whether so many of the times lie within one window.
fn within(times: &[Timestamp], count: usize, window: SignedDuration) -> bool {
    times.iter().any(|end| {
        let after = span::before(*end, window);
        times.iter().filter(|at| **at > after && *at <= end).count() >= count
    })
}

/// Whether a `second` follows a `first` within the time.
fn follows(
    facts: &[&Fact],
    first: impl Fn(&Fact) -> bool,
    second: impl Fn(&Fact) -> bool,
    time: SignedDuration,
) -> bool {
    facts.iter().filter(|fact| second(fact)).any(|later| {
        facts.iter().filter(|fact| first(fact)).any(|earlier| {
            earlier.signal.at <= later.signal.at
                && span::between(earlier.signal.at, later.signal.at) <= time
        })
    })
}
