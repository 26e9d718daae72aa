//! The configuration as text: what stands in it stays, comments too; the account and the channels are added or changed.

use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, value};

use crate::cli::exit::{Code, Failure};
use crate::cli::init::draft::Draft;
use crate::engine::wording::Language;
use crate::io::imap::Security;
use crate::io::secrets::Source;

/// How a new file begins.
const HEAD: &str = "# Written by `mailward init`, which may be run again: it changes and adds, and never removes.\n\
    # `mailward check` says whether the file is sound; config.example.toml explains every key.\n\n";

/// The keys of which an account has exactly one.
const SECRET_KEYS: [&str; 5] = [
    "password_command",
    "password_file",
    "password_credential",
    "token_command",
    "oauth",
];

/// What is written for the whole file where it is missing.
pub struct Frame<'a> {
    /// The language of alerts: a service has no locale to take it from.
    pub language: Language,
    /// The IANA name of the time zone, where the system has one.
    pub time_zone: Option<&'a str>,
    /// Whom to call first, where that is new.
    pub issuer: Option<InlineTable>,
}

/// The new text.
pub fn compose(
    before: Option<&str>,
    frame: &Frame<'_>,
    draft: &Draft,
    channels: &[Table],
) -> Result<String, Failure> {
    let mut document: DocumentMut = before.unwrap_or(HEAD).parse().map_err(|_| broken())?;
    if before.is_none() {
        let name = match frame.language {
            Language::Ja => "ja",
            Language::En => "en",
        };
        document.insert("language", value(name));
        comment(&mut document, "language", HEAD);
        if let Some(zone) = frame.time_zone {
            document.insert("time_zone", value(zone));
        }
        // The head stands above the first key now, not at the end.
        document.set_trailing("");
    }
    if let Some(issuer) = &frame.issuer {
        set(
            document.as_table_mut(),
            "card_issuer",
            value(issuer.clone()),
        );
    }
    let accounts = tables(&mut document, "account")?;
    let at = accounts.iter().position(|table| is_same(table, draft));
    if let Some(table) = at.and_then(|at| accounts.get_mut(at)) {
        fill(table, draft);
    } else {
        let mut table = Table::new();
        fill(&mut table, draft);
        explain(&mut table);
        accounts.push(table);
    }
    let configured = tables(&mut document, "channel")?;
    for channel in channels {
        let text = |table: &Table, key: &str| {
            let item = table.get(key)?;
            item.as_str().map(str::to_owned)
        };
        let there = configured.iter().any(|table| {
            text(table, "kind") == text(channel, "kind")
                && text(table, "topic") == text(channel, "topic")
        });
        if !there {
            let mut channel = channel.clone();
            let kind = text(&channel, "kind");
            if configured.iter().any(|table| text(table, "kind") == kind) {
                let name = format!("{}-{}", kind.unwrap_or_default(), configured.len());
                channel.insert("name", value(name));
            }
            channel.decor_mut().set_prefix("\n");
            configured.push(channel);
        }
    }
    Ok(document.to_string())
}

fn tables<'a>(document: &'a mut DocumentMut, key: &str) -> Result<&'a mut ArrayOfTables, Failure> {
    document
        .entry(key)
        .or_insert(Item::ArrayOfTables(ArrayOfTables::new()))
        .as_array_of_tables_mut()
        .ok_or_else(broken)
}

fn broken() -> Failure {
    Failure::new(
        Code::Config,
        "the configuration cannot be changed",
        "`mailward check` says what is wrong in it",
    )
}

/// The account of this name.
fn is_same(table: &Table, draft: &Draft) -> bool {
    table.get("name").and_then(Item::as_str) == Some(draft.name.as_str())
}

fn fill(table: &mut Table, draft: &Draft) {
    set(table, "name", value(&draft.name));
    if let Some(person) = &draft.person {
        set(table, "person", value(person));
    }
    set(table, "host", value(&draft.host));
    set(table, "port", value(i64::from(draft.port)));
    let security = match draft.security {
        Security::Tls => "tls",
        Security::StartTls => "starttls",
        Security::None => "none",
    };
    set(table, "security", value(security));
    match &draft.ca_file {
        Some(file) => set(table, "ca_file", value(file.display().to_string())),
        None => drop(table.remove("ca_file")),
    }
    match draft.certificate {
        Some(pin) => set(table, "certificate_sha256", value(pin.to_string())),
        None => drop(table.remove("certificate_sha256")),
    }
    set(table, "user", value(&draft.user));
    let addresses = table.get("addresses").and_then(Item::as_array);
    if !addresses.is_some_and(|addresses| {
        let mut texts = addresses.iter().filter_map(toml_edit::Value::as_str);
        texts.any(|text| text.trim().eq_ignore_ascii_case(&draft.address))
    }) {
        let mut addresses = addresses.cloned().unwrap_or_default();
        addresses.push(draft.address.as_str());
        set(table, "addresses", value(addresses));
    }
    set(table, "authserv_ids", value(list(&draft.authserv_ids)));
    let (key, source) = match &draft.secret {
        Source::Command(argv) => ("password_command", value(list(argv))),
        Source::File(path) => ("password_file", value(path.display().to_string())),
        Source::Credential(name) => ("password_credential", value(name)),
        Source::TokenCommand(argv) => ("token_command", value(list(argv))),
        // It stands there already: `init` asks for none.
        Source::OAuth(_) => ("oauth", table.get("oauth").cloned().unwrap_or_default()),
    };
    for other in SECRET_KEYS {
        if other != key {
            table.remove(other);
        }
    }
    set(table, key, source);
}

/// Sets a value where it differs; what stands beside it stays.
fn set(table: &mut Table, key: &str, item: Item) {
    let (Some(before), Item::Value(mut new)) = (table.get(key), item.clone()) else {
        table.insert(key, item);
        return;
    };
    if let Some(before) = before.as_value() {
        *new.decor_mut() = before.decor().clone();
    }
    if let Some(place) = table.get_mut(key) {
        *place = Item::Value(new);
    }
}

fn list(texts: &[String]) -> Array {
    texts.iter().map(String::as_str).collect()
}

/// What a person who opens the file wants to know.
fn explain(table: &mut Table) {
    for (key, text) in [
        (
            "certificate_sha256",
            "# the only certificate that is accepted, whoever signed it\n",
        ),
        (
            "addresses",
            "# every address of yours that arrives in this mailbox\n",
        ),
        (
            "authserv_ids",
            "# whose Authentication-Results headers are believed; without any, alerts stop at \"warning\"\n",
        ),
        ("password_file", "# readable by nobody else\n"),
        (
            "password_command",
            "# run anew at each connect; no shell reads it\n",
        ),
    ] {
        if let Some(mut key) = table.key_mut(key) {
            key.leaf_decor_mut().set_prefix(text);
        }
    }
    table.decor_mut().set_prefix("\n");
}

fn comment(document: &mut DocumentMut, key: &str, text: &str) {
    if let Some(mut key) = document.key_mut(key) {
        key.leaf_decor_mut().set_prefix(text);
    }
}
