//! `mailward test-alert`: whether alerts arrive, channel by channel; the person says so, or presses the button.

use std::collections::BTreeSet;
use std::io::{self, BufRead as _, IsTerminal as _, Write};
use std::sync::Arc;
use std::sync::mpsc as events;
use std::thread;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;

use crate::cli::arguments::Global;
use crate::cli::exit::{Code, Failure};
use crate::cli::run::runtime;
use crate::cli::voice::Voice;
use crate::cli::{context, desk};
use crate::config::{Channel, Config};
use crate::daemon::channels::{Channels, Returned};
use crate::daemon::speech::Speech;
use crate::daemon::trial::Trials;
use crate::engine::wording::command::Said;
use crate::io::clock;
use crate::io::control::client::ClientError;
use crate::io::control::outcome::{Outcome, Tested};
use crate::io::control::protocol::{Refusal, RefusalKind, Reply, Request};

/// Longer than any channel takes.
const PATIENCE: Duration = Duration::from_mins(1);

/// What is waited for, from whichever side it comes.
enum Event {
    /// Of the daemon, or of the channels themselves.
    Reply(Reply),
    /// The daemon cannot be talked to.
    Failed(ClientError),
    /// The person typed a line; `None`: there will be none.
    Typed(Option<String>),
}

/// Sends it through the running daemon, else by itself. On a terminal it asks whether it arrived, unless `yes`; 69
/// where it did not.
pub fn run(
    global: &Global,
    channel: Option<String>,
    yes: bool,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let asks = !yes && io::stdin().is_terminal() && io::stdout().is_terminal();
    let (sender, heard) = events::channel();
    let voice = send(global, channel, asks, &sender)?;
    let tested = tested(&heard)?;
    for Tested { channel, error } in &tested {
        let said = match error {
            None => Said::Tested { channel },
            Some(why) => Said::NotTested { channel, why },
        };
        writeln!(out, "{}", voice.said(said))?;
    }
    let failed = tested.iter().any(|tested| tested.error.is_some());
    let sent = tested.into_iter().filter(|it| it.error.is_none());
    let sent: Vec<String> = sent.map(|it| it.channel).collect();
    let arrived = if asks {
        read_lines(sender);
        confirm(&sent, &voice, &heard, out)?
    } else {
        if !yes && !sent.is_empty() {
            writeln!(
                anstream::stderr(),
                "{}",
                voice.phrases.desktop().nobody_asked
            )?;
        }
        true
    };
    if failed || !arrived {
        return Err(Failure::silent(Code::Unavailable));
    }
    Ok(())
}

/// Through channels of our own, where no daemon has any: what became of it on each. Nobody is asked whether it arrived.
pub fn alone_and_unasked(config: &Config, voice: &Voice) -> Result<Vec<Tested>, Failure> {
    let (sender, heard) = events::channel();
    let (channels, speech, runtime) = (config.channels.clone(), voice.speech.clone(), runtime()?);
    thread::spawn(move || {
        runtime.block_on(alone(&channels, &speech, None, &sender));
    });
    tested(&heard)
}

/// Sends the test alert; everything that comes of it goes into `events`.
fn send(
    global: &Global,
    channel: Option<String>,
    asks: bool,
    events: &events::Sender<Event>,
) -> Result<Voice, Failure> {
    let events = events.clone();
    let Some(mut client) = desk::daemon()? else {
        let config = context::config(global)?;
        let rules = Arc::new(context::rules(Some(&config))?);
        let voice = Voice::of(global, Some(&config), rules);
        let (speech, runtime) = (voice.speech.clone(), runtime()?);
        thread::spawn(move || {
            runtime.block_on(alone(&config.channels, &speech, channel, &events));
        });
        return Ok(voice);
    };
    let request = Request::TestAlert {
        channel,
        confirm: asks,
    };
    if !asks {
        let reply = client.ask(&request).map_err(desk::unreachable)?;
        let _ = events.send(Event::Reply(reply));
        return Voice::new(global);
    }
    client.follow(&request).map_err(desk::unreachable)?;
    thread::spawn(move || {
        loop {
            let event = match client.next_reply() {
                Ok(Some(reply)) => Event::Reply(reply),
                Ok(None) => return,
                Err(error) => Event::Failed(error),
            };
            let is_over = matches!(event, Event::Failed(_));
            if events.send(event).is_err() || is_over {
                return;
            }
        }
    });
    Voice::new(global)
}

/// What became of it on each channel.
fn tested(heard: &events::Receiver<Event>) -> Result<Vec<Tested>, Failure> {
    match heard.recv_timeout(PATIENCE) {
        Ok(Event::Reply(Ok(Outcome::Tested(tested)))) => Ok(tested),
        Ok(Event::Reply(Ok(_)) | Event::Typed(_)) => Err(desk::unexpected()),
        Ok(Event::Reply(Err(refusal))) => Err(desk::refused(refusal)),
        Ok(Event::Failed(error)) => Err(desk::unreachable(error)),
        Err(_) => Err(desk::refused(Refusal::new(
            RefusalKind::Unavailable,
            "a channel does not say whether it took the test alert",
            "name the channels one by one with --channel",
        ))),
    }
}

/// Reads what is typed, beside whatever else happens.
fn read_lines(events: events::Sender<Event>) {
    thread::spawn(move || {
        for line in io::stdin().lock().lines() {
            if events.send(Event::Typed(line.ok())).is_err() {
                return;
            }
        }
        let _ = events.send(Event::Typed(None));
    });
}

/// Asks about one channel after the other; a press on the alert's own button answers too. Says whether all arrived.
fn confirm(
    channels: &[String],
    voice: &Voice,
    heard: &events::Receiver<Event>,
    out: &mut dyn Write,
) -> Result<bool, Failure> {
    let labels = voice.phrases.desktop();
    let mut pressed = BTreeSet::new();
    let mut all = true;
    for channel in channels {
        let mut typed = None;
        let mut asked = false;
        while typed.is_none() && !pressed.contains(channel) {
            if !asked {
                write!(out, "{} ", labels.did_it_arrive.replace('…', channel))?;
                out.flush()?;
                asked = true;
            }
            match heard.recv() {
                Ok(Event::Typed(Some(line))) => {
                    typed = said_yes(&line);
                    asked = typed.is_some();
                }
                Ok(Event::Reply(Ok(Outcome::Arrived(on)))) => {
                    if on == *channel {
                        writeln!(out)?;
                    }
                    pressed.insert(on);
                }
                // The daemon ended: what is typed still counts.
                Ok(Event::Reply(_) | Event::Failed(_)) => {}
                Ok(Event::Typed(None)) | Err(_) => {
                    writeln!(out)?;
                    typed = Some(false);
                }
            }
        }
        let arrived = typed.unwrap_or(true);
        let said = if arrived {
            labels.it_arrived
        } else {
            labels.it_did_not
        };
        writeln!(out, "{}", said.replace('…', channel))?;
        all &= arrived;
    }
    Ok(all)
}

fn said_yes(line: &str) -> Option<bool> {
    match line.trim().to_lowercase().as_str() {
        "y" | "yes" | "はい" => Some(true),
        "n" | "no" | "いいえ" => Some(false),
        _ => None,
    }
}

/// Through channels of our own, since no daemon has any; goes on for as long as the process does.
async fn alone(
    configured: &[Channel],
    speech: &Speech,
    channel: Option<String>,
    events: &events::Sender<Event>,
) {
    let (reports, mut delivered) = mpsc::channel(16);
    let (returns, mut returned) = mpsc::channel(16);
    let tasks = TaskTracker::new();
    let channels = Channels::start(
        configured,
        speech,
        &clock::system(),
        None,
        reports,
        returns,
        &tasks,
        None,
    );
    let (replies, mut answers) = mpsc::channel(16);
    let mut trials = Trials::default();
    trials.begin(clock::now(), channel, true, &channels, replies);
    loop {
        tokio::select! {
            biased;
            Some(reply) = answers.recv() => {
                if events.send(Event::Reply(reply)).is_err() {
                    return;
                }
            }
            Some(report) = delivered.recv() => trials.note(&report),
            Some(returned) = returned.recv() => match returned {
                Returned::Arrived { channel, alert } => trials.arrived(&channel, &alert),
                Returned::Answered { .. }
                | Returned::Replied { .. }
                | Returned::TextMessage { .. }
                | Returned::Wanted { .. } => {}
            },
        }
    }
}
