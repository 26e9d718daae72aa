//! Takes over thresholds that a scan learned.

use crate::daemon::people::People;
use crate::engine::baseline::Baseline;
use crate::io::control::outcome::Learned;
use crate::io::control::protocol::{Refusal, RefusalKind};

/// What is to hold from now on, beside what held; refused where no history can have taught it.
pub fn compare(people: &People, person: String, after: Baseline) -> Result<Learned, Refusal> {
    if !after.is_within_limits() {
        return Err(Refusal::new(
            RefusalKind::Unknown,
            "these thresholds cannot have been learned",
            "run mailward scan --learn again, with the same version as the daemon",
        ));
    }
    Ok(Learned {
        before: people.baseline_of(&person),
        person,
        after,
    })
}
