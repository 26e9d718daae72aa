//! What systemd-logind tells of the machine: that it goes to sleep and wakes up, that its screen is locked or idle.
//!
//! Without a system bus, or without logind on it, nothing is ever told.

use std::time::Duration;

use futures::StreamExt as _;
use tokio::sync::mpsc;
use tokio::time::timeout;
use zbus::proxy::PropertyStream;
use zbus::{Connection, OwnedObjectPath, Proxy};

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
    let mut comings = manager.receive_signal("SessionNew").await?;
    let mut goings = manager.receive_signal("SessionRemoved").await?;
    let mut screen = Screen::of_user(&bus, &manager).await;
    let mut idle = screen.as_ref().is_some_and(Screen::idle);
    if idle && told.send(Told::Screen { idle }).await.is_err() {
        return Ok(());
    }
    loop {
        let (news, sessions_changed) = tokio::select! {
            () = told.closed() => return Ok(()),
            signal = sleeps.next() => {
                let Some(signal) = signal else {
                    return Ok(());
                };
                // True before the machine sleeps, false after it woke up.
                let sleeps: bool = signal.body().deserialize()?;
                ((!sleeps).then_some(Told::Woke), false)
            }
            Some(_) = comings.next() => (None, true),
            Some(_) = goings.next() => (None, true),
            now_idle = changed(&mut screen) => {
                idle = now_idle;
                (Some(Told::Screen { idle }), false)
            }
        };
        let news = if sessions_changed {
            let before = screen.take();
            screen = Screen::of_user(&bus, &manager).await;
            after_change(before.as_ref(), screen.as_ref(), &mut idle)
        } else {
            news
        };
        if let Some(news) = news
            && told.send(news).await.is_err()
        {
            return Ok(());
        }
    }
}

/// What a login or a logout says: who has just come sits at the screen, and who has gone does not.
fn after_change(before: Option<&Screen>, now: Option<&Screen>, idle: &mut bool) -> Option<Told> {
    let is_another = before.map(|it| &it.path) != now.map(|it| &it.path);
    // A machine on which nobody ever sat says nothing.
    if !is_another {
        return None;
    }
    *idle = now.is_none_or(Screen::idle);
    Some(Told::Screen { idle: *idle })
}

/// The two hints of a session.
struct Screen {
    path: OwnedObjectPath,
    locked: PropertyStream<'static, bool>,
    idle: PropertyStream<'static, bool>,
    is_locked: bool,
    is_idle: bool,
}

impl Screen {
    /// Of the session that the user sits at; `None` where there is none, as for a service of the system.
    ///
    /// The alias answers questions, but changes are told under the session's own path only.
    async fn of_user(bus: &Connection, manager: &Proxy<'_>) -> Option<Self> {
        let asked = async {
            let alias = Proxy::new(bus, SERVICE, SESSION_PATH, SESSION).await.ok()?;
            let id: String = alias.get_property("Id").await.ok()?;
            let reply = manager.call_method("GetSession", &id).await.ok()?;
            reply.body().deserialize::<OwnedObjectPath>().ok()
        };
        let path = timeout(PATIENCE, asked).await.ok().flatten()?;
        let session = Proxy::new(bus, SERVICE, path.clone(), SESSION).await.ok()?;
        Some(Self {
            path,
            locked: session.receive_property_changed("LockedHint").await,
            idle: session.receive_property_changed("IdleHint").await,
            is_locked: hint(&session, "LockedHint").await,
            is_idle: hint(&session, "IdleHint").await,
        })
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
async fn changed(screen: &mut Option<Screen>) -> bool {
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
