//! What systemd-logind tells of the machine: that it goes to sleep and wakes up, that its screen is locked or idle.
//!
//! Without a system bus, or without logind on it, nothing is ever told.

use std::time::Duration;

use futures::StreamExt as _;
use tokio::sync::mpsc;
use tokio::time::timeout;
use zbus::{Connection, Proxy};

const SERVICE: &str = "org.freedesktop.login1";
const MANAGER: &str = "org.freedesktop.login1.Manager";
const MANAGER_PATH: &str = "/org/freedesktop/login1";
const SESSION: &str = "org.freedesktop.login1.Session";
/// The session of the caller, or the one that its user sits at.
const SESSION_PATH: &str = "/org/freedesktop/login1/session/auto";

/// How long an answer on the bus may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// What was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// The machine woke up.
    Woke,
    /// Nobody sits at the screen, or somebody does again.
    Screen {
        /// Locked or idle.
        idle: bool,
    },
}

/// Passes on what logind tells, until nobody listens or the bus is gone. The address of the bus is the usual one, or
/// that of `DBUS_SYSTEM_BUS_ADDRESS`.
pub async fn follow(told: mpsc::Sender<Told>) {
    if let Err(error) = follow_bus(&told).await {
        // The name of the error is enough; a container or another init system has no logind.
        tracing::debug!(%error, "no word from logind; a sleep shows in the clocks");
    }
}

async fn follow_bus(told: &mpsc::Sender<Told>) -> zbus::Result<()> {
    let bus = Connection::system().await?;
    let manager = Proxy::new(&bus, SERVICE, MANAGER_PATH, MANAGER).await?;
    let mut sleeps = manager.receive_signal("PrepareForSleep").await?;
    let session = Proxy::new(&bus, SERVICE, SESSION_PATH, SESSION).await;
    let mut screen = match &session {
        Ok(session) => Some(Screen::of(session).await),
        // A service of the system belongs to no session.
        Err(_) => None,
    };
    if let Some(screen) = &screen
        && screen.idle()
        && told.send(Told::Screen { idle: true }).await.is_err()
    {
        return Ok(());
    }
    loop {
        let news = tokio::select! {
            () = told.closed() => return Ok(()),
            signal = sleeps.next() => {
                let Some(signal) = signal else {
                    return Ok(());
                };
                // True before the machine sleeps, false after it woke up.
                let sleeps: bool = signal.body().deserialize()?;
                (!sleeps).then_some(Told::Woke)
            }
            idle = changed(&mut screen) => Some(Told::Screen { idle }),
        };
        if let Some(news) = news
            && told.send(news).await.is_err()
        {
            return Ok(());
        }
    }
}

/// The two hints of a session.
struct Screen<'a> {
    locked: zbus::proxy::PropertyStream<'a, bool>,
    idle: zbus::proxy::PropertyStream<'a, bool>,
    is_locked: bool,
    is_idle: bool,
}

impl<'a> Screen<'a> {
    async fn of(session: &Proxy<'a>) -> Self {
        Self {
            locked: session.receive_property_changed("LockedHint").await,
            idle: session.receive_property_changed("IdleHint").await,
            is_locked: hint(session, "LockedHint").await,
            is_idle: hint(session, "IdleHint").await,
        }
    }

    fn idle(&self) -> bool {
        self.is_locked || self.is_idle
    }
}

/// A hint as it is now; without an answer the screen is taken to be in use.
async fn hint(session: &Proxy<'_>, name: &str) -> bool {
    let asked = session.get_property(name);
    matches!(timeout(PATIENCE, asked).await, Ok(Ok(true)))
}

/// Waits until the screen is left or taken again.
async fn changed(screen: &mut Option<Screen<'_>>) -> bool {
    let Some(screen) = screen else {
        return std::future::pending().await;
    };
    loop {
        let before = screen.idle();
        tokio::select! {
            Some(locked) = screen.locked.next() => {
                screen.is_locked = locked.get().await.unwrap_or(screen.is_locked);
            }
            Some(idle) = screen.idle.next() => {
                screen.is_idle = idle.get().await.unwrap_or(screen.is_idle);
            }
            else => return std::future::pending().await,
        }
        if screen.idle() != before {
            return screen.idle();
        }
    }
}
