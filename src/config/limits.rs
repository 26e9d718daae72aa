//! Checks the `[limits]` table.

use std::time::Duration;

use jiff::SignedDuration;
use toml::Spanned;

use crate::config::error::Fault;
use crate::config::{Limits, schema, values};
use crate::engine::backoff::Span;
use crate::engine::watch::policy::Policy;

/// Checks the table; what it leaves out has its default.
pub fn check(table: Option<schema::Limits>) -> Result<Limits, Fault> {
    let defaults = Limits::default();
    let Some(table) = table else {
        return Ok(defaults);
    };
    let backoff_span = table
        .backoff_longest
        .as_ref()
        .or(table.backoff_first.as_ref())
        .map(Spanned::span);
    let policy = defaults.policy;
    let lost = Span {
        first: signed(table.backoff_first.as_ref(), policy.lost.first)?,
        longest: signed(table.backoff_longest.as_ref(), policy.lost.longest)?,
    };
    if lost.longest < lost.first {
        return Err(Fault::new(
            backoff_span.unwrap_or(0..0),
            "backoff_longest is shorter than backoff_first",
            "make backoff_longest the larger one",
        ));
    }
    Ok(Limits {
        connect_timeout: duration(table.connect_timeout.as_ref(), defaults.connect_timeout)?,
        command_timeout: duration(table.command_timeout.as_ref(), defaults.command_timeout)?,
        fetch_bytes: fetch_bytes(table.fetch_kib.as_ref(), defaults.fetch_bytes)?,
        policy: Policy {
            renew_after: idle_renewal(table.idle_renewal.as_ref(), &policy)?,
            poll_every: signed(table.poll_every.as_ref(), policy.poll_every)?,
            blind_after: signed(table.blind_after.as_ref(), policy.blind_after)?,
            look_back: signed(table.look_back.as_ref(), policy.look_back)?,
            lost,
            ..policy
        },
    })
}

fn idle_renewal(value: Option<&Spanned<String>>, policy: &Policy) -> Result<SignedDuration, Fault> {
    let renewal = signed(value, policy.renew_after)?;
    match value {
        Some(value) if renewal > policy.renew_at_most => Err(Fault::new(
            value.span(),
            "idle_renewal is too long, expected at most 25m",
            "servers may drop an IDLE after 29 minutes, and many routers sooner; \"5m\" is safe",
        )),
        Some(_) | None => Ok(renewal),
    }
}

fn duration(value: Option<&Spanned<String>>, default: Duration) -> Result<Duration, Fault> {
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
