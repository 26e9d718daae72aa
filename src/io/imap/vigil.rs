//! Notices that no connection can be trusted any more: the machine slept, its clock jumped, or its address changed.

use std::io::ErrorKind;
use std::net::{IpAddr, UdpSocket};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use crate::io::imap::{Limits, Options};

/// A shorter sleep leaves connections as they are.
const SHORT_SLEEP: Duration = Duration::from_secs(5);

/// What is compared before and after a nap.
pub(crate) struct Vigil {
    slept: fn() -> Duration,
    slept_before: Duration,
    wake: Option<watch::Receiver<u64>>,
}

impl Vigil {
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            slept: options.slept,
            slept_before: (options.slept)(),
            wake: options.wake.clone(),
        }
    }

    /// Whether a nap that should have taken `nap` took much longer by the wall clock, or the machine slept in it.
    pub(crate) fn woke(
        &mut self,
        limits: &Limits,
        nap: Duration,
        before: Timestamp,
        now: Timestamp,
    ) -> bool {
        let Some(most) = limits.clock_jump else {
            return false;
        };
        let slept = (self.slept)();
        let asleep = slept.saturating_sub(self.slept_before);
        self.slept_before = slept;
        let expected = SignedDuration::try_from(nap).unwrap_or(SignedDuration::ZERO);
        let passed = now.duration_since(before);
        asleep > SHORT_SLEEP || passed.saturating_sub(expected).abs() > most
    }

    /// Waits until somebody says that the machine woke up.
    pub(crate) async fn called(&mut self) {
        if let Some(wake) = &mut self.wake
            && wake.changed().await.is_ok()
        {
            return;
        }
        // Nobody is left who could say so.
        self.wake = None;
        std::future::pending::<()>().await;
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
