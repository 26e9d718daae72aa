//! Checks the `[[account]]` tables.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use toml::Spanned;

use crate::config::error::Fault;
use crate::config::values::{filled, resolve};
use crate::config::{Account, oauth, schema};
use crate::io::certificate::Fingerprint;
use crate::io::imap::Security;
use crate::io::secrets::Source;

/// The person of accounts that name none.
pub const DEFAULT_PERSON: &str = "me";

/// The folders that are watched where none are named. The uses are those in which an attacker's filter hides mails;
/// a use that a server has no folder for is left out.
pub const DEFAULT_FOLDERS: [&str; 5] = ["INBOX", "\\Junk", "\\Trash", "\\Archive", "\\All"];

/// Checks all accounts; relative paths start in `folder`.
pub fn check(
    tables: Vec<Spanned<schema::Account>>,
    folder: &Path,
) -> Result<Vec<Arc<Account>>, Fault> {
    if tables.is_empty() {
        return Err(Fault::new(
            0..0,
            "no account to watch",
            "add an [[account]] table; config.example.toml shows one",
        ));
    }
    let mut names = BTreeSet::new();
    let mut accounts = Vec::new();
    for table in tables {
        let span = table.span();
        let account = account(table.into_inner(), span, folder, &mut names)?;
        accounts.push(Arc::new(account));
    }
    Ok(accounts)
}

fn account(
    table: schema::Account,
    span: Range<usize>,
    folder: &Path,
    names: &mut BTreeSet<String>,
) -> Result<Account, Fault> {
    let name_span = table.name.span();
    let name = filled(table.name, "name")?;
    if !names.insert(name.clone()) {
        return Err(Fault::new(
            name_span,
            format!("two accounts are named {name:?}"),
            "give each account a name of its own",
        ));
    }
    let secret = secret_source(
        [
            table
                .password_command
                .map(|argv| (argv.span(), command(argv, Source::Command))),
            table.password_file.map(|path| {
                (
                    path.span(),
                    Ok(Source::File(resolve(path.get_ref(), folder))),
                )
            }),
            table
                .password_credential
                .map(|name| (name.span(), credential(name))),
            table
                .token_command
                .map(|argv| (argv.span(), command(argv, Source::TokenCommand))),
            table
                .oauth
                .map(|table| (table.span(), oauth::check(table, &name, folder))),
        ],
        span.clone(),
    )?;
    let host = filled(table.host, "host")?;
    let security = security(table.security.as_ref(), &host)?;
    let port = match table.port {
        Some(port) if *port.get_ref() == 0 => {
            return Err(Fault::new(
                port.span(),
                "port 0 does not exist",
                "leave the key out for the usual port",
            ));
        }
        Some(port) => port.into_inner(),
        None => match security {
            Security::Tls => 993,
            Security::StartTls | Security::None => 143,
        },
    };
    let certificate = table
        .certificate_sha256
        .map(|text| fingerprint(&text, table.ca_file.is_some()))
        .transpose()?;
    Ok(Account {
        name,
        person: table.person.map_or_else(
            || Ok(DEFAULT_PERSON.to_owned()),
            |person| filled(person, "person"),
        )?,
        host,
        port,
        security,
        ca_file: table.ca_file.map(|path| resolve(path.get_ref(), folder)),
        certificate,
        user: filled(table.user, "user")?,
        addresses: addresses(table.addresses, span)?,
        authserv_ids: table
            .authserv_ids
            .into_iter()
            .map(|id| filled(id, "authserv_ids").map(|id| id.to_lowercase()))
            .collect::<Result<_, _>>()?,
        secret,
        folders: folders(table.folders)?,
    })
}

fn fingerprint(text: &Spanned<String>, has_ca_file: bool) -> Result<Fingerprint, Fault> {
    let fault = |what: &str, hint: &str| Fault::new(text.span(), what, hint);
    if has_ca_file {
        return Err(fault(
            "ca_file and certificate_sha256 exclude each other",
            "keep certificate_sha256 for one certificate that nobody vouches for, ca_file for an authority of your own",
        ));
    }
    Fingerprint::parse(text.get_ref()).ok_or_else(|| {
        fault(
            "not a SHA-256 fingerprint, expected 64 hexadecimal digits",
            "`mailward init` shows the fingerprint of a server that nobody vouches for",
        )
    })
}

fn addresses(
    value: Option<Spanned<Vec<Spanned<String>>>>,
    account: Range<usize>,
) -> Result<Vec<String>, Fault> {
    let span = value.as_ref().map_or(account, Spanned::span);
    let list = value.map(Spanned::into_inner).unwrap_or_default();
    if list.is_empty() {
        return Err(Fault::new(
            span,
            "the account has no addresses",
            "write addresses = [\"you@example.com\"] with every address that arrives in this mailbox",
        ));
    }
    list.iter().map(address).collect()
}

pub(crate) fn address(value: &Spanned<String>) -> Result<String, Fault> {
    let text = value.get_ref().trim().to_lowercase();
    let sound = text.rsplit_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !text.contains(char::is_whitespace)
    });
    if sound {
        Ok(text)
    } else {
        Err(Fault::new(
            value.span(),
            "not a mail address, expected local@domain",
            "write the bare address, without a name or < >",
        ))
    }
}

fn folders(value: Option<Spanned<Vec<Spanned<String>>>>) -> Result<Vec<String>, Fault> {
    let Some(value) = value else {
        return Ok(DEFAULT_FOLDERS.map(str::to_owned).to_vec());
    };
    if value.get_ref().is_empty() {
        return Err(Fault::new(
            value.span(),
            "no folder to watch",
            "write folders = [\"INBOX\"] or leave the key out",
        ));
    }
    value
        .into_inner()
        .into_iter()
        .map(|folder| filled(folder, "folders"))
        .collect()
}

pub(crate) fn security(value: Option<&Spanned<String>>, host: &str) -> Result<Security, Fault> {
    let Some(value) = value else {
        return Ok(Security::Tls);
    };
    match value.get_ref().as_str() {
        "tls" => Ok(Security::Tls),
        "starttls" => Ok(Security::StartTls),
        "none" if is_loopback(host) => Ok(Security::None),
        "none" => Err(Fault::new(
            value.span(),
            format!(
                "security \"none\" would send the password to {host} in the clear; it is for loopback only"
            ),
            "write security = \"tls\"",
        )),
        _ => Err(Fault::new(
            value.span(),
            "unknown security, expected tls, starttls or none",
            "write security = \"tls\"; most providers take it on port 993",
        )),
    }
}

pub(crate) fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || address
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

type Found = Option<(Range<usize>, Result<Source, Fault>)>;

fn secret_source(found: [Found; 5], account: Range<usize>) -> Result<Source, Fault> {
    let mut found = found.into_iter().flatten();
    let Some((_, first)) = found.next() else {
        return Err(Fault::new(
            account,
            "the account has no password source, expected exactly one of password_command, password_file, password_credential, token_command, oauth",
            "write for example password_command = [\"pass\", \"show\", \"mail\"]",
        ));
    };
    if let Some((span, _)) = found.next() {
        return Err(Fault::new(
            span,
            "a second password source, expected exactly one of password_command, password_file, password_credential, token_command, oauth",
            "keep one of them",
        ));
    }
    first
}

pub(crate) fn command(
    argv: Spanned<Vec<String>>,
    wrap: fn(Vec<String>) -> Source,
) -> Result<Source, Fault> {
    if argv
        .get_ref()
        .first()
        .is_none_or(|program| program.trim().is_empty())
    {
        return Err(Fault::new(
            argv.span(),
            "the command is empty, expected a program and its arguments",
            "write for example [\"pass\", \"show\", \"mail\"]; no shell reads it",
        ));
    }
    Ok(wrap(argv.into_inner()))
}

pub(crate) fn credential(name: Spanned<String>) -> Result<Source, Fault> {
    let text = name.get_ref();
    // The name becomes a file name in $CREDENTIALS_DIRECTORY (systemd.exec(5)).
    if text.is_empty() || text.contains('/') || text == "." || text == ".." {
        return Err(Fault::new(
            name.span(),
            "not a credential name, expected the name that the unit's LoadCredential= gives",
            "write for example password_credential = \"mail-password\"",
        ));
    }
    Ok(Source::Credential(name.into_inner()))
}
