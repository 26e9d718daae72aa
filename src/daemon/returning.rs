//! What comes back over a channel: the same as on the command line.

use tracing::{info, warn};

use crate::daemon::Daemon;
use crate::daemon::channels::Returned;
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
        }
    }
}
