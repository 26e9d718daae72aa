//! Notices that no connection can be trusted any more: the machine slept, its clock jumped, or its address changed.

use std::net::{IpAddr, SocketAddr, UdpSocket};
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

/// The way to a server: our address on it, and the server's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Path {
    pub(crate) local: IpAddr,
    pub(crate) peer: SocketAddr,
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
        std::future::pending().await
    }
}

impl Path {
    /// Whether a connection made now would leave by another address: the old one is of a network that is gone. Asking
    /// the routes sends nothing. Without any route the network is away for now, and may come back as it was.
    pub(crate) fn has_changed(&self) -> bool {
        let any: IpAddr = match self.peer {
            SocketAddr::V4(_) => [0; 4].into(),
            SocketAddr::V6(_) => [0; 16].into(),
        };
        let routed = UdpSocket::bind((any, 0)).and_then(|socket| {
            socket.connect(self.peer)?;
            socket.local_addr()
        });
        routed.is_ok_and(|address| address.ip() != self.local)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_no_connection_would_leave_by_any_more_is_noticed() {
        let peer: SocketAddr = "127.0.0.1:993".parse().unwrap();
        let here = "127.0.0.1".parse().unwrap();
        let gone = "192.0.2.7".parse().unwrap();
        assert!(!Path { local: here, peer }.has_changed());
        assert!(Path { local: gone, peer }.has_changed());
    }
}
