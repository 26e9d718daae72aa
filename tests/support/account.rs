//! A watched account whose events a test reads like a daemon would.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may panic, and not every test uses all of it"
)]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::SignedDuration;
use mailward::engine::alert::Health;
use mailward::engine::backoff::Span;
use mailward::engine::cursor::Cursor;
use mailward::engine::secret::Secret;
use mailward::engine::watch::output::{AccountState, Activity};
use mailward::engine::watch::policy::Policy;
use mailward::io::clock::{self, Clock};
use mailward::io::imap::gate::Gate;
use mailward::io::imap::pulse::Pulse;
use mailward::io::imap::stage::Stage;
use mailward::io::imap::{
    Check, Credential, Credentials, Event, Fetched, Limits, Options, SecretError, Security,
    watch_account,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// A password that stands in no log.
pub struct Password(pub &'static str);

impl Credentials for Password {
    fn secret(&self) -> BoxFuture<'_, Result<Credential, SecretError>> {
        async { Ok(Credential::Password(Secret::new(self.0.to_owned()))) }.boxed()
    }
}

/// An access token.
pub struct Token(pub &'static str);

impl Credentials for Token {
    fn secret(&self) -> BoxFuture<'_, Result<Credential, SecretError>> {
        async { Ok(Credential::Token(Secret::new(self.0.to_owned()))) }.boxed()
    }
}

/// Limits in milliseconds where the real ones are seconds and minutes.
pub fn quick() -> Limits {
    let short = |first: i64, longest: i64| Span {
        first: SignedDuration::from_millis(first),
        longest: SignedDuration::from_millis(longest),
    };
    Limits {
        policy: Policy {
            renew_after: SignedDuration::from_secs(20),
            poll_every: SignedDuration::from_millis(300),
            folders_every: SignedDuration::from_millis(300),
            lost: short(20, 200),
            busy: short(50, 200),
            refused: short(50, 200),
            token_retry: SignedDuration::from_millis(20),
            connect_burst: 1000,
            ..Policy::default()
        },
        step: Duration::from_secs(5),
        connect: Duration::from_secs(2),
        done: Duration::from_secs(2),
        ..Limits::default()
    }
}

/// Options for a server on loopback without TLS.
pub fn plain(port: u16) -> Options {
    Options {
        account: "home".to_owned(),
        host: "127.0.0.1".to_owned(),
        port,
        security: Security::None,
        ca_file: None,
        certificate: None,
        user: "hanako".to_owned(),
        folders: vec!["INBOX".to_owned()],
        gate: Gate::default(),
        recent: Vec::new(),
        slept: || Duration::ZERO,
        wake: None,
        turn: None,
        stage: Stage::default(),
        pulse: Pulse::default(),
        limits: quick(),
    }
}

/// What a watch told, in a form that a test can compare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// A catch-up began.
    Began {
        /// Whether it is a first start.
        first_start: bool,
    },
    /// A mail: UID as its source says, and its text.
    Mail(String, String),
    /// A cursor moved without a mail.
    Moved(Cursor),
    /// A catch-up ended.
    Ended,
    /// Health.
    Health(Health),
    /// A mail was deleted at once.
    Vanished(String),
}

/// A running watch, whose mails are stored as they come.
pub struct Watched {
    events: mpsc::Receiver<Event>,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
    /// What was stored, by folder.
    pub cursors: BTreeMap<String, Cursor>,
    /// States in order.
    pub states: Vec<AccountState>,
}

impl Watched {
    /// Starts a watch.
    pub fn start(
        options: Options,
        credentials: impl Credentials + 'static,
        cursors: BTreeMap<String, Cursor>,
    ) -> Self {
        Self::start_with_clock(options, credentials, cursors, clock::system())
    }

    /// Starts a watch with a clock of the test.
    pub fn start_with_clock(
        options: Options,
        credentials: impl Credentials + 'static,
        cursors: BTreeMap<String, Cursor>,
        clock: Clock,
    ) -> Self {
        Self::start_checked(options, credentials, cursors, clock, None)
    }

    /// Starts a watch whose mails pass a check.
    pub fn start_checked(
        options: Options,
        credentials: impl Credentials + 'static,
        cursors: BTreeMap<String, Cursor>,
        clock: Clock,
        check: Option<Box<dyn Check>>,
    ) -> Self {
        let (sender, events) = mpsc::channel(64);
        let stop = CancellationToken::new();
        let task = tokio::spawn(watch_account(
            options,
            Arc::new(credentials),
            &cursors,
            check,
            sender,
            clock,
            stop.clone(),
        ));
        Self {
            events,
            stop,
            task,
            cursors,
            states: Vec::new(),
        }
    }

    /// The next thing told, other than a state; what is to be stored is stored.
    pub async fn next(&mut self) -> Told {
        let told = tokio::time::timeout(Duration::from_secs(20), async {
            loop {
                match self.events.recv().await.expect("the watch ended") {
                    Event::State { state, .. } => self.states.push(*state),
                    Event::CatchUpBegan { first_start, .. } => return Told::Began { first_start },
                    Event::CatchUpEnded { .. } => return Told::Ended,
                    Event::Health(health) => return Told::Health(health),
                    Event::Vanished { source, .. } => return Told::Vanished(source),
                    Event::CursorMoved {
                        folder,
                        cursor,
                        stored,
                        ..
                    } => {
                        self.cursors.insert(folder, cursor);
                        stored.send(()).ok();
                        return Told::Moved(cursor);
                    }
                    Event::Mail(mail) => {
                        self.cursors.insert(mail.folder.clone(), mail.cursor);
                        let text = text_of(&mail);
                        mail.stored.send(()).ok();
                        return Told::Mail(mail.raw.source, text);
                    }
                }
            }
        })
        .await;
        told.expect("nothing was told for 20 s")
    }

    /// The next mail's text.
    pub async fn mail(&mut self) -> String {
        loop {
            if let Told::Mail(_, text) = self.next().await {
                return text;
            }
        }
    }

    /// Takes the next mail and drops it, like a daemon whose disk is full.
    pub async fn lose_mail(&mut self) {
        loop {
            match self.events.recv().await.expect("the watch ended") {
                Event::Mail(_) => return,
                Event::State { state, .. } => self.states.push(*state),
                Event::CatchUpBegan { .. }
                | Event::CatchUpEnded { .. }
                | Event::CursorMoved { .. }
                | Event::Vanished { .. }
                | Event::Health(_) => {}
            }
        }
    }

    /// The next health event.
    pub async fn health(&mut self) -> Health {
        loop {
            if let Told::Health(health) = self.next().await {
                return health;
            }
        }
    }

    /// Waits for a state; everything else that is told on the way is returned.
    pub async fn until(&mut self, activity: Activity) -> Vec<Told> {
        let mut told = Vec::new();
        let waited = tokio::time::timeout(Duration::from_secs(20), async {
            loop {
                match self.events.recv().await.expect("the watch ended") {
                    Event::State { state, .. } => {
                        let reached = state.activity == activity;
                        self.states.push(*state);
                        if reached {
                            return;
                        }
                    }
                    Event::CatchUpBegan { first_start, .. } => {
                        told.push(Told::Began { first_start });
                    }
                    Event::CatchUpEnded { .. } => told.push(Told::Ended),
                    Event::Health(health) => told.push(Told::Health(health)),
                    Event::Vanished { source, .. } => told.push(Told::Vanished(source)),
                    Event::CursorMoved {
                        folder,
                        cursor,
                        stored,
                        ..
                    } => {
                        self.cursors.insert(folder, cursor);
                        stored.send(()).ok();
                        told.push(Told::Moved(cursor));
                    }
                    Event::Mail(mail) => {
                        self.cursors.insert(mail.folder.clone(), mail.cursor);
                        let text = text_of(&mail);
                        mail.stored.send(()).ok();
                        told.push(Told::Mail(mail.raw.source, text));
                    }
                }
            }
        });
        waited.await.expect("the state was not reached within 20 s");
        told
    }

    /// Lets time pass; nothing but states may be told meanwhile.
    pub async fn idle_for(&mut self, time: Duration) {
        let end = tokio::time::sleep(time);
        tokio::pin!(end);
        loop {
            tokio::select! {
                () = &mut end => return,
                event = self.events.recv() => match event.expect("the watch ended") {
                    Event::State { state, .. } => self.states.push(*state),
                    Event::CatchUpBegan { .. } | Event::CatchUpEnded { .. } => {}
                    event @ (Event::Mail(_)
                    | Event::Vanished { .. }
                    | Event::CursorMoved { .. }
                    | Event::Health(_)) => {
                        panic!("{event:?} is more than a state")
                    }
                },
            }
        }
    }

    /// Ends the watch; what was stored.
    pub async fn stop(self) -> BTreeMap<String, Cursor> {
        self.stop.cancel();
        drop(self.events);
        tokio::time::timeout(Duration::from_secs(10), self.task)
            .await
            .expect("the watch did not end within 10 s")
            .unwrap();
        self.cursors
    }
}

/// The text of a mail, or what was made of one of which only the header was read.
fn text_of(mail: &Fetched) -> String {
    mail.passed_over.map_or_else(
        || String::from_utf8_lossy(&mail.raw.bytes).into_owned(),
        |sender| format!("passed over, from {sender}"),
    )
}
