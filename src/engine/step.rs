//! The one shape that every state machine of the engine has.

use jiff::Timestamp;

/// The whole consequence of one input: what to do now, and when to ask again.
///
/// `outputs` are commands for the I/O shell, in the order in which they must be carried out.
/// `wake_at` is the next moment at which the machine wants a tick, whatever else happens.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "outputs that nobody carries out are lost alerts"]
pub struct Step<O> {
    /// Commands, in order.
    pub outputs: Vec<O>,
    /// The next moment at which the machine wants to be stepped with a tick.
    pub wake_at: Option<Timestamp>,
}

impl<O> Step<O> {
    /// Nothing to do until `wake_at`.
    pub fn quiet(wake_at: Option<Timestamp>) -> Self {
        Self {
            outputs: Vec::new(),
            wake_at,
        }
    }
}
