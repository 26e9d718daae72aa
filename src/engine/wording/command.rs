//! What the commands say about what they did.

use crate::engine::incident::{Incident, IncidentId};
use crate::engine::report;
use crate::engine::wording::context::Context;
use crate::engine::wording::money;
use crate::engine::wording::phrases::{Counts, Phrases};
use crate::engine::wording::words::Words;

/// Everything that a command says in whole sentences. Names in it are harmless already.
#[derive(Debug, Clone, Copy)]
pub enum Said<'a> {
    /// "It was me": the incident is closed. `rest` holds what was not shown yet.
    Acknowledged {
        /// Which incident.
        id: &'a IncidentId,
        /// The incident in which the rest goes on.
        rest: Option<&'a IncidentId>,
    },
    /// "Not me" counts.
    NotMe {
        /// The incident in which it counts.
        id: &'a IncidentId,
        /// Its level, from [`Phrases::level`].
        level: &'a str,
        /// The next step, from [`Phrases::next_step`].
        next: &'a str,
    },
    /// "Not sure" counts.
    Unsure {
        /// The incident in which it counts.
        id: &'a IncidentId,
        /// Its level.
        level: &'a str,
        /// Where to look: the display name of the service.
        service: &'a str,
    },
    /// The incident was closed and is open again; said before what the answer means.
    Reopened {
        /// Which incident.
        id: &'a IncidentId,
    },
    /// A closed incident went into the open one; said before what the answer means.
    Joined {
        /// The closed incident.
        id: &'a IncidentId,
        /// The open one.
        into: &'a IncidentId,
    },
    /// No effect: "not me" stands.
    TooLate {
        /// Which incident.
        id: &'a IncidentId,
    },
    /// No effect: closed already.
    AlreadyClosed {
        /// Which incident.
        id: &'a IncidentId,
    },
    /// No effect: closed too long ago.
    Forgotten {
        /// Which incident.
        id: &'a IncidentId,
    },
    /// Sign-in codes are expected. `service` is `None` for every service.
    CodesExpected {
        /// The display name.
        service: Option<&'a str>,
        /// The time of day.
        until: &'a str,
        /// The question that this answered.
        closed: Option<&'a IncidentId>,
    },
    /// Orders are expected.
    OrdersExpected {
        /// The display name.
        service: &'a str,
        /// The time of day.
        until: &'a str,
    },
    /// The incident was closed by hand.
    Closed {
        /// Which incident.
        id: &'a IncidentId,
    },
    /// The step is ticked off. `changed`: it was not before. `next` is the title of the next one.
    StepDone {
        /// The step's title.
        title: &'a str,
        /// It was not ticked off before.
        changed: bool,
        /// The next step's title; `None`: all are done.
        next: Option<&'a str>,
    },
    /// There is no incident.
    NoIncidents,
    /// There is no alert.
    NoAlerts,
    /// No daemon runs.
    NobodyWatches,
    /// A channel took the test alert.
    Tested {
        /// The channel.
        channel: &'a str,
    },
    /// A channel did not; `why` is in English.
    NotTested {
        /// The channel.
        channel: &'a str,
        /// Why.
        why: &'a str,
    },
    /// What `forget` says.
    Forget(SaidOfForgetting<'a>),
    /// The configuration was read again: accounts left alone, watched anew, and gone.
    Reloaded {
        /// Left alone.
        kept: usize,
        /// New or changed.
        started: usize,
        /// Gone.
        stopped: usize,
    },
}

/// What `forget` says.
#[derive(Debug, Clone, Copy)]
pub enum SaidOfForgetting<'a> {
    /// What was forgotten; `done` is false where it was only counted.
    Counted {
        /// It is gone.
        done: bool,
        /// Signals.
        signals: u32,
        /// Closed incidents.
        incidents: u32,
    },
    /// An incident that is not forgotten, because it is not over.
    KeptWhole {
        /// Which incident.
        id: &'a IncidentId,
    },
    /// A damaged state file still holds what was forgotten.
    StillSetAside {
        /// Where it is.
        path: &'a str,
    },
    /// Asks whether to go on.
    Really,
    /// The person thought better of it.
    Nothing,
}

/// Labels of what commands print.
#[derive(Debug, Clone, Copy)]
pub struct CommandLabels {
    /// Heading of the points.
    pub why: &'static str,
    /// Heading of what each point was given for.
    pub each_point: &'static str,
    /// Heading of the levels and their times.
    pub history: &'static str,
    /// Heading of all steps.
    pub steps: &'static str,
    /// Column head of points.
    pub points: &'static str,
    /// What stands between two counts.
    pub between: &'static str,
    /// How to mark a step as done; `…` stands for the step.
    pub tick_hint: &'static str,
}

/// The counts of an incident on one line; a dash where nothing was counted.
pub fn counts(incident: &Incident, phrases: &dyn Phrases) -> String {
    let mut parts = Vec::new();
    if incident.orders > 0 {
        let counts = Counts {
            orders: incident.orders,
            cancelled: incident.cancellations,
            certain: false,
        };
        let amount = money::format_all(&incident.amounts, phrases);
        parts.push(phrases.orders(counts, &amount));
    } else if incident.cancellations > 0 {
        parts.push(phrases.cancellations(incident.cancellations));
    }
    if incident.codes > 0 {
        parts.push(phrases.code_count(incident.codes));
    }
    if parts.is_empty() {
        "-".to_owned()
    } else {
        parts.join(phrases.command().between)
    }
}

/// The display names of an incident's services.
pub fn services(incident: &Incident, context: &Context<'_>) -> Vec<String> {
    let words = Words::new(context);
    incident
        .services
        .iter()
        .map(|service| words.service(service))
        .collect()
}

/// The next step that is left, as an alert would say it; `None` where all are done.
pub fn next_step(
    incident: &Incident,
    context: &Context<'_>,
    phrases: &dyn Phrases,
) -> Option<String> {
    let left = report::steps(incident, context)
        .into_iter()
        .find(|step| !step.done)?;
    let words = Words::new(context);
    let first = report::shop(incident);
    let service = words
        .service_of_step(left.step, &incident.services, first)
        .unwrap_or("");
    let name = words.service(service);
    let page = words.page(service, left.step);
    let issuer = words.issuer();
    let target = words.target(&name, page.as_deref(), &issuer);
    Some(phrases.next_step(left.step, true, &target))
}
