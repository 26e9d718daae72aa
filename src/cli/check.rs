//! `mailward check`: whether the configuration, the rules and the secrets' places are sound, and what will be watched.

pub mod online;

use std::io::Write;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::cli::arguments::Global;
use crate::cli::context;
use crate::cli::exit::{Code, Failure};
use crate::config::{Account, Config};
use crate::engine::wording::table::phrases;
use crate::io::environment;
use crate::io::imap::Security;
use crate::io::secrets::Source;

/// Prints what will be watched. No secret is read and no server is asked, unless it is to be done `online`.
pub fn run(global: &Global, online: bool, out: &mut dyn Write) -> Result<(), Failure> {
    let config = context::config(global)?;
    let rules = context::rules(Some(&config))?;
    for account in &config.accounts {
        files_are_there(account)?;
    }
    print(&config, rules.services().count(), out)?;
    if online {
        let language = context::language(global, Some(&config));
        online::run(&config, &rules, phrases(language).setup(), out)?;
    }
    Ok(())
}

fn print(config: &Config, services: usize, out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(out, "configuration  {}", config.file.display())?;
    writeln!(out, "rules          {services} services")?;
    for account in &config.accounts {
        let Account {
            name,
            user,
            host,
            port,
            ..
        } = account.as_ref();
        let security = match account.security {
            Security::Tls => "tls",
            Security::StartTls => "starttls",
            Security::None => "no encryption",
        };
        writeln!(
            out,
            "account        {name}: {user} at {host}:{port} ({security})"
        )?;
        writeln!(
            out,
            "               folders: {}",
            account.folders.join(", ")
        )?;
        writeln!(
            out,
            "               addresses: {}",
            account.addresses.join(", ")
        )?;
        if account.authserv_ids.is_empty() {
            writeln!(
                out,
                "               no authserv_ids: every sender stays unverified, and alerts stop at warning"
            )?;
        } else {
            writeln!(
                out,
                "               believes: {}",
                account.authserv_ids.join(", ")
            )?;
        }
        writeln!(out, "               secret: {}", described(&account.secret))?;
    }
    for channel in &config.channels {
        let kind = channel.kind.name();
        writeln!(
            out,
            "channel        {} ({kind}), from {} on",
            channel.name, channel.min_severity
        )?;
    }
    Ok(())
}

/// Where the secret comes from; of a command only the program, since its arguments may be anything.
fn described(secret: &Source) -> String {
    let program = |argv: &[String]| argv.first().cloned().unwrap_or_default();
    match secret {
        Source::Command(argv) => format!("printed by {}", program(argv)),
        Source::File(path) => format!("in {}", path.display()),
        Source::Credential(name) => format!("systemd credential {name}"),
        Source::TokenCommand(argv) => format!("token printed by {}", program(argv)),
        Source::OAuth(registration) => {
            format!("OAuth at {}", registration.token_url.host())
        }
    }
}

fn files_are_there(account: &Account) -> Result<(), Failure> {
    let missing = |what: String, hint: &str| {
        Err(Failure::new(
            Code::Config,
            format!("account {:?}: {what}", account.name),
            hint,
        ))
    };
    if let Some(file) = &account.ca_file
        && let Err(error) = std::fs::File::open(file)
    {
        return missing(
            format!("ca_file {}: {error}", file.display()),
            "correct or remove ca_file",
        );
    }
    match &account.secret {
        Source::Command(argv) | Source::TokenCommand(argv) => {
            let program = argv.first().map(String::as_str).unwrap_or_default();
            if environment::program(program).is_none() {
                return missing(
                    format!("the program {program:?} of its password source is not there"),
                    "install it, or write its whole path; the first word is a program, no shell reads it",
                );
            }
        }
        Source::File(path) => return password_file(account, path),
        // That nobody has signed in yet is no fault of the configuration; `--online` tells it.
        Source::OAuth(_) => {}
        Source::Credential(name) => match environment::directory("CREDENTIALS_DIRECTORY") {
            Some(folder) if folder.join(name).is_file() => {}
            Some(folder) => {
                return missing(
                    format!("no credential {name:?} in {}", folder.display()),
                    "add LoadCredential= or LoadCredentialEncrypted= with that name to the unit",
                );
            }
            None => {
                return missing(
                    "password_credential is set, but $CREDENTIALS_DIRECTORY is not".to_owned(),
                    "credentials exist only inside the systemd unit: try systemd-run -p LoadCredential=… mailward check",
                );
            }
        },
    }
    Ok(())
}

fn password_file(account: &Account, path: &Path) -> Result<(), Failure> {
    let at = |what: String| {
        format!(
            "account {:?}: password_file {}: {what}",
            account.name,
            path.display()
        )
    };
    let metadata = std::fs::metadata(path).map_err(|error| {
        Failure::new(
            Code::Config,
            at(error.to_string()),
            "create the file with mode 0600, or correct the path",
        )
    })?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(Failure::new(
            Code::Config,
            at(format!(
                "mode {mode:04o} lets others read it, expected 0600"
            )),
            format!("chmod 600 {}", path.display()),
        ));
    }
    Ok(())
}
