//! `mailward test-alert`: whether alerts arrive, channel by channel.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;

use crate::cli::arguments::Global;
use crate::cli::exit::{Code, Failure};
use crate::cli::run::runtime;
use crate::cli::voice::Voice;
use crate::cli::{context, desk};
use crate::config::Config;
use crate::daemon::channels::Channels;
use crate::daemon::trial::Trials;
use crate::engine::wording::command::Said;
use crate::io::clock;
use crate::io::control::outcome::{Outcome, Tested};
use crate::io::control::protocol::{Refusal, RefusalKind, Reply, Request};

/// Longer than any channel takes.
const PATIENCE: Duration = Duration::from_mins(1);

/// Sends it through the running daemon, else by itself; 69 where a channel did not take it.
pub fn run(global: &Global, channel: Option<String>, out: &mut dyn Write) -> Result<(), Failure> {
    let (reply, voice) = if let Some(mut client) = desk::daemon()? {
        let request = Request::TestAlert { channel };
        let reply = client.ask(&request).map_err(desk::unreachable)?;
        (reply, Voice::new(global)?)
    } else {
        let config = context::config(global)?;
        let rules = Arc::new(context::rules(Some(&config))?);
        let voice = Voice::of(global, Some(&config), rules);
        let reply = runtime()?.block_on(alone(&config, &voice, channel));
        (reply, voice)
    };
    let Outcome::Tested(tested) = reply.map_err(desk::refused)? else {
        return Err(desk::unexpected());
    };
    for Tested { channel, error } in &tested {
        let said = match error {
            None => Said::Tested { channel },
            Some(why) => Said::NotTested { channel, why },
        };
        writeln!(out, "{}", voice.said(said))?;
    }
    if tested.iter().any(|tested| tested.error.is_some()) {
        return Err(Failure::silent(Code::Unavailable));
    }
    Ok(())
}

/// Through channels of our own, where no daemon has any.
pub async fn alone(config: &Config, voice: &Voice, channel: Option<String>) -> Reply {
    let (reports, mut delivered) = mpsc::channel(16);
    let tasks = TaskTracker::new();
    let channels = Channels::start(
        &config.channels,
        &voice.speech,
        &clock::system(),
        None,
        reports,
        // Nobody is here to take an answer.
        mpsc::channel(1).0,
        &tasks,
    );
    let (replies, mut answers) = mpsc::channel(1);
    let mut trials = Trials::default();
    trials.begin(voice.now, channel, &channels, replies);
    let waited = tokio::time::timeout(PATIENCE, async {
        loop {
            tokio::select! {
                biased;
                reply = answers.recv() => return reply,
                Some(report) = delivered.recv() => trials.note(&report),
            }
        }
    });
    waited.await.ok().flatten().unwrap_or_else(|| {
        Err(Refusal::new(
            RefusalKind::Unavailable,
            "a channel does not say whether it took the test alert",
            "name the channels one by one with --channel",
        ))
    })
}
