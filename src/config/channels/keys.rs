//! Which keys belong to which kind of channel.

use std::ops::Range;

use crate::config::error::Fault;
use crate::config::schema::Channel;

const NTFY: [&str; 12] = [
    "ca_file",
    "server",
    "topic",
    "answers",
    "token_command",
    "token_file",
    "token_credential",
    "inbox_topic",
    "inbox_token_command",
    "inbox_token_file",
    "inbox_token_credential",
    "person",
];
const WEBHOOK: [&str; 7] = [
    "ca_file",
    "url",
    "url_command",
    "url_file",
    "url_credential",
    "format",
    "headers",
];
const EMAIL: [&str; 10] = [
    "ca_file",
    "host",
    "port",
    "security",
    "user",
    "password_command",
    "password_file",
    "password_credential",
    "from",
    "to",
];
const COMMAND: [&str; 2] = ["command", "timeout"];

/// Refuses keys of another kind: one that is passed over may be a secret that its owner believes to be used.
pub(crate) fn check(table: &Channel) -> Result<(), Fault> {
    let kind = table.kind.get_ref().as_str();
    let own: &[&str] = match kind {
        "ntfy" => &NTFY,
        "webhook" => &WEBHOOK,
        "email" => &EMAIL,
        "command" => &COMMAND,
        // What is unknown is refused as such.
        "desktop" | "journal" => &[],
        _ => return Ok(()),
    };
    for (key, span) in present(table) {
        if !own.contains(&key) {
            return Err(Fault::new(
                span,
                format!("the key `{key}` does not belong to a channel of kind {kind}"),
                "config.example.toml shows which keys each kind has",
            ));
        }
    }
    Ok(())
}

/// The keys of single kinds that stand in the table, in the order of the schema.
fn present(table: &Channel) -> Vec<(&'static str, Range<usize>)> {
    macro_rules! keys {
        ($($key:ident),* $(,)?) => {
            [$((stringify!($key), table.$key.as_ref().map(toml::Spanned::span))),*]
        };
    }
    keys![
        ca_file,
        server,
        topic,
        answers,
        token_command,
        token_file,
        token_credential,
        inbox_topic,
        inbox_token_command,
        inbox_token_file,
        inbox_token_credential,
        person,
        url,
        url_command,
        url_file,
        url_credential,
        format,
        headers,
        host,
        port,
        security,
        user,
        password_command,
        password_file,
        password_credential,
        from,
        to,
        command,
        timeout,
    ]
    .into_iter()
    .filter_map(|(key, span)| Some((key, span?)))
    .collect()
}
