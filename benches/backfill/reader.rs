//! Reads headers over TLS and does nothing with them: the most that a server and the encryption give.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::time::Instant;

use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;

use crate::blocking::{Blocking, connect};

/// Mails a command, and commands on their way at once; more brings nothing.
const BATCH: usize = 1_000;
const AT_ONCE: usize = 2;

/// Seconds from the connection to the last header.
pub fn read(port: u16, authority: &Path, mails: usize) -> f64 {
    let authority = CertificateDer::from_pem_file(authority).unwrap();
    let began = Instant::now();
    let mut line = Line {
        stream: connect(port, authority),
        buffer: vec![0; 64 * 1024],
        last: Vec::new(),
    };
    line.send("T LOGIN hanako secret");
    line.wait(1);
    line.send("T EXAMINE INBOX");
    line.wait(1);
    let mut next = 1;
    let mut on_the_way = 0;
    while next <= mails || on_the_way > 0 {
        while on_the_way < AT_ONCE && next <= mails {
            let last = mails.min(next + BATCH - 1);
            line.send(&format!(
                "T UID FETCH {next}:{last} (UID RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER]<0.262144>)"
            ));
            next = last + 1;
            on_the_way += 1;
        }
        on_the_way -= line.wait(1);
    }
    began.elapsed().as_secs_f64()
}

struct Line {
    stream: Blocking,
    buffer: Vec<u8>,
    /// The end of what was read before: an answer may be cut in two.
    last: Vec<u8>,
}

impl Line {
    fn send(&mut self, command: &str) {
        self.stream
            .write_all(format!("{command}\r\n").as_bytes())
            .unwrap();
        self.stream.flush().unwrap();
    }

    /// Reads until so many commands have ended; how many have.
    fn wait(&mut self, commands: usize) -> usize {
        const ENDED: &[u8] = b"\nT OK ";
        let mut ended = 0;
        while ended < commands {
            let read = self.stream.read(&mut self.buffer).unwrap();
            assert!(read > 0, "the server closed the connection");
            self.last.extend_from_slice(&self.buffer[..read]);
            ended += memchr_count(&self.last, ENDED);
            let keep = self.last.len().saturating_sub(ENDED.len() - 1);
            self.last.drain(..keep);
        }
        ended
    }
}

fn memchr_count(bytes: &[u8], what: &[u8]) -> usize {
    aho_corasick::packed::Searcher::new([what]).map_or(0, |it| it.find_iter(bytes).count())
}
