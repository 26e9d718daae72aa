//! What any program has to do for a mail, and nothing else: the same commands over TLS on a blocking thread, without
//! a look at what comes, and one page on the disk. Whoever stores before he rings can hardly be faster on this machine.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::mpsc::Sender;
use std::time::Instant;

use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;

use crate::blocking::{Blocking, connect};
use crate::mark::{Mark, Moment};

/// A page of SQLite, and a WAL of sixteen of them that is written over and over.
const PAGE: usize = 4_096;
const PAGES: u64 = 16;

/// Watches until the server is gone.
pub fn watch(port: u16, pem: &str, folder: &Path, marks: &Sender<Moment>) {
    let authority = CertificateDer::from_pem_slice(pem.as_bytes()).expect("a certificate");
    let mut line = Line {
        stream: connect(port, authority),
        heard: Vec::new(),
    };
    let mut file = File::create(folder.join("bare")).expect("a file");
    let page = vec![7; PAGE];
    for _ in 0..PAGES {
        file.write_all(&page).expect("a write");
    }
    file.sync_all().expect("a sync");
    line.until(b"ready\r\n");
    line.ask("T LOGIN hanako secret\r\n", b"T OK ");
    line.ask("T EXAMINE INBOX\r\n", b"T OK ");
    let first = line.exists() + 1;
    for next in first.. {
        line.ask("T IDLE\r\n", b"+ idling\r\n");
        if !line.until(b" EXISTS\r\n") {
            return;
        }
        line.ask("DONE\r\n", b"T OK ");
        let fetch = format!(
            "T UID FETCH {next}:* (UID RFC822.SIZE INTERNALDATE BODY.PEEK[]<0.262144>)\r\n"
        );
        line.ask(&fetch, b"\r\nT OK ");
        let at = next % PAGES * PAGE as u64;
        file.write_all_at(&page, at).expect("a write");
        file.sync_data().expect("a sync");
        marks.send((Mark::Stored, Instant::now())).ok();
    }
}

struct Line {
    stream: Blocking,
    /// What the server said since the last command.
    heard: Vec<u8>,
}

impl Line {
    fn ask(&mut self, command: &str, end: &[u8]) {
        self.heard.clear();
        self.stream.write_all(command.as_bytes()).expect("a write");
        self.stream.flush().expect("a write");
        assert!(self.until(end), "the server ended the dialogue");
    }

    /// Reads until the server has said this; false where it is gone.
    fn until(&mut self, end: &[u8]) -> bool {
        let mut some = vec![0; 16 * 1024];
        while !self.heard.windows(end.len()).any(|it| it == end) {
            match self.stream.read(&mut some) {
                Ok(read) if read > 0 => self.heard.extend_from_slice(&some[..read]),
                _ => return false,
            }
        }
        true
    }

    /// The number before EXISTS.
    fn exists(&self) -> u64 {
        let heard = String::from_utf8_lossy(&self.heard);
        let (before, _) = heard.split_once(" EXISTS").expect("EXISTS");
        let number = before.rsplit(' ').next().expect("a number");
        number.parse().expect("a number")
    }
}
