//! English: what `mailward status` says.

use crate::engine::watch::trouble::Trouble;
use crate::engine::wording::en::plural::count;
use crate::engine::wording::overview::{Doing, Overview, OverviewLabels, Queue};

/// The labels.
pub(crate) const LABELS: OverviewLabels = OverviewLabels {
    columns: ["Mailbox", "Now", "Last contact", "Last mail"],
    not_yet: "none yet",
    nothing_waits: "No alert waits to be delivered.",
    waiting: "Alerts that wait to be delivered",
    nothing_open: "No incident is open.",
    open: "Open incidents",
    show: "To see one and answer it: mailward incidents show ID",
};

/// A cell, line or sentence.
pub(crate) fn said(said: &Overview<'_>) -> String {
    match *said {
        Overview::Unwatched { accounts } => format!("Not watched: {accounts}."),
        Overview::Running {
            since,
            all,
            blind,
            underway,
        } => format!(
            "mailward is running, started {since}. {}",
            watched(all, blind, underway)
        ),
        Overview::Ago(seconds) => format!("{} ago", lasting(seconds)),
        Overview::Doing(doing) => cell(doing),
        Overview::Blind {
            account,
            lasting: span,
            trouble,
            next_try,
        } => {
            let watched = match span {
                Some(span) => format!("{account} has not been watched for {}", lasting(span)),
                None => format!("{account} is not being watched: there was no contact yet"),
            };
            let why = trouble.map_or_else(String::new, |trouble| format!(" {}", reason(trouble)));
            let next = next_try.map_or_else(String::new, |seconds| {
                format!(" Next try in {}.", lasting(seconds))
            });
            format!("{watched}.{why}{next}")
        }
        Overview::Interrupted { account, trouble } => format!(
            "{account}: {} mailward connects again by itself and reads what came meanwhile.",
            reason(trouble)
        ),
        Overview::Remedy { account, trouble } => remedy(account, trouble),
        Overview::Detail(text) => format!("Detail: {text}"),
        Overview::FolderGone { account, folder } => format!(
            "{account}: the folder {folder} cannot be opened, so mails in it are not watched. Correct its name in the configuration; the names are in: mailward check --online"
        ),
        Overview::Folders { account, folders } => format!("Folders of {account}: {folders}"),
        Overview::Sending(queue) => format!("{}, on the way", queued(queue)),
        Overview::Held { queue, next_try } => format!(
            "{}, held back as configured for another {}",
            queued(queue),
            lasting(next_try)
        ),
        Overview::Failing { queue, next_try } => format!(
            "{}, not taken so far; next try {}. To test it: mailward test-alert --channel {}",
            queued(queue),
            soon(next_try),
            queue.channel
        ),
    }
}

fn watched(all: usize, blind: usize, underway: usize) -> String {
    match (all, blind, underway) {
        (0, ..) => "No mailbox is configured.".to_owned(),
        (1, 0, 0) => "The mailbox is watched.".to_owned(),
        (2, 0, 0) => "Both mailboxes are watched.".to_owned(),
        (_, 0, 0) => format!("All {all} mailboxes are watched."),
        (1, 0, _) => "The mailbox is being connected.".to_owned(),
        (_, 0, _) => format!("{underway} of {all} mailboxes: being connected."),
        (1, ..) => "The mailbox is NOT being watched.".to_owned(),
        _ if blind == all => format!("None of the {all} mailboxes is being watched."),
        _ => format!("NOT watched: {blind} of {all} mailboxes."),
    }
}

fn cell(doing: Doing) -> String {
    match doing {
        Doing::Beginning => "starting".to_owned(),
        Doing::Mail => "waiting for mail".to_owned(),
        Doing::Poll(None) => "asking from time to time".to_owned(),
        Doing::Poll(Some(every)) => format!("asking every {}", lasting(every)),
        Doing::Reading => "reading mail".to_owned(),
        Doing::Connecting => "connecting".to_owned(),
        Doing::NextTry(seconds) => format!("next try in {}", lasting(seconds)),
        Doing::Unwatched => "NOT WATCHED".to_owned(),
        Doing::Stopped => "stopped".to_owned(),
    }
}

fn reason(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::Network => "The mail server cannot be reached.",
        Trouble::Timeout => "The mail server does not answer.",
        Trouble::Tls => "The mail server's certificate or encryption was not accepted.",
        Trouble::Closed => "The mail server closed the connection.",
        Trouble::LoginRefused => "The mail server refused the login.",
        Trouble::TokenRefused => "The mail server refused the sign-in token.",
        Trouble::Busy => "The mail server turns mailward away for now.",
        Trouble::Secret => "The password could not be read.",
        Trouble::SignIn => "The sign-in at the provider is missing or no longer valid.",
        Trouble::Protocol => "The mail server's answers cannot be used.",
        Trouble::Unsupported => "The mail server does not offer what the configuration asks for.",
    }
}

fn remedy(account: &str, trouble: Option<Trouble>) -> String {
    match trouble {
        None | Some(Trouble::Network | Trouble::Timeout) => {
            "Check the internet connection of this computer, then host and port: mailward check --online".to_owned()
        }
        Some(Trouble::Tls) => {
            "Compare the host in the configuration with the provider's page: mailward check --online".to_owned()
        }
        Some(Trouble::Closed | Trouble::Protocol | Trouble::Unsupported) => {
            "To see what the server offers: mailward check --online".to_owned()
        }
        Some(Trouble::LoginRefused) => {
            "Check user and password in the configuration, and that the provider allows IMAP; then: mailward check --online".to_owned()
        }
        Some(Trouble::TokenRefused) => format!(
            "Sign in anew: mailward login {account} (or renew the token of token_command)"
        ),
        Some(Trouble::Busy) => {
            "Close other mail programs on this mailbox if there are many; else it passes by itself.".to_owned()
        }
        Some(Trouble::Secret) => {
            "Check where the configuration takes the password from: mailward check".to_owned()
        }
        Some(Trouble::SignIn) => format!("Sign in: mailward login {account}"),
    }
}

fn queued(queue: Queue<'_>) -> String {
    format!(
        "{}: {}, the oldest {} old",
        queue.channel,
        count(
            u32::try_from(queue.alerts).unwrap_or(u32::MAX),
            "alert",
            "alerts"
        ),
        lasting(queue.oldest)
    )
}

fn soon(seconds: i64) -> String {
    if seconds > 0 {
        format!("in {}", lasting(seconds))
    } else {
        "now".to_owned()
    }
}

fn lasting(seconds: i64) -> String {
    match seconds {
        ..100 => format!("{} s", seconds.max(0)),
        100..7_200 => format!("{} min", seconds.div_euclid(60)),
        7_200..172_800 => format!("{} h", seconds.div_euclid(3_600)),
        _ => format!("{} days", seconds.div_euclid(86_400)),
    }
}
