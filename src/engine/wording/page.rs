//! The words of the report as a page, besides those that it shares with the report as text.

use crate::engine::incident::event::Happened;
use crate::engine::report::timeline::Kind;

/// Labels of the page, in the order in which they appear.
#[derive(Clone, Copy)]
pub struct PageLabels {
    /// When the report was made, from date and time of day.
    pub made: fn(&str) -> String,
    /// Heading of the box on top where money may be gone.
    pub call: &'static str,
    /// Heading of the box where the call is done, or nothing was ordered.
    pub issuer: &'static str,
    /// Instead of a name and number.
    pub number_on_card: &'static str,
    /// What to say on the phone, from the number of orders and their amount (empty: unknown).
    pub say: fn(u32, &str) -> String,
    /// The next step that is open.
    pub next: &'static str,
    /// Heading of the facts.
    pub facts: &'static str,
    /// Heading of the table.
    pub table: &'static str,
    /// Column head of the row numbers.
    pub number: &'static str,
    /// Column head of the service, in files with one table for all.
    pub service: &'static str,
    /// Column head of the currency.
    pub currency: &'static str,
    /// Column head of the moment of a cancellation.
    pub cancelled_at: &'static str,
    /// Column head of remarks.
    pub note: &'static str,
    /// When an order was cancelled.
    pub cancelled_then: fn(&str) -> String,
    /// So many orders are shown, so many there are; the command lists them all.
    pub cut: fn(usize, usize, &str) -> String,
    /// Heading of the timeline.
    pub timeline: &'static str,
    /// What the drawing shows, for those who do not see it.
    pub drawing: &'static str,
    /// The name of a lane.
    pub lane: fn(Kind) -> &'static str,
    /// A gap that the axis leaves out, in minutes.
    pub gap: fn(i64) -> String,
    /// What happened, so many times.
    pub happened: fn(&Happened, usize) -> String,
    /// So many entries more.
    pub more: fn(usize) -> String,
    /// The answer of the person.
    pub answered: fn(&str) -> String,
    /// Heading of the steps.
    pub steps: &'static str,
    /// A step is ticked off.
    pub done: &'static str,
    /// A step is open.
    pub open: &'static str,
    /// How to tick off a step.
    pub tick: &'static str,
    /// Heading of the reasons.
    pub why: &'static str,
    /// Heading of the levels.
    pub levels: &'static str,
    /// What the file is, on its last line.
    pub foot: &'static str,
}
