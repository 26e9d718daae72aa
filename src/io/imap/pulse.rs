//! A sign of life that the task of an account gives at every turn of its loop.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Shared by the task that beats and by whoever looks whether it still does.
#[derive(Debug, Clone, Default)]
pub struct Pulse(Arc<AtomicU64>);

impl Pulse {
    /// The task is at work.
    pub(crate) fn beat(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// How often it beat so far. A number instead of a moment: clocks are set, and stand still in suspend.
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
