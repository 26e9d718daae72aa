//! An IMAP server over TLS that answers at once, and says when it told of a mail and what it was asked after that.

use std::net::SocketAddr;
use std::sync::mpsc::Sender;
use std::time::Instant;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use mailward::demo::server::certificate::Certificate;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::mark::{Mark, Moment};

/// What a server keeps of a mail.
pub struct Mail {
    /// INTERNALDATE.
    pub arrived_at: Timestamp,
    /// The whole mail.
    pub bytes: Vec<u8>,
}

/// A running server.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// The authority to trust, in PEM.
    pub pem: String,
    mails: UnboundedSender<Mail>,
}

impl Server {
    /// Starts one on a thread of its own.
    pub fn start(marks: Sender<Moment>) -> Self {
        let certificate = Certificate::make(Timestamp::now()).expect("a certificate");
        let pem = certificate.pem.clone();
        let (mails, arriving) = unbounded_channel();
        let (ready, address) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
                ready
                    .send(listener.local_addr().expect("an address"))
                    .expect("somebody waits");
                let mut house = House {
                    mails: Vec::new(),
                    arriving,
                    marks,
                };
                while let Ok((stream, _)) = listener.accept().await {
                    stream.set_nodelay(true).expect("no delay of its own");
                    let stream = certificate.acceptor.accept(stream).await.expect("TLS");
                    // One connection at a time: there is one watcher.
                    house.serve(stream).await.ok();
                }
            });
        });
        Self {
            address: address.recv().expect("the server starts"),
            pem,
            mails,
        }
    }

    /// Puts a mail into INBOX and tells whoever idles there.
    pub fn deliver(&self, mail: Mail) {
        self.mails.send(mail).ok();
    }
}

struct House {
    mails: Vec<Mail>,
    arriving: UnboundedReceiver<Mail>,
    marks: Sender<Moment>,
}

impl House {
    fn mark(&self, mark: Mark) {
        self.marks.send((mark, Instant::now())).ok();
    }

    async fn serve(&mut self, stream: impl AsyncRead + AsyncWrite + Unpin) -> std::io::Result<()> {
        let (from, mut to) = tokio::io::split(stream);
        let mut lines = BufReader::new(from).lines();
        let mut say = async |text: &[u8]| -> std::io::Result<()> {
            to.write_all(text).await?;
            to.flush().await
        };
        say(b"* OK [CAPABILITY IMAP4rev1 IDLE] ready\r\n").await?;
        let mut idling: Option<String> = None;
        loop {
            let line = tokio::select! {
                line = lines.next_line() => line?,
                Some(mail) = self.arriving.recv(), if idling.is_some() => {
                    self.mails.push(mail);
                    let exists = format!("* {} EXISTS\r\n", self.mails.len());
                    self.mark(Mark::Told);
                    say(exists.as_bytes()).await?;
                    continue;
                }
            };
            let Some(line) = line else { return Ok(()) };
            if let Some(tag) = idling.take() {
                self.mark(Mark::Done);
                say(format!("{tag} OK done\r\n").as_bytes()).await?;
                continue;
            }
            let (tag, command) = line.split_once(' ').unwrap_or((&line, ""));
            let name = command.split(' ').next().unwrap_or_default();
            if name.eq_ignore_ascii_case("IDLE") {
                say(b"+ idling\r\n").await?;
                self.mark(Mark::Idling);
                idling = Some(tag.to_owned());
                continue;
            }
            let fetches = command.starts_with("UID FETCH");
            if fetches {
                self.mark(Mark::Asked);
            }
            let mut answer = self.answer(name, command);
            answer.extend(format!("{tag} OK completed\r\n").into_bytes());
            // Before it is written: the watcher may be faster than what comes after that.
            if fetches {
                self.mark(Mark::Answered);
            }
            say(&answer).await?;
        }
    }

    fn answer(&self, name: &str, command: &str) -> Vec<u8> {
        let count = self.mails.len();
        match name {
            "CAPABILITY" => b"* CAPABILITY IMAP4rev1 IDLE\r\n".to_vec(),
            "EXAMINE" => format!(
                "* {count} EXISTS\r\n* OK [UIDVALIDITY 1] valid\r\n* OK [UIDNEXT {}] next\r\n",
                count + 1
            )
            .into_bytes(),
            "UID" if command.starts_with("UID FETCH") => self.fetch(command),
            _ => Vec::new(),
        }
    }

    fn fetch(&self, command: &str) -> Vec<u8> {
        let from = command["UID FETCH ".len()..].split([':', ',', ' ']).next();
        let from: usize = from.and_then(|it| it.parse().ok()).expect("a UID");
        let mut answer = Vec::new();
        for (number, mail) in self.mails.iter().enumerate().skip(from - 1) {
            let at = mail.arrived_at.to_zoned(TimeZone::UTC);
            answer.extend(
                format!(
                    "* {0} FETCH (UID {0} RFC822.SIZE {1} INTERNALDATE \"{2}\" BODY[]<0> {{{1}}}\r\n",
                    number + 1,
                    mail.bytes.len(),
                    at.strftime("%d-%b-%Y %H:%M:%S %z"),
                )
                .into_bytes(),
            );
            answer.extend(&mail.bytes);
            answer.extend(b")\r\n");
        }
        answer
    }
}
