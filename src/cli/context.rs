//! What several commands load before their own work: the configuration, the rules, the language.

use std::path::{Path, PathBuf};

use crate::cli::arguments::{Global, TrustOptions};
use crate::cli::exit::{Code, Failure};
use crate::config::error::ConfigError;
use crate::config::language;
use crate::config::{Config, locate, parse};
use crate::engine::rule::{RuleSet, Trust};
use crate::engine::wording::Language;

/// The configuration that a command cannot do without.
pub fn config(global: &Global) -> Result<Config, Failure> {
    let file = locate::config_file(global.config.clone())?;
    Ok(parse::load(&file)?)
}

/// The configuration of a command that works without one: `None` where none was named and none lies in its place.
pub fn optional_config(global: &Global) -> Result<Option<Config>, Failure> {
    match locate::config_file(global.config.clone()) {
        Ok(file) => Ok(Some(parse::load(&file)?)),
        Err(ConfigError::Missing { .. }) => Ok(None),
        Err(error @ (ConfigError::Unreadable { .. } | ConfigError::Invalid { .. })) => {
            Err(error.into())
        }
    }
}

/// The language of what is printed.
pub fn language(global: &Global, config: Option<&Config>) -> Language {
    global
        .lang
        .or_else(|| config.and_then(|config| config.language))
        .unwrap_or_else(language::of_locale)
}

/// The built-in rules and those of the configured folder.
pub fn rules(config: Option<&Config>) -> Result<RuleSet, Failure> {
    let Some(folder) = config.and_then(|config| config.rules.as_deref()) else {
        return Ok(RuleSet::built_in()?);
    };
    Ok(RuleSet::with_packs(&packs(folder)?)?)
}

/// The rule files of a folder, by name.
fn packs(folder: &Path) -> Result<Vec<(String, String)>, Failure> {
    let closed = |error: std::io::Error| Failure {
        causes: vec![error.to_string()],
        ..Failure::new(
            Code::Config,
            format!("{}: the folder of rules cannot be read", folder.display()),
            "correct or remove `rules` in the configuration",
        )
    };
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(closed)? {
        let path = entry.map_err(closed)?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            paths.push(path);
        }
    }
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(&path).map_err(closed)?;
            Ok((path.display().to_string(), text))
        })
        .collect()
}

/// What the account, or all accounts together, trust, and what the command line adds.
pub fn trust(config: Option<&Config>, options: &TrustOptions) -> Result<Trust, Failure> {
    let mut trust = match (config, &options.account) {
        (None, None) => Trust::default(),
        (Some(config), None) => config.trust(),
        (None, Some(_)) => {
            return Err(Failure::new(
                Code::Usage,
                "--account needs a configuration, and none was found",
                "name one with --config, or use --address and --authserv-id",
            ));
        }
        (Some(config), Some(name)) => match config.account(name) {
            Some(account) => account.trust(),
            None => return Err(unknown_account(config, name)),
        },
    };
    let lower = |texts: &[String]| -> Vec<String> {
        texts
            .iter()
            .map(|text| text.trim().to_lowercase())
            .collect()
    };
    trust.addresses.extend(lower(&options.addresses));
    trust.authserv_ids.extend(lower(&options.authserv_ids));
    Ok(trust)
}

/// The failure of a command that was given another name.
pub(crate) fn unknown_account(config: &Config, name: &str) -> Failure {
    let known: Vec<&str> = config
        .accounts
        .iter()
        .map(|account| account.name.as_str())
        .collect();
    Failure::new(
        Code::Usage,
        format!("no account is named {name:?} in {}", config.file.display()),
        format!("the accounts are {}", known.join(", ")),
    )
}
