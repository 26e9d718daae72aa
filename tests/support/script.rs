//! A server that says what a test tells it to say, word for word.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic, and not every test uses all of it"
)]

use std::future::Future;
use std::path::Path;
use std::sync::Arc;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// The server's side of one connection.
pub struct Peer {
    reader: BufReader<Box<dyn AsyncRead + Unpin + Send>>,
    writer: Box<dyn AsyncWrite + Unpin + Send>,
    /// Bytes that went either way.
    pub bytes: u64,
}

/// Serves connections on a loopback port, one after the other; the closure gets the number of the connection,
/// counted from 0. A dialogue that ends closes its connection.
pub async fn serve<F, D>(mut dialogue: F) -> u16
where
    F: FnMut(Peer, usize) -> D + Send + 'static,
    D: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        for number in 0.. {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            tokio::spawn(dialogue(Peer::new(stream), number));
        }
    });
    port
}

/// The same over TLS for `localhost`; the certificate to trust is written to a file.
pub async fn serve_tls<F, D>(certificate: &Path, mut dialogue: F) -> u16
where
    F: FnMut(Peer, usize) -> D + Send + 'static,
    D: Future<Output = ()> + Send + 'static,
{
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    std::fs::write(certificate, made.cert.pem()).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        for number in 0.. {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            let stream = acceptor.accept(stream).await.unwrap();
            tokio::spawn(dialogue(Peer::new(stream), number));
        }
    });
    port
}

impl Peer {
    fn new(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> Self {
        let (reader, writer) = tokio::io::split(stream);
        Self {
            reader: BufReader::new(Box::new(reader)),
            writer: Box::new(writer),
            bytes: 0,
        }
    }

    /// Sends lines exactly as they are, each with CRLF.
    pub async fn say(&mut self, lines: &str) {
        let text: String = lines
            .lines()
            .flat_map(|line| [line.trim_start(), "\r\n"])
            .collect();
        self.raw(text.as_bytes()).await;
    }

    /// Sends bytes. A client that has gone away meanwhile is no error of the dialogue.
    pub async fn raw(&mut self, bytes: &[u8]) {
        self.bytes += u64::try_from(bytes.len()).unwrap();
        self.writer.write_all(bytes).await.ok();
        self.writer.flush().await.ok();
    }

    /// The client's next line; empty when it has gone.
    pub async fn line(&mut self) -> String {
        let mut line = String::new();
        self.reader.read_line(&mut line).await.ok();
        self.bytes += u64::try_from(line.len()).unwrap();
        line.trim_end().to_owned()
    }

    /// So many bytes of the client, or what it sent before it went.
    pub async fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        let mut read = 0;
        while read < length {
            match self.reader.read(&mut bytes[read..]).await {
                Ok(0) | Err(_) => break,
                Ok(more) => read += more,
            }
        }
        bytes.truncate(read);
        bytes
    }

    /// The client's next command, which must begin with these words: its tag.
    pub async fn command(&mut self, words: &str) -> String {
        let line = self.line().await;
        let (tag, command) = line.split_once(' ').unwrap_or((line.as_str(), ""));
        assert!(command.starts_with(words), "{line:?} is not {words:?}");
        tag.to_owned()
    }

    /// Reads a command and answers it with OK after these lines.
    pub async fn answer(&mut self, words: &str, lines: &str) {
        let tag = self.command(words).await;
        self.say(lines).await;
        self.say(&format!("{tag} OK done")).await;
    }

    /// Greets and takes the login, offering these capabilities.
    pub async fn log_in(&mut self, capabilities: &str) {
        let offered = format!("CAPABILITY IMAP4rev1 {capabilities}");
        let offered = offered.trim_end();
        self.say(&format!("* OK [{offered}] ready")).await;
        let tag = self.command("LOGIN").await;
        self.say(&format!("{tag} OK [{offered}] in")).await;
    }

    /// Answers EXAMINE with a folder of UIDVALIDITY 1.
    pub async fn open(&mut self, exists: u32, uid_next: u32) {
        self.answer(
            "EXAMINE \"INBOX\"",
            &format!(
                "* FLAGS (\\Seen [odd %)
                * {exists} EXISTS
                * 0 RECENT
                * OK [UIDVALIDITY 1] valid
                * OK [UIDNEXT {uid_next}] next"
            ),
        )
        .await;
    }

    /// Sends a message as a FETCH response.
    pub async fn message(&mut self, uid: u32, text: &str) {
        self.raw(message(uid, text).as_bytes()).await;
    }

    /// Answers a fetch that begins like this with messages.
    pub async fn fetch(&mut self, set: &str, messages: &[(u32, &str)]) {
        let tag = self
            .command(&format!("UID FETCH {set} (UID RFC822.SIZE"))
            .await;
        for (uid, text) in messages {
            self.message(*uid, text).await;
        }
        self.say(&format!("{tag} OK fetched")).await;
    }

    /// Logs in to a folder with the stored cursor of the tests (UIDVALIDITY 1, next 5) and nothing new.
    pub async fn up_to_date(&mut self) {
        self.log_in("IDLE").await;
        self.open(4, 5).await;
        self.fetch("5:*", &[(4, "old")]).await;
    }

    /// Takes IDLE and begins to wait: the tag.
    pub async fn idle(&mut self) -> String {
        let tag = self.command("IDLE").await;
        self.say("+ idling").await;
        tag
    }

    /// Takes DONE and ends IDLE.
    pub async fn done(&mut self, tag: &str) {
        assert_eq!(self.line().await, "DONE");
        self.say(&format!("{tag} OK idle over")).await;
    }

    /// Waits until the client goes away, whatever it says until then.
    pub async fn wait_for_end(mut self) {
        let mut rest = Vec::new();
        self.reader.read_to_end(&mut rest).await.ok();
    }
}

/// A FETCH response with the whole of a small mail.
pub fn message(uid: u32, text: &str) -> String {
    format!(
        "* {uid} FETCH (UID {uid} FLAGS () RFC822.SIZE {0} INTERNALDATE \"22-Nov-2099 10:00:00 +0900\" BODY[]<0> {{{0}}}\r\n{text})\r\n",
        text.len()
    )
}
