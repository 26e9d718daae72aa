//! A channel's task: puts alerts into words, hands them over, reports what became of them.

use tokio::sync::{mpsc, watch};
use tracing::warn;

use crate::config::ChannelKind;
use crate::daemon::channels::{Delivered, Errand, Outcome, Returned};
use crate::daemon::speech::Speech;
use crate::daemon::{Seen, Witness};
use crate::engine::alert::Alert;
use crate::io::clock::Clock;
use crate::io::desktop::Desktop;
use crate::io::fault::{Point, pass};
use crate::io::journal::Journal;

/// What carries alerts. Closed: one variant a kind of the config.
pub(super) enum Way {
    Desktop(Box<Desktop>),
    Journal(Journal<std::io::Stdout>),
    Screen(Option<Witness>),
}

impl Way {
    /// The way that a configured kind goes.
    pub(super) fn of(kind: &ChannelKind, witness: Option<&Witness>) -> Self {
        match kind {
            ChannelKind::Desktop => Self::Desktop(Box::default()),
            ChannelKind::Journal => Self::Journal(Journal::stdout()),
            ChannelKind::Screen => Self::Screen(witness.cloned()),
        }
    }
}

/// One channel and all that its task needs.
pub(super) struct Carrier {
    pub(super) name: String,
    pub(super) way: Way,
    pub(super) speech: watch::Receiver<Speech>,
    pub(super) clock: Clock,
    pub(super) reports: mpsc::Sender<Delivered>,
    #[expect(dead_code, reason = "no channel has buttons as yet")]
    pub(super) returns: mpsc::Sender<Returned>,
}

impl Carrier {
    /// Does one errand after the other until the daemon hangs up.
    pub(super) async fn carry(mut self, mut waiting: mpsc::Receiver<Errand>) {
        while let Some(errand) = waiting.recv().await {
            match errand {
                Errand::Deliver(alert) => {
                    let outcome = self.hand_over(&alert).await;
                    pass(Point::ChannelTook);
                    let report = Delivered {
                        alert: alert.id,
                        channel: self.name.clone(),
                        outcome,
                    };
                    if self.reports.send(report).await.is_err() {
                        return;
                    }
                }
                Errand::Settle { thread } => match &mut self.way {
                    Way::Desktop(desktop) => desktop.close(&thread).await,
                    Way::Journal(_) | Way::Screen(_) => {}
                },
            }
        }
    }

    async fn hand_over(&mut self, alert: &Alert) -> Outcome {
        let text = self.speech.borrow().alert(alert, (self.clock)());
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
            Way::Desktop(desktop) => match desktop.deliver(&text.title, &body, alert).await {
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
