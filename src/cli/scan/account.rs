//! Reads an account over IMAP for a scan, beside a daemon that may be watching it.

use std::panic;
use std::sync::Arc;
use std::thread;

use futures::future::BoxFuture;

use crate::cli::exit::{Code, Failure};
use crate::cli::run::{THREADS_REFUSED, runtime, runtime_of_one_thread};
use crate::cli::scan::ahead;
use crate::cli::scan::reading::Reading;
use crate::config::{Account, Config};
use crate::daemon::mailboxes;
use crate::engine::watch::input::LinkError;
use crate::io::archives::UnreadableMail;
use crate::io::clock;
use crate::io::imap::gate::Gate;
use crate::io::imap::history::{self, HistoryError, Place, Told};
use crate::io::imap::{Credential, Credentials, SecretError};
use crate::io::secrets::SecretsError;

/// Reads every configured folder of the account. Nothing in it is changed, not even whether a mail was seen.
pub fn read(config: &Config, account: &Account, reading: &mut Reading<'_>) -> Result<(), Failure> {
    let credential = runtime()?.block_on(secret(account))?;
    read_with(config, account, credential, reading)
}

/// The secret of an account, as it is now.
pub async fn secret(account: &Account) -> Result<Credential, Failure> {
    let secret = account.secret.read().await.map_err(|error| {
        let code = if let SecretsError::OAuth(error) = &error {
            if error.needs_sign_in() {
                Code::LoginRefused
            } else if error.may_pass() {
                Code::Unavailable
            } else {
                Code::Config
            }
        } else {
            Code::Config
        };
        Failure::from_error(
            code,
            &error,
            "`mailward check` says where the secret of each account comes from",
        )
    })?;
    Ok(mailboxes::credential(&account.secret, secret))
}

/// The same with a secret that is known already.
pub fn read_with(
    config: &Config,
    account: &Account,
    credential: Credential,
    reading: &mut Reading<'_>,
) -> Result<(), Failure> {
    let mut options = mailboxes::link(account, &config.limits);
    let (rules, trust) = (Arc::clone(reading.rules), reading.trust.clone());
    options.gate = Gate::new(move |header| rules.passed_over(header, &trust));
    let runtime = runtime_of_one_thread()?;
    let (since, now) = (reading.since, clock::now());
    let (mut teller, told) = ahead::pair();
    thread::scope(|scope| {
        // The teller goes with the link's thread: what it tells ends with it.
        let read = move || {
            let credentials = Known(credential);
            let mut tell = |told: Told| teller.tell(told);
            runtime.block_on(history::read(&options, &credentials, since, now, &mut tell))
        };
        let link = thread::Builder::new()
            .name("link".to_owned())
            .spawn_scoped(scope, read)
            .map_err(|error| Failure::from_error(Code::Unavailable, &error, THREADS_REFUSED))?;
        for told in told {
            take(reading, told);
        }
        match link.join() {
            Ok(ended) => ended.map_err(failure),
            Err(panicked) => panic::resume_unwind(panicked),
        }
    })
}

fn take(reading: &mut Reading<'_>, told: Told) {
    match told {
        Told::More(mails) => reading.progress.more(mails),
        Told::Mail(read) => reading.take(Ok(read.mail), 1, read.place),
        Told::Passed(mail) => reading.pass(&mail),
        Told::Unreadable { mail } => reading.take(
            Err(UnreadableMail {
                mail,
                what: "the server closes the connection over it".to_owned(),
            }),
            1,
            Place::default(),
        ),
    }
}

/// A secret that was read already, so that a reason why it cannot be read is said whole.
pub struct Known(pub Credential);

impl Credentials for Known {
    fn secret(&self) -> BoxFuture<'_, Result<Credential, SecretError>> {
        Box::pin(async { Ok(self.0.clone()) })
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that map_err takes"
)]
fn failure(error: HistoryError) -> Failure {
    let (code, hint) = match &error {
        HistoryError::NoFolder { .. } => (
            Code::Config,
            "correct `folders` of the account in the configuration",
        ),
        HistoryError::FolderRefused { .. } => (
            Code::TryAgain,
            "try again in a few minutes; if it stays, correct `folders` of the account",
        ),
        HistoryError::Link { why, .. } => match why {
            LinkError::Refused { .. } => (
                Code::LoginRefused,
                "correct user or password in the configuration; a provider may want an app password",
            ),
            LinkError::SignIn => (
                Code::LoginRefused,
                "sign in at the provider: mailward login, and the name of the account",
            ),
            LinkError::Secret | LinkError::Unsupported(_) => {
                (Code::Config, "correct the account in the configuration")
            }
            LinkError::Tls(_) => (
                Code::Unavailable,
                "correct host, port, security or ca_file of the account",
            ),
            LinkError::Busy(_) => (Code::TryAgain, "try again in a few minutes"),
            LinkError::Network(_)
            | LinkError::Timeout(_)
            | LinkError::Closed
            | LinkError::Protocol(_) => (
                Code::Unavailable,
                "check host and port of the account and the network, then try again",
            ),
        },
    };
    Failure::from_error(code, &error, hint)
}
