//! What the running daemon does about requests of the command line.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{error, info};

use crate::config::Config;
use crate::daemon::followers::Followers;
use crate::daemon::ingest::TextMessage;
use crate::daemon::trial::Trials;
use crate::daemon::{Daemon, forgetting, reload, request, status, vital};
use crate::engine::forgetting::Forgetting;
use crate::engine::rule::RuleSet;
use crate::engine::wording::Language;
use crate::io::control::outcome::Outcome;
use crate::io::control::place::Place;
use crate::io::control::protocol::{Refusal, Reply, Request};
use crate::io::control::server::{Call, ControlSocket};
use crate::io::fault::{Point, pass};

/// Calls that may wait for the loop; a peer waits for its own.
const CALLS: usize = 16;

/// How a daemon is talked to from outside.
#[derive(Default)]
pub struct Door {
    /// Where to listen; nowhere where it is `None`.
    pub place: Option<Place>,
    /// Each message asks for a reload: SIGHUP.
    pub hangups: Option<mpsc::Receiver<()>>,
    /// Reads configuration and rules again.
    pub load: Option<Load>,
}

/// Reads configuration and rules again; says why where they are not sound.
pub type Load = Box<dyn Fn() -> Result<Loaded, Refusal> + Send + Sync>;

/// What a reload reads.
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// The rules.
    pub rules: Arc<RuleSet>,
    /// The language of the alerts.
    pub language: Language,
}

/// What the loop keeps for its peers.
pub struct Desk {
    /// Those who follow the alerts.
    pub followers: Followers,
    /// Test alerts under way.
    pub trials: Trials,
    /// How to reload.
    pub load: Option<Load>,
    /// Since when the daemon runs.
    pub since: Timestamp,
    /// There should be a socket, and there is none.
    pub is_deaf: bool,
}

/// What comes in through the door.
pub struct Inlet {
    /// Requests.
    pub calls: mpsc::Receiver<Call>,
    /// SIGHUP.
    pub hangups: mpsc::Receiver<()>,
}

/// Opens the door. A daemon that cannot listen watches all the same, and says so.
pub fn open(
    door: Door,
    now: Timestamp,
    tasks: &TaskTracker,
    stop: &CancellationToken,
) -> (Desk, Inlet) {
    let (sender, calls) = mpsc::channel(CALLS);
    let mut is_deaf = false;
    match door.place.as_ref().map(ControlSocket::open) {
        None => {}
        Some(Ok(socket)) => {
            info!(socket = %socket.path().display(), "listening for the command line");
            tasks.spawn(socket.serve(sender, stop.clone()));
        }
        Some(Err(problem)) => {
            is_deaf = true;
            let cause = std::error::Error::source(&problem).map(ToString::to_string);
            error!(%problem, cause, "the command line cannot reach this daemon; it watches all the same");
        }
    }
    let desk = Desk {
        followers: Followers::default(),
        trials: Trials::default(),
        load: door.load,
        since: now,
        is_deaf,
    };
    let hangups = door.hangups.unwrap_or_else(|| mpsc::channel(1).1);
    (desk, Inlet { calls, hangups })
}

impl Daemon {
    /// Carries out one request; the reply goes where the call says.
    pub(crate) async fn answer_call(&mut self, call: Call) {
        let Call { request, replies } = call;
        let now = (self.setup.clock)();
        let reply = match request {
            Request::AlertsFollow { after, standing } => {
                self.desk
                    .followers
                    .add(after, standing, replies, &self.store);
                return;
            }
            Request::TestAlert { channel, confirm } => {
                self.desk
                    .trials
                    .begin(now, channel, confirm, &self.channels, replies);
                return;
            }
            Request::Reload => self.reload().await,
            Request::Ingest {
                person,
                sender,
                text,
            } => {
                let text = text.into_secret();
                let message = TextMessage {
                    person,
                    sender: sender.as_deref(),
                    text: &text,
                    at: now,
                    is_vouched_for: false,
                };
                self.ingest(message).await
            }
            Request::Forget { what, only_count } => self.forget(what, only_count),
            Request::Status => status::gather(
                &self.setup.config,
                Some(&self.people),
                Some(&self.store),
                Some(self.desk.since),
                now,
            )
            .map(|status| Outcome::Status(Box::new(status)))
            .map_err(|error| request::failed(&error)),
            request @ (Request::Answer { .. }
            | Request::Expect { .. }
            | Request::Incidents
            | Request::Incident { .. }
            | Request::Close { .. }
            | Request::Done { .. }
            | Request::Learn { .. }
            | Request::Alerts { .. }) => self.carry_out(request, now).await,
        };
        pass(Point::CallBeforeReply);
        // A peer that does not wait for its reply has gone.
        let _ = replies.try_send(reply);
        pass(Point::CallReplied);
    }

    /// Carries out a request that concerns a person's correlator or the store.
    pub(crate) async fn carry_out(&mut self, request: Request, now: Timestamp) -> Reply {
        if let Some(reply) = request::look(&request, &self.store) {
            return reply;
        }
        pass(Point::CallReceived);
        let rules = &self.setup.rules;
        let deed = request::plan(request, &self.people, &self.store, rules, now)?;
        let (person, input, change, asks) = deed.split();
        let changed = self.take(&person, input, change).await;
        pass(Point::CallStored);
        Ok(request::conclude(asks, &changed))
    }

    fn forget(&mut self, what: Forgetting, only_count: bool) -> Reply {
        let what = request::forgetting_of(&self.setup.rules, what)?;
        let forgotten = forgetting::forget(&mut self.people, &mut self.store, &what, only_count);
        self.sweep.reset();
        forgotten
            .map(|forgotten| Outcome::Forgotten(Box::new(forgotten)))
            .map_err(|error| request::failed(&error))
    }

    /// Reads configuration and rules again and takes them, or refuses them and goes on as before.
    pub(crate) async fn reload(&mut self) -> Reply {
        vital::reloading();
        let reloaded = reload::reload(self).await;
        vital::ready();
        match reloaded {
            Ok(reloaded) => {
                info!(
                    kept = reloaded.kept.len(),
                    started = reloaded.started.len(),
                    stopped = reloaded.stopped.len(),
                    "the configuration was read again"
                );
                Ok(Outcome::Reloaded(Box::new(reloaded)))
            }
            Err(refusal) => {
                error!(
                    problem = refusal.what,
                    hint = refusal.hint,
                    "the new configuration was refused; the old one goes on"
                );
                Err(refusal)
            }
        }
    }
}
