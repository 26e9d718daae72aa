//! What a request means for a person's correlator, and what its outcome says: the same with and without a daemon.

use jiff::{SignedDuration, Timestamp};

use crate::daemon::learning;
use crate::daemon::near::near;
use crate::daemon::people::People;
use crate::engine::advice::PlaybookStep;
use crate::engine::correlator::Input;
use crate::engine::expectation::ANY_SERVICE;
use crate::engine::forgetting::Forgetting;
use crate::engine::incident::{Answer, Incident, IncidentId, Status};
use crate::engine::rule::RuleSet;
use crate::io::control::outcome::{
    Answered, Effect, Expected, Learned, Numbered, Outcome, Settled,
};
use crate::io::control::protocol::{Refusal, RefusalKind, Reply, Request};
use crate::io::store::change::Change;
use crate::io::store::error::{StoreError, Trouble};
use crate::io::store::reader::Reader;

/// The longest time for which codes or orders can be expected.
const EXPECT_AT_MOST: SignedDuration = SignedDuration::from_hours(24);

/// Alerts that one reply holds at most.
const ALERTS_AT_MOST: u32 = 1_000;

/// An input for a correlator, and what is needed to tell what came of it.
#[derive(Debug)]
pub struct Deed {
    /// Whose correlator.
    pub person: String,
    /// What it takes.
    pub input: Input,
    /// What is written with it.
    pub change: Change,
    asked: Asked,
}

#[derive(Debug)]
enum Asked {
    Answer(Answer, Box<Incident>),
    Expect(Expected),
    Close(Box<Incident>),
    Done(String, Box<Incident>),
    Learn(Learned),
}

/// Replies to a request that only reads; `None` for every other one.
pub fn look(request: &Request, reader: &Reader) -> Option<Reply> {
    match request {
        Request::Incidents => Some(
            reader
                .incidents(false)
                .map(Outcome::Incidents)
                .map_err(|error| failed(&error)),
        ),
        Request::Incident { incident } => {
            Some(find(reader, incident).map(|incident| Outcome::Incident(Box::new(incident))))
        }
        Request::Alerts { limit } => Some(
            reader
                .latest_alerts((*limit).min(ALERTS_AT_MOST))
                .map(|alerts| {
                    let numbered = alerts
                        .into_iter()
                        .map(|(seq, alert)| Numbered { seq, alert });
                    Outcome::Alerts(numbered.collect())
                })
                .map_err(|error| failed(&error)),
        ),
        Request::Status
        | Request::Answer { .. }
        | Request::Expect { .. }
        | Request::Close { .. }
        | Request::Done { .. }
        | Request::AlertsFollow { .. }
        | Request::Learn { .. }
        | Request::Forget { .. }
        | Request::Reload
        | Request::Ingest { .. }
        | Request::TestAlert { .. } => None,
    }
}

/// What a request does to a correlator. A request that does nothing to one is refused: it needs a daemon.
pub fn plan(
    request: Request,
    people: &People,
    reader: &Reader,
    rules: &RuleSet,
    now: Timestamp,
) -> Result<Deed, Refusal> {
    match request {
        Request::Answer { incident, answer } => {
            let before = find_of(reader, people, &incident)?;
            Ok(Deed {
                person: before.person.clone(),
                input: Input::Answered {
                    incident: before.id.clone(),
                    answer,
                },
                change: Change::default(),
                asked: Asked::Answer(answer, Box::new(before)),
            })
        }
        Request::Expect {
            service,
            seconds,
            orders,
            person,
        } => {
            let until = until(now, seconds)?;
            let service = service_of(rules, &service, orders)?;
            let person = person_of(people, person)?;
            Ok(Deed {
                person: person.clone(),
                input: Input::Expected {
                    service: service.clone(),
                    until,
                    orders,
                },
                change: Change::default(),
                asked: Asked::Expect(Expected {
                    person,
                    service,
                    until,
                    orders,
                    closed: None,
                }),
            })
        }
        Request::Close { incident } => {
            let before = find_of(reader, people, &incident)?;
            Ok(Deed {
                person: before.person.clone(),
                input: Input::Closed {
                    incident: before.id.clone(),
                },
                change: Change::default(),
                asked: Asked::Close(Box::new(before)),
            })
        }
        Request::Done { incident, step } => {
            let before = find_of(reader, people, &incident)?;
            done(before, &step)
        }
        Request::Learn { baseline, person } => {
            let person = person_of(people, person)?;
            let learned = learning::compare(people, person, baseline)?;
            Ok(Deed {
                person: learned.person.clone(),
                input: Input::Learned {
                    baseline: Some(learned.after),
                },
                change: Change::default(),
                asked: Asked::Learn(learned),
            })
        }
        Request::Status
        | Request::Incidents
        | Request::Incident { .. }
        | Request::Alerts { .. }
        | Request::AlertsFollow { .. }
        | Request::Forget { .. }
        | Request::Reload
        | Request::Ingest { .. }
        | Request::TestAlert { .. } => Err(Refusal::new(
            RefusalKind::Unavailable,
            "mailward is not running",
            "start `mailward run`",
        )),
    }
}

/// What came of a deed; `changed` are the incidents that its step changed, in order.
pub fn conclude(deed: Asks, changed: &[Incident]) -> Outcome {
    match deed.0 {
        Asked::Answer(answer, before) => {
            Outcome::Answered(Box::new(answered(answer, *before, changed)))
        }
        Asked::Expect(expected) => Outcome::Expected(Box::new(Expected {
            closed: changed
                .iter()
                .find(|incident| is_closed(incident))
                .map(|incident| incident.id.clone()),
            ..expected
        })),
        Asked::Learn(learned) => Outcome::Learned(Box::new(learned)),
        Asked::Close(before) => {
            let after = latest(changed, &before.id).unwrap_or_else(|| (*before).clone());
            Outcome::Closed(Box::new(Settled {
                changed: before.status != after.status,
                incident: after,
                step: None,
            }))
        }
        Asked::Done(step, before) => {
            let changed_now = !before.steps_done.contains(&step);
            let after = latest(changed, &before.id).unwrap_or(*before);
            Outcome::Done(Box::new(Settled {
                changed: changed_now,
                incident: after,
                step: Some(step),
            }))
        }
    }
}

/// What was asked, kept until its outcome is known.
#[derive(Debug)]
pub struct Asks(Asked);

impl Deed {
    /// The parts: whose correlator takes what, what is written with it, and what was asked.
    pub fn split(self) -> (String, Input, Change, Asks) {
        (self.person, self.input, self.change, Asks(self.asked))
    }
}

fn answered(answer: Answer, before: Incident, changed: &[Incident]) -> Answered {
    let after = latest(changed, &before.id);
    let elsewhere = changed
        .iter()
        .rev()
        .find(|incident| incident.id != before.id && !is_closed(incident))
        .cloned();
    let was_closed = is_closed(&before);
    let effect = match (&after, answer) {
        (Some(after), Answer::Me) if is_closed(after) && !was_closed => Effect::Acknowledged,
        (None, Answer::Me) if was_closed => Effect::AlreadyClosed,
        (Some(_) | None, Answer::Me) => Effect::TooLate,
        (Some(_), Answer::NotMe | Answer::Unsure) if was_closed => Effect::Reopened,
        (Some(_), Answer::NotMe | Answer::Unsure) => Effect::Recorded,
        (None, Answer::NotMe | Answer::Unsure) if elsewhere.is_some() => Effect::Joined,
        (None, Answer::NotMe | Answer::Unsure) => Effect::Forgotten,
    };
    Answered {
        answer,
        effect,
        incident: after.unwrap_or(before),
        goes_on_in: elsewhere,
    }
}

/// Ticking off a step. A closed incident is not the correlator's any more, so its record is changed by itself.
fn done(before: Incident, step: &str) -> Result<Deed, Refusal> {
    let Some(step) = PlaybookStep::from_id(step.trim()) else {
        let ids: Vec<&str> = PlaybookStep::ALL.iter().map(|step| step.id()).collect();
        return Err(Refusal::new(
            RefusalKind::Unknown,
            format!("there is no step {step:?}"),
            format!("the steps are {}", ids.join(", ")),
        ));
    };
    let id = step.id().to_owned();
    let mut change = Change::default();
    if is_closed(&before) && !before.steps_done.contains(&id) {
        let mut ticked = before.clone();
        ticked.steps_done.insert(id.clone());
        change.incidents.push(ticked);
    }
    Ok(Deed {
        person: before.person.clone(),
        input: Input::StepDone {
            incident: before.id.clone(),
            step: id.clone(),
        },
        change,
        asked: Asked::Done(id, Box::new(before)),
    })
}

fn until(now: Timestamp, seconds: u64) -> Result<Timestamp, Refusal> {
    let span = i64::try_from(seconds)
        .ok()
        .map(SignedDuration::from_secs)
        .filter(|span| *span > SignedDuration::ZERO && *span <= EXPECT_AT_MOST);
    span.and_then(|span| now.checked_add(span).ok())
        .ok_or_else(|| {
            Refusal::new(
                RefusalKind::Unknown,
                "this time is too long or too short, expected up to 24 h",
                "write for example --for 10m; an expectation is for what you are about to do",
            )
        })
}

/// What is to be forgotten, with the service as the store names it.
pub fn forgetting_of(rules: &RuleSet, what: Forgetting) -> Result<Forgetting, Refusal> {
    match what {
        Forgetting::Service(typed) => {
            if typed.trim().eq_ignore_ascii_case(ANY_SERVICE) {
                return Err(Refusal::new(
                    RefusalKind::Unknown,
                    "one service at a time is forgotten, or everything",
                    "name the service, or write --all",
                ));
            }
            Ok(Forgetting::Service(service_of(rules, &typed, false)?))
        }
        Forgetting::Before(_) | Forgetting::All => Ok(what),
    }
}

/// The service's id: of a pack, of `any`, or of a domain that no pack knows.
fn service_of(rules: &RuleSet, typed: &str, orders: bool) -> Result<String, Refusal> {
    let typed = typed.trim().to_lowercase();
    if typed == ANY_SERVICE && orders {
        return Err(Refusal::new(
            RefusalKind::Unknown,
            "orders can be expected of one service at a time only",
            "name the shop; `mailward rules` lists the services",
        ));
    }
    if typed == ANY_SERVICE || rules.service(&typed).is_some() {
        return Ok(typed);
    }
    // A generic rule names its service by the sender's registrable domain; a pack's is named by its first label.
    if let Some(domain) = psl::domain_str(&typed) {
        let label = domain.split('.').next().unwrap_or(domain);
        let known = rules.service(label).map(|service| service.id.clone());
        return Ok(known.unwrap_or_else(|| domain.to_owned()));
    }
    let names = rules.services().flat_map(|service| {
        [
            (service.id.as_str(), service.id.as_str()),
            (service.name_ja.as_str(), service.id.as_str()),
            (service.name_en.as_str(), service.id.as_str()),
        ]
    });
    let names: Vec<(&str, &str)> = names.collect();
    let mut ids: Vec<&str> = Vec::new();
    for found in near(&typed, names.iter().map(|(name, _)| *name)) {
        let id = names.iter().find(|(name, _)| *name == found);
        if let Some((_, id)) = id
            && !ids.contains(id)
        {
            ids.push(id);
        }
    }
    let hint = if ids.is_empty() {
        "`mailward rules` lists the services; `any` stands for all of them".to_owned()
    } else {
        format!(
            "did you mean {}? `mailward rules` lists all",
            ids.join(", ")
        )
    };
    Err(Refusal::new(
        RefusalKind::Unknown,
        format!("there is no service {typed:?}"),
        hint,
    ))
}

/// The person who is meant: the named one, or the only one.
pub fn person_of(people: &People, wanted: Option<String>) -> Result<String, Refusal> {
    let names = people.names();
    let refuse = |what: String| {
        Err(Refusal::new(
            RefusalKind::Unknown,
            what,
            format!("name one with --person: {}", names.join(", ")),
        ))
    };
    match wanted {
        Some(wanted) if names.contains(&wanted) => Ok(wanted),
        Some(wanted) => refuse(format!("nobody is named {wanted:?} in the configuration")),
        None => match names.as_slice() {
            [only] => Ok(only.clone()),
            _ => {
                refuse("several people are watched, and it is not said who expects this".to_owned())
            }
        },
    }
}

/// The incident, of a person whom the configuration still knows.
fn find_of(reader: &Reader, people: &People, id: &IncidentId) -> Result<Incident, Refusal> {
    let found = find(reader, id)?;
    if people.names().contains(&found.person) {
        return Ok(found);
    }
    Err(Refusal::new(
        RefusalKind::Unknown,
        format!(
            "incident {} is {}'s, whom the configuration does not name any more",
            found.id, found.person
        ),
        "name that person in an [[account]] again",
    ))
}

fn find(reader: &Reader, id: &IncidentId) -> Result<Incident, Refusal> {
    let id = IncidentId(id.0.trim().to_lowercase());
    if let Some(found) = reader.incident(&id).map_err(|error| failed(&error))? {
        return Ok(found);
    }
    let open = reader.incidents(true).map_err(|error| failed(&error))?;
    let hint = if open.is_empty() {
        "no incident is open; `mailward incidents` lists the closed ones".to_owned()
    } else {
        let open: Vec<String> = open
            .iter()
            .map(|open| {
                format!(
                    "{} ({}, {})",
                    open.id,
                    open.severity,
                    open.services.join(", ")
                )
            })
            .collect();
        format!("open: {}", open.join("; "))
    };
    // What was typed may be anything; it is cut, so that the answer stays one line.
    let typed: String = id.0.chars().take(40).collect();
    Err(Refusal::new(
        RefusalKind::Unknown,
        format!("there is no incident {typed:?}"),
        hint,
    ))
}

/// The last snapshot of an incident among those that changed.
fn latest(changed: &[Incident], id: &IncidentId) -> Option<Incident> {
    changed
        .iter()
        .rev()
        .find(|incident| incident.id == *id)
        .cloned()
}

fn is_closed(incident: &Incident) -> bool {
    matches!(incident.status, Status::Closed { .. })
}

/// The state file could not be read or written.
pub fn failed(error: &StoreError) -> Refusal {
    let (trouble, hint) = error.trouble();
    let kind = match trouble {
        Trouble::Busy => RefusalKind::Busy,
        Trouble::Missing => RefusalKind::Unavailable,
        Trouble::Unfit => RefusalKind::Unfit,
        Trouble::Disk => RefusalKind::Failed,
    };
    Refusal::new(kind, error.to_string(), hint)
}
