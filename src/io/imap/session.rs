//! One connection after the login: a command at a time, and what its answers mean to the watch.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::net::IpAddr;
use std::pin::Pin;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::time::{Sleep, sleep, timeout};

use crate::engine::watch::folder::is_use;
use crate::engine::watch::input::{Input, LinkError, Opened};
use crate::engine::watch::output::Uids;
use crate::io::imap::gate::Gate;
use crate::io::imap::login::Connected;
use crate::io::imap::running::{Mail, Next, Running};
use crate::io::imap::talk::Talk;
use crate::io::imap::wire::Wire;
use crate::io::imap::{folders, names, seek, vigil};

/// How long a good-bye may take.
const FAREWELL: Duration = Duration::from_secs(2);

/// Every so many times that a use without a folder is asked for, the folders are listed again.
const LIST_AGAIN: u32 = 16;

const SENDING: &str = "sending a command";

/// What a session needs of the limits: thousands idle, each with its own.
#[derive(Debug, Clone, Copy)]
struct Waits {
    step: Duration,
    done: Duration,
    fetch: u32,
}

/// A connection that is logged in.
pub(crate) struct Session {
    wire: Wire,
    local: Option<IpAddr>,
    limits: Waits,
    /// Ends the wait for the running command; none while the server owes nothing.
    timer: Option<Pin<Box<Sleep>>>,
    /// The open folder as an argument.
    folder: String,
    /// The real names of folders that are configured by their use.
    by_use: BTreeMap<String, String>,
    /// All configured folders.
    folders: Vec<String>,
    /// The server can list folders by their use alone.
    special_use: bool,
    /// How often a use without a folder was asked for.
    unresolved: u32,
    talk: Talk,
    /// Facts that need no answer of the server.
    ready: VecDeque<Input>,
}

impl Session {
    /// Takes over a connection for these folders, some of which may be configured by their use.
    pub(crate) async fn new(
        mut connected: Connected,
        folders: &[String],
        gate: Gate,
    ) -> Result<Self, LinkError> {
        let limits = Waits {
            step: connected.limits.step,
            done: connected.limits.done,
            fetch: connected.limits.fetch,
        };
        let special_use = connected.able.has("SPECIAL-USE");
        let by_use =
            folders::by_use(&mut connected.wire, folders, special_use, limits.step).await?;
        Ok(Self {
            wire: connected.wire,
            local: connected.local,
            talk: Talk::new(gate, limits.fetch),
            limits,
            timer: None,
            folder: String::new(),
            folders: folders.to_vec(),
            by_use,
            special_use,
            unresolved: 0,
            ready: VecDeque::new(),
        })
    }

    /// Whether the server marks a folder for this use.
    pub(crate) fn has_use(&self, folder: &str) -> bool {
        self.by_use.contains_key(folder)
    }

    /// Whether the connection leaves by an address that this machine has lost.
    pub(crate) fn is_stranded(&self) -> bool {
        self.local.is_some_and(vigil::is_lost)
    }

    /// Opens a folder for reading.
    pub(crate) async fn open(&mut self, folder: &str) -> Result<(), LinkError> {
        let Some(argument) = self.argument(folder)? else {
            self.ready.push_back(Input::FolderMissing);
            return Ok(());
        };
        self.folder = argument;
        self.talk.asked = self.real_name(folder).unwrap_or_default();
        self.talk.exists = None;
        let line = format!("EXAMINE {}", self.folder);
        self.start(&line, Running::Examine(Opened::default())).await
    }

    /// Asks for the state of a folder that is not open.
    pub(crate) async fn check(&mut self, folder: &str) -> Result<(), LinkError> {
        if is_use(folder) && !self.by_use.contains_key(folder) {
            self.unresolved = self.unresolved.saturating_add(1);
            // Some providers make a folder when they first need it.
            if self.unresolved.is_multiple_of(LIST_AGAIN) {
                let step = self.limits.step;
                self.by_use =
                    folders::by_use(&mut self.wire, &self.folders, self.special_use, step).await?;
                // What the server said meanwhile was not listened to.
                self.ready.push_back(Input::Doorbell);
            }
        }
        let Some(argument) = self.argument(folder)? else {
            self.ready.push_back(Input::FolderMissing);
            return Ok(());
        };
        self.talk.asked = self.real_name(folder).unwrap_or_default();
        let line = format!("STATUS {argument} (UIDNEXT UIDVALIDITY)");
        self.start(&line, Running::Check(Opened::default())).await
    }

    /// Searches by date, or for all there are. Servers compare days in a zone of their own, so a day more is asked for.
    pub(crate) async fn search(&mut self, since: Option<Timestamp>) -> Result<(), LinkError> {
        if self.is_empty() {
            self.ready.push_back(Input::Found { uids: Vec::new() });
            return Ok(());
        }
        let line = since.map_or_else(
            || "UID SEARCH ALL".to_owned(),
            |since| {
                let day = TimeZone::UTC.to_datetime(since).date();
                let day = day.yesterday().unwrap_or(day);
                format!("UID SEARCH SINCE {}", day.strftime("%-d-%b-%Y"))
            },
        );
        self.start(&line, Running::Search(Vec::new())).await
    }

    /// Lists UIDs from one on.
    pub(crate) async fn list(&mut self, from: u32) -> Result<(), LinkError> {
        if self.is_empty() {
            self.ready.push_back(Input::Found { uids: Vec::new() });
            return Ok(());
        }
        let line = format!("UID FETCH {from}:* (UID)");
        self.start(&line, Running::List(Vec::new())).await
    }

    /// Fetches messages, each up to the limit.
    pub(crate) async fn fetch(&mut self, uids: &Uids) -> Result<(), LinkError> {
        if self.is_empty() && self.talk.is_free() {
            self.ready.push_back(Input::FetchEnded);
            return Ok(());
        }
        let line = format!(
            "UID FETCH {} (UID RFC822.SIZE INTERNALDATE BODY.PEEK[]<0.{}>)",
            set(uids),
            self.limits.fetch
        );
        self.start(&line, Running::Fetch).await
    }

    /// Fetches the headers of messages.
    pub(crate) async fn fetch_headers(&mut self, uids: &Uids) -> Result<(), LinkError> {
        if self.is_empty() && self.talk.is_free() {
            self.ready.push_back(Input::FetchEnded);
            return Ok(());
        }
        let line = format!(
            "UID FETCH {} (UID RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER]<0.{}>)",
            set(uids),
            self.limits.fetch
        );
        self.start(&line, Running::Headers).await
    }

    /// Asks which of these messages are still there.
    pub(crate) async fn look(&mut self, uids: Vec<u32>) -> Result<(), LinkError> {
        if self.is_empty() {
            self.ready.push_back(Input::Present { uids: Vec::new() });
            return Ok(());
        }
        let line = format!("UID SEARCH UID {}", set(&Uids::Exactly(uids)));
        self.start(&line, Running::Look(Vec::new())).await
    }

    /// Looks for mails in all folders.
    pub(crate) async fn seek(&mut self, mails: Vec<(u32, String)>) -> Result<(), LinkError> {
        let gone = seek::gone(&mut self.wire, mails, self.limits.step).await?;
        self.ready.push_back(Input::Sought { gone });
        Ok(())
    }

    /// Asks the server to tell of the other folders by itself.
    pub(crate) async fn notify(&mut self) -> Result<(), LinkError> {
        const EVENTS: &str = "(MessageNew MessageExpunge)";
        let mut others = Vec::new();
        for folder in &self.folders {
            if let Some(argument) = self.argument(folder)?
                && argument != self.folder
            {
                others.push(argument);
            }
        }
        if others.is_empty() {
            self.ready.push_back(Input::NotifyRefused);
            return Ok(());
        }
        // Dovecot 2.3 takes a list with a name in modified UTF-7 and then says nothing of that folder; asked for all
        // folders, it does.
        let which = if others.iter().any(|name| name.contains('&')) {
            "PERSONAL".to_owned()
        } else {
            format!("MAILBOXES ({})", others.join(" "))
        };
        let line = format!("NOTIFY SET (SELECTED {EVENTS}) ({which} {EVENTS})");
        self.start(&line, Running::Notify).await
    }

    /// The configured name of a folder that the server speaks of.
    fn configured(&self, wire_name: &str) -> String {
        let name = names::decode(wire_name);
        let by_use = self.by_use.iter().find(|(_, real)| **real == name);
        by_use.map_or(name, |(configured, _)| configured.clone())
    }

    /// Begins to wait for news.
    pub(crate) async fn idle(&mut self) -> Result<(), LinkError> {
        let waiting = Running::Idle {
            continued: false,
            done: false,
        };
        self.start("IDLE", waiting).await
    }

    /// Ends the waiting, as soon as the server has begun it.
    pub(crate) async fn done(&mut self) -> Result<(), LinkError> {
        if self.talk.want_done() {
            self.send_done().await?;
        }
        Ok(())
    }

    /// Lets the server look whether the open folder changed.
    pub(crate) async fn refresh(&mut self) -> Result<(), LinkError> {
        self.start("NOOP", Running::Noop).await
    }

    /// Says good-bye without waiting for the answer.
    pub(crate) async fn logout(mut self) {
        let farewell = async {
            // A command in the middle of IDLE would be taken for something else.
            let mut ended = self.talk.want_done();
            while !ended && self.talk.is_idle() {
                let response = self.wire.next().await?;
                ended = matches!(
                    self.talk.take(response, Timestamp::UNIX_EPOCH)?,
                    Next::SendDone
                );
            }
            if ended {
                self.wire.send_done().await?;
            }
            self.wire.send("LOGOUT").await
        };
        if timeout(FAREWELL, farewell).await.is_err() {
            tracing::debug!("the server did not take the good-bye");
        }
    }

    /// A message that was reported as fetched.
    pub(crate) fn take(&mut self, uid: u32) -> Option<Mail> {
        let at = self.talk.held.iter().position(|mail| mail.uid == uid)?;
        // Reading may have paused until this mail was stored; the server is not to blame for that.
        if self.timer.is_some() {
            self.arm(self.limits.step);
        }
        self.talk.held.remove(at)
    }

    /// The next fact. Nothing is lost when the future is dropped before it is ready.
    pub(crate) async fn next(&mut self, now: Timestamp) -> Result<Input, LinkError> {
        if let Some(input) = self.ready.pop_front() {
            return Ok(input);
        }
        if let Some(input) = self.talk.ended_before() {
            self.fetch_ended();
            return Ok(input);
        }
        loop {
            let response = match &mut self.timer {
                None => self.wire.next().await?,
                Some(timer) => tokio::select! {
                    biased;
                    response = self.wire.next() => response?,
                    () = timer => return Err(LinkError::Timeout(self.talk.name())),
                },
            };
            match self.talk.take(response, now)? {
                Next::Wait => {}
                Next::Fact(Input::FetchEnded) => {
                    self.fetch_ended();
                    return Ok(Input::FetchEnded);
                }
                Next::Fact(input) => {
                    if self.talk.is_free() {
                        self.timer = None;
                    }
                    return Ok(input);
                }
                Next::Message(input) => {
                    self.arm(self.limits.step);
                    return Ok(input);
                }
                Next::Told { name, facts } => {
                    let folder = self.configured(&name);
                    if self.folders.contains(&folder) {
                        return Ok(Input::Told { folder, facts });
                    }
                    // The answer under another spelling of the name, or a folder of no interest.
                    self.talk.merge(facts);
                    if self.talk.is_idle() {
                        return Ok(Input::Heard);
                    }
                }
                Next::Idling => self.timer = None,
                Next::SendDone => Box::pin(self.send_done()).await?,
                Next::AskState(facts) => {
                    let line = format!("STATUS {} (UIDNEXT UIDVALIDITY)", self.folder);
                    Box::pin(self.start(&line, Running::OpenState(facts))).await?;
                }
                Next::AskLast(facts, number) => {
                    let line = format!("FETCH {number} (UID)");
                    Box::pin(self.start(&line, Running::OpenLast(facts))).await?;
                }
            }
        }
    }

    /// A folder's real name; `None` when the server has none for that use.
    fn real_name(&self, folder: &str) -> Option<String> {
        if is_use(folder) {
            self.by_use.get(folder).cloned()
        } else {
            Some(folder.to_owned())
        }
    }

    /// A folder as an argument; `None` when the server has none for that use.
    fn argument(&self, folder: &str) -> Result<Option<String>, LinkError> {
        let Some(name) = self.real_name(folder) else {
            return Ok(None);
        };
        let argument = names::argument(&name).ok_or(LinkError::Unsupported(
            "a folder's name holds a line break; check folders",
        ))?;
        Ok(Some(argument))
    }

    fn is_empty(&self) -> bool {
        // `n:*` names nothing in an empty folder, and some servers answer it with BAD.
        self.talk.exists == Some(0)
    }

    /// The next command on its way, if any, has its whole time.
    fn fetch_ended(&mut self) {
        if self.talk.is_free() {
            self.timer = None;
        } else {
            self.arm(self.limits.step);
        }
    }

    fn arm(&mut self, limit: Duration) {
        let timer = sleep(limit);
        // A history arms it for each mail.
        match &mut self.timer {
            Some(armed) => armed.as_mut().reset(timer.deadline()),
            None => self.timer = Some(Box::pin(timer)),
        }
    }

    async fn send_done(&mut self) -> Result<(), LinkError> {
        self.arm(self.limits.done);
        timeout(self.limits.step, self.wire.send_done())
            .await
            .map_err(|_| LinkError::Timeout(SENDING))?
    }

    async fn start(&mut self, line: &str, running: Running) -> Result<(), LinkError> {
        self.arm(self.limits.step);
        let tag = timeout(self.limits.step, self.wire.send(line))
            .await
            .map_err(|_| LinkError::Timeout(SENDING))??;
        self.talk.begin(tag, running);
        Ok(())
    }
}

/// A UID set with runs drawn together (RFC 3501 §9, sequence-set).
fn set(uids: &Uids) -> String {
    let uids = match uids {
        Uids::From(first) => return format!("{first}:*"),
        Uids::Exactly(uids) => uids,
    };
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for uid in uids {
        match runs.last_mut() {
            Some((_, end)) if end.checked_add(1) == Some(*uid) => *end = *uid,
            Some(_) | None => runs.push((*uid, *uid)),
        }
    }
    let mut text = String::new();
    for (first, last) in runs {
        let comma = if text.is_empty() { "" } else { "," };
        // Writing to a String cannot fail.
        let _ = if first == last {
            write!(text, "{comma}{first}")
        } else {
            write!(text, "{comma}{first}:{last}")
        };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_uids_are_drawn_together() {
        assert_eq!(set(&Uids::From(7)), "7:*");
        assert_eq!(set(&Uids::Exactly(vec![1, 2, 3, 5, 9, 10])), "1:3,5,9:10");
        assert_eq!(set(&Uids::Exactly(vec![u32::MAX])), "4294967295");
    }
}
