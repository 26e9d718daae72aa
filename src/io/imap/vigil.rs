//! Notices that no connection can be trusted any more: the machine slept, its clock jumped, or its address changed.

use std::io::ErrorKind;
use std::net::{IpAddr, UdpSocket};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use crate::io::clock;
use crate::io::imap::{Limits, Options};

/// A shorter sleep leaves connections as they are.
const SHORT_SLEEP: Duration = Duration::from_secs(5);

/// What is compared before and after a nap.
pub(crate) struct Vigil {
    slept: fn() -> Duration,
    slept_before: Duration,
    wake: Option<watch::Receiver<u64>>,
    turn: Option<watch::Receiver<u64>>,
}

/// What somebody else says who looks at the clock for all accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    /// The machine woke up.
    Woke,
    /// Nothing of the kind; it is time to look about.
    Turn,
}

impl Vigil {
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            slept: options.slept,
            slept_before: (options.slept)(),
            wake: options.wake.clone(),
            turn: options.turn.clone(),
        }
    }

    /// How long to sleep at most, when nothing is due for so long. Whose turns come from elsewhere need not wake to look
    /// at the clock: a machine with one account then wakes for all looks at once.
    pub(crate) fn nap(&self, due: Option<Duration>, limits: &Limits) -> Duration {
        let look = if self.turn.is_some() {
            Duration::MAX
        } else {
            limits.clock_check
        };
        due.map_or(look, |due| due.min(look))
    }

    /// Whether a nap that should have taken `nap` took much longer by the wall clock, or the machine slept in it.
    pub(crate) fn woke(
        &mut self,
        limits: &Limits,
        nap: Duration,
        before: Timestamp,
        now: Timestamp,
    ) -> bool {
        let Some(most) = limits.clock_jump.filter(|_| self.turn.is_none()) else {
            return false;
        };
        let slept = (self.slept)();
        let asleep = slept.saturating_sub(self.slept_before);
        self.slept_before = slept;
        let expected = SignedDuration::try_from(nap).unwrap_or(SignedDuration::ZERO);
        let passed = now.duration_since(before);
        asleep > SHORT_SLEEP || passed.saturating_sub(expected).abs() > most
    }

    /// Waits until somebody else says something.
    pub(crate) async fn called(&mut self) -> Call {
        tokio::select! {
            biased;
            () = changed(&mut self.wake) => Call::Woke,
            () = changed(&mut self.turn) => Call::Turn,
        }
    }
}

async fn changed(news: &mut Option<watch::Receiver<u64>>) {
    if let Some(receiver) = news
        && receiver.changed().await.is_ok()
    {
        return;
    }
    // Nobody is left who could say anything.
    *news = None;
    std::future::pending::<()>().await;
}

/// Looks at the clock for all accounts: by how much more than this machine's own count of time it went on.
#[derive(Debug)]
pub struct Lookout {
    slept: fn() -> Duration,
    slept_before: Duration,
    looked_at: Timestamp,
    steady: tokio::time::Instant,
}

impl Lookout {
    /// From this moment on.
    pub fn new(slept: fn() -> Duration, now: Timestamp) -> Self {
        Self {
            slept,
            slept_before: slept(),
            looked_at: now,
            steady: clock::steady(),
        }
    }

    /// When the last look was.
    pub fn looked_at(&self) -> Timestamp {
        self.looked_at
    }

    /// Looks; whether the machine slept since the last time, or its clock jumped by more than `most`.
    pub fn look(&mut self, now: Timestamp, most: Option<SignedDuration>) -> bool {
        let (slept, steady) = ((self.slept)(), clock::steady());
        let asleep = slept.saturating_sub(self.slept_before);
        let expected = steady.saturating_duration_since(self.steady);
        let expected = SignedDuration::try_from(expected).unwrap_or(SignedDuration::ZERO);
        let passed = now.duration_since(self.looked_at);
        self.slept_before = slept;
        self.steady = steady;
        self.looked_at = now;
        most.is_some_and(|most| {
            asleep > SHORT_SLEEP || passed.saturating_sub(expected).abs() > most
        })
    }
}

/// Whether this machine has lost an address, and every connection from it is of a network that is gone. Nothing is sent.
/// A mere change of routes breaks no connection and is none of this.
pub(crate) fn is_lost(address: IpAddr) -> bool {
    UdpSocket::bind((address, 0)).is_err_and(|error| error.kind() == ErrorKind::AddrNotAvailable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_this_machine_has_no_more_is_noticed() {
        assert!(!is_lost("127.0.0.1".parse().unwrap()));
        assert!(!is_lost("::1".parse().unwrap()));
        assert!(is_lost("192.0.2.7".parse().unwrap()));
        assert!(is_lost("2001:db8::7".parse().unwrap()));
    }
}
