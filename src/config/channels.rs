//! Checks the `[[channel]]` tables.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use toml::Spanned;

use crate::config::error::Fault;
use crate::config::values::filled;
use crate::config::{Account, Channel, ChannelKind, accounts, limits, schema, values};
use crate::engine::incident::Severity;
use crate::engine::wording::push::Privacy;
use crate::io::program;

mod keys;
mod kinds;

/// How long a command may take where nothing else is said.
const COMMAND_LIMIT: Duration = Duration::from_secs(30);

/// Below what the outbox waits for.
const LONGEST_COMMAND: Duration = Duration::from_secs(100);

/// An escalation that waits for longer is a typing error: an alert that nobody hears for a day is not one.
const LONGEST_ESCALATION: Duration = Duration::from_hours(24);

/// What is let through in quiet hours by a channel that leaves the machine, where nothing else is said. The desktop and
/// the journal wake nobody and take everything.
const QUIET_MIN_SEVERITY: Severity = Severity::Warning;

/// Checks all channels; relative paths start in `folder`, and no mail goes to one of the `accounts`.
pub fn check(
    tables: Vec<Spanned<schema::Channel>>,
    folder: &Path,
    accounts: &[Arc<Account>],
) -> Result<Vec<Channel>, Fault> {
    let Some(last) = tables.last().map(Spanned::span) else {
        return Err(Fault::new(
            0..0,
            "no channel for alerts",
            "add [[channel]] with kind = \"desktop\", \"ntfy\" or another one; config.example.toml shows all",
        ));
    };
    let mut names = BTreeSet::new();
    let mut channels = Vec::new();
    for table in tables {
        let span = table.span();
        let channel = channel(table, folder, accounts)?;
        if !names.insert(channel.name.clone()) {
            return Err(Fault::new(
                span,
                format!("two channels are named {:?}", channel.name),
                "give each channel a name = \"…\" of its own",
            ));
        }
        channels.push(channel);
    }
    if channels
        .iter()
        .all(|channel| channel.escalate_after.is_some())
    {
        return Err(Fault::new(
            last,
            "every channel waits for an answer on another one, and none rings first",
            "leave escalate_after out of the channel that is to ring first",
        ));
    }
    Ok(channels)
}

fn channel(
    table: Spanned<schema::Channel>,
    folder: &Path,
    accounts: &[Arc<Account>],
) -> Result<Channel, Fault> {
    let span = table.span();
    let mut table = table.into_inner();
    let name = table
        .name
        .take()
        .map(|name| filled(name, "name"))
        .transpose()?;
    keys::check(&table)?;
    let min_severity = severity(table.min_severity.as_ref())?.unwrap_or(Severity::Info);
    let quiet = severity(table.quiet_min_severity.as_ref())?;
    let privacy = table.privacy.take();
    let escalate_after = table.escalate_after.as_ref().map(escalation).transpose()?;
    let kind = kind(table, &span, folder, accounts)?;
    Ok(Channel {
        name: name.unwrap_or_else(|| kind.name().to_owned()),
        min_severity,
        quiet_min_severity: quiet.unwrap_or(if kind.leaves_the_machine() {
            QUIET_MIN_SEVERITY
        } else {
            min_severity
        }),
        escalate_after,
        privacy: self::privacy(privacy.as_ref(), &kind)?,
        kind,
    })
}

fn kind(
    table: schema::Channel,
    span: &Range<usize>,
    folder: &Path,
    accounts: &[Arc<Account>],
) -> Result<ChannelKind, Fault> {
    match table.kind.get_ref().as_str() {
        "desktop" => Ok(ChannelKind::Desktop),
        "journal" => Ok(ChannelKind::Journal),
        "ntfy" => kinds::ntfy(table, span, folder, accounts)
            .map(|options| ChannelKind::Ntfy(Box::new(options))),
        "webhook" => kinds::webhook(table, span, folder)
            .map(|options| ChannelKind::Webhook(Box::new(options))),
        "email" => kinds::email(table, span, folder, accounts)
            .map(|options| ChannelKind::Email(Box::new(options))),
        "command" => command(table, span).map(ChannelKind::Command),
        _ => Err(Fault::new(
            table.kind.span(),
            "unknown channel kind, expected desktop, journal, ntfy, webhook, email or command",
            "write for example kind = \"desktop\"",
        )),
    }
}

fn command(table: schema::Channel, span: &Range<usize>) -> Result<program::Options, Fault> {
    let argv = needed(table.command, span, "command", "[\"/usr/local/bin/ring\"]")?;
    if argv
        .get_ref()
        .first()
        .is_none_or(|program| program.trim().is_empty())
    {
        return Err(Fault::new(
            argv.span(),
            "the command is empty, expected a program and its arguments",
            "write for example command = [\"/usr/local/bin/ring\"]; no shell reads it",
        ));
    }
    let limit = limits::duration(table.timeout.as_ref(), COMMAND_LIMIT)?;
    if let Some(written) = &table.timeout
        && limit > LONGEST_COMMAND
    {
        return Err(Fault::new(
            written.span(),
            format!(
                "the time limit is longer than {} s",
                LONGEST_COMMAND.as_secs()
            ),
            "let the program start what takes longer elsewhere, and end",
        ));
    }
    Ok(program::Options {
        argv: argv.into_inner(),
        limit,
    })
}

/// A key without which its kind cannot be.
fn needed<T>(
    value: Option<Spanned<T>>,
    channel: &Range<usize>,
    key: &str,
    example: &str,
) -> Result<Spanned<T>, Fault> {
    value.ok_or_else(|| {
        Fault::new(
            channel.clone(),
            format!("the key `{key}` is missing in this channel"),
            format!("add for example {key} = {example}"),
        )
    })
}

fn severity(value: Option<&Spanned<String>>) -> Result<Option<Severity>, Fault> {
    value
        .map(|value| {
            values::severity(value.get_ref()).ok_or_else(|| {
                Fault::new(
                    value.span(),
                    "unknown level, expected info, notice, warning or critical",
                    "write min_severity = \"info\" to hear everything",
                )
            })
        })
        .transpose()
}

fn escalation(value: &Spanned<String>) -> Result<Duration, Fault> {
    let after = limits::duration(Some(value), Duration::ZERO)?;
    if after > LONGEST_ESCALATION {
        return Err(Fault::new(
            value.span(),
            "an escalation that waits for more than a day helps nobody",
            "write for example escalate_after = \"5m\"",
        ));
    }
    Ok(after)
}

fn privacy(value: Option<&Spanned<String>>, kind: &ChannelKind) -> Result<Privacy, Fault> {
    let Some(value) = value else {
        return Ok(if kind.leaves_the_machine() {
            Privacy::Minimal
        } else {
            Privacy::Full
        });
    };
    match value.get_ref().as_str() {
        "minimal" => Ok(Privacy::Minimal),
        "full" => Ok(Privacy::Full),
        _ => Err(Fault::new(
            value.span(),
            "unknown privacy, expected minimal or full",
            "write privacy = \"full\" only where nobody else reads the channel",
        )),
    }
}

/// Everybody who is watched.
fn people(accounts: &[Arc<Account>]) -> BTreeSet<&str> {
    accounts
        .iter()
        .map(|account| account.person.as_str())
        .collect()
}

/// The person whom a channel names, who must be one of those that are watched.
fn person(
    value: Option<Spanned<String>>,
    accounts: &[Arc<Account>],
) -> Result<Option<String>, Fault> {
    let Some(value) = value else {
        return Ok(None);
    };
    let people = people(accounts);
    if people.contains(value.get_ref().as_str()) {
        return Ok(Some(value.into_inner()));
    }
    let people: Vec<&str> = people.into_iter().collect();
    Err(Fault::new(
        value.span(),
        "nobody of that name is watched",
        format!("name one of {}", people.join(", ")),
    ))
}

/// A mail address as it is compared: lower case, without what follows a `+`.
fn mailbox_of(address: &str) -> String {
    let address = address.trim().to_lowercase();
    match address.rsplit_once('@') {
        Some((local, domain)) => {
            let local = local.split('+').next().unwrap_or(local);
            format!("{local}@{domain}")
        }
        None => address,
    }
}

/// A recipient who is not one of those whose mail is watched.
fn recipient(value: &Spanned<String>, accounts: &[Arc<Account>]) -> Result<String, Fault> {
    let address = accounts::address(value)?;
    let mailbox = mailbox_of(&address);
    let watched = accounts.iter().find(|account| {
        account
            .addresses
            .iter()
            .chain([&account.user])
            .any(|own| mailbox_of(own) == mailbox)
    });
    match watched {
        None => Ok(address),
        Some(account) => Err(Fault::new(
            value.span(),
            format!(
                "this mailbox is watched itself (account {:?}): an attacker who reads it would see the alert and delete it",
                account.name
            ),
            "name a mailbox at another provider, or use another kind of channel",
        )),
    }
}
