//! One login to look around: what `check --online` and the wizard show.

use jiff::Timestamp;
use jiff::civil::Date;
use tokio::time::timeout;

use crate::engine::message::RawMail;
use crate::engine::watch::input::{Input, LinkError};
use crate::engine::watch::output::Uids;
use crate::io::certificate::{self, Fingerprint};
use crate::io::imap::folders::{self, FolderFound};
use crate::io::imap::gate::Gate;
use crate::io::imap::login::log_in;
use crate::io::imap::running::Mail;
use crate::io::imap::session::Session;
use crate::io::imap::{Credentials, Options, connect};

/// What a server told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// Its capabilities after the login, in upper case, sorted.
    pub capabilities: Vec<String>,
    /// It offers IDLE; otherwise it is polled.
    pub idle: bool,
    /// Its folders.
    pub folders: Vec<FolderFound>,
}

/// Logs in, lists the folders and logs out.
pub async fn probe(options: &Options, credentials: &dyn Credentials) -> Result<Probe, LinkError> {
    let mut connected = log_in(options, credentials).await?;
    let folders = folders::list(&mut connected.wire, options.limits.step).await?;
    // The server closes the connection at once; whether the good-bye arrives is of no interest.
    if timeout(options.limits.done, connected.wire.send("LOGOUT"))
        .await
        .is_err()
    {
        tracing::debug!("the server did not take the good-bye");
    }
    Ok(Probe {
        idle: connected.able.has("IDLE"),
        capabilities: connected.able.names().map(str::to_owned).collect(),
        folders,
    })
}

/// What a first look at a mailbox shows.
pub struct Survey {
    /// What the server told.
    pub probe: Probe,
    /// Headers of recent mails in INBOX.
    pub headers: Vec<RawMail>,
}

/// Logs in, lists the folders, reads the headers of at most so many mails of INBOX that arrived since then, and logs
/// out. Nothing is changed.
pub async fn survey(
    options: &Options,
    credentials: &dyn Credentials,
    since: Timestamp,
    most: usize,
) -> Result<Survey, LinkError> {
    let mut connected = log_in(options, credentials).await?;
    let folders = folders::list(&mut connected.wire, options.limits.step).await?;
    let probe = Probe {
        idle: connected.able.has("IDLE"),
        capabilities: connected.able.names().map(str::to_owned).collect(),
        folders,
    };
    let inbox = ["INBOX".to_owned()];
    let mut session = Session::new(connected, &inbox, Gate::collecting()).await?;
    session.open("INBOX").await?;
    let opened = loop {
        let input = session.next(since).await?;
        if matches!(input, Input::Opened(_)) {
            break true;
        }
        if input == Input::FolderMissing || input == Input::FolderRefused {
            break false;
        }
    };
    let mut headers = Vec::new();
    if opened {
        session.search(Some(since)).await?;
        let mut uids = loop {
            if let Input::Found { uids } = session.next(since).await? {
                break uids;
            }
        };
        uids.sort_unstable();
        uids.dedup();
        let uids = uids.split_off(uids.len().saturating_sub(most));
        if !uids.is_empty() {
            session.fetch_headers(&Uids::Exactly(uids)).await?;
            loop {
                let input = session.next(since).await?;
                if input == Input::FetchEnded {
                    break;
                } else if let Input::Headed(header) = input {
                    headers.extend(session.take(header.uid).map(Mail::into_raw));
                }
            }
        }
    }
    session.logout().await;
    Ok(Survey { probe, headers })
}

/// The certificate that the server shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// Its fingerprint.
    pub fingerprint: Fingerprint,
    /// The last day on which it is valid.
    pub last_day: Option<Date>,
}

/// Looks at the server's certificate; whether it is to be trusted is not asked.
pub async fn certificate(options: &Options) -> Result<Shown, LinkError> {
    let der = connect::certificate(options).await?;
    Ok(Shown {
        fingerprint: Fingerprint::of(&der),
        last_day: certificate::last_day(&der),
    })
}
