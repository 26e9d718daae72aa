//! From the config to a watched mailbox.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

use futures::future::BoxFuture;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::config::Account;
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
        policy: configured.policy.clone(),
        connect: configured.connect_timeout,
        step: configured.command_timeout,
        fetch: configured.fetch_bytes,
        ..Limits::default()
    };
    if !setup.notices_sleep {
        limits.clock_jump = None;
    }
    let options = Options {
        account: account.name.clone(),
        host: account.host.clone(),
        port: account.port,
        security: account.security,
        ca_file: account.ca_file.clone(),
        user: account.user.clone(),
        folders: account.folders.clone(),
        limits,
    };
    let credentials = Arc::new(Configured(account.secret.clone()));
    let clock = setup.link_clock.clone();
    imap::watch_account(options, credentials, cursors, events, clock, stop)
}

struct Configured(Source);

impl Credentials for Configured {
    fn secret(&self) -> BoxFuture<'_, Result<Credential, SecretError>> {
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
