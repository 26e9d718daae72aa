//! Trouble with the clock or the disk: the person is told once, systemd sees it, and it is tried again until it is over.

use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

use crate::daemon::channels::Channels;
use crate::daemon::{DaemonError, Setup, health, vital};
use crate::engine::alert::Health;
use crate::io::store::error::{StoreError, Trouble};
use crate::io::store::{OpenNote, Store};

/// 2000-01-01: a clock that says less was never set.
const EARLIEST: Timestamp = Timestamp::constant(946_684_800, 0);

/// A machine without a clock of its own gets the time from the network soon after it starts.
const CLOCK_GRACE: Duration = Duration::from_mins(1);

/// Waits between tries: twice as long each time.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// What is done while something does not work.
#[derive(Debug, Default)]
pub(crate) struct Patience {
    tries: u32,
}

impl Patience {
    /// How long to wait before the next try.
    pub(crate) fn next_wait(&mut self) -> Duration {
        let wait = FIRST_WAIT.saturating_mul(2_u32.saturating_pow(self.tries));
        self.tries = self.tries.saturating_add(1);
        wait.min(LONGEST_WAIT)
    }

    /// Whether anything was tried in vain.
    pub(crate) fn was_needed(&self) -> bool {
        self.tries > 0
    }
}

/// What `systemctl status` shows.
pub(crate) fn show(status: &str) {
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Status(status)]);
}

/// Opens the state file. What can pass (no room, a lock, a clock that is not set) is told and waited for; `None` where
/// the daemon is stopped meanwhile. What cannot pass is told and is an error.
pub(crate) async fn open(
    setup: &Setup,
    channels: &Channels,
    stop: &CancellationToken,
) -> Result<Option<(Store, OpenNote)>, DaemonError> {
    let mut patience = Patience::default();
    let mut waited = Duration::ZERO;
    let mut told = Vec::new();
    loop {
        let now = (setup.clock)();
        let health = if now < EARLIEST {
            error!(%now, "the clock was never set; mailward waits for it: set date and time");
            show("not watching: the clock says a time before the year 2000");
            Some(Health::ClockWrong).filter(|_| waited >= CLOCK_GRACE)
        } else {
            match Store::open(&setup.state_file, now) {
                Ok(opened) => {
                    if patience.was_needed() {
                        info!("the state can be used now");
                    }
                    return Ok(Some(opened));
                }
                Err(error @ StoreError::InUse { .. }) => return Err(error.into()),
                Err(error) => {
                    if error.trouble().0 == Trouble::Unfit {
                        let alert = health::alert(&Health::StoreFailed, now);
                        channels.deliver_to_all(&alert).await;
                        return Err(error.into());
                    }
                    let cause = std::error::Error::source(&error).map(ToString::to_string);
                    error!(problem = %error, cause, "the state cannot be used; nothing is watched until it can");
                    show(&format!("not watching: {error}"));
                    Some(Health::StoreFailed)
                }
            }
        };
        // To systemd it has started: a start that never ends would be killed, and told again each time.
        vital::ready();
        if let Some(health) = health
            && !told.contains(&health)
        {
            channels.deliver_to_all(&health::alert(&health, now)).await;
            told.push(health);
        }
        let wait = patience.next_wait();
        waited = waited.saturating_add(wait);
        tokio::select! {
            () = vital::wait(wait) => {}
            () = stop.cancelled() => return Ok(None),
        }
    }
}
