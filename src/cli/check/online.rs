//! `mailward check --online`: each account's login, what its server offers, its certificate and its stamps.

use std::io::Write;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use crate::cli::exit::{Code, Failure};
use crate::cli::init::sign_in::{SAMPLE, SAMPLE_DAYS};
use crate::cli::init::stamps;
use crate::cli::run::runtime;
use crate::cli::scan::account::{Known, secret};
use crate::config::{Account, Config};
use crate::daemon::mailboxes;
use crate::engine::authentication::provider::is_pinned;
use crate::engine::printable;
use crate::engine::rule::RuleSet;
use crate::engine::watch::input::LinkError;
use crate::engine::wording::setup::{Setup, fill};
use crate::io::clock;
use crate::io::imap::Security;
use crate::io::imap::probe::{self, Survey};

/// A certificate that ends within these days is spoken of.
const SOON_DAYS: i64 = 14;

/// Asks every account; the first that fails decides the exit code, after all were asked.
pub fn run(
    config: &Config,
    rules: &RuleSet,
    words: &Setup,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let runtime = runtime()?;
    let now = clock::now();
    let mut code = None;
    for account in &config.accounts {
        writeln!(out, "online         {}", account.name)?;
        let asked = runtime.block_on(ask(config, account, words, now));
        for line in asked.certificate {
            writeln!(out, "               {line}")?;
        }
        match asked.survey {
            Ok(survey) => tell(account, &survey, rules, words, out)?,
            Err((failed, text)) => {
                writeln!(out, "               {text}")?;
                code = code.or(Some(failed));
            }
        }
    }
    code.map_or(Ok(()), |code| Err(Failure::silent(code)))
}

struct Asked {
    certificate: Vec<String>,
    survey: Result<Survey, (Code, String)>,
}

async fn ask(config: &Config, account: &Account, words: &Setup, now: Timestamp) -> Asked {
    let options = mailboxes::link(account, &config.limits);
    let mut certificate = Vec::new();
    let mut strange = None;
    if account.security != Security::None
        && let Ok(shown) = probe::certificate(&options).await
    {
        let today = now.to_zoned(TimeZone::UTC).date();
        if let Some(day) = shown.last_day {
            let soon = today.saturating_add(SOON_DAYS.days());
            let text = if day <= soon {
                words.certificate_ends
            } else {
                words.certificate_until
            };
            certificate.push(fill(text, &[("day", &day.to_string())]));
        }
        if account
            .certificate
            .is_some_and(|pin| pin != shown.fingerprint)
        {
            let text = shown.fingerprint.to_string();
            certificate.push(fill(words.certificate_other, &[("fingerprint", &text)]));
        }
        strange = account
            .certificate
            .is_none()
            .then(|| shown.fingerprint.to_string());
    }
    let survey = match secret(account).await {
        Ok(credential) => {
            let since = now
                .checked_sub(SignedDuration::from_hours(24 * SAMPLE_DAYS))
                .unwrap_or(now);
            probe::survey(&options, &Known(credential), since, SAMPLE)
                .await
                .map_err(|error| match (error, &strange) {
                    (LinkError::Tls(_), Some(fingerprint)) => {
                        let places = [
                            ("host", account.host.as_str()),
                            ("fingerprint", fingerprint),
                        ];
                        let text = fill(words.certificate_strange, &places);
                        (Code::Unavailable, text)
                    }
                    (error, _) => failed(error, account, words),
                })
        }
        Err(failure) => Err((failure.code, failure.what)),
    };
    Asked {
        certificate,
        survey,
    }
}

fn tell(
    account: &Account,
    survey: &Survey,
    rules: &RuleSet,
    words: &Setup,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let mut line = |text: String| writeln!(out, "               {text}");
    let folders: Vec<String> = survey.probe.folders.iter().map(folder).collect();
    let folders = folders.join(", ");
    line(fill(words.logged_in, &[("folders", &folders)]))?;
    line(if survey.probe.idle {
        words.idle.to_owned()
    } else {
        let every = crate::config::Limits::default().policy.poll_every.as_secs();
        fill(words.polling, &[("seconds", &every.to_string())])
    })?;
    line(survey.probe.capabilities.join(" "))?;
    let (seen, _) = stamps::seen(&survey.headers, rules);
    if seen.is_empty() {
        return line(words.stamps_none.to_owned());
    }
    let ids: Vec<String> = seen
        .iter()
        .map(|(id, count)| format!("{} ({count})", printable::stripped(id)))
        .collect();
    line(fill(words.stamps_here, &[("ids", &ids.join(", "))]))?;
    let pinned = &account.authserv_ids;
    if !pinned.is_empty() && !seen.keys().any(|id| is_pinned(id, pinned)) {
        line(fill(words.stamps_absent, &[("ids", &pinned.join(", "))]))?;
    }
    Ok(())
}

/// A folder with its uses: `Spam (\junk)`.
fn folder(found: &crate::io::imap::folders::FolderFound) -> String {
    const USES: [&str; 7] = [
        "\\all",
        "\\archive",
        "\\drafts",
        "\\flagged",
        "\\junk",
        "\\sent",
        "\\trash",
    ];
    let uses: Vec<&str> = found
        .attributes
        .iter()
        .map(String::as_str)
        .filter(|attribute| USES.contains(attribute))
        .collect();
    let name = printable::stripped(&found.name);
    if uses.is_empty() {
        name
    } else {
        format!("{name} ({})", uses.join(" "))
    }
}

fn failed(error: LinkError, account: &Account, words: &Setup) -> (Code, String) {
    let cause = error.to_string();
    let port = account.port.to_string();
    match error {
        LinkError::Refused { .. } => (
            Code::LoginRefused,
            fill(words.refused, &[("user", &account.user)]),
        ),
        LinkError::Busy(_) => (Code::TryAgain, words.busy.to_owned()),
        LinkError::SignIn => (Code::LoginRefused, fill(words.failed, &[("cause", &cause)])),
        LinkError::Secret | LinkError::Unsupported(_) => {
            (Code::Config, fill(words.failed, &[("cause", &cause)]))
        }
        LinkError::Tls(_)
        | LinkError::Network(_)
        | LinkError::Timeout(_)
        | LinkError::Closed
        | LinkError::Protocol(_) => {
            let places = [
                ("host", account.host.as_str()),
                ("port", &port),
                ("cause", &cause),
            ];
            (Code::Unavailable, fill(words.unreachable, &places))
        }
    }
}
