//! Looks for mails that left a folder in all the others: one that was only moved was not deleted.

use std::time::Duration;

use tokio::time::timeout;

use crate::engine::watch::input::LinkError;
use crate::io::imap::response::Response;
use crate::io::imap::wire::Wire;
use crate::io::imap::{folders, names};

/// More folders than this are not looked through; a mail that may lie in one of the others is not called deleted.
const MOST_FOLDERS: usize = 200;

/// Folders that a search is no use in, or in which a mail is as good as deleted.
const LEFT_OUT: [&str; 4] = ["\\noselect", "\\nonexistent", "\\trash", "\\drafts"];

/// Which of these mails (UID, Message-ID without angle brackets) are in no folder but the one for deleted mail.
/// Afterwards no folder is open that anybody knows of.
pub(crate) async fn gone(
    wire: &mut Wire,
    mut mails: Vec<(u32, String)>,
    step: Duration,
) -> Result<Vec<u32>, LinkError> {
    let mut found = folders::list(wire, step).await?;
    found.retain(|folder| {
        let attributes = &folder.attributes;
        !attributes.iter().any(|it| LEFT_OUT.contains(&it.as_str()))
    });
    if found.len() > MOST_FOLDERS {
        return Ok(Vec::new());
    }
    for folder in found {
        if mails.is_empty() {
            break;
        }
        let Some(name) = names::argument(&folder.name) else {
            return Ok(Vec::new());
        };
        // A folder that cannot be opened may hold them.
        if ask(wire, &format!("EXAMINE {name}"), step).await?.is_none() {
            return Ok(Vec::new());
        }
        let mut left = Vec::new();
        for (uid, id) in mails {
            let Some(quoted) = names::quoted(&id) else {
                continue;
            };
            let search = format!("UID SEARCH HEADER MESSAGE-ID {quoted}");
            match ask(wire, &search, step).await? {
                Some(uids) if uids.is_empty() => left.push((uid, id)),
                Some(_) | None => {}
            }
        }
        mails = left;
    }
    Ok(mails.into_iter().map(|(uid, _)| uid).collect())
}

/// Runs a command to its end: the UIDs that it found, `None` when it was refused.
async fn ask(
    wire: &mut Wire,
    command: &str,
    step: Duration,
) -> Result<Option<Vec<u32>>, LinkError> {
    timeout(step, answered(wire, command))
        .await
        .map_err(|_| LinkError::Timeout("looking for messages"))?
}

async fn answered(wire: &mut Wire, command: &str) -> Result<Option<Vec<u32>>, LinkError> {
    let mut uids = Vec::new();
    let done = wire.run(command, |response| {
        if let Response::Search(found) = response {
            uids.extend(found);
        }
    });
    let done = done.await?;
    Ok(done.then_some(uids))
}
