//! `mailward expect`: says beforehand that a sign-in code, or orders, will be the person's own.

use std::io::Write;

use crate::cli::arguments::{Expect, Global};
use crate::cli::desk;
use crate::cli::exit::Failure;
use crate::cli::voice::Voice;
use crate::engine::expectation::ANY_SERVICE;
use crate::engine::wording::command::Said;
use crate::io::control::outcome::Outcome;
use crate::io::control::protocol::Request;

/// Announces it and says until when it holds.
pub fn run(global: &Global, options: Expect, out: &mut dyn Write) -> Result<(), Failure> {
    let voice = Voice::new(global)?;
    let request = Request::Expect {
        service: options.service,
        // Up, so that half a second is not nothing; the daemon refuses what is too long.
        seconds: options
            .duration
            .as_millis()
            .div_ceil(1_000)
            .try_into()
            .unwrap_or(u64::MAX),
        orders: options.orders,
        person: options.person,
    };
    let Outcome::Expected(expected) = desk::ask(global, request)? else {
        return Err(desk::unexpected());
    };
    let until = voice.moment(expected.until);
    let service = voice.service(&expected.service);
    let said = if expected.orders {
        Said::OrdersExpected {
            service: &service,
            until: &until,
        }
    } else {
        Said::CodesExpected {
            service: (expected.service != ANY_SERVICE).then_some(service.as_str()),
            until: &until,
            closed: expected.closed.as_ref(),
        }
    };
    writeln!(out, "{}", voice.said(said))?;
    Ok(())
}
