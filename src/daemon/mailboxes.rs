//! From the config to a watched mailbox.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

use futures::future::BoxFuture;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::config::{Account, SecretSource, Security};
use crate::daemon::Setup;
use crate::engine::cursor::Cursor;
use crate::io::imap::{self, Credential, Credentials, Limits, Options, SecretError};
use crate::io::secrets::Source;

/// The task that watches an account.
pub fn watch(
    setup: &Setup,
    account: &Account,
    cursors: BTreeMap<String, Cursor>,
    events: mpsc::Sender<imap::Event>,
    stop: CancellationToken,
) -> impl Future<Output = ()> + Send + use<> {
    let configured = &setup.config.limits;
    let mut limits = Limits {
        connect: configured.connect_timeout,
        step: configured.command_timeout,
        fetch: u32::try_from(configured.fetch_bytes).unwrap_or(u32::MAX),
        ..Limits::default()
    };
    if !setup.notices_sleep {
        limits.clock_jump = None;
    }
    let span = |duration| jiff::SignedDuration::try_from(duration);
    if let Ok(renewal) = span(configured.idle_renewal) {
        limits.policy.renew_after = renewal;
    }
    if let Ok(look_back) = span(configured.look_back) {
        limits.policy.look_back = look_back;
    }
    if let (Ok(first), Ok(longest)) = (
        span(configured.backoff_first),
        span(configured.backoff_longest),
    ) {
        limits.policy.lost.first = first;
        limits.policy.lost.longest = longest;
    }
    let options = Options {
        account: account.name.clone(),
        host: account.host.clone(),
        port: account.port,
        security: match account.security {
            Security::Tls => imap::Security::Tls,
            Security::StartTls => imap::Security::StartTls,
            Security::None => imap::Security::None,
        },
        ca_file: account.ca_file.clone(),
        user: account.user.clone(),
        folders: account.folders.clone(),
        limits,
    };
    let credentials = Arc::new(Configured(source(&account.secret)));
    let clock = setup.link_clock.clone();
    imap::watch_account(options, credentials, cursors, events, clock, stop)
}

/// The configured source of a secret, as the secrets module knows it.
pub fn source(source: &SecretSource) -> Source {
    match source {
        SecretSource::Command(argv) => Source::Command(argv.clone()),
        SecretSource::File(path) => Source::File(path.clone()),
        SecretSource::Credential(name) => Source::Credential(name.clone()),
        SecretSource::TokenCommand(argv) => Source::TokenCommand(argv.clone()),
    }
}

struct Configured(Source);

impl Credentials for Configured {
    fn secret<'a>(&'a self) -> BoxFuture<'a, Result<Credential, SecretError>> {
        Box::pin(async move {
            let secret = self
                .0
                .read()
                .await
                .map_err(|error| SecretError(error.to_string()))?;
            Ok(match self.0 {
                Source::TokenCommand(_) => Credential::Token(secret),
                Source::Command(_) | Source::File(_) | Source::Credential(_) => {
                    Credential::Password(secret)
                }
            })
        })
    }
}
