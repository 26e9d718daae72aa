//! What a person sees of the demo: mails as they come, what mailward makes of them, what it says.

use std::collections::{BTreeMap, VecDeque};
use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::sync::watch;

use crate::cli::demo::words::Words;
use crate::cli::exit::{Code, Failure};
use crate::daemon::{Seen, Witness};
use crate::demo::story::{Happening, Moment};
use crate::engine::alert::Alert;
use crate::engine::incident::{Incident, Reason, Severity};
use crate::engine::signal::{SenderVerdict, Signal};
use crate::engine::wording::plain;
use crate::engine::wording::{AlertText, Language};

/// Columns of a mail's sender and subject.
const SENDER: usize = 18;
const SUBJECT: usize = 42;

/// Of a run of mails that say nothing, so many are printed; the rest are counted.
const DULL_AT_MOST: u32 = 3;

/// The terminal, shared by the player and the daemon's witness.
pub struct Screen {
    words: Words,
    zone: TimeZone,
    /// The mails that the story still brings: time, sender, subject.
    coming: Mutex<VecDeque<(Timestamp, String, String)>>,
    dull: Mutex<u32>,
    /// What was said last about each thread: an alert that only counts on is a line.
    said: Mutex<BTreeMap<String, Severity>>,
    /// Whether the daemon watches, and how many mails it has read.
    progress: watch::Sender<(bool, u32)>,
}

impl Screen {
    /// A screen on stdout.
    pub fn new(language: Language, zone: TimeZone) -> Self {
        Self {
            words: Words::of(language),
            zone,
            coming: Mutex::default(),
            dull: Mutex::default(),
            said: Mutex::default(),
            progress: watch::Sender::new((false, 0)),
        }
    }

    /// The title and what is going to happen.
    pub fn begin(&self, title: &str, summary: &str) {
        let bold = Style::new().bold();
        line(&format!("{bold}mailward demo · {title}{bold:#}"));
        for row in plain::wrap(summary, 78) {
            line(&row);
        }
        line(self.words.how);
        line("");
    }

    /// What the daemon tells; see [`Witness`].
    pub fn witness(self: &Arc<Self>) -> Witness {
        let screen = self.clone();
        Arc::new(move |seen| match seen {
            Seen::Watching => screen
                .progress
                .send_modify(|(watching, _)| *watching = true),
            Seen::Mail(signal) => {
                screen.read(signal);
                screen
                    .progress
                    .send_modify(|(_, read)| *read = read.saturating_add(1));
            }
            Seen::Stored => {}
            Seen::Alert(alert, text) => screen.alert(alert, text),
        })
    }

    /// The mails that are going to come, in order; each is printed once the daemon has read it.
    pub fn expect(&self, moments: &[Moment]) {
        let mails = moments.iter().filter_map(|moment| match &moment.what {
            Happening::Mail(mail) => Some((moment.at, mail.sender.clone(), mail.subject.clone())),
            Happening::Answer(_) => None,
        });
        locked(&self.coming).extend(mails);
    }

    /// Waits until the daemon idles.
    pub async fn until_watching(&self, limit: Duration) -> Result<(), Failure> {
        self.until(limit, |(watching, _)| watching).await
    }

    /// Waits until so many mails are read.
    pub async fn until_read(&self, count: u32, limit: Duration) -> Result<(), Failure> {
        self.until(limit, |(_, read)| read >= count).await
    }

    async fn until(
        &self,
        limit: Duration,
        holds: impl Fn((bool, u32)) -> bool,
    ) -> Result<(), Failure> {
        let mut progress = self.progress.subscribe();
        let reached = tokio::time::timeout(limit, progress.wait_for(|state| holds(*state))).await;
        match reached {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Failure::new(
                Code::Unavailable,
                "the demo's own mailbox did not answer",
                "run it again; if it stays so, another program may be in the way of loopback connections",
            )),
        }
    }

    /// One mail, and what mailward made of it.
    fn read(&self, signal: Option<&Signal>) {
        let Some((at, sender, subject)) = locked(&self.coming).pop_front() else {
            return;
        };
        let mut dull = locked(&self.dull);
        if signal.is_none() {
            *dull = dull.saturating_add(1);
            if *dull > DULL_AT_MOST {
                return;
            }
        } else {
            self.count_dull(*dull);
            *dull = 0;
        }
        let made = signal.map_or_else(|| "–".to_owned(), |signal| self.made_of(signal));
        let dim = if signal.is_some() {
            Style::new()
        } else {
            Style::new().dimmed()
        };
        line(&format!(
            "{dim}{}  {}  {}  {made}{dim:#}",
            self.time(at),
            plain::pad_right(&plain::cut(&sender, SENDER), SENDER),
            plain::pad_right(&plain::cut(&subject, SUBJECT), SUBJECT),
        ));
    }

    fn end_dull(&self) {
        let mut dull = locked(&self.dull);
        self.count_dull(*dull);
        *dull = 0;
    }

    fn count_dull(&self, dull: u32) {
        let more = dull.saturating_sub(DULL_AT_MOST);
        if more > 0 {
            let dim = Style::new().dimmed();
            line(&format!("{dim}{}{dim:#}", self.words.further(more)));
        }
    }

    fn made_of(&self, signal: &Signal) -> String {
        let sender = match signal.sender {
            SenderVerdict::Verified => "",
            SenderVerdict::Unverified => self.words.unverified,
            SenderVerdict::Failed => self.words.forged,
        };
        format!("→ {}{sender}", self.words.kind(&signal.kind))
    }

    fn alert(&self, alert: &Alert, text: &AlertText) {
        self.end_dull();
        let style = style(alert.severity);
        let mark = self.words.level(alert.severity);
        let before = locked(&self.said).insert(alert.thread.clone(), alert.severity);
        let counts_on = before == Some(alert.severity) && alert.reason != Reason::MailFlood;
        if counts_on {
            line(&format!("  {style}{mark}{style:#}  {}", text.title));
            return;
        }
        line("");
        line(&format!("  {style}{mark}{style:#}  {}", text.title));
        for row in text.body.lines().flat_map(|row| plain::wrap(row, 74)) {
            line(&format!("    {row}"));
        }
        if let Some(hint) = &text.answer_hint {
            let dim = Style::new().dimmed();
            line(&format!("    {dim}{hint}{dim:#}"));
        }
        line("");
    }

    /// The report of an incident.
    pub fn report(&self, report: &str, severity: Severity) {
        self.end_dull();
        let style = style(severity);
        line("");
        line(&format!("{style}{}{style:#}", "─".repeat(78)));
        for row in report.lines() {
            line(row);
        }
    }

    /// The last lines.
    pub fn end(&self, incidents: &[&Incident]) {
        self.end_dull();
        line("");
        if incidents.is_empty() {
            line(self.words.nothing_rang);
        } else {
            line(self.words.next);
        }
    }

    fn time(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone())
            .strftime("%m-%d %H:%M:%S")
            .to_string()
    }
}

fn style(severity: Severity) -> Style {
    let colour = match severity {
        Severity::Info => AnsiColor::Cyan,
        Severity::Notice => AnsiColor::Yellow,
        Severity::Warning => AnsiColor::Red,
        Severity::Critical => AnsiColor::BrightRed,
    };
    Style::new().bold().fg_color(Some(colour.into()))
}

/// Colours reach a terminal only; a reader that went away ends nothing but the printing.
fn line(text: &str) {
    let _ = writeln!(anstream::stdout().lock(), "{text}");
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
