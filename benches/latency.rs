//! How long it takes from the server's word that a mail is there until its signal is on the disk and the alert with
//! its channel: `cargo bench --bench latency`. The real daemon reads from a server on loopback, over TLS, that has no
//! delay of its own; the state file lies below the target folder, so the disk is the one that is built on. Between two
//! mails everything rests for 100 ms, or for as many as the first number says: `cargo bench --bench latency -- 10`.
//!
//! `cargo test --benches` runs the same with a few mails and checks nothing but that it runs.

#![allow(
    missing_docs,
    unreachable_pub,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::string_slice,
    clippy::unwrap_used,
    dead_code,
    reason = "a benchmark reads the clock and prints a table, and does not send every mail there is"
)]

#[path = "latency/bare.rs"]
mod bare;
#[path = "support/blocking.rs"]
mod blocking;
#[path = "../tests/crash/mails.rs"]
mod mails;
#[path = "latency/mark.rs"]
mod mark;
#[path = "latency/server.rs"]
mod server;

use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use mailward::cli::run;
use mailward::config::{ChannelKind, parse};
use mailward::daemon::control::Door;
use mailward::daemon::{Seen, Setup};
use mailward::engine::rule::RuleSet;
use mailward::engine::wording::Language;
use mailward::io::clock;
use tokio_util::sync::CancellationToken;

use mark::{Mark, Moment, Times};
use server::{Mail, Server};

/// Orders of one incident; then it is closed by a quiet week.
const BURST: u32 = 8;

/// The daemon has nothing to do any more; after so long most caches and the disk have gone to rest, too.
const QUIET: Duration = Duration::from_millis(100);

/// For whatever is waited for; the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(20);

/// The limits: the middle, the 99th percentile, and what every single mail must stay below. Forty milliseconds are
/// the mark of small writes that wait for a delayed acknowledgement (RFC 896, RFC 1122 §4.2.3.2).
const LIMITS: [(usize, Duration); 3] = [
    (50, Duration::from_millis(1)),
    (99, Duration::from_millis(5)),
    (100, Duration::from_millis(40)),
];

fn main() -> ExitCode {
    let full = std::env::args().any(|argument| argument == "--bench");
    let rest = std::env::args().find_map(|argument| argument.parse().ok());
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let (marks, moments) = mpsc::channel();
    let server = Server::start(marks.clone());
    let bare_marks = marks.clone();
    let time = Arc::new(AtomicI64::new(0));
    let stop = CancellationToken::new();
    let daemon = {
        let setup = setup(folder.path(), &server, &time, marks);
        let stop = stop.clone();
        std::thread::spawn(move || {
            // As `mailward run` sets it up.
            let runtime = run::runtime().expect("a runtime");
            runtime.block_on(run::on_a_worker(setup, Door::default(), stop))
        })
    };
    let mut watch = Watch {
        moments,
        server,
        time,
        quiet: rest.map_or(QUIET, Duration::from_millis),
        seen: Table::default(),
    };
    watch.wait_for(Mark::Idling);
    watch.settle();
    let mails = if full { 300 } else { 10 };
    for number in 0..mails {
        watch.mail(number);
    }
    stop.cancel();
    daemon.join().expect("it ends").expect("it ends well");
    let bare = watch.bare(mails, folder.path(), bare_marks);
    let disk = disk(folder.path(), if full { 400 } else { 10 });
    let broken = watch.seen.print(&bare, &disk);
    if full && broken {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// The daemon with one account on the server and one channel, whose clock is the real one and what was added to it.
fn setup(
    folder: &Path,
    server: &Server,
    time: &Arc<AtomicI64>,
    marks: mpsc::Sender<Moment>,
) -> Setup {
    let authority = folder.join("authority.pem");
    std::fs::write(&authority, &server.pem).expect("a certificate");
    let file = folder.join("mailward.toml");
    let text = format!(
        "language = \"en\"\ntime_zone = \"Asia/Tokyo\"\n[[channel]]\nkind = \"journal\"\n\
         [[account]]\nname = \"home\"\nhost = \"localhost\"\nport = {}\nsecurity = \"tls\"\nca_file = \"{}\"\n\
         user = \"{user}\"\naddresses = [\"{user}\"]\nauthserv_ids = [\"{}\"]\n\
         password_command = [\"printf\", \"secret\"]\n",
        server.address.port(),
        authority.display(),
        mails::AUTHSERV_ID,
        user = mails::USER,
    );
    std::fs::write(&file, text).expect("a configuration");
    let mut config = parse::load(&file).expect("a sound configuration");
    config.channels[0].kind = ChannelKind::Screen;
    let ahead = Arc::clone(time);
    let marks = Mutex::new(marks);
    Setup {
        config,
        rules: Arc::new(RuleSet::built_in().expect("the built-in rules")),
        state_file: folder.join("state.db"),
        language: Language::En,
        clock: Arc::new(move || shifted(&ahead)),
        link_clock: clock::system(),
        // Soon after the clock was moved on, what is due then is done.
        nap: Duration::from_millis(5),
        notices_sleep: true,
        witness: Some(Arc::new(move |seen| {
            let mark = match seen {
                Seen::Watching => return,
                Seen::Mail(_) => Mark::Read,
                Seen::Stored => Mark::Stored,
                Seen::Alert(..) => Mark::Alerted,
            };
            let at = Instant::now();
            marks.lock().expect("a lock").send((mark, at)).ok();
        })),
    }
}

fn shifted(ahead: &AtomicI64) -> Timestamp {
    Timestamp::now() + SignedDuration::from_secs(ahead.load(Ordering::Relaxed))
}

/// The server, the clock, and what is seen of the daemon.
struct Watch {
    moments: Receiver<Moment>,
    server: Server,
    time: Arc<AtomicI64>,
    quiet: Duration,
    seen: Table,
}

impl Watch {
    /// Delivers one mail and takes down what becomes of it.
    fn mail(&mut self, number: u32) {
        let hours = if number.is_multiple_of(BURST) {
            8 * 24
        } else {
            1
        };
        self.time.fetch_add(hours * 3_600, Ordering::Relaxed);
        // Reminders of the time that passed.
        self.settle();
        let arrived_at = shifted(&self.time);
        let bytes = mails::gift(number).sent(arrived_at);
        self.server.deliver(Mail { arrived_at, bytes });
        let marks = self.until_quiet();
        let read = marks.iter().position(|(mark, _)| *mark == Mark::Read);
        let (before_read, after_read) = marks.split_at(read.expect("the mail is read"));
        // A transaction of something else may have come before.
        let when = |mark| {
            let late = matches!(mark, Mark::Read | Mark::Stored | Mark::Alerted);
            let marks = if late { after_read } else { before_read };
            let found = marks.iter().find(|(it, _)| *it == mark);
            found.map(|(_, at)| *at)
        };
        let told = when(Mark::Told).expect("the server tells of the mail");
        let stored = when(Mark::Stored).expect("the mail is stored");
        let mut before = told;
        for (mark, times) in [
            (Mark::Done, &mut self.seen.done),
            (Mark::Asked, &mut self.seen.asked),
            (Mark::Answered, &mut self.seen.answered),
            (Mark::Read, &mut self.seen.read),
            (Mark::Stored, &mut self.seen.committed),
        ] {
            let at = when(mark).expect("every mail passes here");
            times.push(at.saturating_duration_since(before));
            before = at;
        }
        self.seen.durable.push(stored - told);
        let mut whole = stored;
        if let Some(alerted) = when(Mark::Alerted) {
            self.seen
                .handed
                .push(alerted.saturating_duration_since(stored));
            self.seen.alerted.push(alerted - told);
            whole = whole.max(alerted);
        }
        self.seen.whole.push(whole - told);
        let commits = marks.iter().filter(|(mark, _)| *mark == Mark::Stored);
        self.seen.commits += commits.count();
    }

    /// Delivers as many to the bare client: from EXISTS until its page is on the disk.
    fn bare(&mut self, mails: u32, folder: &Path, marks: mpsc::Sender<Moment>) -> Times {
        let (port, pem) = (self.server.address.port(), self.server.pem.clone());
        let folder = folder.to_owned();
        // It ends with the process, as the server does.
        std::thread::spawn(move || bare::watch(port, &pem, &folder, &marks));
        self.wait_for(Mark::Idling);
        let mut times = Times::default();
        for number in 0..mails {
            self.settle();
            let arrived_at = shifted(&self.time);
            let bytes = mails::gift(number).sent(arrived_at);
            self.server.deliver(Mail { arrived_at, bytes });
            let marks = self.until_quiet_after(&[Mark::Stored]);
            let when = |mark| marks.iter().find(|(it, _)| *it == mark).map(|(_, at)| *at);
            let told = when(Mark::Told).expect("the server tells of the mail");
            times.push(when(Mark::Stored).expect("it is stored") - told);
        }
        times
    }

    fn wait_for(&self, mark: Mark) {
        while self.moments.recv_timeout(PATIENCE).expect("it goes on").0 != mark {}
    }

    /// Everything until the mail is stored, the watcher idles again and nothing happens any more.
    fn until_quiet(&self) -> Vec<Moment> {
        self.until_quiet_after(&[Mark::Read, Mark::Stored])
    }

    /// Everything until these came in their order, whoever watches idles again and nothing happens any more.
    fn until_quiet_after(&self, passes: &[Mark]) -> Vec<Moment> {
        let mut marks: Vec<Moment> = Vec::new();
        let began = Instant::now();
        loop {
            match self.moments.recv_timeout(self.quiet) {
                Ok(moment) => marks.push(moment),
                Err(RecvTimeoutError::Disconnected) => panic!("the daemon ended"),
                Err(RecvTimeoutError::Timeout) => {
                    assert!(began.elapsed() < PATIENCE, "only {marks:?}");
                    let mut left = marks.iter().map(|(mark, _)| *mark);
                    let all_came = passes.iter().all(|mark| left.any(|it| it == *mark));
                    if all_came && marks.iter().any(|(mark, _)| *mark == Mark::Idling) {
                        return marks;
                    }
                }
            }
        }
    }

    /// Waits until nothing happens.
    fn settle(&self) {
        while self.moments.recv_timeout(self.quiet).is_ok() {}
    }
}

/// Where the time went.
#[derive(Default)]
struct Table {
    done: Times,
    asked: Times,
    answered: Times,
    read: Times,
    committed: Times,
    handed: Times,
    durable: Times,
    alerted: Times,
    whole: Times,
    commits: usize,
}

impl Table {
    /// Prints the table; says whether a limit is broken.
    fn print(&self, bare: &Times, disk: &Times) -> bool {
        println!("| milliseconds | n | p50 | p90 | p99 | max |");
        println!("|---|---|---|---|---|---|");
        for (name, times) in [
            ("EXISTS to DONE", &self.done),
            ("DONE to UID FETCH", &self.asked),
            ("the server has its answer", &self.answered),
            ("the mail is read and classified", &self.read),
            ("its transaction is on the disk", &self.committed),
            ("the alert is with its channel", &self.handed),
            ("EXISTS to signal durable", &self.durable),
            ("EXISTS to alert, where it rings", &self.alerted),
            ("**EXISTS to both**", &self.whole),
            ("a bare client: EXISTS to one page on the disk", bare),
            ("this disk: write and fdatasync of 32 KiB", disk),
        ] {
            println!("{}", times.row(name));
        }
        let count = u32::try_from(self.whole.count()).unwrap_or(u32::MAX);
        let commits = u32::try_from(self.commits).unwrap_or(u32::MAX);
        println!(
            "\n{:.2} transactions a mail, one of them before its alert",
            f64::from(commits) / f64::from(count)
        );
        let mut broken = false;
        for (share, limit) in LIMITS {
            let found = self.whole.percentile(share);
            if found > limit {
                println!("broken: {share} % of mails within {limit:?}, found {found:?}");
                broken = true;
            }
        }
        broken
    }
}

/// What a transaction costs at least here: the pages of one, over those of an earlier one, and their fdatasync.
fn disk(folder: &Path, count: usize) -> Times {
    let mut file = std::fs::File::create(folder.join("disk")).expect("a file");
    let pages = vec![7; 32 * 1024];
    for _ in 0..16 {
        file.write_all(&pages).expect("a write");
    }
    file.sync_all().expect("a sync");
    let mut times = Times::default();
    for number in 0..count {
        let begun = Instant::now();
        let at = (number % 16 * pages.len()) as u64;
        file.write_all_at(&pages, at).expect("a write");
        file.sync_data().expect("a sync");
        times.push(begun.elapsed());
    }
    times
}
