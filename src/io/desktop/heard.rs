//! What a notification server says.

/// Something that happened to a bubble, the server or the bus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Heard {
    /// A button was pressed.
    Pressed {
        /// Of which notification.
        id: u32,
        /// Its key; `default` is the notification itself.
        key: String,
    },
    /// A notification is gone.
    Closed {
        /// Which one.
        id: u32,
        /// Why.
        why: Closing,
    },
    /// A server took the name.
    ServerCame,
    /// The server is gone, and everything that it showed with it.
    ServerGone,
    /// The bus is gone.
    Lost,
}

/// Why a notification is gone (Desktop Notifications Specification 1.2, `NotificationClosed`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closing {
    /// Its time was over, or nobody knows.
    Expired,
    /// The person took it away.
    Dismissed,
    /// It was asked to.
    Asked,
}

impl Closing {
    /// By the number of the specification.
    pub(crate) fn from_number(number: u32) -> Self {
        match number {
            2 => Self::Dismissed,
            3 => Self::Asked,
            _ => Self::Expired,
        }
    }
}
