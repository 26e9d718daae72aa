//! What comes back over a channel: the same as on the command line.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use tracing::{info, warn};

use crate::daemon::channels::Returned;
use crate::daemon::speech::Speech;
use crate::daemon::{Daemon, reports};
use crate::engine::incident::IncidentId;
use crate::io::control::protocol::Request;

impl Daemon {
    /// Carries out what came back. The channel shows what follows from it; a refusal is only logged.
    pub(crate) async fn take_back(&mut self, returned: Returned) {
        let now = (self.setup.clock)();
        match returned {
            Returned::Answered {
                channel,
                incident,
                answer,
            } => {
                info!(channel, incident = incident.0, ?answer, "an answer");
                let request = Request::Answer { incident, answer };
                if let Err(refusal) = self.carry_out(request, now).await {
                    warn!(channel, problem = refusal.what, "the answer was not taken");
                }
            }
            Returned::Wanted { incident, page } => {
                let report = self.write_report(&incident, now);
                // A browser that starts slowly holds up nobody.
                tokio::spawn(reports::open(report, page));
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
        let report = Speech::new(&self.setup).report(&found, now);
        match reports::write(folder, incident, &report) {
            Ok(file) => Some(file),
            Err(error) => {
                warn!(%error, "the report could not be written");
                None
            }
        }
    }
}
