//! The events of a scenario, one at a time, in order.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use mailward::engine::incident::Answer;
use mailward::engine::signal::{Signal, SignalId};

use crate::scenario_runner::mail;
use crate::scenario_runner::script::{CatchUp, Event, Mail, Screen, Script};

/// Something that happens at a moment of true time.
#[derive(Debug, Clone)]
pub struct Moment {
    pub at: Timestamp,
    pub what: What,
}

/// What happens.
#[derive(Debug, Clone)]
pub enum What {
    Mail(Arrival),
    Deleted(SignalId),
    Screen(Screen),
    Answer {
        answer: Answer,
        /// The Message-ID of a member, or the newest incident.
        about: Option<String>,
    },
    Expect {
        service: String,
        lasting: SignedDuration,
        orders: bool,
    },
    CatchUp(CatchUp, String),
    Clock(SignedDuration),
    Suspend(SignedDuration),
    Crash,
    Delivered,
    Close,
    Done(String),
}

/// A mail as it reaches the mailbox.
#[derive(Debug, Clone)]
pub struct Arrival {
    pub at: Timestamp,
    /// Stands for the hash of its sender.
    pub sender: u32,
    pub says: Option<Box<Signal>>,
}

/// Everything that happens to one person, by time.
pub fn of(script: &Script, person: &str) -> Vec<Moment> {
    let mut moments = Vec::new();
    let mut names: BTreeMap<String, Signal> = BTreeMap::new();
    let mut number = 0;
    for event in &script.events {
        let theirs = event.person.as_deref().unwrap_or(&script.options.person) == person;
        for copy in 0..event.repeat {
            let shift = event.every.0 * i32::try_from(copy).unwrap();
            let what = if event.mail == Some(Mail::Newsletter) {
                What::Mail(Arrival {
                    at: script.at(event.arrived.unwrap_or(event.at)) + shift,
                    sender: 1_000 + copy % event.senders,
                    says: None,
                })
            } else if event.mail.is_some() || event.copy_of.is_some() {
                number += 1;
                let signal = mail(script, event, copy, number, &mut names);
                What::Mail(Arrival {
                    at: signal.arrived_at,
                    sender: signal.service.bytes().map(u32::from).sum::<u32>() % 1_000,
                    says: Some(Box::new(signal)),
                })
            } else {
                happening(event, &names)
            };
            if theirs {
                let seen = if event.at_once {
                    SignedDuration::ZERO
                } else {
                    shift
                };
                let at = script.at(event.at) + seen;
                moments.push(Moment { at, what });
            }
        }
    }
    moments.sort_by_key(|moment| moment.at);
    moments
}

fn mail(
    script: &Script,
    event: &Event,
    copy: u32,
    number: u32,
    names: &mut BTreeMap<String, Signal>,
) -> Signal {
    if let Some(original) = &event.copy_of {
        let mut again = names
            .get(original)
            .unwrap_or_else(|| panic!("{}: no mail is called {original}", script.name()))
            .clone();
        again.source = format!("home/{};uid={number}", event.folder);
        again.arrived_at = script.at(event.arrived.unwrap_or(event.at));
        again.sender = event.sender;
        return again;
    }
    let name = match &event.name {
        Some(name) if event.repeat == 1 => name.clone(),
        Some(name) => format!("{name}-{}", copy + 1),
        None => format!("mail-{number}"),
    };
    let signal = mail::signal(script, event, &name, copy, number);
    assert!(
        names.insert(name.clone(), signal.clone()).is_none(),
        "{}: two mails are called {name}",
        script.name()
    );
    signal
}

fn happening(event: &Event, names: &BTreeMap<String, Signal>) -> What {
    if let Some(answer) = event.answer {
        let about = event.about.as_ref().map(|name| {
            names
                .get(name)
                .and_then(|signal| signal.message_id.clone())
                .unwrap_or_else(|| panic!("no mail is called {name}"))
        });
        return What::Answer { answer, about };
    }
    if let Some(service) = &event.expect {
        return What::Expect {
            service: service.clone(),
            lasting: event.lasting.0,
            orders: event.expect_orders,
        };
    }
    if let Some(catch_up) = event.catch_up {
        return What::CatchUp(catch_up, format!("home/{}", event.folder));
    }
    if let Some(clock) = event.clock {
        return What::Clock(clock.0);
    }
    if let Some(suspend) = event.suspend {
        return What::Suspend(suspend.0);
    }
    if let Some(name) = &event.deleted {
        return What::Deleted(names[name].id.clone());
    }
    if let Some(screen) = event.screen {
        return What::Screen(screen);
    }
    if let Some(step) = event.done.first() {
        return What::Done(step.clone());
    }
    match (event.crash, event.delivered, event.close) {
        (true, false, false) => What::Crash,
        (false, true, false) => What::Delivered,
        (false, false, true) => What::Close,
        _ => panic!("an event in which nothing, or too much, happens: {event:?}"),
    }
}
