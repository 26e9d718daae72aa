//! `mailward scan`: the same engine over mail that lies on the disk or in an account, with each mail's arrival as the
//! clock.

pub mod account;
pub mod ahead;
pub mod answers;
pub mod jsonl;
pub mod learn;
pub mod names;
pub mod progress;
pub mod reading;
pub mod replay;
pub mod text;

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::cli::arguments::{Format, Global, Scan};
use crate::cli::context;
use crate::cli::exit::{Code, Failure};
use crate::cli::scan::progress::Progress;
use crate::cli::scan::reading::Reading;
use crate::config::{Config, accounts};
use crate::daemon::speech::Speech;
use crate::engine::correlator;
use crate::engine::signal::Signal;
use crate::io::{archives, clock, environment};

/// Everything that a scan found.
#[derive(Debug, Default)]
pub struct Found {
    /// Mails that were looked at.
    pub messages: u64,
    /// Mails that could not be read.
    pub unreadable: u64,
    /// Every mail that could be read, by arrival.
    pub mails: Vec<replay::ScannedMail>,
    /// What would have happened.
    pub replayed: replay::Replayed,
    /// One line for each alert, in the same order.
    pub titles: Vec<String>,
    /// What was learned, where that was asked for.
    pub lesson: Option<learn::Lesson>,
    /// How long it took, in seconds.
    pub elapsed_seconds: f64,
}

/// Reads all paths or the account, replays what the mails say and prints it.
pub fn run(global: &Global, options: &Scan, out: &mut dyn Write) -> Result<(), Failure> {
    let started = clock::now();
    let config = if options.learn {
        Some(context::config(global)?)
    } else {
        context::optional_config(global)?
    };
    let account = options.trust.account.as_deref();
    let person = match &config {
        Some(config) if options.learn => Some(learn::whose(config, account)?),
        Some(_) | None => None,
    };
    let language = context::language(global, config.as_ref());
    let trust = context::trust(config.as_ref(), &options.trust)?;
    let rules = Arc::new(context::rules(config.as_ref())?);
    let answers = match &options.answers {
        Some(path) => answers::load(path)?,
        None => Vec::new(),
    };
    let since = options
        .since
        .map(|duration| earliest(started, duration))
        .transpose()?;
    let reading = Reading {
        rules: &rules,
        trust: &trust,
        since,
        progress: Progress::begin(language),
        found: Found::default(),
        places: Vec::new(),
    };
    let mut found = read(config.as_ref(), options, reading)?;
    let options_of_person = self::person(config.as_ref(), account);
    found.replayed = replay::replay_mails(&options_of_person, &found.mails, &answers);
    let speech = Speech::of(
        rules,
        language,
        options_of_person.time_zone.clone(),
        config.and_then(|config| config.card_issuer),
    );
    found.titles = found
        .replayed
        .alerts
        .iter()
        .map(|alert| speech.alert(alert, alert.at).title)
        .collect();
    // What was found is printed even where what was learned cannot be stored.
    let refused = match person.map(|person| learn::learn(global, person, &found)) {
        Some(Ok(lesson)) => {
            found.lesson = Some(lesson);
            None
        }
        Some(Err(failure)) => Some(failure),
        None => None,
    };
    found.elapsed_seconds = seconds(clock::now().duration_since(started));
    match options.format {
        Format::Jsonl => jsonl::print(&found, options.signals, out)?,
        Format::Text => text::print(
            &found,
            options.signals,
            language,
            &options_of_person.time_zone,
            out,
        )?,
    }
    refused.map_or(Ok(()), Err)
}

fn read(
    config: Option<&Config>,
    options: &Scan,
    mut reading: Reading<'_>,
) -> Result<Found, Failure> {
    let account = options.trust.account.as_deref();
    match config.zip(account) {
        Some((config, name)) if options.paths.is_empty() => {
            if let Some(account) = config.account(name) {
                account::read(config, account, &mut reading)?;
            }
        }
        Some(_) | None => {
            // All paths are opened first, so that a wrong one shows before an hour of reading.
            let mut opened = Vec::new();
            for path in &options.paths {
                opened.push(archives::open(path)?);
            }
            reading.archives(opened);
        }
    }
    Ok(reading.end())
}

fn earliest(now: Timestamp, back: std::time::Duration) -> Result<Timestamp, Failure> {
    SignedDuration::try_from(back)
        .ok()
        .and_then(|back| now.checked_sub(back).ok())
        .ok_or_else(|| {
            Failure::new(
                Code::Usage,
                "--since reaches too far back",
                "write for example --since 90d",
            )
        })
}

impl Found {
    /// What the mails say, by arrival.
    pub fn signals(&self) -> impl Iterator<Item = &Signal> {
        self.mails
            .iter()
            .filter_map(|(_, _, signal)| signal.as_deref())
    }
}

/// How the correlator of this scan is set up.
pub fn person(config: Option<&Config>, account: Option<&str>) -> correlator::Options {
    let person = config
        .and_then(|config| match account {
            Some(name) => config.account(name),
            None => config.accounts.first().map(AsRef::as_ref),
        })
        .map_or(accounts::DEFAULT_PERSON, |account| account.person.as_str());
    correlator::Options {
        person: person.to_owned(),
        live: false,
        time_zone: config.map_or_else(environment::time_zone, |config| config.time_zone.clone()),
        quiet_hours: config.and_then(|config| config.quiet_hours),
        mailbox_services: Vec::new(),
    }
}

/// Seconds with three decimals.
fn seconds(elapsed: SignedDuration) -> f64 {
    (elapsed.as_secs_f64().max(0.0) * 1_000.0).round() / 1_000.0
}

/// How many of each name, by name.
pub fn counted<'a>(names: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, u64> {
    let mut counts = BTreeMap::new();
    for name in names {
        let count: &mut u64 = counts.entry(name).or_default();
        *count = count.saturating_add(1);
    }
    counts
}
