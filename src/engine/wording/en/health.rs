//! English: the state of the watcher.

use crate::engine::alert::{Health, Missed};
use crate::engine::wording::en::plural::count;
use crate::engine::wording::plain::name;

/// Title and body.
pub(crate) fn text(health: &Health, when: Option<&str>) -> (String, String) {
    match health {
        Health::LoginRefused {
            account,
            sign_in: true,
        } => (
            format!("Mailbox {}: sign-in needed", name(account, 24)),
            format!(
                "It is not being watched right now. Run: mailward login {}",
                name(account, 40)
            ),
        ),
        Health::LoginRefused {
            account,
            sign_in: false,
        } => (
            format!("Mailbox {}: login refused", name(account, 24)),
            "It is not being watched right now. Check its password in mailward's configuration."
                .to_owned(),
        ),
        Health::Blind {
            account, refused, ..
        } => (
            match when {
                Some(when) => format!("Mailbox {}: last contact {when}", name(account, 20)),
                None => format!("Mailbox {}: no contact so far", name(account, 24)),
            },
            if *refused {
                "It is not being watched right now. The mail server turns mailward away for now. To see why: mailward status"
            } else {
                "It is not being watched right now. Check the internet connection of this computer."
            }
            .to_owned(),
        ),
        Health::FolderGone { account, folder } => (
            format!(
                "Mailbox {}: folder {} cannot be opened",
                name(account, 16),
                name(folder, 16)
            ),
            "Mails in it are not watched. Correct its name in mailward's configuration."
                .to_owned(),
        ),
        Health::MessageSkipped {
            account,
            folder,
            count: number,
        } => (
            format!(
                "Mailbox {}: {} could not be read",
                name(account, 24),
                count(*number, "mail", "mails")
            ),
            format!(
                "Please look at the newest mails in the folder {} yourself.",
                name(folder, 24)
            ),
        ),
        Health::ChannelFailed { channel } => (
            format!("Alerts do not arrive over {}", name(channel, 24)),
            format!(
                "Check that channel: mailward test-alert --channel {}",
                name(channel, 40)
            ),
        ),
        Health::StoreFailed => (
            "mailward cannot save its state".to_owned(),
            "An alert may come twice or late. Check the free space on this computer's disk."
                .to_owned(),
        ),
        Health::ClockWrong => (
            "This computer's clock is wrong".to_owned(),
            "It says a time before the year 2000. Nothing is watched until you set date and time."
                .to_owned(),
        ),
        Health::Unreachable => (
            "Your answers do not reach mailward".to_owned(),
            "The mailboxes are still watched, but mailward answer and mailward status do not work. Its log says why."
                .to_owned(),
        ),
        Health::Recovered {
            account, missed, ..
        } => (
            format!("Mailbox {} is watched again", name(account, 24)),
            match when {
                Some(when) => format!("Contact was lost {when}. {}", caught_up(*missed)),
                None => "There is nothing to do.".to_owned(),
            },
        ),
    }
}

/// What came meanwhile.
fn caught_up(missed: Option<Missed>) -> String {
    match missed {
        None => "Mails that came since then are being read; there is nothing to do.".to_owned(),
        Some(Missed { mails: 0, .. }) => {
            "No mail came meanwhile; there is nothing to do.".to_owned()
        }
        Some(Missed { mails, signals: 0 }) => format!(
            "{} came meanwhile, with no order, code or account change; there is nothing to do.",
            count(mails, "mail", "mails")
        ),
        Some(Missed { mails: 1, .. }) => {
            "1 mail came meanwhile, about an order, a code or an account. If it needs you, a separate alert says so."
                .to_owned()
        }
        Some(Missed { mails, signals }) => format!(
            "{mails} mails came meanwhile, {signals} of them about orders, codes or accounts. If that needs you, a separate alert says so."
        ),
    }
}
