//! The desktop as a channel: notifications over the session bus.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use notify_rust::{Hint, Notification, NotificationHandle, Timeout, Urgency};
use thiserror::Error;

use crate::engine::alert::Alert;
use crate::engine::incident::Severity;
use crate::engine::printable::stripped;

/// Longer than any notification server takes; a bus that hangs must not hang the daemon.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// How many threads keep their place on the screen. Each holds a bus connection of its own (measured of
/// notify-rust 4.19: one connection a notification).
const MOST_THREADS: usize = 32;

/// Shows alerts. A later alert of a thread replaces the earlier one.
#[derive(Debug, Default)]
pub struct Desktop {
    shown: BTreeMap<String, Shown>,
}

/// A notification that may still be on the screen. The handle keeps its bus connection: some servers close a
/// notification when the connection that asked for it goes.
#[derive(Debug)]
struct Shown {
    at: Timestamp,
    handle: NotificationHandle,
}

/// Why an alert did not reach the screen.
#[derive(Debug, Error)]
pub enum DeliveryError {
    /// There is no session bus.
    #[error(
        "no desktop session can be reached ({why}); run mailward as a user unit in the session, or use another channel"
    )]
    NoSession {
        /// What the bus said.
        why: String,
    },
    /// The bus is there, a notification server is not.
    #[error(
        "the desktop session has no notification server ({why}); start one, for example dunst or the desktop's own"
    )]
    NoServer {
        /// What the bus said.
        why: String,
    },
    /// No answer in time.
    #[error("the notification server did not answer within {} s; restart it", TIME_LIMIT.as_secs())]
    Silent,
    /// The server refused.
    #[error("the notification server refused the alert ({why}); it is tried again")]
    Refused {
        /// What the server said.
        why: String,
    },
}

impl DeliveryError {
    /// Whether a later attempt can end otherwise: sessions and servers come and go, so it always can.
    pub fn retry(&self) -> bool {
        match self {
            Self::NoSession { .. }
            | Self::NoServer { .. }
            | Self::Silent
            | Self::Refused { .. } => true,
        }
    }
}

impl Desktop {
    /// A channel that has shown nothing yet. It connects at each delivery.
    pub fn new() -> Self {
        Self::default()
    }

    /// Shows an alert, in the place of the earlier one of its thread. The body is plain text.
    pub async fn deliver(
        &mut self,
        title: &str,
        body: &str,
        alert: &Alert,
    ) -> Result<(), DeliveryError> {
        let mut notification = notification(title, body, alert);
        if let Some(shown) = self.shown.get(&alert.thread) {
            notification.id(shown.handle.id());
        }
        let handle = tokio::time::timeout(TIME_LIMIT, notification.show_async())
            .await
            .map_err(|_| DeliveryError::Silent)?
            .map_err(|error| sort(&error))?;
        let at = alert.at;
        self.shown
            .insert(alert.thread.clone(), Shown { at, handle });
        self.forget_oldest();
        Ok(())
    }

    /// Takes the notification of a thread off the screen, where there is one.
    pub async fn close(&mut self, thread: &str) {
        if let Some(shown) = self.shown.remove(thread) {
            let _ = tokio::time::timeout(TIME_LIMIT, shown.handle.close_async()).await;
        }
    }

    fn forget_oldest(&mut self) {
        while self.shown.len() > MOST_THREADS {
            let oldest = self.shown.iter().min_by_key(|(_, shown)| shown.at);
            let Some(thread) = oldest.map(|(thread, _)| thread.clone()) else {
                return;
            };
            self.shown.remove(&thread);
        }
    }
}

/// The notification without its place. No `desktop-entry` hint as yet: GNOME closes the notifications of a sender
/// that it knows by that hint as soon as one of its connections goes.
fn notification(title: &str, body: &str, alert: &Alert) -> Notification {
    let (urgency, timeout) = match alert.severity {
        Severity::Info => (Urgency::Low, Timeout::Default),
        Severity::Notice => (Urgency::Normal, Timeout::Default),
        Severity::Warning => (Urgency::Critical, Timeout::Default),
        Severity::Critical => (Urgency::Critical, Timeout::Never),
    };
    let mut notification = Notification::new();
    notification
        .appname("mailward")
        .summary(&stripped(title).replace('\n', " "))
        .body(&markup(&stripped(body)))
        .urgency(urgency)
        .timeout(timeout)
        .hint(Hint::Category("email.arrived".to_owned()));
    notification
}

/// Plain text as body markup (Desktop Notifications Specification 1.2 §4): a server that does not know markup
/// strips it, and every server that was tried does.
fn markup(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// Sorts what notify-rust says by its text: its error type keeps no other trace of the cause.
fn sort(error: &notify_rust::error::Error) -> DeliveryError {
    let why = error.to_string();
    if why.contains("ServiceUnknown") || why.contains("NameHasNoOwner") {
        DeliveryError::NoServer { why }
    } else if why.contains("org.freedesktop.DBus.Error") || why.contains("Notifications.Error") {
        DeliveryError::Refused { why }
    } else {
        DeliveryError::NoSession { why }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_escaped_once() {
        assert_eq!(
            markup("R&D <Sale!> &amp; \"x\""),
            "R&amp;D &lt;Sale!&gt; &amp;amp; \"x\""
        );
    }
}
