//! From the config to a watched mailbox.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::BoxFuture;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::config::{self, Account};
use crate::daemon::Setup;
use crate::daemon::dkim_check::DkimCheck;
use crate::engine::cursor::Cursor;
use crate::engine::rule::{RuleSet, Trust};
use crate::engine::secret::Secret;
use crate::io::clock::{self, Clock};
use crate::io::imap::gate::Gate;
use crate::io::imap::pulse::Pulse;
use crate::io::imap::stage::Stage;
use crate::io::imap::{self, Check, Credential, Credentials, Limits, Options, Recent, SecretError};
use crate::io::oauth::access::Access;
use crate::io::secrets::Source;

/// What was stored of an account before its watch starts.
#[derive(Debug, Default)]
pub struct Before {
    /// How far each folder has been read.
    pub cursors: BTreeMap<String, Cursor>,
    /// The mails of the last moments.
    pub recent: Vec<Recent>,
}

/// What a watch hears of while it runs.
#[derive(Debug)]
pub struct News {
    /// The rules as they are now.
    pub rules: watch::Receiver<Arc<RuleSet>>,
    /// Changes when the machine woke up.
    pub wake: watch::Receiver<u64>,
    /// Changes when somebody looked at the clock for all watches.
    pub turn: watch::Receiver<u64>,
    /// Says when a host may be connected to.
    pub stage: Stage,
}

/// The task that watches an account.
pub fn watch(
    setup: &Setup,
    account: &Account,
    before: Before,
    news: News,
    pulse: Pulse,
    events: mpsc::Sender<imap::Event>,
    stop: CancellationToken,
) -> BoxFuture<'static, ()> {
    let mut options = link(account, &setup.config.limits);
    if !setup.notices_sleep {
        options.limits.clock_jump = None;
    }
    let trust = Arc::new(account.trust());
    options.gate = gate(news.rules, Arc::clone(&trust));
    options.recent = before.recent;
    options.wake = Some(news.wake);
    options.turn = Some(news.turn);
    options.stage = news.stage;
    options.pulse = pulse;
    let credentials = Arc::new(Configured::with(&account.secret, &setup.link_clock));
    let clock = setup.link_clock.clone();
    let check = setup.config.dkim.then(|| -> Box<dyn Check> {
        Box::new(DkimCheck::new(
            Arc::clone(&setup.rules),
            trust,
            clock.clone(),
        ))
    });
    Box::pin(imap::watch_account(
        options,
        credentials,
        &before.cursors,
        check,
        events,
        clock,
        stop,
    ))
}

/// How to connect to an account.
pub fn link(account: &Account, configured: &config::Limits) -> Options {
    Options {
        account: account.name.clone(),
        host: account.host.clone(),
        port: account.port,
        security: account.security,
        ca_file: account.ca_file.clone(),
        certificate: account.certificate,
        user: account.user.clone(),
        folders: account.folders.clone(),
        gate: Gate::default(),
        recent: Vec::new(),
        slept: clock::slept,
        wake: None,
        turn: None,
        stage: Stage::default(),
        pulse: Pulse::default(),
        limits: Limits {
            policy: configured.policy.clone(),
            pace: configured.pace,
            connect: configured.connect_timeout,
            attempt: configured.attempt_delay,
            step: configured.command_timeout,
            done: configured.done_timeout,
            clock_check: configured.clock_check,
            clock_jump: Some(configured.clock_jump),
            fetch: configured.fetch_bytes,
            ..Limits::default()
        },
    }
}

/// Lets through what a rule may make a signal of, by the rules as they are at that moment.
fn gate(rules: watch::Receiver<Arc<RuleSet>>, trust: Arc<Trust>) -> Gate {
    Gate::new(move |header| {
        let rules = Arc::clone(&rules.borrow());
        rules.passed_over(header, &trust)
    })
}

/// The secret of an account as the configuration names it.
struct Configured {
    source: Source,
    /// What is remembered of the tokens from one connect to the next.
    access: Option<Access>,
}

impl Configured {
    fn with(source: &Source, clock: &Clock) -> Self {
        let access = match source {
            Source::OAuth(registration) => {
                Some(Access::new(registration.as_ref().clone(), clock.clone()))
            }
            Source::Command(_)
            | Source::File(_)
            | Source::Credential(_)
            | Source::TokenCommand(_) => None,
        };
        Self {
            source: source.clone(),
            access,
        }
    }
}

impl Credentials for Configured {
    fn secret(&self) -> BoxFuture<'_, Result<Credential, SecretError>> {
        Box::pin(async move {
            if let Some(access) = &self.access {
                return match access.token().await {
                    Ok(token) => Ok(Credential::Token(token)),
                    Err(error) if error.needs_sign_in() => {
                        Err(SecretError::SignIn(error.to_string()))
                    }
                    Err(error) if error.may_pass() => {
                        Err(SecretError::Unreachable(error.to_string()))
                    }
                    Err(error) => Err(SecretError::Unreadable(error.to_string())),
                };
            }
            let secret = self.source.read().await;
            secret
                .map(|secret| credential(&self.source, secret))
                .map_err(|error| SecretError::Unreadable(error.to_string()))
        })
    }

    fn refused(&self) {
        if let Some(access) = &self.access {
            access.refused();
        }
    }
}

/// A secret of an account, by its kind.
pub fn credential(source: &Source, secret: Secret) -> Credential {
    match source {
        Source::TokenCommand(_) | Source::OAuth(_) => Credential::Token(secret),
        Source::Command(_) | Source::File(_) | Source::Credential(_) => {
            Credential::Password(secret)
        }
    }
}
