//! What the state file costs: durable commits, their share of the way from mail to alert, and a long history:
//! `cargo bench --bench store`. It writes below the target folder, so the disk is the one that is built on.
//!
//! `cargo test --benches` runs the same with less of everything and checks nothing but that it runs.

#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark reads the clock and prints a table"
)]

use std::path::Path;
use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use mailward::config::{Config, parse};
use mailward::daemon::ledger;
use mailward::daemon::people::People;
use mailward::daemon::sweep::Sweep;
use mailward::demo::story::{Happening, Story};
use mailward::engine::correlator::Input;
use mailward::engine::cursor::Cursor;
use mailward::engine::incident::Answer;
use mailward::engine::message::RawMail;
use mailward::engine::outbox::{self, Outbox};
use mailward::engine::rule::{self, RuleSet, Trust};
use mailward::engine::signal::{
    GiftRecipient, Item, Order, SenderVerdict, Signal, SignalId, SignalKind,
};
use mailward::engine::wording::Language;
use mailward::io::store::Store;
use mailward::io::store::change::Change;

const PERSON: &str = "me";

fn main() {
    let full = std::env::args().any(|argument| argument == "--bench");
    let (mails, history) = if full { (500, 100_000) } else { (20, 500) };
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let rules = RuleSet::built_in().expect("the built-in rules");
    println!(
        "| signals in the store | file | start | commits/s | mail to alert, median | 99th percentile | commit's share |"
    );
    println!("|---|---|---|---|---|---|---|");
    let mut house = House::open(folder.path(), &rules);
    for signals in [0, history] {
        house.fill(signals);
        let size = std::fs::metadata(folder.path().join("state.db")).map_or(0, |it| it.len());
        let start = house.start_again();
        let row = house.mails(mails);
        println!(
            "| {signals} | {:.1} MB | {:.0} ms | {:.0} | {:.2} ms | {:.2} ms | {:.0} % |",
            size as f64 / 1e6,
            millis(start),
            row.commits_a_second,
            millis(row.median),
            millis(row.slowest_hundredth),
            row.share * 100.0
        );
    }
    let (batches, longest) = house.sweep();
    println!(
        "\nRetention deleted the history in {batches} transactions; the longest took {:.1} ms.",
        millis(longest)
    );
}

struct Row {
    commits_a_second: f64,
    median: Duration,
    slowest_hundredth: Duration,
    share: f64,
}

struct House<'a> {
    folder: &'a Path,
    config: Config,
    rules: &'a RuleSet,
    store: Store,
    people: People,
    mails: Vec<Vec<u8>>,
    now: Timestamp,
    uid: u32,
}

impl<'a> House<'a> {
    fn open(folder: &'a Path, rules: &'a RuleSet) -> Self {
        let file = folder.join("mailward.toml");
        let text = "language = \"en\"\ntime_zone = \"Asia/Tokyo\"\n[[channel]]\nkind = \"journal\"\n\
                    [[channel]]\nkind = \"desktop\"\n[[account]]\nname = \"home\"\nhost = \"imap.example.com\"\n\
                    user = \"hanako@example.com\"\naddresses = [\"hanako@example.com\"]\n\
                    authserv_ids = [\"mx.example.com\"]\npassword_command = [\"true\"]\n";
        std::fs::write(&file, text).expect("a configuration");
        let config = parse::load(&file).expect("a sound configuration");
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().expect("a time");
        let (store, _) = Store::open(&folder.join("state.db"), now).expect("a store");
        let people = People::restore(&config, &store).expect("people");
        Self {
            folder,
            config,
            rules,
            store,
            people,
            mails: orders(),
            now,
            uid: 1,
        }
    }

    /// Opens everything anew, as a start does.
    fn start_again(&mut self) -> Duration {
        let elsewhere = self.folder.join("elsewhere.db");
        let (other, _) = Store::open(&elsewhere, self.now).expect("a store");
        drop(std::mem::replace(&mut self.store, other));
        let begun = Instant::now();
        let (store, _) = Store::open(&self.folder.join("state.db"), self.now).expect("a store");
        let people = People::restore(&self.config, &store).expect("people");
        let cursors = store.cursors("home").expect("cursors");
        let pending = store.pending_alerts().expect("alerts");
        let took = begun.elapsed();
        std::hint::black_box((cursors, pending));
        self.store = store;
        self.people = people;
        took
    }

    /// A history of orders, ten a day; in transactions of a hundred, since nobody waits for them.
    fn fill(&mut self, signals: u32) {
        for first in (0..signals).step_by(100) {
            let mut change = Change::default();
            for number in first..(first + 100).min(signals) {
                self.now += SignedDuration::from_mins(144);
                let inputs = vec![
                    Input::Arrived {
                        at: self.now,
                        sender: number % 500,
                    },
                    Input::Signal(Box::new(order(number, self.now))),
                ];
                for input in inputs {
                    let step = self.people.step(PERSON, self.now, input.clone());
                    let _ = std::hint::black_box(step);
                    change.inputs.push((self.now, PERSON.to_owned(), input));
                }
            }
            change.states.extend(self.people.written(PERSON));
            self.store.commit(&change).expect("a commit");
        }
    }

    /// Mails of the takeover, each on its whole way from bytes to what is handed to a channel.
    fn mails(&mut self, count: usize) -> Row {
        let trust = Trust {
            addresses: vec!["hanako@example.com".to_owned()],
            authserv_ids: vec!["mx.example.com".to_owned()],
        };
        let mut outbox = Outbox::new(outbox::Options {
            channels: vec!["desktop".to_owned(), "journal".to_owned()],
            seed: 1,
            routes: outbox::route::Routes::default(),
        });
        let (mut whole, mut committing) = (Vec::new(), Duration::ZERO);
        for number in 0..count {
            self.now += SignedDuration::from_hours(1);
            self.uid += 1;
            let raw = RawMail {
                source: format!("home/INBOX;uid={}", self.uid),
                arrived_at: self.now,
                full_size: 4_000,
                bytes: distinct(&self.mails[number % self.mails.len()], self.uid),
            };
            let begun = Instant::now();
            let signal = rule::signal_of(self.rules, &raw, &trust).expect("an order is a signal");
            let cursor = Cursor {
                uid_validity: 1,
                next_uid: self.uid,
            };
            let mut change = Change {
                cursors: vec![("home".to_owned(), "INBOX".to_owned(), cursor)],
                ..Change::default()
            };
            let inputs = vec![
                Input::Arrived {
                    at: self.now,
                    sender: rule::sender_hash(&raw.bytes),
                },
                Input::Signal(Box::new(signal)),
            ];
            let channels = |severity| ledger::channels_for(&self.config, severity);
            ledger::enter(
                &mut self.people,
                PERSON,
                self.now,
                inputs,
                &mut change,
                channels,
            );
            let before = Instant::now();
            self.store.commit(&change).expect("a commit");
            committing += before.elapsed();
            for (alert, channels) in change.alerts {
                let queued = outbox::Input::Queued {
                    alert: Box::new(alert),
                    channels,
                };
                let _ = std::hint::black_box(outbox.step(self.now, queued));
            }
            whole.push(begun.elapsed());
            // The person answers now and then, so that incidents close.
            if number % 8 == 7 {
                self.answer();
            }
        }
        let total: Duration = whole.iter().sum();
        whole.sort();
        Row {
            commits_a_second: count as f64 / committing.as_secs_f64(),
            median: whole[count / 2],
            slowest_hundredth: whole[count * 99 / 100],
            share: committing.as_secs_f64() / total.as_secs_f64(),
        }
    }

    fn answer(&mut self) {
        for incident in self.store.incidents(true).expect("incidents") {
            let mut change = Change::default();
            let input = Input::Answered {
                incident: incident.id,
                answer: Answer::Me,
            };
            let channels = |severity| ledger::channels_for(&self.config, severity);
            ledger::enter(
                &mut self.people,
                PERSON,
                self.now,
                vec![input],
                &mut change,
                channels,
            );
            self.store.commit(&change).expect("a commit");
        }
    }

    /// Two years later everything is too old.
    fn sweep(&mut self) -> (u32, Duration) {
        self.answer();
        let later = self.now + SignedDuration::from_hours(24 * 800);
        let mut sweep = Sweep::new(later);
        let (mut batches, mut longest) = (0, Duration::ZERO);
        loop {
            let begun = Instant::now();
            let more = sweep
                .batch(&self.people, &mut self.store, later)
                .expect("a batch");
            longest = longest.max(begun.elapsed());
            batches += 1;
            if !more {
                return (batches, longest);
            }
        }
    }
}

/// The orders of the takeover.
fn orders() -> Vec<Vec<u8>> {
    let story = Story::built_in("takeover")
        .expect("a story")
        .expect("a sound story");
    let zone = TimeZone::get("Asia/Tokyo").expect("a zone");
    let start = "2026-01-01T00:00:00Z".parse().expect("a time");
    let moments = story.moments(Language::Ja, start, &zone).expect("moments");
    let mails = moments.into_iter().filter_map(|moment| match moment.what {
        Happening::Mail(mail) => Some(mail),
        Happening::Answer(_) => None,
    });
    let orders =
        mails.filter(|mail| mail.subject.contains("ご注文「") || mail.subject.contains("注文済み"));
    let orders: Vec<Vec<u8>> = orders.map(|mail| mail.bytes).collect();
    assert!(!orders.is_empty(), "the story has orders");
    orders
}

/// The same mail with a Message-ID of its own.
fn distinct(mail: &[u8], number: u32) -> Vec<u8> {
    let text = String::from_utf8_lossy(mail);
    let mut lines = Vec::new();
    for line in text.split_inclusive('\n') {
        if line.to_ascii_lowercase().starts_with("message-id:") {
            lines.push(format!("Message-ID: <{number}@example.com>\r\n"));
        } else {
            lines.push(line.to_owned());
        }
    }
    lines.concat().into_bytes()
}

fn order(number: u32, at: Timestamp) -> Signal {
    Signal {
        id: SignalId(format!("history-{number}")),
        message_id: Some(format!("history.{number}@shop.example")),
        source: format!("home/INBOX;uid={number}"),
        at,
        arrived_at: at,
        service: format!("shop{}", number % 40),
        marketplace: None,
        kind: SignalKind::OrderPlaced(Order {
            order_ids: vec![format!("250-{number:014}")],
            amount: None,
            item: Item::Physical,
            item_name: None,
            gift_recipient: GiftRecipient::Unknown,
            postal_address: None,
            scheduled: false,
        }),
        sender: SenderVerdict::Verified,
        rule: "shop/order".to_owned(),
        template_unverified: false,
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}
