//! The time of a story: it stands still until the player moves it, and it never goes back.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::watch;

use crate::io::clock::Clock;

/// A clock that is set by hand. Hours of a story pass in seconds because nobody waits for them.
#[derive(Debug)]
pub struct StoryClock {
    now: watch::Sender<Timestamp>,
}

impl StoryClock {
    /// A clock that stands at `start`.
    pub fn new(start: Timestamp) -> Self {
        Self {
            now: watch::Sender::new(start),
        }
    }

    /// The story's time.
    pub fn now(&self) -> Timestamp {
        *self.now.borrow()
    }

    /// Moves the clock on. An earlier time than the present one changes nothing.
    pub fn set(&self, at: Timestamp) {
        self.now.send_if_modified(|now| {
            let later = at > *now;
            if later {
                *now = at;
            }
            later
        });
    }

    /// Waits until the story has reached `at`: what a sleep is to the real clock.
    pub async fn reached(&self, at: Timestamp) {
        let mut now = self.now.subscribe();
        // The sender lives in `self`, so that the wait cannot end by its loss.
        let _ = now.wait_for(|now| *now >= at).await;
    }

    /// Every move of the clock, for whoever must look at the time again when it jumps.
    pub fn moves(&self) -> watch::Receiver<Timestamp> {
        self.now.subscribe()
    }

    /// The clock in the shape in which the daemon takes one.
    pub fn reading(self: &Arc<Self>) -> Clock {
        let clock = Arc::clone(self);
        Arc::new(move || clock.now())
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[tokio::test]
    async fn the_clock_never_goes_back_and_wakes_those_who_wait() {
        let start = Timestamp::UNIX_EPOCH;
        let hour = start + SignedDuration::from_hours(1);
        let clock = Arc::new(StoryClock::new(start));
        let reading = clock.reading();
        let waiter = tokio::spawn({
            let clock = Arc::clone(&clock);
            async move { clock.reached(hour).await }
        });
        clock.set(hour);
        waiter.await.unwrap();
        clock.set(start);
        assert_eq!(reading(), hour);
        assert_eq!(*clock.moves().borrow(), hour);
    }
}
