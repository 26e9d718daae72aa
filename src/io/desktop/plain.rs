//! Notifications without buttons, through notify-rust: what carries none, servers that show none, and other systems.

use std::collections::BTreeMap;

use jiff::Timestamp;
use notify_rust::{Hint, Notification, NotificationHandle, Timeout, Urgency};

use crate::engine::bubble::Bubble;
use crate::engine::incident::Severity;
use crate::io::desktop::error::{DeliveryError, TIME_LIMIT};
use crate::io::desktop::markup;

/// How many threads keep their place on the screen. Each holds a bus connection of its own (measured of
/// notify-rust 4.19: one connection a notification).
const MOST_THREADS: usize = 32;

/// Shows bubbles as text.
#[derive(Debug, Default)]
pub(crate) struct Plain {
    shown: BTreeMap<String, Shown>,
}

/// A notification that may still be on the screen. The handle keeps its bus connection: some servers close a
/// notification when the connection that asked for it goes.
#[derive(Debug)]
struct Shown {
    at: Timestamp,
    handle: NotificationHandle,
}

impl Plain {
    /// Shows a bubble, in the place of the earlier one of its thread.
    pub(crate) async fn show(
        &mut self,
        bubble: &Bubble,
        reads_markup: bool,
    ) -> Result<(), DeliveryError> {
        let mut notification = notification(bubble, reads_markup);
        if let Some(shown) = self.shown.get(&bubble.thread) {
            notification.id(shown.handle.id());
        }
        let handle = tokio::time::timeout(TIME_LIMIT, notification.show_async())
            .await
            .map_err(|_| DeliveryError::Silent)?
            .map_err(|error| sort(&error))?;
        let at = bubble.at;
        self.shown
            .insert(bubble.thread.clone(), Shown { at, handle });
        while self.shown.len() > MOST_THREADS {
            let oldest = self.shown.iter().min_by_key(|(_, shown)| shown.at);
            let Some(thread) = oldest.map(|(thread, _)| thread.clone()) else {
                break;
            };
            self.shown.remove(&thread);
        }
        Ok(())
    }

    /// Takes the notification of a thread off the screen, where there is one.
    pub(crate) async fn close(&mut self, thread: &str) {
        if let Some(shown) = self.shown.remove(thread) {
            let _ = tokio::time::timeout(TIME_LIMIT, shown.handle.close_async()).await;
        }
    }
}

/// The notification without its place. No `desktop-entry` hint: GNOME closes the notifications of a sender that it
/// knows by that hint as soon as one of its connections goes, and here each has its own.
fn notification(bubble: &Bubble, reads_markup: bool) -> Notification {
    let (urgency, timeout) = match bubble.severity {
        Severity::Info => (Urgency::Low, Timeout::Default),
        Severity::Notice => (Urgency::Normal, Timeout::Default),
        Severity::Warning => (Urgency::Critical, Timeout::Default),
        Severity::Critical => (Urgency::Critical, Timeout::Never),
    };
    let body = match &bubble.answer_hint {
        Some(hint) => format!("{}\n{hint}", bubble.body),
        None => bubble.body.clone(),
    };
    let mut notification = Notification::new();
    notification
        .appname("mailward")
        .summary(&markup::title(&bubble.title))
        .body(&markup::body(&body, reads_markup))
        .urgency(urgency)
        .timeout(timeout)
        .hint(Hint::Category("email.arrived".to_owned()));
    notification
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
