//! Checks the `[limits]` table.

use std::time::Duration;

use jiff::SignedDuration;
use toml::Spanned;

use crate::config::error::Fault;
use crate::config::{Limits, schema, values};
use crate::engine::backoff::Span;
use crate::engine::staging::Pace;
use crate::engine::watch::policy::Policy;

/// Checks the table; what it leaves out has its default.
pub fn check(table: Option<schema::Limits>) -> Result<Limits, Fault> {
    let defaults = Limits::default();
    let Some(table) = table else {
        return Ok(defaults);
    };
    let policy = defaults.policy;
    let idle_at_most = signed(table.idle_at_most.as_ref(), policy.renew_at_most)?;
    Ok(Limits {
        pace: Pace {
            burst: count(table.host_burst.as_ref(), defaults.pace.burst)?,
            refill: signed(table.host_refill.as_ref(), defaults.pace.refill)?,
        },
        connect_timeout: duration(table.connect_timeout.as_ref(), defaults.connect_timeout)?,
        attempt_delay: duration(table.attempt_delay.as_ref(), defaults.attempt_delay)?,
        command_timeout: duration(table.command_timeout.as_ref(), defaults.command_timeout)?,
        done_timeout: duration(table.done_timeout.as_ref(), defaults.done_timeout)?,
        clock_check: duration(table.clock_check.as_ref(), defaults.clock_check)?,
        clock_jump: signed(table.clock_jump.as_ref(), defaults.clock_jump)?,
        fetch_bytes: fetch_bytes(table.fetch_kib.as_ref(), defaults.fetch_bytes)?,
        policy: Policy {
            renew_after: idle_renewal(
                table.idle_renewal.as_ref(),
                policy.renew_after,
                idle_at_most,
            )?,
            renew_at_most: idle_at_most,
            poll_every: signed(table.poll_every.as_ref(), policy.poll_every)?,
            folders_every: signed(table.folders_every.as_ref(), policy.folders_every)?,
            blind_after: signed(table.blind_after.as_ref(), policy.blind_after)?,
            look_back: signed(table.look_back.as_ref(), policy.look_back)?,
            lost: span(
                "backoff",
                table.backoff_first.as_ref(),
                table.backoff_longest.as_ref(),
                policy.lost,
            )?,
            busy: span(
                "busy",
                table.busy_first.as_ref(),
                table.busy_longest.as_ref(),
                policy.busy,
            )?,
            refused: span(
                "refused",
                table.refused_first.as_ref(),
                table.refused_longest.as_ref(),
                policy.refused,
            )?,
            token_retry: signed(table.token_retry.as_ref(), policy.token_retry)?,
            connect_burst: count(table.connect_burst.as_ref(), policy.connect_burst)?,
            connect_refill: signed(table.connect_refill.as_ref(), policy.connect_refill)?,
            batch: messages(table.batch.as_ref(), policy.batch)?,
            headers_from: messages(table.headers_from.as_ref(), policy.headers_from)?,
            unreadable_answers: count(table.skip_unreadable.as_ref(), policy.unreadable_answers)?,
            suspect_losses: count(table.skip_losses.as_ref(), policy.suspect_losses)?,
            suspect_for: signed(table.skip_after.as_ref(), policy.suspect_for)?,
            ..policy
        },
    })
}

/// The first and the longest wait of one kind.
fn span(
    kind: &str,
    first: Option<&Spanned<String>>,
    longest: Option<&Spanned<String>>,
    default: Span,
) -> Result<Span, Fault> {
    let span = Span {
        first: signed(first, default.first)?,
        longest: signed(longest, default.longest)?,
    };
    if span.longest >= span.first {
        return Ok(span);
    }
    let place = longest.or(first).map(Spanned::span);
    Err(Fault::new(
        place.unwrap_or(0..0),
        format!("{kind}_longest is shorter than {kind}_first"),
        format!("make {kind}_longest the larger one"),
    ))
}

fn count(value: Option<&Spanned<u32>>, default: u32) -> Result<u32, Fault> {
    match value {
        Some(value) if *value.get_ref() == 0 => Err(Fault::new(
            value.span(),
            "0 would never do, expected a number from 1 on",
            "leave the key out for the default",
        )),
        Some(value) => Ok(*value.get_ref()),
        None => Ok(default),
    }
}

/// A number of messages that are held at once.
fn messages(value: Option<&Spanned<u32>>, default: usize) -> Result<usize, Fault> {
    let Some(value) = value else {
        return Ok(default);
    };
    let number = count(Some(value), 0)?;
    usize::try_from(number)
        .ok()
        .filter(|number| *number <= 2_000)
        .ok_or_else(|| {
            Fault::new(
                value.span(),
                "too many messages at once, expected 1 to 2000",
                "leave the key out for the default",
            )
        })
}

fn idle_renewal(
    value: Option<&Spanned<String>>,
    default: SignedDuration,
    at_most: SignedDuration,
) -> Result<SignedDuration, Fault> {
    let renewal = signed(value, default)?;
    match value {
        Some(value) if renewal > at_most => Err(Fault::new(
            value.span(),
            "idle_renewal is too long, expected at most 25m",
            "servers may drop an IDLE after 29 minutes, and many routers sooner; \"5m\" is safe",
        )),
        Some(_) | None => Ok(renewal),
    }
}

pub(crate) fn duration(
    value: Option<&Spanned<String>>,
    default: Duration,
) -> Result<Duration, Fault> {
    let Some(value) = value else {
        return Ok(default);
    };
    values::duration(value.get_ref())
        .filter(|duration| !duration.is_zero())
        .ok_or_else(|| {
            Fault::new(
                value.span(),
                "not a duration, expected a whole number above 0 and a unit",
                "write for example \"60s\", \"5m\" or \"72h\"",
            )
        })
}

fn signed(
    value: Option<&Spanned<String>>,
    default: SignedDuration,
) -> Result<SignedDuration, Fault> {
    let Some(given) = value else {
        return Ok(default);
    };
    let read = duration(Some(given), Duration::ZERO)?;
    // No duration that can be written is longer than a century.
    Ok(SignedDuration::try_from(read).unwrap_or(default))
}

fn fetch_bytes(value: Option<&Spanned<u32>>, default: u32) -> Result<u32, Fault> {
    let Some(value) = value else {
        return Ok(default);
    };
    // Below 16 KiB the headers of a mail that took many hops would be cut; above 16 MiB a mail bomb fills the memory.
    let kib = *value.get_ref();
    Some(kib)
        .filter(|kib| (16..=16_384).contains(kib))
        .and_then(|kib| kib.checked_mul(1024))
        .ok_or_else(|| {
            Fault::new(
                value.span(),
                "fetch_kib is out of range, expected 16 to 16384",
                "256 is enough for every mail that a rule reads",
            )
        })
}
