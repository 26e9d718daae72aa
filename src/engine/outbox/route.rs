//! When a channel may get an alert: at once, after the quiet hours, or when nobody answered on the others.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::engine::alert::{Alert, Subject};
use crate::engine::incident::Severity;
use crate::engine::quiet_hours::end_of;

/// What one channel waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// An alert that can be answered comes here only when it went unanswered for so long.
    pub escalate_after: Option<SignedDuration>,
    /// In quiet hours anything quieter waits for their end.
    pub quiet_min_severity: Severity,
}

/// What all channels wait for. A channel without a route waits for nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Routes {
    /// By the channel's name.
    pub by_channel: BTreeMap<String, Route>,
    /// The person's quiet hours, see [`crate::engine::correlator::Options::quiet_hours`], and their zone.
    pub quiet_hours: Option<((u16, u16), TimeZone)>,
}

impl Routes {
    /// The first moment at which a channel may get an alert that was queued for it at `since`.
    ///
    /// It follows from what is stored with every delivery, so that a restart changes nothing.
    pub fn not_before(&self, channel: &str, alert: &Alert, since: Timestamp) -> Timestamp {
        let Some(route) = self.by_channel.get(channel) else {
            return since;
        };
        let wait = route
            .escalate_after
            .filter(|_| can_be_answered(alert))
            .unwrap_or_default();
        let at = since.saturating_add(wait).unwrap_or(Timestamp::MAX);
        match &self.quiet_hours {
            Some((quiet, time_zone)) if alert.severity < route.quiet_min_severity => {
                end_of(*quiet, time_zone, at)
            }
            Some(_) | None => at,
        }
    }

    /// Whether the channel only gets what nobody answered.
    pub fn escalates(&self, channel: &str) -> bool {
        self.by_channel
            .get(channel)
            .is_some_and(|route| route.escalate_after.is_some())
    }
}

/// Whether there is anything to answer; what cannot be answered would always wait in vain.
fn can_be_answered(alert: &Alert) -> bool {
    match alert.subject {
        Subject::Question(_) | Subject::Incident(_) => true,
        Subject::StatementReminder { .. } | Subject::Health(_) | Subject::Test => false,
    }
}
