//! From the config to a watched mailbox.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

use futures::future::BoxFuture;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::config::{self, Account};
use crate::daemon::Setup;
use crate::daemon::dkim_check::DkimCheck;
use crate::engine::cursor::Cursor;
use crate::io::imap::{self, Credential, Credentials, Limits, Options, SecretError};
use crate::io::secrets::Source;

/// Events of one mailbox that may wait for a check of their signature.
const UNCHECKED: usize = 8;

/// The task that watches an account.
pub fn watch(
    setup: &Setup,
    account: &Account,
    cursors: BTreeMap<String, Cursor>,
    events: mpsc::Sender<imap::Event>,
    stop: CancellationToken,
) -> impl Future<Output = ()> + Send + use<> {
    let mut options = link(account, &setup.config.limits);
    if !setup.notices_sleep {
        options.limits.clock_jump = None;
    }
    let credentials = Arc::new(Configured(account.secret.clone()));
    let clock = setup.link_clock.clone();
    let check = setup.config.dkim.then(|| DkimCheck {
        rules: setup.rules.clone(),
        trust: account.trust(),
        clock: clock.clone(),
        rests_until: None,
    });
    async move {
        let Some(check) = check else {
            return imap::watch_account(options, credentials, cursors, events, clock, stop).await;
        };
        let (unchecked, incoming) = mpsc::channel(UNCHECKED);
        let watch = imap::watch_account(options, credentials, cursors, unchecked, clock, stop);
        tokio::join!(watch, check.pass_on(incoming, events));
    }
}

/// How to connect to an account.
pub fn link(account: &Account, configured: &config::Limits) -> Options {
    Options {
        account: account.name.clone(),
        host: account.host.clone(),
        port: account.port,
        security: account.security,
        ca_file: account.ca_file.clone(),
        user: account.user.clone(),
        folders: account.folders.clone(),
        limits: Limits {
            policy: configured.policy.clone(),
            connect: configured.connect_timeout,
            step: configured.command_timeout,
            fetch: configured.fetch_bytes,
            ..Limits::default()
        },
    }
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
