//! A channel that failed for good is told of on the others.

use jiff::Timestamp;

use crate::engine::alert::{Alert, Health, Subject};
use crate::engine::incident::{Reason, Severity};
use crate::engine::outbox::{Outbox, Output};

impl Outbox {
    /// Rings once on the other channels for each time that a channel fails.
    pub(crate) fn tell_of_failure(
        &mut self,
        now: Timestamp,
        since: Timestamp,
        channel: &str,
        outputs: &mut Vec<Output>,
    ) {
        let others: Vec<String> = self
            .options
            .channels
            .iter()
            .filter(|name| *name != channel)
            .cloned()
            .collect();
        if others.is_empty() || !self.failed.insert(channel.to_owned()) {
            return;
        }
        outputs.push(Output::Ring {
            alert: Box::new(Alert {
                id: format!("health-channel-{channel}-{}", since.as_second()),
                thread: format!("health-channel-{channel}"),
                at: now,
                severity: Severity::Warning,
                reason: Reason::Health,
                services: Vec::new(),
                repeat: 0,
                subject: Subject::Health(Health::ChannelFailed {
                    channel: channel.to_owned(),
                }),
            }),
            channels: others,
        });
    }
}
