//! A notification server on a session bus of its own, which records what it is asked to show.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "each test uses a part of this, and may panic"
)]
#![allow(
    clippy::disallowed_types,
    clippy::needless_pass_by_value,
    clippy::too_many_arguments,
    clippy::unused_self,
    clippy::used_underscore_binding,
    reason = "the interface macro and the specification's signatures ask for it"
)]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use jiff::Timestamp;
use mailward::io::clock;
use tempfile::TempDir;
use tokio::sync::watch;
use zbus::{Connection, OwnedVariant};

const PATH: &str = "/org/freedesktop/Notifications";
const NAME: &str = "org.freedesktop.Notifications";

/// A session bus that starts no service by itself; it ends when this is dropped.
pub struct PrivateBus {
    /// What belongs into `DBUS_SESSION_BUS_ADDRESS`.
    pub address: String,
    daemon: Child,
    _folder: TempDir,
}

impl PrivateBus {
    /// Starts the bus and waits until it listens.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("bus");
        Self::listening(folder, &socket)
    }

    /// Starts it on a socket of the test's choosing.
    pub fn start_at(socket: &Path) -> Self {
        let _ = fs::remove_file(socket);
        Self::listening(tempfile::tempdir().unwrap(), socket)
    }

    fn listening(folder: TempDir, socket: &Path) -> Self {
        let config = folder.path().join("bus.conf");
        // Without <standard_session_servicedirs/>: the bus must not start the notification server of this machine.
        fs::write(
            &config,
            format!(
                r#"<busconfig>
  <type>session</type>
  <listen>unix:path={}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>"#,
                socket.display()
            ),
        )
        .unwrap();
        let mut daemon = Command::new("dbus-daemon")
            .arg(format!("--config-file={}", config.display()))
            .args(["--nofork", "--nopidfile", "--print-address=1"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("dbus-daemon starts; tests/run installs it");
        let mut address = String::new();
        BufReader::new(daemon.stdout.take().unwrap())
            .read_line(&mut address)
            .unwrap();
        assert!(address.starts_with("unix:path="), "{address:?}");
        Self {
            address: address.trim().to_owned(),
            daemon,
            _folder: folder,
        }
    }
}

impl Drop for PrivateBus {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

/// One thing that the server was asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// `Notify`.
    Notify(Notified),
    /// `CloseNotification`.
    Close {
        /// When it was asked.
        at: Timestamp,
        /// Which notification.
        id: u32,
    },
}

/// A notification as it came over the bus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notified {
    /// When it came.
    pub at: Timestamp,
    /// The id that the server gave it.
    pub id: u32,
    /// The id that it asked to replace; 0 for none.
    pub replaces_id: u32,
    /// The application's name.
    pub app_name: String,
    /// The title.
    pub summary: String,
    /// The body, with its markup.
    pub body: String,
    /// Keys and labels in turn.
    pub actions: Vec<String>,
    /// 0 low, 1 normal, 2 critical.
    pub urgency: Option<u8>,
    /// The category, where it has one.
    pub category: Option<String>,
    /// The name of the application's desktop file, where it says one.
    pub desktop_entry: Option<String>,
    /// Milliseconds; 0 never expires, -1 is the server's choice.
    pub expire_timeout: i32,
}

/// The server. It serves until it is dropped.
pub struct NotificationServer {
    connection: Connection,
    calls: watch::Receiver<Vec<Call>>,
}

impl NotificationServer {
    /// Takes the name of the desktop's notification server on the bus at `address`.
    pub async fn start(address: &str) -> Self {
        Self::start_with(address, Manner::default()).await
    }

    /// The same with manners of its own.
    pub async fn start_with(address: &str, manner: Manner) -> Self {
        let (sender, calls) = watch::channel(Vec::new());
        let service = Service {
            calls: sender,
            last_id: 0,
            manner,
        };
        let connection = zbus::connection::Builder::address(address)
            .serve_at(PATH, service)
            .name(NAME)
            .build()
            .await
            .unwrap();
        Self { connection, calls }
    }

    /// What it was asked so far.
    pub fn calls(&self) -> Vec<Call> {
        self.calls.borrow().clone()
    }

    /// The notifications that it was asked to show so far.
    pub fn notified(&self) -> Vec<Notified> {
        let calls = self.calls();
        let notified = calls.into_iter().filter_map(|call| match call {
            Call::Notify(notified) => Some(notified),
            Call::Close { .. } => None,
        });
        notified.collect()
    }

    /// Waits until the calls are as wanted; panics with what came when they are not within `limit`.
    pub async fn wait_for(&self, limit: Duration, wanted: impl Fn(&[Call]) -> bool) -> Vec<Call> {
        let mut calls = self.calls.clone();
        let found = tokio::time::timeout(limit, calls.wait_for(|calls| wanted(calls))).await;
        let Ok(calls) = found else {
            panic!("not within {limit:?}; what came: {:#?}", self.calls());
        };
        calls.unwrap().clone()
    }

    /// Broadcasts that a button was pressed.
    pub async fn action_invoked(&self, id: u32, key: &str) {
        self.signal("ActionInvoked", &(id, key)).await;
    }

    /// Broadcasts that a notification is gone: 1 expired, 2 dismissed, 3 closed by its sender.
    pub async fn notification_closed(&self, id: u32, reason: u32) {
        self.signal("NotificationClosed", &(id, reason)).await;
    }

    async fn signal<B>(&self, member: &str, body: &B)
    where
        B: serde::Serialize + zbus::DynamicType,
    {
        self.connection
            .emit_signal(None::<()>, PATH, NAME, member, body)
            .await
            .unwrap();
    }
}

/// What sets a server apart from others.
#[derive(Debug, Clone)]
pub struct Manner {
    /// What it says it can do.
    pub capabilities: Vec<&'static str>,
    /// How many notifications it refuses as too many before it takes one.
    pub refuses: u32,
}

impl Default for Manner {
    fn default() -> Self {
        Self {
            capabilities: vec!["actions", "body", "body-markup"],
            refuses: 0,
        }
    }
}

#[derive(Debug, zbus::DBusError)]
#[zbus(prefix = "org.freedesktop.Notifications.Error")]
enum Refused {
    #[zbus(error)]
    ZBus(zbus::Error),
    ExcessNotificationGeneration(String),
}

struct Service {
    calls: watch::Sender<Vec<Call>>,
    last_id: u32,
    manner: Manner,
}

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Service {
    fn notify(
        &mut self,
        app_name: String,
        replaces_id: u32,
        _app_icon: String,
        summary: String,
        body: String,
        actions: Vec<String>,
        hints: BTreeMap<String, OwnedVariant>,
        expire_timeout: i32,
    ) -> Result<u32, Refused> {
        if let Some(left) = self.manner.refuses.checked_sub(1) {
            self.manner.refuses = left;
            let why = "too many of the same".to_owned();
            return Err(Refused::ExcessNotificationGeneration(why));
        }
        let id = if replaces_id == 0 {
            self.last_id = self.last_id.saturating_add(1);
            self.last_id
        } else {
            replaces_id
        };
        let text = |name: &str| {
            let value = hints.get(name)?;
            <&str>::try_from(value).ok().map(ToOwned::to_owned)
        };
        let notified = Notified {
            at: clock::now(),
            id,
            replaces_id,
            app_name,
            summary,
            body,
            actions,
            urgency: hints
                .get("urgency")
                .and_then(|value| u8::try_from(value).ok()),
            category: text("category"),
            desktop_entry: text("desktop-entry"),
            expire_timeout,
        };
        self.calls
            .send_modify(|calls| calls.push(Call::Notify(notified)));
        Ok(id)
    }

    fn close_notification(&mut self, id: u32) {
        let at = clock::now();
        self.calls
            .send_modify(|calls| calls.push(Call::Close { at, id }));
    }

    fn get_capabilities(&self) -> Vec<String> {
        let all = self.manner.capabilities.iter();
        all.map(|&it| it.to_owned()).collect()
    }

    fn get_server_information(&self) -> (String, String, String, String) {
        let words = ["recorder", "mailward", "1", "1.2"].map(str::to_owned);
        words.into()
    }
}
