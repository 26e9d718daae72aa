//! What comes back over a channel: the same as on the command line.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use tokio::sync::oneshot;
use tracing::{info, warn};

use crate::daemon::channels::Returned;
use crate::daemon::ingest::TextMessage;
use crate::daemon::speech::Speech;
use crate::daemon::{Daemon, report_file};
use crate::engine::incident::{Answer, IncidentId};
use crate::io::control::protocol::Request;

impl Daemon {
    /// Carries out what came back. The channel shows what follows from it; a refusal is only logged.
    pub(crate) async fn take_back(&mut self, returned: Returned) {
        match returned {
            Returned::Answered {
                channel,
                incident,
                answer,
            } => self.take_answer(&channel, incident, answer).await,
            Returned::Replied {
                channel,
                incident,
                answer,
                stored,
            } => {
                self.take_answer(&channel, incident, answer).await;
                self.confirm(stored);
            }
            Returned::TextMessage {
                channel,
                person,
                sender,
                text,
                at,
                is_vouched_for,
                stored,
            } => {
                let message = TextMessage {
                    person,
                    sender: sender.as_deref(),
                    text: &text,
                    at,
                    is_vouched_for,
                };
                if let Err(refusal) = self.ingest(message).await {
                    warn!(
                        channel,
                        problem = refusal.what,
                        "the text message was not taken"
                    );
                }
                self.confirm(stored);
            }
            Returned::Wanted { incident, page } => {
                let now = (self.setup.clock)();
                let report = self.write_report(&incident, now);
                // A browser that starts slowly holds up nobody.
                tokio::spawn(report_file::open(report, page));
            }
            Returned::Arrived { channel, alert } => {
                info!(channel, alert, "the test alert was seen");
                self.desk.trials.arrived(&channel, &alert);
            }
        }
    }

    fn write_report(&self, incident: &IncidentId, now: Timestamp) -> Option<PathBuf> {
        let found = match self.store.incident(incident) {
            Ok(found) => found?,
            Err(problem) => {
                warn!(%problem, "the report could not be read");
                return None;
            }
        };
        let folder = self.setup.state_file.parent().unwrap_or(Path::new("."));
        let speech = Speech::new(&self.setup);
        match report_file::folder(folder)
            .and_then(|folder| report_file::write(&folder, &found, &speech, now))
        {
            Ok(file) => Some(file),
            Err(error) => {
                warn!(%error, "the report could not be written");
                None
            }
        }
    }

    async fn take_answer(&mut self, channel: &str, incident: IncidentId, answer: Answer) {
        info!(channel, incident = incident.0, ?answer, "an answer");
        let now = (self.setup.clock)();
        let request = Request::Answer { incident, answer };
        if let Err(refusal) = self.carry_out(request, now).await {
            warn!(channel, problem = refusal.what, "the answer was not taken");
        }
    }

    /// Says that something is stored, unless the end came before it could be: then it comes again.
    fn confirm(&self, stored: oneshot::Sender<()>) {
        if !self.gave_up {
            let _ = stored.send(());
        }
    }
}
