//! The real daemon in a folder of its own, with mailboxes, channels and a clock that the test holds in its hands.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::num::NonZeroU32;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use mailward::demo::server::certificate::Certificate;
use mailward::demo::server::mailbox::Mailbox;
use mailward::demo::server::serve;
use mailward::demo::server::session::Login;
use mailward::engine::incident::IncidentId;
use mailward::engine::secret::Secret;
use mailward::engine::watch::output::Activity;
use mailward::io::control::client::Client;
use mailward::io::control::outcome::Outcome as Said;
use mailward::io::control::protocol::Request;
use mailward::io::fault::Point;
use mailward::io::store::Store;
use mailward::io::store::reader::Reader;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::crash::life::{Life, What};
use crate::crash::mails::{AUTHSERV_ID, USER};
use crate::crash::outcome::Outcome;
use crate::notification_server::{NotificationServer, PrivateBus};

const PASSWORD: &str = "secret";

/// A bound that no correct run comes near; the machine may be busy with other things.
const LIMIT: Duration = Duration::from_mins(1);

/// Where a daemon is to be killed.
#[derive(Clone, Copy)]
pub struct Fault {
    /// Reached after a start only: the daemon is first killed with alerts in hand.
    pub at_start: bool,
    pub point: Point,
    /// At which pass.
    pub pass: u32,
}

impl Fault {
    pub fn at(point: Point) -> Self {
        Self {
            at_start: point <= Point::Started,
            point,
            pass: 1,
        }
    }
}

/// What a run came to, and where the daemon was killed how often.
pub struct Ran {
    pub outcome: Outcome,
    pub kills: BTreeMap<Point, u32>,
}

/// Plays a scenario; `fault` says for the `n`th moment where the daemon is to be killed while it happens.
pub fn play(life: &Life, fault: impl Fn(usize) -> Option<Fault>) -> Ran {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let bus = PrivateBus::start();
    let desktop = runtime.block_on(NotificationServer::start(&bus.address));
    let mut house = House::new(life, &runtime, &bus);
    for (number, moment) in life.moments.iter().enumerate() {
        let fault = fault(number);
        house.arm(fault);
        house.set_clock(moment.at);
        house.settle();
        house.arm(fault);
        house.happen(&moment.what, moment.at, fault);
        house.settle();
    }
    house.arm(None);
    house.end();
    let journal = fs::read_to_string(house.path("journal")).unwrap_or_default();
    let shown = desktop.notified().into_iter();
    let outcome = Outcome::read(
        &house.path("mailward.db"),
        &house.path("mailward.toml"),
        journal.lines().map(ToOwned::to_owned).collect(),
        shown
            .map(|shown| (shown.summary, shown.body, shown.urgency))
            .collect(),
    );
    house.stop.cancel();
    Ran {
        outcome,
        kills: std::mem::take(&mut house.kills),
    }
}

struct House {
    folder: tempfile::TempDir,
    bus: String,
    mailboxes: Vec<Arc<Mailbox>>,
    stop: CancellationToken,
    child: Option<Child>,
    /// What the daemon was last asked to die at, as long as it did not.
    armed: Option<Point>,
    /// What the next start is to die at.
    next_start: Option<Fault>,
    kills: BTreeMap<Point, u32>,
}

impl House {
    fn new(life: &Life, runtime: &tokio::runtime::Runtime, bus: &PrivateBus) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("mailward-crash-")
            .tempdir()
            .unwrap();
        let mut house = Self {
            folder,
            bus: bus.address.clone(),
            mailboxes: Vec::new(),
            stop: CancellationToken::new(),
            child: None,
            armed: None,
            next_start: None,
            kills: BTreeMap::new(),
        };
        let mut config = "language = \"ja\"\ndkim = false\ntime_zone = \"Asia/Tokyo\"\n\
             card_issuer = { name = \"Example Card\", phone = \"0120-000-000\" }\n\
             [[channel]]\nkind = \"journal\"\n[[channel]]\nkind = \"desktop\"\n"
            .to_owned();
        for number in 0..life.accounts {
            let port = runtime.block_on(house.serve(number));
            let _ = write!(
                config,
                "[[account]]\nname = \"{}\"\nperson = \"hanako\"\nhost = \"localhost\"\nport = {port}\n\
                 security = \"tls\"\nca_file = \"{}\"\nuser = \"{USER}\"\naddresses = [\"{USER}\"]\n\
                 authserv_ids = [\"{AUTHSERV_ID}\"]\npassword_file = \"{}\"\n",
                name(number),
                house.path(&format!("ca-{number}.pem")).display(),
                house.path("password").display(),
            );
        }
        private(&house.path("password"), PASSWORD);
        fs::write(house.path("mailward.toml"), config).unwrap();
        house.set_clock(life.moments[0].at);
        house.start();
        house.until("the first start", Self::is_settled);
        house
    }

    /// An IMAP server for one account: its port.
    async fn serve(&mut self, number: usize) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mailbox = Arc::new(Mailbox::new(NonZeroU32::new(7).unwrap()));
        let certificate = Certificate::make(mailward::io::clock::now()).unwrap();
        fs::write(self.path(&format!("ca-{number}.pem")), &certificate.pem).unwrap();
        let login = Login {
            user: USER.to_owned(),
            password: Secret::new(PASSWORD.to_owned()),
        };
        tokio::spawn(serve(
            listener,
            certificate.acceptor,
            mailbox.clone(),
            login,
            self.stop.clone(),
        ));
        self.mailboxes.push(mailbox);
        port
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn set_clock(&self, at: Timestamp) {
        let new = self.path("clock.new");
        fs::write(&new, at.to_string()).unwrap();
        fs::rename(new, self.path("clock")).unwrap();
    }

    /// Says where the daemon is to be killed, or takes that back.
    fn arm(&mut self, fault: Option<Fault>) {
        let order = self.path("order");
        self.next_start = None;
        self.armed = fault.map(|fault| {
            let (point, pass) = if fault.at_start {
                self.next_start = Some(fault);
                (Point::BeforeSending, 1)
            } else {
                (fault.point, fault.pass)
            };
            let new = self.path("order.new");
            fs::write(&new, format!("{} {pass}", point.name())).unwrap();
            fs::rename(new, &order).unwrap();
            point
        });
        if self.armed.is_none() {
            fs::remove_file(order).ok();
        }
    }

    fn start(&mut self) {
        let append = |name: &str| {
            let mut options = File::options();
            options.create(true).append(true);
            options.open(self.path(name)).unwrap()
        };
        let child = Command::new(env!("CARGO_BIN_EXE_mailward"))
            .arg("--config")
            .arg(self.path("mailward.toml"))
            .arg("run")
            .env("STATE_DIRECTORY", self.folder.path())
            .env("MAILWARD_FAULT_POINT", self.path("order"))
            .env("MAILWARD_FAULT_CLOCK", self.path("clock"))
            .env("DBUS_SESSION_BUS_ADDRESS", &self.bus)
            .env_remove("RUNTIME_DIRECTORY")
            .env_remove("JOURNAL_STREAM")
            .stdin(Stdio::null())
            .stdout(append("journal"))
            .stderr(append("log"))
            .spawn()
            .unwrap();
        self.child = Some(child);
    }

    fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Notices that the daemon was killed where it was asked to be, and starts it again.
    fn look_after(&mut self, waiting_for: &str) {
        let Some(ended) = self
            .child
            .as_mut()
            .and_then(|child| child.try_wait().unwrap())
        else {
            return;
        };
        let point = self.armed.take();
        let as_asked = ended.signal() == Some(9) && !self.path("order").exists();
        let Some(point) = point.filter(|_| as_asked) else {
            panic!(
                "it ended by itself, {ended}, waiting for {waiting_for}:\n{}",
                self.tail()
            );
        };
        *self.kills.entry(point).or_default() += 1;
        if let Some(fault) = self.next_start.take() {
            if fault.point == Point::PeopleRestored {
                self.spoil_states();
            }
            self.arm(Some(Fault {
                at_start: false,
                pass: 1,
                ..fault
            }));
        }
        self.start();
    }

    /// As another version would have left them: they are made again from the journal.
    fn spoil_states(&self) {
        let connection = rusqlite::Connection::open(self.path("mailward.db")).unwrap();
        connection
            .execute(
                "UPDATE correlator_states SET json = '{\"of\":\"another version\"}'",
                [],
            )
            .unwrap();
    }

    fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let started = Instant::now();
        loop {
            self.look_after(what);
            if holds(self) {
                return;
            }
            assert!(
                started.elapsed() < LIMIT,
                "not within {LIMIT:?}: {what}; armed: {:?}\n{}",
                self.armed.map(Point::name),
                self.tail()
            );
            std::thread::sleep(Duration::from_millis(3));
        }
    }

    /// Waits until the daemon has done everything that there is to do at this moment, however often it is killed.
    fn settle(&mut self) {
        self.until("rest", Self::is_settled);
    }

    fn is_settled(&self) -> bool {
        // The loop takes one thing at a time, so after two replies whatever was due is done.
        self.is_watching() && self.has_read_all() && self.is_watching() && self.has_read_all()
    }

    /// Whether the daemon answers twice and every account idles.
    fn is_watching(&self) -> bool {
        let Ok(Some(mut client)) = Client::connect(&[self.path("control.sock")]) else {
            return false;
        };
        let mut watching = || match client.ask(&Request::Status) {
            Ok(Ok(Said::Status(status))) => status.accounts.iter().all(|account| {
                let state = account.state.as_ref();
                state.is_some_and(|state| state.activity == Activity::Idling)
            }),
            _ => false,
        };
        watching() && watching()
    }

    /// Whether all mails are stored and no alert waits.
    fn has_read_all(&self) -> bool {
        let Some(reader) = self.reader() else {
            return false;
        };
        let read = (0..).zip(&self.mailboxes).all(|(number, mailbox)| {
            let cursors = reader.cursors(&name(number)).unwrap_or_default();
            let next = cursors.get("INBOX").map(|cursor| cursor.next_uid);
            next == Some(mailbox.next_uid().get())
        });
        read && reader
            .pending_alerts()
            .is_ok_and(|pending| pending.is_empty())
    }

    fn reader(&self) -> Option<Reader> {
        Store::open_read_only(&self.path("mailward.db")).ok()
    }

    fn happen(&mut self, what: &What, now: Timestamp, fault: Option<Fault>) {
        match what {
            What::Mail(account, bytes) => {
                self.mailboxes[*account].deliver(bytes.clone(), now);
            }
            What::Away(mails) => {
                self.arm(None);
                self.kill();
                let mails = mails.iter().map(|(at, bytes)| (bytes.clone(), *at));
                self.mailboxes[0].deliver_many(mails.collect());
                self.arm(fault);
                self.start();
            }
            What::Answer(answer) => {
                let incident = self.latest_incident();
                self.ask(&Request::Answer {
                    incident,
                    answer: *answer,
                });
            }
            What::Expect => self.ask(&Request::Expect {
                service: "amazon".to_owned(),
                seconds: 600,
                orders: false,
                person: None,
            }),
            What::Close => {
                let incident = self.latest_incident();
                self.ask(&Request::Close { incident });
            }
            What::Time => {}
        }
    }

    fn latest_incident(&self) -> IncidentId {
        let incidents = self.reader().unwrap().incidents(false).unwrap();
        let latest = incidents.last();
        let latest = latest.unwrap_or_else(|| panic!("no incident:\n{}", self.tail()));
        latest.id.clone()
    }

    /// Asks until there is a reply, as a person does.
    fn ask(&mut self, request: &Request) {
        loop {
            let client = Client::connect(&[self.path("control.sock")]);
            let reply = client.ok().flatten().map(|mut client| client.ask(request));
            if let Some(Ok(reply)) = reply {
                reply.unwrap();
                return;
            }
            self.until("a daemon that listens", Self::is_watching);
        }
    }

    /// Ends the daemon as a person would.
    fn end(&mut self) {
        self.look_after("the end");
        let mut child = self.child.take().unwrap();
        let id = rustix::process::Pid::from_child(&child);
        rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
        let ended = child.wait().unwrap();
        assert!(ended.success(), "{ended}\n{}", self.tail());
    }

    fn tail(&self) -> String {
        let log = fs::read_to_string(self.path("log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let mut tail = lines[lines.len().saturating_sub(40)..].join("\n");
        for entry in fs::read_dir(self.folder.path()).unwrap() {
            let entry = entry.unwrap();
            let size = entry.metadata().map_or(0, |it| it.len());
            let _ = write!(tail, "\n{} ({size} bytes)", entry.path().display());
        }
        tail
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(mut child) = self.child.take() {
            child.kill().ok();
            child.wait().ok();
        }
    }
}

fn name(account: usize) -> String {
    format!("account-{account}")
}

/// A file for the owner only.
fn private(path: &std::path::Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}
