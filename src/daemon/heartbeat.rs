//! Tells a watchdog elsewhere that all is well, for as long as it is. Silence is the alarm.

use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinHandle;
use tracing::{debug, warn};

use crate::config::{self, Config};
use crate::daemon::people::People;
use crate::engine::span;
use crate::io::connect::Patience;
use crate::io::http::{Client, Request};

/// When the next sign of life is due, and the one that is on its way.
///
/// It is asked for by the event loop itself: a loop that hangs, or that cannot write its state, gives none.
#[derive(Debug, Default)]
pub struct Heartbeat {
    due: Option<Timestamp>,
    beating: Option<JoinHandle<()>>,
}

impl Heartbeat {
    /// When to call [`Self::beat`] again.
    pub fn due(&self) -> Option<Timestamp> {
        self.due
    }

    /// Gives a sign of life where one is due and every account is seen.
    pub fn beat(&mut self, config: &Config, people: &People, now: Timestamp) {
        let Some(heartbeat) = &config.heartbeat else {
            self.due = None;
            return;
        };
        let every = SignedDuration::try_from(heartbeat.every).unwrap_or(SignedDuration::MAX);
        let next = span::after(now, every);
        // One that is due later than the next one is of a clock that was set back.
        if self.due.is_some_and(|due| due > now && due <= next) {
            return;
        }
        self.due = Some(next);
        if !all_well(config, people) {
            debug!("not every account is watched, so there is no sign of life");
            return;
        }
        // One that is still on its way has failed.
        if let Some(before) = self.beating.take() {
            before.abort();
        }
        self.beating = Some(tokio::spawn(tell(heartbeat.clone(), patience(config))));
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        if let Some(beating) = self.beating.take() {
            beating.abort();
        }
    }
}

/// Every account is connected and reads or waits for news.
fn all_well(config: &Config, people: &People) -> bool {
    config.accounts.iter().all(|account| {
        let state = people.state_of(&account.name);
        state.is_some_and(|state| state.activity.sees())
    })
}

fn patience(config: &Config) -> Patience {
    Patience {
        connect: config.limits.connect_timeout,
        attempt: config.limits.attempt_delay,
        step: config.limits.command_timeout,
    }
}

async fn tell(heartbeat: config::Heartbeat, patience: Patience) {
    let client = Client {
        ca_file: heartbeat.ca_file,
        patience,
    };
    match client.ask(&heartbeat.url, Request::default()).await {
        Ok(answer) if answer.is_success() => debug!("gave a sign of life"),
        Ok(answer) => warn!(
            status = answer.status(),
            "the heartbeat address answers with an error; check heartbeat.url"
        ),
        Err(error) => warn!(%error, "the heartbeat address cannot be reached"),
    }
}
