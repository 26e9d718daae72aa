//! A channel's task: puts alerts into words, hands them over, reports what became of them.

use std::path::Path;

use tokio::sync::{mpsc, watch};
use tracing::warn;

use crate::config::{Channel, ChannelKind};
use crate::daemon::channels::{Delivered, Errand, Outcome, Returned};
use crate::daemon::speech::Speech;
use crate::daemon::{Seen, Witness};
use crate::engine::alert::Alert;
use crate::engine::bubble::Button;
use crate::io::clock::Clock;
use crate::io::desktop::{Desktop, Happened, Press};
use crate::io::fault::{Point, pass};
use crate::io::journal::Journal;

/// What carries alerts. Closed: one variant a kind of the config.
pub(crate) enum Way {
    Desktop(Box<Desktop>),
    Journal(Journal<std::io::Stdout>),
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
            ChannelKind::Screen => Self::Screen(witness.cloned()),
        }
    }

    /// Waits until the way has something to say; most ways never have.
    async fn next(&mut self) -> Happened {
        match self {
            Self::Desktop(desktop) => desktop.next().await,
            Self::Journal(_) | Self::Screen(_) => std::future::pending().await,
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
    pub(crate) speech: watch::Receiver<Speech>,
    pub(crate) clock: Clock,
    pub(crate) reports: mpsc::Sender<Delivered>,
    pub(crate) returns: mpsc::Sender<Returned>,
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
                Way::Journal(_) | Way::Screen(_) => {}
            },
            Errand::Standing { threads } => match &mut self.way {
                Way::Desktop(desktop) => desktop.keep_only(&threads).await,
                Way::Journal(_) | Way::Screen(_) => {}
            },
            Errand::Welcome => match &mut self.way {
                Way::Desktop(desktop) => desktop.welcome().await,
                Way::Journal(_) | Way::Screen(_) => {}
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
        let text = self.speech.borrow().alert(alert, now);
        let bubble = self.speech.borrow().bubble(alert, now);
        let body = match &text.answer_hint {
            Some(hint) => format!("{}\n{hint}", text.body),
            None => text.body.clone(),
        };
        match &mut self.way {
            Way::Screen(witness) => {
                if let Some(witness) = witness {
                    witness(Seen::Alert(alert, &text));
                }
                Outcome::Taken
            }
            Way::Desktop(desktop) => match desktop.show(bubble).await {
                Ok(()) => Outcome::Taken,
                Err(error) => {
                    warn!(channel = self.name, %error, "an alert was not taken");
                    Outcome::Refused {
                        retry: error.retry(),
                        why: error.to_string(),
                    }
                }
            },
            Way::Journal(journal) => match journal.deliver(&text.title, &body, alert) {
                Ok(()) => Outcome::Taken,
                Err(error) => {
                    warn!(channel = self.name, %error, "an alert could not be printed");
                    Outcome::Refused {
                        retry: true,
                        why: error.to_string(),
                    }
                }
            },
        }
    }
}
