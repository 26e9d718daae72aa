//! A channel's task: puts alerts into words, hands them over, reports what became of them.

use std::path::Path;
use std::sync::Arc;

use jiff::SignedDuration;
use tokio::sync::{Mutex, mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{error, warn};

use crate::config::{Channel, ChannelKind};
use crate::daemon::channels::listening::Listener;
use crate::daemon::channels::{Delivered, Errand, Outcome, Returned};
use crate::daemon::speech::Speech;
use crate::daemon::{Seen, Witness};
use crate::engine::alert::Alert;
use crate::engine::bubble::Button;
use crate::engine::incident::Answer;
use crate::engine::payload::{Format, Payload};
use crate::engine::wording::push::Privacy;
use crate::engine::wording::{AlertText, answer_label, details_label};
use crate::io::clock::Clock;
use crate::io::desktop::{Desktop, Happened, Press};
use crate::io::fault::{Point, pass};
use crate::io::journal::Journal;
use crate::io::ntfy::memory::Memory;
use crate::io::ntfy::{self, Ntfy};
use crate::io::post::PostError;
use crate::io::{program, smtp, webhook};

/// What carries alerts. Closed: one variant a kind of the config.
pub(crate) enum Way {
    Desktop(Box<Desktop>),
    Journal(Journal<std::io::Stdout>),
    Ntfy(Box<Ntfy>),
    Webhook(Box<webhook::Options>),
    Email(Box<smtp::Options>),
    Command(program::Options),
    Screen(Option<Witness>),
}

impl Way {
    /// The way that a configured channel goes; `folder` is where it notes what must outlive the process.
    pub(crate) fn of(channel: &Channel, witness: Option<&Witness>, folder: Option<&Path>) -> Self {
        match &channel.kind {
            ChannelKind::Desktop => {
                let file = folder.map(|folder| folder.join(note_of(&channel.name)));
                Self::Desktop(Box::new(Desktop::new(file)))
            }
            ChannelKind::Journal => Self::Journal(Journal::stdout()),
            ChannelKind::Ntfy(options) => Self::Ntfy(Box::new(Ntfy::new((**options).clone()))),
            ChannelKind::Webhook(options) => Self::Webhook(options.clone()),
            ChannelKind::Email(options) => Self::Email(options.clone()),
            ChannelKind::Command(options) => Self::Command(options.clone()),
            ChannelKind::Screen => Self::Screen(witness.cloned()),
        }
    }

    /// Waits until the way has something to say; most ways never have.
    async fn next(&mut self) -> Happened {
        match self {
            Self::Desktop(desktop) => desktop.next().await,
            Self::Journal(_)
            | Self::Ntfy(_)
            | Self::Webhook(_)
            | Self::Email(_)
            | Self::Command(_)
            | Self::Screen(_) => std::future::pending().await,
        }
    }
}

/// The file in which a desktop notes what it shows; a name may hold anything.
fn note_of(channel: &str) -> String {
    let harmless = |c: char| {
        if c.is_ascii_alphanumeric() { c } else { '_' }
    };
    let name: String = channel.chars().take(40).map(harmless).collect();
    format!("screen-{name}.json")
}

/// One channel and all that its task needs.
pub(crate) struct Carrier {
    pub(crate) name: String,
    pub(crate) way: Way,
    pub(crate) privacy: Privacy,
    pub(crate) speech: watch::Receiver<Speech>,
    pub(crate) clock: Clock,
    pub(crate) reports: mpsc::Sender<Delivered>,
    pub(crate) returns: mpsc::Sender<Returned>,
    pub(crate) tasks: TaskTracker,
    /// Ends with the channel.
    pub(crate) stop: CancellationToken,
}

impl Carrier {
    /// Does one errand after the other until the daemon hangs up, and passes on what people press in between.
    pub(crate) async fn carry(mut self, mut waiting: mpsc::Receiver<Errand>) {
        loop {
            tokio::select! {
                errand = waiting.recv() => {
                    let Some(errand) = errand else { return };
                    if self.run(errand).await.is_none() {
                        return;
                    }
                }
                happened = self.way.next() => {
                    let Way::Desktop(desktop) = &mut self.way else { continue };
                    if let Some(press) = desktop.take(happened).await {
                        self.pass_on(press).await;
                    }
                }
            }
        }
    }

    /// Starts to listen where the way brings something back.
    fn listen(&mut self, folder: &Path) {
        let Way::Ntfy(ntfy) = &mut self.way else {
            return;
        };
        let options = ntfy.options().clone();
        let memory = match Memory::open(folder, &options.server.root(), &options.topic) {
            Ok(memory) => Arc::new(Mutex::new(memory)),
            Err(problem) => {
                error!(channel = self.name, %problem, "the channel's memory cannot be used: alerts go out without buttons");
                return;
            }
        };
        let listener = || Listener {
            channel: self.name.clone(),
            options: options.clone(),
            memory: Arc::clone(&memory),
            clock: self.clock.clone(),
            returns: self.returns.clone(),
        };
        if options.answers {
            self.tasks.spawn(listener().replies(self.stop.clone()));
            ntfy.remember(Arc::clone(&memory));
        }
        if let Some(inbox) = options.inbox.clone() {
            self.tasks.spawn(listener().inbox(inbox, self.stop.clone()));
        }
    }

    /// Does one errand; `None` where nobody wants to know any more.
    async fn run(&mut self, errand: Errand) -> Option<()> {
        match errand {
            Errand::Deliver(alert) => {
                let outcome = self.hand_over(&alert).await;
                pass(Point::ChannelTook);
                let report = Delivered {
                    alert: alert.id,
                    channel: self.name.clone(),
                    outcome,
                };
                return self.reports.send(report).await.ok();
            }
            Errand::Settle { thread } => match &mut self.way {
                Way::Desktop(desktop) => desktop.settle(&thread).await,
                Way::Ntfy(ntfy) => ntfy.settle(&thread).await,
                Way::Journal(_)
                | Way::Webhook(_)
                | Way::Email(_)
                | Way::Command(_)
                | Way::Screen(_) => {}
            },
            Errand::Standing { threads } => match &mut self.way {
                Way::Desktop(desktop) => desktop.keep_only(&threads).await,
                Way::Journal(_)
                | Way::Ntfy(_)
                | Way::Webhook(_)
                | Way::Email(_)
                | Way::Command(_)
                | Way::Screen(_) => {}
            },
            Errand::Listen { folder } => self.listen(&folder),
            Errand::Welcome => match &mut self.way {
                Way::Desktop(desktop) => desktop.welcome().await,
                Way::Journal(_)
                | Way::Ntfy(_)
                | Way::Webhook(_)
                | Way::Email(_)
                | Way::Command(_)
                | Way::Screen(_) => {}
            },
        }
        Some(())
    }

    /// What a press means. The answer goes first: the report that opens then already knows it.
    async fn pass_on(&self, press: Press) {
        let Press { bubble, button } = press;
        let mut returned = Vec::new();
        if button == Button::Arrived {
            returned.push(Returned::Arrived {
                channel: self.name.clone(),
                alert: bubble.id,
            });
        } else if let Some(incident) = bubble.incident {
            if let Some(answer) = button.answer() {
                returned.push(Returned::Answered {
                    channel: self.name.clone(),
                    incident: incident.clone(),
                    answer,
                });
            }
            if button != Button::Me {
                returned.push(Returned::Wanted {
                    incident,
                    page: bubble.page.filter(|_| button == Button::NotMe),
                });
            }
        }
        for returned in returned {
            // A daemon that does not listen any more is ending.
            let _ = self.returns.send(returned).await;
        }
    }

    async fn hand_over(&mut self, alert: &Alert) -> Outcome {
        let now = (self.clock)();
        let (text, language, page, bubble) = {
            let speech = self.speech.borrow();
            let text = speech.push(alert, self.privacy, now);
            let bubble = speech.bubble(alert, self.privacy, now);
            (text, speech.language(), speech.page(alert), bubble)
        };
        match &mut self.way {
            Way::Screen(witness) => {
                if let Some(witness) = witness {
                    witness(Seen::Alert(alert, &text));
                }
                Outcome::Taken
            }
            Way::Desktop(desktop) => {
                let taken = desktop.show(bubble).await;
                self.outcome(taken, |error| (error.retry(), None))
            }
            Way::Journal(journal) => {
                let taken = journal.deliver(&text.title, &with_hint(&text), alert);
                self.outcome(taken, |_| (true, None))
            }
            Way::Ntfy(ntfy) => {
                let labels = ntfy::Labels {
                    not_me: answer_label(Answer::NotMe, language),
                    me: answer_label(Answer::Me, language),
                    details: details_label(language),
                };
                let words = (text.title.as_str(), text.body.as_str());
                let taken = ntfy.deliver(now, alert, words, labels, page).await;
                self.outcome(taken, PostError::advice)
            }
            Way::Webhook(options) => {
                let body = payload(alert, &text, self.privacy, options.format);
                let taken = webhook::deliver(options, body).await;
                self.outcome(taken, PostError::advice)
            }
            Way::Email(options) => {
                let taken = smtp::deliver(options, alert, &text.title, &with_hint(&text)).await;
                self.outcome(taken, |error| (error.retry(), None))
            }
            Way::Command(options) => {
                let body = payload(alert, &text, self.privacy, Format::Json);
                let taken = program::deliver(options, &body).await;
                self.outcome(taken, |error| (error.retry(), None))
            }
        }
    }

    /// What an error means for the outbox: `advice` says whether to try again, and not before when.
    fn outcome<E: std::error::Error>(
        &self,
        taken: Result<(), E>,
        advice: impl FnOnce(&E) -> (bool, Option<SignedDuration>),
    ) -> Outcome {
        match taken {
            Ok(()) => Outcome::Taken,
            Err(error) => {
                warn!(channel = self.name, %error, "an alert was not taken");
                let why = error.to_string();
                match advice(&error) {
                    (_, Some(wait)) => Outcome::Busy { wait, why },
                    (retry, None) => Outcome::Refused { retry, why },
                }
            }
        }
    }
}

fn payload(alert: &Alert, text: &AlertText, privacy: Privacy, format: Format) -> Vec<u8> {
    // Strings and numbers: it cannot fail.
    Payload::new(alert, text, privacy)
        .body(format, alert.severity)
        .unwrap_or_default()
}

/// The text for a channel without buttons.
fn with_hint(text: &AlertText) -> String {
    match &text.answer_hint {
        Some(hint) => format!("{}\n{hint}", text.body),
        None => text.body.clone(),
    }
}
