//! The server's process: thousands of mailboxes over TLS, each with as little of its own as possible.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use mailward::demo::server::certificate::Certificate;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio_rustls::server::TlsStream;

use crate::faults::{Dice, Fault};
use crate::post;

/// How long a black hole is kept open.
const HOLE: Duration = Duration::from_mins(1);

/// The seed of everything that fails.
const SEED: u64 = 7;

type Link = Lines<BufReader<TlsStream<TcpStream>>>;

struct Mail {
    arrived_at: Timestamp,
    bytes: Vec<u8>,
}

struct Mailbox {
    mails: RefCell<Vec<Mail>>,
    /// How many there are.
    count: watch::Sender<usize>,
}

/// Everything that the connections share.
#[derive(Default)]
struct Office {
    boxes: RefCell<BTreeMap<String, Rc<Mailbox>>>,
    composed: RefCell<VecDeque<(String, Vec<u8>)>>,
    idling: Cell<u32>,
    /// When connections came, of the last second, and the most of them in any second.
    accepted: RefCell<VecDeque<Instant>>,
    most: Cell<usize>,
    /// By a number of its own: where to send a fault.
    links: RefCell<BTreeMap<u64, mpsc::UnboundedSender<Fault>>>,
    next_link: Cell<u64>,
    batch: Cell<u32>,
    sent: RefCell<post::Count>,
    failed: Cell<u32>,
}

/// Serves until its standard input ends.
pub fn serve(authority: &str) {
    let certificate = Certificate::make(Timestamp::now()).expect("a certificate");
    std::fs::write(authority, &certificate.pem).expect("a file");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        let office = Rc::new(Office::default());
        let mut dice = Dice(SEED);
        let (listener, port) = listen(0);
        println!("{port}");
        let mut open = Some(accept(listener, certificate.acceptor.clone(), &office));
        let mut commands = commands();
        while let Some(line) = commands.recv().await {
            let mut words = line.split(' ');
            let command = words.next().unwrap_or_default();
            let numbers: Vec<u32> = words.filter_map(|it| it.parse().ok()).collect();
            let answer = match (command, numbers.as_slice()) {
                ("idle", _) => office.idling.get().to_string(),
                ("rate", _) => office.most.replace(0).to_string(),
                ("compose", [boxes, each]) => {
                    office.compose(*boxes, *each);
                    "composed".to_owned()
                }
                ("storm", [boxes, each, seconds]) => {
                    office.compose(*boxes, *each);
                    office.storm(Duration::from_secs(u64::from(*seconds))).await;
                    "sent".to_owned()
                }
                ("down", _) => {
                    if let Some(open) = open.take() {
                        open.abort();
                    }
                    office.hang_up().await;
                    "down".to_owned()
                }
                ("up", _) => {
                    let (listener, _) = listen(port);
                    open = Some(accept(listener, certificate.acceptor.clone(), &office));
                    "up".to_owned()
                }
                ("fill", [each]) => {
                    office.fill(*each);
                    "filled".to_owned()
                }
                ("fail", [seconds]) => {
                    office.fail(*seconds, &mut dice).await;
                    let sent = *office.sent.borrow();
                    format!("{} {}", sent.mails, sent.signals)
                }
                ("failed", _) => office.failed.get().to_string(),
                _ => panic!("{line}"),
            };
            println!("{answer}");
        }
    });
}

/// The lines of the standard input.
fn commands() -> mpsc::UnboundedReceiver<String> {
    let (sender, commands) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            sender.send(line).ok();
        }
    });
    commands
}

fn listen(port: u16) -> (TcpListener, u16) {
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    socket.set_reuseaddr(true).expect("an option");
    let address = std::net::SocketAddr::from(([127, 0, 0, 1], port));
    socket.bind(address).expect("a port");
    let listener = socket.listen(4096).expect("a queue");
    let port = listener.local_addr().expect("an address").port();
    (listener, port)
}

fn accept(
    listener: TcpListener,
    acceptor: tokio_rustls::TlsAcceptor,
    office: &Rc<Office>,
) -> JoinHandle<()> {
    let office = Rc::clone(office);
    tokio::task::spawn_local(async move {
        loop {
            let Ok((stream, _)) = listener.accept().await else {
                continue;
            };
            office.note();
            stream.set_nodelay(true).ok();
            let acceptor = acceptor.clone();
            let office = Rc::clone(&office);
            tokio::task::spawn_local(async move {
                let Ok(stream) = acceptor.accept(stream).await else {
                    return;
                };
                let number = office.next_link.get();
                office.next_link.set(number + 1);
                let (sender, faults) = mpsc::unbounded_channel();
                office.links.borrow_mut().insert(number, sender);
                let lines = BufReader::with_capacity(512, stream).lines();
                let mut talk = Talk {
                    office: Rc::clone(&office),
                    lines,
                    mailbox: None,
                    idling: None,
                };
                talk.run(faults).await.ok();
                drop(talk);
                office.links.borrow_mut().remove(&number);
            });
        }
    })
}

impl Office {
    /// Counts a connection.
    fn note(&self) {
        let now = Instant::now();
        let mut accepted = self.accepted.borrow_mut();
        accepted.push_back(now);
        while accepted
            .front()
            .is_some_and(|at| now.duration_since(*at) >= Duration::from_secs(1))
        {
            accepted.pop_front();
        }
        self.most.set(self.most.get().max(accepted.len()));
    }

    fn mailbox(&self, user: &str) -> Rc<Mailbox> {
        let mut boxes = self.boxes.borrow_mut();
        let mailbox = boxes.entry(user.to_owned()).or_insert_with(|| {
            Rc::new(Mailbox {
                mails: RefCell::default(),
                count: watch::Sender::new(0),
            })
        });
        Rc::clone(mailbox)
    }

    /// Writes the mails of the next storm, unless that is done.
    fn compose(&self, boxes: u32, each: u32) {
        let mut composed = self.composed.borrow_mut();
        if !composed.is_empty() {
            return;
        }
        let batch = self.batch.get();
        self.batch.set(batch + 1);
        let now = Timestamp::now();
        for round in 0..each {
            for number in 0..boxes {
                let user = format!("box{number}@example.com");
                let bytes = post::mail(number * each + round, batch, &user, now);
                composed.push_back((user, bytes));
            }
        }
    }

    fn deliver(&self, user: &str, bytes: Vec<u8>) {
        let mailbox = self.mailbox(user);
        mailbox.mails.borrow_mut().push(Mail {
            arrived_at: Timestamp::now(),
            bytes,
        });
        mailbox.count.send_modify(|count| *count += 1);
    }

    /// Delivers what was composed, spread over this time.
    async fn storm(&self, time: Duration) {
        let all = self.composed.borrow().len();
        let begun = Instant::now();
        for number in 0..all {
            let due = time.mul_f64(number as f64 / all as f64);
            if due > begun.elapsed() {
                tokio::time::sleep_until((begun + due).into()).await;
            }
            let next = self.composed.borrow_mut().pop_front();
            let (user, bytes) = next.expect("a mail");
            self.deliver(&user, bytes);
        }
    }

    /// Ends all connections.
    async fn hang_up(&self) {
        for link in self.links.borrow().values() {
            link.send(Fault::Reset).ok();
        }
        while !self.links.borrow().is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// So many everyday mails to each mailbox.
    fn fill(&self, each: u32) {
        let boxes = u32::try_from(self.boxes.borrow().len()).expect("a number");
        for number in 0..boxes * each {
            self.deliver_daily(&format!("box{}@example.com", number % boxes));
        }
    }

    /// The next everyday mail.
    fn deliver_daily(&self, user: &str) {
        let mut sent = self.sent.borrow_mut();
        let bytes = post::daily(sent.mails, user, Timestamp::now());
        sent.signals += u32::from(post::is_daily_signal(sent.mails));
        sent.mails += 1;
        drop(sent);
        self.deliver(user, bytes);
    }

    /// Lets about ten links a second fail, and a mail come every half second.
    async fn fail(&self, seconds: u32, dice: &mut Dice) {
        let boxes = u32::try_from(self.boxes.borrow().len()).expect("a number");
        for _ in 0..seconds * 2 {
            for _ in 0..5 {
                let links = self.links.borrow();
                let count = u32::try_from(links.len()).expect("a number");
                if count == 0 {
                    continue;
                }
                let chosen = dice.throw(count) as usize;
                let link = links.values().nth(chosen).expect("a link");
                link.send(dice.fault()).ok();
                self.failed.set(self.failed.get() + 1);
            }
            let user = format!("box{}@example.com", dice.throw(boxes));
            self.deliver_daily(&user);
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }
}

struct Talk {
    office: Rc<Office>,
    lines: Link,
    mailbox: Option<Rc<Mailbox>>,
    idling: Option<String>,
}

impl Drop for Talk {
    fn drop(&mut self) {
        self.idles(None);
    }
}

impl Talk {
    async fn say(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        let stream = self.lines.get_mut().get_mut();
        stream.write_all(bytes).await?;
        stream.flush().await
    }

    fn idles(&mut self, tag: Option<String>) -> Option<String> {
        let before = self.idling.is_some();
        let after = tag.is_some();
        let idling = self.office.idling.get() + u32::from(after) - u32::from(before);
        self.office.idling.set(idling);
        std::mem::replace(&mut self.idling, tag)
    }

    async fn run(&mut self, mut faults: mpsc::UnboundedReceiver<Fault>) -> std::io::Result<()> {
        self.say(b"* OK [CAPABILITY IMAP4rev1 IDLE] ready\r\n")
            .await?;
        let mut arriving: Option<watch::Receiver<usize>> = None;
        loop {
            let idles = self.idling.is_some();
            let line = tokio::select! {
                line = self.lines.next_line() => line?,
                fault = faults.recv() => return self.fail(fault).await,
                () = changed(&mut arriving), if idles => {
                    let count = arriving.as_mut().map_or(0, |it| *it.borrow_and_update());
                    self.say(format!("* {count} EXISTS\r\n").as_bytes()).await?;
                    continue;
                }
            };
            let Some(line) = line else { return Ok(()) };
            if let Some(tag) = self.idles(None) {
                self.say(format!("{tag} OK done\r\n").as_bytes()).await?;
                continue;
            }
            let (tag, command) = line.split_once(' ').unwrap_or((&line, ""));
            let name = command.split(' ').next().unwrap_or_default();
            if name == "IDLE" {
                self.say(b"+ idling\r\n").await?;
                self.idles(Some(tag.to_owned()));
                continue;
            }
            if name == "LOGIN" {
                let user = command.split('"').nth(1).unwrap_or_default();
                let mailbox = self.office.mailbox(user);
                arriving = Some(mailbox.count.subscribe());
                self.mailbox = Some(mailbox);
            }
            if name == "EXAMINE"
                && let Some(arriving) = &mut arriving
            {
                arriving.mark_unchanged();
                arriving.borrow_and_update();
            }
            let mut answer = self.answer(name, command);
            answer.extend(format!("{tag} OK completed\r\n").into_bytes());
            self.say(&answer).await?;
            if name == "LOGOUT" {
                return Ok(());
            }
        }
    }

    async fn fail(&mut self, fault: Option<Fault>) -> std::io::Result<()> {
        self.idles(None);
        match fault {
            None | Some(Fault::Reset) => {
                self.lines.get_ref().get_ref().get_ref().0.set_zero_linger()
            }
            Some(Fault::HalfClose) => {
                self.lines.get_mut().get_mut().shutdown().await?;
                tokio::time::sleep(HOLE).await;
                Ok(())
            }
            Some(Fault::BlackHole) => {
                tokio::time::sleep(HOLE).await;
                Ok(())
            }
        }
    }

    fn answer(&self, name: &str, command: &str) -> Vec<u8> {
        let Some(mailbox) = &self.mailbox else {
            return b"* CAPABILITY IMAP4rev1 IDLE\r\n".to_vec();
        };
        let mails = mailbox.mails.borrow();
        match name {
            "CAPABILITY" => b"* CAPABILITY IMAP4rev1 IDLE\r\n".to_vec(),
            "EXAMINE" => format!(
                "* {} EXISTS\r\n* OK [UIDVALIDITY 1] valid\r\n* OK [UIDNEXT {}] next\r\n",
                mails.len(),
                mails.len() + 1
            )
            .into_bytes(),
            "UID" if command.starts_with("UID SEARCH") => {
                let uids: Vec<String> = (1..=mails.len()).map(|uid| uid.to_string()).collect();
                format!("* SEARCH {}\r\n", uids.join(" ")).into_bytes()
            }
            "UID" if command.starts_with("UID FETCH") => fetch(&mails, command),
            _ => Vec::new(),
        }
    }
}

async fn changed(arriving: &mut Option<watch::Receiver<usize>>) {
    match arriving {
        Some(arriving) => drop(arriving.changed().await),
        None => std::future::pending().await,
    }
}

fn fetch(mails: &[Mail], command: &str) -> Vec<u8> {
    let set = command.split(' ').nth(2).expect("a set");
    let mut answer = Vec::new();
    for range in set.split(',') {
        let (from, to) = range.split_once(':').unwrap_or((range, range));
        let from: usize = from.parse().expect("a UID");
        let to = to.parse().unwrap_or(mails.len()).min(mails.len());
        for uid in from..=to {
            let mail = &mails[uid - 1];
            let end = mail.bytes.windows(4).position(|it| it == b"\r\n\r\n");
            let part = if command.contains("BODY.PEEK[HEADER]") {
                Some(("HEADER", &mail.bytes[..end.map_or(0, |end| end + 4)]))
            } else if command.contains("BODY.PEEK[]") {
                Some(("", &mail.bytes[..]))
            } else {
                None
            };
            answer.extend(format!("* {uid} FETCH (UID {uid}").into_bytes());
            if let Some((name, bytes)) = part {
                let at = mail.arrived_at.to_zoned(TimeZone::UTC);
                answer.extend(
                    format!(
                        " RFC822.SIZE {} INTERNALDATE \"{}\" BODY[{name}]<0> {{{}}}\r\n",
                        mail.bytes.len(),
                        at.strftime("%d-%b-%Y %H:%M:%S %z"),
                        bytes.len(),
                    )
                    .into_bytes(),
                );
                answer.extend(bytes);
            }
            answer.extend(b")\r\n");
        }
    }
    answer
}
