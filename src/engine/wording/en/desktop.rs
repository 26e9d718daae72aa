//! English: what a screen shows and `test-alert` asks.

use crate::engine::wording::desktop::DesktopLabels;

/// The labels.
pub(crate) const LABELS: DesktopLabels = DesktopLabels {
    arrived: "It arrived",
    did_it_arrive: "…: did you see the test alert? [y/n]",
    it_arrived: "…: confirmed, alerts arrive here.",
    it_did_not: "…: the test alert was sent, but nobody saw it. Check this channel before you rely on it.",
    nobody_asked: "See whether it arrived. To confirm each channel, run this in a terminal: mailward test-alert",
};
