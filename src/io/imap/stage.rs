//! Waits for the moment at which an account may connect to its host.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::sleep;

use crate::engine::staging::{Pace, Slot, Staging};
use crate::io::clock::Clock;

/// Shared by all accounts, whose hosts must not be overrun.
#[derive(Debug, Clone, Default)]
pub struct Stage(Arc<Mutex<Staging>>);

/// A moment that is awaited; handed back when nobody waits for it any more.
struct Awaited<'a> {
    stage: &'a Stage,
    clock: &'a Clock,
    slot: Option<Slot>,
}

impl Stage {
    fn staging(&self) -> MutexGuard<'_, Staging> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns when a connection to this host may be opened.
    pub(crate) async fn turn(&self, host: &str, pace: Pace, clock: &Clock) {
        let now = clock();
        // Without a random number the moments are merely evenly spread.
        let random = getrandom::u64().unwrap_or(0);
        let slot = self.staging().ask(now, host, pace, random);
        let rest = Duration::try_from(slot.at().duration_since(now)).unwrap_or_default();
        let mut awaited = Awaited {
            stage: self,
            clock,
            slot: Some(slot),
        };
        if !rest.is_zero() {
            sleep(rest).await;
        }
        if let Some(slot) = awaited.slot.take() {
            self.staging().used(&slot);
        }
    }
}

impl Drop for Awaited<'_> {
    fn drop(&mut self) {
        if let Some(slot) = self.slot.take() {
            self.stage.staging().hand_back((self.clock)(), &slot);
        }
    }
}
