//! Notifications with buttons: one connection to the session bus for as long as it lives.
//!
//! The signals are subscribed to before anything is shown, on a stream that is never made anew, so that no press is
//! lost, whatever else the bus carries.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::StreamExt as _;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use zbus::fdo::{DBusProxy, Error as BusError};
use zbus::names::BusName;
use zbus::{Connection, Message, MessageStream, Variant, connection};

use crate::engine::bubble::{Bubble, Button};
use crate::engine::incident::Severity;
use crate::io::desktop::error::{DeliveryError, TIME_LIMIT};
use crate::io::desktop::heard::{Closing, Heard};
use crate::io::desktop::markup;

const NAME: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";
const SIGNALS: &str =
    "type='signal',interface='org.freedesktop.Notifications',path='/org/freedesktop/Notifications'";
const OWNERS: &str = "type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',\
                      member='NameOwnerChanged',arg0='org.freedesktop.Notifications'";

/// KDE refuses what looks like an earlier notification for one second; measured from its sources.
const TOO_MANY: &str = "org.freedesktop.Notifications.Error.ExcessNotificationGeneration";
const BREATH: Duration = Duration::from_millis(1_100);

/// The connection, and what is known of the server behind it.
#[derive(Debug)]
pub(crate) struct Link {
    bus: Connection,
    server: Option<Server>,
    heard: UnboundedReceiver<Heard>,
    listener: JoinHandle<()>,
}

/// A run of a notification server.
#[derive(Debug)]
struct Server {
    /// The bus and its unique name on it: ids mean nothing to another.
    run: String,
    actions: bool,
    markup: bool,
    look: Look,
}

/// How a server shows actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    /// A button each; the default action is a click on the bubble.
    Buttons,
    /// A button each, the default action too.
    ButtonsAndDefault,
    /// A menu that one has to know of.
    Menu,
}

impl Link {
    /// Connects and listens. `None` only where the system has no session bus at all.
    pub(crate) async fn open() -> Result<Option<Self>, DeliveryError> {
        let opened = timeout(TIME_LIMIT, Self::connect()).await;
        opened
            .map_err(|_| DeliveryError::Silent)?
            .map(Some)
            .map_err(|error| sort(&error))
    }

    async fn connect() -> zbus::Result<Self> {
        let bus = connection::Builder::session()
            .method_timeout(TIME_LIMIT)
            .build()
            .await?;
        let signals = MessageStream::for_match_rule(SIGNALS, &bus, None).await?;
        let owners = MessageStream::for_match_rule(OWNERS, &bus, None).await?;
        let owner = owner(&bus).await.ok();
        let (sender, heard) = mpsc::unbounded_channel();
        let listener = tokio::spawn(async move {
            listen(signals, owners, owner, &sender).await;
            let _ = sender.send(Heard::Lost);
        });
        Ok(Self {
            bus,
            server: None,
            heard,
            listener,
        })
    }

    /// Which run of which server shows the bubbles.
    pub(crate) fn server(&self) -> Option<&str> {
        self.server.as_ref().map(|server| server.run.as_str())
    }

    /// Whether the server knows actions.
    pub(crate) fn shows_buttons(&self) -> bool {
        self.server.as_ref().is_some_and(|server| server.actions)
    }

    /// Whether it reads markup in a body; of one that is not known yet it is taken for granted.
    pub(crate) fn reads_markup(&self) -> bool {
        self.server.as_ref().is_none_or(|server| server.markup)
    }

    /// Asks the server what it can show, where that is not known. The bus starts one where it can.
    pub(crate) async fn ask_server(&mut self) -> Result<(), DeliveryError> {
        if self.server.is_some() {
            return Ok(());
        }
        let asked = self.learn().await;
        self.server = Some(asked.map_err(|error| sort(&error))?);
        Ok(())
    }

    /// Another server may have taken the place.
    pub(crate) fn forget_server(&mut self) {
        self.server = None;
    }

    async fn learn(&self) -> zbus::Result<Server> {
        let reply = self.call("GetCapabilities", &()).await?;
        let capabilities: Vec<String> = reply.body().deserialize()?;
        let can = |wanted: &str| capabilities.iter().any(|it| it == wanted);
        let reply = self.call("GetServerInformation", &()).await?;
        let (name, ..): (String, String, String, String) = reply.body().deserialize()?;
        let owner = owner(&self.bus).await?;
        Ok(Server {
            run: format!("{}/{owner}", self.bus.server_guid()),
            actions: can("actions"),
            markup: can("body-markup"),
            // Seen of these two.
            look: match name.as_str() {
                "Xfce Notify Daemon" => Look::ButtonsAndDefault,
                "dunst" => Look::Menu,
                _ => Look::Buttons,
            },
        })
    }

    /// Shows a bubble in the place of another (0: in a new one); returns its id.
    pub(crate) async fn notify(
        &self,
        replaces: u32,
        bubble: &Bubble,
    ) -> Result<u32, DeliveryError> {
        let shown = self.notify_once(replaces, bubble).await;
        let shown = match shown {
            Err(zbus::Error::MethodError(name, _, _)) if name.as_str() == TOO_MANY => {
                tokio::time::sleep(BREATH).await;
                self.notify_once(replaces, bubble).await
            }
            shown => shown,
        };
        shown.map_err(|error| sort(&error))
    }

    async fn notify_once(&self, replaces: u32, bubble: &Bubble) -> zbus::Result<u32> {
        let (urgency, expires) = match bubble.severity {
            Severity::Info => (0_u8, -1_i32),
            Severity::Notice => (1, -1),
            Severity::Warning => (2, -1),
            Severity::Critical => (2, 0),
        };
        let mut hints = BTreeMap::from([
            ("urgency", Variant::from(urgency)),
            ("category", Variant::from("email.arrived")),
            ("desktop-entry", Variant::from("mailward")),
        ]);
        if bubble.asks() {
            // A look at the details must not take the answers away.
            hints.insert("resident", Variant::from(true));
        }
        let body = match &bubble.answer_hint {
            Some(hint) if self.look() == Look::Menu => format!("{}\n{hint}", bubble.body),
            Some(_) | None => bubble.body.clone(),
        };
        let arguments = (
            "mailward",
            replaces,
            "",
            markup::title(&bubble.title),
            markup::body(&body, self.reads_markup()),
            self.actions(bubble),
            hints,
            expires,
        );
        let reply = self.call("Notify", &arguments).await?;
        reply.body().deserialize()
    }

    /// Keys and labels in turn. What a click on the bubble does comes first; where the server shows that as a button,
    /// it is not named twice.
    fn actions<'a>(&self, bubble: &'a Bubble) -> Vec<&'a str> {
        let on_click = bubble.on_click();
        let label = |button| bubble.label(button).unwrap_or_default();
        let mut actions = Vec::new();
        let push = |button: Button, key: &'a str, actions: &mut Vec<&'a str>| {
            actions.extend([key, label(button)]);
        };
        if let Some(button) = on_click
            && self.look() != Look::ButtonsAndDefault
        {
            push(button, "default", &mut actions);
        }
        for button in &bubble.buttons {
            push(button.key, button.key.key(), &mut actions);
        }
        actions
    }

    fn look(&self) -> Look {
        self.server.as_ref().map_or(Look::Buttons, |it| it.look)
    }

    /// Takes a notification off the screen.
    pub(crate) async fn close(&self, id: u32) {
        // One that is gone already is an error to some servers.
        let _ = self.call("CloseNotification", &id).await;
    }

    /// The next that happens. Nothing is lost where the caller stops waiting.
    pub(crate) async fn heard(&mut self) -> Heard {
        self.heard.recv().await.unwrap_or(Heard::Lost)
    }

    async fn call<B>(&self, method: &str, body: &B) -> zbus::Result<Message>
    where
        B: serde::Serialize + zbus::DynamicType,
    {
        self.bus
            .call_method(Some(NAME), PATH, Some(NAME), method, body)
            .await
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

async fn owner(bus: &Connection) -> zbus::Result<String> {
    let proxy = DBusProxy::new(bus).await?;
    let name = BusName::try_from(NAME)?;
    Ok(proxy.get_name_owner(name).await?.to_string())
}

/// Passes on what concerns notifications until the bus is gone. What waits is not bounded: a full queue would hold up
/// the reply that is being waited for, and a server says little.
async fn listen(
    mut signals: MessageStream,
    mut owners: MessageStream,
    mut owner: Option<String>,
    heard: &UnboundedSender<Heard>,
) {
    loop {
        let news = tokio::select! {
            // First who speaks, then what is said.
            biased;
            change = owners.next() => {
                let Some(Ok(change)) = change else { return };
                let Ok((_, _, new)) = change.body().deserialize::<(String, String, String)>() else {
                    continue;
                };
                owner = Some(new).filter(|new| !new.is_empty());
                Some(if owner.is_some() { Heard::ServerCame } else { Heard::ServerGone })
            }
            signal = signals.next() => {
                let Some(Ok(signal)) = signal else { return };
                sort_signal(&signal, owner.as_deref())
            }
        };
        if let Some(news) = news
            && heard.send(news).is_err()
        {
            return;
        }
    }
}

/// A signal of the server itself; anybody on the bus can send one of this name.
fn sort_signal(signal: &Message, owner: Option<&str>) -> Option<Heard> {
    let header = signal.header();
    let sender = header.sender().map(zbus::names::UniqueName::as_str);
    if owner.is_some() && sender != owner {
        return None;
    }
    match header.member()?.as_str() {
        "ActionInvoked" => {
            let (id, key) = signal.body().deserialize().ok()?;
            Some(Heard::Pressed { id, key })
        }
        "NotificationClosed" => {
            let (id, number) = signal.body().deserialize().ok()?;
            let why = Closing::from_number(number);
            Some(Heard::Closed { id, why })
        }
        _ => None,
    }
}

fn sort(error: &zbus::Error) -> DeliveryError {
    let why = error.to_string();
    let is_slow = |kind| kind == std::io::ErrorKind::TimedOut;
    if let zbus::Error::FDO(refused) = error {
        let refused = refused.as_ref();
        if let BusError::ServiceUnknown(_) | BusError::NameHasNoOwner(_) = refused {
            DeliveryError::NoServer { why }
        } else if let BusError::NoReply(_) | BusError::TimedOut(_) | BusError::Timeout(_) = refused
        {
            DeliveryError::Silent
        } else if let BusError::Disconnected(_) = refused {
            DeliveryError::NoSession { why }
        } else {
            DeliveryError::Refused { why }
        }
    } else if let zbus::Error::MethodError(..) = error {
        DeliveryError::Refused { why }
    } else if let zbus::Error::InputOutput(failed) = error
        && is_slow(failed.kind())
    {
        DeliveryError::Silent
    } else {
        DeliveryError::NoSession { why }
    }
}
