//! Trouble of the watcher, as alerts.

use jiff::Timestamp;

use crate::engine::alert::{Alert, Health, Subject};
use crate::engine::incident::{Reason, Severity};

/// The alert for a state of the watcher; a later one of the same account replaces it on the screen.
pub fn alert(health: &Health, now: Timestamp) -> Alert {
    let (severity, thread, name) = match health {
        Health::LoginRefused { account, .. } => (
            Severity::Warning,
            format!("watch/{account}"),
            "login-refused",
        ),
        Health::Blind { account, .. } => (Severity::Warning, format!("watch/{account}"), "blind"),
        Health::FolderGone { account, folder } => (
            Severity::Warning,
            format!("watch/{account}/{folder}"),
            "folder-gone",
        ),
        Health::MessageSkipped {
            account, folder, ..
        } => (
            Severity::Notice,
            format!("watch/{account}/{folder}"),
            "message-skipped",
        ),
        Health::ChannelFailed { channel } => (
            Severity::Warning,
            format!("channel/{channel}"),
            "channel-failed",
        ),
        Health::StoreFailed => (Severity::Warning, "store".to_owned(), "store-failed"),
        Health::ClockWrong => (Severity::Warning, "clock".to_owned(), "clock-wrong"),
        Health::Unreachable => (Severity::Warning, "control".to_owned(), "unreachable"),
        Health::Recovered { account, .. } => {
            (Severity::Notice, format!("watch/{account}"), "recovered")
        }
    };
    Alert {
        id: format!("{thread}-{name}-{}", now.as_second()),
        thread,
        at: now,
        severity,
        reason: Reason::Health,
        services: Vec::new(),
        repeat: 0,
        subject: Subject::Health(health.clone()),
    }
}
