//! The loop of one account: feeds the watch with facts and carries out what it decides.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::engine::cursor::Cursor;
use crate::engine::message::{Message, RawMail};
use crate::engine::watch::Watch;
use crate::engine::watch::input::{Input, LinkError};
use crate::engine::watch::output::Output;
use crate::engine::watch::policy::later;
use crate::io::clock::Clock;
use crate::io::imap::login::log_in;
use crate::io::imap::running::Part;
use crate::io::imap::session::Session;
use crate::io::imap::vigil::{Call, Vigil};
use crate::io::imap::{Check, Credentials, Event, Fetched, Options, Recent};

/// One account's task.
pub(crate) struct Task {
    options: Arc<Options>,
    credentials: Arc<dyn Credentials>,
    check: Option<Box<dyn Check>>,
    events: mpsc::Sender<Event>,
    clock: Clock,
    stop: CancellationToken,
    watch: Watch,
    link: Link,
    unstored: VecDeque<Unstored>,
    /// Mails that just arrived.
    fresh: Vec<Recent>,
    vigil: Vigil,
    /// Facts that the carrying out of a command brought about.
    pending: VecDeque<Input>,
}

/// A connection after the login, and whether its server offers IDLE and NOTIFY.
type Reached = (Session, (bool, bool));

enum Link {
    Down,
    Connecting(BoxFuture<'static, Result<Reached, LinkError>>),
    Up(Box<Session>),
}

/// A cursor that the consumer has and did not store yet.
struct Unstored {
    folder: String,
    cursor: Cursor,
    stored: oneshot::Receiver<()>,
}

/// Mails that are kept in mind at once.
const FRESH_AT_MOST: usize = 256;

/// The task shall end.
struct Over;

impl Task {
    pub(crate) fn new(
        options: Options,
        credentials: Arc<dyn Credentials>,
        cursors: &BTreeMap<String, Cursor>,
        check: Option<Box<dyn Check>>,
        events: mpsc::Sender<Event>,
        clock: Clock,
        stop: CancellationToken,
    ) -> Self {
        let folders: Vec<(String, Option<Cursor>)> = options
            .folders
            .iter()
            .map(|name| (name.clone(), cursors.get(name).copied()))
            .collect();
        let now = clock();
        let mut watch = Watch::new(
            options.account.clone(),
            folders,
            options.limits.policy.clone(),
            // Without a random number the waits are merely the same as another account's.
            getrandom::u64().unwrap_or(0),
            now,
        );
        let vigil = Vigil::new(&options);
        let fresh = options.recent.clone();
        for mail in &fresh {
            watch.remember(now, &mail.folder, mail.uid, mail.arrived_at);
        }
        Self {
            options: Arc::new(options),
            credentials,
            check,
            events,
            clock,
            stop,
            watch,
            link: Link::Down,
            unstored: VecDeque::new(),
            pending: VecDeque::new(),
            fresh,
            vigil,
        }
    }

    pub(crate) async fn run(mut self: Box<Self>) {
        let mut input = Input::Tick;
        loop {
            self.options.pulse.beat();
            let step = self.watch.step((self.clock)(), input);
            for output in step.outputs {
                // In a box, as whatever is seldom done: thousands that idle would each keep room for it.
                if Box::pin(self.carry_out(output)).await.is_err() {
                    return;
                }
            }
            input = match self.pending.pop_front() {
                Some(input) => input,
                None => self.next_input(step.wake_at).await,
            };
        }
    }

    /// The next fact: the stop, a stored cursor, the link, or the passing of time.
    async fn next_input(&mut self, wake_at: Option<Timestamp>) -> Input {
        let limits = &self.options.limits;
        let before = (self.clock)();
        let until_wake = wake_at
            .map(|at| Duration::try_from(at.duration_since(before)).unwrap_or(Duration::ZERO));
        let nap = self.vigil.nap(until_wake, limits);
        let crowded = self.unstored.len() >= limits.unstored;
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Input::Stop,
            input = next_stored(&mut self.unstored) => input,
            input = self.link.next(before), if !crowded => input,
            call = self.vigil.called() => match call {
                Call::Woke => Input::Resumed,
                Call::Turn if self.link.is_stranded() => Input::Resumed,
                Call::Turn => Input::Tick,
            },
            () = sleep(nap) => {
                let woke = self.vigil.woke(limits, nap, before, (self.clock)());
                if woke || self.link.is_stranded() { Input::Resumed } else { Input::Tick }
            }
        }
    }

    async fn carry_out(&mut self, output: Output) -> Result<(), Over> {
        let account = self.options.account.clone();
        match output {
            Output::Connect => self.connect(),
            Output::HangUp => self.link = Link::Down,
            Output::ForgetUnstored => self.unstored.clear(),
            Output::Finished => return Err(Over),
            Output::Logout => {
                if let Link::Up(session) = std::mem::replace(&mut self.link, Link::Down) {
                    Box::pin(session.logout()).await;
                }
            }
            Output::Note(note) => tracing::warn!(account, "{note}"),
            Output::Health(health) => self.send(Event::Health(health)).await?,
            Output::Report(state) => {
                let activity = state.activity;
                if let Some(error) = &state.last_error {
                    tracing::info!(account, ?activity, error, "watch");
                } else {
                    tracing::debug!(account, ?activity, "watch");
                }
                let state = Box::new(state);
                self.send(Event::State { account, state }).await?;
            }
            Output::CatchUpBegan {
                folder,
                first_start,
            } => {
                let began = Event::CatchUpBegan {
                    account,
                    folder,
                    first_start,
                };
                self.send(began).await?;
            }
            Output::CatchUpEnded { folder } => {
                self.send(Event::CatchUpEnded { account, folder }).await?;
            }
            Output::MoveCursor { folder, cursor } => {
                let stored = self.await_stored(&folder, cursor);
                let moved = Event::CursorMoved {
                    account,
                    folder,
                    cursor,
                    stored,
                };
                self.send(moved).await?;
            }
            Output::HandOver {
                folder,
                uid,
                cursor,
            } => self.hand_over(folder, uid, cursor).await?,
            Output::Vanished { folder, uid } => {
                self.send(Event::Vanished {
                    source: source(&account, &folder, uid),
                    account,
                })
                .await?;
            }
            Output::Discard { uid } => {
                if let Link::Up(session) = &mut self.link {
                    session.take(uid);
                }
            }
            Output::Open { .. }
            | Output::Search { .. }
            | Output::List { .. }
            | Output::Fetch(_)
            | Output::FetchHeaders(_)
            | Output::Look { .. }
            | Output::Seek { .. }
            | Output::Notify
            | Output::Check { .. }
            | Output::Idle
            | Output::Done
            // Boxed, so that a task which waits for news does not keep room for every command that there is.
            | Output::Refresh => Box::pin(self.command(output)).await,
        }
        Ok(())
    }

    fn connect(&mut self) {
        let options = Arc::clone(&self.options);
        let credentials = Arc::clone(&self.credentials);
        let clock = Arc::clone(&self.clock);
        self.link = Link::Connecting(Box::pin(async move {
            let pace = options.limits.pace;
            options.stage.turn(&options.host, pace, &clock).await;
            let connected = log_in(&options, credentials.as_ref()).await?;
            let able = (connected.able.has("IDLE"), connected.able.has("NOTIFY"));
            let session = Session::new(connected, &options.folders, options.gate.clone()).await?;
            Ok((session, able))
        }));
    }

    /// Sends a command to the server; a failure is a fact for the watch.
    async fn command(&mut self, output: Output) {
        let Link::Up(session) = &mut self.link else {
            return;
        };
        let sent = match output {
            Output::FetchHeaders(uids) => session.fetch_headers(&uids).await,
            Output::Look { uids } => session.look(uids).await,
            Output::Notify => session.notify().await,
            Output::Seek { folder, uids } => {
                let known = self.fresh.iter();
                let mails = known.filter(|it| it.folder == folder && uids.contains(&it.uid));
                let mails = mails.map(|it| (it.uid, it.message_id.clone())).collect();
                session.seek(mails).await
            }
            Output::Open { folder } => session.open(&folder).await,
            Output::Search { since } => session.search(Some(since)).await,
            Output::List { from } => session.list(from).await,
            Output::Fetch(uids) => session.fetch(&uids).await,
            Output::Check { folder } => session.check(&folder).await,
            Output::Idle => session.idle().await,
            Output::Done => session.done().await,
            Output::Refresh => session.refresh().await,
            Output::Connect
            | Output::HandOver { .. }
            | Output::Vanished { .. }
            | Output::Discard { .. }
            | Output::CatchUpBegan { .. }
            | Output::CatchUpEnded { .. }
            | Output::MoveCursor { .. }
            | Output::Health(_)
            | Output::Report(_)
            | Output::Note(_)
            | Output::HangUp
            | Output::ForgetUnstored
            | Output::Logout
            | Output::Finished => Ok(()),
        };
        if let Err(error) = sent {
            self.lost(error);
        }
    }

    fn lost(&mut self, error: LinkError) {
        self.link = Link::Down;
        self.pending.push_back(Input::Lost(error));
    }

    async fn hand_over(&mut self, folder: String, uid: u32, cursor: Cursor) -> Result<(), Over> {
        let mail = match &mut self.link {
            Link::Up(session) => session.take(uid),
            Link::Down | Link::Connecting(_) => None,
        };
        let Some(mail) = mail else {
            // The link went down between the fact and the command; read again from what was stored.
            self.pending.push_back(Input::NotStored);
            return Ok(());
        };
        let account = self.options.account.clone();
        let stored = self.await_stored(&folder, cursor);
        let raw = RawMail {
            source: source(&account, &folder, uid),
            arrived_at: mail.arrived_at,
            bytes: mail.bytes,
            full_size: mail.full_size,
        };
        let passed_over = match mail.part {
            Part::PassedOver(sender) => Some(sender),
            Part::Whole | Part::Awaited | Part::Header => None,
        };
        if passed_over.is_none() {
            self.keep_in_mind(&folder, uid, &raw);
        }
        let mut fetched = Fetched {
            dkim_domains: Vec::new(),
            passed_over,
            raw,
            account,
            folder,
            cursor,
            stored,
        };
        if let Some(check) = &mut self.check {
            tokio::select! {
                biased;
                () = self.stop.cancelled() => {}
                () = check.check(&mut fetched) => {}
            }
        }
        self.send(Event::Mail(Box::new(fetched))).await
    }

    /// Keeps the name of a mail that just arrived, to find it again should it leave its folder.
    fn keep_in_mind(&mut self, folder: &str, uid: u32, raw: &RawMail) {
        let now = (self.clock)();
        let within = self.options.limits.policy.vanish_within;
        self.fresh.retain(|it| now <= later(it.arrived_at, within));
        if now > later(raw.arrived_at, within)
            || raw.arrived_at > later(now, within)
            || self.fresh.len() >= FRESH_AT_MOST
        {
            return;
        }
        if let Some(message_id) = Message::parse_header(raw).header.message_id {
            self.fresh.push(Recent {
                folder: folder.to_owned(),
                uid,
                arrived_at: raw.arrived_at,
                message_id,
            });
        }
    }

    fn await_stored(&mut self, folder: &str, cursor: Cursor) -> oneshot::Sender<()> {
        let (sender, stored) = oneshot::channel();
        self.unstored.push_back(Unstored {
            folder: folder.to_owned(),
            cursor,
            stored,
        });
        sender
    }

    /// Sends an event, however long the daemon takes, unless the end comes first.
    async fn send(&mut self, event: Event) -> Result<(), Over> {
        tokio::select! {
            biased;
            sent = self.events.send(event) => sent.map_err(|_| Over),
            () = self.stop.cancelled() => Ok(()),
        }
    }
}

impl Link {
    /// Whether the connection leaves by an address that this machine does not use any more.
    fn is_stranded(&self) -> bool {
        match self {
            Self::Up(session) => session.is_stranded(),
            Self::Down | Self::Connecting(_) => false,
        }
    }

    async fn next(&mut self, now: Timestamp) -> Input {
        match self {
            Self::Down => std::future::pending().await,
            Self::Connecting(connecting) => match connecting.await {
                Ok((session, (idle, notify))) => {
                    *self = Self::Up(Box::new(session));
                    Input::Connected { idle, notify }
                }
                Err(error) => {
                    *self = Self::Down;
                    Input::Lost(error)
                }
            },
            Self::Up(session) => session.next(now).await.unwrap_or_else(Input::Lost),
        }
    }
}

/// Where a mail lies, as its signal names it.
fn source(account: &str, folder: &str, uid: u32) -> String {
    format!("{account}/{folder};uid={uid}")
}

/// Cursors are stored in the order in which they were sent.
async fn next_stored(unstored: &mut VecDeque<Unstored>) -> Input {
    let Some(first) = unstored.front_mut() else {
        return std::future::pending().await;
    };
    let stored = (&mut first.stored).await.is_ok();
    match unstored.pop_front() {
        Some(Unstored { folder, cursor, .. }) if stored => Input::Stored { folder, cursor },
        Some(_) | None => Input::NotStored,
    }
}
