//! Plays a story: moves its clock, delivers its mails, and never takes longer than it may.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::demo::clock::StoryClock;
use crate::demo::server::mailbox::Mailbox;
use crate::demo::story::{Happening, Moment};

/// How fast a story is played. Durations are real time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// The shortest pause between two moments, however close they lie.
    pub shortest: Duration,
    /// The longest pause, however far apart they lie.
    pub longest: Duration,
    /// What all pauses together may take; they shrink where they would take more.
    pub budget: Duration,
}

impl Pace {
    /// To be watched: a story is over in less than a minute.
    pub const CALM: Self = Self {
        shortest: Duration::from_millis(700),
        longest: Duration::from_secs(3),
        budget: Duration::from_secs(42),
    };

    /// To be looked at afterwards: a story is over in less than ten seconds.
    pub const FAST: Self = Self {
        shortest: Duration::from_millis(60),
        longest: Duration::from_millis(250),
        budget: Duration::from_secs(5),
    };

    /// The real pause for a gap of the story: as long as the gap, within the bounds.
    fn pause(&self, gap: SignedDuration) -> Duration {
        let gap = Duration::try_from(gap).unwrap_or_default();
        gap.checked_div(STORY_SECONDS_A_SECOND)
            .unwrap_or_default()
            .clamp(self.shortest, self.longest.max(self.shortest))
    }
}

/// How much story time a second of pause stands for, where neither bound of the pace is reached.
const STORY_SECONDS_A_SECOND: u32 = 60;

/// The share of a pause in which the clock stands still, so that a mail is read in the moment in which it came:
/// one half. In the other half the clock runs on to the next moment.
const STILL: u32 = 2;

/// How often the clock moves while it runs.
const TICK: Duration = Duration::from_millis(20);

/// A story that is being played, moment by moment.
#[derive(Debug)]
pub struct Player {
    moments: VecDeque<(Duration, Moment)>,
    /// The pause and the end of the story's time after the last moment.
    last: Option<(Duration, Timestamp)>,
    mailbox: Arc<Mailbox>,
    clock: Arc<StoryClock>,
}

impl Player {
    /// Lays out the pauses. `tail` is how long the story's time goes on after the last moment.
    pub fn new(
        moments: Vec<Moment>,
        tail: SignedDuration,
        mailbox: Arc<Mailbox>,
        clock: Arc<StoryClock>,
        pace: Pace,
    ) -> Self {
        let mut before = moments.first().map(|moment| moment.at);
        let mut pauses = Vec::new();
        for moment in &moments {
            let gap = before.map_or(SignedDuration::ZERO, |at| moment.at.duration_since(at));
            pauses.push(pace.pause(gap));
            before = Some(moment.at);
        }
        pauses.push(pace.pause(tail));
        let total: Duration = pauses.iter().sum();
        if total > pace.budget {
            let share = pace.budget.as_secs_f64() / total.as_secs_f64();
            for pause in &mut pauses {
                *pause = pause.mul_f64(share);
            }
        }
        let end = before.map(|at| at.saturating_add(tail).unwrap_or(at));
        let last = pauses.pop().zip(end);
        Self {
            moments: pauses.into_iter().zip(moments).collect(),
            last,
            mailbox,
            clock,
        }
    }

    /// Waits for the next moment, sets the clock to it and lets it happen; `None` after the last one.
    ///
    /// An answer is only told: the caller gives it.
    pub async fn advance(&mut self) -> Option<Moment> {
        let (pause, moment) = self.moments.pop_front()?;
        self.pass(pause, moment.at).await;
        match &moment.what {
            Happening::Mail(mail) => {
                self.mailbox.deliver(mail.bytes.clone(), moment.at);
            }
            Happening::Answer(_) => {}
        }
        Some(moment)
    }

    /// Lets the story's time go on to its end.
    pub async fn finish(mut self) {
        if let Some((pause, end)) = self.last.take() {
            self.pass(pause, end).await;
        }
    }

    /// Lets a pause pass; at its end the clock shows `until`.
    async fn pass(&self, pause: Duration, until: Timestamp) {
        let still = pause.checked_div(STILL).unwrap_or_default();
        tokio::time::sleep(still).await;
        let run = pause.saturating_sub(still);
        let steps = run.as_millis().checked_div(TICK.as_millis()).unwrap_or(0);
        let steps = u32::try_from(steps).unwrap_or(u32::MAX);
        let from = self.clock.now();
        let way = until.duration_since(from);
        for step in 1..=steps {
            tokio::time::sleep(TICK).await;
            let done = way.mul_f64(f64::from(step) / f64::from(steps.saturating_add(1)));
            self.clock.set(from.saturating_add(done).unwrap_or(until));
        }
        self.clock.set(until);
    }
}

/// Plays a whole story and tells each moment as it happens.
pub async fn play(mut player: Player, mut on_moment: impl FnMut(&Moment)) {
    while let Some(moment) = player.advance().await {
        on_moment(&moment);
    }
    player.finish().await;
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use jiff::tz::TimeZone;

    use super::*;
    use crate::demo::story::{BUILT_IN, Story};
    use crate::engine::wording::Language;

    fn start() -> Timestamp {
        "2026-11-20T09:36:00Z".parse().unwrap()
    }

    async fn check_played(name: &str, pace: Pace, limit: Duration) {
        let story = Story::built_in(name).unwrap().unwrap();
        let moments = story
            .moments(Language::Ja, start(), &TimeZone::UTC)
            .unwrap();
        let times: Vec<Timestamp> = moments.iter().map(|moment| moment.at).collect();
        let mailbox = Arc::new(Mailbox::new(NonZeroU32::MIN));
        let clock = Arc::new(StoryClock::new(start()));
        let player = Player::new(
            moments,
            story.tail(),
            Arc::clone(&mailbox),
            Arc::clone(&clock),
            pace,
        );
        let mut told = Vec::new();
        let whole = play(player, |moment| {
            assert_eq!(clock.now(), moment.at);
            told.push(moment.at);
        });
        tokio::time::timeout(limit, whole).await.unwrap();
        assert_eq!(told, times);
        assert_eq!(mailbox.uids().len(), times.len());
        let end = times.last().unwrap().checked_add(story.tail()).unwrap();
        assert_eq!(clock.now(), end);
    }

    // Tokio's own clock is paused here: the minutes are counted, not waited for.
    #[tokio::test(start_paused = true)]
    async fn every_story_ends_within_its_time_with_every_mail_delivered() {
        for story in BUILT_IN {
            check_played(story.name, Pace::CALM, Duration::from_secs(50)).await;
            check_played(story.name, Pace::FAST, Duration::from_secs(7)).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_empty_story_ends_at_once() {
        let player = Player::new(
            Vec::new(),
            SignedDuration::from_mins(5),
            Arc::new(Mailbox::new(NonZeroU32::MIN)),
            Arc::new(StoryClock::new(start())),
            Pace::FAST,
        );
        tokio::time::timeout(Duration::from_secs(1), play(player, |_| unreachable!()))
            .await
            .unwrap();
    }
}
