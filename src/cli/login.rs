//! `mailward login`: signs in to an account at its provider, and keeps the tokens for the daemon.

use std::io::Write;
use std::time::Duration;

use crate::cli::arguments::Global;
use crate::cli::context;
use crate::cli::exit::{Code, Failure};
use crate::cli::logging;
use crate::cli::run::runtime;
use crate::engine::wording::setup::fill;
use crate::engine::wording::table::phrases;
use crate::io::clock;
use crate::io::oauth::error::OAuthError;
use crate::io::oauth::flow::{self, Task};
use crate::io::oauth::kept;
use crate::io::secrets::Source;

/// Shows address and code, waits for the person, keeps the tokens.
pub fn run(global: &Global, account: &str, out: &mut dyn Write) -> Result<(), Failure> {
    logging::start();
    let config = context::config(global)?;
    let Some(account) = config.account(account) else {
        return Err(context::unknown_account(&config, account));
    };
    let Source::OAuth(registration) = &account.secret else {
        let key = account.secret.key();
        return Err(Failure::new(
            Code::Config,
            format!("account {:?} has {key}, not oauth", account.name),
            "nothing to sign in to: write oauth = { provider = …, client_id = … } in its place, or leave it as it is",
        ));
    };
    let words = phrases(context::language(global, Some(&config))).login();
    // Before the person has gone through it all, not after.
    kept::path(registration).map_err(|error| failure(&error))?;
    let clock = clock::system();
    let mut shown = Ok(());
    let show = |task: &Task| {
        let minutes = task.lasts.as_secs().div_ceil(60).to_string();
        let places = [
            ("account", account.name.as_str()),
            ("user", account.user.as_str()),
            ("address", task.address.as_str()),
            ("code", task.code.as_str()),
            ("minutes", minutes.as_str()),
        ];
        shown = writeln!(out, "{}", fill(words.task, &places)).and_then(|()| out.flush());
    };
    let sleep = |wait: Duration| tokio::time::sleep(wait);
    let tokens = runtime()?
        .block_on(flow::sign_in(registration, &clock, show, sleep))
        .map_err(|error| failure(&error))?;
    shown?;
    kept::write(registration, &tokens).map_err(|error| failure(&error))?;
    let places = [("account", account.name.as_str())];
    writeln!(out, "{}", fill(words.done, &places))?;
    if tokens.refresh.is_none() {
        writeln!(out, "{}", fill(words.short, &places))?;
    }
    Ok(())
}

fn failure(error: &OAuthError) -> Failure {
    let code = match error {
        OAuthError::NotSignedIn { .. }
        | OAuthError::SignedOut { .. }
        | OAuthError::Declined
        | OAuthError::Expired => Code::LoginRefused,
        OAuthError::Refused { .. }
        | OAuthError::Scope
        | OAuthError::Answer
        | OAuthError::NoFolder
        | OAuthError::Secret(_) => Code::Config,
        OAuthError::Unreachable(_) | OAuthError::Trouble => Code::Unavailable,
        OAuthError::NotKept { .. } => Code::Io,
    };
    // The text of each error ends with its next step.
    Failure {
        hint: None,
        ..Failure::from_error(code, error, "")
    }
}
