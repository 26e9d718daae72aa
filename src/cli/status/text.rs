//! The state of the watch for a person: at most 80 columns, ages instead of times, the trouble with its next step.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::cli::incidents::aligned;
use crate::cli::voice::Voice;
use crate::engine::incident::Incident;
use crate::engine::watch::folder::is_use;
use crate::engine::watch::output::{AccountState, Activity};
use crate::engine::watch::trouble::Trouble;
use crate::engine::wording::command::{self, Said};
use crate::engine::wording::overview::{Doing, Overview, Queue};
use crate::engine::wording::plain;
use crate::io::control::outcome::{AccountLine, Pending, Status};

/// The columns of a terminal that nobody made wider.
const WIDTH: usize = 80;

/// The longest name in a sentence and in the table.
const NAME_COLUMNS: usize = 24;

/// How a list of alerts goes on below its heading.
const INDENT: &str = "  ";

/// Head, table of the mailboxes, what is wrong with them, alerts that wait, open incidents.
pub fn lines(status: &Status, voice: &Voice) -> Vec<String> {
    let page = Page { status, voice };
    let mut text = page.head();
    text.push(String::new());
    if status.watching && !status.accounts.is_empty() {
        let rows = status.accounts.iter().map(|account| page.row(account));
        let labels = voice.phrases.overview_labels();
        let mut table = vec![labels.columns.map(str::to_owned).to_vec()];
        table.extend(rows);
        text.extend(aligned(&table));
        text.push(String::new());
    }
    for account in &status.accounts {
        let notes = page.notes(account);
        if !notes.is_empty() {
            text.extend(notes);
            text.push(String::new());
        }
    }
    text.extend(page.waiting());
    if !status.waiting.is_empty() {
        text.push(String::new());
    }
    text.extend(page.open());
    text
}

/// How a command begins in a sentence.
const COMMAND: &str = ": mailward ";

/// Stands for a space at which no line is broken.
const TIE: &str = "\u{a0}";

struct Page<'a> {
    status: &'a Status,
    voice: &'a Voice,
}

impl Page<'_> {
    fn said(&self, said: Overview<'_>) -> String {
        self.voice.phrases.overview(&said)
    }

    /// A sentence in lines, each further one indented below it.
    fn wrapped(&self, said: Overview<'_>, indent: &str) -> Vec<String> {
        let width = WIDTH.saturating_sub(plain::columns(indent));
        plain::wrap(&unbroken(&self.said(said)), width)
            .into_iter()
            .map(|line| format!("{indent}{}", line.replace(TIE, " ")))
            .collect()
    }

    fn head(&self) -> Vec<String> {
        let Some(since) = self.status.since else {
            let mut head = plain::wrap(&self.voice.said(Said::NobodyWatches), WIDTH);
            let names: Vec<String> = self.status.accounts.iter().map(name).collect();
            if !names.is_empty() {
                let accounts = self.voice.phrases.list(&names);
                let accounts = &accounts;
                head.extend(self.wrapped(Overview::Unwatched { accounts }, ""));
            }
            return head;
        };
        let states = || self.status.accounts.iter().map(|it| it.state.as_ref());
        let blind = states().flatten().filter(|state| is_unwatched(state));
        let underway = states().filter(|state| {
            state.is_none_or(|state| !is_unwatched(state) && !state.activity.sees())
        });
        let head = Overview::Running {
            since: &self.voice.moment(since),
            all: self.status.accounts.len(),
            blind: blind.count(),
            underway: underway.count(),
        };
        self.wrapped(head, "")
    }

    fn row(&self, account: &AccountLine) -> Vec<String> {
        let age = |moment: Option<Timestamp>| match moment {
            Some(moment) => self.said(Overview::Ago(self.since(moment))),
            None => self.voice.phrases.overview_labels().not_yet.to_owned(),
        };
        let state = account.state.as_ref();
        vec![
            self.owned(account),
            self.said(Overview::Doing(self.doing(state))),
            age(state.and_then(|state| state.last_contact)),
            age(state.and_then(|state| state.last_mail)),
        ]
    }

    /// The name, with the person's where there are several.
    fn owned(&self, account: &AccountLine) -> String {
        let several = self
            .status
            .accounts
            .iter()
            .any(|other| other.person != account.person);
        if several {
            let person = plain::name(&account.person, 12);
            let room = NAME_COLUMNS.saturating_sub(plain::columns(&person));
            format!("{} ({person})", plain::name(&account.name, room))
        } else {
            name(account)
        }
    }

    fn doing(&self, state: Option<&AccountState>) -> Doing {
        let Some(state) = state else {
            return Doing::Beginning;
        };
        if is_unwatched(state) {
            return Doing::Unwatched;
        }
        match state.activity {
            Activity::Waiting => match self.next_try(state) {
                Some(seconds) => Doing::NextTry(seconds),
                None => Doing::Connecting,
            },
            Activity::Connecting => Doing::Connecting,
            Activity::Reading => Doing::Reading,
            Activity::Idling => Doing::Mail,
            Activity::Polling => Doing::Poll(state.poll_seconds),
            Activity::Stopped => Doing::Stopped,
        }
    }

    /// What is wrong with a mailbox and what to do, and which folders it has.
    fn notes(&self, account: &AccountLine) -> Vec<String> {
        let mut notes = Vec::new();
        let shown = name(account);
        if let Some(state) = &account.state {
            if is_unwatched(state) {
                notes.extend(self.blind(&shown, account, state));
            } else if let (false, Some(trouble)) = (state.activity.sees(), state.trouble) {
                let account = &shown;
                notes.extend(self.wrapped(Overview::Interrupted { account, trouble }, ""));
            }
            for folder in &state.folders_gone {
                let folder = &plain::name(folder, NAME_COLUMNS);
                let account = &shown;
                notes.extend(self.wrapped(Overview::FolderGone { account, folder }, ""));
            }
        }
        // The uses are watched wherever a server has them; folders by name are the person's own choice.
        let by_name = account.folders.iter().filter(|folder| !is_use(folder));
        if account.state.is_some() && by_name.count() > 1 {
            let names: Vec<String> = account
                .folders
                .iter()
                .map(|folder| plain::name(folder.trim_start_matches('\\'), NAME_COLUMNS))
                .collect();
            let said = Overview::Folders {
                account: &shown,
                folders: &self.voice.phrases.list(&names),
            };
            notes.extend(self.wrapped(said, ""));
        }
        notes
    }

    fn blind(&self, shown: &str, account: &AccountLine, state: &AccountState) -> Vec<String> {
        let said = Overview::Blind {
            account: shown,
            lasting: state.last_contact.map(|last| self.since(last)),
            trouble: state.trouble,
            next_try: self.next_try(state),
        };
        let mut lines = self.wrapped(said, "");
        if let (Some(detail), Some(trouble)) = (&state.last_error, state.trouble)
            && has_detail(trouble)
        {
            lines.extend(self.wrapped(Overview::Detail(&plain::name(detail, 400)), INDENT));
        }
        let remedy = Overview::Remedy {
            account: &plain::name(&account.name, WIDTH),
            trouble: state.trouble,
        };
        lines.extend(self.wrapped(remedy, INDENT));
        lines
    }

    /// A line a channel: what waits is of interest for where it does not arrive.
    fn waiting(&self) -> Vec<String> {
        let labels = self.voice.phrases.overview_labels();
        let mut channels: BTreeMap<&str, Vec<(&Pending, Timestamp)>> = BTreeMap::new();
        for waiting in &self.status.waiting {
            for pending in &waiting.deliveries {
                let queue = channels.entry(&pending.channel).or_default();
                queue.push((pending, waiting.at));
            }
        }
        if channels.is_empty() {
            return vec![labels.nothing_waits.to_owned()];
        }
        let mut lines = vec![labels.waiting.to_owned()];
        for (channel, alerts) in channels {
            let oldest = alerts.iter().map(|(_, at)| *at).min();
            let queue = Queue {
                channel: &plain::name(channel, NAME_COLUMNS),
                alerts: alerts.len(),
                oldest: oldest.map_or(0, |at| self.since(at)),
            };
            let next = alerts.iter().map(|(pending, _)| pending.next_try).min();
            let next_try = next.map_or(0, |at| self.until(at));
            let said = if alerts.iter().any(|(pending, _)| pending.attempts > 0) {
                Overview::Failing { queue, next_try }
            } else if next_try > 0 {
                Overview::Held { queue, next_try }
            } else {
                Overview::Sending(queue)
            };
            lines.extend(self.wrapped(said, INDENT));
        }
        lines
    }

    fn open(&self) -> Vec<String> {
        let labels = self.voice.phrases.overview_labels();
        if self.status.open.is_empty() {
            return vec![labels.nothing_open.to_owned()];
        }
        let mut lines = vec![labels.open.to_owned()];
        for incident in &self.status.open {
            lines.extend(self.incident(incident));
        }
        lines.extend(plain::wrap(labels.show, WIDTH));
        lines
    }

    fn incident(&self, incident: &Incident) -> Vec<String> {
        let phrases = self.voice.phrases;
        let services = self
            .voice
            .with(incident, |context| command::services(incident, context));
        let mut parts = vec![
            incident.id.0.clone(),
            phrases.level(incident.severity).to_owned(),
            self.said(Overview::Ago(self.since(incident.opened_at))),
        ];
        let accounts = &self.status.accounts;
        if accounts.iter().any(|it| it.person != incident.person) {
            parts.push(plain::name(&incident.person, 12));
        }
        parts.push(phrases.services(&services));
        let counts = command::counts(incident, phrases);
        let first = format!("{INDENT}{}", parts.join(INDENT));
        let joined = format!("{first}{INDENT}{counts}");
        if plain::columns(&joined) <= WIDTH {
            return vec![joined];
        }
        let mut lines = vec![plain::cut(&first, WIDTH)];
        let indent = INDENT.repeat(5);
        let room = WIDTH.saturating_sub(indent.len());
        let further = plain::wrap(&counts, room);
        lines.extend(further.iter().map(|line| format!("{indent}{line}")));
        lines
    }

    fn since(&self, moment: Timestamp) -> i64 {
        self.status.at.duration_since(moment).as_secs().max(0)
    }

    fn until(&self, moment: Timestamp) -> i64 {
        moment.duration_since(self.status.at).as_secs().max(0)
    }

    fn next_try(&self, state: &AccountState) -> Option<i64> {
        let seconds = self.until(state.next_try?);
        (seconds > 0).then_some(seconds)
    }
}

fn name(account: &AccountLine) -> String {
    plain::name(&account.name, NAME_COLUMNS)
}

/// A sentence whose command stays on one line, as it is to be typed.
fn unbroken(sentence: &str) -> String {
    let Some((before, rest)) = sentence.split_once(COMMAND) else {
        return sentence.to_owned();
    };
    let (command, after) = match rest.split_once(" (") {
        Some((command, after)) => (command, format!(" ({after}")),
        None => (rest, String::new()),
    };
    let command = command.replace(' ', TIE);
    let opening = COMMAND.trim_start_matches(": ").replace(' ', TIE);
    format!("{before}: {opening}{command}{after}")
}

/// The person was told that it is not watched; while it catches up, it is as good as watched.
fn is_unwatched(state: &AccountState) -> bool {
    state.blind && !state.activity.sees()
}

/// Whether the watch's own words say more than the kind of trouble.
fn has_detail(trouble: Trouble) -> bool {
    match trouble {
        Trouble::Network
        | Trouble::Timeout
        | Trouble::Tls
        | Trouble::Busy
        | Trouble::Protocol
        | Trouble::Unsupported => true,
        Trouble::Closed
        | Trouble::LoginRefused
        | Trouble::TokenRefused
        | Trouble::Secret
        | Trouble::SignIn => false,
    }
}
