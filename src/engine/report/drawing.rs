//! The timeline as inline SVG: positions across in per cent, so that its letters keep their size on every screen.

use maud::{Markup, html};

use crate::engine::report::timeline::{Kind, Lane, Mark, Tick, Timeline, Tone, clock};
use crate::engine::wording::context::Context;
use crate::engine::wording::page::PageLabels;
use crate::engine::wording::table::phrases;

/// Heights in pixels: the row of the breaks, a lane, the axis.
const HEAD: u32 = 22;
const LANE: u32 = 44;
const AXIS: u32 = 40;
/// From the top of a lane to the middle of its marks.
const MIDDLE: u32 = 29;

/// The drawing, with a title and a description for those who do not see it.
pub fn svg(timeline: &Timeline, labels: &PageLabels, context: &Context<'_>) -> Markup {
    let lanes = u32::try_from(timeline.lanes.len()).unwrap_or(0);
    let axis = HEAD.saturating_add(LANE.saturating_mul(lanes));
    let height = axis.saturating_add(AXIS);
    html! {
        svg class="drawing" width="100%" height=(height) role="img" aria-labelledby="drawing-title drawing-text"
            xmlns="http://www.w3.org/2000/svg" {
            title id="drawing-title" { (labels.timeline) }
            desc id="drawing-text" { (labels.drawing) }
            @for (left, right) in &timeline.stretches {
                rect class="stretch" x=(percent(*left)) y=(HEAD) width=(percent(right - left))
                    height=(axis.saturating_sub(HEAD)) rx="6" {}
            }
            @for tick in &timeline.ticks { (guide(tick, axis)) }
            @for broken in &timeline.breaks {
                text class="gap" x=(percent(broken.x)) y="14" {
                    ((labels.gap)(broken.seconds.saturating_add(30).div_euclid(60)))
                }
                svg x=(percent(broken.x)) y=(axis.saturating_sub(7)) overflow="visible" {
                    path class="break" d="M-8 14L-4 0M-1 14L3 0" {}
                }
            }
            @for (index, lane) in (0_u32..).zip(&timeline.lanes) {
                (drawn(lane, HEAD.saturating_add(LANE.saturating_mul(index)), labels))
            }
            @for (left, right) in &timeline.stretches {
                line class="axis" x1=(percent(*left)) x2=(percent(*right)) y1=(axis) y2=(axis) {}
            }
            @for tick in &timeline.ticks { (label(tick, axis, context)) }
        }
    }
}

fn guide(tick: &Tick, axis: u32) -> Markup {
    html! {
        line class="guide" x1=(percent(tick.x)) x2=(percent(tick.x)) y1=(HEAD) y2=(axis.saturating_add(4)) {}
    }
}

fn label(tick: &Tick, axis: u32, context: &Context<'_>) -> Markup {
    let date = context.time_zone.to_datetime(tick.at).date();
    html! {
        text class="tick" x=(percent(tick.x)) y=(axis.saturating_add(18)) { (clock(tick.at, context.time_zone)) }
        @if tick.dated {
            text class="tick day" x=(percent(tick.x)) y=(axis.saturating_add(33)) {
                (phrases(context.language).short_date(date))
            }
        }
    }
}

fn drawn(lane: &Lane, top: u32, labels: &PageLabels) -> Markup {
    let middle = top.saturating_add(MIDDLE);
    html! {
        text class="lane" x="8" y=(top.saturating_add(14)) {
            ((labels.lane)(lane.kind)) " " tspan class="count" { (lane.count) }
        }
        line class="track" x1="0.8%" x2="99.2%" y1=(middle) y2=(middle) {}
        @for mark in &lane.marks { (marked(mark, lane.kind, middle)) }
    }
}

fn marked(mark: &Mark, kind: Kind, middle: u32) -> Markup {
    let tone = match mark.tone {
        Tone::Hollow => "hollow",
        Tone::Plain => "plain",
        Tone::Risk => "risk",
    };
    let digits = mark.count.to_string();
    let width = u32::try_from(digits.len())
        .unwrap_or(1)
        .saturating_mul(7)
        .saturating_add(10);
    html! {
        svg x=(percent(mark.x)) y=(middle) overflow="visible" class=(tone) {
            @if mark.count > 1 {
                rect x=(format!("-{}", f64::from(width) / 2.0)) y="-9" width=(width) height="18" rx="9" {}
                text class="number" y="4.2" { (digits) }
            } @else {
                path d=(shape(kind)) {}
            }
        }
    }
}

/// A shape of its own for each kind, so that nobody has to tell them apart by colour.
fn shape(kind: Kind) -> &'static str {
    match kind {
        Kind::Orders => "M-4.1 0A4.1 4.1 0 1 1 4.1 0A4.1 4.1 0 1 1-4.1 0Z",
        Kind::Codes => "M0-6.5L6.5 0L0 6.5L-6.5 0Z",
        Kind::SignIns => "M0-6L6.2 5L-6.2 5Z",
        Kind::AccountChanges => "M-5-5H5V5H-5Z",
        Kind::Cancellations => "M-4.5-4.5L4.5 4.5M4.5-4.5L-4.5 4.5",
        Kind::MerchantActions => "M-5.5-3.2L0-6.4L5.5-3.2V3.2L0 6.4L-5.5 3.2Z",
        Kind::Charges => "M-6.5-4.5H6.5V4.5H-6.5ZM-6.5-1.5H6.5",
        Kind::Answers => "M-6.5-6H6.5V3H0L-4 7V3H-6.5Z",
    }
}

/// A position or a width, to a hundredth of a per cent.
fn percent(part: f64) -> String {
    format!("{part:.2}%")
}
