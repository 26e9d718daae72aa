//! Where everything stands on the drawn timeline: an axis that is broken over long gaps, and one lane for each kind.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::engine::incident::event::Happened;
use crate::engine::incident::{Answer, Incident, OrderLine, OrderState};
use crate::engine::wording::time;

/// Breaks of the axis at most, so that the labels keep their room on a phone.
const BREAKS: usize = 3;
/// A gap shorter than this is drawn as it is, in seconds.
const SHORTEST_BREAK: i64 = 15 * 60;
/// A gap is cut out when it is longer than this share of what else there is.
const BREAK_SHARE: f64 = 0.35;
/// Width of a break, in per cent of the drawing.
const BREAK_WIDTH: f64 = 7.0;
/// The narrowest stretch between two breaks.
const STRETCH_WIDTH: f64 = 12.0;
/// What a stretch leaves free at either end.
const MARGIN: f64 = 2.8;
/// Room for one label below the axis, on a phone of 320 pixels.
const LABEL_WIDTH: f64 = 14.0;
/// Half a label: no nearer to the edge is one.
const EDGE: f64 = 6.2;
/// How close two marks may stand: single ones, counts of two digits, of more.
const SINGLE: f64 = 3.0;
const COUNTED: f64 = 9.0;
const THOUSANDS: f64 = 14.0;
/// Seconds between the labels of the axis.
const STEPS: [i64; 16] = [
    60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 432_000,
    864_000, 2_592_000,
];

/// What a lane shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// One-time codes.
    Codes,
    /// Sign-ins.
    SignIns,
    /// Changes of the account.
    AccountChanges,
    /// Orders.
    Orders,
    /// Cancellations.
    Cancellations,
    /// What the merchant did on its own.
    MerchantActions,
    /// Charges that the card issuer reports.
    Charges,
    /// What the person answered.
    Answers,
}

impl Kind {
    /// Every kind, from the top of the drawing down.
    pub const ALL: [Self; 8] = [
        Self::Codes,
        Self::SignIns,
        Self::AccountChanges,
        Self::Orders,
        Self::Cancellations,
        Self::MerchantActions,
        Self::Charges,
        Self::Answers,
    ];

    /// The kind of something that is no order.
    pub fn of(what: &Happened) -> Self {
        match what {
            Happened::OrderCancelled { .. } => Self::Cancellations,
            Happened::OneTimeCode { .. } => Self::Codes,
            Happened::SignIn { .. } => Self::SignIns,
            Happened::AccountChange { .. } => Self::AccountChanges,
            Happened::MerchantAction { .. } => Self::MerchantActions,
            Happened::CardCharge { .. } => Self::Charges,
        }
    }
}

/// How a mark looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tone {
    /// Settled: a cancelled order, "it was me".
    Hollow,
    /// A fact.
    Plain,
    /// Money that may be gone, "not me".
    Risk,
}

/// One mark, for one or more things at about the same moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// From the left edge, in per cent.
    pub x: f64,
    /// How many things.
    pub count: usize,
    /// The most serious of them.
    pub tone: Tone,
}

/// All marks of one kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Lane {
    /// Which kind.
    pub kind: Kind,
    /// How many things in all.
    pub count: usize,
    /// From left to right, none over another.
    pub marks: Vec<Mark>,
}

/// A label of the axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    /// From the left edge, in per cent.
    pub x: f64,
    /// The moment.
    pub at: Timestamp,
    /// The day is named as well.
    pub dated: bool,
}

/// Time that is cut out.
#[derive(Debug, Clone, PartialEq)]
pub struct Break {
    /// Its middle, in per cent.
    pub x: f64,
    /// How long, in seconds.
    pub seconds: i64,
}

/// The drawing, in per cent of its width.
#[derive(Debug, Clone, PartialEq)]
pub struct Timeline {
    /// Lanes that hold anything.
    pub lanes: Vec<Lane>,
    /// Labels of the axis.
    pub ticks: Vec<Tick>,
    /// Where the axis is broken.
    pub breaks: Vec<Break>,
    /// The stretches between the breaks: left and right edge.
    pub stretches: Vec<(f64, f64)>,
}

/// One thing on the timeline.
struct Thing {
    second: i64,
    kind: Kind,
    tone: Tone,
    count: usize,
}

/// A stretch of the axis: seconds on it, and where it is drawn.
struct Stretch {
    first: i64,
    last: i64,
    left: f64,
    right: f64,
}

/// Places everything; `None` where nothing happened.
pub fn timeline(incident: &Incident, time_zone: &TimeZone) -> Option<Timeline> {
    let mut things = things(incident);
    things.sort_by_key(|thing| thing.second);
    let seconds: Vec<i64> = things.iter().map(|thing| thing.second).collect();
    let stretches = stretches(&seconds)?;
    let lanes = Kind::ALL
        .into_iter()
        .filter_map(|kind| lane(kind, &things, &stretches))
        .collect();
    let breaks = stretches
        .windows(2)
        .filter_map(|pair| match pair {
            [before, after] => Some(Break {
                x: f64::midpoint(before.right, after.left),
                seconds: after.first.saturating_sub(before.last),
            }),
            _ => None,
        })
        .collect();
    let mut ticks: Vec<Tick> = stretches
        .iter()
        .flat_map(|stretch| ticks(stretch, time_zone))
        .collect();
    let mut day = None;
    for tick in &mut ticks {
        let date = time_zone.to_datetime(tick.at).date();
        tick.dated = day != Some(date);
        day = Some(date);
    }
    Some(Timeline {
        lanes,
        ticks,
        breaks,
        stretches: stretches.iter().map(|s| (s.left, s.right)).collect(),
    })
}

fn things(incident: &Incident) -> Vec<Thing> {
    let orders = incident.order_list.iter().map(|order| Thing {
        second: order.at.as_second(),
        kind: Kind::Orders,
        tone: order_tone(order),
        count: 1,
    });
    let events = incident.events.iter().map(|event| {
        let kind = Kind::of(&event.what);
        Thing {
            second: event.at.as_second(),
            kind,
            tone: match kind {
                Kind::Cancellations => Tone::Hollow,
                Kind::Charges => Tone::Risk,
                Kind::Codes
                | Kind::SignIns
                | Kind::AccountChanges
                | Kind::Orders
                | Kind::MerchantActions
                | Kind::Answers => Tone::Plain,
            },
            count: match &event.what {
                Happened::OrderCancelled { order_ids, .. } => order_ids.len().max(1),
                Happened::OneTimeCode { .. }
                | Happened::SignIn { .. }
                | Happened::AccountChange { .. }
                | Happened::MerchantAction { .. }
                | Happened::CardCharge { .. } => 1,
            },
        }
    });
    let answers = incident.answers.iter().map(|(at, answer)| Thing {
        second: at.as_second(),
        kind: Kind::Answers,
        tone: match answer {
            Answer::Me => Tone::Hollow,
            Answer::NotMe => Tone::Risk,
            Answer::Unsure => Tone::Plain,
        },
        count: 1,
    });
    orders.chain(events).chain(answers).collect()
}

/// Whether the money of an order may be gone.
pub fn order_tone(order: &OrderLine) -> Tone {
    match order.state {
        OrderState::Cancelled if !order.contradiction => Tone::Hollow,
        OrderState::Cancelled | OrderState::NoCancellationSeen | OrderState::Charged => Tone::Risk,
    }
}

/// Cuts the longest gaps out and shares the width among what is left: more of it to where more happened.
fn stretches(seconds: &[i64]) -> Option<Vec<Stretch>> {
    let (first, last) = (*seconds.first()?, *seconds.last()?);
    let mut gaps: Vec<(i64, i64)> = seconds
        .windows(2)
        .filter_map(|pair| match pair {
            [before, after] => Some((after.saturating_sub(*before), *after)),
            _ => None,
        })
        .filter(|(length, _)| *length >= SHORTEST_BREAK)
        .collect();
    gaps.sort_by_key(|(length, _)| std::cmp::Reverse(*length));
    let mut busy = last.saturating_sub(first);
    let mut begins = Vec::new();
    for (length, after) in gaps.into_iter().take(BREAKS) {
        let rest = busy.saturating_sub(length);
        if real(length) < BREAK_SHARE * real(rest) {
            break;
        }
        begins.push(after);
        busy = rest;
    }
    begins.sort_unstable();

    let mut groups: Vec<Vec<i64>> = vec![Vec::new()];
    for second in seconds {
        if begins.contains(second) && groups.last().is_some_and(|group| !group.contains(second)) {
            groups.push(Vec::new());
        }
        if let Some(group) = groups.last_mut() {
            group.push(*second);
        }
    }
    // Half minutes in which anything happened: two marks within one stand over each other anyway.
    let weights: Vec<f64> = groups
        .iter()
        .map(|group| {
            let mut moments: Vec<i64> = group.iter().map(|second| second.div_euclid(30)).collect();
            moments.dedup();
            count_real(moments.len().min(24)) - 1.0
        })
        .collect();
    let all: f64 = weights.iter().sum();
    let stretches = count_real(groups.len());
    let shared = 100.0 - BREAK_WIDTH * (stretches - 1.0) - STRETCH_WIDTH * stretches;
    let mut left = 0.0;
    let placed = groups
        .iter()
        .zip(weights)
        .map(|(group, weight)| {
            let share = if all > 0.0 {
                weight / all
            } else {
                1.0 / stretches
            };
            let right = left + STRETCH_WIDTH + shared * share;
            let stretch = Stretch {
                first: group.first().copied().unwrap_or(first),
                last: group.last().copied().unwrap_or(last),
                left,
                right,
            };
            left = right + BREAK_WIDTH;
            stretch
        })
        .collect();
    Some(placed)
}

impl Stretch {
    fn x(&self, second: i64) -> f64 {
        let length = self.last.saturating_sub(self.first);
        let share = if length <= 0 {
            0.5
        } else {
            real(second.saturating_sub(self.first)) / real(length)
        };
        let room = self.right - self.left - 2.0 * MARGIN;
        self.left + MARGIN + room * share
    }

    fn holds(&self, second: i64) -> bool {
        (self.first..=self.last).contains(&second)
    }
}

fn lane(kind: Kind, things: &[Thing], stretches: &[Stretch]) -> Option<Lane> {
    let here: Vec<(f64, &Thing)> = things
        .iter()
        .filter(|thing| thing.kind == kind)
        .filter_map(|thing| {
            let stretch = stretches.iter().find(|s| s.holds(thing.second))?;
            Some((stretch.x(thing.second), thing))
        })
        .collect();
    if here.is_empty() {
        return None;
    }
    let mut marks = gathered(&here, SINGLE);
    for (limit, apart) in [(10, COUNTED), (1000, THOUSANDS)] {
        if marks.iter().any(|mark| mark.count >= limit) {
            marks = gathered(&here, apart);
        }
    }
    Some(Lane {
        kind,
        count: here
            .iter()
            .fold(0, |sum, (_, thing)| sum.saturating_add(thing.count)),
        marks,
    })
}

/// Things that would stand over each other become one mark.
fn gathered(things: &[(f64, &Thing)], apart: f64) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::new();
    for (x, thing) in things {
        match marks.last_mut() {
            Some(mark) if *x - mark.x < apart => {
                mark.count = mark.count.saturating_add(thing.count);
                mark.tone = mark.tone.max(thing.tone);
            }
            _ => marks.push(Mark {
                x: *x,
                count: thing.count,
                tone: thing.tone,
            }),
        }
    }
    marks
}

/// Whole minutes, hours or days on a stretch, as many as have room; the moment itself where the stretch is short.
fn ticks(stretch: &Stretch, time_zone: &TimeZone) -> Vec<Tick> {
    let room = stretch.right - stretch.left - 2.0 * MARGIN;
    let length = stretch.last.saturating_sub(stretch.first);
    let offset = Timestamp::from_second(stretch.first)
        .map_or(0, |at| i64::from(time_zone.to_offset(at).seconds()));
    let whole = |step: i64| {
        let local = stretch.first.saturating_add(offset);
        let up = step.saturating_sub(local.rem_euclid(step)).rem_euclid(step);
        stretch.first.saturating_add(up)
    };
    let step = STEPS
        .into_iter()
        .find(|step| room * real(*step) >= LABEL_WIDTH * real(length));
    let mut ticks = Vec::new();
    if let Some(step) = step {
        let mut second = whole(step);
        while second <= stretch.last && length > 0 {
            ticks.extend(tick(stretch.x(second), second));
            second = second.saturating_add(step);
        }
    }
    if ticks.is_empty() {
        // A few seconds or minutes without a whole one among them: the label stands in their middle.
        let middle = f64::midpoint(stretch.left, stretch.right);
        ticks.extend(tick(middle, stretch.first));
    }
    ticks
}

fn tick(x: f64, second: i64) -> Option<Tick> {
    Some(Tick {
        x: x.clamp(EDGE, 100.0 - EDGE),
        at: Timestamp::from_second(second).ok()?,
        dated: false,
    })
}

/// The time of day of a tick.
pub fn clock(at: Timestamp, time_zone: &TimeZone) -> String {
    time::clock(time_zone.to_datetime(at))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "seconds of an incident lie far below 2^52, and a drawing needs no more"
)]
fn real(number: i64) -> f64 {
    number as f64
}

fn count_real(number: usize) -> f64 {
    real(i64::try_from(number).unwrap_or(i64::MAX))
}
