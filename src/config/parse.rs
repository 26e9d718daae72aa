//! Turns the text of a configuration file into a checked [`Config`].

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use jiff::tz::TimeZone;
use toml::Spanned;

use crate::config::error::{ConfigError, Fault};
use crate::config::values::{filled, resolve};
use crate::config::{Channel, ChannelKind, Config, Heartbeat, accounts, limits, schema, values};
use crate::engine::incident::Severity;
use crate::engine::wording::CardIssuer;
use crate::engine::wording::Language;
use crate::io::environment;
use crate::io::http::Url;

/// Channel kinds that the file format reserves.
pub(crate) const RESERVED_KINDS: [&str; 4] = ["ntfy", "webhook", "email", "command"];

/// How often a watchdog is told that all is well, where nothing else is said.
const HEARTBEAT_EVERY: Duration = Duration::from_mins(1);

/// Reads and checks a file.
pub fn load(file: &Path) -> Result<Config, ConfigError> {
    let text = std::fs::read_to_string(file).map_err(|source| ConfigError::Unreadable {
        file: file.to_owned(),
        source,
    })?;
    parse(&text, file)
}

/// Checks the text of a file; `file` is where errors say that it lies, and relative paths start in its folder.
pub fn parse(text: &str, file: &Path) -> Result<Config, ConfigError> {
    let root: schema::Root =
        toml::from_str(text).map_err(|error| syntax_fault(&error).locate(file, text))?;
    check(root, file).map_err(|fault| fault.locate(file, text))
}

fn check(root: schema::Root, file: &Path) -> Result<Config, Fault> {
    let folder = file.parent().unwrap_or(Path::new("."));
    let accounts = accounts::check(root.account, folder)?;
    let channels = channels(root.channel)?;
    Ok(Config {
        file: file.to_owned(),
        language: root.language.as_ref().map(language).transpose()?,
        time_zone: root
            .time_zone
            .as_ref()
            .map_or_else(|| Ok(environment::time_zone()), time_zone)?,
        quiet_hours: root.quiet_hours.as_ref().map(quiet_hours).transpose()?,
        dkim: root.dkim.unwrap_or(true),
        card_issuer: root.card_issuer.map(|issuer| CardIssuer {
            name: issuer.name.into_inner(),
            phone: issuer.phone.into_inner(),
        }),
        rules: root.rules.map(|path| resolve(path.get_ref(), folder)),
        limits: limits::check(root.limits)?,
        heartbeat: root
            .heartbeat
            .map(|heartbeat| self::heartbeat(heartbeat, folder))
            .transpose()?,
        accounts,
        channels,
    })
}

/// Words of our own for what the TOML reader found. Its messages quote strings of the file, and one of those may be a
/// password under the wrong key.
fn syntax_fault(error: &toml::de::Error) -> Fault {
    let span = error.span().unwrap_or(0..0);
    let message = error.message();
    if let Some(rest) = message.strip_prefix("unknown field `") {
        let (key, known) = rest.split_once('`').unwrap_or((rest, ""));
        return unknown_key(span, key, known);
    }
    if let Some(rest) = message.strip_prefix("missing field `") {
        let key = rest.trim_end_matches('`');
        return Fault::new(
            span,
            format!("the key `{key}` is missing here"),
            format!("add {key} = …; config.example.toml shows every key"),
        );
    }
    if let Some(rest) = message.strip_prefix("invalid type: ") {
        return wrong_type(span, rest);
    }
    if let Some(rest) = message.strip_prefix("invalid value: ") {
        return wrong_type(span, rest);
    }
    let message = message.lines().next().unwrap_or("not valid TOML");
    Fault::new(
        span,
        format!("not valid TOML: {message}"),
        "see https://toml.io for how values are written; text stands in double quotes",
    )
}

fn unknown_key(span: Range<usize>, key: &str, known: &str) -> Fault {
    if ["password", "token", "passwd", "secret"].contains(&key) {
        return Fault::new(
            span,
            format!("`{key}` cannot stand in the configuration itself"),
            "write password_command = [\"pass\", \"show\", \"mail\"], or password_file, password_credential or token_command",
        );
    }
    // What follows is `, expected one of …` or `, expected …`.
    let known = known
        .trim_start_matches(", expected ")
        .trim_start_matches("one of ");
    Fault::new(
        span,
        format!("unknown key `{key}`"),
        format!("the keys known here are {known}"),
    )
}

fn wrong_type(span: Range<usize>, rest: &str) -> Fault {
    // The found value stands first and may hold anything, `, expected ` too: take the last one.
    let (found, expected) = rest
        .rsplit_once(", expected ")
        .unwrap_or((rest, "another type"));
    let found = found.split(' ').next().unwrap_or("something else");
    Fault::new(
        span,
        format!("wrong type: found {found}, expected {expected}"),
        "text stands in double quotes, numbers stand bare, lists stand in [ ]; config.example.toml shows every key",
    )
}

fn heartbeat(table: schema::Heartbeat, folder: &Path) -> Result<Heartbeat, Fault> {
    // The address holds a secret as a rule, so it is not quoted.
    let url = Url::parse(table.url.get_ref()).map_err(|error| {
        Fault::new(
            table.url.span(),
            error.to_string(),
            "write for example heartbeat = { url = \"https://hc-ping.com/…\" }",
        )
    })?;
    Ok(Heartbeat {
        url,
        every: limits::duration(table.every.as_ref(), HEARTBEAT_EVERY)?,
        ca_file: table.ca_file.map(|path| resolve(path.get_ref(), folder)),
    })
}

fn language(value: &Spanned<String>) -> Result<Language, Fault> {
    Language::from_name(value.get_ref()).ok_or_else(|| {
        Fault::new(
            value.span(),
            "unknown language, expected ja or en",
            "write language = \"ja\" or language = \"en\"",
        )
    })
}

fn time_zone(value: &Spanned<String>) -> Result<TimeZone, Fault> {
    TimeZone::get(value.get_ref()).map_err(|_| {
        Fault::new(
            value.span(),
            format!("unknown time zone {:?}, expected an IANA name", value.get_ref()),
            "write for example time_zone = \"Asia/Tokyo\"; `timedatectl list-timezones` prints all names",
        )
    })
}

fn quiet_hours(value: &Spanned<String>) -> Result<(u16, u16), Fault> {
    values::quiet_hours(value.get_ref()).ok_or_else(|| {
        Fault::new(
            value.span(),
            "quiet hours cannot be read, expected HH:MM-HH:MM",
            "write for example quiet_hours = \"01:00-06:00\"; the end may lie past midnight",
        )
    })
}

fn channels(tables: Vec<Spanned<schema::Channel>>) -> Result<Vec<Channel>, Fault> {
    if tables.is_empty() {
        return Err(Fault::new(
            0..0,
            "no channel for alerts",
            "add [[channel]] with kind = \"desktop\" or kind = \"journal\"",
        ));
    }
    let mut names = BTreeSet::new();
    let mut channels = Vec::new();
    for table in tables {
        let span = table.span();
        let channel = channel(table.into_inner())?;
        if !names.insert(channel.name.clone()) {
            return Err(Fault::new(
                span,
                format!("two channels are named {:?}", channel.name),
                "give each channel a name = \"…\" of its own",
            ));
        }
        channels.push(channel);
    }
    Ok(channels)
}

fn channel(table: schema::Channel) -> Result<Channel, Fault> {
    let kind = match table.kind.get_ref().as_str() {
        "desktop" => ChannelKind::Desktop,
        "journal" => ChannelKind::Journal,
        reserved if RESERVED_KINDS.contains(&reserved) => {
            return Err(Fault::new(
                table.kind.span(),
                format!(
                    "channel kind \"{reserved}\" is not available in this version, expected desktop or journal"
                ),
                "use kind = \"desktop\" or kind = \"journal\"",
            ));
        }
        _ => {
            return Err(Fault::new(
                table.kind.span(),
                "unknown channel kind, expected desktop or journal",
                "write kind = \"desktop\" or kind = \"journal\"",
            ));
        }
    };
    let min_severity = match table.min_severity {
        None => Severity::Info,
        Some(value) => values::severity(value.get_ref()).ok_or_else(|| {
            Fault::new(
                value.span(),
                "unknown level, expected info, notice, warning or critical",
                "write min_severity = \"info\" to hear everything",
            )
        })?,
    };
    let name = table
        .name
        .map_or_else(|| Ok(kind.name().to_owned()), |name| filled(name, "name"))?;
    Ok(Channel {
        name,
        kind,
        min_severity,
    })
}
