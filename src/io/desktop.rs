//! The desktop as a channel: bubbles with buttons over the session bus, and what the person does with them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;
use std::time::Duration;

use crate::engine::bubble::{Bubble, Button};
use crate::io::desktop::bus::Link;
pub use crate::io::desktop::error::DeliveryError;
use crate::io::desktop::heard::{Closing, Heard};
use crate::io::desktop::kept::{File, Kept};
use crate::io::desktop::place::{Entry, Place};
use crate::io::desktop::plain::Plain;

#[cfg(target_os = "linux")]
mod bus;
#[cfg(not(target_os = "linux"))]
#[path = "desktop/absent.rs"]
mod bus;
mod error;
mod heard;
mod kept;
mod markup;
mod place;
mod plain;

/// How many threads keep their place on the screen.
const MOST_THREADS: usize = 32;

/// How many notifications that are gone are still known: some servers say that one is gone before they say what was
/// pressed on it.
const LATELY: usize = 64;

/// The first and the longest wait before what is not on the screen is tried again. A server that ended is started by
/// the bus, or by the session, within moments.
const FIRST_WAIT: Duration = Duration::from_secs(2);
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// Shows bubbles, and keeps what asks for an answer on the screen until it has one.
#[derive(Debug, Default)]
pub struct Desktop {
    link: Option<Link>,
    plain: Plain,
    /// By thread.
    entries: BTreeMap<String, Entry>,
    /// The server that gave the ids.
    server: Option<String>,
    /// Notifications that are gone, the oldest first.
    lately: VecDeque<(u32, Bubble)>,
    file: File,
    failures: u32,
}

/// What happened while nobody asked for anything; handed to [`Desktop::take`].
#[derive(Debug)]
pub struct Happened(What);

#[derive(Debug)]
enum What {
    Heard(Heard),
    TimeToTry,
}

/// A person pressed something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Press {
    /// On which bubble.
    pub bubble: Bubble,
    /// What.
    pub button: Button,
}

impl Desktop {
    /// A desktop that remembers in a file what it shows. What an earlier process showed comes back as soon as it is
    /// known what still stands ([`Self::keep_only`]).
    pub fn new(file: Option<PathBuf>) -> Self {
        let file = File::at(file);
        let Kept { server, bubbles } = file.read();
        let entries = bubbles.into_iter().map(|(thread, (id, bubble))| {
            let place = Place::Left(id);
            (thread, Entry { bubble, place })
        });
        Self {
            entries: entries.collect(),
            server,
            file,
            ..Self::default()
        }
    }

    /// Shows a bubble, in the place of the earlier one of its thread. Where that fails and it waits for an answer, it
    /// is shown as soon as that can be done, whether or not it is handed over again.
    pub async fn show(&mut self, bubble: Bubble) -> Result<(), DeliveryError> {
        if bubble.buttons.is_empty() {
            return self.show_plainly(&bubble).await;
        }
        let thread = bubble.thread.clone();
        let before = self.entries.remove(&thread);
        let place = Place::Waiting(before.and_then(|entry| entry.place.id()));
        self.entries.insert(thread.clone(), Entry { bubble, place });
        self.forget_oldest();
        let shown = self.put_up(&thread).await;
        self.note();
        shown
    }

    /// Takes a thread off the screen: nothing of it asks for anything any more.
    pub async fn settle(&mut self, thread: &str) {
        self.plain.close(thread).await;
        let Some(entry) = self.entries.get(thread) else {
            return;
        };
        // A reminder that came after the end of its incident asks for nothing, and stays.
        if entry.bubble.asks() {
            self.take_down(thread).await;
            self.note();
        }
    }

    /// Takes down what asks for something and does not stand any more, and shows again what an earlier process left.
    pub async fn keep_only(&mut self, standing: &BTreeSet<String>) {
        let settled: Vec<String> = self
            .entries
            .iter()
            .filter(|(_, entry)| entry.bubble.is_settled(standing))
            .map(|(thread, _)| thread.clone())
            .collect();
        for thread in &settled {
            self.take_down(thread).await;
        }
        let mut anything_left = false;
        for entry in self.entries.values_mut() {
            if let Place::Left(id) = entry.place {
                entry.place = Place::Waiting(id);
                anything_left = true;
            }
        }
        if anything_left {
            self.put_up_all().await;
        } else if !settled.is_empty() {
            self.note();
        }
    }

    /// Somebody is back at the screen: everything that waits for an answer is shown again.
    pub async fn welcome(&mut self) {
        for entry in self.entries.values_mut().filter(|it| it.bubble.asks()) {
            entry.place = Place::Waiting(entry.place.id());
        }
        self.put_up_all().await;
    }

    /// Waits until something happens; never returns where nothing can. Nothing is lost where the caller stops
    /// waiting.
    pub async fn next(&mut self) -> Happened {
        let wait = FIRST_WAIT
            .saturating_mul(1_u32.checked_shl(self.failures.min(8)).unwrap_or(1))
            .min(LONGEST_WAIT);
        let anything_waits = self
            .entries
            .values()
            .any(|entry| matches!(entry.place, Place::Waiting(_)));
        let time = async {
            if anything_waits {
                tokio::time::sleep(wait).await;
            } else {
                std::future::pending::<()>().await;
            }
        };
        let link = self.link.as_mut();
        let heard = async {
            match link {
                Some(link) => link.heard().await,
                None => std::future::pending().await,
            }
        };
        Happened(tokio::select! {
            biased;
            heard = heard => What::Heard(heard),
            () = time => What::TimeToTry,
        })
    }

    /// Does what follows from it; returns what the person pressed.
    pub async fn take(&mut self, happened: Happened) -> Option<Press> {
        match happened.0 {
            What::Heard(Heard::Pressed { id, key }) => return self.pressed(id, &key).await,
            What::Heard(Heard::Closed { id, why }) => {
                if self.closed(id, why) {
                    self.put_up_all().await;
                }
            }
            What::Heard(Heard::ServerGone) => self.server_gone(),
            What::Heard(Heard::ServerCame) => {
                let known = self.link.as_ref().and_then(Link::server).is_some();
                // The one that we started by asking for it is known already.
                if !known || !self.is_same_server().await {
                    self.server_gone();
                }
                self.failures = 0;
                self.put_up_all().await;
            }
            What::Heard(Heard::Lost) => {
                self.link = None;
                self.all_wait();
            }
            What::TimeToTry => self.put_up_all().await,
        }
        None
    }

    async fn pressed(&mut self, id: u32, key: &str) -> Option<Press> {
        let up = self.entries.values_mut().find(|it| it.place.is_up_as(id));
        let bubble = if let Some(entry) = &up {
            entry.bubble.clone()
        } else {
            let gone = self.lately.iter().rev().find(|(other, _)| *other == id);
            gone.map(|(_, bubble)| bubble.clone())?
        };
        let button = match key {
            "default" => bubble.on_click()?,
            key => Button::from_key(key)?,
        };
        if let Some(entry) = up {
            let pressed = Some(button);
            entry.place = Place::Up { id, pressed };
        }
        if !bubble.asks() {
            self.take_down(&bubble.thread).await;
            self.note();
        }
        Some(Press { bubble, button })
    }

    /// A bubble is gone; says whether it must be shown again at once.
    fn closed(&mut self, id: u32, why: Closing) -> bool {
        let up = self
            .entries
            .iter_mut()
            .find(|(_, it)| it.place.is_up_as(id));
        let Some((thread, entry)) = up else {
            return false;
        };
        let (thread, bubble) = (thread.clone(), entry.bubble.clone());
        let pressed = match entry.place {
            Place::Up { pressed, .. } => pressed,
            Place::Waiting(_) | Place::Away | Place::Left(_) => None,
        };
        // Many servers take a bubble away with any press, and say that the person did. Who has seen the report still
        // has to answer; who answered hears what follows from it, or presses again the next time.
        let place = match (why, pressed) {
            (_, Some(Button::Details)) => Some(Place::Waiting(None)),
            (_, Some(_)) | (Closing::Expired, None) => Some(Place::Away),
            (Closing::Dismissed | Closing::Asked, None) => None,
        };
        match place.filter(|_| bubble.asks()) {
            Some(place) => entry.place = place,
            None => drop(self.entries.remove(&thread)),
        }
        self.remember_lately(id, bubble);
        self.note();
        place == Some(Place::Waiting(None))
    }

    /// Whether the server behind the name is the one that is known.
    async fn is_same_server(&mut self) -> bool {
        let Some(link) = self.link.as_mut() else {
            return false;
        };
        link.forget_server();
        link.ask_server().await.is_ok() && link.server() == self.server.as_deref()
    }

    fn server_gone(&mut self) {
        if let Some(link) = self.link.as_mut() {
            link.forget_server();
        }
        self.server = None;
        self.lately.clear();
        self.all_wait();
        for entry in self.entries.values_mut() {
            entry.place = entry.place.without_id();
        }
        self.note();
    }

    /// What is on the screen cannot be known any more.
    fn all_wait(&mut self) {
        for entry in self.entries.values_mut() {
            if let Place::Up { id, .. } = entry.place {
                entry.place = Place::Waiting(Some(id));
            }
        }
    }

    async fn put_up_all(&mut self) {
        let waiting: Vec<String> = self
            .entries
            .iter()
            .filter(|(_, entry)| matches!(entry.place, Place::Waiting(_)))
            .map(|(thread, _)| thread.clone())
            .collect();
        for thread in waiting {
            if let Err(error) = self.put_up(&thread).await {
                tracing::debug!(%error, "what waits for an answer is not on the screen yet");
                break;
            }
        }
        self.note();
    }

    /// Puts a bubble on the screen; a bus that is gone is connected to once more.
    async fn put_up(&mut self, thread: &str) -> Result<(), DeliveryError> {
        let shown = match self.put_up_once(thread).await {
            Err(DeliveryError::NoSession { .. }) if self.link.is_some() => {
                self.link = None;
                self.all_wait();
                self.put_up_once(thread).await
            }
            shown => shown,
        };
        self.failures = match &shown {
            Ok(()) => 0,
            Err(_) => self.failures.saturating_add(1),
        };
        shown
    }

    async fn put_up_once(&mut self, thread: &str) -> Result<(), DeliveryError> {
        let knows_buttons = self.is_ready().await?;
        let Some(entry) = self.entries.get_mut(thread) else {
            return Ok(());
        };
        if !knows_buttons {
            let bubble = entry.bubble.clone();
            // It cannot be asked about again: nothing tells what becomes of it.
            self.entries.remove(thread);
            return self.show_plainly(&bubble).await;
        }
        let Some(link) = &self.link else {
            return Ok(());
        };
        let replaces = entry.place.id().unwrap_or(0);
        let id = link.notify(replaces, &entry.bubble).await?;
        entry.place = Place::Up { id, pressed: None };
        Ok(())
    }

    /// Connects and asks the server what it can; says whether it shows buttons.
    async fn is_ready(&mut self) -> Result<bool, DeliveryError> {
        if self.link.is_none() {
            self.link = Link::open().await?;
        }
        let Some(link) = self.link.as_mut() else {
            return Ok(false);
        };
        link.ask_server().await?;
        let server = link.server().map(ToOwned::to_owned);
        if self.server != server {
            // Ids of another run would take the place of somebody else's notifications.
            for entry in self.entries.values_mut() {
                entry.place = entry.place.without_id();
            }
            self.lately.clear();
            self.server = server;
        }
        Ok(link.shows_buttons())
    }

    async fn show_plainly(&mut self, bubble: &Bubble) -> Result<(), DeliveryError> {
        let reads_markup = self.link.as_ref().is_none_or(Link::reads_markup);
        self.plain.show(bubble, reads_markup).await
    }

    async fn take_down(&mut self, thread: &str) {
        let Some(id) = self.entries.get(thread).and_then(|it| it.place.id()) else {
            self.entries.remove(thread);
            return;
        };
        // Whose id it is must be known before anything is closed by it.
        let ready = self.is_ready().await.is_ok();
        let Some(entry) = self.entries.remove(thread) else {
            return;
        };
        if ready
            && entry.place.id() == Some(id)
            && let Some(link) = &self.link
        {
            link.close(id).await;
            self.remember_lately(id, entry.bubble);
        }
    }

    fn remember_lately(&mut self, id: u32, bubble: Bubble) {
        self.lately.push_back((id, bubble));
        if self.lately.len() > LATELY {
            self.lately.pop_front();
        }
    }

    fn forget_oldest(&mut self) {
        while self.entries.len() > MOST_THREADS {
            let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.bubble.at);
            let Some(thread) = oldest.map(|(thread, _)| thread.clone()) else {
                return;
            };
            self.entries.remove(&thread);
        }
    }

    /// Writes down what a later process must know.
    fn note(&self) {
        let asking = self.entries.iter().filter(|(_, it)| it.bubble.asks());
        self.file.write(&Kept {
            server: self.server.clone(),
            bubbles: asking
                .map(|(thread, entry)| (thread.clone(), (entry.place.id(), entry.bubble.clone())))
                .collect(),
        });
    }
}
